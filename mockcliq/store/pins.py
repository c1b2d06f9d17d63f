"""The pinned messages of chats, one in each at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, EpochMs, MessageId, UserId
from mockcliq.store.database import Repository, json_list
from mockcliq.store.messages import MESSAGES, Message
from mockcliq.store.table import ChatTable, written


class Pin(NamedTuple):
    """That a chat has a message pinned; ``expires`` is NULL for one that never does."""

    chat_id: ChatId
    message_id: MessageId
    creator_id: UserId
    created: EpochMs
    modified: EpochMs
    expires: EpochMs | None

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[Pin]:
        pin = chat.pin
        if pin is not None:
            yield cls(chat.id, pin.message, pin.creator, pin.created, pin.modified, pin.expires)

    def dump(self) -> dict[str, Any]:
        _, message, creator, created, modified, expires = self
        return written(message=message, creator=creator, created=created, modified=modified, expires=expires)


class PinnedMessage(NamedTuple):
    """A chat's pin, with who made it, and the message."""

    pin: Pin
    creator_name: str
    message: Message


# When a pin expires is none of the past.
PINS = ChatTable("pinned_message", Pin, key=("chat_id",), field="pin", is_list=False, kept=("expires",))

IN_FORCE = "(pin.expires IS NULL OR pin.expires > :now)"
"""Whether a pin's time is not over."""

_PINNED = f"""
    SELECT pin.*, user.name, message.*
    FROM pinned_message AS pin
    JOIN message ON message.chat_id = pin.chat_id AND message.id = pin.message_id
    JOIN user ON user.id = pin.creator_id
    WHERE pin.chat_id {{which}} AND {IN_FORCE}
"""


class Pins(Repository):
    def pin(self, chat: ChatId, message: MessageId, by: UserId, now: EpochMs, expires: EpochMs | None) -> PinnedMessage:
        """Pin a message of the chat; it takes the place of one that was pinned."""
        self._database.write(
            "INSERT OR REPLACE INTO pinned_message VALUES (?, ?, ?, ?, ?, ?)",
            Pin(chat, message, by, now, now, expires),
            touches=(),
        )
        return self._pinned("= :chats", chat, now)[chat]

    def pinned(self, chat: ChatId, now: EpochMs) -> PinnedMessage | None:
        """The pinned message, unless there is none or its time is over."""
        return self._pinned("= :chats", chat, now).get(chat)

    def pinned_in(self, chats: Sequence[ChatId], now: EpochMs) -> dict[ChatId, PinnedMessage]:
        """The pinned messages of those chats that have one now."""
        return self._pinned("IN (SELECT value FROM json_each(:chats))", json_list(chats), now)

    def unpin(self, chat: ChatId) -> None:
        self._database.write("DELETE FROM pinned_message WHERE chat_id = ?", (chat,), touches=())

    def _pinned(self, which: str, chats: str, now: EpochMs) -> dict[ChatId, PinnedMessage]:
        rows = self._connection.execute(_PINNED.format(which=which), {"chats": chats, "now": now})
        found = (PinnedMessage(PINS.take(row), next(row), MESSAGES.take(row)) for row in map(iter, rows))
        return {each.pin.chat_id: each for each in found}
