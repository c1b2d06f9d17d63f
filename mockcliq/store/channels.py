"""Channels: what they have beside their chats."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from mockcliq.contract import document
from mockcliq.contract.ids import ChannelId, ChannelName, ChatId, UserId
from mockcliq.store.database import Repository
from mockcliq.store.members import MEMBER
from mockcliq.store.table import ChatTable, Index

_INITIALS = {"organization": "O", "team": "T", "private": "P", "external": "E"}
"""What a channel's own id begins with, by its level."""

_NOT_IN_NAME = re.compile(r"[^\w-]+")
_NUMBER = re.compile(r"\d+")


class Channel(NamedTuple):
    """A channel. ``bots`` and ``config`` are JSON: the unique names of its bots, and its settings as they were sent."""

    chat_id: ChatId
    channel_id: ChannelId
    unique_name: ChannelName
    level: str
    description: str
    status: str
    bots: str
    config: str

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[Channel]:
        if chat.type != "channel":
            return
        own = chat.channel or document.Channel()
        yield cls(
            chat.id,
            ChannelId(channel_id(chat.id, own.level) if own.channel_id is None else own.channel_id),
            ChannelName(unique_name(chat.name) if own.unique_name is None else own.unique_name),
            own.level,
            own.description,
            own.status,
            orjson.dumps(own.bots).decode(),
            orjson.dumps(own.config).decode(),
        )

    def dump(self) -> dict[str, Any]:
        """As a document has it, save for the roles, which stand beside its people."""
        said = {
            "channel_id": self.channel_id,
            "unique_name": self.unique_name,
            "level": self.level,
            "description": self.description,
            "status": self.status,
            "bots": orjson.loads(self.bots),
            "config": orjson.loads(self.config),
        }
        return {name: value for name, value in said.items() if value}

    @property
    def bot_names(self) -> list[str]:
        names: list[str] = orjson.loads(self.bots)
        return names


def channel_id(chat: ChatId, level: str) -> str:
    """A channel's own id: its level's initial, and the longest number in its chat's id."""
    numbers: list[str] = _NUMBER.findall(chat) or ["0"]
    return _INITIALS[level] + max(numbers, key=len)


def unique_name(name: str) -> str:
    """What a channel is called in paths: its name in small letters; of it letters, digits, - and _ stay."""
    return _NOT_IN_NAME.sub("", name.lower()) or "channel"


CHANNELS = ChatTable(
    name="channel",
    row=Channel,
    key=("chat_id",),
    indexes=(Index("channel_name", ("unique_name",)), Index("channel_id", ("channel_id",))),
    field="channel",
    is_list=False,
)

_TELL_APART = """
    UPDATE channel SET unique_name = unique_name || '-' || rowid
    WHERE rowid NOT IN (SELECT min(rowid) FROM channel GROUP BY unique_name)
"""


def tell_apart(connection: Any) -> None:
    """Give channels of one unique name names of their own; the oldest keeps it."""
    connection.execute(_TELL_APART)


class Channels(Repository):
    def role_of(self, chat: ChatId, user: UserId) -> str | None:
        """A member's role in a channel; None for who is no member."""
        found = self._connection.execute(
            "SELECT coalesce(role, ?) FROM participation WHERE chat_id = ? AND user_id = ?", (MEMBER, chat, user)
        ).fetchone()
        return None if found is None else found[0]

    def of_chat(self, chat: ChatId) -> Channel | None:
        return next(CHANNELS.select(self._connection, "WHERE chat_id = ?", (chat,)), None)

    def add_bot(self, channel: Channel, bot: str) -> None:
        bots = orjson.dumps([*channel.bot_names, bot]).decode()
        self._connection.execute("UPDATE channel SET bots = ? WHERE chat_id = ?", (bots, channel.chat_id))

    def find(self, channel: str) -> Channel | None:
        """The channel with that id of its own, or of its chat."""
        return next(CHANNELS.select(self._connection, "WHERE channel_id = ? OR chat_id = ?", (channel, channel)), None)

    def named(self, name: str) -> Channel | None:
        """The channel with that unique name, in any case and with or without a leading #."""
        return next(CHANNELS.select(self._connection, "WHERE unique_name = ?", (name.removeprefix("#").lower(),)), None)
