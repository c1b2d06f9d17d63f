"""The route of the messages of a channel, a chat, a person or a bot."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from mockcliq.control.bots import known_bot
from mockcliq.control.chats import MessageInFull, known_chat
from mockcliq.control.deps import AllWorlds, SelectedWorld, nearest_named
from mockcliq.control.people import person_of
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import LONGEST_VERIFY_S
from mockcliq.control.waiting import wait_until
from mockcliq.store.channels import Channel
from mockcliq.store.messages import Message, Place
from mockcliq.worlds.world import World

router = APIRouter(prefix="/messages", tags=["Chats"], responses=PROBLEMS, route_class=ControlRoute)

_MOST = 1_000_000
_USUAL = 1000


class Messages(BaseModel):
    """Messages, the oldest first."""

    messages: list[MessageInFull]


class Where(BaseModel):
    """Where to look, and for what: one of `channel`, `chat`, `user` and `bot`."""

    channel: str | None = Field(default=None, description="The unique name of a channel, or an id of it.")
    chat: str | None = Field(default=None, description="The id of a chat, or an alias.")
    user: str | None = Field(
        default=None, description="Somebody's id or e-mail address: the chats with one other person, and with bots."
    )
    bot: str | None = Field(
        default=None, description="The unique name of a bot: its chats with people, and what it said in channels."
    )
    containing: str = Field(default="", description="Words that are in the text, in this case.")
    limit: int = Field(default=_USUAL, ge=1, le=_MOST, description="The maximum number; keeps the latest.")
    within_s: float = Field(
        default=0, ge=0, le=LONGEST_VERIFY_S, description="Real seconds in which a first message may still come."
    )


def known_channel(world: World, name: str) -> Channel:
    """Find a channel by its unique name, or an id.

    Raises:
        Problem: There is no such channel.
    """
    channels = world.store.channels
    found = channels.named(name) or channels.find(name)
    if found is None:
        meant = nearest_named(name.removeprefix("#"), channels.names())
        makes = 'POST /chats {"type": "channel", "name": …} makes one'
        raise Problem(404, f"this world has no channel {name!r}{meant}; GET /chats lists all, {makes}")
    return found


@router.get("", summary="The messages of a channel, a chat, a person or a bot")
async def list_messages(
    request: Request, worlds: AllWorlds, world: SelectedWorld, where: Annotated[Where, Query()]
) -> Messages:
    """The oldest first, whoever wrote them; with `limit`, the latest so many.

    With `within_s` it waits until there is one, or until the channel, chat, person or bot is there.
    """
    if sum(each is not None for each in (where.channel, where.chat, where.user, where.bot)) != 1:
        raise Problem(422, "give one of channel, chat, user and bot, to say whose messages")
    if where.within_s:

        async def is_there() -> bool:
            return _is_there(world, where)

        await wait_until(is_there, request, world, where.within_s)
        if worlds.named(world.id) is not world:
            raise Problem(404, f"the world {world.id!r} was deleted while its messages were waited for")
    return Messages(messages=[MessageInFull.model_validate(message) for message in _found(world, where, where.limit)])


def _found(world: World, where: Where, limit: int) -> list[Message]:
    place, key = _place(world, where)
    return world.store.messages.at(place, key, where.containing, limit)


def _is_there(world: World, where: Where) -> bool:
    try:
        return bool(_found(world, where, 1))
    except Problem:  # what is not there yet may come
        return False


def _place(world: World, where: Where) -> tuple[Place, str]:
    if where.channel is not None:
        return "chat", known_channel(world, where.channel).chat_id
    if where.user is not None:
        return "user", person_of(world, where.user).id
    if where.bot is not None:
        return "bot", known_bot(world, where.bot).unique_name
    return "chat", known_chat(world, where.chat or "")
