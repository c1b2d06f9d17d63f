"""Opens a database file, and refuses one that cannot be served: it stays as it was."""

from __future__ import annotations

import os
import sqlite3
import struct
import sys
from pathlib import Path

from mockcliq.store.database import APPLICATION_ID, SCHEMA_VERSION, Database
from mockcliq.store.open_file import OpenFile
from mockcliq.store.troubles import DatabaseUnusable, explained

_HEADER = struct.Struct(">16s H 10x I 28x I 4x I 28x")
"""A database file's first 100 bytes: magic, page size, page count, user version (our schema's), application id."""

_LOGS = ("-wal", "-journal")
"""What SQLite adds to a file's name for those that belong to it."""


def open_database(path: Path) -> Database:
    """Open a database file, or begin a new one; ``is_new`` tells which.

    Raises:
        DatabaseUnusable: It is in use, read-only, corrupt, foreign, of another version, or cannot be made.
    """
    with explained(path):
        _check_folder(path)
        _check_file(path)
        file = OpenFile(path)
        try:
            if file.head:
                _check_header(path, file.head)
            connection = file.connection
            connection.execute("PRAGMA synchronous = NORMAL")
            # Nothing here is a secret that would have to be overwritten with zeros when it goes.
            connection.execute("PRAGMA secure_delete = OFF")
            connection.execute("BEGIN EXCLUSIVE")
            database = Database(connection, file)
            if database.is_new:
                # Marked as ours before it is filled: it may be left half filled.
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")
            if not database.is_new:
                # Again, by the log: another program may have been killed before the file had its version.
                _check_version(path, *connection.execute("PRAGMA user_version").fetchone())
                _check_content(connection, path)
                connection.execute("PRAGMA journal_mode = WAL")
            file.settle()
        except BaseException:
            file.leave()
            raise
    return database


def _check_folder(path: Path) -> None:
    """Refuse a file in a directory that cannot be reached or written."""
    folders = path.absolute().parents
    for each in reversed(folders):
        if not each.is_dir():
            raise DatabaseUnusable(f"{path}: the directory {path.parent} does not exist")
        if not os.access(each, os.X_OK):
            raise DatabaseUnusable(f"{path}: {_why_unwritable('the directory', each)}")
    if not os.access(folders[0], os.W_OK):
        raise DatabaseUnusable(f"{path}: {_why_unwritable('the directory', folders[0])}")


def _check_file(path: Path) -> None:
    """Refuse what need not be opened to be refused, so that it is not touched."""
    if path.is_dir():
        raise DatabaseUnusable(f"{path}: it is a directory")
    if not path.exists():
        return
    if not path.is_file():
        raise DatabaseUnusable(f"{path}: it is no regular file")
    # Root may write to any file; a read-only one is refused all the same.
    if not path.stat().st_mode & 0o222:
        raise DatabaseUnusable(f"{path}: it is read-only")
    if not os.access(path, os.R_OK | os.W_OK):
        raise DatabaseUnusable(f"{path}: {_why_unwritable('the file', path)}")
    for suffix in _LOGS:
        log = path.with_name(f"{path.name}{suffix}")
        if log.exists() and not os.access(log, os.R_OK | os.W_OK):
            raise DatabaseUnusable(f"{path}: {_why_unwritable('its log', log)}")


def _why_unwritable(what: str, path: Path) -> str:
    """Why this process may not write there, and what to do: often it is a mount of somebody else's."""
    if sys.platform == "win32":
        return f"{what} {path} cannot be written"
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"{what} {path} is on a read-only file system; mount it writable, or name another place"
    owner, own = path.stat().st_uid, os.geteuid()
    if owner == own:
        return (
            f"{what} {path} is not writable for its owner, uid {own}, as which this server runs; chmod u+rwx gives it"
        )
    return (
        f"{what} {path} belongs to uid {owner}, and this server runs as uid {own}, which may not write there;"
        f" run it as uid {owner} (in a container: --user {owner}), or give it to uid {own} (chown {own})"
    )


def _check_header(path: Path, start: bytes) -> None:
    """Refuse what the beginning of the file tells to be none of ours."""
    if len(start) < _HEADER.size or not start.startswith(b"SQLite format 3\x00"):
        raise sqlite3.DatabaseError("file is not a database")
    _, page_size, page_count, version, application_id = _HEADER.unpack(start)
    if application_id != APPLICATION_ID:
        raise DatabaseUnusable(f"{path}: it is a database of another program")
    size = path.stat().st_size
    page_size = 65_536 if page_size == 1 else page_size  # the largest does not fit its field
    # What a kill left half written stands in the log, where SQLite finds it.
    has_log = any(path.with_name(f"{path.name}{suffix}").exists() for suffix in _LOGS)
    if not has_log and (size % page_size or size < page_count * page_size):
        raise DatabaseUnusable(f"{path}: it is corrupt: its end is missing")
    _check_version(path, version)


def _check_version(path: Path, version: int) -> None:
    # A file that was marked as ours and no more has 0.
    if version not in (0, SCHEMA_VERSION):
        raise DatabaseUnusable(
            f"{path}: its schema is version {version}, this program reads version {SCHEMA_VERSION};"
            f" serve it with the MockCliq that made it, or name another file"
        )


def _check_content(connection: sqlite3.Connection, path: Path) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise DatabaseUnusable(f"{path}: it is corrupt: {' '.join(verdict.split())}")
    from mockcliq.store.models import flaw  # noqa: PLC0415 - brings SQLAlchemy, which a new world does without

    found = flaw(connection)
    if found is not None:
        raise DatabaseUnusable(f"{path}: it is corrupt: {found}")
