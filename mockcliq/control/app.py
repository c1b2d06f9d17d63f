"""The control API's application: its routers, its refusals, its own reference page."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from mockcliq.control import clock, limits, server
from mockcliq.control import world as world_routes
from mockcliq.control.problems import add_problem_handlers
from mockcliq.spec import Operation
from mockcliq.startup import Startup
from mockcliq.surface import Surface

_WORLD_ROUTERS = (world_routes.router, clock.router, limits.router)
"""What every world has: directly for `default`, below ``/worlds/{world}`` for any."""


def create_control(startup: Startup, operations: Sequence[Operation]) -> FastAPI:
    """Make the control API of a server.

    Args:
        startup: Gives its worlds.
        operations: The contracts that it tells.
    """
    app = Surface(
        "MockCliq: control API",
        description="Time and limits of a world; every route of one stands below /worlds/{world} as well.",
    )
    app.state.startup = startup
    app.state.operations = operations
    add_problem_handlers(app)
    app.include_router(server.router)
    for prefix, is_documented in (("", True), ("/worlds/{world}", False)):
        of_a_world = APIRouter(prefix=prefix, include_in_schema=is_documented)
        for router in _WORLD_ROUTERS:
            of_a_world.include_router(router)
        app.include_router(of_a_world)
    return app
