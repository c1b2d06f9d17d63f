"""What our two HTTP protocols have in common: refusals as documented, and an end to what never ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import uvicorn

from mockcliq.app import MockCliq
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.rules import MALFORMED_REQUEST, REQUEST_UNFINISHED

HEAD_LIMIT = 64 * 1024
"""At most so many bytes has a request's head: its first line and its headers."""

HEADERS_LIMIT = 100
"""At most so many headers has a request."""

_LAST_WORDS_S = 2.0
"""How long a connection stays after we said that it ends, or the client that it has no more to say."""


@dataclass(frozen=True)
class Timeouts:
    """How long clients are waited for, in seconds.

    Attributes:
        request: For the rest of a request's head, once it has begun, and as long for its body.
        idle: For the next request. Longer than the idle time after which common clients drop a pooled connection, so
            that theirs is the one to close.
    """

    request: float = 60
    idle: float = 75


class Config(uvicorn.Config):
    """uvicorn's, and what that has no setting for.

    Args:
        app: What is served.
        timeouts: How long clients are waited for.
        **others: uvicorn's own.
    """

    app: MockCliq

    def __init__(self, app: MockCliq, timeouts: Timeouts, **others: Any) -> None:
        super().__init__(app, timeout_keep_alive=timeouts.idle, **others)  # type: ignore[arg-type]  # it takes fractions
        self.timeouts = timeouts


class Incoming(asyncio.Protocol):
    """What is laid over either of uvicorn's protocols."""

    config: Config
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    cycle: Any
    """The latest request and its answer; None before the connection's first."""

    has_ended = False
    """Whether the client says no more."""
    _awaited: object = None
    _giving_up: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.wait_for(None)
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """Let a client that says no more have the answers to what it has said; tells whether the connection stays."""
        if self._awaited is not None:
            return False
        if not self.has_more() and (self.cycle is None or self.cycle.response_started):
            return False
        self.has_ended = True
        self.end_when_answered()
        # It may as well have gone altogether, which looks the same.
        self.loop.call_later(_LAST_WORDS_S, self.transport.close)
        return True

    def end_when_answered(self) -> None:
        """Have the latest answer to a client that says no more be the last, if it is."""
        if self.has_ended and not self.has_more() and self.transport.get_protocol() is self:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.close()
            else:
                self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Begin to end, at once where nothing is in flight."""
        if self.transport.get_protocol() is self:
            super().shutdown()  # type: ignore[misc]  # uvicorn's
        else:
            self.transport.close()

    def has_more(self) -> bool:
        """Whether anything came behind the latest request."""
        raise NotImplementedError

    def wait_for(self, what: object) -> None:
        """Have a client's time begin for something it has yet to send; None if it owes nothing."""
        if what == self._awaited:
            return
        self._awaited = what
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        if what is not None:
            self._giving_up = self.loop.call_later(self.config.timeouts.request, self._give_up)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; uvicorn's name for it."""
        del msg
        self.refuse(Refusal(MALFORMED_REQUEST))

    def refuse(self, error: Refusal) -> None:
        """Answer what has no request to be an answer to, in the emulated API's own shape, and end the connection."""
        answer, headers = self.config.app.gateway.refuse_unread(error)
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%bconnection: close\r\n\r\n%b" % (lines, answer.body))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        _LastWords(self)

    def _give_up(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self.cycle is not None and self.cycle.more_body and self.cycle.response_started:
            self.transport.close()
        else:
            self.refuse(Refusal(REQUEST_UNFINISHED, seconds=f"{self.config.timeouts.request:g}"))


class _LastWords(asyncio.Protocol):
    """Takes in, for a moment, what is still sent on a connection that we have ended.

    A close at once would be a reset to a client that still sends, and it might never see the answer.
    """

    def __init__(self, before: Incoming) -> None:
        self._before = before
        transport = before.transport
        transport.set_protocol(self)
        transport.write_eof()
        transport.resume_reading()
        self._ending = before.loop.call_later(_LAST_WORDS_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who had it before, too: it minds the server's list of connections."""
        self._ending.cancel()
        self._before.connection_lost(exc)
