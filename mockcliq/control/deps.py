"""What the control API's handlers ask for."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mockcliq.control.problems import Problem
from mockcliq.spec import Operation, UserId
from mockcliq.startup import Startup
from mockcliq.world import DEFAULT, World

_PREFIX = re.compile("(.*)/worlds/([^/]+)(/.+)")


class WorldPrefix:
    """Lets every route of a world stand below ``/worlds/{world}`` too: takes the prefix off and remembers the name.

    A plain ASGI layer, so that each route is declared, built and documented once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as one to the route itself."""
        found = _PREFIX.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            scope = {**scope, "path": found[1] + found[3], "mockcliq.world": found[2]}
        await self.app(scope, receive, send)


class JsonBodies:
    """Says of every body that it is JSON, as it is: a call from a shell, whose tools say otherwise, needs no header."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with that content type."""
        if scope["type"] == "http":
            headers = [header for header in scope["headers"] if header[0] != b"content-type"]
            scope = {**scope, "headers": [*headers, (b"content-type", b"application/json")]}
        await self.app(scope, receive, send)


async def _selected_world(request: Request) -> World:
    startup: Startup = request.app.state.startup
    worlds = await startup.worlds()
    name = request.scope.get("mockcliq.world", DEFAULT)
    world = worlds.named(name)
    if world is None:
        raise Problem(404, f"there is no world {name!r}")
    return world


SelectedWorld = Annotated[World, Depends(_selected_world)]
"""The world that the path names, `default` where it names none; waits until it is there."""


def known_operation(world: World, name: str) -> str:
    """The name, if an operation has it.

    Raises:
        Problem: No operation has it.
    """
    if name not in world.limiter.limits:
        raise Problem(422, f"there is no operation {name!r}; the operations are {', '.join(world.limiter.limits)}")
    return name


def known_user(world: World, id_or_email: str | None) -> UserId:
    """The id of the user with that id or e-mail address; the owner's, where none is given.

    Raises:
        Problem: There is no such user.
    """
    people = world.store.people
    user = people.owner() if id_or_email is None else people.find(id_or_email)
    if user is None:
        wanted = "an owner" if id_or_email is None else f"a user {id_or_email!r}"
        raise Problem(422, f"this world has not {wanted}; name a user by id or e-mail address")
    return UserId(user.id)


def operations_of(request: Request) -> list[Operation]:
    """The operations of the server."""
    return list(request.app.state.operations)
