"""The route of a user's conversations, as a chat app lists them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AliasPath, Field

from mockcliq.contract.document import ChatType
from mockcliq.control.deps import SelectedWorld
from mockcliq.control.people import person_of
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import MomentShown, Output

router = APIRouter(tags=["People"], responses=PROBLEMS, route_class=ControlRoute)

_PAGE = 200
_LARGEST_PAGE = 1000


class LatestMessage(Output):
    sender: str = Field(validation_alias="sender_id")
    sender_name: str
    text: str
    time: MomentShown


class OwnChat(Output):
    """A chat as one user sees it; a dm has the other user's name.

    ``people`` is the number of participants, ``pinned`` whether the user has it at the top of the list,
    ``pinned_message`` whether a message is pinned in it now.
    """

    id: str = Field(validation_alias=AliasPath("chat", "id"))
    type: ChatType = Field(validation_alias=AliasPath("chat", "type"))
    name: str
    people: int = Field(validation_alias=AliasPath("chat", "participant_count"))
    muted: bool = Field(validation_alias=AliasPath("own", "muted"))
    pinned: bool = Field(validation_alias=AliasPath("own", "pinned"))
    draft: str | None = Field(validation_alias=AliasPath("own", "draft"))
    last_message: LatestMessage | None
    pinned_message: bool = Field(validation_alias="has_pinned_message")


class OwnChats(Output):
    """A page of a user's chats; ``total`` is the number on all pages."""

    user: str
    total: int
    chats: list[OwnChat]


@router.get("/users/{user}/chats", summary="One person's chats")
async def list_chats_of_user(
    world: SelectedWorld,
    user: str,
    limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = _PAGE,
    offset: Annotated[int, Query(ge=0)] = 0,
    search: Annotated[str, Query(description="A part of the name, in whatever case.")] = "",
) -> OwnChats:
    """Channels too, newest last message first, those without one by their creation."""
    person = person_of(world, user).id
    conversations = world.store.conversations
    ids = conversations.ids(person, search)
    chats = conversations.rows(person, ids[offset : offset + limit], world.clock.now())
    return OwnChats.model_validate({"user": person, "total": len(ids), "chats": chats})
