"""Routes of a world's bots."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, Field

from mockcliq.contract.document import BotAccount, BotName
from mockcliq.contract.ids import UserId
from mockcliq.control.deps import SelectedWorld, known_user, nearest_named
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input
from mockcliq.store.bots import Bot
from mockcliq.worlds.world import World

router = APIRouter(prefix="/bots", tags=["Bots"], responses=PROBLEMS, route_class=ControlRoute)


class BotShown(BaseModel):
    """A bot. Messages have its ``id`` as their sender; ``subscribers`` are the people whom it speaks to."""

    unique_name: str
    id: str
    name: str
    description: str
    subscribers: list[str]


class BotList(BaseModel):
    """Bots, in the order they were made."""

    bots: list[BotShown]


def _in_small_letters(name: object) -> object:
    """As every bot is called, and found in any case."""
    return name.lower() if isinstance(name, str) else name


class BotRequest(Input):
    """A bot to make. ``subscribers`` are people by id or e-mail address, by default all active ones at any time."""

    unique_name: Annotated[BotName, BeforeValidator(_in_small_letters)]
    name: str = Field(default="", max_length=200, description="The unique name by default.")
    description: str = Field(default="", max_length=10_000)
    subscribers: list[str] | None = Field(default=None, max_length=100_000)


class BotRemoved(BaseModel):
    removed: str


def known_bot(world: World, unique_name: str, status: int = 404) -> Bot:
    """Find a bot by its unique name.

    Raises:
        Problem: There is no such bot; with that status.
    """
    bots = world.store.bots
    found = bots.find(unique_name)
    if found is None:
        meant = nearest_named(unique_name, bots.names())
        raise Problem(
            status, f"this world has no bot {unique_name!r}{meant}; GET /bots lists all, POST /bots makes one"
        )
    return found


@router.get("", summary="The bots")
async def list_bots(world: SelectedWorld) -> BotList:
    """All of the organisation."""
    people = world.store.users.all()
    return BotList(bots=[_shown(bot, bot.audience(people)) for bot in world.store.bots.all()])


@router.post("", summary="Make a bot", status_code=201)
async def add_bot(world: SelectedWorld, body: BotRequest) -> BotShown:
    """It is the owner's, and in no channel. One that was removed comes back under its old id."""
    bots, owner = world.store.bots, world.store.users.owner()
    if bots.find(body.unique_name) is not None:
        raise Problem(409, f"unique_name: there is a bot {body.unique_name!r}; choose another name")
    subscribers = None
    if body.subscribers is not None:
        subscribers = list(dict.fromkeys(known_user(world, each) for each in dict.fromkeys(body.subscribers)))
    bot = BotAccount(
        body.unique_name,
        name=body.name,
        description=body.description,
        creator=None if owner is None else owner.id,
        subscribers=subscribers,
    )
    bots.add(bot)
    made = known_bot(world, body.unique_name)
    return _shown(made, made.audience(world.store.users.all()))


@router.delete("/{unique_name}", summary="Remove a bot")
async def remove_bot(world: SelectedWorld, unique_name: str) -> BotRemoved:
    """From its channels too. What it said stays, and so do its chats with people."""
    bot = known_bot(world, unique_name)
    world.store.bots.remove(bot)
    return BotRemoved(removed=bot.unique_name)


def _shown(bot: Bot, audience: list[UserId]) -> BotShown:
    return BotShown(
        unique_name=bot.unique_name,
        id=bot.id,
        name=bot.name,
        description=bot.description,
        subscribers=[*audience],
    )
