"""Loading of the control API, on first use by default: it costs 0.1 s and several MB, and many never need it."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.contract.api import Register
from mockcliq.control.health import answer_probe, probed
from mockcliq.public_url import PublicUrl
from mockcliq.settings import Settings
from mockcliq.tls.endpoints import Endpoints
from mockcliq.worlds.startup import Startup


class LazyApp:
    """ASGI application that answers health and readiness, and loads the control API at any other request."""

    def __init__(
        self, settings: Settings, public_url: PublicUrl, startup: Startup, register: Register, endpoints: Endpoints
    ) -> None:
        self._settings = settings
        self._public_url = public_url
        self._startup = startup
        self._register = register
        self._endpoints = endpoints
        self._app: ASGIApp | None = None
        self._loading: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        probe = probed(scope)
        app: ASGIApp = (
            (self._app or await self._load_once()) if probe is None else answer_probe(probe, scope, self._startup)
        )
        await app(scope, receive, send)

    async def _load_once(self) -> ASGIApp:
        # One that failed is tried again: what was in its way, such as a test's patch, may be gone.
        if self._loading is None or self._loading.done():
            # On a thread, so that calls to the emulated API do not wait.
            self._loading = asyncio.ensure_future(asyncio.to_thread(self.load))
        return await asyncio.shield(self._loading)

    def load(self) -> ASGIApp:
        """Load it now."""
        from mockcliq.control.app import create_control  # noqa: PLC0415 - loads all routes and models

        self._app = create_control(self._settings, self._public_url, self._startup, self._register, self._endpoints)
        return self._app
