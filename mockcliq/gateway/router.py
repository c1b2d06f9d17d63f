"""Which operation a method and path name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from mockcliq.gateway.call import Match
from mockcliq.spec import Operation

_PREFIX = r"(?:/w/(?P<world>[^/]+))?(?:/network/[^/]+)?(?P<path>/api/v2"
"""What stands before an operation's path: a network's name is accepted and has no meaning here."""


_BEFORE_PATH = re.compile(r"(?:/w/[^/]+)?(?:/network/[^/]+)?(?=/)")


def bare_path(path: str) -> str:
    """Any path without the world and the network that stand before it."""
    return _BEFORE_PATH.sub("", path, count=1) if path.startswith(("/w/", "/network/")) else path


class Router:
    """Finds operations by path; remembers the paths that come again and again.

    Args:
        operations: Every operation there is.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in operations:
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._paths = [
            (re.compile(_PREFIX + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + ")"), methods)
            for path, methods in by_path.items()
        ]
        self.match = lru_cache(maxsize=4096)(self._match)

    def _match(self, path: str) -> Match | None:
        for pattern, operations in self._paths:
            found = pattern.fullmatch(path)
            if found is not None:
                parameters = found.groupdict()
                path, world = parameters.pop("path"), parameters.pop("world")
                return Match(operations, ", ".join(sorted(operations)), path, parameters, world)
        return None
