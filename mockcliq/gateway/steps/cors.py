"""Opens the emulated API to pages of any origin, as a browser asks for it."""

from __future__ import annotations

from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Received

_METHODS = b"GET, POST, DELETE"
_MAX_AGE_S = 600
_READABLE = (
    b"X-Mockcliq-Request-Id, X-Mockcliq-Reason, Allow, Retry-After,"
    b" X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
"""The headers of an answer that a page may read; a wildcard would not hold where credentials are sent."""


def headers(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """What lets a page of that origin read an answer, also where it sends credentials."""
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _READABLE),
        (b"vary", b"Origin"),
    )


def answer_preflight(call: Received) -> Answer | None:
    """Say yes on any path; the call itself then gets its own answer, a 404 or 405 too, which the page can read.

    Any OPTIONS without the headers of a preflight is a call like all others.
    """
    if call.scope["method"] != "OPTIONS" or call.header(b"access-control-request-method") is None:
        return None
    granted = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-max-age", b"%d" % _MAX_AGE_S),
    ]
    asked = call.header(b"access-control-request-headers")
    if asked is not None:
        granted.append((b"access-control-allow-headers", asked))
    if call.header(b"access-control-request-private-network") is not None:
        granted.append((b"access-control-allow-private-network", b"true"))
    return Answer(204, b"", tuple(granted))
