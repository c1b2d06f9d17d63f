"""The messages of chats."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Literal, NamedTuple

import orjson

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId, file_id
from mockcliq.store.database import Database, Repository, json_list
from mockcliq.store.table import ChatTable, written


class Message(NamedTuple):
    """A message; ``sender_name`` is what its sender was called then, ``modified`` its last change.

    ``more`` is its `content` as JSON; None for nothing.
    """

    chat_id: ChatId
    id: MessageId
    sender_id: UserId
    sender_name: str
    text: str
    time: EpochMs
    modified: EpochMs
    type: str = "text"
    highlight: bool | None = None
    bot_name: str | None = None
    bot_image_url: str | None = None
    more: str | None = None

    @staticmethod
    def load(chat: document.Chat, names: Mapping[UserId, str]) -> Iterator[tuple[Any, ...]]:
        # Plain tuples: a demo has tens of thousands.
        for message in chat.messages:
            bot = message.bot
            yield (
                chat.id,
                message.id,
                message.sender,
                names[message.sender] if message.sender_name is None else message.sender_name,
                message.text,
                message.time,
                message.time if message.modified is None else message.modified,
                message.type,
                message.highlight,
                None if bot is None else bot.name,
                None if bot is None else bot.image_url,
                _loaded_more(chat.id, message),
            )

    def dump(self) -> dict[str, Any]:
        return written(
            id=self.id,
            sender=self.sender_id,
            text=self.text,
            time=self.time,
            sender_name=self.sender_name,
            modified=None if self.modified == self.time else self.modified,
            type=None if self.type == "text" else self.type,
            highlight=self.highlight,
            bot=self.look,
            **({} if self.more is None else self.content),
        )

    @property
    def look(self) -> dict[str, str | None] | None:
        """The name and the picture that it is shown under, if they are others than its sender's."""
        return None if self.bot_name is None else {"name": self.bot_name, "image_url": self.bot_image_url}

    @property
    def content(self) -> dict[str, Any]:
        """What it has beside its text, as a world's document has it: some of `_CONTENT`.

        A file is there without its bytes, with its ``size``.
        """
        more: dict[str, Any] = {} if self.more is None else orjson.loads(self.more)
        return more


_AS_THEY_ARE = ("reply_to", "card", "slides", "buttons", "reactions")
_CONTENT = (*_AS_THEY_ARE, "file", "info", "deleted")


def _loaded_more(chat: ChatId, message: document.Message) -> str | None:
    more: dict[str, Any] = {name: value for name in _AS_THEY_ARE if (value := getattr(message, name)) is not None}
    file, info = message.file, message.info
    if file is not None:
        more["file"] = {
            "id": file_id(chat, message.id) if file.id is None else file.id,
            "name": file.name,
            "type": file.type,
            "size": (file.size or 0) if file.content is None else len(file.content),
            **({"comment": file.comment} if file.comment else {}),
        }
    if info is not None:
        more["info"] = {"type": info.type, "users": info.users}
    if message.deleted:
        more["deleted"] = True
    return as_more(more)


def as_more(content: Mapping[str, Any]) -> str | None:
    """A message's content as its column has it."""
    return orjson.dumps(content).decode() if content else None


def type_of(content: Mapping[str, Any]) -> str:
    """The type of a message that has this beside its text."""
    kinds = {"file": "file", "info": "info", "card": "card", "slides": "card"}
    return next((kind for name, kind in kinds.items() if name in content), "text")


def last_of(chat: document.Chat) -> document.Message | None:
    """A chat's last message: of those of one millisecond the one that was written down last."""
    return max(reversed(chat.messages), key=attrgetter("time"), default=None)


MESSAGES = ChatTable(
    name="message",
    row=Message,
    key=("chat_id", "id"),
    has_rowid=False,
    field="messages",
    # Of messages of one millisecond the chat's last one is the last in a document, too.
    order="JOIN chat ON chat.id = chat_id"
    " ORDER BY chat_id, time, message.id = last_message, length(message.id), message.id",
)


Place = Literal["chat", "user", "bot"]
_AT: Mapping[Place, str] = {
    "chat": "message.chat_id = :key",
    "user": """message.chat_id IN (SELECT chat.id FROM participation JOIN chat ON chat.id = participation.chat_id
                                   WHERE participation.user_id = :key AND chat.type IN ('dm', 'bot'))""",
    "bot": """message.chat_id IN (SELECT chat_id FROM bot_chat WHERE bot = :key)
              OR (message.chat_id IN (SELECT id FROM chat WHERE type IN ('channel', 'thread'))
                  AND message.sender_id = (SELECT id FROM bot WHERE unique_name = :key))""",
}


def leave_out_current_names(dumped: Mapping[str, Iterable[dict[str, Any]]], connection: sqlite3.Connection) -> None:
    """Say in dumped messages, by chats, what a sender was called only where that is another name by now."""
    names = dict(connection.execute("SELECT id, name FROM user UNION ALL SELECT id, name FROM bot"))
    for messages in dumped.values():
        for message in messages:
            if message["sender_name"] == names[message["sender"]]:
                del message["sender_name"]


class Messages(Repository):
    """The messages of chats; ``posted`` is told of each new one that moves its chat up."""

    def __init__(self, database: Database, posted: Callable[[Message], None] = lambda _: None) -> None:
        super().__init__(database)
        self._posted = posted
        self.watchers: list[Callable[[], None]] = []
        """Called when a message was written or changed; its transaction may not be over yet."""

    def at(self, place: Place, key: str, containing: str, limit: int) -> list[Message]:
        """The latest messages of a place with these words in them, the oldest first.

        A place is a chat, a person (whose chats with one other person or bot count) or a bot, by unique name (whose
        chats count, and what it said in channels).
        """
        rows = MESSAGES.select(
            self._connection,
            f"WHERE ({_AT[place]}) AND (:containing = '' OR instr(text, :containing))"
            " ORDER BY time DESC, length(id) DESC, id DESC, chat_id LIMIT :limit",
            {"key": key, "containing": containing, "limit": limit},
        )
        return list(rows)[::-1]

    def of(self, chat: ChatId, limit: int | None = None) -> list[Message]:
        """What was written in a chat, all or the latest so many, the oldest first."""
        # SQLite takes a limit of -1 for none.
        latest = "WHERE chat_id = ? ORDER BY time DESC, length(id) DESC, id DESC LIMIT ?"
        rows = MESSAGES.select(self._connection, latest, (chat, -1 if limit is None else limit))
        return list(rows)[::-1]

    def between(self, chat: ChatId, first: EpochMs | None, last: EpochMs | None, limit: int) -> list[Message]:
        """The newest messages of a time, its bounds inclusive, the oldest of them first."""
        rows = MESSAGES.select(
            self._connection,
            "WHERE chat_id = :chat AND (:first IS NULL OR time >= :first) AND (:last IS NULL OR time <= :last)"
            " ORDER BY time DESC, length(id) DESC, id DESC LIMIT :limit",
            {"chat": chat, "first": first, "last": last, "limit": limit},
        )
        return list(rows)[::-1]

    def change(self, message: Message, *, text: str, more: str | None, now: EpochMs, kind: str | None = None) -> None:
        """Give a message another text and content, and another type, if one is given."""
        self._connection.execute(
            "UPDATE message SET type = coalesce(?, type), text = ?, more = ?, modified = ?"
            " WHERE chat_id = ? AND id = ?",
            (kind, text, more, now, message.chat_id, message.id),
        )
        self._tell_watchers()

    def has(self, chat: ChatId, message: MessageId) -> bool:
        return self._has("message WHERE chat_id = :chat AND id = :message", chat=chat, message=message)

    def find(self, chat: ChatId, message: MessageId) -> Message | None:
        return next(MESSAGES.select(self._connection, "WHERE chat_id = ? AND id = ?", (chat, message)), None)

    def among(self, chat: ChatId, ids: Iterable[MessageId]) -> list[Message]:
        """Those of a chat's messages that have these ids."""
        wanted = "WHERE chat_id = ? AND id IN (SELECT value FROM json_each(?))"
        return list(MESSAGES.select(self._connection, wanted, (chat, json_list(list(ids)))))

    def add(self, chat: ChatId, sender: UserId, text: str, time: EpochMs, **fields: Any) -> Message:
        """Write a message; the newest of a chat moves it up in its people's lists. Its sender has read it.

        Args:
            chat: A chat that there is.
            sender: A user, or a bot's id.
            text: What it says.
            time: When.
            **fields: Of the row, where they are not the default: a bot's ``sender_name`` always.
        """
        if "sender_name" not in fields:
            (fields["sender_name"],) = self._connection.execute(
                "SELECT name FROM user WHERE id = ?", (sender,)
            ).fetchone()
        with self._database.together():
            newest, kind, written = self._connection.execute(
                "SELECT message.time, chat.type, chat.message_count FROM chat"
                " LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message WHERE chat.id = ?",
                (chat,),
            ).fetchone()
            message = self._insert(written + 1, chat_id=chat, sender_id=sender, text=text, time=time, **fields)
            is_newest = newest is None or newest <= time
            if is_newest:
                self._write(_COUNT_AS_LAST, (message.id, chat))
            else:
                self._write(_COUNT, (chat,))
            is_listed = is_newest and kind not in UNLISTED
            if is_listed:
                self._write(_MOVE_UP, (time, sender, chat))
            else:
                self._write(_READ, (chat, sender))
        if is_listed:
            self._posted(message)
        self._tell_watchers()
        return message

    def _tell_watchers(self) -> None:
        for watcher in tuple(self.watchers):  # a thread may be here
            watcher()

    def _insert(self, number: int, *, time: EpochMs, **fields: Any) -> Message:
        """Insert a message under an id that none of its chat has."""
        while True:
            message = Message(id=MessageId(f"{time}_{number}"), time=time, modified=time, **fields)
            try:
                self._write(_INSERT, message)
            except sqlite3.IntegrityError:
                number += 1
            else:
                return message

    def _write(self, statement: str, values: Any) -> None:
        # Who is in which chat stays, and what a post changes in the tops of lists is told by itself.
        self._database.write(statement, values, touches=["chats"])


_INSERT = f"INSERT INTO message VALUES ({', '.join('?' * len(Message._fields))})"
# By place: a name for each value costs a post two microseconds.
_COUNT = "UPDATE chat SET message_count = message_count + 1 WHERE id = ?"
_COUNT_AS_LAST = "UPDATE chat SET message_count = message_count + 1, last_message = ? WHERE id = ?"
_MOVE_UP = "UPDATE participation SET list_order = ?, read = read + (user_id = ?) WHERE chat_id = ?"
_READ = "UPDATE participation SET read = read + 1 WHERE chat_id = ? AND user_id = ?"

UNLISTED = frozenset({"channel", "thread"})
"""The types of chats that no list of a person's chats shows."""
