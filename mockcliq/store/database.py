"""A world's SQLite database: one connection, used directly on the event loop.

Private to the process by default; in a file it is in WAL mode, so that what was answered survives the process, and
locked for as long as it is open, so that no other process changes it underneath.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import randbelow
from weakref import finalize

from mockcliq.store.upgrades import SCHEMA_VERSION, UPGRADES, upgrade

_APPLICATION_ID = 0x436C6971
"""Marks a file as ours, in the header field that SQLite keeps for that: "Cliq"."""

_SCHEMA = Path(__file__).with_name("schema.sql")
"""The models of `mockcliq.store.tables` in SQL, the indexes last; `python -m tests.generated` writes it."""

_UNFILLED = 0
"""The schema version of a file that was marked as ours and no more."""

_HEADER = struct.Struct(">16s H 10x I 28x I 4x I 28x")
"""A database file's first 100 bytes: magic, page size, page count, user version (our schema's), application id."""

_LARGEST_PAGE = 65_536
"""The page size that does not fit its field, and stands there as 1."""

_MAGIC = b"SQLite format 3\x00"

_FIRST_VERSION_BELOW = 2**52
"""So that a version is an integer that JavaScript can tell from its neighbours, however much is written."""

_OF_ITS_OWN = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_WITHIN_ANOTHER = ("SAVEPOINT part", "RELEASE part", ("ROLLBACK TO part", "RELEASE part"))
"""How a transaction begins, is kept, and is undone."""

_EXPLANATIONS = {
    "database is locked": "it is in use by another process",
    "attempt to write a readonly database": "it is read-only",
    "database or disk is full": "the disk is full",
    "file is not a database": "it is corrupt, or no SQLite database",
    "database disk image is malformed": "it is corrupt",
    "unable to open database file": "it cannot be opened: check the directory and its permissions",
}


class DatabaseUnusable(Exception):
    """A database file that cannot be served, for the reason in the message. The file is as it was."""


class Database:
    """One open database. ``connection`` is in autocommit mode: a statement of its own is a transaction of its own.

    One in memory, which nothing has to survive, has a quicker way back than a copy: from `mark` on it is within a
    transaction that is never committed, and rolled back by `go_back`.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None = None, *, began_here: bool = False) -> None:
        self.connection = connection
        self.path = path
        self._began_here = began_here
        self._unlisted = 0
        self._taken_over = 0
        self._first_version = randbelow(_FIRST_VERSION_BELOW)
        # An application that is only imported, or asked without its lifespan, is never told to end.
        finalize(self, connection.close)

    @classmethod
    def private(cls) -> Database:
        """A new, empty database in memory."""
        return cls(_connect(":memory:"))

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open a database file, or begin a new one; ``is_new`` tells which.

        Raises:
            DatabaseUnusable: It is in use, read-only, corrupt, foreign, of a newer version, or cannot be made.
        """
        with explained(path):
            began_here = not path.exists()
            _check_file(path)
            connection = _connect(str(path))
            try:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                connection.execute("PRAGMA synchronous = NORMAL")
                # Nothing here is a secret that would have to be overwritten with zeros when it goes.
                connection.execute("PRAGMA secure_delete = OFF")
                connection.execute("BEGIN EXCLUSIVE")
                database = cls(connection, path, began_here=began_here)
                if database.is_new:
                    # Marked as ours before anything else is in it, so that it can be told from another program's while
                    # it is being filled, and after that was broken off.
                    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute("COMMIT")
                if not database.is_new:
                    # One transaction, so that an older file that will not do stays as it was.
                    with database.transaction():
                        # Again, by the log: a newer program may have been killed before the file had its version.
                        _check_version(path, *connection.execute("PRAGMA user_version").fetchone())
                        _check_pages(connection, path)
                        upgrade(connection)
                        _check_tables(connection, path)
                    connection.execute("PRAGMA journal_mode = WAL")
            except BaseException:
                connection.close()
                if began_here:
                    path.unlink(missing_ok=True)
                raise
        return database

    @property
    def is_new(self) -> bool:
        """Whether nothing has been written yet: no table is there."""
        (count,) = self.connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return bool(count == 0)

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
            if self.path is not None:
                self.connection.execute("PRAGMA journal_mode = WAL")
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
        self.connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        tables, index, indexes = _SCHEMA.read_text(encoding="ascii").partition("CREATE INDEX")
        self._execute_each(tables)
        yield
        # An index made of all the rows at once costs a fraction of one that grows with each.
        self._execute_each(index + indexes)

    def discard(self) -> None:
        """Close a new database that came to nothing: its file is gone again, or as empty as it was."""
        self.close()
        if self.path is not None and self._began_here:
            self.path.unlink(missing_ok=True)
        elif self.path is not None:
            self.path.write_bytes(b"")

    @property
    def changes(self) -> int:
        """Grows with every row that changes, save those that `unlisted` was told of; SQLite forgets no write."""
        return self.connection.total_changes - self._unlisted + self._taken_over

    @property
    def version(self) -> int:
        """Another number whenever it may hold something else, also than a database had that stood in its place before.

        It grows with every row that changes, with each way back and each takeover, and begins anywhere: a world of the
        same name, or a server that was started again, does not count through the same numbers.
        """
        return self._first_version + self.connection.total_changes + self._taken_over

    def unlisted(self, write: sqlite3.Cursor) -> None:
        """Take note that no list of chats or members shows what was written: what is remembered of them stays good."""
        self._unlisted += write.rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several statements as one: all of them or none, within another too."""
        begin, keep, undo = _WITHIN_ANOTHER if self.connection.in_transaction else _OF_ITS_OWN
        self.connection.execute(begin)
        try:
            yield
            self.connection.execute(keep)
        except BaseException:
            # Where it was the disk that refused, SQLite has undone it already.
            if self.connection.in_transaction:
                for statement in undo:
                    self.connection.execute(statement)
            raise

    def mark(self) -> None:
        """Let `go_back` return to what it holds now; not for a file, which keeps every change as it is made."""
        if self.path is None:
            self.connection.execute("BEGIN")

    def go_back(self) -> bool:
        """Return to what it held when it was marked, if it was, at the cost of what changed since; the mark is lost."""
        if not self.connection.in_transaction:
            return False  # nor where memory gave out: SQLite has gone back by itself
        self.connection.execute("ROLLBACK")
        self._taken_over += 1
        return True

    def copy(self) -> Database:
        """A private copy of the whole database; the mark is lost."""
        self._unmark()
        copy = Database.private()
        self.connection.backup(copy.connection)
        return copy

    def become(self, other: Database) -> None:
        """Take over another database's content, in one transaction; the mark is lost."""
        self._unmark()
        other.connection.backup(self.connection)
        self._taken_over += 1

    def _unmark(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")

    def size(self) -> int:
        """How large it is, in bytes."""
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        (page_size,) = self.connection.execute("PRAGMA page_size").fetchone()
        return int(pages) * int(page_size)

    def interrupt(self) -> None:
        """Break off a statement that is being carried out; from any thread."""
        # It may just have been closed.
        with suppress(sqlite3.ProgrammingError):
            self.connection.interrupt()

    def close(self) -> None:
        """Close it; a file's log is written back into the file."""
        self.connection.close()

    def _execute_each(self, statements: str) -> None:
        """Execute them within the transaction that was begun, which sqlite3's own way would commit."""
        for statement in statements.split(";"):
            self.connection.execute(statement)


def _connect(path: str) -> sqlite3.Connection:
    # A world is built on a worker thread and used on the loop's afterwards, never on both at once.
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256)
    # SQLite's own lower() knows no letters but ASCII's.
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    return connection


def _check_file(path: Path) -> None:
    """Refuse what need not be opened to be refused, so that it is not touched."""
    if not path.parent.is_dir():
        raise DatabaseUnusable(f"{path}: the directory {path.parent} does not exist")
    if path.is_dir():
        raise DatabaseUnusable(f"{path}: it is a directory")
    if not path.exists():
        return
    if not path.is_file():
        raise DatabaseUnusable(f"{path}: it is no regular file")
    # Root may write to any file; one that nobody was meant to write to is refused all the same.
    if not path.stat().st_mode & 0o222:
        raise DatabaseUnusable(f"{path}: it is read-only")
    with path.open("rb") as file:
        start = file.read(_HEADER.size)
    if start:
        _check_header(path, start)


def _check_header(path: Path, start: bytes) -> None:
    """Refuse what the beginning of the file tells to be none of ours."""
    if len(start) < _HEADER.size or not start.startswith(_MAGIC):
        raise DatabaseUnusable(f"{path}: {_EXPLANATIONS['file is not a database']}")
    _, page_size, page_count, version, application_id = _HEADER.unpack(start)
    if application_id != _APPLICATION_ID:
        raise DatabaseUnusable(f"{path}: it is a database of another program")
    size, page_size = path.stat().st_size, _LARGEST_PAGE if page_size == 1 else page_size
    # What a kill left half written stands in the log, where SQLite finds it.
    if not _has_log(path) and (size % page_size or size < page_count * page_size):
        raise DatabaseUnusable(f"{path}: it is corrupt: its end is missing")
    _check_version(path, version)


def _check_version(path: Path, version: int) -> None:
    if version not in (_UNFILLED, *UPGRADES, SCHEMA_VERSION):
        raise DatabaseUnusable(
            f"{path}: its schema is version {version}, this program reads versions {min(UPGRADES)} to {SCHEMA_VERSION};"
            f" serve it with a newer MockCliq, or name another file"
        )


def _has_log(path: Path) -> bool:
    return any(path.with_name(f"{path.name}{suffix}").exists() for suffix in ("-wal", "-journal"))


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DatabaseUnusable(f"{path}: it is corrupt: {' '.join(verdict.split())}")


def _check_tables(connection: sqlite3.Connection, path: Path) -> None:
    from mockcliq.store.tables import flaw  # noqa: PLC0415 - brings SQLAlchemy, which a new world does without

    found = flaw(connection)
    if found is not None:
        raise DatabaseUnusable(f"{path}: it is corrupt: {found}")


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """What SQLite, the file system and the world's own rows complain of, in a user's words."""
    try:
        yield
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{path}: {_EXPLANATIONS.get(str(error), f'it is corrupt: {error}')}") from error
    except OSError as error:
        raise DatabaseUnusable(f"{path}: {str(error.strerror or error).lower()}") from error
