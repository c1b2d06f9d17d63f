"""What disks and files do to a database, in a user's words."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mockcliq.contract.quoting import cause_of


class DatabaseUnusable(Exception):
    """A database file that cannot be served, for the reason in the message. The file is as it was."""


class DatabaseLost(sqlite3.Error):
    """An open database that is not touched any more, for the reason in the message."""


class Trouble(NamedTuple):
    """What went wrong, and whether only writing does."""

    words: str
    is_of_writing: bool = False


_TROUBLES: dict[int, tuple[str, Trouble]] = {
    sqlite3.SQLITE_BUSY: ("database is locked", Trouble("it is in use by another process")),
    sqlite3.SQLITE_READONLY: (
        "attempt to write a readonly database",
        Trouble("it is read-only", is_of_writing=True),
    ),
    sqlite3.SQLITE_FULL: ("database or disk is full", Trouble("the disk is full", is_of_writing=True)),
    sqlite3.SQLITE_NOTADB: ("file is not a database", Trouble("it is corrupt, or no SQLite database")),
    sqlite3.SQLITE_CORRUPT: ("database disk image is malformed", Trouble("it is corrupt")),
    sqlite3.SQLITE_CANTOPEN: (
        "unable to open database file",
        Trouble("it cannot be opened: check the directory and its permissions, and the limit on open files"),
    ),
    sqlite3.SQLITE_IOERR: (
        "disk I/O error",
        Trouble(
            "the disk cannot be written: it fails, or a quota or a limit of files' sizes is reached",
            is_of_writing=True,
        ),
    ),
}
"""By SQLite's primary result code: its own words, and ours."""

_READING = Trouble("the disk cannot be read, or the file was cut short")
_OF_READING = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_FSTAT})

_OF_FILES = {
    errno.ENOSPC: True,
    errno.EDQUOT: True,
    errno.EFBIG: True,
    errno.EROFS: True,
    errno.EIO: False,
    errno.EMFILE: False,
    errno.ENFILE: False,
}
"""The system's errors that are a disk's or a limit's, and whether they are of writing."""


def trouble(error: BaseException) -> Trouble | None:
    """What a disk, a file or a limit did to cause the error; None where it is another kind of error."""
    if isinstance(error, (DatabaseLost, DatabaseUnusable)):
        return Trouble(str(error))
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code in _OF_READING:
            return _READING
        for primary, (words, found) in _TROUBLES.items():
            if words == str(error) if code is None else primary == code & 0xFF:
                return found
    if isinstance(error, OSError) and error.errno in _OF_FILES:
        return Trouble(str(error.strerror).lower(), _OF_FILES[error.errno])
    return None


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """What SQLite, the file system and the world's own rows complain of, in a user's words."""
    try:
        yield
    except sqlite3.Error as error:
        found = trouble(error)
        raise DatabaseUnusable(f"{path}: {f'it is corrupt: {error}' if found is None else found.words}") from error
    except OSError as error:
        raise DatabaseUnusable(f"{path}: {cause_of(error)}") from error
