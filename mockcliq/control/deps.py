"""What the control API's handlers ask for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import orjson
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from mockcliq.contract.api import Ambiguous, Register
from mockcliq.contract.ids import DEFAULT_WORLD, UserId
from mockcliq.contract.operation import Operation
from mockcliq.control import CONTROL_PATH
from mockcliq.control.middleware import BODY_KEY, WORLD_KEY
from mockcliq.control.problems import Problem
from mockcliq.settings import Settings
from mockcliq.worlds.registry import Worlds
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.world import World

Body = TypeVar("Body", bound=BaseModel)


_CONTROL = "/_mockcliq"


async def the_worlds(request: Request) -> Worlds:
    """The server's worlds; waits until they are there."""
    startup: Startup = request.app.state.startup
    return await startup.worlds()


def server_url(request: Request) -> str:
    """The URL by which the server was asked, with the path that it is mounted below, for URLs that lead back to it."""
    mount = quote(request.scope["root_path"].removesuffix(CONTROL_PATH))
    return str(request.base_url.replace(path=mount)).rstrip("/")


async def selected_world(request: Request) -> World:
    """The world that the path names, `default` where it names none; waits until it is there."""
    worlds = await the_worlds(request)
    name = request.scope.get(WORLD_KEY, DEFAULT_WORLD)
    world = worlds.named(name)
    if world is None:
        raise Problem(404, f"there is no world {name!r}")
    world.last_used = monotonic()
    return world


SelectedWorld = Annotated[World, Depends(selected_world)]
"""The world that the path names, `default` where it names none; waits until it is there."""


async def parse_body(request: Request, model: type[Body]) -> Body:
    """The request's body as the model has it.

    For the routes that a test calls again and again: FastAPI's own reading of a body costs more than what they do.
    """
    if BODY_KEY in request.scope:
        document = request.scope[BODY_KEY]
        if document is None:
            return model()
        with suppress(ValidationError):
            return model.model_validate(document)
        # Once more for an error in the words of JSON, which are others than those of Python's types.
        body = orjson.dumps(document)
    else:
        body = await request.body()
    try:
        return model() if body in (b"", b"null") else model.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """What the document says of such a body."""
    schema = {"anyOf": [model.model_json_schema(), {"type": "null"}]}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def known_operation(world: World, name: str) -> Operation:
    """The operation of that name or id.

    Raises:
        Problem: None has it, or several have.
    """
    return _one_of(world, name, world.register.operations)


def limited_operation(world: World, name: str) -> Operation:
    """The operation of that name or id, if a threshold stands over it.

    Raises:
        Problem: None has it, or several have.
    """
    return _one_of(world, name, [each for each in world.register.operations if each.limit is not None])


def known_user(world: World, id_or_email: str | None) -> UserId:
    """The id of the user with that id or e-mail address; the owner's, where none is given.

    Raises:
        Problem: There is no such user.
    """
    users = world.store.users
    user = users.owner() if id_or_email is None else users.find(id_or_email)
    if user is None:
        wanted = "an owner" if id_or_email is None else f"a user {id_or_email!r}"
        raise Problem(422, f"this world has not {wanted}; name a user by id or e-mail address")
    return user.id


def _one_of(world: World, name: str, operations: Sequence[Operation]) -> Operation:
    try:
        found = world.register.find(name)
    except Ambiguous as error:
        raise Problem(422, str(error)) from error
    if found is None or found not in operations:
        there = ", ".join(each.label for each in operations)
        raise Problem(422, f"there is no operation {name!r} here; there are {there}")
    return found


async def settings_of(request: Request) -> Settings:
    """How the server is set up."""
    settings: Settings = request.app.state.settings
    return settings


async def register_of(request: Request) -> Register:
    """The operations of the server."""
    register: Register = request.app.state.register
    return register
