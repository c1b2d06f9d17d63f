"""URLs that users, browsers and proxies write: authorities, origins, paths of a proxy, base URLs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote

from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.short_cache import short_cache

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)(?::([0-9]{0,5}))?", re.ASCII)
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^/]+)", re.ASCII)
_BASE_URL = re.compile(r"(https?)://([^/?#]+)(/[^?#]*)?", re.ASCII | re.IGNORECASE)
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[\w.~!$&()*+,;=:@%-]+)*/?", re.ASCII)
_MAX_PORT = 65535
DEFAULT_PORTS = {"http": 80, "https": 443}


class Authority(NamedTuple):
    """The authority of a URL or Host header; the port is None for the scheme's default."""

    name: str
    port: int | None

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


class Origin(NamedTuple):
    """The origin of a web page; the port is None only where its scheme has no default."""

    scheme: str
    name: str
    port: int | None


@short_cache(128)
def authority(text: str) -> Authority | None:
    """Parse an authority; None if it is malformed."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    name, port = found[1].lower().removesuffix("."), int(found[2]) if found[2] else None
    if name.startswith("["):
        try:
            ip_address(name.strip("[]"))
        except ValueError:
            return None
    return None if port is not None and port > _MAX_PORT else Authority(name, port)


def is_listed(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host's name is one of these, or below a ``*.name``; ``*`` is every name."""
    return any(
        pattern in ("*", host) or (pattern.startswith("*.") and host.endswith(pattern[1:])) for pattern in patterns
    )


def bracketed(host: str) -> str:
    """A host as a URL has it: an address of IPv6 stands in brackets."""
    return f"[{host}]" if ":" in host else host


def proxy_url(host: str, port: int, world: str) -> str:
    """The URL of a server's proxy for one of its worlds, which is the user."""
    # The password is none; without one, Python's urllib sends no user either.
    user = "" if world == DEFAULT_WORLD else f"{quote(world, safe='')}:-@"
    return f"http://{user}{bracketed(host)}:{port}"


@short_cache(128)
def origin(text: str) -> Origin | None:
    """Parse an origin, as the header has it; None if it is none that a page is known by."""
    found = _ORIGIN.fullmatch(text.lower())
    where = None if found is None else authority(found[2])
    if found is None or where is None:
        return None
    return Origin(found[1], where.name, where.port or DEFAULT_PORTS.get(found[1]))


def origin_of(url: str) -> str:
    """The origin of a base URL's pages, as the header has it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def prefix(text: str) -> str | None:
    """A path that stands before another, without a slash at its end; None if it is no path."""
    return None if _PATH.fullmatch(text) is None else text.removesuffix("/")


def base_url(text: str) -> str | None:
    """A server's URL, without a slash at its end; None if it is none."""
    found = _BASE_URL.fullmatch(text)
    if found is None or authority(found[2]) is None:
        return None
    path = prefix(found[3] or "")
    return None if path is None else f"{found[1]}://{found[2]}".lower() + path
