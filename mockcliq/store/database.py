"""A world's SQLite database: one connection, used directly on the event loop.

Private to the process by default; in a file it is in WAL mode, so that what was answered survives the process, and
locked for as long as it is open, so that no other process changes it underneath.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING, Any, Literal, get_args
from weakref import finalize

import orjson

from mockcliq.store.troubles import DatabaseLost, Trouble, explained, trouble

if TYPE_CHECKING:
    from mockcliq.store.open_file import OpenFile

APPLICATION_ID = 0x436C6971
"""Marks a file as ours, in the header field that SQLite keeps for that: "Cliq"."""

SCHEMA_VERSION = 105
"""The version of the tables. They count from 101: files of before the first release have 1 and 2."""

_SCHEMA = Path(__file__).with_name("schema.sql").read_text(encoding="ascii")
"""The models of `mockcliq.store.models` in SQL, the indexes last; `python -m tests.generated` writes it."""

_OF_ITS_OWN = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_WITHIN_ANOTHER = ("SAVEPOINT part", "RELEASE part", ("ROLLBACK TO part", "RELEASE part"))
"""How a transaction begins, is kept, and is undone."""

Cached = Literal["chats", "members", "recent"]
"""What is cached: people's lists of chats, who is in which chat, and the tops of people's lists, which posts renew."""


class Database:
    """One open database. ``connection`` is in autocommit mode: a statement of its own is a transaction of its own.

    One in memory, which nothing has to survive, has a quicker way back than a copy: from `mark` on it is within a
    transaction that is never committed, and rolled back by `go_back`.
    """

    def __init__(self, connection: sqlite3.Connection, file: OpenFile | None = None) -> None:
        self.connection = connection
        self.path = None if file is None else file.path
        self._file = file
        self._told = 0
        self._touched: dict[Cached | None, int] = dict.fromkeys((None, *get_args(Cached)), 0)
        self._taken_over = 0
        # JavaScript can tell such an integer from its neighbours, however much is written.
        self._first_version = randbelow(2**52)
        # An application that is only imported, or asked without its lifespan, is never told to end.
        finalize(self, connection.close if file is None else file.close)

    @classmethod
    def private(cls) -> Database:
        """A new, empty database in memory."""
        return cls(connect(":memory:"))

    @property
    def is_new(self) -> bool:
        """Whether nothing has been written yet: no table is there."""
        return self.connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is None

    @contextmanager
    def first_filling(self) -> Iterator[None]:
        """Create the tables of a new database, to be filled meanwhile, all or nothing.

        On a new file a rollback journal has next to nothing to keep, so that a big world is written once; the file is
        in WAL mode afterwards. If it fails, the file is gone again.

        Raises:
            DatabaseUnusable: The disk is full, or refuses otherwise.
        """
        try:
            with explained(self.path), self.transaction(), self.filling():
                yield
            if self._file is not None:
                self.connection.execute("PRAGMA journal_mode = WAL")
                self._file.settle()
        except BaseException:
            self.discard()
            raise

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Make every table anew, to be filled meanwhile, within a transaction of the caller's."""
        there = self.connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (table,) in there:
            self.connection.execute(f"DROP TABLE {table}")
        # In memory too: a file may become a copy of it.
        self.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        tables, index, indexes = _SCHEMA.partition("CREATE INDEX")
        self._execute_each(tables)
        yield
        # An index made of all the rows at once costs a fraction of one that grows with each.
        self._execute_each(index + indexes)

    def discard(self) -> None:
        """Close a new database that came to nothing: its file is gone again, or as empty as it was."""
        if self._file is None:
            self.connection.close()
        else:
            self._file.discard()

    def changes(self, of: Cached | None = None) -> int:
        """A counter for caches: it grows with each write that touches this list, or any; what bypasses `write` too."""
        return self.connection.total_changes - self._told + self._touched[of] + self._taken_over

    @property
    def version(self) -> int:
        """A number that changes with every row, each way back and each takeover.

        It begins at random: a world of the same name, or of a server that is started again, has other numbers.
        """
        return self._first_version + self.connection.total_changes + self._taken_over

    def write(self, statement: str, values: Any = (), *, touches: Sequence[Cached]) -> None:
        """Execute one statement and tell which cached lists it touches; all others stay good.

        A write by ``connection`` tells nothing, and touches them all.
        """
        written = self.connection.execute(statement, values).rowcount
        self._told += written
        if touches:
            for each in (None, *touches):
                self._touched[each] += written

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several statements as one: all of them or none, within another too."""
        begin, keep, undo = _WITHIN_ANOTHER if self.connection.in_transaction else _OF_ITS_OWN
        self.connection.execute(begin)
        try:
            yield
            self.connection.execute(keep)
        except BaseException:
            self._taken_over += 1  # what was cached of what is undone
            # Where it was the disk that refused, SQLite has undone it already.
            if self.connection.in_transaction:
                for statement in undo:
                    self.connection.execute(statement)
            raise

    def together(self) -> AbstractContextManager[None]:
        """Several statements of which the later ones cannot fail if the first one did not.

        In a file the disk can refuse any of them, so that it is a transaction. In memory only memory itself gives out,
        and then SQLite undoes all by itself; a savepoint would copy each page that they touch.
        """
        return nullcontext() if self.path is None else self.transaction()

    def mark(self) -> None:
        """Let `go_back` return to what it holds now; not for a file, which keeps every change as it is made."""
        if self.path is None:
            self.connection.execute("BEGIN")

    @property
    def is_marked(self) -> bool:
        """Whether it can `go_back`; not where memory gave out: SQLite has gone back by itself."""
        return self.connection.in_transaction

    def go_back(self) -> bool:
        """Return to what it held when it was marked, if it was, at the cost of what changed since; the mark is lost."""
        if not self.is_marked:
            return False
        self.connection.execute("ROLLBACK")
        self._taken_over += 1
        return True

    def copy(self) -> Database:
        """A private copy of the whole database; the mark is lost."""
        self._unmark()
        copy = Database.private()
        self.connection.backup(copy.connection)
        return copy

    def image(self) -> Database:
        """A private copy to read from and to `become`; the mark stays. Use `copy` for one that is written to."""
        if not self.is_marked:
            return self.copy()
        image = Database.private()
        image.connection.deserialize(self.connection.serialize())
        return image

    def become(self, other: Database) -> None:
        """Take over another database's content, in one transaction; the mark is lost."""
        self._unmark()
        other.connection.backup(self.connection)
        self._taken_over += 1

    def _unmark(self) -> None:
        if self.is_marked:
            self.connection.execute("COMMIT")

    def size(self) -> int:
        """How large it is, in bytes."""
        query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        return int(self.connection.execute(query).fetchone()[0])

    def interrupt(self) -> None:
        """Break off a statement that is being carried out; from any thread."""
        # It may just have been closed.
        with suppress(sqlite3.ProgrammingError):
            self.connection.interrupt()

    @property
    def lost(self) -> str | None:
        """Why its file is not written any more, in words; None as long as it is."""
        return None if self._file is None else self._file.lost

    def require_file(self) -> None:
        """Refuse what would be answered from a cache, where the file itself is not read any more.

        Raises:
            DatabaseLost: The file is not read any more.
        """
        if self._file is not None and self._file.is_given_up:
            raise DatabaseLost(self._file.lost)

    def check(self) -> bool:
        """Look whether its file is still there and nobody else's; to be done all the time.

        Returns:
            Whether its log is to be written back.
        """
        if self._file is None:
            return False
        self._file.check()
        return self._file.has_long_log

    def write_back_log(self) -> None:
        """Write the log back into the file; it waits for the disk, and may run on a thread."""
        if self._file is not None:
            self._file.write_back_log()

    def trouble(self, error: Exception) -> Trouble | None:
        """What the disk, its file or a limit did to cause the error; None where it is another kind of error."""
        found = trouble(error)
        if found is None:
            return None
        self.check()
        return found if self.lost is None else Trouble(self.lost)

    def close(self) -> None:
        """Close it; a file's log is written back into the file."""
        if self._file is None:
            self.connection.close()
        else:
            self._file.close()

    def _execute_each(self, statements: str) -> None:
        """Execute them within the transaction that was begun, which sqlite3's own way would commit."""
        for statement in statements.split(";"):
            self.connection.execute(statement)


class Repository:
    """The queries and writes of one noun, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.connection

    def _has(self, found: str, **values: object) -> bool:
        return self._connection.execute(f"SELECT 1 FROM {found}", values).fetchone() is not None


def json_list(values: object) -> str:
    """A list as a parameter, for ``SELECT value FROM json_each(?)``."""
    return orjson.dumps(values).decode()


def connect(
    address: str, *, uri: bool = False, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open a database in autocommit mode, for any thread."""
    # A world is built on a worker thread and used on the loop's afterwards, never on both at once.
    connection = sqlite3.connect(
        address,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
        factory=factory,
        cached_statements=256,
        uri=uri,
    )
    # SQLite's own lower() knows no letters but ASCII's.
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    return connection
