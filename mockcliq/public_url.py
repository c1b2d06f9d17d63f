"""The URL by which clients know this server: the one place that every URL of an answer comes from.

Behind a proxy it is another than the one that the request came to. It is the setting's; else what a trusted proxy says;
else the scheme and Host header of the request, and the path of the application's mount.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from mockcliq.contract.urls import DEFAULT_PORTS, Authority, authority, bracketed, prefix
from mockcliq.settings import Settings
from mockcliq.short_cache import short_cache

Scope = Mapping[str, Any]
"""Of ASGI, at the application's mount: its ``root_path`` is that of the mount."""


class PublicUrl:
    def __init__(self, settings: Settings) -> None:
        self._set = settings.public_url
        self._proxies = settings.trusted_proxies
        self._trusts = short_cache(256)(self._is_proxy)

    def of(self, scope: Scope) -> str:
        """The server's URL, without a slash at its end."""
        return self.told(scope) or f"{scope['scheme']}://{_host(scope)}{quote(scope.get('root_path', ''))}"

    def path(self, scope: Scope) -> str:
        """The path of `of`, percent-encoded: empty, unless the server stands below one."""
        return urlsplit(self.of(scope)).path

    def told(self, scope: Scope) -> str | None:
        """The same, if the setting or a trusted proxy tells it; else None."""
        if self._set is not None:
            return self._set
        if not self._is_forwarded(scope):
            return None
        scheme = _first(scope, b"x-forwarded-proto").lower()
        host = self.forwarded_host(scope)
        path = prefix(_first(scope, b"x-forwarded-prefix"))
        if scheme not in DEFAULT_PORTS and host is None and not path:
            return None
        mount = quote(scope.get("root_path", ""))
        # Some servers make a mount path of the proxy's prefix.
        below = mount if not path or f"{mount}/".startswith(f"{path}/") else path + mount
        return f"{scheme if scheme in DEFAULT_PORTS else scope['scheme']}://{host or _host(scope)}{below}"

    def forwarded_host(self, scope: Scope) -> Authority | None:
        """The host that a client asked a trusted proxy for, if it says so."""
        return authority(_first(scope, b"x-forwarded-host")) if self._is_forwarded(scope) else None

    def _is_forwarded(self, scope: Scope) -> bool:
        client = scope.get("client")
        return bool(self._proxies) and client is not None and self._trusts(client[0])

    def _is_proxy(self, address: str) -> bool:
        try:
            client = ip_address(address)
        except ValueError:  # a socket of another family
            return False
        if isinstance(client, IPv6Address) and client.ipv4_mapped is not None:
            client = client.ipv4_mapped
        return any(client in network for network in self._proxies)


def _host(scope: Scope) -> str:
    """The Host header; the server's own address where it has none that is one."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if authority(given) is not None:
        return given
    name, port = scope.get("server") or ("localhost", None)
    host = bracketed(name)
    return host if port is None else f"{host}:{port}"


def _first(scope: Scope, header: bytes) -> str:
    """The first of a header's values, which is that of the proxy next to the client."""
    value = next((value for name, value in scope["headers"] if name == header), b"")
    return str(value.decode("latin-1").partition(",")[0].strip())
