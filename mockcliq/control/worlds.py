"""Routes of the server's worlds, and of a world's whole state."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.contract.document import Present
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.refusals import Profile
from mockcliq.control import CONTROL_PATH
from mockcliq.control.answers import Json
from mockcliq.control.deps import AllWorlds, SelectedWorld, body_schema, known_world, parse_body, server_url, the_worlds
from mockcliq.control.heavy_work import HeavyWork
from mockcliq.control.people import Person
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input
from mockcliq.runtime.clock import monotonic, real_time
from mockcliq.seeding.files import read_document
from mockcliq.seeding.named import WRITTEN, Recipe
from mockcliq.seeding.tokens import LABELS, MINTED, SAMPLE_TOKEN, label_in, refresh_token_name
from mockcliq.settings import PREFIX, Settings
from mockcliq.store.users import User
from mockcliq.worlds.credentials import Taken
from mockcliq.worlds.giving_up import GoOn
from mockcliq.worlds.registry import TooManyWorlds
from mockcliq.worlds.world import World

router = APIRouter(tags=["Worlds"], responses=PROBLEMS, route_class=ControlRoute)

_RESERVED = frozenset({DEFAULT_WORLD, "mockcliq"})
"""Names that the default world's tokens have."""

_SIZES = {"world", "seed", "users", "chats", "messages", "present"}
"""The keys of a request for a generated world, which a document excludes."""

_SAMPLE = SAMPLE_TOKEN.rpartition(".")[2]

# What may stand in a path and in the middle of a token.
WorldId = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]


class WorldRequest(Input):
    """A world to make: a named one, the server's own start, or a document.

    ``state`` is a world document as ``GET /state`` gives it, or its text in JSON or YAML.
    """

    id: WorldId | None = None
    world: str | None = Field(default=None, description="demo, documentation, empty, or the server's own start.")
    seed: int | None = Field(default=None, ge=0, le=2**63 - 1)
    users: int | None = Field(default=None, ge=5, le=1_000)
    chats: int | None = Field(default=None, ge=0, le=20_000)
    messages: int | None = Field(default=None, ge=0, le=200_000)
    present: Present | None = Field(default=None, description="Whether a demo's times are moved to the present week.")
    rate_limit: bool | None = Field(default=None, description="Whether limits are applied; as in the server, if null.")
    profile: Profile | None = Field(default=None, description="How calls are refused; as in the server, if null.")
    test: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = Field(
        default=None, description="The test that has the world to itself, such as `tests/test_bot.py::test_retries`."
    )
    state: dict[str, Any] | str | None = None


class WorldMade(BaseModel):
    """A world, with URLs, tokens and users; each token belongs to this world alone.

    ``renamed_tokens`` are those that another world has, by their names there.
    """

    id: str
    base_url: str
    control_url: str
    token: str | None
    refresh_token: str | None
    tokens: dict[str, str]
    world: str
    seed: int
    users: list[Person]
    renamed_tokens: dict[str, str]


class WorldSummary(BaseModel):
    """A world of the server, and the seconds since its last use."""

    id: str
    base_url: str
    control_url: str
    world: str
    seed: int
    idle_s: float


class WorldList(BaseModel):
    """The worlds of the server, the default one first."""

    worlds: list[WorldSummary]


class WorldDeleted(BaseModel):
    deleted: str


@router.post(
    "/worlds",
    summary="Make a world",
    status_code=201,
    response_model=WorldMade,
    openapi_extra=body_schema(WorldRequest),
)
async def make_world(request: Request) -> Response:
    """A copy of a prepared start, with its own users, tokens, clock, limits, faults and journal.

    Where there are `MOCKCLIQ_MAX_WORLDS` already, the one is ended that is unused for longest: nobody has asked for it
    in the last minute, or ever. If there is none, it is refused.
    """
    worlds = await the_worlds(request)
    body = await parse_body(request, WorldRequest)
    besides = sorted(body.model_dump(include=_SIZES, exclude_none=True))
    if body.state is not None and besides:
        raise Problem(422, f"state is the whole world; leave {' and '.join(besides)} away")
    if body.id is not None and (body.id in _RESERVED or worlds.named(body.id) is not None):
        raise Problem(409, f"id: there is a world {body.id!r}; choose another id, or none")
    create = partial(worlds.create, world_id=body.id, rate_limit=body.rate_limit, profile=body.profile, test=body.test)
    try:
        if body.state is None:
            world = await create(_recipe(worlds.recipe, body))
        else:
            async with heavy_work(request) as go_on:
                world = await create(await asyncio.to_thread(read_document, body.state, go_on), go_on=go_on)
    except Taken as taken:
        raise Problem(409, f"id: {taken}; choose another id, or none") from taken
    except TooManyWorlds as error:
        raise Problem(507, str(error)) from error
    people = world.store.users.all() if world.template.people is None else world.template.people
    return Json(_made(request, world, people), 201)


@router.get("/worlds", summary="The server's worlds")
async def list_worlds(request: Request, worlds: AllWorlds) -> WorldList:
    """All but the default one are deleted when unused for a while (`MOCKCLIQ_WORLD_IDLE`)."""
    now = monotonic()
    return WorldList(
        worlds=[
            WorldSummary(
                **_urls(request, world),
                world=world.template.recipe.world,
                seed=world.template.recipe.seed,
                idle_s=round(now - world.last_used, 3),
            )
            for world in worlds
        ]
    )


@router.get("/worlds/{world_id}", summary="One world", response_model=WorldMade)
async def show_world(request: Request, worlds: AllWorlds, world_id: str) -> Response:
    """As its creation answered: its URLs, tokens and users."""
    world = known_world(worlds, world_id)
    world.last_used = monotonic()
    return Json(_made(request, world, world.store.users.all()))


@router.delete("/worlds/{world_id}", summary="End a world")
async def delete_world(worlds: AllWorlds, world_id: str) -> WorldDeleted:
    """Its tokens are invalid from then on. Its journal stays readable: `GET /runs`."""
    world = known_world(worlds, world_id)
    if world is worlds.default:
        raise Problem(409, "the default world stays as long as the server; reset it, or make worlds beside it")
    worlds.delete(world)
    return WorldDeleted(deleted=world_id)


@router.get("/state", summary="The whole world as a document")
async def export_state(request: Request, world: SelectedWorld) -> Response:
    """In the format of a world file, which `serve --world` takes. Large files are listed in `files_left_out`."""
    settings: Settings = request.app.state.settings
    limit = settings.state_bytes
    async with heavy_work(request):
        await world.free()
        # A row is three times as large as what a document says of it; such a world would be copied for nothing.
        is_too_large = world.store.database.size() - world.store.files.size() > 4 * limit
        document = b""
        if not is_too_large:
            state = partial(world.state, settings.state_file_bytes, limit // 2)
            document = await asyncio.to_thread(await world.copying(world.store.database, state))
    if is_too_large or len(document) > limit:
        raise Problem(
            507, f"the world's document would have more than {limit} bytes; {PREFIX}STATE_BYTES lets it have more"
        )
    return Response(document, media_type="application/json")


def heavy_work(request: Request) -> AbstractAsyncContextManager[GoOn]:
    """Wait until no other request reads or writes a document."""
    lock: HeavyWork = request.app.state.heavy_work
    return lock.turn_of(request)


class StateImported(BaseModel):
    """The tokens that another world has, and their names in this one."""

    renamed_tokens: dict[str, str]


_DOCUMENT = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}, "application/yaml": {"schema": {"type": "string"}}},
}


@router.put("/state", summary="Begin anew from a document", openapi_extra={"requestBody": _DOCUMENT})
async def import_state(request: Request, worlds: AllWorlds, world: SelectedWorld) -> StateImported:
    """JSON or YAML in the format of a world file; a reset returns to it. The journal stays."""
    body = await request.body()
    async with heavy_work(request) as go_on:
        document = await asyncio.to_thread(read_document, body, go_on)
        template = await worlds.template(document, world.id, go_on)
        await world.free()
        if worlds.named(world.id) is not world:
            raise Problem(404, f"the world {world.id!r} was deleted while its new state was read")
        await world.copying(template.data, partial(world.replace_template, template))
    return StateImported(renamed_tokens=dict(world.renamed))


def _recipe(own: Recipe, body: WorldRequest) -> Recipe:
    """The recipe of a world; the server's own where the request says nothing."""
    names = ("demo", *WRITTEN)
    if body.world not in (None, own.world, *names):
        raise Problem(
            422,
            f"world: there is no world {body.world!r} to make here; there are {', '.join(names)} and, without a name,"
            f" what the server was started with; send a file's content as state",
        )
    given = body.model_dump(include=_SIZES, exclude_none=True)
    is_own = body.world is None or (body.world == own.world and body.world not in names)
    return replace(own, **given, document=own.document if is_own else None).at(real_time())


def _urls(request: Request, world: World) -> dict[str, str]:
    here = server_url(request)
    return {
        "id": world.id,
        "base_url": f"{here}/w/{world.id}",
        "control_url": f"{here}{CONTROL_PATH}/worlds/{world.id}",
    }


def _made(request: Request, world: World, people: Iterable[User]) -> dict[str, Any]:
    labels = {name: label_in(name, world.id) for name in world.credentials.grants}
    by_label = {label: name for name, label in labels.items() if label is not None}
    # The fixed tokens, and those of a document; minted ones and the reference's sample have no label.
    others = sorted(label for label in by_label if label not in (*LABELS, _SAMPLE) and not label.startswith(MINTED))
    tokens = {label: by_label[label] for label in (*LABELS, *others) if label in by_label}
    refresh = refresh_token_name(world.id)
    return {
        **_urls(request, world),
        "token": tokens.get("owner"),
        "refresh_token": refresh if world.credentials.has_issued(refresh) else None,
        "tokens": tokens,
        "world": world.template.recipe.world,
        "seed": world.template.recipe.seed,
        "users": [{name: getattr(person, name) for name in Person.model_fields} for person in people],
        "renamed_tokens": world.renamed,
    }
