"""Files that older versions left: each becomes one of the present with all that is in it, or stays what it is.

`fixtures/databases` has a file of each version, in SQL; the newest is the present one.
"""

from __future__ import annotations

import random
import re
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcliq.store.upgrades import SCHEMA_VERSION
from tests.processes import ROOT, SERVE, Start

VERSIONS = range(1, SCHEMA_VERSION + 1)
OLDER = range(1, SCHEMA_VERSION)


def write(file: Path, version: int, spoil: str = "") -> None:
    """Make a file as that version left it, in the mode that servers left theirs in."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript((ROOT / f"fixtures/databases/version-{version}.sql").read_text() + spoil)


def structure(file: Path) -> dict[str, Any]:
    """A file's tables and indexes, however their SQL is written: a column's name, type, whether it may be NULL, key."""
    with closing(sqlite3.connect(file)) as database:
        kinds = database.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
        tables = [name for kind, name, _ in kinds if kind == "table"]
        return {
            **{name: " ".join(sql.split()) for kind, name, sql in kinds if kind == "index"},
            **{name: database.execute("SELECT * FROM pragma_table_info(?)", (name,)).fetchall() for name in tables},
            **{f"{name}, stored": stored(database, name) for name in tables},
        }


def stored(database: sqlite3.Connection, table: str) -> Any:
    """Whether a table has rowids, and what is unique in it."""
    unique = database.execute(
        "SELECT origin, info.name FROM pragma_index_list(?) AS list, pragma_index_info(list.name) AS info", (table,)
    )
    (no_rowid,) = database.execute("SELECT wr FROM pragma_table_list WHERE name = ?", (table,)).fetchone()
    return no_rowid, sorted(row for row in unique if row[0] != "c")


def rows(file: Path) -> dict[str, set[tuple[tuple[str, object], ...]]]:
    """All that is in a file: each row as its columns and values."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        tables = [
            name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        ]
        return {name: {tuple(dict(row).items()) for row in everything(database, name)} for name in tables}


def everything(database: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    """A table's rows."""
    return database.execute(f"SELECT * FROM {table}")  # noqa: S608 - the database's own name for it


def serve_once(start: Start, file: Path) -> None:
    """Have a server open it, and leave it in order."""
    server = start(*SERVE, "--world", "empty", "--database", file)
    server.banner()
    ended = server.end_by(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")


def test_the_present_version_is_the_newest_that_was_written_down(start: Start, file: Path) -> None:
    """Who changes a table raises SCHEMA_VERSION, writes the upgrade and adds the fixture, so that no file is lost."""
    written = {int(re.sub(r"\D", "", each.name)) for each in (ROOT / "fixtures/databases").iterdir()}
    assert written == set(VERSIONS)
    serve_once(start, file)
    fixture = file.with_name("fixture.db")
    write(fixture, SCHEMA_VERSION)
    assert structure(file) == structure(fixture)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_of_any_version_becomes_a_present_one_with_all_that_is_in_it(
    start: Start, file: Path, version: int
) -> None:
    write(file, version)
    before = rows(file)
    present = file.with_name("present.db")
    write(present, SCHEMA_VERSION)
    for _ in range(2):
        serve_once(start, file)
        assert structure(file) == structure(present)
        after = rows(file)
        for table, kept in before.items():
            columns = {name for row in kept for name, _ in row}
            assert kept <= {tuple(each for each in row if each[0] in columns) for row in after[table]}, table


@pytest.mark.parametrize("version", OLDER)
def test_a_kill_9_amid_an_upgrade_leaves_a_whole_file_of_either_version(
    start: Start, tmp_path: Path, version: int
) -> None:
    """At moments that follow from a seed, over all of a start; each file then serves what it served."""
    chance = random.Random(version)  # noqa: S311 - a test's, seeded
    whole = {}
    for each in (version, SCHEMA_VERSION):
        whole[each] = tmp_path / f"{each}.db"
        write(whole[each], version)
    began = time.monotonic()
    serve_once(start, whole[SCHEMA_VERSION])
    took_s = time.monotonic() - began
    seen = {number: (structure(each), rows(each)) for number, each in whole.items()}
    for number in range(8):
        folder = tmp_path / f"killed-{number}"
        folder.mkdir()
        file = folder / "cliq.db"
        write(file, version)
        server = start(*SERVE, "--database", file)
        time.sleep(chance.uniform(0, took_s))
        server.kill()
        shutil.copytree(folder, tmp_path / f"copy-{number}")
        copy = tmp_path / f"copy-{number}" / "cliq.db"
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            (found,) = database.execute("PRAGMA user_version").fetchone()
        assert (structure(copy), rows(copy)) == seen[found]
        serve_once(start, file)
        assert (structure(file), rows(file)) == seen[SCHEMA_VERSION]


def test_a_file_of_version_1_goes_on_where_it_was_left(start: Start, file: Path) -> None:
    """It gets what came since, the client and the refresh token, and is one of the present from then on."""
    write(file, 1)
    for _ in range(2):
        server = start(*SERVE, "--database", file)
        with server.http() as http:
            assert names(http) == ["Nine"]
            assert http.post("/api/v2/chats/9/mute").status_code == 429
            assert http.post("/api/v2/chats/9/unmute").status_code == 204
            minted = {"Authorization": "Bearer 1000.mockcliq.minted-1"}
            assert http.get("/api/v2/chats", headers=minted).status_code == 401
            state = http.get("/_mockcliq/state").json()
            assert state["clients"] == [
                {"client_id": "1000.MOCKCLIQ", "client_secret": "mockcliq-secret", "redirect_uris": []}
            ]
            assert [(each["token"], each["user"]) for each in state["refresh_tokens"]] == [
                ("1000.mockcliq.refresh", "1")
            ]
            assert http.get("/_mockcliq/clock").json()["now"] == "2030-03-17T17:51:40.000Z"
        server.end_by(signal.SIGKILL)
    with start(*SERVE, "--database", file).http() as http:
        assert http.post("/_mockcliq/reset").status_code == 200
        assert names(http) == []
        assert http.get("/_mockcliq/clock").json()["mode"] == "real"


def names(http: httpx.Client) -> list[str]:
    """The names of the owner's chats."""
    return [chat["name"] for chat in http.get("/api/v2/chats").json()["chats"]]


@pytest.mark.parametrize(
    "spoil",
    ["DROP TABLE participation;", "CREATE TABLE client (id TEXT);", "ALTER TABLE user RENAME COLUMN role TO position;"],
)
def test_a_file_of_version_1_that_will_not_do_stays_one(start: Start, file: Path, spoil: str) -> None:
    write(file, 1, spoil)
    before = file.read_bytes()
    ended = start(*SERVE, "--database", file).ended()
    assert (ended.code, ended.line.startswith(f"mockcliq: {file}: it is corrupt: ")) == (2, True)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_newer_version_that_only_the_log_knows_is_refused(start: Start, file: Path) -> None:
    """A newer program upgraded the file, and was killed before its log was written back."""
    write(file, SCHEMA_VERSION)
    with closing(sqlite3.connect(file)) as newer:
        newer.execute("PRAGMA user_version = 1000")
        newer.execute("ALTER TABLE user ADD COLUMN avatar VARCHAR")
        newer.commit()
        killed = file.parent.parent / "killed"
        shutil.copytree(file.parent, killed)
    assert (killed / "cliq.db-wal").stat().st_size
    (killed / "cliq.db-shm").unlink()
    ended = start(*SERVE, "--database", killed / "cliq.db").ended()
    assert ended.code == 2, ended
    assert "its schema is version 1000" in ended.line
    with closing(sqlite3.connect(killed / "cliq.db")) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (1000,)
        assert left.execute("SELECT count(avatar) FROM user").fetchone() == (0,)
