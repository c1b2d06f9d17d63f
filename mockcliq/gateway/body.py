"""The body of a call, read once and within its limit."""

from __future__ import annotations

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.call import Received
from mockcliq.gateway.rules import BODY_TOO_LARGE

BODY_LIMIT = 1024 * 1024
"""At most so many bytes of a request's body are read."""


class Disconnected(Exception):
    """The client went away before its request was complete; nobody waits for an answer."""


async def read_body(call: Received) -> bytes:
    """The bytes of the request's body.

    Raises:
        Refusal: There are more than `BODY_LIMIT`; the rest is not read.
        Disconnected: The client went away.
    """
    if not has_body(call):
        return b""
    announced = call.header(b"content-length")
    if announced is not None and announced.isdigit() and int(announced) > BODY_LIMIT:
        raise Refusal(BODY_TOO_LARGE, limit=BODY_LIMIT)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        call.is_read = not more
        if size > BODY_LIMIT:
            raise Refusal(BODY_TOO_LARGE, limit=BODY_LIMIT)
    return b"".join(chunks)


async def drain_body(call: Received) -> None:
    """Drain the unread body; a client that waits to be asked for it is not asked.

    Raises:
        Disconnected: The client went away.
    """
    if not has_body(call) or call.header(b"expect") is not None:
        return
    while not call.is_read:
        message = await call.receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        call.is_read = not message.get("more_body", False)


def has_body(call: Received) -> bool:
    """Whether the request announces one that is not empty."""
    return call.header(b"content-length") not in (None, b"0") or call.header(b"transfer-encoding") is not None
