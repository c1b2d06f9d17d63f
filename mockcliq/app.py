"""The composition root: settings become a world and an ASGI application of two surfaces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.cliq.chats import api
from mockcliq.control.app import create_control
from mockcliq.gateway.gateway import Gateway
from mockcliq.openapi import openapi_document
from mockcliq.seeding.named import Recipe
from mockcliq.settings import Settings
from mockcliq.startup import Startup
from mockcliq.surface import DOCS_PATHS, Surface
from mockcliq.world import DEFAULT, Preparation, Progress, Setup

_CONTROL = "/_mockcliq"
_OWN_PATHS = frozenset({"/openapi.json", *DOCS_PATHS})
"""What FastAPI answers to GET beside the control API; all else is the emulated API's."""


class MockCliq(Surface):
    """The application: the emulated API, its documentation, and the control API beside it.

    Attributes:
        startup: The making of the worlds.
        gateway: What serves the emulated API.
    """

    def __init__(self, settings: Settings, startup: Startup) -> None:
        super().__init__("MockCliq: Chats API", lifespan=_lifespan)
        self.startup = startup
        self.gateway = Gateway(settings, api.operation_routes, startup.worlds)
        self.router.routes.extend(api.routes)
        self.mount(_CONTROL, create_control(startup, api.operations))

    def build_middleware_stack(self) -> ASGIApp:
        """FastAPI's own stack for the surfaces that it serves; the gateway in front of it."""
        served_by_fastapi = super().build_middleware_stack()
        gateway = self.gateway

        async def choose(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and not _is_own(scope):
                await gateway(scope, receive, send)
            else:
                await served_by_fastapi(scope, receive, send)

        return choose

    def openapi(self) -> dict[str, object]:
        """The document of the emulated API."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi_document(api.operations)
        return self.openapi_schema


def create_app(settings: Settings | None = None, progress: Progress = lambda _done, _of: None) -> MockCliq:
    """Make the ASGI application; two in one process know nothing of each other.

    Args:
        settings: How it is set up; from the environment where it is not given.
        progress: Told how many chats of a new world have been written, of how many.

    Raises:
        BadWorldFile: There is no such world, or its file cannot be used.
        DatabaseUnusable: The database file cannot be served.
    """
    settings = Settings() if settings is None else settings
    setup = Setup(api.operations, rate_limit=settings.rate_limit, journal_size=settings.journal_size)
    recipe = Recipe(settings.world, settings.seed, settings.users, settings.chats, settings.messages)
    return MockCliq(settings, Startup(Preparation(DEFAULT, setup, recipe, settings.database), progress))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    assert isinstance(app, MockCliq)
    app.startup.begin()
    yield
    await app.startup.end()


def _is_own(scope: Scope) -> bool:
    path: str = scope["path"]
    if path in _OWN_PATHS:
        return scope["method"] in ("GET", "HEAD")
    return path.startswith(_CONTROL) and path[len(_CONTROL) :][:1] in ("", "/")
