"""The route that shows one person's conversations, as a chat app lists them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from mockcliq.control.answers import Json
from mockcliq.control.deps import SelectedWorld
from mockcliq.control.people import person_of
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.document import ChatType
from mockcliq.store.conversations import Conversation
from mockcliq.store.messages import Message
from mockcliq.timestamps import iso_ms

router = APIRouter(tags=["People"], responses=PROBLEMS, route_class=ControlRoute)

_PAGE = 200
_LARGEST_PAGE = 1000


class LatestMessage(BaseModel):
    """The last message of a chat."""

    sender: str
    sender_name: str
    text: str
    time: str


class OwnChat(BaseModel):
    """A chat as one person sees it.

    A dm is named after the other person; ``people`` is how many are in it, ``pinned`` whether this person keeps it at
    the top, ``pinned_message`` whether a message is pinned in it now.
    """

    id: str
    type: ChatType
    name: str
    people: int
    muted: bool
    pinned: bool
    draft: str | None
    last_message: LatestMessage | None
    pinned_message: bool


class OwnChats(BaseModel):
    """A page of one person's chats; ``total`` is how many there are on all pages."""

    user: str
    total: int
    chats: list[OwnChat]


@router.get("/users/{user}/chats", summary="One person's chats", response_model=OwnChats)
async def list_chats_of_user(
    world: SelectedWorld,
    user: str,
    limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = _PAGE,
    offset: Annotated[int, Query(ge=0)] = 0,
    search: Annotated[str, Query(description="A part of the name, in whatever case.")] = "",
) -> Response:
    """Channels too, newest last message first, those without one by their creation."""
    person = person_of(world, user).id
    conversations = world.store.conversations
    ids = conversations.ids(person, search)
    chats = conversations.rows(person, ids[offset : offset + limit], world.clock.now())
    return Json({"user": person, "total": len(ids), "chats": [_shown(chat) for chat in chats]})


def _shown(conversation: Conversation) -> dict[str, Any]:
    chat, own, last = conversation.chat, conversation.own, conversation.last_message
    return {
        "id": chat.id,
        "type": chat.type,
        "name": conversation.name,
        "people": chat.participant_count,
        "muted": own.muted,
        "pinned": own.pinned,
        "draft": own.draft,
        "last_message": None if last is None else _latest(last),
        "pinned_message": conversation.has_pinned_message,
    }


def _latest(message: Message) -> dict[str, Any]:
    time = iso_ms(message.time)
    return {"sender": message.sender_id, "sender_name": message.sender_name, "text": message.text, "time": time}
