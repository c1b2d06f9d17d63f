"""Dependencies of the control API's handlers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from mockcliq.contract.api import Ambiguous
from mockcliq.contract.ids import DEFAULT_WORLD, UserId
from mockcliq.contract.nearest import nearest
from mockcliq.contract.operation import Operation
from mockcliq.control import CONTROL_PATH
from mockcliq.control.middleware import WORLD_KEY
from mockcliq.control.problems import Problem
from mockcliq.control.routes import BODY_KEY
from mockcliq.gateway.outside import OUTSIDE
from mockcliq.public_url import PublicUrl
from mockcliq.runtime.clock import monotonic
from mockcliq.worlds.registry import Worlds
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.world import World

Body = TypeVar("Body", bound=BaseModel)


async def the_worlds(request: Request) -> Worlds:
    """Wait for the server's worlds."""
    startup: Startup = request.app.state.startup
    return await startup.worlds()


AllWorlds = Annotated[Worlds, Depends(the_worlds)]


def server_url(request: Request) -> str:
    """The server's URL as clients know it, with the mount path."""
    public_url: PublicUrl = request.app.state.public_url
    return public_url.of({**request.scope, "root_path": request.scope["root_path"].removesuffix(CONTROL_PATH)})


async def selected_world(request: Request) -> World:
    """Wait for the world in the path, or `default`."""
    world = known_world(await the_worlds(request), request.scope.get(WORLD_KEY, DEFAULT_WORLD))
    world.last_used = monotonic()
    await world.free()
    return world


def known_world(worlds: Worlds, name: str) -> World:
    """Find a world by name.

    Raises:
        Problem: There is no such world.
    """
    world = worlds.named(name)
    if world is None:
        raise Problem(404, f"there is no world {name!r}")
    return world


SelectedWorld = Annotated[World, Depends(selected_world)]


async def parse_body(request: Request, model: type[Body]) -> Body:
    """Validate the request's body by a model; an empty body and null give the defaults.

    For routes that every test calls: FastAPI's own parsing costs more than their work.

    Raises:
        RequestValidationError: The body is invalid.
    """
    document = request.scope[BODY_KEY]
    if document is None:
        return model()
    with suppress(ValidationError):
        return model.model_validate(document)
    # Once more for an error in the words of JSON, which are others than those of Python's types.
    try:
        return model.model_validate_json(orjson.dumps(document))
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI description of a body for `parse_body`."""
    schema = {"anyOf": [model.model_json_schema(), {"type": "null"}]}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def known_operation(world: World, name: str, *, is_limited: bool = False) -> Operation:
    """Find an operation by name or id, among those with a limit if ``is_limited``.

    Raises:
        Problem: The name is unknown or ambiguous, or the operation has no limit.
    """
    operations = [each for each in world.register.operations if each.limit is not None or not is_limited]
    try:
        found = world.register.find(name)
    except Ambiguous as error:
        raise Problem(422, str(error)) from error
    if found is None or found not in operations:
        labels = ", ".join(each.label for each in operations)
        raise Problem(422, f"there is no operation {name!r} here; there are {labels}")
    return found


def journalled_operation(world: World, name: str) -> Operation:
    """Find an operation of the journal by name or id: any, or that of calls which the proxy refused.

    Raises:
        Problem: The name is unknown or ambiguous.
    """
    return OUTSIDE if name == OUTSIDE.name else known_operation(world, name)


def nearest_named(name: str, names: Iterable[str]) -> str:
    """The part of a problem's detail that tells the nearest name; empty where none is like it."""
    near = nearest(name, names)
    return "" if near is None else f"; the nearest is {near!r}"


def known_user(world: World, id_or_email: str | None) -> UserId:
    """Find a user's id by id or e-mail address; the owner's for None.

    Raises:
        Problem: There is no such user.
    """
    users = world.store.users
    user = users.owner() if id_or_email is None else users.find(id_or_email)
    if user is None:
        wanted = "an owner" if id_or_email is None else f"a user {id_or_email!r}"
        raise Problem(422, f"this world has not {wanted}; name a user by id or e-mail address")
    return user.id
