"""Access to the control API. Web pages of any origin can reach this machine's ports.

A page could send requests across origins, or under a name of its own that resolves to this machine (DNS rebinding). So
the guard checks Host and Origin first, then whether the control API is on, then the token. `entry.py` stands before it.
"""

from __future__ import annotations

from functools import partial
from ipaddress import ip_address
from secrets import compare_digest

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.contract.quoting import escape, last_four
from mockcliq.contract.urls import DEFAULT_PORTS, Authority, Origin, authority, is_listed, origin
from mockcliq.control.entry import AllowedOrigins, refused_page, values
from mockcliq.control.health import probed
from mockcliq.control.problems import ProblemResponse
from mockcliq.gateway.answers import Headers
from mockcliq.gateway.steps import cors
from mockcliq.public_url import PublicUrl
from mockcliq.settings import PREFIX, Settings
from mockcliq.short_cache import short_cache

_LOCAL_DOMAINS = ("localhost", "local", "internal", "test", "svc")
"""Domains under which nobody can register a name; the last one is that of services in a Kubernetes cluster."""


class Guard:
    """ASGI middleware that passes permitted requests to the control API.

    Args:
        settings: The server's settings.
        public_url: Tells the server's URLs.
        app: The control API.
    """

    def __init__(self, settings: Settings, public_url: PublicUrl, app: ASGIApp) -> None:
        self._app = app
        self._off = None
        if not settings.control:
            detail = f"the control API is off, save for health and ready; {PREFIX}CONTROL=on turns it on"
            self._off = ProblemResponse(404, detail)
        self._public_url = public_url
        self._origins = AllowedOrigins(settings)
        own = self._origins.public
        self._hosts = settings.allowed_hosts if own is None else (*settings.allowed_hosts, own.name)
        token = settings.control_token
        self._token = None if token is None else token.get_secret_value().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = values(scope, b"origin")
        if len(origins) == 1 and self._origins.lists(origins[0]):
            # Its browser has to be told so, with a refusal too.
            send = partial(_send_with, cors.headers(origins[0].encode("latin-1")), send)
            granted = cors.grants(scope["method"], lambda name: _value(scope, name))
            if granted is not None:
                await send({"type": "http.response.start", "status": 204, "headers": granted})
                await send({"type": "http.response.body"})
                return
        await (self._check(scope, origins) or self._app)(scope, receive, send)

    def _check(self, scope: Scope, origins: list[str]) -> ProblemResponse | None:
        if probed(scope) is not None:
            return None
        hosts = values(scope, b"host")
        return (
            self._check_host(hosts)
            or self._check_origin(scope, origins, hosts)
            or self._off
            or self._check_token(values(scope, b"authorization"))
        )

    def _check_host(self, values: list[str]) -> ProblemResponse | None:
        if not values:
            # HTTP/1.0 has no Host, and every browser sends it.
            return None
        host = authority(values[0]) if len(values) == 1 else None
        if host is None:
            received = escape(", ".join(values))
            return ProblemResponse(
                403, f"the control API needs one Host header, a name or an address; it got '{received}'"
            )
        if _is_local(host.name) or is_listed(host.name, self._hosts):
            return None
        return ProblemResponse(
            403,
            f"the control API does not answer to the name {escape(host.name)}, which any web page could have let point"
            f" here; if it is yours, list it: {PREFIX}ALLOWED_HOSTS={escape(host.name)}",
        )

    def _check_origin(self, scope: Scope, origins: list[str], hosts: list[str]) -> ProblemResponse | None:
        if not origins or (len(origins) == 1 and self._is_permitted_origin(scope, origins[0], hosts)):
            return None
        return refused_page(origins)

    def _is_permitted_origin(self, scope: Scope, value: str, hosts: list[str]) -> bool:
        """Whether the page is this server's own, as a browser knows it behind any proxy, or a listed one."""
        if self._origins.lists(value):
            return True
        page = origin(value)
        own = [*map(authority, hosts), self._public_url.forwarded_host(scope)]
        return page is not None and (page == self._origins.public or any(map(partial(_is_at, page), own)))

    def _check_token(self, values: list[str]) -> ProblemResponse | None:
        if self._token is None:
            return None
        scheme, _, given = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        is_bearer = scheme.lower() == "bearer"
        if is_bearer and compare_digest(given.strip().encode("latin-1"), self._token):
            return None
        detail = f"the control API needs its token: a bearer token in Authorization, the value of {PREFIX}CONTROL_TOKEN"
        if is_bearer:
            detail += f"; {last_four(given.strip())} is another"
        return ProblemResponse(401, detail, {"WWW-Authenticate": "Bearer"})


def _is_at(page: Origin, host: Authority | None) -> bool:
    """Whether a web page is at that host; whether TLS is spoken there is not for us to see."""
    default = DEFAULT_PORTS.get(page.scheme)
    return default is not None and host is not None and (page.name, page.port) == (host.name, host.port or default)


async def _send_with(headers: Headers, send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        message = {**message, "headers": [*message.get("headers", ()), *headers]}
    await send(message)


@short_cache(128)
def _is_local(name: str) -> bool:
    """Whether nobody can register a name: an address, a single label, a reserved domain."""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name or name.rpartition(".")[2] in _LOCAL_DOMAINS
    return True


def _value(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)
