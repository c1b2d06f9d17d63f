"""Loading of the control API on first use: it costs 0.1 s and several MB, and many servers never need it."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.contract.api import Register
from mockcliq.control.health import ALWAYS_THERE, alive, readiness
from mockcliq.settings import Settings
from mockcliq.worlds.startup import Startup


class LazyApp:
    """ASGI application that answers health and readiness, and loads the control API at any other request."""

    def __init__(self, settings: Settings, startup: Startup, register: Register) -> None:
        self._settings = settings
        self._startup = startup
        self._register = register
        self._loading: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope["root_path"])
        app: ASGIApp
        if path in ALWAYS_THERE and scope["method"] == "GET" and not scope["query_string"]:
            app = alive() if path == "/health" else readiness(self._startup)
        else:
            app = await self._load_once()
        await app(scope, receive, send)

    async def _load_once(self) -> ASGIApp:
        if self._loading is None:
            # On a thread, so that calls to the emulated API do not wait.
            self._loading = asyncio.ensure_future(asyncio.to_thread(self._load))
        return await asyncio.shield(self._loading)

    def _load(self) -> ASGIApp:
        from mockcliq.control.app import create_control  # noqa: PLC0415 - loads all routes and models

        return create_control(self._settings, self._startup, self._register)
