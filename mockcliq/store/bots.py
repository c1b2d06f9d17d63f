"""Bots, and the chats that people have with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, UserId
from mockcliq.store.database import Repository
from mockcliq.store.table import ChatTable, WorldTable
from mockcliq.store.users import User


class Bot(NamedTuple):
    """A bot; ``subscribers`` is a JSON list of users, NULL for all active people. A removed one is not ``active``."""

    unique_name: str
    id: UserId
    name: str
    description: str
    image_url: str
    creator_id: UserId | None
    subscribers: str | None
    active: bool

    @classmethod
    def load(cls, bot: document.BotAccount) -> Bot:
        return cls(
            bot.unique_name,
            bot.own_id,
            bot.name or bot.unique_name,
            bot.description,
            bot.image_url,
            bot.creator,
            None if bot.subscribers is None else orjson.dumps(bot.subscribers).decode(),
            bot.active,
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
        removed = {} if self.active else {"active": False}
        return {**{name: value for name, value in said.items() if value}, **listed, **removed}

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
        return next(BOTS.select(self._connection, "WHERE unique_name = ? AND active", (unique_name.lower(),)), None)

    def all(self) -> list[Bot]:
        """Every bot, in the order they were made."""
        return list(BOTS.select(self._connection, "WHERE active ORDER BY rowid"))

    def names(self) -> list[str]:
        """The unique names of all of them."""
        return [bot.unique_name for bot in self.all()]

    def add(self, bot: document.BotAccount) -> None:
        """Add a bot of a name that none has; one that was removed comes back under its old id."""
        with self._database.transaction():
            self._connection.execute("DELETE FROM bot WHERE unique_name = ? AND NOT active", (bot.unique_name,))
            BOTS.insert(self._connection, [Bot.load(bot)])

    def remove(self, bot: Bot) -> None:
        """Remove a bot, from its channels too. What it said stays, and so do its chats with people."""
        with self._database.transaction():
            self._connection.execute("UPDATE bot SET active = FALSE WHERE unique_name = ?", (bot.unique_name,))
            self._connection.execute(
                "UPDATE channel SET bots = (SELECT json_group_array(value) FROM json_each(bots) WHERE value <> :bot)"
                " WHERE EXISTS (SELECT 1 FROM json_each(bots) WHERE value = :bot)",
                {"bot": bot.unique_name},
            )

    def of_chat(self, chat: ChatId) -> str | None:
        """The unique name of the bot that a chat is with; None for another chat."""
        found = next(BOT_CHATS.select(self._connection, "WHERE chat_id = ?", (chat,)), None)
        return None if found is None else found.bot

    def chat_with(self, bot: str, user: UserId) -> ChatId | None:
        """A person's chat with a bot; None where there is none."""
        found = self._connection.execute(
            "SELECT bot_chat.chat_id FROM participation AS own JOIN bot_chat ON bot_chat.chat_id = own.chat_id"
            " WHERE own.user_id = ? AND bot_chat.bot = ? AND own.list_order IS NOT NULL",
            (user, bot),
        ).fetchone()
        return None if found is None else found[0]
