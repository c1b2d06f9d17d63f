"""A database file that this process has open: who else may open it, what a fork means, and whether it is still there.

SQLite's own lock goes as soon as *any* descriptor of the file is closed in the process, so that reading the file would
give it up. Where the system has locks that belong to a descriptor (Linux), one of ours holds the very bytes that
SQLite locks, and SQLite is opened without locking: neither another server nor another program of SQLite's gets in.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import quote
from zlib import crc32

from mockcliq.store.database import connect
from mockcliq.store.troubles import DatabaseLost, DatabaseUnusable

_LOG = logging.getLogger("mockcliq")

_SQLITE_LOCK = (0x4000_0000, 512)
"""Where SQLite locks a file, from its pending byte on, and how many bytes."""

_LONGEST_LOG = 4 * 1024 * 1024
"""The size in bytes from which a log is written back into the file."""

_LARGEST_COMPARED = 16 * 1024 * 1024
"""The size in bytes up to which a file's content is compared, not its time alone; that takes 10 ms."""
_CHUNK = 1024 * 1024

_FORKED = "it was opened before a fork; open it in the child: make the application there (gunicorn: no --preload)"

HEADER_BYTES = 100
"""The length of a database file's header."""

_open: dict[tuple[int, int], OpenFile] = {}
"""The files that this process has open, by device and inode."""


class OpenFile:
    """A database file, locked for as long as it is open, and not touched by being opened.

    Attributes:
        path: As it was named.
        head: Its first bytes.
        connection: SQLite's.
        lost: Why it is not written any more, in words; None as long as it is.
        is_given_up: Whether it is not read any more, either.

    Raises:
        DatabaseUnusable: It is in use.
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost: str | None = None
        self.is_given_up = False
        self._is_done = False
        # SQLite gives names such as `:memory:` and `file:x` a meaning, and none of them is absolute.
        self._location = path.absolute()
        self._real = Path(os.path.realpath(path))
        self._log = self._real.with_name(f"{self._real.name}-wal")
        self._log_known: os.stat_result | None = None
        self._checksum: int | None = None
        self._require_not_open_here()
        self._descriptor, self._began_here = self._open()
        try:
            self._is_locked = self._lock()
            self._known = os.fstat(self._descriptor)
            self.head = os.read(self._descriptor, HEADER_BYTES)
            self.connection = self._connect()
        except BaseException:
            os.close(self._descriptor)
            raise
        if not self._is_locked:
            os.close(self._descriptor)  # now, since later it would give up SQLite's lock
        _open[self._id] = self

    @property
    def _id(self) -> tuple[int, int]:
        return self._known.st_dev, self._known.st_ino

    def settle(self) -> None:
        """Take what is there for what has to be there, after it was written by ourselves."""
        with suppress(OSError):
            self._known = os.fstat(self._descriptor) if self._is_locked else self._real.stat()
            self._checksum = self._compute_checksum()

    def check(self) -> None:
        """Look whether it is still the file that was opened, whole and with its log.

        Where it is not, that is logged, and writes are refused until it is in its place again; where it was written
        by somebody else, everything is refused for good.
        """
        if self._is_done or self.connection.in_transaction:
            return
        why, is_whole = self._fault()
        if (why is None) != (self.lost is None) or not is_whole:
            self._lose(why, is_whole=is_whole)

    @property
    def has_long_log(self) -> bool:
        """Whether the log is so long, as of the last check, that it is time to write it back."""
        return self.lost is None and self._log_known is not None and self._log_known.st_size >= _LONGEST_LOG

    def write_back_log(self) -> None:
        """Write the log back into the file; it waits for the disk."""
        self._write_back("TRUNCATE")

    def close(self) -> None:
        """Close it; the log is written back into the file."""
        self.check()
        if self._is_done:
            return
        if self._is_in_place():
            self.connection.close()
        self._release()

    def discard(self) -> None:
        """Close one that came to nothing: it is gone again, or as empty as it was."""
        if self._is_done:
            return
        self.connection.close()
        if self._is_in_place():
            if self._began_here:
                self._real.unlink()
            else:
                os.truncate(self._real, 0)
        self._release()

    def leave(self) -> None:
        """Close one that is not served after all: it is as it was."""
        if self._began_here:
            self.discard()
        else:
            self.connection.close()
            self._release()

    def leave_to_parent(self) -> None:
        """Let it alone in a forked child, without a call of SQLite, whose mutexes another thread may have held."""
        self._abandon(_FORKED)

    def _require_not_open_here(self) -> None:
        with suppress(OSError):
            found = self._location.stat()
            if (found.st_dev, found.st_ino) in _open:
                raise DatabaseUnusable(f"{self.path}: it is in use by this process")

    def _open(self) -> tuple[int, bool]:
        """Open it, and tell whether it was made by that."""
        flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
        with suppress(FileExistsError):
            return os.open(self._real, flags | os.O_CREAT | os.O_EXCL, 0o644), True
        return os.open(self._real, flags), False

    def _lock(self) -> bool:
        """Lock it by the descriptor; tells whether the system and the file's disk have such locks."""
        if sys.platform != "linux":
            return False
        import fcntl  # noqa: PLC0415 - not everywhere

        try:
            fcntl.fcntl(
                self._descriptor,
                fcntl.F_OFD_SETLK,
                struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, *_SQLITE_LOCK, 0),
            )
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                return False  # an odd file system; SQLite's own lock is left
            raise DatabaseUnusable(f"{self.path}: it is in use by another process") from error
        with suppress(OSError):
            if os.path.samestat(os.fstat(self._descriptor), self._real.stat()):
                return True
        # Who made it has just deleted it again.
        raise DatabaseUnusable(f"{self.path}: it is in use by another process")

    def _connect(self) -> sqlite3.Connection:
        if self._is_locked:
            address = f"file:{quote(os.fsencode(self._real))}?vfs=unix-none"
            connection = connect(address, uri=True, factory=_Connection)
        else:
            connection = connect(str(self._real), factory=_Connection)
        # SQLite keeps the function, and the function the connection: one that is not closed is not closed by Python
        # either, when a forked child ends or the file is another's. A close would delete the log.
        connection.create_function("itself", 0, connection.__repr__)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        # `check` writes the log back: what else writes into the file is somebody else.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        return connection

    def _fault(self) -> tuple[str | None, bool]:
        """What is wrong with it, and whether all that it held can be read nevertheless."""
        try:
            found = self._location.stat()
        except FileNotFoundError:
            return "it was deleted or moved away while it was in use", True
        except OSError as error:
            return f"it cannot be reached any more: {str(error.strerror).lower()}", True
        if not os.path.samestat(found, self._known):
            return "another file was put in its place while it was in use", True
        if not self._is_unchanged(found):
            return "another program wrote to it, or cut it short, while it was in use", False
        return self._fault_of_log()

    def _is_unchanged(self, found: os.stat_result) -> bool:
        if found.st_size != self._known.st_size:
            return False
        if found.st_mtime_ns != self._known.st_mtime_ns:
            # Its time alone may be the doing of `touch`, or of a network's file system.
            if self._checksum is None or self._checksum != self._compute_checksum():
                return False
            self._known = found
        return True

    def _compute_checksum(self) -> int | None:
        """Of all that is in the file; None where that would take long, or a close would give up SQLite's lock."""
        if not self._is_locked or os.fstat(self._descriptor).st_size > _LARGEST_COMPARED:
            return None
        checksum, offset = 0, 0
        while chunk := os.pread(self._descriptor, _CHUNK, offset):
            checksum = crc32(chunk, checksum)
            offset += len(chunk)
        return checksum

    def _fault_of_log(self) -> tuple[str | None, bool]:
        known, found = self._log_known, None
        with suppress(OSError):
            found = self._log.stat()
        if known is not None:
            if found is None or not os.path.samestat(found, known):
                return f"its log {self._log} was deleted or replaced while it was in use", True
            if found.st_size < known.st_size:
                return f"its log {self._log} was cut short while it was in use", False
        self._log_known = found
        return None, True

    def _is_in_place(self) -> bool:
        with suppress(OSError):
            return os.path.samestat(self._real.stat(), self._known)
        return False

    def _lose(self, why: str | None, *, is_whole: bool) -> None:
        if why is None:
            self.lost = None
            self.connection.execute("PRAGMA query_only = OFF")
            _LOG.warning("%s: it is in its place again, and written to", self.path)
        elif is_whole:
            self.lost = why
            self._write_back("PASSIVE")  # so that it has all that was answered, wherever it is
            self.connection.execute("PRAGMA query_only = ON")
            _LOG.error("%s: %s: every write is refused until it is back in its place", self.path, why)
        else:
            _LOG.error("%s: %s: every call is refused until the server is started again", self.path, why)
            self._abandon(why)

    def _write_back(self, how: Literal["PASSIVE", "TRUNCATE"]) -> None:
        if how == "TRUNCATE":
            self._log_known = None  # it will be short
        # What the disk refuses stays in the log.
        with suppress(sqlite3.Error):
            self.connection.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        self.settle()

    def _abandon(self, why: str) -> None:
        """Never use SQLite's connection again, nor close it; who uses it is told why."""
        self.lost, self.is_given_up = why, True

        def refuse(*_: object, **__: object) -> NoReturn:
            raise DatabaseLost(why)

        for name in ("execute", "executemany", "executescript", "cursor", "backup"):
            setattr(self.connection, name, refuse)
        for name in ("interrupt", "close"):
            setattr(self.connection, name, lambda: None)
        self._release()

    def _release(self) -> None:
        self._is_done = True
        del _open[self._id]
        if self._is_locked:
            os.close(self._descriptor)


class _Connection(sqlite3.Connection):
    """One whose methods can be replaced."""


def _leave_to_parent() -> None:
    for each in list(_open.values()):
        each.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
