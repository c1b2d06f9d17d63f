"""Writes a world down again: the inverse of `mockcliq.store.load`, in the format of a world file."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections import defaultdict
from typing import Any

from mockcliq.store.table import ChatTable
from mockcliq.store.tables import CHAT_TABLES, WORLD_TABLES

_LEFT_OUT_IF_EMPTY = frozenset({"bots", "statuses", "retired"})


def dump(connection: sqlite3.Connection) -> dict[str, Any]:
    """The users, tokens, clients and chats, as a world file lists them; fields that say nothing are left out."""
    fields = {table.field: _by_chat(connection, table) for table in CHAT_TABLES}
    chats = fields.pop("chats")
    _put_together(fields)
    lists = {table.field: [row.dump() for row in table.select(connection, "ORDER BY rowid")] for table in WORLD_TABLES}
    return {
        **{field: rows for field, rows in lists.items() if rows or field not in _LEFT_OUT_IF_EMPTY},
        "chats": [
            {**chat, **{field: values[chat_id] for field, values in fields.items() if values[chat_id] is not None}}
            for chat_id, chat in chats.items()
        ],
    }


def _put_together(fields: dict[str, Any]) -> None:
    """Move what tables have apart to where a document has it: files to messages, roles to channels."""
    contents = {(chat, message): content for chat, files in fields.pop("files").items() for message, content in files}
    for chat, messages in fields["messages"].items():
        for message in messages:
            if "file" in message:
                del message["file"]["size"]
                content = contents.get((chat, message["id"]))
                if content is not None:
                    message["file"]["content"] = b64encode(content).decode()
    for chat, people in fields["participants"].items():
        roles = {each["user"]: role for each in people if (role := each.pop("role")) is not None}
        if roles and fields["channel"][chat] is not None:
            fields["channel"][chat]["roles"] = roles
        for each in people:
            # All are read where nothing is said.
            if each["read"] >= len(fields["messages"][chat]):
                del each["read"]


def _by_chat(connection: sqlite3.Connection, table: ChatTable[Any]) -> dict[str, Any]:
    """What each chat has in the table's field."""
    rows = table.select(connection, table.order)
    if not table.is_list:
        return defaultdict(lambda: None, {row[0]: row.dump() for row in rows})
    lists: dict[str, Any] = defaultdict(list)
    for row in rows:
        lists[row[0]].append(row.dump())
    return lists
