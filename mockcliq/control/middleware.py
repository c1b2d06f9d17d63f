"""ASGI middleware of the control API."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

WORLD_KEY = "mockcliq.worlds.world"
"""The key of the world's name in the ASGI scope."""

METHOD_KEY = "mockcliq.method"
"""The key of the request's own method in the ASGI scope, where it is HEAD and answered as GET."""


class WorldPrefix:
    """Strips ``/worlds/{world}`` from the path and keeps the name, so that each route is declared once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            root = scope.get("root_path", "")
            prefix = f"{root}/worlds/"
            world, _, rest = scope["path"].removeprefix(prefix).partition("/")
            if scope["path"].startswith(prefix) and world and rest:
                scope = {**scope, "path": f"{root}/{rest}", WORLD_KEY: world}
        await self.app(scope, receive, send)


class HeadAsGet:
    """Answers HEAD on every GET route as GET, without the body; an answer that would go on ends there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
                answering.cancel()

        as_get = {**scope, "method": "GET", METHOD_KEY: "HEAD"}
        answering = asyncio.ensure_future(self.app(as_get, receive, send_head))
        try:
            await asyncio.wait([answering])
        finally:
            answering.cancel()
        if not answering.cancelled():
            answering.result()
