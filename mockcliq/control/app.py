"""The control API's application: its routers, its refusals, its own reference page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.types import ASGIApp

from mockcliq.control import chats, clock, faults, journal, limits, people, server, snapshots, verify, world, worlds
from mockcliq.control.layers import Inputs, WorldPrefix
from mockcliq.control.problems import add_problem_handlers
from mockcliq.spec import Operation
from mockcliq.startup import Startup
from mockcliq.surface import Surface


class Control(Surface):
    """The application of the control API."""

    def openapi(self) -> dict[str, Any]:
        """Its document, without the word for a stream's items that the document's version does not have yet."""
        document = super().openapi()
        for methods in document["paths"].values():
            for described in methods.values():
                stream = described["responses"].get("200", {}).get("content", {}).get("text/event-stream", {})
                if stream.pop("itemSchema", None) is not None:
                    stream["schema"] = {"type": "string"}
        return document


def create_control(startup: Startup, operations: Sequence[Operation]) -> ASGIApp:
    """Make the control API of a server.

    Args:
        startup: Gives its worlds.
        operations: The contracts that it tells.
    """
    app = Control(
        "MockCliq: control API",
        description="What a test arranges and looks at; every route of a world stands below /worlds/{world} as well.",
    )
    app.state.startup = startup
    app.state.operations = operations
    add_problem_handlers(app)
    for module in (server, worlds, world, snapshots, people, chats, clock, limits, faults, journal, verify):
        # Not include_router: it would wrap the routes, and a 405 could not tell which methods a path has.
        app.router.routes.extend(module.router.routes)
    return WorldPrefix(Inputs(app))
