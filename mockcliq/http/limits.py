"""How much clients may send, and how long they may take."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_LIMIT = 64 * 1024
"""At most so many bytes has a request's head: its first line and its headers."""

HEADERS_LIMIT = 100
"""At most so many headers has a request."""


@dataclass(frozen=True)
class Timeouts:
    """How long clients are waited for, in seconds.

    Attributes:
        request: For the rest of a request's head, once it has begun, and as long for its body.
        idle: For the next request. Longer than the idle time after which common clients drop a pooled connection, so
            that theirs is the one to close.
        linger: For the client to close a connection whose last answer is sent.
    """

    request: float = 60
    idle: float = 75
    linger: float = 2
