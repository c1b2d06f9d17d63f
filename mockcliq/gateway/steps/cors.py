"""CORS: pages of any origin may call the emulated APIs."""

from __future__ import annotations

from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Received

_METHODS = b"GET, POST, DELETE"
_MAX_AGE_S = 600
_READABLE = (
    b"X-Mockcliq-Request-Id, X-Mockcliq-Reason, Allow, Retry-After,"
    b" X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)
"""The headers that a page may read; a wildcard does not work with credentials."""


def headers(origin: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that let a page of that origin read an answer, with credentials too."""
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _READABLE),
        (b"vary", b"Origin"),
    )


def answer_preflight(call: Received) -> Answer | None:
    """Grant a preflight on any path, so that the page can read a 404 or 405 of the call itself.

    An OPTIONS without the headers of a preflight is an ordinary call.
    """
    if call.scope["method"] != "OPTIONS" or call.header(b"access-control-request-method") is None:
        return None
    granted = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-max-age", b"%d" % _MAX_AGE_S),
    ]
    requested_headers = call.header(b"access-control-request-headers")
    if requested_headers is not None:
        granted.append((b"access-control-allow-headers", requested_headers))
    if call.header(b"access-control-request-private-network") is not None:
        granted.append((b"access-control-allow-private-network", b"true"))
    return Answer(204, b"", tuple(granted))
