"""The composition root: settings become a world and an ASGI application of five surfaces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send

from mockcliq.apis.accounts import ACCOUNTS_API
from mockcliq.apis.v2 import V2
from mockcliq.contract.api import Api, Register
from mockcliq.control import CONTROL_PATH
from mockcliq.control.guard import Guard
from mockcliq.control.lazy_app import LazyApp
from mockcliq.control.problems import ProblemResponse
from mockcliq.document import Client
from mockcliq.gateway.gateway import Gateway
from mockcliq.gateway.routes import add_routes, declared
from mockcliq.gateway.socket_faults import hang_up
from mockcliq.offline_docs import DOCS_PATHS, Surface
from mockcliq.openapi import openapi_document
from mockcliq.seeding.named import Recipe
from mockcliq.settings import PREFIX, Settings
from mockcliq.ui.console import Console
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.template import Progress
from mockcliq.worlds.world import Setup

CONSOLE_PATH = f"{CONTROL_PATH}/ui"
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

    def __init__(self, settings: Settings, register: Register, startup: Startup) -> None:
        super().__init__("MockCliq: Chats API", lifespan=_lifespan)
        self.register = register
        self.startup = startup
        # Its table is compiled from the routes: what FastAPI does not have is not served.
        self.gateway = Gateway(settings, register, lambda: declared(self.routes), startup.worlds)
        add_routes(self, register.operations, self.gateway)
        self.control = Guard(settings, LazyApp(settings, startup, register))
        off = ProblemResponse(404, f"the console is off; {PREFIX}UI=on turns it on")
        console = Console(CONSOLE_PATH.removeprefix(CONTROL_PATH), ProblemResponse) if settings.ui else off
        # The files are no secret; the page asks for the token itself, and sends it with its calls.
        self.console = Guard(settings, console, asks_token=False)
        self._pages = _PAGES
        if settings.has_console:
            self._pages |= {_ENTRANCE}
            self.add_route(_ENTRANCE, _to_console, include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose the surface; FastAPI's own way is for the reference pages and the lifespan."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        path = _path_below_mount(scope)
        try:
            if f"{path}/".startswith(f"{CONTROL_PATH}/"):
                surface = self.console if f"{path}/".startswith(f"{CONSOLE_PATH}/") else self.control
                root = scope.get("root_path", "")
                await surface({**scope, "path": root + path, "root_path": root + CONTROL_PATH}, receive, send)
            elif self._is_page(scope, path):
                await super().__call__(scope, receive, send)
            else:
                await self.gateway(_below_mount(scope, path), receive, send)
        except asyncio.CancelledError:
            # The server's time to end was over. Where there is no server, it is the caller's own task that was.
            if not hang_up(send):
                raise

    def is_emulated(self, scope: Mapping[str, Any]) -> bool:
        """Whether the gateway serves this."""
        path = _path_below_mount(scope)
        return not f"{path}/".startswith(f"{CONTROL_PATH}/") and not self._is_page(scope, path)

    def _is_page(self, scope: Mapping[str, Any], path: str) -> bool:
        """Whether a page of ours is asked for; anything else of its path is the emulated API's."""
        if path not in self._pages or scope["method"] not in ("GET", "HEAD"):
            return False
        return path != _ENTRANCE or _shows_html(scope)

    def openapi(self) -> dict[str, object]:
        """The document of the emulated API."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi_document(self.register)
        return self.openapi_schema


APIS = (V2, ACCOUNTS_API)


def create_app(
    settings: Settings | None = None, progress: Progress = lambda _done, _of: None, apis: Iterable[Api] = APIS
) -> MockCliq:
    """Make the ASGI application; two in one process know nothing of each other.

    Args:
        settings: How it is set up; from the environment where it is not given.
        progress: Told how many chats of a new world have been written, of how many.
        apis: What is emulated; the first one refuses what belongs to none.

    Raises:
        BadWorld: There is no such world, or its file cannot be used.
        DatabaseUnusable: The database file cannot be served.
    """
    settings = Settings() if settings is None else settings
    client = None
    if settings.client_id is not None and settings.client_secret is not None:
        client = Client(settings.client_id, settings.client_secret)
    register = Register(apis)
    setup = Setup(
        register,
        rate_limit=settings.rate_limit,
        token_limit=settings.token_limit,
        journal_size=settings.journal_size,
        client=client,
    )
    recipe = Recipe(settings.world, settings.seed, settings.users, settings.chats, settings.messages)
    startup = Startup(setup, recipe, settings.database, progress, settings.world_idle)
    return MockCliq(settings, register, startup)


def _path_below_mount(scope: Mapping[str, Any]) -> str:
    """The path without the one that the application is mounted below."""
    root, path = scope.get("root_path", ""), scope["path"]
    if not root or not f"{path}/".startswith(f"{root}/"):
        return str(path)
    return path[len(root) :] or "/"


def _below_mount(scope: Scope, path: str) -> Scope:
    """The same request as one to the path below the mount: clients' paths mean the same wherever we stand."""
    if path == scope["path"]:
        return scope
    raw_path, root = scope.get("raw_path"), quote(scope["root_path"]).encode()
    return {**scope, "path": path, "raw_path": raw_path and raw_path.removeprefix(root)}


def _shows_html(scope: Mapping[str, Any]) -> bool:
    """Whether who asks is a browser that wants a page: it names HTML, as no client of an API does."""
    return any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"])


async def _to_console(_request: Request) -> RedirectResponse:
    # Relative, so that it is right below whatever path a proxy gives us; not kept, for the next server on this port may
    # have no console.
    return RedirectResponse(CONSOLE_PATH.removeprefix(_ENTRANCE), headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    assert isinstance(app, MockCliq)
    app.startup.begin()
    yield
    await app.startup.end()
