"""Bots, and the chats that people have with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, UserId, bot_id
from mockcliq.store.database import Repository
from mockcliq.store.table import ChatTable, WorldTable
from mockcliq.store.users import User


class Bot(NamedTuple):
    """A bot; ``subscribers`` is a JSON list of users, NULL for all active people."""

    unique_name: str
    id: UserId
    name: str
    description: str
    image_url: str
    creator_id: UserId | None
    subscribers: str | None

    @classmethod
    def load(cls, bot: document.BotAccount) -> Bot:
        return cls(
            bot.unique_name,
            bot_id(bot.unique_name) if bot.id is None else bot.id,
            bot.name or bot.unique_name,
            bot.description,
            bot.image_url,
            bot.creator,
            None if bot.subscribers is None else orjson.dumps(bot.subscribers).decode(),
        )

    def dump(self) -> dict[str, Any]:
        said = {
            "unique_name": self.unique_name,
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "image_url": self.image_url,
            "creator": self.creator_id,
        }
        listed = {} if self.subscribers is None else {"subscribers": orjson.loads(self.subscribers)}
        return {**{name: value for name, value in said.items() if value}, **listed}

    def audience(self, people: Iterable[User]) -> list[UserId]:
        """Its subscribers: those that it names, or all active ones of these people."""
        if self.subscribers is None:
            return [person.id for person in people if person.active]
        return [UserId(user) for user in orjson.loads(self.subscribers)]


class BotChat(NamedTuple):
    """That a chat is one person's with a bot."""

    chat_id: ChatId
    bot: str

    @classmethod
    def load(cls, chat: document.Chat, _names: Mapping[UserId, str]) -> Iterator[BotChat]:
        if chat.bot is not None:
            yield cls(chat.id, chat.bot)

    def dump(self) -> str:
        return self.bot


BOTS = WorldTable(name="bot", row=Bot, key=("unique_name",), unique=("id",), field="bots")
BOT_CHATS = ChatTable("bot_chat", BotChat, key=("chat_id",), field="bot", is_list=False, is_copied=False)


class Bots(Repository):
    def find(self, unique_name: str) -> Bot | None:
        return next(BOTS.select(self._connection, "WHERE unique_name = ?", (unique_name.lower(),)), None)

    def all(self) -> list[Bot]:
        """Every bot, in the order they were made."""
        return list(BOTS.select(self._connection, "ORDER BY rowid"))

    def chat_with(self, bot: str, user: UserId) -> ChatId | None:
        """A person's chat with a bot; None where there is none."""
        found = self._connection.execute(
            "SELECT bot_chat.chat_id FROM participation AS own JOIN bot_chat ON bot_chat.chat_id = own.chat_id"
            " WHERE own.user_id = ? AND bot_chat.bot = ? AND own.list_order IS NOT NULL",
            (user, bot),
        ).fetchone()
        return None if found is None else found[0]
