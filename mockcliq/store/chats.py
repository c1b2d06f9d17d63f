"""Every read and write of chats: the list, members, mutes, pins, leaving.

Prepared SQL on the world's connection: these are the emulated API's reads and writes, and an object mapper would cost
more than all the rest of a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId
from mockcliq.store.cache import Cache
from mockcliq.store.database import Database


@dataclass(frozen=True, slots=True)
class Membership:
    """A chat as a request finds it, and whether the asking user is a participant."""

    chat_id: ChatId
    type: str
    is_participant: bool


class LastMessage(NamedTuple):
    """The last message of a chat in the list."""

    sender_id: str
    sender_name: str
    type: str
    text: str
    time: EpochMs
    highlight: int | None
    bot_name: str | None
    bot_image_url: str | None


class ListedChat(NamedTuple):
    """A row of a user's list."""

    id: str
    type: str
    name: str
    creator_id: str
    created: EpochMs
    modified: EpochMs
    participant_count: int
    pinned: int
    last_message: LastMessage | None
    recipients: list[tuple[str, str]]
    """Id and name of each other participant, in the order they joined."""


class Member(NamedTuple):
    """A participant of a chat."""

    user_id: str
    email_id: str
    name: str


class NearChat(NamedTuple):
    """A chat that may be meant by an id that is not quite its own."""

    spelling: str
    """Its id, or an alias."""
    id: str
    is_participant: bool
    """Whether the asking user is in it."""
    name: str


class PinnedMessage(NamedTuple):
    """A chat's pinned message."""

    chat_id: str
    expires: EpochMs | None
    created: EpochMs
    modified: EpochMs
    creator_id: str
    creator_name: str
    message_id: str
    text: str
    sender_id: str
    sender_name: str
    message_time: EpochMs
    message_modified: EpochMs


_LIST = """
    SELECT chat.id, chat.type, chat.name, chat.creator_id, chat.created, chat.modified, chat.participant_count,
           own.pinned,
           message.sender_id, message.sender_name, message.type, message.text, message.time,
           message.highlight, message.bot_name, message.bot_image_url
    FROM participation AS own {index}
    JOIN chat ON chat.id = own.chat_id
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    WHERE own.user_id = :user AND own.list_order IS NOT NULL {filters}
    ORDER BY own.list_order DESC, own.chat_id
    LIMIT :limit
"""
# Told, since SQLite cannot know that drafts are few, and might walk along all of the list.
_DRAFTS_INDEX = "INDEXED BY participation_drafts"
_FILTERS = {
    "before": "AND own.list_order < :before AND chat.last_message IS NOT NULL",
    "after": "AND own.list_order >= :after AND chat.last_message IS NOT NULL",
    "drafts": "AND own.draft IS NOT NULL",
}
_RECIPIENTS = """
    SELECT participation.chat_id, user.id, user.name
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE participation.chat_id IN (SELECT value FROM json_each(:chats)) AND participation.user_id <> :user
    ORDER BY participation.joined
"""
_MEMBERSHIP = """
    SELECT chat.id, chat.type, participation.user_id IS NOT NULL
    FROM chat LEFT JOIN participation ON participation.chat_id = chat.id AND participation.user_id = :user
    WHERE chat.id = coalesce((SELECT chat_id FROM chat_alias WHERE alias = :chat), :chat)
"""
_MUTE = "UPDATE participation SET muted = ?1 WHERE chat_id = ?2 AND user_id = ?3 AND muted <> ?1"
_MEMBERS = """
    SELECT user.id, user.email, user.name
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE participation.chat_id = ? ORDER BY participation.joined
"""
_NEAR = """
    WITH candidate (spelling, id) AS (
        SELECT * FROM (SELECT chat_id, chat_id FROM participation WHERE user_id = :user AND list_order IS NOT NULL
                       ORDER BY list_order DESC LIMIT :limit)
        UNION
        SELECT * FROM (SELECT id, id FROM chat WHERE id >= :first AND id < :last LIMIT :limit)
        UNION
        SELECT * FROM (SELECT alias, chat_id FROM chat_alias WHERE alias >= :first AND alias < :last LIMIT :limit)
    )
    SELECT candidate.spelling, chat.id, own.user_id IS NOT NULL, coalesce(
        (SELECT user.name FROM participation AS other JOIN user ON user.id = other.user_id
         WHERE chat.type = 'dm' AND other.chat_id = chat.id AND other.user_id <> :user LIMIT 1),
        chat.name
    )
    FROM candidate JOIN chat ON chat.id = candidate.id
    LEFT JOIN participation AS own ON own.chat_id = chat.id AND own.user_id = :user
"""
_MEMBERSHIPS_REMEMBERED = 4096
_NEAR_LIMIT = 500
_NEAR_PREFIX = 4
_PINNED = """
    SELECT pin.chat_id, pin.expires, pin.created, pin.modified, pin.creator_id, user.name,
           message.id, message.text, message.sender_id, message.sender_name, message.time, message.modified
    FROM pinned_message AS pin
    JOIN message ON message.chat_id = pin.chat_id AND message.id = pin.message_id
    JOIN user ON user.id = pin.creator_id
    WHERE pin.chat_id = ? AND (pin.expires IS NULL OR pin.expires > ?)
"""


class Chats:
    """The chats of a world, as its users see and change them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection
        self._memberships: Cache[Membership | None] = Cache(database, _MEMBERSHIPS_REMEMBERED)

    def listed(
        self, user: UserId, limit: int, before: EpochMs | None, after: EpochMs | None, *, only_drafts: bool
    ) -> list[ListedChat]:
        """The user's one-to-one and group chats, newest last message first.

        Args:
            user: Whose list.
            limit: At most so many rows.
            before: Only chats whose last message is earlier than this.
            after: Only chats whose last message is not earlier than this.
            only_drafts: Only chats that hold a draft of the user.
        """
        wanted = (("before", before is not None), ("after", after is not None), ("drafts", only_drafts))
        filters = " ".join(_FILTERS[name] for name, is_wanted in wanted if is_wanted)
        query = _LIST.format(filters=filters, index=_DRAFTS_INDEX if only_drafts else "")
        rows = self._connection.execute(
            query, {"user": user, "limit": limit, "before": before, "after": after}
        ).fetchall()
        recipients: dict[str, list[tuple[str, str]]] = {row[0]: [] for row in rows}
        found = self._connection.execute(_RECIPIENTS, {"chats": orjson.dumps(list(recipients)).decode(), "user": user})
        for chat_id, user_id, name in found:
            recipients[chat_id].append((user_id, name))
        return [_listed(row, recipients[row[0]]) for row in rows]

    def find(self, chat_id: str) -> ChatId | None:
        """The own id of the chat with that id or alias; None where there is no such chat."""
        found = self._connection.execute(
            "SELECT id FROM chat WHERE id = :id UNION ALL SELECT chat_id FROM chat_alias WHERE alias = :id",
            {"id": chat_id},
        ).fetchone()
        return None if found is None else found[0]

    def near(self, chat_id: str, user: UserId | None) -> list[NearChat]:
        """Chats that may be meant by the id of no chat: the latest of the user's list, and ids that begin alike."""
        first = chat_id[:_NEAR_PREFIX]
        values = {"user": user, "first": first, "last": f"{first}\U0010ffff", "limit": _NEAR_LIMIT}
        return [NearChat(row[0], row[1], bool(row[2]), row[3]) for row in self._connection.execute(_NEAR, values)]

    def membership(self, chat_id: str, user: UserId) -> Membership | None:
        """The chat with that id or alias and whether the user is in it; None where there is no such chat."""

        def found() -> Membership | None:
            row = self._connection.execute(_MEMBERSHIP, {"user": user, "chat": chat_id}).fetchone()
            return None if row is None else Membership(row[0], row[1], bool(row[2]))

        return self._memberships.get_or_make((chat_id, user), found)

    def members(self, chat: ChatId) -> list[Member]:
        """The participants, in the order they joined."""
        return [Member(*row) for row in self._connection.execute(_MEMBERS, (chat,))]

    def set_muted(self, chat: ChatId, by: UserId, *, muted: bool) -> None:
        """Mute or unmute the chat for one participant."""
        self._database.unlisted(self._connection.execute(_MUTE, (muted, chat, by)))

    def leave(self, chat: ChatId, user: UserId) -> None:
        """Remove a participant."""
        with self._database.transaction():
            self._connection.execute("DELETE FROM participation WHERE chat_id = ? AND user_id = ?", (chat, user))
            self._connection.execute("UPDATE chat SET participant_count = participant_count - 1 WHERE id = ?", (chat,))

    def has_message(self, chat: ChatId, message: MessageId) -> bool:
        """Whether the message is in the chat."""
        found = self._connection.execute("SELECT 1 FROM message WHERE chat_id = ? AND id = ?", (chat, message))
        return found.fetchone() is not None

    def pin(self, chat: ChatId, message: MessageId, by: UserId, now: EpochMs, expires: EpochMs | None) -> PinnedMessage:
        """Pin a message of the chat; it takes the place of one that was pinned."""
        pinned = self._connection.execute(
            "INSERT OR REPLACE INTO pinned_message (chat_id, message_id, creator_id, created, modified, expires)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (chat, message, by, now, now, expires),
        )
        self._database.unlisted(pinned)
        return PinnedMessage(*self._connection.execute(_PINNED, (chat, now)).fetchone())

    def pinned(self, chat: ChatId, now: EpochMs) -> PinnedMessage | None:
        """The pinned message, unless there is none or its time is over."""
        row = self._connection.execute(_PINNED, (chat, now)).fetchone()
        return None if row is None else PinnedMessage(*row)

    def unpin(self, chat: ChatId) -> None:
        """Take the pin away, if there is one."""
        self._database.unlisted(self._connection.execute("DELETE FROM pinned_message WHERE chat_id = ?", (chat,)))


def _listed(row: tuple[Any, ...], recipients: list[tuple[str, str]]) -> ListedChat:
    chat, message = row[:8], row[8:]
    return ListedChat._make((*chat, None if message[0] is None else LastMessage(*message), recipients))
