"""One connection: which of uvicorn's protocols serves it, how long its client may take, and how it is broken off."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.answers import JSON_TYPE, Answer
from mockcliq.gateway.extension import EXTENSION
from mockcliq.gateway.rules import REQUEST_UNFINISHED
from mockcliq.gateway.styles.documented import DOCUMENTED
from mockcliq.http.gathering import GatheringTransport
from mockcliq.http.httptools_protocol import PlainHttpToolsProtocol
from mockcliq.http.inherited import shut_down
from mockcliq.http.limits import Timeouts

if TYPE_CHECKING:
    from mockcliq.http.h11_protocol import StrictH11Protocol

_LOG = logging.getLogger("mockcliq.http")
_LOG.setLevel(logging.ERROR)  # what is no HTTP, or asks for an upgrade, is answered, and no news

_NEWS = logging.getLogger("mockcliq")

_TLS_HANDSHAKE = b"\x16\x03"
"""How a client begins that takes the port for one of https; such bytes are no HTTP, and its user sees no reason."""

_GARBAGE = b"\xff\xfe\x00\x01 A fault rule sent this; it is not HTTP. \x80\x81\r\n\r\n"

# SO_LINGER with 0 s: a close drops what has not been sent, and sends an RST. Windows has short numbers here.
_NO_LINGER = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)

Refuse = Callable[[Refusal], tuple[Answer, Sequence[tuple[bytes, bytes]]]]
"""Gives the answer to what never came to be a request, and its headers."""


def _documented(error: Refusal) -> tuple[Answer, Sequence[tuple[bytes, bytes]]]:
    answer = DOCUMENTED.refuse(error)
    return answer, ((b"content-length", b"%d" % len(answer.body)), (b"content-type", JSON_TYPE))


def last_answer(answer: Answer, headers: Iterable[tuple[bytes, bytes]], phrase: bytes) -> bytes:
    """An answer as it goes over the wire to what is no request, or none for this server; the last of its connection."""
    assert answer.status is not None
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\n%bconnection: close\r\n\r\n%b" % (answer.status, phrase, lines, answer.body)


class Arrival(NamedTuple):
    """How a connection came, where its transport does not tell.

    Attributes:
        scheme: Of its clients' URLs; None for what the transport says.
        world: The world for calls with a token that nobody issued; None for `default`.
    """

    scheme: str | None = None
    world: str | None = None


class HttpConnection(asyncio.Protocol):
    """A connection, served by uvicorn's protocol on httptools as long as what comes is plain, then by that on h11.

    Any uvicorn can have it: `uvicorn.Config(app, http=HttpConnection)`. It stands in the server's list of connections
    itself, in place of the protocol that serves it, and is the application which that calls.

    Args:
        config: uvicorn's, as are the next three.
        server_state: The server's connections, tasks and headers.
        app_state: What the application's lifespan keeps.
        _loop: The event loop; uvicorn passes it by this name.
        refuse: What is answered to what is no HTTP.
        timeouts: How long the client is waited for.
        arrival: How it came, by way of the proxy.
        is_eager: Whether a request may begin outside a task; its code must not ask for its task before it first waits.
    """

    transport: GatheringTransport

    def __init__(  # noqa: PLR0913 - four of them are uvicorn's
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        refuse: Refuse = _documented,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is frozen
        arrival: Arrival = Arrival(),  # noqa: B008 - it cannot be changed
        is_eager: Callable[[Scope], bool] = lambda _: False,
    ) -> None:
        self._loop = _loop or asyncio.get_running_loop()
        self._for_protocols: dict[str, Any] = {"config": config, "server_state": server_state, "app_state": app_state}
        self._protocol: PlainHttpToolsProtocol | StrictH11Protocol = PlainHttpToolsProtocol(
            self._loop, is_eager, **self._for_protocols
        )
        self._app = self._protocol.app
        self._scheme = arrival.scheme
        self._extensions: dict[str, Any] = {EXTENSION: {"break_off": self.break_off, "world": arrival.world}}
        self._connections: set[Any] = server_state.connections
        self._refuse = refuse
        self._timeouts = timeouts
        self._timer: asyncio.TimerHandle | None = None
        self._unfinished: object = None
        """The part of a request that the timer runs for."""
        self._has_ended = False
        """Whether the client sends no more."""
        self._is_abandoned = False
        """Whether uvicorn has been told that the connection is lost; nothing is read or answered any more."""
        self._is_reset = False
        """Whether it ends by an RST, before which no FIN may go."""
        self._lost: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        self.transport = GatheringTransport(transport)
        self._socket = transport.get_extra_info("socket")  # a lost one over TLS tells it no more
        self._connections.add(self)
        self._begin(self._protocol)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._set_timer(None)
        if not self._is_reset:
            shut_down(self._socket)
        if not self._is_abandoned:
            self._protocol.connection_lost(exc)
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._is_abandoned:
            return
        self._protocol.data_received(data)
        if self._protocol.for_h11:
            self._hand_over(self._protocol.for_h11)
        self._settle()

    def eof_received(self) -> bool:
        """Let a client that says no more have the answers to what it has said; tells whether the connection stays."""
        self._settle()
        cycle: Any = self._protocol.cycle  # None before the first request
        if self._is_abandoned or self._unfinished is not None:
            return False
        if not self._protocol.has_more() and (cycle is None or cycle.response_started):
            return False
        if not self.transport.can_write_eof():
            return False  # TLS has no half of a connection
        self._has_ended = True
        # It may as well have gone altogether, which looks the same.
        self._set_timer(self._timeouts.linger, self.transport.close)
        self._settle()
        return True

    def shutdown(self) -> None:
        """Close now if no request is in flight, else after its answer."""
        if self._is_abandoned:
            self.transport.close()
        else:
            self._protocol.shutdown()

    def _begin(self, protocol: PlainHttpToolsProtocol | StrictH11Protocol) -> None:
        protocol.app = self._answer
        protocol.logger = _LOG
        protocol.connection_made(self.transport)
        self._connections.discard(protocol)

    def _hand_over(self, data: bytes) -> None:
        from mockcliq.http.h11_protocol import StrictH11Protocol  # noqa: PLC0415 - few clients ever need it

        if data.startswith(_TLS_HANDSHAKE):
            _NEWS.warning(
                "a client speaks TLS to this port, which speaks plain HTTP: its URL should begin with http://"
            )
        self._protocol = StrictH11Protocol(**self._for_protocols)
        self._begin(self._protocol)
        self._protocol.data_received(data)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, which can reach its connection."""
        scope["extensions"] = self._extensions
        if self._scheme is not None:
            scope["scheme"] = self._scheme
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            # The server's time to end is over. Uvicorn would make a 500 of it, and a traceback in the log.
            self._abandon()
            self.transport.close()
        finally:
            if self._protocol.takes_up_next or self._protocol.behind or self._has_ended:
                # Not before the answered request is through, so that all is written down in its order.
                self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Turn to what came behind an answered request."""
        if self._is_abandoned or self.transport.is_closing():
            return
        behind, self._protocol.behind = self._protocol.behind, b""
        if behind:
            self.transport.resume_reading()
            self.data_received(behind)
        else:
            self._settle()

    def _settle(self) -> None:
        """Refuse what is no HTTP; time what the client owes; end where it sends no more and has all its answers."""
        if self._is_abandoned:
            return
        if self._protocol.refusal is not None:
            self._refuse_and_linger(self._protocol.refusal)
        elif self._has_ended:
            if not self._protocol.has_more():
                self._protocol.shutdown()
        elif (unfinished := self._protocol.unfinished()) != self._unfinished:
            self._unfinished = unfinished
            self._set_timer(None if unfinished is None else self._timeouts.request, self._time_is_over)

    def _set_timer(self, seconds: float | None, then: Callable[[], object] = lambda: None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds, then)

    def _time_is_over(self) -> None:
        cycle: Any = self._protocol.cycle
        if cycle is not None and cycle.more_body and cycle.response_started:
            self.transport.close()  # the request was answered before its body ended: there is no more to say
        elif not self.transport.is_closing():
            self._refuse_and_linger(Refusal(REQUEST_UNFINISHED, seconds=f"{self._timeouts.request:g}"))

    def _refuse_and_linger(self, error: Refusal) -> None:
        """Answer what has no request to be an answer to, and end the connection.

        What is still sent is taken in for a moment. A close at once would be a reset to a client that still sends, and
        it might never see the answer.
        """
        self.transport.write(last_answer(*self._refuse(error), b"Bad Request"))
        self._abandon()
        if self.transport.can_write_eof():  # not by TLS
            self.transport.write_eof()
        self.transport.resume_reading()
        self._set_timer(self._timeouts.linger, self.transport.abort)

    def _abandon(self) -> None:
        """Tell uvicorn that the connection is lost: it writes no more, and does not complain of a missing answer."""
        self._set_timer(None)
        if not self._is_abandoned:
            self._is_abandoned = True
            self._protocol.connection_lost(ConnectionAbortedError())

    async def break_off(self, how: str) -> None:
        """End it in place of an answer: by an RST (`reset`), by `garbage`, or by a FIN behind what was written.

        `hang` answers nothing, until the client hangs up.
        """
        self._abandon()
        if self.transport.is_closing():
            return  # the client was first
        if how == "hang":
            self._lost = self._loop.create_future()
            self.transport.resume_reading()
            await self._lost
        elif how == "reset":
            self._is_reset = True
            with suppress(OSError):  # macOS says so where the client is gone
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.transport.abort()
        else:
            if how == "garbage":
                self.transport.write(_GARBAGE)
            self.transport.close()
