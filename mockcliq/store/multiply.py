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
from typing import Any

from mockcliq.contract.document import Round
from mockcliq.contract.ids import ChannelId, ChannelName, ChatId, EpochMs, MessageId
from mockcliq.store.table import ChatTable
from mockcliq.store.tables import CHAT_TABLES

_IN_COPY = {
    EpochMs: "{0} - :earlier",
    # Its first part is its time.
    MessageId: "(CAST({0} AS INTEGER) - :earlier) || substr({0}, instr({0}, '_'))",
    ChannelId: "substr({0}, 1, 1) || :number || substr({0}, 2 + length(:number))",
    ChannelName: "{0} || '-' || :number",
}
"""What a copy has in the columns of these types."""

_PARTS = [table for table in CHAT_TABLES if table.is_copied]
"""What a chat consists of; the rows of each are in the order of their first column, and then of their key's last."""

_AFTER_ALL_IDS = "\U0010ffff"


@contextmanager
def waiting(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written of chats meanwhile goes to temporary tables: by the same names, they hide the lasting ones.

    Within a transaction of the caller's, which takes them away with all else if it fails.
    """
    for part in _PARTS:
        connection.execute(f"CREATE TEMP TABLE {part.name} AS SELECT * FROM main.{part.name}")
    yield
    for part in _PARTS:
        connection.execute(f"DROP TABLE temp.{part.name}")


def multiply(
    connection: sqlite3.Connection, models: Sequence[ChatId], rounds: Sequence[Round], progress: Callable[[int], None]
) -> None:
    """Write the chats that wait into empty tables, and the copies of these models among them.

    ``progress`` is told how many more copies are written.
    """
    families = {family: list(ids) for family, ids in groupby(sorted(models), _family)}
    first = ""
    for ids, end in zip(families.values(), [*list(families)[1:], _AFTER_ALL_IDS], strict=True):
        for part in _PARTS:
            connection.execute(
                f"INSERT INTO main.{part.name} SELECT * FROM temp.{part.name}"
                f" WHERE {part.columns[0].name} >= ? AND {part.columns[0].name} < ? ORDER BY 1, {part.key[-1]}",
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
            f"CREATE TEMP TABLE model_{part.name} AS SELECT tail, {part.name}.*"
            f" FROM temp.{part.name} JOIN model ON chat = {part.columns[0].name} ORDER BY tail, {part.key[-1]}"
        )
    for each in rounds:
        for part in _PARTS:
            connection.execute(
                f"INSERT INTO main.{part.name} SELECT :head || tail, {_copied(part)} FROM model_{part.name}",
                {"head": f"{family}{each.head}", "number": each.head, "earlier": each.earlier_ms},
            )
        progress(len(models))
    for table in ("model", *(f"model_{part.name}" for part in _PARTS)):
        connection.execute(f"DROP TABLE temp.{table}")


def _copied(part: ChatTable[Any]) -> str:
    """What a copy has in the columns after the chat's id."""
    return ", ".join(
        _IN_COPY.get(column.type, "{0}").format(column.name) if column.name not in part.kept else column.name
        for column in part.columns[1:]
    )


def _family(chat: ChatId) -> str:
    """What an id has before its number."""
    return re.split(r"\d", chat, maxsplit=1)[0]
