"""Makes more chats like some that are there, inside SQLite: many times as fast as row by row.

Every row is written where its table ends, in the order of the primary keys: a place in the middle takes nearly twice as
long to find. So all chats that are told wait in temporary tables at first, and go to their own with the copies, one
family of ids after the other: those of channels begin with letters, and come last.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

from mockcliq.contract.ids import ChatId
from mockcliq.document import Round


class _Rows(NamedTuple):
    """What a chat has in one table.

    Attributes:
        table: The table.
        chat: Its column with the chat's id, which its rows are in the order of first.
        then: The column that they are in the order of then.
        copied: What a copy has in the columns after the chat's id.
    """

    table: str
    chat: str
    then: str
    copied: str


def _earlier(message_id: str) -> str:
    """The id of a message as a copy has it: its first part is its time."""
    return f"(CAST({message_id} AS INTEGER) - :earlier) || substr({message_id}, instr({message_id}, '_'))"


_PARTS = (
    _Rows(
        "chat",
        "id",
        "id",
        "type, name, creator_id, created - :earlier, modified - :earlier, participant_count,"
        f" {_earlier('last_message')}",
    ),
    _Rows("participation", "chat_id", "user_id", "user_id, joined, muted, pinned, draft, list_order - :earlier"),
    _Rows(
        "message",
        "chat_id",
        "id",
        f"{_earlier('id')}, sender_id, sender_name, text, time - :earlier, modified - :earlier,"
        " type, highlight, bot_name, bot_image_url",
    ),
    # When a pin expires is none of the past, and stays.
    _Rows(
        "pinned_message",
        "chat_id",
        "message_id",
        f"{_earlier('message_id')}, creator_id, created - :earlier, modified - :earlier, expires",
    ),
)
"""What a chat consists of; an alias is one chat's alone."""

_AFTER_ALL_IDS = "\U0010ffff"


@contextmanager
def waiting(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written of chats meanwhile goes to temporary tables: by the same names, they hide the lasting ones.

    Within a transaction of the caller's, which takes them away with all else if it fails.
    """
    for table, *_ in _PARTS:
        connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM main.{table}")
    yield
    for table, *_ in _PARTS:
        connection.execute(f"DROP TABLE temp.{table}")


def multiply(
    connection: sqlite3.Connection, models: Sequence[ChatId], rounds: Sequence[Round], progress: Callable[[int], None]
) -> None:
    """Write the chats that wait, and the copies of some of them.

    Args:
        connection: Of a database whose lasting tables have no chat.
        models: Which are copied.
        rounds: How often, and how.
        progress: Told how many more copies have been written.
    """
    families = {family: list(ids) for family, ids in groupby(sorted(models), _family)}
    first = ""
    for ids, end in zip(families.values(), [*list(families)[1:], _AFTER_ALL_IDS], strict=True):
        for part in _PARTS:
            connection.execute(
                f"INSERT INTO main.{part.table} SELECT * FROM temp.{part.table}"
                f" WHERE {part.chat} >= ? AND {part.chat} < ? ORDER BY {part.chat}, {part.then}",
                (first, end),
            )
        _copy(connection, ids, rounds, progress)
        first = end


def _copy(
    connection: sqlite3.Connection, models: Sequence[ChatId], rounds: Sequence[Round], progress: Callable[[int], None]
) -> None:
    """Write the copies of models of one family."""
    family = _family(models[0])
    kept_from = len(family) + len(rounds[0].head)
    connection.execute("CREATE TEMP TABLE model (chat VARCHAR PRIMARY KEY, tail VARCHAR)")
    connection.executemany("INSERT INTO model VALUES (?, ?)", [(model, model[kept_from:]) for model in models])
    # Once in the order in which each round reads them.
    for part in _PARTS:
        connection.execute(
            f"CREATE TEMP TABLE model_{part.table} AS SELECT tail, {part.table}.*"
            f" FROM temp.{part.table} JOIN model ON model.chat = {part.table}.{part.chat} ORDER BY tail, {part.then}"
        )
    for each in rounds:
        for part in _PARTS:
            connection.execute(
                f"INSERT INTO main.{part.table} SELECT :head || tail, {part.copied} FROM model_{part.table}",
                {"head": f"{family}{each.head}", "earlier": each.earlier_ms},
            )
        progress(len(models))
    for table in ("model", *(f"model_{part.table}" for part in _PARTS)):
        connection.execute(f"DROP TABLE temp.{table}")


def _family(chat: ChatId) -> str:
    """What an id has before its number."""
    return re.split(r"\d", chat, maxsplit=1)[0]
