"""The way in to what is this server's own: the control API, the console, the reference pages.

Any web page can have a browser ask this machine's ports for something. A picture, a script, a frame come without an
Origin; but the browser says by Sec-Fetch-Site that a page of another site or port asks (W3C's Fetch Metadata). Such a
page gets nothing of ours but a link, and the headers of every answer forbid it to frame or to load one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.contract.quoting import escape
from mockcliq.contract.urls import origin, origin_of
from mockcliq.control.health import probed
from mockcliq.control.problems import ProblemResponse
from mockcliq.settings import PREFIX, Settings

_OWN_SITES = frozenset({"same-origin", "none"})
"""The values of Sec-Fetch-Site for pages of ours, and for what a person typed or chose."""

_NEEDLESS_ESCAPE = re.compile(rb"%(?:2[DEF]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9A])", re.IGNORECASE)
"""Letters, digits and ``-._/``: our paths are made of them, and no client escapes one in a name."""

_HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class AllowedOrigins:
    """The pages that the settings name: those of the public URL, and others that may call the control API."""

    def __init__(self, settings: Settings) -> None:
        self.public = None if settings.public_url is None else origin(origin_of(settings.public_url))
        self._is_any_listed = "*" in settings.allowed_origins
        self._listed = frozenset(map(origin, settings.allowed_origins))

    def lists(self, value: str) -> bool:
        """Whether MOCKCLIQ_ALLOWED_ORIGINS has a page, by its Origin header."""
        if self._is_any_listed:
            return True
        page = origin(value) if self._listed else None
        return page is not None and page in self._listed


class Entry:
    """ASGI middleware: lets in what asks by a plain path and for no foreign page; health and ready are for everybody.

    Args:
        settings: The server's settings.
        linked: The paths, below the root path, that any page may have a link to.
        app: What is this server's own.
    """

    def __init__(self, settings: Settings, linked: Collection[str], app: ASGIApp) -> None:
        self._allowed = AllowedOrigins(settings)
        self._linked = linked
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _check_spelling(scope) or self._check_site(scope)
        await (refusal or self._app)(scope, receive, partial(_send_guarded, send))

    def _check_site(self, scope: Scope) -> ProblemResponse | None:
        foreign = next((value for value in values(scope, b"sec-fetch-site") if value not in _OWN_SITES), None)
        if foreign is None or probed(scope) is not None or self._is_link(scope):
            return None
        origins = values(scope, b"origin")
        if len(origins) == 1 and self._is_allowed(origins[0]):
            return None
        return refused_page(origins, f"Sec-Fetch-Site: {escape(foreign)}")

    def _is_allowed(self, value: str) -> bool:
        return self._allowed.lists(value) or (
            self._allowed.public is not None and origin(value) == self._allowed.public
        )

    def _is_link(self, scope: Scope) -> bool:
        """Whether the browser opens one of the linked pages by itself, not in a frame of another."""
        return (
            scope["method"] == "GET"
            and values(scope, b"sec-fetch-mode") == ["navigate"]
            and values(scope, b"sec-fetch-dest") == ["document"]
            and scope["path"].removeprefix(scope.get("root_path", "")) in self._linked
        )


def refused_page(origins: list[str], otherwise: str = "") -> ProblemResponse:
    """The refusal of a page of another origin.

    Args:
        origins: The values of the request's Origin headers.
        otherwise: What tells that it is one, where there is no Origin.
    """
    received = f"'{escape(', '.join(origins))}'" if origins else f"one without an Origin ({otherwise})"
    detail = (
        f"the control API and the server's own pages take no calls from pages of another origin, such as {received}"
    )
    is_one = len(origins) == 1 and origin(origins[0]) is not None
    if is_one or not origins:
        page = escape(origins[0]) if is_one else "http://localhost:3000"
        detail += f"; if the page is yours, list it{'' if is_one else ' and let it use fetch'}"
        detail += f": {PREFIX}ALLOWED_ORIGINS={page}"
    return ProblemResponse(403, detail)


def values(scope: Scope, name: bytes) -> list[str]:
    """The values of a request's header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _check_spelling(scope: Scope) -> ProblemResponse | None:
    """Refuse a path that a proxy, which has a rule for ours, would take for another."""
    raw: bytes | None = scope.get("raw_path")  # without it there is one spelling alone
    found = None if raw is None else _NEEDLESS_ESCAPE.search(raw)
    if found is None:
        return None
    escaped = found[0].decode()
    plain = chr(int(escaped[1:], 16))
    return ProblemResponse(
        404, f"the control API and the server's own pages have one spelling of their paths: {plain}, not {escaped}"
    )


async def _send_guarded(send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        headers = list(message.get("headers", ()))
        there = {name.lower() for name, _ in headers}
        message = {**message, "headers": [*headers, *(each for each in _HEADERS if each[0] not in there)]}
    await send(message)
