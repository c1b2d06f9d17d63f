"""A world written down: the users, tokens and chats that a world file lists, a generator makes and a store loads.

Plain dataclasses, so that a generator makes a million of them quickly; ``mockcliq.seeding.files`` validates the same
classes where they come from a person's file, and makes the JSON Schema of a world file from them. Times are epoch
milliseconds here and ISO 8601 in a file.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Annotated, Any, Literal, Protocol

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    with_config,
)

from mockcliq.contract.ids import (
    BOT_ID_PATTERN,
    BOT_NAME_PATTERN,
    CHAT_ID_PATTERN,
    FILE_ID_PATTERN,
    ChatId,
    EpochMs,
    MessageId,
    UserId,
    bot_id,
)
from mockcliq.contract.redirect_uri import redirect_uri
from mockcliq.contract.timestamps import NoMoment, parse_moment

ChatType = Literal["dm", "chat", "channel", "bot", "thread"]
Level = Literal["organization", "team", "private", "external"]
"""Who may join a channel."""
ChannelRole = Literal["super_admin", "admin", "moderator", "member"]
Role = Literal["owner", "member", "outsider", "deactivated"]
"""The person behind one of the fixed tokens."""
Present = Literal["fixed", "now"]
"""Whether the demo's times are those of its seed, or moved to the week in which it is made."""

LIST_OFFSET = timezone(timedelta(hours=-7))
"""The offset that the list's times are written in, unless a world says otherwise: the reference's example has it."""


def _read_id(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _read_moment(value: Any) -> Any:
    if value is None:
        return None
    if type(value) not in (int, str):
        raise NoMoment
    return parse_moment(str(value))


def _read_count(value: Any) -> Any:
    # Every number in YAML reaches us as its text.
    return int(value) if isinstance(value, str) and value.isdigit() and value.isascii() else value


def _read_base64(value: Any) -> bytes:
    try:
        # Tools break it into lines.
        return value if isinstance(value, bytes) else b64decode("".join(value.splitlines()), validate=True)
    except (AttributeError, TypeError, ValueError):
        raise ValueError("the file in base64") from None


def _write_base64(value: bytes) -> str:
    return b64encode(value).decode()


_REACTION = re.compile("[0-9]{1,15}:[^:].*", re.DOTALL)


def _check_reaction(value: str) -> str:
    if _REACTION.fullmatch(value) is None or value.count(":") < 2:  # noqa: PLR2004 - between three parts
        raise ValueError("time:user:name, the time in epoch milliseconds")
    return value


_CHANNEL_NAME = re.compile(r"[\w-]+")


def _check_channel_name(value: str) -> str:
    if _CHANNEL_NAME.fullmatch(value) is None or value != value.lower():
        raise ValueError("small letters, digits, - and _")
    return value


def _read_participant(value: Any) -> Any:
    # Of whom no more is to say is in a file by the user's id.
    return {"user": value} if isinstance(value, str | int) else value


# How a file may write these; a generator makes the values themselves. Ids are strings; a number means its digits.
_ANY_ID = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]}
_Id = (StringConstraints(min_length=1), BeforeValidator(_read_id), WithJsonSchema(_ANY_ID))
UserKey = Annotated[UserId, *_Id]
ChatKey = Annotated[
    ChatId, StringConstraints(pattern=f"^{CHAT_ID_PATTERN}$"), BeforeValidator(_read_id), WithJsonSchema(_ANY_ID)
]
BotName = Annotated[str, StringConstraints(pattern=f"^{BOT_NAME_PATTERN}$")]
BotKey = Annotated[UserId, StringConstraints(pattern=f"^{BOT_ID_PATTERN}$")]
Base64 = Annotated[
    bytes,
    BeforeValidator(_read_base64),
    PlainSerializer(_write_base64, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
Reaction = Annotated[str, AfterValidator(_check_reaction), WithJsonSchema({"type": "string", "pattern": "^[0-9]+:.+:"})]
UniqueName = Annotated[
    str, AfterValidator(_check_channel_name), WithJsonSchema({"type": "string", "pattern": r"^[^\sA-Z#]+$"})
]
MessageKey = Annotated[MessageId, StringConstraints(pattern="^[0-9]+_[0-9]+$")]
FileId = Annotated[str, StringConstraints(pattern=f"^{FILE_ID_PATTERN}$")]
RedirectUri = Annotated[str, AfterValidator(redirect_uri)]
Moment = Annotated[
    EpochMs,
    BeforeValidator(_read_moment),
    WithJsonSchema({"description": "ISO 8601, or epoch milliseconds.", **_ANY_ID}),
]


@with_config(extra="forbid")
@dataclass(slots=True)
class User:
    """A person of the organisation; an inactive one is refused with 403.

    ``profile`` is what else is said of them, by the API's names of it: ``display_name``, ``mobile``, ``timezone``.
    """

    id: UserKey
    name: str
    email: str
    active: bool = True
    role: Role | None = None
    profile: dict[str, Any] = field(default_factory=dict)


@with_config(extra="forbid")
@dataclass(slots=True)
class Token:
    """An access token. ``expires`` is None for one that never does, ``refresh_token`` what it was issued for.

    A ``webhook`` token stands in the query, as ``zapikey``, in place of a header. A ``client`` has its token in its own
    name, by the grant client_credentials.
    """

    token: str
    user: UserKey
    scopes: list[str]
    expires: Moment | None = None
    revoked: bool = False
    refresh_token: str | None = None
    webhook: bool = False
    client: bool = False


@with_config(extra="forbid")
@dataclass(slots=True)
class Client:
    """A program that may ask for tokens. Where it names redirect URIs, only these will do."""

    client_id: str
    client_secret: str
    redirect_uris: list[RedirectUri] = field(default_factory=list)


@with_config(extra="forbid")
@dataclass(slots=True)
class RefreshToken:
    """What a client gets new access tokens for, in its user's name and with these scopes."""

    token: str
    client: str
    user: UserKey
    scopes: list[str]


@with_config(extra="forbid")
@dataclass(slots=True)
class BotAccount:
    """A bot of the organisation. ``subscribers`` are its audience; None for all active people.

    One that is not ``active`` was removed: nothing but its old messages and chats is left of it.
    """

    unique_name: BotName
    id: BotKey | None = None
    name: str = ""
    description: str = ""
    image_url: str = ""
    creator: UserKey | None = None
    subscribers: list[UserKey] | None = None
    active: bool = True

    @property
    def own_id(self) -> UserId:
        """The given id, or the one that follows from the name."""
        return bot_id(self.unique_name) if self.id is None else self.id


@with_config(extra="forbid")
@dataclass(slots=True)
class Status:
    """A status that a person may set. ``expires`` is None unless it is a transient one, which no list has."""

    id: str
    user: UserKey
    code: str
    message: str
    current: bool = False
    expires: Moment | None = None


@with_config(extra="forbid")
@dataclass(slots=True)
class Bot:
    """The name and picture that a message was posted under, as the list shows them."""

    name: str
    image_url: str


@with_config(extra="forbid")
@dataclass(slots=True)
class File:
    """A file in a message. ``content`` is in base64; a file without it is shown in its message, but not to be had.

    Attributes:
        size: In bytes, of a file without content.
        comment: The caption.
    """

    name: str
    type: str = "application/octet-stream"
    content: Base64 | None = None
    size: Annotated[int | None, Field(ge=0), BeforeValidator(_read_count)] = None
    id: FileId | None = None
    comment: str = ""


@with_config(extra="forbid")
@dataclass(slots=True)
class Info:
    """What an ``info`` message tells: who joined or left a channel."""

    type: str
    users: list[UserKey]


@with_config(extra="forbid")
@dataclass(slots=True)
class Message:
    """A message. ``modified`` is its ``lmsgtime``. Where None, that is the time, and ``sender_name`` the sender's.

    Attributes:
        sender: A user, or a bot by its id.
        reply_to: The message that it answers.
        card, slides, buttons: As they were posted.
        reactions: By emoji, each as ``time:user:name``.
        deleted: Whether it was deleted: its row stays, without content.
    """

    id: MessageKey
    sender: UserKey
    text: str
    time: Moment
    sender_name: str | None = None
    modified: Moment | None = None
    type: str = "text"
    highlight: bool | None = None
    bot: Bot | None = None
    reply_to: MessageKey | None = None
    card: dict[str, Any] | None = None
    slides: list[Any] | None = None
    buttons: list[Any] | None = None
    file: File | None = None
    info: Info | None = None
    reactions: dict[str, list[Reaction]] | None = None
    deleted: bool = False


@with_config(extra="forbid")
@dataclass(slots=True)
class Participant:
    """A person in a chat, with what that person alone sees of it: mute, pin in the list, draft.

    ``read`` is how many of the chat's messages are read; None for all of them.
    """

    user: UserKey
    muted: bool = False
    pinned: bool = False
    draft: str | None = None
    read: Annotated[int | None, BeforeValidator(_read_count)] = None


@with_config(extra="forbid")
@dataclass(slots=True)
class Pin:
    """The pinned message of a chat. ``expires`` is None for one that never does."""

    message: MessageKey
    creator: UserKey
    created: Moment
    modified: Moment
    expires: Moment | None = None


@with_config(extra="forbid")
@dataclass(slots=True)
class ChannelConfig:
    """The settings of a channel; None, or nothing said, for what nobody set.

    Attributes:
        leave_join_info: Whether a message tells who joined or left.
        add_remove_info: Whether a message tells who was added or removed.
        invite_only: Whether nobody joins without an admin.
        auto_follow_threads: The members who follow each new thread.
        admin_permission, moderator_permission, member_permission: What the roles may do, where that was changed.
    """

    reply_mode: Literal["normal_reply", "threads", "both"] | None = None
    leave_join_info: Literal["enable", "disable"] | None = None
    add_remove_info: Literal["enable", "disable"] | None = None
    meeting_chat_type: Literal["channel", "thread", "host_choice"] | None = None
    invite_only: bool = False
    auto_follow_threads: list[UserKey] = field(default_factory=list)
    admin_permission: dict[str, bool] = field(default_factory=dict)
    moderator_permission: dict[str, bool] = field(default_factory=dict)
    member_permission: dict[str, bool] = field(default_factory=dict)


@with_config(extra="forbid")
@dataclass(slots=True)
class Channel:
    """What a channel has beside its chat.

    Attributes:
        channel_id: Its own id; made from the chat's where it is None.
        unique_name: Its name in paths; made from the chat's name where it is None.
        status: ``created``, or ``archived``.
        roles: Of those who are more than members; the creator is the super admin where nobody is.
        bots: The unique names of the bots in it.
        config: Its settings.
    """

    channel_id: str | None = None
    unique_name: UniqueName | None = None
    level: Level = "organization"
    description: str = ""
    status: Literal["created", "archived"] = "created"
    roles: dict[str, ChannelRole] = field(default_factory=dict)
    bots: list[str] = field(default_factory=list)
    config: ChannelConfig = field(default_factory=ChannelConfig)


@with_config(extra="forbid")
@dataclass(slots=True)
class Thread:
    """What a thread has beside its chat: the message of a channel that it began with."""

    chat: ChatKey
    message: MessageKey
    closed: bool = False


@with_config(extra="forbid")
@dataclass(slots=True)
class Chat:
    """A conversation. ``participants`` stand in the order they joined, ``messages`` in any order.

    ``aliases`` are other ids that requests may use for it; answers carry ``id``. A dm's name is not shown: each of its
    two people sees the other's. ``bot`` is the unique name of a bot chat's bot; those who follow a thread are its
    participants.
    """

    id: ChatKey
    type: ChatType
    creator: UserKey
    created: Moment
    participants: list[
        Annotated[Participant, BeforeValidator(_read_participant, json_schema_input_type=Participant | str | int)]
    ]
    messages: list[Message] = field(default_factory=list)
    name: str = ""
    modified: Moment | None = None
    pin: Pin | None = None
    aliases: list[str] = field(default_factory=list)
    channel: Channel | None = None
    thread: Thread | None = None
    bot: str | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One more copy of each model.

    Attributes:
        head: What the numbers of the copies' ids begin with, as many digits of the models' own go away for it.
        earlier_ms: How much earlier all that is in them happened.
    """

    head: str
    earlier_ms: int


@dataclass(frozen=True, slots=True)
class Repetition:
    """More chats like some that are written down: of the same people and words, with ids and times of their own.

    What a copy's times and ids are follows from its model's and the round, so that a store can make them by itself.

    Attributes:
        models: How many of the last chats are copied: none has an alias, and the id of each is a number, alone or
            between something that is no digit before and anything behind.
        rounds: How they are copied, all of them each time; in the order of their heads.
    """

    models: int
    rounds: Sequence[Round]


class Blueprint(Protocol):
    """What a world starts as."""

    @property
    def name(self) -> str: ...
    @property
    def starts_at(self) -> EpochMs | None:
        """Where the world's clock starts and runs from; None for real time."""

    @property
    def utc_offset(self) -> timezone:
        """The offset that the list's times are written in."""

    @property
    def users(self) -> list[User]: ...
    @property
    def bots(self) -> list[BotAccount]: ...
    @property
    def statuses(self) -> list[Status]: ...
    @property
    def retired(self) -> list[str]:
        """Ids that were given out and deleted: nothing new gets them."""

    @property
    def tokens(self) -> list[Token]: ...
    @property
    def clients(self) -> list[Client]: ...
    @property
    def refresh_tokens(self) -> list[RefreshToken]: ...
    @property
    def chat_count(self) -> int:
        """How many chats there will be, those of the repetition included."""

    @property
    def chats(self) -> Iterable[Chat]:
        """The chats that are written down: anew at each call, the same each time, made while the store loads them."""

    @property
    def repetition(self) -> Repetition | None:
        """What more there are like the last of these; None where these are all."""
