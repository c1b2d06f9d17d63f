"""What a test arranges and looks at: chats, messages and drafts that the emulated API can neither make nor show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import count
from typing import Any, NamedTuple

import orjson

from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId
from mockcliq.document import Chat, Message
from mockcliq.store.database import Database
from mockcliq.store.load import write_chats


class Involved(NamedTuple):
    """A participant, and what that person alone sees of the chat."""

    user: UserId
    name: str
    muted: bool
    pinned: bool
    draft: str | None


class WrittenMessage(NamedTuple):
    """A message of a chat."""

    id: MessageId
    chat: ChatId
    sender: UserId
    sender_name: str
    text: str
    time: EpochMs
    modified: EpochMs
    type: str


class Pin(NamedTuple):
    """The message that a chat has pinned, and who did that."""

    message: MessageId
    text: str
    creator: UserId
    creator_name: str
    created: EpochMs
    expires: EpochMs | None


class ChatInFull(NamedTuple):
    """A chat with everything that is true of it, whoever looks."""

    id: ChatId
    type: str
    name: str
    creator: UserId
    created: EpochMs
    modified: EpochMs
    messages: int
    pin: Pin | None
    last_message: WrittenMessage | None
    participants: list[Involved]
    aliases: list[str]


_CHATS = """
    SELECT chat.id, chat.type, chat.name, chat.creator_id, chat.created, chat.modified,
           (SELECT count(*) FROM message WHERE message.chat_id = chat.id),
           pin.message_id, pinned.text, pin.creator_id, user.name, pin.created, pin.expires,
           chat.last_message
    FROM chat LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    LEFT JOIN pinned_message AS pin ON pin.chat_id = chat.id AND (pin.expires IS NULL OR pin.expires > :now)
    LEFT JOIN message AS pinned ON pinned.chat_id = pin.chat_id AND pinned.id = pin.message_id
    LEFT JOIN user ON user.id = pin.creator_id
    WHERE {wanted}
    ORDER BY coalesce(message.time, chat.created) DESC, chat.id
    LIMIT :limit
"""
_OF_USER = "chat.id IN (SELECT chat_id FROM participation WHERE user_id = :user)"
_PARTICIPANTS = """
    SELECT chat_id, user.id, user.name, muted, pinned, draft
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE chat_id IN (SELECT value FROM json_each(?)) ORDER BY joined
"""
_ALL = -1
"""What SQLite takes for no limit."""
_MESSAGES = "SELECT id, chat_id, sender_id, sender_name, text, time, modified, type FROM message"


class Arrange:
    """Reads and writes of a world as its maker."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def chats(self, now: EpochMs, limit: int, user: UserId | None = None) -> list[ChatInFull]:
        """The chats, or those of one user, channels too, newest last message first.

        Args:
            now: By which a pin is over or not.
            limit: At most so many.
            user: Whose.
        """
        return self._found(_OF_USER if user is not None else "TRUE", now=now, limit=limit, user=user)

    def chat(self, chat: ChatId, now: EpochMs) -> ChatInFull:
        """One chat, which there is."""
        return self._found("chat.id = :chat", now=now, limit=1, chat=chat)[0]

    def messages(self, chat: ChatId, limit: int | None = None) -> list[WrittenMessage]:
        """What was written in a chat, all or the latest so many, the oldest first."""
        latest = f"{_MESSAGES} WHERE chat_id = ? ORDER BY time DESC, length(id) DESC, id DESC LIMIT ?"
        rows = self._connection.execute(latest, (chat, _ALL if limit is None else limit)).fetchall()
        return [WrittenMessage._make(row) for row in reversed(rows)]

    def add_chat(self, chat: Chat) -> None:
        """Add a chat, whose people there are."""
        with self._database.transaction():
            write_chats(self._connection, [chat], {})

    def free_chat_id(self, kind: str) -> ChatId:
        """An id that no chat has, in the form that the reference shows for such a chat."""
        form = "CT_{:019d}_900000000" if kind == "channel" else "{:019d}"
        ids = (form.format(9 * 10**18 + number) for number in count(1))
        taken = (("chat", "id"), ("chat_alias", "alias"))
        return ChatId(next(each for each in ids if not any(self._is_there(*column, each) for column in taken)))

    def free_user_id(self) -> UserId:
        """An id that no user has."""
        ids = (str(9 * 10**8 + number) for number in count(1))
        return UserId(next(each for each in ids if not self._is_there("user", "id", each)))

    def is_participant(self, chat: ChatId, user: UserId) -> bool:
        """Whether the user is in the chat."""
        found = self._connection.execute(
            "SELECT 1 FROM participation WHERE chat_id = ? AND user_id = ?", (chat, user)
        ).fetchone()
        return found is not None

    def add_message(self, chat: ChatId, sender: UserId, text: str, time: EpochMs) -> WrittenMessage:
        """Write a message; the newest of a chat moves it up in its people's lists."""
        with self._database.transaction():
            (name,) = self._connection.execute("SELECT name FROM user WHERE id = ?", (sender,)).fetchone()
            message = Message(self._free_message_id(chat, time), sender, text, time, name)
            self._connection.execute(
                "INSERT INTO message (chat_id, id, sender_id, sender_name, text, time, modified, type)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (chat, message.id, sender, name, text, time, time, message.type),
            )
            (newest, kind) = self._connection.execute(
                "SELECT message.time, chat.type FROM chat"
                " LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message WHERE chat.id = ?",
                (chat,),
            ).fetchone()
            if newest is None or newest <= time:
                self._connection.execute("UPDATE chat SET last_message = ? WHERE id = ?", (message.id, chat))
                if kind != "channel":
                    self._connection.execute("UPDATE participation SET list_order = ? WHERE chat_id = ?", (time, chat))
        return WrittenMessage(message.id, chat, sender, name, text, time, time, message.type)

    def set_draft(self, chat: ChatId, user: UserId, text: str | None) -> None:
        """Leave a draft of a participant's in the chat, or take it away."""
        self._connection.execute(
            "UPDATE participation SET draft = ? WHERE chat_id = ? AND user_id = ?", (text, chat, user)
        )

    def _found(self, wanted: str, **values: object) -> list[ChatInFull]:
        rows = self._connection.execute(_CHATS.format(wanted=wanted), values).fetchall()
        ids = orjson.dumps([row[0] for row in rows]).decode()
        participants: dict[str, list[Involved]] = defaultdict(list)
        for chat, user, name, muted, pinned, draft in self._connection.execute(_PARTICIPANTS, (ids,)):
            participants[chat].append(Involved(user, name, bool(muted), bool(pinned), draft))
        aliases: dict[str, list[str]] = defaultdict(list)
        for alias, chat in self._connection.execute(
            "SELECT alias, chat_id FROM chat_alias WHERE chat_id IN (SELECT value FROM json_each(?))", (ids,)
        ):
            aliases[chat].append(alias)
        last = self._last_messages((row[0], row[-1]) for row in rows)
        return [
            ChatInFull._make((*chat, pin, last.get(chat[0]), participants[chat[0]], aliases[chat[0]]))
            for chat, pin in ((row[:7], _pin(row[7:-1])) for row in rows)
        ]

    def _last_messages(self, chats: Iterable[tuple[str, str | None]]) -> dict[str, WrittenMessage]:
        statement = f"{_MESSAGES} WHERE chat_id = ? AND id = ?"
        rows = (self._connection.execute(statement, each).fetchone() for each in chats if each[1] is not None)
        return {message.chat: message for message in map(WrittenMessage._make, rows)}

    def _free_message_id(self, chat: ChatId, time: EpochMs) -> MessageId:
        (written,) = self._connection.execute("SELECT count(*) FROM message WHERE chat_id = ?", (chat,)).fetchone()
        for number in count(written + 1):
            message = MessageId(f"{time}_{number}")
            taken = self._connection.execute("SELECT 1 FROM message WHERE chat_id = ? AND id = ?", (chat, message))
            if taken.fetchone() is None:
                return message
        raise AssertionError("there is always a next number")

    def _is_there(self, table: str, column: str, value: str) -> bool:
        return self._connection.execute(f"SELECT 1 FROM {table} WHERE {column} = ?", (value,)).fetchone() is not None


def _pin(columns: tuple[Any, ...]) -> Pin | None:
    return None if columns[0] is None else Pin(*columns)
