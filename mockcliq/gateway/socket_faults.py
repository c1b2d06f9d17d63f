"""Breaks a connection off in place of an answer, as a fault rule wants it.

ASGI knows answers only, so this needs the connection itself. The ``send`` that uvicorn gives an application is a method
of the object that carries one request through, with either of its parsers and on any event loop; that object has the
``transport`` of the socket, and looks at its own ``disconnected`` before it writes an answer or a complaint about a
missing one. Where there is none, as in a test that calls the application without a server, `BrokenOff` is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.types import Send

from mockcliq.gateway.answers import Answer, to_json
from mockcliq.gateway.body import drain_body
from mockcliq.gateway.call import Received

_MADE_UP = to_json({"data": {"note": "A fault rule cut this answer short."}})
"""What is announced where there is no answer to cut short, or one without a body."""

_GARBAGE = b"\xff\xfe\x00\x01 A fault rule sent this; it is not HTTP. \x80\x81\r\n\r\n"

# On, and no time: what has not been sent is thrown away and the peer told so by an RST. Windows has short numbers here.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class BrokenOff(ConnectionResetError):
    """A fault rule breaks the connection off, but no connection can be reached here: this stands for it."""


def announced(answer: Answer) -> Answer:
    """The whole of which a truncated answer is the start: the call's own, if it has a body to cut."""
    return answer if answer.body else answer._replace(status=HTTPStatus.OK, body=_MADE_UP)


async def break_off(call: Received, whole: Answer, headers: Sequence[tuple[bytes, bytes]], send: Send) -> None:
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
    carrier = _carrier(send)
    if carrier is not None and carrier.transport.is_closing():
        hang_up(send)  # the client was first
        return
    if how == "hang":
        await _keep_silent(call, send)
        return
    # The system makes an RST of a close where something is left unread.
    await drain_body(call)
    if how == "truncate":
        await send({"type": "http.response.start", "status": whole.status, "headers": headers})
        half = whole.body[: len(whole.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    if carrier is None:
        raise BrokenOff(f"fault rule {call.fault.id} broke the connection off: {how}")
    if how == "reset":
        with contextlib.suppress(OSError):  # macOS says so where the client is gone
            carrier.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        hang_up(send)
        return
    if how == "garbage":
        carrier.transport.write(_GARBAGE)
    carrier.transport.close()
    carrier.disconnected = True


async def _keep_silent(call: Received, send: Send) -> None:
    """Wait until the client has hung up."""
    carrier = _carrier(send)
    if carrier is None:
        while (await call.receive())["type"] != "http.disconnect":
            pass
        return
    silence = _Silence(carrier.transport.get_protocol())
    carrier.transport.set_protocol(silence)
    carrier.transport.resume_reading()
    await silence.is_over.wait()
    carrier.disconnected = True


class _Silence(asyncio.Protocol):
    """Takes a connection over until the client hangs up, and answers nothing.

    Uvicorn would ask for the body, refuse what is not HTTP, and stop reading where another request is pipelined behind,
    and so not see the client go.
    """

    def __init__(self, before: asyncio.BaseProtocol) -> None:
        self._before = before
        self.is_over = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who had it before, too: it minds the server's list of connections."""
        self._before.connection_lost(exc)
        self.is_over.set()


def hang_up(send: Send) -> bool:
    """Give the connection up, without a word more to the client or the log; tells whether there was one to reach."""
    carrier = _carrier(send)
    if carrier is None:
        return False
    carrier.transport.abort()
    # Uvicorn learns it by itself, but later, and not of a request that another is pipelined behind.
    carrier.disconnected = True
    return True


def _carrier(send: Send) -> Any:
    """What carries the request through in uvicorn; None where something else does."""
    carrier = getattr(send, "__self__", None)
    return carrier if hasattr(carrier, "transport") and hasattr(carrier, "disconnected") else None
