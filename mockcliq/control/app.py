"""The control API's application: routers, refusals, reference page."""

from __future__ import annotations

from starlette.types import ASGIApp

from mockcliq.contract.api import Register
from mockcliq.control import (
    CONTROL_PATH,
    bots,
    chats,
    clients,
    clock,
    conversations,
    faults,
    har,
    journal,
    limits,
    messages,
    overview,
    people,
    profile,
    runs,
    server,
    snapshots,
    verify,
    webhooks,
    world,
    worlds,
)
from mockcliq.control.heavy_work import HeavyWork
from mockcliq.control.middleware import WorldPrefix
from mockcliq.control.problems import add_problem_handlers
from mockcliq.control.turns import Turns
from mockcliq.offline_docs import OfflineDocsApp
from mockcliq.public_url import PublicUrl
from mockcliq.settings import Settings
from mockcliq.tls.endpoints import Endpoints
from mockcliq.worlds.startup import Startup

_MODULES = (
    server,
    worlds,
    world,
    overview,
    snapshots,
    people,
    conversations,
    clients,
    bots,
    webhooks,
    chats,
    messages,
    clock,
    limits,
    profile,
    faults,
    journal,
    har,
    runs,
    verify,
)
"""In the order of the reference page."""


def create_control(
    settings: Settings, public_url: PublicUrl, startup: Startup, register: Register, endpoints: Endpoints
) -> ASGIApp:
    app = OfflineDocsApp(
        "MockCliq: control API",
        public_url,
        CONTROL_PATH,
        description="Controls and inspects worlds; each route of a world also exists below /worlds/{world}.",
    )
    app.state.settings = settings
    app.state.public_url = public_url
    app.state.startup = startup
    app.state.register = register
    app.state.endpoints = endpoints
    app.state.heavy_work = HeavyWork()
    app.state.turns = Turns()
    add_problem_handlers(app)
    for module in _MODULES:
        # Not include_router: it would wrap the routes and hide a path's methods from a 405.
        app.router.routes.extend(module.router.routes)
    return WorldPrefix(app)
