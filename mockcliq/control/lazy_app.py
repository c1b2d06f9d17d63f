"""The control API before it is loaded: whether the server is alive and ready can be told without the rest.

The rest costs a tenth of a second and several MB, and many a server is never asked for it.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.contract.api import Register
from mockcliq.control.health import ALWAYS_THERE, alive, readiness
from mockcliq.settings import Settings
from mockcliq.worlds.startup import Startup


class LazyApp:
    """Answers those two, and loads the control API at the first request for anything else; a plain ASGI layer.

    Args:
        settings: The server's, of which the control API tells some.
        startup: Gives the server's worlds.
        register: The operations that the control API tells of.
    """

    def __init__(self, settings: Settings, startup: Startup, register: Register) -> None:
        self._settings = settings
        self._startup = startup
        self._register = register
        self._loading: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        path = scope["path"].removeprefix(scope["root_path"])
        app: ASGIApp
        if path in ALWAYS_THERE and scope["method"] == "GET" and not scope["query_string"]:
            app = alive() if path == "/health" else readiness(self._startup)
        else:
            app = await self._loaded()
        await app(scope, receive, send)

    async def _loaded(self) -> ASGIApp:
        if self._loading is None:
            # On a thread, so that the emulated API's callers do not wait for it.
            self._loading = asyncio.ensure_future(asyncio.to_thread(self._load))
        return await asyncio.shield(self._loading)

    def _load(self) -> ASGIApp:
        from mockcliq.control.app import create_control  # noqa: PLC0415 - brings all routes and their models

        return create_control(self._settings, self._startup, self._register)
