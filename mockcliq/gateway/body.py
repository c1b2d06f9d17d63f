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
    chunks: list[bytes] = []
    size = 0
    with lease(call) as take:
        while not call.is_read:
            message = await call.receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            call.is_read = not message.get("more_body", False)
            if size > BODY_LIMIT:
                raise Refusal(BODY_TOO_LARGE, limit=BODY_LIMIT)
            take(len(chunks[-1]))
    await call.world.free()
    body = b"".join(chunks)
    encoding = call.header(b"content-encoding")
    return body if encoding is None else _decoded(call, body, encoding)


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
