"""Routes of chats, messages and drafts, which the emulated API cannot make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AliasPath, BaseModel, Field

from mockcliq.contract.document import Channel, Chat, ChatKey, ChatType, Participant
from mockcliq.contract.ids import ChatId, MessageId, UserId
from mockcliq.control.bots import known_bot
from mockcliq.control.deps import SelectedWorld, known_user
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input, Moment, MomentShown, Output
from mockcliq.store.channels import unique_name
from mockcliq.store.chats import ChatInFull
from mockcliq.store.messages import Message
from mockcliq.store.threads import BegunThread
from mockcliq.worlds.world import World

router = APIRouter(prefix="/chats", tags=["Chats"], responses=PROBLEMS, route_class=ControlRoute)

_MOST = 10_000
_MOST_MESSAGES = 1_000_000
_ONE_TO_ONE = 2


class ChatParticipant(BaseModel):
    """A participant, with that user's own settings of the chat."""

    user: str
    name: str
    muted: bool
    pinned: bool
    draft: str | None


class ChatMessage(Output):
    id: str
    chat: str = Field(validation_alias="chat_id")
    sender: str = Field(validation_alias="sender_id")
    sender_name: str
    text: str
    time: MomentShown
    modified: MomentShown
    type: str


class Look(BaseModel):
    """The name and the picture that a message is shown under."""

    name: str
    image_url: str | None


class QuotedMessage(Output):
    """A message that another one is about."""

    id: str
    sender: str = Field(validation_alias="sender_id")
    sender_name: str
    text: str


class ThreadBegun(Output):
    """The thread that a message began; ``messages`` is their number."""

    chat: str = Field(validation_alias="chat_id")
    messages: int


class MessageInFull(ChatMessage):
    """A message with all that was posted. ``bot`` is the name and the picture that it is shown under.

    ``reactions`` are by emoji; ``file`` is without its bytes; a deleted message is left without content.
    """

    bot: Look | None = Field(default=None, validation_alias="look")
    card: dict[str, Any] | None = Field(default=None, validation_alias=AliasPath("content", "card"))
    slides: list[Any] | None = Field(default=None, validation_alias=AliasPath("content", "slides"))
    buttons: list[Any] | None = Field(default=None, validation_alias=AliasPath("content", "buttons"))
    reply_to: str | None = Field(default=None, validation_alias=AliasPath("content", "reply_to"))
    file: dict[str, Any] | None = Field(default=None, validation_alias=AliasPath("content", "file"))
    info: dict[str, Any] | None = Field(default=None, validation_alias=AliasPath("content", "info"))
    reactions: dict[str, list[str]] | None = Field(default=None, validation_alias=AliasPath("content", "reactions"))
    deleted: bool = Field(default=False, validation_alias=AliasPath("content", "deleted"))


class MessageInChat(MessageInFull):
    """A message as it is shown in its chat; what it has not is left out.

    ``quoted`` is what it answers, ``thread`` what it began.
    """

    quoted: QuotedMessage | None = None
    thread: ThreadBegun | None = None


class ChatPin(Output):
    """The pinned message of a chat, and its pin; ``expires`` is null for never."""

    message: str = Field(validation_alias=AliasPath("pin", "message_id"))
    text: str = Field(validation_alias=AliasPath("message", "text"))
    creator: str = Field(validation_alias=AliasPath("pin", "creator_id"))
    creator_name: str
    created: MomentShown = Field(validation_alias=AliasPath("pin", "created"))
    expires: MomentShown | None = Field(validation_alias=AliasPath("pin", "expires"))


class ChatShown(BaseModel):
    """A chat; ``messages`` is their number, ``pinned_message`` the id of the pinned one."""

    id: str
    type: ChatType
    name: str
    creator: str
    created: MomentShown
    modified: MomentShown
    participants: list[ChatParticipant]
    aliases: list[str]
    messages: int
    last_message: ChatMessage | None
    pinned_message: str | None
    pin: ChatPin | None


class ChannelShown(Output):
    """What a channel has beside its chat; ``status`` is ``created`` or ``archived``."""

    channel_id: str
    unique_name: str
    level: str
    description: str
    status: str


class ThreadShown(BaseModel):
    """The chat that a thread is of, and the message that it began with."""

    chat: str
    message: QuotedMessage | None
    closed: bool


class ChatInDetail(ChatShown):
    """A chat, with what it is beside that: a channel, a thread, or the chat with the bot of that unique name.

    ``unread`` is how many messages each participant has not read who has not read all.
    """

    channel: ChannelShown | None
    thread: ThreadShown | None
    bot: str | None
    unread: dict[str, int]


class ChatList(BaseModel):
    """Chats, newest last message first."""

    chats: list[ChatShown]


class ChatRequest(Input):
    """A chat to make. ``members`` are users by id or e-mail address; the first of them is its creator.

    A channel without them is the owner's, and has all active people but the outsider. ``channel`` is what a world file
    has there; its roles may name users by e-mail address, too.
    """

    type: Literal["dm", "chat", "channel"]
    name: str = Field(default="", max_length=1000)
    members: list[str] | None = Field(default=None, min_length=1, max_length=10_000)
    id: ChatKey | None = None
    channel: Channel | None = None


class MessageList(BaseModel):
    """Messages, the oldest first."""

    messages: list[MessageInChat]


class MessageRequest(Input):
    """A message to write; its time is now by default."""

    sender: str
    text: str = Field(max_length=100_000)
    time: Moment | None = None


class DraftRequest(Input):
    """A draft to leave in a chat; an empty text removes it."""

    user: str
    text: str = Field(max_length=100_000)


class Draft(BaseModel):
    chat: str
    user: str
    text: str | None


def known_chat(world: World, chat: str) -> ChatId:
    """Find a chat's id by its id or an alias.

    Raises:
        Problem: There is no such chat.
    """
    found = world.store.chats.find(chat)
    if found is None:
        raise Problem(404, f"this world has no chat {chat!r}; GET /chats lists those that it has")
    return found


async def _chat_of_path(world: SelectedWorld, chat: str) -> ChatId:
    return known_chat(world, chat)


KnownChat = Annotated[ChatId, Depends(_chat_of_path)]
"""The chat of the path, by its id or an alias."""


@router.get("", summary="The chats")
async def list_chats(
    world: SelectedWorld, user: str | None = None, limit: Annotated[int, Query(ge=1, le=_MOST)] = 1000
) -> ChatList:
    """All chats, channels too; with `user`, those of one user."""
    whose = None if user is None else known_user(world, user)
    return ChatList(chats=[_shown(chat) for chat in world.store.chats.in_full(world.clock.now(), limit, whose)])


@router.post("", summary="Make a chat", status_code=201)
async def add_chat(world: SelectedWorld, body: ChatRequest) -> ChatShown:
    """One-to-one, group or channel, and empty. It is in its members' lists at once.

    A chat with a bot begins with the bot's first message, a thread with a post to it.
    """
    members = _members(world, body)
    if body.type == "dm" and len(members) != _ONE_TO_ONE:
        raise Problem(422, f"members: a dm has {_ONE_TO_ONE} people, not {len(members)}")
    if body.id is not None and world.store.chats.find(body.id) is not None:
        raise Problem(409, f"id: there is a chat {body.id!r}; choose another id, or none")
    chat_id = body.id or world.store.chats.free_id(body.type)
    participants = [Participant(member) for member in members]
    own = _channel(world, body, chat_id)
    chat = Chat(chat_id, body.type, members[0], world.clock.now(), participants, name=body.name, channel=own)
    world.store.add_chat(chat)
    return await show_chat(world, chat_id)


def _members(world: World, body: ChatRequest) -> list[UserId]:
    if body.members is not None:
        return list(dict.fromkeys(known_user(world, member) for member in dict.fromkeys(body.members)))
    if body.type != "channel":
        raise Problem(422, f"members: a {body.type} has some; name users by id or e-mail address")
    return world.store.users.insiders(known_user(world, None))


def _channel(world: World, body: ChatRequest, chat: ChatId) -> Channel | None:
    """What a channel is made with, after validation; None for another chat.

    Raises:
        Problem: It cannot be, or a channel has its name or its id.
    """
    if body.type != "channel":
        if body.channel is not None:
            raise Problem(422, f"channel: a {body.type} has none; leave it out, or make a chat of type channel")
        return None
    own = body.channel or Channel()
    own = replace(own, roles={known_user(world, user): role for user, role in own.roles.items()})
    for bot in own.bots:
        known_bot(world, bot, 422)
    channels = world.store.channels
    name = own.unique_name or unique_name(body.name)
    if unique_name(name) != name:
        raise Problem(422, f"channel.unique_name: {name!r} is none; it has small letters, digits, - and _ alone")
    if (own.unique_name or body.name) and channels.named(name) is not None:
        key = "name" if own.unique_name is None else "channel.unique_name"
        raise Problem(409, f"{key}: there is a channel {name!r}; choose another name")
    if own.channel_id is not None and (channels.is_retired(own.channel_id) or channels.find(own.channel_id)):
        raise Problem(409, f"channel.channel_id: a channel has or had {own.channel_id!r}; choose another id, or none")
    return replace(
        own,
        unique_name=own.unique_name or channels.free_name(body.name),
        channel_id=own.channel_id or channels.free_id(chat, own.level),
    )


@router.get("/{chat}", summary="One chat")
async def show_chat(world: SelectedWorld, chat: KnownChat) -> ChatInDetail:
    """By its id or an alias."""
    store = world.store
    found, thread = store.chats.one_in_full(chat, world.clock.now()), store.threads.find(chat)
    begun = None if thread is None else store.messages.find(thread.parent_id, thread.message_id)
    return ChatInDetail.model_validate(
        {
            **_fields(found),
            "channel": store.channels.of_chat(chat),
            "thread": thread and {"chat": thread.parent_id, "message": begun, "closed": thread.closed},
            "bot": store.bots.of_chat(chat),
            "unread": {
                own.user_id: count for own, _ in found.participants if (count := found.chat.message_count - own.read)
            },
        }
    )


@router.get("/{chat}/messages", summary="The messages of a chat", response_model_exclude_defaults=True)
async def list_messages(
    world: SelectedWorld, chat: KnownChat, limit: Annotated[int | None, Query(ge=1, le=_MOST_MESSAGES)] = None
) -> MessageList:
    """The oldest first; with `limit`, the latest so many."""
    found = world.store.messages.of(chat, limit)
    answered = {each.content["reply_to"] for each in found if "reply_to" in each.content}
    quoted = {each.id: each for each in world.store.messages.among(chat, answered)}
    threads = {each.message_id: each for each in world.store.threads.begun_in(chat)}
    return MessageList(messages=[_in_chat(each, quoted, threads) for each in found])


def _in_chat(
    message: Message, quoted: Mapping[MessageId, Message], threads: Mapping[MessageId, BegunThread]
) -> MessageInChat:
    shown = MessageInChat.model_validate(message)
    answered, begun = quoted.get(message.content.get("reply_to", "")), threads.get(message.id)
    shown.quoted = None if answered is None else QuotedMessage.model_validate(answered)
    shown.thread = None if begun is None else ThreadBegun.model_validate(begun)
    return shown


@router.post("/{chat}/messages", summary="Write a message", status_code=201)
async def add_message(world: SelectedWorld, chat: KnownChat, body: MessageRequest) -> ChatMessage:
    """As a participant of the chat; the newest message moves the chat up in its members' lists."""
    sender = known_user(world, body.sender)
    if not world.store.members.has(chat, sender):
        raise Problem(422, f"sender: user {sender} is not in the chat {chat}")
    time = world.clock.now() if body.time is None else body.time
    if time < 0:
        raise Problem(422, "time: a message cannot be older than 1970, its id begins with its time")
    return ChatMessage.model_validate(world.store.messages.add(chat, sender, body.text, time))


@router.post("/{chat}/drafts", summary="Leave a draft", status_code=201)
async def add_draft(world: SelectedWorld, chat: KnownChat, body: DraftRequest) -> Draft:
    """As a participant of the chat; replaces an earlier draft."""
    user = known_user(world, body.user)
    if not world.store.members.has(chat, user):
        raise Problem(422, f"user: user {user} is not in the chat {chat}")
    text = body.text or None
    world.store.members.set_draft(chat, user, text)
    return Draft(chat=chat, user=user, text=text)


def _shown(found: ChatInFull) -> ChatShown:
    return ChatShown.model_validate(_fields(found))


def _fields(found: ChatInFull) -> dict[str, Any]:
    chat = found.chat
    return {
        "id": chat.id,
        "type": chat.type,
        "name": chat.name,
        "creator": chat.creator_id,
        "created": chat.created,
        "modified": chat.modified,
        "participants": [
            ChatParticipant(
                user=own.user_id,
                name=name,
                muted=own.muted,
                pinned=own.pinned,
                draft=own.draft,
            )
            for own, name in found.participants
        ],
        "aliases": found.aliases,
        "messages": found.chat.message_count,
        "last_message": found.last_message,
        "pinned_message": None if found.pin is None else found.pin.message.id,
        "pin": found.pin,
    }
