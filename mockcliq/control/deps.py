"""What the control API's handlers ask for."""

from __future__ import annotations

from contextlib import suppress
from time import monotonic
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from mockcliq.contract.ids import DEFAULT_WORLD, UserId
from mockcliq.contract.operation import OAUTH, Operation
from mockcliq.control.middleware import BODY_KEY, WORLD_KEY
from mockcliq.control.problems import Problem
from mockcliq.settings import Settings
from mockcliq.worlds.registry import Worlds
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.world import World

Order = TypeVar("Order", bound=BaseModel)


async def the_worlds(request: Request) -> Worlds:
    """The server's worlds; waits until they are there."""
    startup: Startup = request.app.state.startup
    return await startup.worlds()


def origin(request: Request) -> str:
    """Scheme and host by which the server was asked, for URLs that lead back to it."""
    return str(request.base_url.replace(path="")).rstrip("/")


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


async def parse_body(request: Request, model: type[Order]) -> Order:
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


def known_operation(world: World, name: str) -> str:
    """The name, if an operation has it, or one of the calls of OAuth.

    Raises:
        Problem: None has it.
    """
    return _one_of([*world.limiter.limits, *(each.name for each in OAUTH)], name)


def limited_operation(world: World, name: str) -> str:
    """The name, if an operation has it that a threshold stands over.

    Raises:
        Problem: None has it.
    """
    return _one_of(list(world.limiter.limits), name)


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
    return user.id


def _one_of(names: list[str], name: str) -> str:
    if name not in names:
        raise Problem(422, f"there is no operation {name!r} here; there are {', '.join(names)}")
    return name


async def settings_of(request: Request) -> Settings:
    """How the server is set up."""
    settings: Settings = request.app.state.settings
    return settings


async def operations_of(request: Request) -> list[Operation]:
    """The operations of the server."""
    return list(request.app.state.operations)
