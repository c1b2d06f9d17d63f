"""Access to the control API. Web pages of any origin can reach this machine's ports.

A page could send requests across origins, or under a name of its own that resolves to this machine (DNS rebinding). So
the guard checks Host and Origin first, then whether the control API is on, then the token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from secrets import compare_digest
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.contract.quoting import escape, last_four
from mockcliq.control.health import ALWAYS_THERE
from mockcliq.control.problems import ProblemResponse
from mockcliq.settings import PREFIX, Settings

_LOCAL_DOMAINS = ("localhost", "local", "internal", "test")
"""Domains under which nobody can register a name."""

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)(?::([0-9]{0,5}))?", re.ASCII)
_ORIGIN = re.compile(r"(https?)://(.+)", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class _Authority(NamedTuple):
    """The authority of a URL or Host header; the port is None for the scheme's default."""

    name: str
    port: int | None


class Guard:
    """ASGI middleware that passes permitted requests to the control API.

    Args:
        settings: The server's settings.
        app: The control API, or the console.
        asks_token: Whether the app needs the token, if the settings have one.
    """

    def __init__(self, settings: Settings, app: ASGIApp, *, asks_token: bool = True) -> None:
        self._app = app
        self._off = None
        if not settings.control:
            detail = f"the control API is off, save for health and ready; {PREFIX}CONTROL=on turns it on"
            self._off = ProblemResponse(404, detail)
        self._hosts = settings.allowed_hosts
        token = settings.control_token if asks_token else None
        self._token = None if token is None else token.get_secret_value().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._check(scope) or self._app)(scope, receive, send)

    def _check(self, scope: Scope) -> ProblemResponse | None:
        hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
        refusal = self._check_host(hosts) or _check_origin(origins, hosts)
        if refusal is None and scope["path"].removeprefix(scope["root_path"]) not in ALWAYS_THERE:
            refusal = self._off or self._check_token(_values(scope, b"authorization"))
        return refusal

    def _check_host(self, values: list[str]) -> ProblemResponse | None:
        if not values:
            # HTTP/1.0 has no Host, and every browser sends it.
            return None
        host = _authority(values[0]) if len(values) == 1 else None
        if host is None:
            received = escape(", ".join(values))
            return ProblemResponse(
                403, f"the control API needs one Host header, a name or an address; it got '{received}'"
            )
        if _is_local(host.name) or _is_listed(host.name, self._hosts):
            return None
        return ProblemResponse(
            403,
            f"the control API does not answer to the name {escape(host.name)}, which any web page could have let point"
            f" here; if it is yours, list it: {PREFIX}ALLOWED_HOSTS={escape(host.name)}",
        )

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


def _check_origin(values: list[str], hosts: list[str]) -> ProblemResponse | None:
    if not values or (len(values) == 1 and any(_is_same_origin(values[0], host) for host in hosts)):
        return None
    received = escape(", ".join(values))
    return ProblemResponse(403, f"the control API takes no calls from pages of another origin, such as '{received}'")


def _is_same_origin(origin: str, host: str) -> bool:
    found = _ORIGIN.fullmatch(origin.lower())
    if found is None:
        return False
    default, expected, actual = _DEFAULT_PORTS[found[1]], _authority(host), _authority(found[2])
    return (
        expected is not None
        and actual is not None
        and (expected.name, expected.port or default) == (actual.name, actual.port or default)
    )


@lru_cache
def _is_local(name: str) -> bool:
    """Whether nobody can register a name: an address, a single label, a reserved domain."""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return "." not in name or name.rpartition(".")[2] in _LOCAL_DOMAINS
    return True


def _is_listed(name: str, patterns: Iterable[str]) -> bool:
    return any(
        pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in patterns
    )


@lru_cache
def _authority(text: str) -> _Authority | None:
    """Parse an authority; None if it is malformed."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    name = found[1].lower().removesuffix(".")
    if name.startswith("["):
        try:
            ip_address(name.strip("[]"))
        except ValueError:
            return None
    return _Authority(name, int(found[2]) if found[2] else None)


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
