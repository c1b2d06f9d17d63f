"""What the queries and writes of each noun begin with."""

from __future__ import annotations

import orjson

from mockcliq.store.database import Database


class Repository:
    """The queries and writes of one noun, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def _has(self, found: str, **values: object) -> bool:
        """Whether a query finds anything."""
        return self._connection.execute(f"SELECT 1 FROM {found}", values).fetchone() is not None


def json_list(values: object) -> str:
    """A list as a parameter, for ``SELECT value FROM json_each(?)``."""
    return orjson.dumps(values).decode()
