"""A world written down: the users, tokens and chats that a world file lists, a generator makes and a store loads.

Plain dataclasses, so that a generator makes a million of them quickly; ``mockcliq.seeding.files`` validates the same
classes where they come from a person's file, and makes the JSON Schema of a world file from them. Times are epoch
milliseconds here and ISO 8601 in a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema, with_config

from mockcliq.contract.ids import CHAT_ID_PATTERN, ChatId, EpochMs, MessageId, UserId
from mockcliq.contract.redirect_uri import redirect_uri
from mockcliq.contract.timestamps import NoMoment, parse_moment

ChatType = Literal["dm", "chat", "channel"]
Role = Literal["owner", "member", "outsider", "deactivated"]
"""The person behind one of the fixed tokens."""

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
MessageKey = Annotated[MessageId, StringConstraints(pattern="^[0-9]+_[0-9]+$")]
RedirectUri = Annotated[str, AfterValidator(redirect_uri)]
Moment = Annotated[
    EpochMs,
    BeforeValidator(_read_moment),
    WithJsonSchema({"description": "ISO 8601, or epoch milliseconds.", **_ANY_ID}),
]


@with_config(extra="forbid")
@dataclass(slots=True)
class User:
    """A person of the organisation; an inactive one is refused with 403."""

    id: UserKey
    name: str
    email: str
    active: bool = True
    role: Role | None = None


@with_config(extra="forbid")
@dataclass(slots=True)
class Token:
    """An access token. ``expires`` is None for one that never does, ``refresh_token`` what it was issued for."""

    token: str
    user: UserKey
    scopes: list[str]
    expires: Moment | None = None
    revoked: bool = False
    refresh_token: str | None = None


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
class Bot:
    """The bot through which a message was posted, as the list shows it."""

    name: str
    image_url: str


@with_config(extra="forbid")
@dataclass(slots=True)
class Message:
    """A message. ``modified`` is its ``lmsgtime``. Where None, that is the time, and ``sender_name`` the sender's."""

    id: MessageKey
    sender: UserKey
    text: str
    time: Moment
    sender_name: str | None = None
    modified: Moment | None = None
    type: str = "text"
    highlight: bool | None = None
    bot: Bot | None = None


@with_config(extra="forbid")
@dataclass(slots=True)
class Participant:
    """A person in a chat, with what that person alone sees of it: mute, pin in the list, draft."""

    user: UserKey
    muted: bool = False
    pinned: bool = False
    draft: str | None = None


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
class Chat:
    """A conversation. ``participants`` stand in the order they joined, ``messages`` in any order.

    ``aliases`` are other ids that requests may use for it; answers carry ``id``. A dm's name is not shown: each of its
    two people sees the other's.
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
