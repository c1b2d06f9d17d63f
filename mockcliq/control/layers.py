"""What every request to the control API passes before it is routed: plain ASGI layers."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

WORLD_KEY = "mockcliq.world"
"""Where the ASGI scope keeps the name of the world that the path named."""

_PREFIX = re.compile("(.*)/worlds/([^/]+)(/.+)")


class WorldPrefix:
    """Lets every route of a world stand below ``/worlds/{world}`` too: takes the prefix off and remembers the name.

    A plain ASGI layer, so that each route is declared, built and documented once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as one to the route itself."""
        found = _PREFIX.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            scope = {**scope, "path": found[1] + found[3], WORLD_KEY: found[2]}
        await self.app(scope, receive, send)


class JsonBodies:
    """Says of every body that it is JSON, as it is: a call from a shell, whose tools say otherwise, needs no header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with that content type."""
        if scope["type"] == "http":
            headers = [header for header in scope["headers"] if header[0] != b"content-type"]
            scope = {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
        await self.app(scope, receive, send)
