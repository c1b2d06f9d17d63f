"""Channels: what they have beside their chats."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import count
from typing import Any, Literal, NamedTuple

import orjson

from mockcliq.contract import document
from mockcliq.contract.ids import ChannelId, ChannelName, ChatId, EpochMs, UserId
from mockcliq.store.cache import Cache
from mockcliq.store.chats import CHATS, Chat
from mockcliq.store.database import Database, Repository, json_list
from mockcliq.store.members import MEMBER, PARTICIPATIONS, SUPER_ADMIN, Members, Participation
from mockcliq.store.messages import MESSAGES, Message, Messages, as_more
from mockcliq.store.table import ChatTable, Index
from mockcliq.store.threads import Threads

INITIALS = {"organization": "O", "team": "T", "private": "P", "external": "E"}
"""What a channel's own id begins with, by its level."""

_NOT_IN_NAME = re.compile(r"[^\w-]+")
_NUMBER = re.compile(r"\d+")


class Channel(NamedTuple):
    """A channel. ``bots`` and ``config`` are JSON: the unique names of its bots, and such settings as say something."""

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
            json_list(own.bots),
            written_config(asdict(own.config)),
        )

    def dump(self) -> dict[str, Any]:
        """As a document has it, save for the roles, which stand beside its people."""
        said = {
            "channel_id": self.channel_id,
            "unique_name": self.unique_name,
            "level": self.level,
            "description": self.description,
            "status": self.status,
            "bots": self.bot_names,
            "config": self.settings,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def bot_names(self) -> list[str]:
        names: list[str] = orjson.loads(self.bots)
        return names

    @property
    def settings(self) -> dict[str, Any]:
        """Its ``config``, read."""
        settings: dict[str, Any] = orjson.loads(self.config)
        return settings


def written_config(settings: Mapping[str, Any]) -> str:
    """A channel's settings as its column has them."""
    return orjson.dumps({name: value for name, value in settings.items() if value}).decode()


def channel_id(chat: ChatId, level: str) -> str:
    """A channel's own id: its level's initial, and the longest number in its chat's id."""
    numbers: list[str] = _NUMBER.findall(chat) or ["0"]
    return INITIALS[level] + max(numbers, key=len)


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
    UPDATE channel SET {column} = {column} || {more}
    WHERE rowid NOT IN (SELECT min(rowid) FROM channel GROUP BY {column})
"""


def tell_apart(connection: sqlite3.Connection) -> None:
    """Give channels of one unique name, or of one id, their own; the oldest keeps it."""
    for column, more in (("unique_name", "'-' || rowid"), ("channel_id", "printf('%02d', rowid)")):
        statement = _TELL_APART.format(column=column, more=more)
        while connection.execute(statement).rowcount:
            pass  # what was made may be another's, too


class ChannelInFull(NamedTuple):
    """A channel as one person sees it; ``own`` is None for who is no member."""

    channel: Channel
    chat: Chat
    own: Participation | None
    last_message: Message | None
    creator_name: str
    row: int
    """Its place among channels of one moment."""


class Filters(NamedTuple):
    """Which channels a list has; None, or nothing named, for any. Times are exclusive."""

    name: str | None = None
    status: str | None = None
    level: str | None = None
    joined: bool | None = None
    pinned: bool | None = None
    channel_ids: tuple[str, ...] = ()
    chat_ids: tuple[str, ...] = ()
    created_by: tuple[str, ...] = ()
    created_before: EpochMs | None = None
    created_after: EpochMs | None = None
    modified_before: EpochMs | None = None
    modified_after: EpochMs | None = None


_IN_FULL = """
    SELECT channel.*, chat.*, own.*, message.*, coalesce(creator.name, ''), channel.rowid
    FROM channel JOIN chat ON chat.id = channel.chat_id
    LEFT JOIN participation AS own ON own.chat_id = chat.id AND own.user_id = :user
    LEFT JOIN message ON message.chat_id = chat.id AND message.id = chat.last_message
    LEFT JOIN user AS creator ON creator.id = chat.creator_id
"""
_LISTED = """
    WHERE (channel.level = 'organization' OR own.user_id IS NOT NULL)
    AND (:name IS NULL OR instr(casefold(chat.name), :name))
    AND (:status IS NULL OR channel.status = :status)
    AND (:level IS NULL OR channel.level = :level)
    AND (:joined IS NULL OR (own.user_id IS NOT NULL) = :joined)
    AND (:pinned IS NULL OR coalesce(own.pinned, 0) = :pinned)
    AND (:channel_ids = '[]' OR channel.channel_id IN (SELECT value FROM json_each(:channel_ids)))
    AND (:chat_ids = '[]' OR chat.id IN (SELECT value FROM json_each(:chat_ids)))
    AND (:created_by = '[]' OR chat.creator_id IN (SELECT value FROM json_each(:created_by)))
    AND (:created_before IS NULL OR chat.created < :created_before)
    AND (:created_after IS NULL OR chat.created > :created_after)
    AND (:modified_before IS NULL OR chat.modified < :modified_before)
    AND (:modified_after IS NULL OR chat.modified > :modified_after)
    AND (:since IS NULL OR chat.modified >= :since)
    AND (:last IS NULL OR (chat.{column}, channel.rowid) {beyond} (:last, :last_row))
    ORDER BY chat.{column} {direction}, channel.rowid {direction} LIMIT :limit
"""
_HEIR = """
    UPDATE participation SET role = :super_admin WHERE chat_id = :chat
    AND NOT EXISTS (SELECT 1 FROM participation WHERE chat_id = :chat AND role = :super_admin)
    AND user_id = (SELECT user_id FROM participation WHERE chat_id = :chat
                   ORDER BY CASE role WHEN 'admin' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, joined LIMIT 1)
"""


_REMEMBERED = 4096


class Channels(Repository):
    """The channels. What every post asks for is cached: posts change none of it."""

    def __init__(self, database: Database, members: Members, messages: Messages, threads: Threads) -> None:
        super().__init__(database)
        self._members = members
        self._messages = messages
        self._threads = threads
        self._known: Cache[Channel | None] = Cache(database, _REMEMBERED, of="members")
        self._of_chats: Cache[Channel | None] = Cache(database, _REMEMBERED, of="members")
        self._roles: Cache[str | None] = Cache(database, _REMEMBERED, of="members")

    def role_of(self, chat: ChatId, user: UserId) -> str | None:
        """A member's role in a channel; None for who is no member."""

        def found() -> str | None:
            query = "SELECT coalesce(role, ?) FROM participation WHERE chat_id = ? AND user_id = ?"
            row = self._connection.execute(query, (MEMBER, chat, user)).fetchone()
            return None if row is None else row[0]

        return self._roles.get_or_make((chat, user), found)

    def of_chat(self, chat: ChatId) -> Channel | None:
        return self._of_chats.get_or_make(
            chat, lambda: next(CHANNELS.select(self._connection, "WHERE chat_id = ?", (chat,)), None)
        )

    def add_bot(self, channel: Channel, bot: str) -> None:
        self._set_bots(channel, [*channel.bot_names, bot])

    def find(self, channel: str) -> Channel | None:
        """The channel with that id of its own, or of its chat."""
        return next(CHANNELS.select(self._connection, "WHERE channel_id = ? OR chat_id = ?", (channel, channel)), None)

    def names(self) -> list[str]:
        """The unique names of all of them."""
        return [name for (name,) in self._connection.execute("SELECT unique_name FROM channel ORDER BY rowid")]

    def is_retired(self, key: str) -> bool:
        """Whether a channel that was deleted had that id or unique name."""
        return self._has("retired WHERE key = :key", key=key)

    def named(self, name: str) -> Channel | None:
        """The channel with that unique name, in any case and with or without a leading #."""
        own = name.removeprefix("#").lower()
        return self._known.get_or_make(
            own, lambda: next(CHANNELS.select(self._connection, "WHERE unique_name = ?", (own,)), None)
        )

    def in_full(self, chat: ChatId, user: UserId) -> ChannelInFull:
        """One channel, which there is, as a person sees it."""
        return self._found(f"{_IN_FULL} WHERE channel.chat_id = :chat", chat=chat, user=user)[0]

    def listed(  # noqa: PLR0913 - a page of a list, by keywords
        self,
        user: UserId,
        filters: Filters,
        *,
        by: Literal["created", "modified"],
        descending: bool,
        after: tuple[int | None, int | None],
        since: EpochMs | None,
        limit: int,
    ) -> list[ChannelInFull]:
        """A page of the channels that a person may see: their own, and those of the organisation.

        Args:
            user: The person.
            filters: Which.
            by: The time that orders them.
            descending: Whether the latest come first.
            after: That time and the row of the last one on the page before; None for the first page.
            since: Only those that were changed at this time or later; None for all.
            limit: How many at most.
        """
        order = {"column": by, "beyond": "<" if descending else ">", "direction": "DESC" if descending else "ASC"}
        values = {
            name: json_list(value) if isinstance(value, tuple) else value for name, value in filters._asdict().items()
        }
        page = {"last": after[0], "last_row": after[1], "since": since, "limit": limit}
        return self._found(_IN_FULL + _LISTED.format_map(order), user=user, **values, **page)

    def is_taken(self, name: str, besides: ChatId | None = None) -> bool:
        """Whether a channel has that name, or the unique name that would be made of it."""
        return self._has(
            "channel JOIN chat ON chat.id = channel.chat_id WHERE channel.chat_id IS NOT :besides"
            " AND (channel.unique_name = :unique_name OR ltrim(casefold(chat.name), '#') = :name)",
            besides=besides,
            unique_name=unique_name(name),
            name=name.casefold(),
        )

    def free_name(self, name: str, of: ChatId | None = None) -> ChannelName:
        """The unique name of a new channel, or of one with a new name; with a number where another one has it."""
        plain = unique_name(name)
        names = (ChannelName(plain if number == 1 else f"{plain}-{number}") for number in count(1))
        return next(each for each in names if not self._is_there("unique_name", each, of))

    def free_id(self, chat: ChatId, level: str) -> ChannelId:
        """The own id of a new channel."""
        plain = channel_id(chat, level)
        ids = (ChannelId(plain if number == 1 else f"{plain}{number:02d}") for number in count(1))
        return next(each for each in ids if not self.is_retired(each) and not self._is_there("channel_id", each))

    def change(self, channel: Channel, changed: Channel, now: EpochMs, name: str | None = None) -> None:
        """Give a channel other fields, and its chat another name, if one is given."""
        with self._database.transaction():
            columns = ", ".join(f"{column} = ?" for column in Channel._fields)
            values = (*changed, channel.chat_id)
            self._connection.execute(f"UPDATE channel SET {columns} WHERE chat_id = ?", values)
            self._connection.execute(
                "UPDATE chat SET name = coalesce(?, name), modified = ? WHERE id = ?", (name, now, channel.chat_id)
            )

    def let_in(self, channel: Channel, users: Iterable[UserId], by: UserId, now: EpochMs) -> None:
        """Let people into a channel; who is in it stays as they are. The first of an empty one is its super admin."""
        members = self._members
        with self._database.transaction():
            new = [user for user in dict.fromkeys(users) if not members.has(channel.chat_id, user)]
            for user in new:
                members.add(channel.chat_id, user)
            self._appoint(channel.chat_id)
            self._tell("user_added", channel, new, by, now)

    def let_go(
        self, channel: Channel, users: Iterable[UserId], by: UserId, now: EpochMs, *, silent: bool = False
    ) -> None:
        """Let people go from a channel and its threads; where no super admin is left, somebody becomes it."""
        members, threads = self._members, self._threads
        with self._database.transaction():
            gone = [user for user in dict.fromkeys(users) if members.has(channel.chat_id, user)]
            for chat in (channel.chat_id, *threads.of_chat(channel.chat_id)):
                for user in gone:
                    members.leave(chat, user)
            self._appoint(channel.chat_id)
            if not silent:
                self._tell("user_removed", channel, gone, by, now)

    def drop_bots(self, channel: Channel, bots: Iterable[str]) -> None:
        """Let bots go from a channel."""
        gone = set(bots)
        self._set_bots(channel, [name for name in channel.bot_names if name not in gone])

    def set_auto_follow(self, channel: Channel, user: UserId, *, enabled: bool) -> None:
        """Let a member follow each new thread of a channel, or no longer."""
        settings = channel.settings
        others = [each for each in settings.get("auto_follow_threads", []) if each != user]
        settings["auto_follow_threads"] = [*others, user] if enabled else others
        self._connection.execute(
            "UPDATE channel SET config = ? WHERE chat_id = ?", (written_config(settings), channel.chat_id)
        )

    def auto_followers(self, chat: ChatId) -> list[UserId]:
        """The members who follow each new thread of a channel; nobody's where the chat is none."""
        channel = self.of_chat(chat)
        wanted = [] if channel is None else channel.settings.get("auto_follow_threads", [])
        return [user for user in wanted if self.role_of(chat, user) is not None]

    def super_admins(self, chat: ChatId) -> set[UserId]:
        rows = "SELECT user_id FROM participation WHERE chat_id = ? AND role = ?"
        return {user for (user,) in self._connection.execute(rows, (chat, SUPER_ADMIN))}

    def _found(self, query: str, **values: object) -> list[ChannelInFull]:
        return [
            ChannelInFull(
                CHANNELS.take(row),
                CHATS.take(row),
                PARTICIPATIONS.take_if_there(row),
                MESSAGES.take_if_there(row),
                next(row),
                next(row),
            )
            for row in map(iter, self._connection.execute(query, values))
        ]

    def _set_bots(self, channel: Channel, bots: list[str]) -> None:
        self._connection.execute("UPDATE channel SET bots = ? WHERE chat_id = ?", (json_list(bots), channel.chat_id))

    def _is_there(self, column: str, key: str, besides: ChatId | None = None) -> bool:
        return self._has(f"channel WHERE {column} = :key AND chat_id IS NOT :besides", key=key, besides=besides)

    def _appoint(self, chat: ChatId) -> None:
        self._connection.execute(_HEIR, {"chat": chat, "super_admin": SUPER_ADMIN})

    def _tell(self, what: str, channel: Channel, users: list[UserId], by: UserId, now: EpochMs) -> None:
        """Leave a message of who came or went, unless the channel's settings say not to."""
        setting = "leave_join_info" if users == [by] else "add_remove_info"
        if users and channel.settings.get(setting) != "disable":
            info = as_more({"info": {"type": what, "users": users}})
            self._messages.add(channel.chat_id, by, "", now, type="info", more=info)
