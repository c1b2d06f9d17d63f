"""The HTTP protocol for all that the fast one leaves to it, on Python's own parser."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import h11
import httptools
from uvicorn.protocols.http.h11_impl import H11Protocol

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.rules import HEAD_TOO_LARGE, MALFORMED_REQUEST
from mockcliq.http.limits import HEAD_LIMIT, HEADERS_LIMIT

_VERSIONS = (b"1.0", b"1.1")


class StrictH11Protocol(H11Protocol):
    """uvicorn's protocol on h11: slower, and ready for requests in any number of pieces.

    Attributes:
        refusal: What is wrong with what came, once it is no HTTP.
        for_h11: Nothing more.
        behind: Nothing; uvicorn keeps it.
        takes_up_next: Whether uvicorn begins with what stands behind an answered request by itself.
    """

    conn: _StrictParser
    refusal: Refusal | None = None
    for_h11 = b""
    behind = b""
    takes_up_next = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = _StrictParser(h11.SERVER, HEAD_LIMIT)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; empty lines before a request mean nothing."""
        if self.conn.their_state is h11.IDLE and not self.has_more():
            data = data.lstrip(b"\r\n")
        if data:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Note that the parser did not take it."""
        del msg
        self.refusal = self.conn.refusal

    def unfinished(self) -> object:
        """The part of a request, a head or a body, that has begun and not ended; None where there is none."""
        state = self.conn.their_state
        is_unfinished = state is h11.SEND_BODY or (state is h11.IDLE and self.has_more())
        return (self.cycle, state) if is_unfinished else None

    def has_more(self) -> bool:
        """Whether anything came behind the latest request."""
        return bool(self.conn.trailing_data[0])


class _StrictParser(h11.Connection):
    """h11's parser, which takes more than it should, or differently from the fast one.

    Attributes:
        refusal: What is wrong with what it did not take.
    """

    refusal: Refusal = Refusal(MALFORMED_REQUEST)

    def next_event(self) -> Any:
        """The next piece of a request; what stands behind a connection's last one is none."""
        if self.their_state is h11.MUST_CLOSE:
            return h11.NEED_DATA
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
                self.refusal = Refusal(HEAD_TOO_LARGE, bytes=HEAD_LIMIT, count=HEADERS_LIMIT)
            raise
        return self._checked(event) if isinstance(event, h11.Request) else event

    def _checked(self, request: h11.Request) -> h11.Request:
        names = [name for name, _ in request.headers]
        size = len(request.target) + sum(len(name) + len(value) for name, value in request.headers)
        if size > HEAD_LIMIT or len(names) > HEADERS_LIMIT:
            self.refusal = Refusal(HEAD_TOO_LARGE, bytes=HEAD_LIMIT, count=HEADERS_LIMIT)
            raise h11.RemoteProtocolError("too large a head")
        if request.http_version not in _VERSIONS:
            raise h11.RemoteProtocolError("another version of HTTP")
        if b"transfer-encoding" in names and b"content-length" in names:
            # Where the request ends is anybody's guess, and the rest of it could be taken for another one.
            raise h11.RemoteProtocolError("two ways to tell where the body ends")
        try:
            url = httptools.parse_url(request.target)
        except httptools.HttpParserInvalidURLError as error:
            raise h11.RemoteProtocolError("no URL") from error
        target = (url.path or b"/") + (b"?" + url.query if url.query else b"")
        return h11.Request(
            method=request.method, headers=request.headers, target=target, http_version=request.http_version
        )
