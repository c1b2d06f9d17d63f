"""CORS: pages of any origin may call the emulated APIs."""

from __future__ import annotations

from collections.abc import Callable

from mockcliq.gateway.answers import Answer, Headers
from mockcliq.gateway.call import Received

_METHODS = (b"GET", b"POST", b"DELETE")
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


def grants(method: str, header: Callable[[bytes], bytes | None]) -> Headers | None:
    """The headers that grant a preflight what it asks for, any method too; None for a request that is no preflight.

    An OPTIONS without the headers of a preflight is an ordinary call.
    """
    requested_method = header(b"access-control-request-method")
    if method != "OPTIONS" or requested_method is None:
        return None
    granted = [
        (b"access-control-allow-methods", b", ".join(dict.fromkeys((*_METHODS, requested_method)))),
        (b"access-control-max-age", b"%d" % _MAX_AGE_S),
    ]
    requested_headers = header(b"access-control-request-headers")
    if requested_headers is not None:
        granted.append((b"access-control-allow-headers", requested_headers))
    if header(b"access-control-request-private-network") is not None:
        granted.append((b"access-control-allow-private-network", b"true"))
    return tuple(granted)


def answer_preflight(call: Received) -> Answer | None:
    """Grant a preflight on any path, so that the page can read a 404 or 405 of the call itself."""
    method = call.scope["method"]
    granted = grants(method, call.header) if method == "OPTIONS" else None
    return None if granted is None else Answer(204, b"", granted)
