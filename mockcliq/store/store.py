"""The store of a world: its database and the words in which the rest of the program speaks to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockcliq.contract import document
from mockcliq.contract.ids import ChatId, EpochMs, UserId
from mockcliq.store.bots import Bots
from mockcliq.store.cache import Cache
from mockcliq.store.channels import Channel, Channels, tell_apart
from mockcliq.store.chats import Chats
from mockcliq.store.conversations import Conversations
from mockcliq.store.database import Database, json_list
from mockcliq.store.files import Files
from mockcliq.store.load import load_chats
from mockcliq.store.locks import Locks
from mockcliq.store.members import Members
from mockcliq.store.messages import Messages
from mockcliq.store.oauth import OAuth
from mockcliq.store.pins import Pins
from mockcliq.store.properties import Properties
from mockcliq.store.statuses import Statuses
from mockcliq.store.tables import CHAT_TABLES
from mockcliq.store.threads import Threads
from mockcliq.store.tokens import Tokens
from mockcliq.store.users import Users

_ANSWERS_REMEMBERED = 256
"""How many are kept; with the longest list of the demo world about 15 MB."""


class Store:
    """What a world keeps, by noun; ``answers`` are lists as they went over the wire."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = Users(database)
        self.tokens = Tokens(database)
        self.oauth = OAuth(database)
        self.pins = Pins(database)
        self.chats = Chats(database, self.pins)
        self.members = Members(database)
        self.messages = Messages(database, self.chats.note)
        self.threads = Threads(database, self.members)
        self.channels = Channels(database, self.members, self.messages, self.threads)
        self.bots = Bots(database)
        self.files = Files(database)
        self.statuses = Statuses(database)
        self.conversations = Conversations(database)
        self.locks = Locks(database)
        properties = Properties(database)
        self.property, self.set_property, self.count = properties.get, properties.set, properties.count
        self.answers: Cache[bytes] = Cache(database, _ANSWERS_REMEMBERED)

    def add_chat(self, chat: document.Chat) -> None:
        """Add a chat of known people, with all that is in it."""
        with self.database.transaction():
            load_chats(self.database.connection, [chat], {})
            if chat.type == "channel":
                tell_apart(self.database.connection)

    def leave(self, chat: ChatId, user: UserId, now: EpochMs) -> None:
        """Let somebody leave a chat and its threads; of a channel the others are told."""
        channel = self.channels.of_chat(chat)
        if channel is not None:
            self.channels.let_go(channel, [user], user, now)
            return
        with self.database.transaction():
            for each in (chat, *self.threads.of_chat(chat)):
                self.members.leave(each, user)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads and all that is in them; nothing new gets their ids."""
        chats = [channel.chat_id, *self.threads.of_chat(channel.chat_id)]
        connection = self.database.connection
        with self.database.transaction():
            for table in CHAT_TABLES:
                where = f"{table.columns[0].name} IN (SELECT value FROM json_each(?))"
                connection.execute(f"DELETE FROM {table.name} WHERE {where}", (json_list(chats),))
            keys = [*chats, channel.channel_id]
            connection.executemany("INSERT OR IGNORE INTO retired VALUES (?)", [(key,) for key in keys])

    def begin_chat(
        self, kind: document.ChatType, creator: UserId, people: Iterable[UserId], now: EpochMs, **fields: Any
    ) -> ChatId:
        """Begin a chat of that type; ``fields`` are a document's."""
        participants = [document.Participant(user) for user in people]
        chat = document.Chat(self.chats.free_id(kind), kind, creator, now, participants, **fields)
        self.add_chat(chat)
        return chat.id
