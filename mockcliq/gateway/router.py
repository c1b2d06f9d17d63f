"""Which operation a method and path name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from mockcliq.gateway.route import OperationRoute

_PREFIX = r"(?:/w/(?P<world>[^/]+))?(?:/network/[^/]+)?(?P<path>/api/v2"
"""What stands before an operation's path: a network's name is accepted and has no meaning here."""


@dataclass(frozen=True, slots=True)
class Match:
    """A known path: its routes by method, and what stands in its variable parts."""

    routes: Mapping[str, OperationRoute]
    allow: str
    """The methods that the path has, as the Allow header lists them."""
    path: str
    """The path without what stands before ``/api/v2``."""
    chat_id: str | None
    world_id: str | None


class Router:
    """Finds operations by path; remembers the paths that come again and again.

    Args:
        routes: Every operation there is.
    """

    def __init__(self, routes: Iterable[OperationRoute]) -> None:
        by_path: dict[str, dict[str, OperationRoute]] = {}
        for route in routes:
            by_path.setdefault(route.operation.path, {})[route.operation.method] = route
        self._paths = [
            (re.compile(_PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + ")"), methods)
            for path, methods in by_path.items()
        ]
        self.match = lru_cache(maxsize=4096)(self._match)

    def _match(self, path: str) -> Match | None:
        for pattern, routes in self._paths:
            found = pattern.fullmatch(path)
            if found is not None:
                parts = found.groupdict()
                return Match(routes, ", ".join(sorted(routes)), parts["path"], parts.get("CHAT_ID"), parts["world"])
        return None
