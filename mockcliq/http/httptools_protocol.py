"""The fast HTTP protocol, for what almost every request is: plain, its head in one piece, nothing behind it yet."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mockcliq.contract.refusals import Refusal
from mockcliq.http.eager import EagerLoop
from mockcliq.http.gathering import GatheringTransport
from mockcliq.http.limits import HEAD_LIMIT, HEADERS_LIMIT
from mockcliq.short_cache import short_cache


class PlainHttpToolsProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools.

    Its parser takes all else too, but not as it should: it knows a list of methods and refuses the rest, which are owed
    a 405, does not tell where in a pipeline of requests such a one stands, reads no body of a request that asks for an
    upgrade, and takes heads and trailers without end.

    Attributes:
        refusal: Nothing; what is no HTTP is for h11 to tell.
        for_h11: What came that is not plain.
        behind: What came before the latest request was answered, and waits its turn.
        takes_up_next: Whether uvicorn begins with that by itself.
    """

    transport: GatheringTransport
    refusal: Refusal | None = None
    for_h11 = b""
    behind = b""
    takes_up_next = False
    _body_left = 0
    """How many bytes are still to come of the latest request's body."""
    _is_invalid = False

    def __init__(self, loop: asyncio.AbstractEventLoop, is_eager: Callable[[Scope], bool], **of_uvicorn: Any) -> None:
        self._eager = EagerLoop(loop, lambda: is_eager(self.scope))  # type: ignore[arg-type]  # a dict, typed closer
        super().__init__(**of_uvicorn, _loop=self._eager)  # type: ignore[arg-type]  # all that it asks a loop for

    def data_received(self, data: bytes) -> None:
        """Feed the parser with one request at a time."""
        if self._body_left:
            body, data = data[: self._body_left], data[self._body_left :].lstrip(b"\r\n")
            self._body_left -= len(body)
            super().data_received(body)
            if not data:
                return
        latest: RequestResponseCycle | None = self.cycle  # None before the connection's first request
        if self.behind or not (latest is None or latest.response_complete):
            self.behind += data
            self.transport.pause_reading()
            return
        size = plain_size(data)
        if size is None or (size < len(data) and data[size:].strip(b"\r\n")):
            self._leave(data)
            return
        super().data_received(data[:size])
        self.transport.write_at_once(self._eager.begin)
        self._body_left = max(0, size - len(data))
        if self._is_invalid:
            self._leave(data)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._eager.idle_timer.drop()

    def send_400_response(self, msg: str) -> None:
        """Note that the parser did not take it."""
        del msg
        self._is_invalid = True

    def _leave(self, data: bytes) -> None:
        """Leave the connection, and what came, to h11."""
        self._eager.idle_timer.drop()
        self.for_h11 = data

    def unfinished(self) -> object:
        """The request whose body has not ended; None where there is none."""
        return self.cycle if self._body_left else None

    def has_more(self) -> bool:
        """Whether anything came behind the latest request."""
        return bool(self.behind)


_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?:\r|$)")


def plain_size(data: bytes) -> int | None:
    """The size of the request that begins there, its body included, if it is plain and its head there; else None."""
    end = data.find(_END_OF_HEAD)
    if not 0 < end <= HEAD_LIMIT:
        return None
    length = _body_size(data[:end])
    return None if length is None else end + len(_END_OF_HEAD) + length


@short_cache(128, longest=4096)  # clients send the same head again and again
def _body_size(head: bytes) -> int | None:
    """How long a body a plain head announces; None where it is not plain."""
    lowered = head.lower()
    if (
        b" http/1.1" not in lowered
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
