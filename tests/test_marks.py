"""A database in memory and its way back: what a reset builds upon, where HTTP cannot show it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mockcliq.store.database import Database
from mockcliq.store.database_file import open_database


@pytest.fixture
def database() -> Database:
    """One that holds a row, and is marked."""
    database = Database.private()
    with database.first_filling():
        database.connection.execute("INSERT INTO property VALUES ('kept', '1')")
    database.mark()
    return database


def names(database: Database) -> list[str]:
    """What it holds."""
    return [name for (name,) in database.connection.execute("SELECT name FROM property ORDER BY name")]


def add(database: Database, *names: str) -> None:
    """Write, all or nothing."""
    with database.transaction():
        for name in names:
            database.connection.execute("INSERT INTO property VALUES (?, '1')", (name,))


def test_it_goes_back_once_and_again_when_it_is_marked_again(database: Database) -> None:
    for _ in range(2):
        add(database, "new")
        assert database.go_back()
        assert names(database) == ["kept"]
        assert not database.go_back()
        database.mark()


def test_what_fails_in_the_middle_is_undone_and_what_was_written_before_stays(database: Database) -> None:
    add(database, "before")
    with pytest.raises(sqlite3.IntegrityError):
        add(database, "half", "kept")
    assert names(database) == ["before", "kept"]
    assert database.go_back()
    assert names(database) == ["kept"]


def test_of_transactions_in_one_another_the_inner_alone_can_fail(database: Database) -> None:
    with database.transaction():
        add(database, "outer")
        with pytest.raises(sqlite3.IntegrityError):
            add(database, "inner", "kept")
    assert names(database) == ["kept", "outer"]


def test_a_copy_has_what_was_written_since_and_costs_the_mark(database: Database) -> None:
    add(database, "new")
    assert names(database.copy()) == ["kept", "new"]
    assert not database.go_back()
    assert names(database) == ["kept", "new"]


def test_whoever_takes_over_another_has_no_way_back_to_what_was_before(database: Database) -> None:
    other = database.copy()
    add(other, "other")
    database.mark()
    database.become(other)
    assert not database.go_back()
    assert names(database) == ["kept", "other"]


@pytest.mark.parametrize("happening", ["go_back", "become"])
def test_what_is_remembered_of_it_is_stale_after_it_took_over_or_went_back(database: Database, happening: str) -> None:
    other = database.copy()
    database.mark()
    add(database, "new")
    before = database.changes()
    if happening == "go_back":
        assert database.go_back()
    else:
        database.become(other)
    assert database.changes() > before


def test_where_memory_gives_out_the_mark_is_reached_and_gone(database: Database) -> None:
    """SQLite undoes all of the transaction: whoever wants to go back has to take another way."""
    (pages,) = database.connection.execute("PRAGMA page_count").fetchone()
    database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError):
        add(database, *(f"{number:0100}" for number in range(1000)))
    assert names(database) == ["kept"]
    assert not database.go_back()


def test_a_file_keeps_each_change_as_it_is_made(tmp_path: Path) -> None:
    file = tmp_path / "cliq.db"
    database = open_database(file)
    with database.first_filling():
        add(database, "first")
    database.mark()
    add(database, "second")
    assert not database.go_back()
    database.close()
    assert names(open_database(file)) == ["first", "second"]
