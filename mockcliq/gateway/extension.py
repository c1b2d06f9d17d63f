"""The extension of ASGI by which our own HTTP protocol tells of a request's connection; other servers have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXTENSION = "mockcliq.connection"
"""The extension's name in the scope. It has `break_off`, a coroutine function that takes what a fault rule says, and
`world`, the name of the one that the connection belongs to, or None."""


def has_connection(scope: Mapping[str, Any]) -> bool:
    """Whether the connection of a request can be reached."""
    return EXTENSION in scope.get("extensions", {})


def connection_world(scope: Mapping[str, Any]) -> str | None:
    """The world that a request's connection belongs to, since its client named it to the proxy."""
    world: str | None = scope.get("extensions", {}).get(EXTENSION, {}).get("world")
    return world
