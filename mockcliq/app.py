"""The composition root: settings become a world and an ASGI application of five surfaces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from mockcliq.apis.accounts.endpoints import SERVED
from mockcliq.apis.v2.chats import api
from mockcliq.control.guard import Guard
from mockcliq.control.lazy_app import LazyApp
from mockcliq.control.problems import ProblemResponse
from mockcliq.document import Client
from mockcliq.gateway.gateway import Gateway
from mockcliq.gateway.route import Served
from mockcliq.gateway.steps import STEPS
from mockcliq.offline_docs import DOCS_PATHS, Surface
from mockcliq.openapi import openapi_document
from mockcliq.seeding.named import Recipe
from mockcliq.settings import PREFIX, Settings
from mockcliq.ui.console import Console
from mockcliq.worlds.registry import Preparation
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.template import Progress
from mockcliq.worlds.world import Setup

_CONTROL = "/_mockcliq"
CONSOLE_PATH = f"{_CONTROL}/ui"
_ENTRANCE = "/"
"""Leads a browser to the console; for anybody else it is a path of the emulated API, which has nothing there."""
_PAGES = frozenset({"/openapi.json", *DOCS_PATHS})
"""The reference pages of the emulated API; whatever is neither one of them nor the control API is that API's."""


class MockCliq(Surface):
    """The application: the emulated API, its documentation, and beside it the control API and the console.

    Attributes:
        startup: The making of the worlds.
        gateway: What serves the emulated API, and its accounts server.
        control: What serves the control API.
        console: What serves the console's files.
    """

    def __init__(self, settings: Settings, startup: Startup) -> None:
        super().__init__("MockCliq: Chats API", lifespan=_lifespan)
        self.startup = startup
        self.gateway = Gateway(settings, [*_chats_api(), *SERVED], startup.worlds)
        self.router.routes.extend(api.routes)
        self.control = Guard(settings, LazyApp(settings, startup, api.operations))
        off = ProblemResponse(404, f"the console is off; {PREFIX}UI=on turns it on")
        console = Console(CONSOLE_PATH, ProblemResponse) if settings.ui else off
        # The files are no secret; the page asks for the token itself, and sends it with its calls.
        self.console = Guard(settings, console, asks_token=False)
        self._pages = _PAGES
        if settings.has_console:
            self._pages |= {_ENTRANCE}
            self.add_route(_ENTRANCE, _to_console, include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the surface; FastAPI's own way is for the reference pages and the lifespan."""
        if self.is_emulated(scope):
            await self.gateway(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(_CONTROL):
            surface = self.console if f"{scope['path']}/".startswith(f"{CONSOLE_PATH}/") else self.control
            await surface({**scope, "root_path": scope.get("root_path", "") + _CONTROL}, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def is_emulated(self, scope: Mapping[str, Any]) -> bool:
        """Whether the gateway serves this."""
        if scope["type"] != "http":
            return False
        path: str = scope["path"]
        if path.startswith(_CONTROL) and path[len(_CONTROL) :][:1] in ("", "/"):
            return False
        if path not in self._pages or scope["method"] not in ("GET", "HEAD"):
            return True
        return path == _ENTRANCE and not _shows_html(scope)

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
        BadWorld: There is no such world, or its file cannot be used.
        DatabaseUnusable: The database file cannot be served.
    """
    settings = Settings() if settings is None else settings
    client = None
    if settings.client_id is not None and settings.client_secret is not None:
        client = Client(settings.client_id, settings.client_secret)
    setup = Setup(
        api.operations,
        rate_limit=settings.rate_limit,
        token_limit=settings.token_limit,
        journal_size=settings.journal_size,
        client=client,
    )
    recipe = Recipe(settings.world, settings.seed, settings.users, settings.chats, settings.messages)
    return MockCliq(settings, Startup(Preparation(setup, recipe, settings.database), progress, settings.world_idle))


def _shows_html(scope: Mapping[str, Any]) -> bool:
    """Whether who asks is a browser that wants a page: it names HTML, as no client of an API does."""
    return any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"])


async def _to_console(_request: Request) -> RedirectResponse:
    # Relative, so that it is right below whatever path a proxy gives us; not kept, for the next server on this port may
    # have no console.
    return RedirectResponse(CONSOLE_PATH.removeprefix(_ENTRANCE), headers={"Cache-Control": "no-store"})


def _chats_api() -> list[Served]:
    return [Served(route.operation, STEPS, route.endpoint) for route in api.operation_routes]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    assert isinstance(app, MockCliq)
    app.startup.begin()
    yield
    await app.startup.end()
