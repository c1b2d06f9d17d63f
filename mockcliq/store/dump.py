"""Writes a world down again: the inverse of `mockcliq.store.load`, in the format of a world file."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import Any

from mockcliq.store.table import ChatTable
from mockcliq.store.tables import CHAT_TABLES, WORLD_TABLES


def dump(connection: sqlite3.Connection) -> dict[str, Any]:
    """The users, tokens, clients and chats, as a world file lists them; fields that say nothing are left out."""
    fields = {table.field: _by_chat(connection, table) for table in CHAT_TABLES}
    chats = fields.pop("chats")
    return {
        **{table.field: [row.dump() for row in table.select(connection, "ORDER BY rowid")] for table in WORLD_TABLES},
        "chats": [
            {**chat, **{field: values[chat_id] for field, values in fields.items() if values[chat_id] is not None}}
            for chat_id, chat in chats.items()
        ],
    }


def _by_chat(connection: sqlite3.Connection, table: ChatTable[Any]) -> dict[str, Any]:
    """What each chat has in the table's field."""
    rows = table.select(connection, table.order)
    if not table.is_list:
        return defaultdict(lambda: None, {row[0]: row.dump() for row in rows})
    lists: dict[str, Any] = defaultdict(list)
    for row in rows:
        lists[row[0]].append(row.dump())
    return lists
