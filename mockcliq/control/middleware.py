"""ASGI middleware of the control API."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

WORLD_KEY = "mockcliq.worlds.world"
"""The key of the world's name in the ASGI scope."""

_PREFIX = re.compile("(.*)/worlds/([^/]+)(/.+)")


class WorldPrefix:
    """Strips ``/worlds/{world}`` from the path and keeps the name, so that each route is declared once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PREFIX.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            scope = {**scope, "path": found[1] + found[3], WORLD_KEY: found[2]}
        await self.app(scope, receive, send)
