"""Fills an empty database from a blueprint, in batches: chats stream through."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext

from mockcliq.contract.document import Blueprint, Chat
from mockcliq.contract.ids import ChatId, UserId
from mockcliq.store.bots import Bot
from mockcliq.store.channels import tell_apart
from mockcliq.store.multiply import multiply, waiting
from mockcliq.store.tables import CHAT_TABLES, WORLD_TABLES

_BATCH = 20_000
"""Chats and messages written at a time; large enough for SQLite, small enough for a progress bar."""


def load(
    connection: sqlite3.Connection, blueprint: Blueprint, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Write everything that a world starts with into empty tables; ``progress`` is told how many more chats are in."""
    names = {user.id: user.name for user in blueprint.users}
    names.update((bot.id, bot.name) for bot in map(Bot.load, blueprint.bots))
    for table in WORLD_TABLES:
        table.insert(connection, map(table.row.load, getattr(blueprint, table.field)))
    more = blueprint.repetition
    models: deque[ChatId] = deque(maxlen=more.models if more else 0)
    with waiting(connection) if more else nullcontext():
        for batch in _batches(blueprint.chats):
            load_chats(connection, batch, names)
            models.extend(chat.id for chat in batch)
            progress(len(batch))
        if more:
            multiply(connection, list(models), more.rounds, progress)
    tell_apart(connection)


def load_chats(connection: sqlite3.Connection, chats: Sequence[Chat], names: Mapping[UserId, str]) -> None:
    """Write chats with all that is in them; ``names`` are the senders', for messages that do not say."""
    for table in CHAT_TABLES:
        table.insert(connection, (row for chat in chats for row in table.row.load(chat, names)))


def _batches(chats: Iterable[Chat]) -> Iterator[list[Chat]]:
    batch: list[Chat] = []
    size = 0
    for chat in chats:
        batch.append(chat)
        size += 1 + len(chat.messages)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
