"""Writes a world down again: the inverse of `mockcliq.store.load`, in the format of a world file."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from mockcliq.contract.ids import ChatId, MessageId
from mockcliq.store.files import FILES, contents
from mockcliq.store.messages import leave_out_current_names
from mockcliq.store.table import ChatTable
from mockcliq.store.tables import CHAT_TABLES, WORLD_TABLES

_LEFT_OUT_IF_EMPTY = frozenset({"bots", "statuses", "retired"})


def dump(connection: sqlite3.Connection, largest_file: int, all_files: int) -> dict[str, Any]:
    """The users, tokens, clients and chats, as a world file lists them.

    Fields that say nothing are left out, and those in which a load would put the same: a document does not grow on its
    way through a world.

    A file of more bytes than ``largest_file``, or beyond ``all_files`` together, is there without its content, and
    listed.
    """
    fields = {table.field: _by_chat(connection, table) for table in CHAT_TABLES if table is not FILES}
    chats = fields.pop("chats")
    left_out = _put_files(fields["messages"], contents(connection, largest_file, all_files))
    _put_roles(fields)
    _leave_out_if_read(fields)
    leave_out_current_names(fields["messages"], connection)
    lists = {table.field: [row.dump() for row in table.select(connection, "ORDER BY rowid")] for table in WORLD_TABLES}
    return {
        **{field: rows for field, rows in lists.items() if rows or field not in _LEFT_OUT_IF_EMPTY},
        "chats": [
            {**chat, **{field: values[chat_id] for field, values in fields.items() if values[chat_id] is not None}}
            for chat_id, chat in chats.items()
        ],
        **({"files_left_out": left_out} if left_out else {}),
    }


def _put_files(messages: dict[str, Any], there: Mapping[tuple[ChatId, MessageId], bytes]) -> list[dict[str, str]]:
    """Put the contents of files into their messages; which ones are left out."""
    left_out = []
    for chat, written in messages.items():
        for message in written:
            if "file" not in message:
                continue
            content = there.get((ChatId(chat), message["id"]))
            if content is None:
                left_out.append({"chat": chat, "message": message["id"], "name": message["file"]["name"]})
            else:
                del message["file"]["size"]
                message["file"]["content"] = b64encode(content).decode()
    return left_out


def _put_roles(fields: dict[str, Any]) -> None:
    """Move the roles of a channel's people from the people to the channel."""
    for chat, people in fields["participants"].items():
        roles = {each["user"]: role for each in people if (role := each.pop("role")) is not None}
        if roles and fields["channel"][chat] is not None:
            fields["channel"][chat]["roles"] = roles


def _leave_out_if_read(fields: dict[str, Any]) -> None:
    """Say how many messages are read only of who has not read all."""
    for chat, people in fields["participants"].items():
        for each in people:
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
