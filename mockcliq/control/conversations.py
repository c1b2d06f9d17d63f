"""The route of a user's conversations, as a chat app lists them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AliasPath, Field

from mockcliq.contract.document import ChatType
from mockcliq.control.chats import Look
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
    type: str
    bot: Look | None = Field(validation_alias="look")
    file: dict[str, Any] | None = Field(default=None, validation_alias=AliasPath("content", "file"))
    info: dict[str, Any] | None = Field(default=None, validation_alias=AliasPath("content", "info"))
    deleted: bool = Field(default=False, validation_alias=AliasPath("content", "deleted"))


class OwnChat(Output):
    """A chat as one user sees it; a dm has the other user's name.

    ``people`` is the number of participants, ``pinned`` whether the user has it at the top of the list,
    ``pinned_message`` whether a message is pinned in it now. ``channel`` and ``bot`` are unique names,
    ``parent`` is the name of the channel that it is a thread of.
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
    unread: int
    channel: str | None
    bot: str | None
    parent: str | None


class OwnChats(Output):
    """A page of a user's chats; ``total`` is the number on all pages."""

    user: str
    total: int
    chats: list[OwnChat]


@router.get("/users/{user}/chats", summary="One person's chats")
async def list_chats_of_user(  # noqa: PLR0913 - a page of a list, by its query
    world: SelectedWorld,
    user: str,
    limit: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = _PAGE,
    offset: Annotated[int, Query(ge=0)] = 0,
    search: Annotated[str, Query(description="A part of the name, in whatever case.")] = "",
    type: Annotated[ChatType | None, Query(description="Those of one type alone.")] = None,  # noqa: A002 - as it is named
) -> OwnChats:
    """Channels and threads too, newest last message first, those without one by their creation."""
    person = person_of(world, user).id
    conversations = world.store.conversations
    ids = conversations.ids(person, search, type)
    chats = conversations.rows(person, ids[offset : offset + limit], world.clock.now())
    return OwnChats.model_validate({"user": person, "total": len(ids), "chats": chats})
