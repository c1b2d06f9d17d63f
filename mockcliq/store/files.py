"""The files that messages have: their bytes; names and types stand in the messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, MessageId, UserId
from mockcliq.store.database import Repository
from mockcliq.store.messages import file_id
from mockcliq.store.table import ChatTable


class File(NamedTuple):
    """A file of a message."""

    chat_id: ChatId
    message_id: MessageId
    id: str
    content: bytes

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[File]:
        for message in chat.messages:
            file = message.file
            if file is not None:
                yield cls(chat.id, message.id, file_id(message.id) if file.id is None else file.id, file.content)

    def dump(self) -> tuple[MessageId, bytes]:
        """The message and its file's bytes; a document has them in the message."""
        return self.message_id, self.content


FILES = ChatTable("file", File, key=("id",), field="files", is_copied=False)


class Files(Repository):
    def find(self, file: str) -> File | None:
        return next(FILES.select(self._connection, "WHERE id = ?", (file,)), None)

    def add(self, file: File) -> None:
        FILES.insert(self._connection, [file])

    def drop(self, chat: ChatId, message: MessageId) -> None:
        """Forget a message's file."""
        self._connection.execute("DELETE FROM file WHERE chat_id = ? AND message_id = ?", (chat, message))

    def size(self) -> int:
        """How many bytes all files have together."""
        (size,) = self._connection.execute("SELECT coalesce(sum(length(content)), 0) FROM file").fetchone()
        return int(size)
