"""A world written down: the users, tokens and chats that a world file lists, a generator makes and a store loads.

Plain dataclasses, so that a generator makes a million of them quickly; ``mockcliq.seeding.files`` validates the same
classes where they come from a person's file, and makes the JSON Schema of a world file from them. Times are epoch
milliseconds here and ISO 8601 in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Literal, Protocol

from mockcliq.spec import ChatId, EpochMs, MessageId, UserId

ChatType = Literal["dm", "chat", "channel"]
Role = Literal["owner", "member", "outsider", "deactivated"]
"""The person behind one of the fixed tokens."""

LIST_OFFSET = timezone(timedelta(hours=-7))
"""The offset that the list's times are written in, unless a world says otherwise: the reference's example has it."""


@dataclass(slots=True)
class User:
    """A person of the organisation; an inactive one is refused with 403."""

    id: UserId
    name: str
    email: str
    active: bool = True
    role: Role | None = None


@dataclass(slots=True)
class Token:
    """An access token. ``expires`` is None for one that never does."""

    token: str
    user: UserId
    scopes: list[str]
    expires: EpochMs | None = None
    revoked: bool = False


@dataclass(slots=True)
class Bot:
    """The bot through which a message was posted, as the list shows it."""

    name: str
    image_url: str


@dataclass(slots=True)
class Message:
    """A message. ``modified`` is its ``lmsgtime``, the time itself where None; ``sender_name`` the user's name where None."""

    id: MessageId
    sender: UserId
    text: str
    time: EpochMs
    sender_name: str | None = None
    modified: EpochMs | None = None
    type: str = "text"
    highlight: bool | None = None
    bot: Bot | None = None


@dataclass(slots=True)
class Participant:
    """A person in a chat, with what that person alone sees of it: mute, pin in the list, draft."""

    user: UserId
    muted: bool = False
    pinned: bool = False
    draft: str | None = None


@dataclass(slots=True)
class Pin:
    """The pinned message of a chat. ``expires`` is None for one that never does."""

    message: MessageId
    creator: UserId
    created: EpochMs
    modified: EpochMs
    expires: EpochMs | None = None


@dataclass(slots=True)
class Chat:
    """A conversation. ``participants`` stand in the order they joined, ``messages`` in any order.

    ``aliases`` are other ids that requests may use for it; answers carry ``id``. A dm's name is not shown: each of its
    two people sees the other's.
    """

    id: ChatId
    type: ChatType
    creator: UserId
    created: EpochMs
    participants: list[Participant]
    messages: list[Message] = field(default_factory=list)
    name: str = ""
    modified: EpochMs | None = None
    pin: Pin | None = None
    aliases: list[str] = field(default_factory=list)


class Blueprint(Protocol):
    """What a world starts as. ``chats`` may be a generator's, made while the store loads it."""

    @property
    def name(self) -> str: ...
    @property
    def starts_at(self) -> EpochMs | None:
        """Where the world's clock starts and runs from; None for real time."""
    @property
    def utc_offset(self) -> timezone: ...
    @property
    def users(self) -> list[User]: ...
    @property
    def tokens(self) -> list[Token]: ...
    @property
    def chat_count(self) -> int: ...
    @property
    def chats(self) -> Iterable[Chat]:
        """The chats, anew at each call and the same each time."""
