"""What a method and path name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mockcliq.contract.operation import Endpoint, Operation
from mockcliq.gateway.call import Match
from mockcliq.gateway.route import Served

_WORLD = "(?:/w/(?P<world>[^/]+))?"
_NETWORK = "(?:/network/[^/]+)?"
"""What may stand before the path of an operation; the network's name has no meaning here."""


_BEFORE_PATH = re.compile(_WORLD + _NETWORK + "(?=/)")


def bare_path(path: str) -> str:
    """Any path without the world and the network that stand before it."""
    return _BEFORE_PATH.sub("", path, count=1) if path.startswith(("/w/", "/network/")) else path


def world_in(path: str) -> str | None:
    """The world that any path names, also one that nothing has."""
    found = _BEFORE_PATH.match(path)
    return None if found is None else found["world"]


class Router:
    """Finds what is called by its path; remembers the paths that come again and again.

    Args:
        served: Everything that can be called.
    """

    def __init__(self, served: Iterable[Served]) -> None:
        by_path: dict[str, list[Served]] = {}
        for each in served:
            by_path.setdefault(_pattern(each.endpoint), []).append(each)
        self._paths = [
            (re.compile(pattern), {each.endpoint.method: each.endpoint for each in there}, there[0].steps)
            for pattern, there in by_path.items()
        ]
        self.match = lru_cache(maxsize=4096)(self._match)

    def _match(self, path: str) -> Match | None:
        for pattern, endpoints, steps in self._paths:
            found = pattern.fullmatch(path)
            if found is not None:
                parameters = found.groupdict()
                path, world = parameters.pop("path"), parameters.pop("world")
                return Match(endpoints, steps, ", ".join(sorted(endpoints)), path, parameters, world)
        return None


def _pattern(endpoint: Endpoint) -> str:
    before = _WORLD + _NETWORK if isinstance(endpoint, Operation) else _WORLD
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.prefix + endpoint.path)
    return f"{before}(?P<path>{path})"
