"""The files that messages have: their bytes; names and types stand in the messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, MessageId, UserId, file_id
from mockcliq.store.database import Repository
from mockcliq.store.table import ChatTable, Index


class File(NamedTuple):
    """A file of a message; ``content`` is NULL where a document came without it."""

    chat_id: ChatId
    message_id: MessageId
    id: str
    content: bytes | None

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[File]:
        for message in chat.messages:
            file = message.file
            if file is not None:
                own = file_id(chat.id, message.id) if file.id is None else file.id
                yield cls(chat.id, message.id, own, file.content)

    def dump(self) -> tuple[MessageId, bytes | None]:
        """The message and its file's bytes; a document has them in the message."""
        return self.message_id, self.content


FILES = ChatTable(
    "file",
    File,
    key=("id",),
    field="files",
    is_copied=False,
    indexes=(Index("file_message", ("chat_id", "message_id")),),
)


class Files(Repository):
    def message_of(self, file: str) -> tuple[ChatId, MessageId] | None:
        """Where the message of a file is, by its chat and its id."""
        where: tuple[ChatId, MessageId] | None = self._connection.execute(
            "SELECT chat_id, message_id FROM file WHERE id = ?", (file,)
        ).fetchone()
        return where

    def content(self, file: str) -> bytes | None:
        """A file's bytes; None where a document came without them."""
        (content,) = self._connection.execute("SELECT content FROM file WHERE id = ?", (file,)).fetchone()
        return None if content is None else bytes(content)

    def add(self, file: File) -> None:
        FILES.insert(self._connection, [file])

    def drop(self, chat: ChatId, message: MessageId) -> None:
        """Forget a message's file."""
        self._connection.execute("DELETE FROM file WHERE chat_id = ? AND message_id = ?", (chat, message))

    def size(self) -> int:
        """How many bytes all files have together."""
        (size,) = self._connection.execute("SELECT coalesce(sum(length(content)), 0) FROM file").fetchone()
        return int(size)


def contents(connection: sqlite3.Connection, largest: int, all_together: int) -> dict[tuple[ChatId, MessageId], bytes]:
    """The bytes of files by chat and message, save for larger ones and those beyond so many all together."""
    found = connection.execute(
        "SELECT chat_id, message_id, content FROM file JOIN ("
        " SELECT id, sum(length(content)) OVER (ORDER BY rowid) AS total FROM file WHERE length(content) <= ?"
        ") AS small USING (id) WHERE total <= ?",
        (largest, all_together),
    )
    return {(chat, message): content for chat, message, content in found}
