"""The messages of chats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from operator import attrgetter
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId
from mockcliq.store.database import Repository
from mockcliq.store.table import ChatTable, written


class Message(NamedTuple):
    """A message; ``sender_name`` is what its sender was called then, ``modified`` its last change."""

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
            )

    def dump(self) -> dict[str, Any]:
        return written(
            id=self.id,
            sender=self.sender_id,
            text=self.text,
            time=self.time,
            sender_name=self.sender_name,
            modified=self.modified,
            type=self.type,
            highlight=self.highlight,
            bot=None if self.bot_name is None else {"name": self.bot_name, "image_url": self.bot_image_url},
        )


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


class Messages(Repository):
    def of(self, chat: ChatId, limit: int | None = None) -> list[Message]:
        """What was written in a chat, all or the latest so many, the oldest first."""
        # SQLite takes a limit of -1 for none.
        latest = "WHERE chat_id = ? ORDER BY time DESC, length(id) DESC, id DESC LIMIT ?"
        rows = MESSAGES.select(self._connection, latest, (chat, -1 if limit is None else limit))
        return list(rows)[::-1]

    def has(self, chat: ChatId, message: MessageId) -> bool:
        return self._has("message WHERE chat_id = :chat AND id = :message", chat=chat, message=message)

    def add(self, chat: ChatId, sender: UserId, text: str, time: EpochMs) -> Message:
        """Write a message; the newest of a chat moves it up in its people's lists."""
        with self._database.transaction():
            (name,) = self._connection.execute("SELECT name FROM user WHERE id = ?", (sender,)).fetchone()
            message = Message(chat, self._free_id(chat, time), sender, name, text, time, time)
            MESSAGES.insert(self._connection, [message])
            newest, kind = self._connection.execute(
                "SELECT message.time, chat.type FROM chat"
                " LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message WHERE chat.id = ?",
                (chat,),
            ).fetchone()
            if newest is None or newest <= time:
                self._connection.execute("UPDATE chat SET last_message = ? WHERE id = ?", (message.id, chat))
                if kind != "channel":
                    self._connection.execute("UPDATE participation SET list_order = ? WHERE chat_id = ?", (time, chat))
        return message

    def _free_id(self, chat: ChatId, time: EpochMs) -> MessageId:
        (written,) = self._connection.execute("SELECT count(*) FROM message WHERE chat_id = ?", (chat,)).fetchone()
        ids = (MessageId(f"{time}_{number}") for number in count(written + 1))
        return next(each for each in ids if not self.has(chat, each))
