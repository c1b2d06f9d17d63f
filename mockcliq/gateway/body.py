"""Reading and draining of request bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Received
from mockcliq.gateway.content_encoding import NEED, TooLarge, Undecodable, decode
from mockcliq.gateway.rules import BODY_TOO_LARGE, CONTENT_ENCODING, UPLOADS_FULL
from mockcliq.runtime.budget import Spent

BODY_LIMIT = 1024 * 1024
"""The maximum size of a request's body, in bytes."""


class Disconnected(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(call: Received) -> bytes:
    """Read the request's body, and decode it by its Content-Encoding.

    One that cannot be decoded is empty, and `Received.unreadable` says why: not every operation wants a body.

    Raises:
        Refusal: It is larger than `BODY_LIMIT`; the rest stays unread.
        Disconnected: The client closed the connection.
    """
    if not has_body(call):
        return b""
    announced = call.header(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > BODY_LIMIT:
        raise Refusal(BODY_TOO_LARGE, limit=BODY_LIMIT)
    body = await _read_some(call)
    if not call.is_read:
        body = await _read_rest(call, body)
    encoding = call.header(b"content-encoding")
    return body if encoding is None else _decoded(call, body, encoding)


async def _read_some(call: Received, room: int = BODY_LIMIT) -> bytes:
    message = await call.receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    some: bytes = message.get("body", b"")
    call.is_read = not message.get("more_body", False)
    if len(some) > room:
        raise Refusal(BODY_TOO_LARGE, limit=BODY_LIMIT)
    return some


async def _read_rest(call: Received, first: bytes) -> bytes:
    chunks, size = [first], len(first)
    with lease(call) as take:
        take(size)
        while not call.is_read:
            chunks.append(await _read_some(call, BODY_LIMIT - size))
            size += len(chunks[-1])
            take(len(chunks[-1]))
    await call.world.free()
    return b"".join(chunks)


@contextmanager
def lease(call: Received) -> Iterator[Callable[[int], None]]:
    """Give a function that takes room for what was read of a body; it is given back at the end.

    Raises:
        Refusal: There is none.
    """
    uploads = call.server.worlds.uploads
    try:
        with uploads.lease() as take:
            yield take
    except Spent:
        raise Refusal(UPLOADS_FULL, limit=uploads.limit) from None


def _decoded(call: Received, body: bytes, encoding: bytes) -> bytes:
    try:
        return decode(body, encoding, BODY_LIMIT)
    except Undecodable as error:
        call.unreadable = Refusal(CONTENT_ENCODING, have=error, need=NEED)
    except TooLarge:
        call.unreadable = Refusal(BODY_TOO_LARGE, limit=BODY_LIMIT)
    return b""


async def drain_body(call: Received) -> None:
    """Drain the unread body, unless the client waits for ``100 Continue``.

    Raises:
        Disconnected: The client closed the connection.
    """
    if not has_body(call) or call.header(b"expect") is not None:
        return
    while not call.is_read:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        call.is_read = not message.get("more_body", False)


def has_body(call: Received) -> bool:
    """Whether the headers announce a body that is not empty."""
    return call.header(b"content-length") not in (None, b"0") or call.header(b"transfer-encoding") is not None
