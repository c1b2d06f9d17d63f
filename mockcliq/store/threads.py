"""Threads: chats that a message of a channel began; their participants are who follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId
from mockcliq.store.cache import Cache
from mockcliq.store.chats import CHATS, Chat
from mockcliq.store.database import Database, Repository
from mockcliq.store.members import PARTICIPATIONS, Member, Members, Participation
from mockcliq.store.messages import MESSAGES, Message
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


class ThreadInFull(NamedTuple):
    """A thread as one person sees it; ``own`` is None for who does not follow it."""

    thread: Thread
    chat: Chat
    own: Participation | None
    last_message: Message | None
    main_message: Message
    parent_name: str
    row: int
    """Its place among threads of one moment."""


class BegunThread(NamedTuple):
    """A thread as the message shows it that began it; ``messages`` is their number."""

    message_id: MessageId
    chat_id: ChatId
    messages: int


_IN_FULL = """
    SELECT thread.*, chat.*, own.*, message.*, main.*, parent.name, thread.rowid
    FROM thread JOIN chat ON chat.id = thread.chat_id JOIN chat AS parent ON parent.id = thread.parent_id
    JOIN message AS main ON main.chat_id = thread.parent_id AND main.id = thread.message_id
    LEFT JOIN participation AS own ON own.chat_id = chat.id AND own.user_id = :user
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
"""
_LISTED = """
    WHERE thread.parent_id = :parent
    AND (:followed IS NULL OR (own.user_id IS NOT NULL) = :followed)
    AND (:closed IS NULL OR thread.closed = :closed)
    AND (:since IS NULL OR max(chat.modified, coalesce(message.time, chat.modified)) >= :since)
    AND (:last IS NULL OR (chat.created, thread.rowid) < (:last, :last_row))
    ORDER BY chat.created DESC, thread.rowid DESC LIMIT :limit
"""
_NONFOLLOWERS = """
    SELECT user.id, user.email, user.name
    FROM participation JOIN user ON user.id = participation.user_id
    WHERE participation.chat_id = ?
    AND participation.user_id NOT IN (SELECT user_id FROM participation WHERE chat_id = ?)
    ORDER BY participation.joined
"""


_REMEMBERED = 4096


class Threads(Repository):
    def __init__(self, database: Database, members: Members) -> None:
        super().__init__(database)
        self._members = members
        self._known: Cache[Thread | None] = Cache(database, _REMEMBERED, of="members")

    def find(self, chat: ChatId) -> Thread | None:
        """The thread that a chat is; None for another chat. Every post to a channel asks, and changes none."""
        return self._known.get_or_make(
            chat, lambda: next(THREADS.select(self._connection, "WHERE chat_id = ?", (chat,)), None)
        )

    def of_message(self, chat: ChatId, message: MessageId) -> ChatId | None:
        """The thread that a message of a channel began; None where there is none."""
        found = next(THREADS.select(self._connection, "WHERE parent_id = ? AND message_id = ?", (chat, message)), None)
        return None if found is None else found.chat_id

    def of_chat(self, chat: ChatId) -> list[ChatId]:
        """The threads that messages of a chat began."""
        return [thread.chat_id for thread in THREADS.select(self._connection, "WHERE parent_id = ?", (chat,))]

    def begun_in(self, chat: ChatId) -> list[BegunThread]:
        """The threads of a chat, by the messages that began them."""
        rows = self._connection.execute(
            "SELECT thread.message_id, chat.id, chat.message_count FROM thread JOIN chat ON chat.id = thread.chat_id"
            " WHERE thread.parent_id = ?",
            (chat,),
        )
        return [BegunThread(*row) for row in rows]

    def in_full(self, thread: ChatId, user: UserId) -> ThreadInFull:
        """One thread, which there is, as a person sees it."""
        return self._found(f"{_IN_FULL} WHERE thread.chat_id = :thread", thread=thread, user=user)[0]

    def listed(  # noqa: PLR0913 - a page of a list, by keywords
        self,
        parent: ChatId,
        user: UserId,
        *,
        followed: bool | None,
        closed: bool | None,
        after: tuple[int | None, int | None],
        since: EpochMs | None,
        limit: int,
    ) -> list[ThreadInFull]:
        """A page of a chat's threads, the latest first.

        Args:
            parent: The chat.
            user: Who asks.
            followed: Whether that person follows them; None for all.
            closed: Whether they are closed; None for all.
            after: When the last one on the page before was begun, and its row; None for the first page.
            since: Only those where something happened at this time or later; None for all.
            limit: How many at most.
        """
        values = {"followed": followed, "closed": closed, "since": since, "limit": limit}
        page = {"last": after[0], "last_row": after[1]}
        return self._found(_IN_FULL + _LISTED, parent=parent, user=user, **values, **page)

    def nonfollowers(self, thread: Thread) -> list[Member]:
        """The people of the chat who do not follow the thread."""
        rows = self._connection.execute(_NONFOLLOWERS, (thread.parent_id, thread.chat_id))
        return [Member(*row) for row in rows]

    def follow(self, thread: ChatId, users: Iterable[UserId]) -> None:
        with self._database.transaction():
            for user in users:
                if not self._members.has(thread, user):
                    self._members.add(thread, user)

    def unfollow(self, thread: ChatId, users: Iterable[UserId]) -> None:
        with self._database.transaction():
            for user in users:
                self._members.leave(thread, user)

    def set_closed(self, thread: ChatId, now: EpochMs, *, closed: bool) -> None:
        with self._database.transaction():
            changed = "UPDATE thread SET closed = ? WHERE chat_id = ? AND closed <> ?"
            if self._connection.execute(changed, (closed, thread, closed)).rowcount:
                self._connection.execute("UPDATE chat SET modified = ? WHERE id = ?", (now, thread))

    def _found(self, query: str, **values: object) -> list[ThreadInFull]:
        return [
            ThreadInFull(
                THREADS.take(row),
                CHATS.take(row),
                PARTICIPATIONS.take_if_there(row),
                MESSAGES.take_if_there(row),
                MESSAGES.take(row),
                next(row),
                next(row),
            )
            for row in map(iter, self._connection.execute(query, values))
        ]
