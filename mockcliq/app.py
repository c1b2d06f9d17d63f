"""The composition root: makes the ASGI application from settings."""

from __future__ import annotations

import logging
from codecs import lookup
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from anyio import create_task_group
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.apis.accounts import ACCOUNTS_API
from mockcliq.apis.v2 import V2
from mockcliq.apis.v2.schema import Input
from mockcliq.contract.api import Api, Register
from mockcliq.contract.document import Client
from mockcliq.control import CONTROL_PATH
from mockcliq.control.entry import Entry
from mockcliq.control.guard import Guard
from mockcliq.control.lazy_app import LazyApp
from mockcliq.control.middleware import HeadAsGet
from mockcliq.control.problems import ProblemResponse
from mockcliq.gateway.access_log import AccessLog
from mockcliq.gateway.gateway import Gateway
from mockcliq.gateway.listening import Mark, listening_socket, mark
from mockcliq.gateway.openapi import openapi_document
from mockcliq.gateway.routes import add_routes, declared
from mockcliq.offline_docs import DOCS_PATHS, OfflineDocsApp
from mockcliq.public_url import PublicUrl
from mockcliq.report_files import ReportUnusable
from mockcliq.runtime.budget import Budget
from mockcliq.runtime.clock import real_time
from mockcliq.runtime.journal import Journals
from mockcliq.seeding.named import Recipe, load_for_all_worlds
from mockcliq.settings import PREFIX, Settings
from mockcliq.store.troubles import trouble
from mockcliq.tls.endpoints import Endpoints
from mockcliq.ui.console import Console, load_files
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.template import Progress
from mockcliq.worlds.world import Setup

if TYPE_CHECKING:
    from mockcliq.control.report import Report

_LOG = logging.getLogger("mockcliq")

CONSOLE_PATH = f"{CONTROL_PATH}/ui"
_ENCODINGS = ("unicode_escape", "utf-8-sig", "utf-16")
"""The encodings that Python loads on first use."""
_ONE_OF_SEVERAL = (
    "another process of this server has a world of its own, and would not know what this one was told:"
    " serve with one worker, or by `mockcliq serve`"
)
_ENTRANCE = "/"
"""Redirects a browser to the console; for other clients it is an unknown path of the emulated API."""
_PAGES = frozenset({"/openapi.json", *DOCS_PATHS})
"""The reference pages of the emulated API; it serves all other paths outside the control API."""
_CONSOLE = CONSOLE_PATH.removeprefix(CONTROL_PATH)
_LINKED = frozenset({_ENTRANCE, "/docs", _CONSOLE, f"{_CONSOLE}/", f"{_CONSOLE}/index.html"})
"""The pages that any other page may link to, below the server's path or the control API's."""


class MockCliq(OfflineDocsApp):
    """The application: the emulated APIs, their reference pages, the control API and the console."""

    def __init__(self, settings: Settings, register: Register, startup: Startup, endpoints: Endpoints) -> None:
        self.public_url = PublicUrl(settings)
        super().__init__("MockCliq: Cliq API", self.public_url, lifespan=_lifespan)
        self.add_exception_handler(OSError, _files_unreadable)
        self.register = register
        self.startup = startup
        # The router is compiled from FastAPI's routes: only they are served.
        self.access_log = None if settings.access_log == "off" else AccessLog(settings.access_log)
        self.gateway = Gateway(
            settings, self.public_url, register, lambda: declared(self.routes), startup.worlds, self.access_log
        )
        add_routes(self, register.operations, self.gateway)
        self.report: Report | None = None
        self.ends_by: float | None = None
        self.is_loaded = False
        self._is_in_memory = settings.database is None
        self._mark: Mark | None = None
        self._is_alone = self._has_refused = False
        self.lazy_control = LazyApp(settings, self.public_url, startup, register, endpoints)
        guarded = Guard(settings, self.public_url, HeadAsGet(self.lazy_control))
        # Its files are public. What the page asks for is for the guard to judge, and for the page to show.
        console: ASGIApp = guarded
        if settings.has_console:
            console = Console(_CONSOLE, ProblemResponse)
        elif settings.control:
            console = ProblemResponse(404, f"the console is off; {PREFIX}UI=on turns it on")
        self.control, self.console, self.reference = (
            Entry(settings, _LINKED, each) for each in (guarded, console, super().__call__)
        )
        self._pages = _PAGES
        if settings.has_console:
            self._pages |= {_ENTRANCE}
            self.add_route(_ENTRANCE, self._to_console, include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch to control API, console, gateway, or FastAPI for the reference pages and the lifespan."""
        if scope["type"] == "lifespan" and self.startup.lost is not None:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": self.startup.lost})
            return
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if not self._is_alone and (refusal := self._check_alone(scope)) is not None:
            await refusal(scope, receive, send)
            return
        path: str = scope["path"]
        below = scope
        if scope.get("root_path"):
            path = _path_below_mount(scope)
            below = _below_mount(scope, path)
        if path.startswith(CONTROL_PATH) and _is_below(CONTROL_PATH, path):
            app = self.console if _is_below(CONSOLE_PATH, path) else self.control
            root = scope.get("root_path", "")
            own = {**scope, "path": root + path, "root_path": root + CONTROL_PATH}
            await _serve_files(app, own, receive, send)
        elif path in self._pages and self._is_page(scope, path):
            await self.reference(scope, receive, send)
        else:
            await self.gateway(below, receive, send)

    def _check_alone(self, scope: Scope) -> ProblemResponse | None:
        """Refuse what comes by a socket at which another process answers, from another world, as long as it does."""
        listening = listening_socket(scope) if self._is_in_memory else None
        if listening is not None:
            self._mark = mark(listening)
            if self._mark is None:
                if not self._has_refused:
                    self._has_refused = True
                    _LOG.error(_ONE_OF_SEVERAL)
                return ProblemResponse(503, _ONE_OF_SEVERAL)
        self._is_alone = True
        return None

    def end_mark(self) -> None:
        """Let another process answer in this one's place."""
        self._mark = None

    def is_emulated(self, scope: Scope) -> bool:
        """Whether a request is for the gateway alone, which does not ask for its task."""
        return not (scope["path"].startswith(CONTROL_PATH) or scope["path"] in self._pages)

    def _is_page(self, scope: Mapping[str, Any], path: str) -> bool:
        """Whether the request is for a reference page or the entrance; other methods are the emulated API's."""
        return scope["method"] in ("GET", "HEAD") and (path != _ENTRANCE or _accepts_html(scope))

    async def _to_console(self, request: Request) -> RedirectResponse:
        # Relative where nobody tells our URL: then it is right below the path of any proxy. Not cached, because the
        # next server on this port may have no console.
        told = self.public_url.told(request.scope)
        url = CONSOLE_PATH.removeprefix(_ENTRANCE) if told is None else told + CONSOLE_PATH
        return RedirectResponse(url, headers={"Cache-Control": "no-store"})

    def load_all(self) -> None:
        """Load what would be loaded, read or built on first use, while nobody has patched files or time."""
        import fastapi_offline  # noqa: F401, PLC0415 - has the files of the reference pages

        for encoding in _ENCODINGS:
            lookup(encoding)
        load_for_all_worlds()
        load_files()
        Input.build_all()
        self.lazy_control.load()
        self.is_loaded = True

    def openapi(self) -> dict[str, object]:
        if self.openapi_schema is None:
            self.openapi_schema = openapi_document(self.register)
        return self.openapi_schema


APIS = (V2, ACCOUNTS_API)


def create_app(
    settings: Settings | None = None,
    progress: Progress = lambda _done, _of: None,
    apis: Iterable[Api] = APIS,
    *,
    endpoints: Endpoints = Endpoints(),  # noqa: B008 - it is frozen
    is_lazy: bool = False,
) -> MockCliq:
    """Make the ASGI application; several in one process are independent.

    Args:
        settings: From the environment by default.
        progress: Called with the number of chats written to a new world, and their total.
        apis: The emulated APIs; the first one refuses unknown paths.
        endpoints: Where else clients reach it.
        is_lazy: Whether what not every server needs is loaded on first use, which saves time and memory; not in a
            process where others patch what is loaded then, such as a test's, with its time or its files.

    Raises:
        BadWorld: The world is unknown, or its file is invalid.
        DatabaseUnusable: The database file cannot be served.
        ReportUnusable: The report's folder cannot be written to.
    """
    settings = Settings() if settings is None else settings
    client = None
    if settings.client_id is not None and settings.client_secret is not None:
        client = Client(settings.client_id, settings.client_secret.get_secret_value())
    register = Register(apis)
    setup = Setup(
        register,
        rate_limit=settings.rate_limit,
        token_limit=settings.token_limit,
        journals=Journals(settings.journal_size, settings.journal_bytes),
        client=client,
        profile=settings.profile,
        templates_bytes=settings.templates_bytes,
        snapshots_bytes=settings.snapshots_bytes,
        uploads=Budget(settings.uploads_bytes),
        kept_runs=settings.kept_runs,
        max_worlds=settings.max_worlds,
    )
    recipe = Recipe(
        settings.world, settings.seed, settings.users, settings.chats, settings.messages, present=settings.present
    ).at(real_time())
    startup = Startup(setup, recipe, settings.database, progress, settings.world_idle)
    app = MockCliq(settings, register, startup, endpoints)
    if settings.report is not None:
        from mockcliq.control.report import Report  # noqa: PLC0415 - it loads what few servers need at once

        base_url = settings.public_url or endpoints.url or "http://localhost"
        try:
            app.report = Report(settings.report, startup, register, base_url)
        except ReportUnusable:
            startup.give_up()
            raise
    if not is_lazy:
        app.load_all()
    return app


async def _serve_files(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve what reads files of ours, at the first request at the latest; say so where the system lets none be read."""
    has_begun = False

    async def send_on(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await app(scope, receive, send_on)
    except OSError as error:
        if has_begun:
            raise
        await (await _files_unreadable(Request(scope), error))(scope, receive, send)


async def _files_unreadable(request: Request, error: Exception) -> Response:
    found = trouble(error)
    if found is None:
        raise error
    _LOG.error("%s %s was refused: %s", request.method, request.scope["path"], found.words)
    return ProblemResponse(503, f"the server cannot read its files: {found.words}")


def _path_below_mount(scope: Mapping[str, Any]) -> str:
    """The path without the mount path."""
    root, path = scope["root_path"], scope["path"]
    return path[len(root) :] or "/" if _is_below(root, path) else str(path)


def _is_below(root: str, path: str) -> bool:
    return path.startswith(root) and path[len(root) :][:1] in ("", "/")


def _below_mount(scope: Scope, path: str) -> Scope:
    """Strip the mount path from the request, so that clients' paths mean the same at any mount."""
    if path == scope["path"]:
        return scope
    raw_path, root = scope.get("raw_path"), quote(scope["root_path"]).encode()
    return {**scope, "path": path, "raw_path": raw_path and raw_path.removeprefix(root)}


def _accepts_html(scope: Mapping[str, Any]) -> bool:
    """Whether the client is a browser: clients of an API do not accept HTML by name."""
    return any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"])


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    assert isinstance(app, MockCliq)
    app.startup.begin()
    if app.report is not None:
        app.report.begin()
    if app.is_loaded:
        async with create_task_group():
            pass  # what it needs of this kind of loop, which streams would load, is loaded, too
    yield
    if app.report is not None:
        await app.report.close(app.ends_by)
    await app.startup.end()
    app.end_mark()
    if app.access_log is not None:
        app.access_log.close()
