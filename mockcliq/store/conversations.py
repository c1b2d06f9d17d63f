"""One person's conversations as a chat app lists them, channels among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockcliq.contract.ids import ChatId, EpochMs, UserId
from mockcliq.store.cache import Cache
from mockcliq.store.chats import CHATS, NAME_FOR_USER, Chat
from mockcliq.store.database import Database, Repository, json_list
from mockcliq.store.members import PARTICIPATIONS, Participation
from mockcliq.store.messages import MESSAGES, Message
from mockcliq.store.pins import IN_FORCE

_LISTS_REMEMBERED = 4
"""How many are kept; of 150,000 chats each takes about 10 MB."""


class Conversation(NamedTuple):
    """A chat as one person's list has it; ``name`` is a dm's other person's.

    ``channel`` and ``bot`` are unique names, ``parent`` the name of the channel that it is a thread of.
    """

    chat: Chat
    own: Participation
    last_message: Message | None
    name: str
    has_pinned_message: bool
    channel: str | None
    bot: str | None
    parent: str | None

    @property
    def unread(self) -> int:
        return self.chat.message_count - self.own.read


# Two walks, merged: along the index that has all but channels and threads, and through these, which are few.
_IDS = """
    SELECT own.chat_id, own.list_order AS newest FROM participation AS own {chat}
    WHERE own.user_id = :user AND own.list_order IS NOT NULL {filters}
    UNION ALL
    SELECT chat.id, coalesce(message.time, chat.created)
    FROM chat CROSS JOIN participation AS own ON own.chat_id = chat.id AND own.user_id = :user
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    WHERE chat.type IN ('channel', 'thread') {filters}
    ORDER BY newest DESC, 1
"""
_ROWS = f"""
    SELECT chat.*, own.*, message.*, {NAME_FOR_USER},
           EXISTS (SELECT 1 FROM pinned_message AS pin
                   WHERE pin.chat_id = chat.id AND {IN_FORCE}),
           channel.unique_name, bot_chat.bot, parent.name
    FROM json_each(:chats) AS wanted
    CROSS JOIN chat ON chat.id = wanted.value
    JOIN participation AS own ON own.chat_id = chat.id AND own.user_id = :user
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    LEFT JOIN channel ON channel.chat_id = chat.id
    LEFT JOIN bot_chat ON bot_chat.chat_id = chat.id
    LEFT JOIN thread ON thread.chat_id = chat.id LEFT JOIN chat AS parent ON parent.id = thread.parent_id
    ORDER BY wanted.key
"""
_EVERY = _IDS.format(chat="", filters="")
_SOME = _IDS.format(
    chat="JOIN chat ON chat.id = own.chat_id",
    filters=f"AND instr(casefold({NAME_FOR_USER}), :search) AND (:kind IS NULL OR chat.type = :kind)",
)


class Conversations(Repository):
    """Reads of people's own lists, whole or by name: which chats, and of a page of them what is to be seen."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._ids: Cache[list[ChatId]] = Cache(database, _LISTS_REMEMBERED, of="chats")

    def ids(self, user: UserId, search: str, kind: str | None = None) -> list[ChatId]:
        """The person's chats with this in their names, in any case, newest last message or creation first.

        With ``kind``, those of that type alone.
        """
        values = {"user": user, "search": search.casefold(), "kind": kind}
        query = _EVERY if kind is None and not search else _SOME

        def found() -> list[ChatId]:
            return [chat for chat, _ in self._connection.execute(query, values)]

        # The pages of a list are asked for one after the other.
        return self._ids.get_or_make((user, search, kind), found)

    def rows(self, user: UserId, chats: Sequence[ChatId], now: EpochMs) -> list[Conversation]:
        """What the person sees of these chats, in this order; ``now`` decides whether a pin is over."""
        values = {"user": user, "chats": json_list(chats), "now": now}
        return [
            Conversation(
                CHATS.take(row), PARTICIPATIONS.take(row), MESSAGES.take_if_there(row), next(row), bool(next(row)), *row
            )
            for row in map(iter, self._connection.execute(_ROWS, values))
        ]
