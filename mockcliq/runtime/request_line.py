"""The first lines of requests: a client sends the same ones again and again, and they are kept once."""

from __future__ import annotations

from typing import NamedTuple

from mockcliq.short_cache import short_cache

_Sent = tuple[str, str, bytes | None, bytes]

_LONGEST_KEPT = 2048
"""The bytes of the longest one that is kept for the next request."""

_MOST_KEPT = 256

_LARGEST_CHARACTER = 4
"""The bytes of a character in a text that has one so large."""


class RequestLine(NamedTuple):
    """Method and target of a request.

    Attributes:
        path: Decoded.
        raw_path: With its percent-encoding; None where the server does not tell it.
        query: As it was sent.
        size: What they take, in bytes, about; with the ids that are parts of the path.
    """

    method: str
    path: str
    raw_path: bytes | None
    query: bytes
    size: int


def _size(sent: _Sent) -> int:
    method, path, raw_path, query = sent
    in_path = len(path) if path.isascii() else _LARGEST_CHARACTER * len(path)
    return len(method) + 2 * in_path + len(raw_path or b"") + len(query)


@short_cache(_MOST_KEPT, _LONGEST_KEPT, _size)
def request_line(sent: _Sent) -> RequestLine:
    """The line of method, path, raw path and query: the same object as for the last request, if it is not too long."""
    return RequestLine(*sent, size=_size(sent))
