"""Threads: chats that a message of a channel began; their participants are who follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, MessageId, UserId
from mockcliq.store.database import Repository
from mockcliq.store.table import ChatTable, Index, written


class Thread(NamedTuple):
    """A thread's chat, and the message that it began with, which stands in the parent chat."""

    chat_id: ChatId
    parent_id: ChatId
    message_id: MessageId
    closed: bool

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[Thread]:
        if chat.thread is not None:
            yield cls(chat.id, chat.thread.chat, chat.thread.message, chat.thread.closed)

    def dump(self) -> dict[str, Any]:
        return written(chat=self.parent_id, message=self.message_id, closed=self.closed or None)


THREADS = ChatTable(
    name="thread",
    row=Thread,
    key=("chat_id",),
    indexes=(Index("thread_parent", ("parent_id",)),),
    field="thread",
    is_list=False,
    is_copied=False,
)


class Threads(Repository):
    def find(self, chat: ChatId) -> Thread | None:
        return next(THREADS.select(self._connection, "WHERE chat_id = ?", (chat,)), None)

    def of_message(self, chat: ChatId, message: MessageId) -> ChatId | None:
        """The thread that a message of a channel began; None where there is none."""
        found = next(THREADS.select(self._connection, "WHERE parent_id = ? AND message_id = ?", (chat, message)), None)
        return None if found is None else found.chat_id
