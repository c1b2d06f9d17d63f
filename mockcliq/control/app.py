"""The control API's application: its routers, its refusals, its own reference page."""

from __future__ import annotations

from starlette.types import ASGIApp

from mockcliq.contract.api import Register
from mockcliq.control import (
    chats,
    clients,
    clock,
    conversations,
    faults,
    journal,
    limits,
    overview,
    people,
    server,
    snapshots,
    verify,
    world,
    worlds,
)
from mockcliq.control.middleware import Inputs, WorldPrefix
from mockcliq.control.problems import add_problem_handlers
from mockcliq.control.shortcut import Shortcut
from mockcliq.offline_docs import Surface
from mockcliq.settings import Settings
from mockcliq.worlds.startup import Startup


def create_control(settings: Settings, startup: Startup, register: Register) -> ASGIApp:
    """Make the control API of a server.

    Args:
        settings: Its own, of which it tells some.
        startup: Gives its worlds.
        register: The operations that it tells of.
    """
    app = Surface(
        "MockCliq: control API",
        description="What a test arranges and looks at; every route of a world stands below /worlds/{world} as well.",
    )
    app.state.settings = settings
    app.state.startup = startup
    app.state.register = register
    add_problem_handlers(app)
    for module in (
        *(
            server,
            worlds,
            world,
            overview,
            snapshots,
            people,
            conversations,
            clients,
            chats,
            clock,
            limits,
            faults,
            journal,
        ),
        verify,
    ):
        # Not include_router: it would wrap the routes, and a 405 could not tell which methods a path has.
        app.router.routes.extend(module.router.routes)
    return WorldPrefix(Inputs(app.routes, Shortcut(app)))
