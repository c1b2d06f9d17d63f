"""Breaks a connection off in place of an answer, as a fault rule wants it.

ASGI knows answers only, so this needs the connection itself, which our own HTTP protocol puts into the scope as an
extension of ASGI. So it is there behind any middleware, and below any path. Where another server or a test calls the
application, there is none: `BrokenOff` is raised in its stead.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from starlette.types import Send

from mockcliq.gateway.answers import Answer, json
from mockcliq.gateway.call import Call
from mockcliq.gateway.inputs import pass_over_body

EXTENSION = "mockcliq.connection"
"""The extension's name in the scope; its value is a `Connection`."""


class Connection(Protocol):
    """The connection that a request came on."""

    def is_closing(self) -> bool:
        """Whether it ends already, by whichever side."""

    def write(self, data: bytes) -> None:
        """Send bytes that are no part of an answer."""

    def close(self) -> None:
        """End it, by a FIN behind what was written."""

    def reset(self) -> None:
        """End it by an RST."""

    async def hang(self) -> None:
        """Answer nothing, until the client hangs up."""


_MADE_UP = json({"data": {"note": "A fault rule cut this answer short."}})
"""What is announced where there is no answer to cut short, or one without a body."""

_GARBAGE = b"\xff\xfe\x00\x01 A fault rule sent this; it is not HTTP. \x80\x81\r\n\r\n"


class BrokenOff(ConnectionResetError):
    """A fault rule breaks the connection off, but no connection can be reached here: this stands for it."""


def announced(answer: Answer) -> Answer:
    """The whole of which a truncated answer is the start: the call's own, if it has a body to cut."""
    return answer if answer.body else answer._replace(status=HTTPStatus.OK, body=_MADE_UP)


async def break_off(call: Call, whole: Answer, headers: Sequence[tuple[bytes, bytes]], send: Send) -> None:
    """Do to the call's connection what its fault rule says.

    Args:
        call: A call that a rule with a `connection` fired on.
        whole: The answer that a truncated one is the start of.
        headers: That answer's.
        send: The server's.

    Raises:
        BrokenOff: There is no connection that could be reached.
        Disconnected: The client hung up before its request was complete.
    """
    assert call.fault is not None
    how = call.fault.then.connection
    connection: Connection | None = call.scope.get("extensions", {}).get(EXTENSION)
    if connection is not None and connection.is_closing():
        connection.close()  # the client was first
        return
    if how == "hang":
        if connection is not None:
            await connection.hang()
        while connection is None and (await call.receive())["type"] != "http.disconnect":
            pass
        return
    # The system makes an RST of a close where something is left unread.
    await pass_over_body(call)
    if how == "truncate":
        await send({"type": "http.response.start", "status": whole.status, "headers": headers})
        half = whole.body[: len(whole.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    if connection is None:
        raise BrokenOff(f"fault rule {call.fault.id} broke the connection off: {how}")
    if how == "reset":
        connection.reset()
        return
    if how == "garbage":
        connection.write(_GARBAGE)
    connection.close()
