"""One connection: which of uvicorn's protocols serves it, how long its client may take, and how it is broken off."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from mockcliq.contract.refusals import CliqError
from mockcliq.gateway.answers import JSON_TYPE, Answer, refusal
from mockcliq.gateway.errors import RequestUnfinished
from mockcliq.gateway.socket_faults import EXTENSION
from mockcliq.http.limits import HEAD_LIMIT, HEADERS_LIMIT, Timeouts

if TYPE_CHECKING:
    from mockcliq.http.h11_protocol import StrictH11Protocol

_LOG = logging.getLogger("mockcliq.http")
_LOG.setLevel(logging.ERROR)  # what is no HTTP, or asks for an upgrade, is answered, and no news

# On, and no time: what has not been sent is thrown away and the peer told so by an RST. Windows has short numbers here.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

Refuse = Callable[[CliqError], tuple[Answer, Sequence[tuple[bytes, bytes]]]]
"""Gives the answer to what never came to be a request, and its headers."""


def _documented(error: CliqError) -> tuple[Answer, Sequence[tuple[bytes, bytes]]]:
    answer = refusal(error)
    return answer, ((b"content-length", b"%d" % len(answer.body)), (b"content-type", JSON_TYPE))


class HttpConnection(asyncio.Protocol):
    """A connection, served by uvicorn's protocol on httptools as long as what comes is plain, then by that on h11.

    Plain is what almost every request is: its head in one piece, nothing behind it yet. httptools takes all else too,
    but not as it should: it knows a list of methods and refuses the rest, which are owed a 405, does not tell where in
    a pipeline of requests such a one stands, reads no body of a request that asks for an upgrade, and takes heads and
    trailers without end. So a connection on which anything else comes is handed over to h11, for good.

    Any uvicorn can have it: `uvicorn.Config(app, http=HttpConnection)`.

    Args:
        config: uvicorn's, as are the next three.
        server_state: Its `connections` have this one, not the protocol that serves it.
        app_state: What the application's lifespan keeps.
        _loop: The event loop.
        refuse: What is answered to what is no HTTP.
        timeouts: How long the client is waited for.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        refuse: Refuse = _documented,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is frozen
    ) -> None:
        self._for_protocols: dict[str, Any] = {"config": config, "server_state": server_state, "app_state": app_state}
        self._loop = _loop or asyncio.get_running_loop()
        self._connections: set[Any] = server_state.connections
        self._refuse = refuse
        self._timeouts = timeouts
        self._timer: asyncio.TimerHandle | None = None
        self._fast = _FastProtocol(**self._for_protocols)
        self._h11: StrictH11Protocol | None = None
        self._app = self._fast.app
        self._is_answering = False
        self._body_left = 0
        """How many bytes are still to come of the latest request's body; h11 counts them itself."""
        self._behind = b""
        """What came before the latest request was answered, and waits its turn; h11 keeps it itself."""
        self._unfinished: object = None
        """The part of a request that the timer runs for."""
        self._has_ended = False
        """Whether the client sends no more."""
        self._is_given_up = False
        """Whether uvicorn has been told that the connection is lost: nothing is read or answered any more."""
        self._lost: asyncio.Future[None] | None = None

    # What the event loop tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        """Begin, by the fast protocol."""
        self.transport = transport
        self._connections.add(self)
        self._begin(self._fast)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._connections.discard(self)
        self._set_timer(None)
        if not self._is_given_up:
            self._protocol.connection_lost(exc)
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        """Have the application wait: the client does not read."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Have the application go on."""
        self._protocol.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Hand the data to the parser that it is for."""
        if self._is_given_up:
            return
        if self._h11 is not None:
            self._h11.data_received(data)
            self._settle()
            return
        if self._body_left:
            body, data = data[: self._body_left], data[self._body_left :].lstrip(b"\r\n")
            self._body_left -= len(body)
            self._fast.data_received(body)
            self._settle()
            if not data:
                return
        if self._is_answering or self._behind:
            self._behind += data
            self.transport.pause_reading()
            return
        size = plain_size(data)
        if size is None or (size < len(data) and data[size:].strip(b"\r\n")):
            self._hand_over(data)
            return
        self._is_answering = True
        self._fast.data_received(data[:size])
        if self._fast.is_invalid:
            self._is_answering = False
            self._hand_over(data)
        elif size > len(data):
            self._body_left = size - len(data)
            self._settle()

    def eof_received(self) -> bool:
        """Let a client that says no more have the answers to what it has said; tells whether the connection stays."""
        self._settle()
        if self._is_given_up or self._unfinished is not None:
            return False
        cycle: Any = self._protocol.cycle  # None before the connection's first request
        if not self._has_more() and (cycle is None or cycle.response_started):
            return False
        self._has_ended = True
        # It may as well have gone altogether, which looks the same.
        self._set_timer(self._timeouts.linger, self.transport.close)
        self._settle()
        return True

    def shutdown(self) -> None:
        """End at once where nothing is in flight, else with the answer; the server's word."""
        if self._is_given_up:
            self.transport.close()
        else:
            self._protocol.shutdown()

    # The two protocols

    @property
    def _protocol(self) -> _FastProtocol | StrictH11Protocol:
        return self._fast if self._h11 is None else self._h11

    def _begin(self, protocol: _FastProtocol | StrictH11Protocol) -> None:
        protocol.app = self._answer
        protocol.logger = _LOG
        protocol.connection_made(self.transport)
        self._connections.discard(protocol)

    def _hand_over(self, data: bytes) -> None:
        from mockcliq.http.h11_protocol import StrictH11Protocol  # noqa: PLC0415 - few clients ever need it

        self._fast.data_received(b"")  # stops its keep-alive timer
        self._h11 = StrictH11Protocol(**self._for_protocols)
        self._begin(self._h11)
        self.data_received(data)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, which can reach its connection."""
        scope["extensions"] = {EXTENSION: self}
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # The server's time to end is over. Uvicorn would make a 500 of it, and a traceback in the log.
            self.close()
        finally:
            self._is_answering = False
            if self._behind or self._h11 is not None or self._has_ended:
                # Not before the answered request is through, so that all is written down in its order.
                self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        if self.transport.is_closing():
            return
        if self._behind:
            behind, self._behind = self._behind, b""
            self.transport.resume_reading()
            self.data_received(behind)
        self._settle()

    # What the client owes

    def _settle(self) -> None:
        """Judge what has come: refuse what is no HTTP, give its sender time for the rest, end where no more comes."""
        if self._is_given_up:
            return
        if self._h11 is not None and self._h11.refusal is not None:
            self._refuse_and_linger(self._h11.refusal)
        elif self._has_ended:
            if not self._has_more():
                self._protocol.shutdown()
        else:
            body = self._fast.cycle if self._body_left else None
            unfinished = body if self._h11 is None else self._h11.unfinished()
            if unfinished != self._unfinished:
                self._unfinished = unfinished
                self._set_timer(None if unfinished is None else self._timeouts.request, self._time_is_over)

    def _has_more(self) -> bool:
        """Whether anything came behind the latest request."""
        return bool(self._behind) if self._h11 is None else self._h11.has_more()

    def _set_timer(self, seconds: float | None, then: Callable[[], object] = lambda: None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds, then)

    def _time_is_over(self) -> None:
        cycle: Any = self._protocol.cycle  # None before the connection's first request
        if self.transport.is_closing():
            return
        if cycle is not None and cycle.more_body and cycle.response_started:
            self.transport.close()  # its request was answered: there is no more to say
        else:
            self._refuse_and_linger(RequestUnfinished(seconds=f"{self._timeouts.request:g}"))

    def _refuse_and_linger(self, error: CliqError) -> None:
        """Answer what has no request to be an answer to, and end the connection.

        What is still sent is taken in for a moment. A close at once would be a reset to a client that still sends, and
        it might never see the answer.
        """
        answer, headers = self._refuse(error)
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%bconnection: close\r\n\r\n%b" % (lines, answer.body))
        self._give_up()
        self.transport.write_eof()
        self.transport.resume_reading()
        self._set_timer(self._timeouts.linger, self.transport.abort)

    def _give_up(self) -> None:
        """Tell uvicorn that the connection is lost: it writes no more, and does not complain of a missing answer."""
        self._set_timer(None)
        if not self._is_given_up:
            self._is_given_up = True
            self._protocol.connection_lost(ConnectionAbortedError())

    # What a fault rule does to it (gateway/socket_faults.py)

    def is_closing(self) -> bool:
        """Whether it ends already, by whichever side."""
        return self.transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send bytes that are no part of an answer."""
        self.transport.write(data)

    def close(self) -> None:
        """End it, by a FIN behind what was written."""
        self._give_up()
        self.transport.close()

    def reset(self) -> None:
        """End it by an RST."""
        with suppress(OSError):  # macOS says so where the client is gone
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._give_up()
        self.transport.abort()

    async def hang(self) -> None:
        """Answer nothing, until the client hangs up."""
        self._give_up()
        self.transport.resume_reading()
        self._lost = self._loop.create_future()
        await self._lost


class _FastProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools.

    Attributes:
        is_invalid: Whether its parser did not take what came.
    """

    is_invalid = False

    def send_400_response(self, msg: str) -> None:
        """Note it; h11 is the judge."""
        del msg
        self.is_invalid = True


_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?:\r|$)")


def plain_size(data: bytes) -> int | None:
    """The size of the request that begins there, its body included, if it is plain and its head there; else None."""
    end = data.find(_END_OF_HEAD)
    if not 0 < end <= HEAD_LIMIT:
        return None
    length = _announced_by(data[:end])
    return None if length is None else end + len(_END_OF_HEAD) + length


@lru_cache(maxsize=128)  # clients send the same head again and again
def _announced_by(head: bytes) -> int | None:
    """How long a body a plain head announces; None where it is not plain."""
    lowered = head.lower()
    if (
        b" http/1." not in lowered
        or b"\nupgrade:" in lowered
        or b"\ntransfer-encoding:" in lowered
        or lowered.count(b"\n") > HEADERS_LIMIT
        or lowered.startswith(b"connect ")
    ):
        return None
    if b"\ncontent-length:" not in lowered:
        return 0
    length = _LENGTH.search(lowered)
    return None if length is None else int(length[1])
