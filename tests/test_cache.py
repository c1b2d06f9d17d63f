"""What a write drops of what is cached: what it says that it touches, and everything where it says nothing."""

from __future__ import annotations

import pytest

from mockcliq.store.cache import Cache
from mockcliq.store.database import Cached, Database

WRITE = "INSERT OR REPLACE INTO property VALUES ('one', '1')"


class Caches:
    """One of each list, and one that names none; each holds a value."""

    def __init__(self, database: Database) -> None:
        self._caches: dict[str, Cache[object]] = {
            "chats": Cache(database, 10, of="chats"),
            "members": Cache(database, 10, of="members"),
            "any": Cache(database, 10),
        }
        self.dropped()

    def dropped(self) -> set[str]:
        """Which have lost their value since; each has one again."""
        fresh = object()
        return {name for name, cache in self._caches.items() if cache.get_or_make("key", lambda: fresh) is fresh}


@pytest.fixture
def database() -> Database:
    database = Database.private()
    with database.first_filling():
        pass
    return database


@pytest.fixture
def caches(database: Database) -> Caches:
    return Caches(database)


@pytest.mark.parametrize(
    ("touches", "dropped"),
    [
        ((), set()),
        (["chats"], {"chats", "any"}),
        (["members"], {"members", "any"}),
        (["chats", "members"], {"chats", "members", "any"}),
    ],
)
def test_a_write_that_says_what_it_touches_drops_that_alone(
    database: Database, caches: Caches, touches: list[Cached], dropped: set[str]
) -> None:
    for _ in range(2):
        database.write(WRITE, touches=touches)
        assert caches.dropped() == dropped
        assert caches.dropped() == set()


def test_a_write_that_says_nothing_drops_everything(database: Database, caches: Caches) -> None:
    database.connection.execute(WRITE)
    assert caches.dropped() == {"chats", "members", "any"}


def test_one_that_says_nothing_drops_everything_among_others_that_do(database: Database, caches: Caches) -> None:
    """However the counts add up: between two reads, some say what they touch, and one forgets."""
    for touches in ((), ("chats",), ()):
        database.write(WRITE, touches=touches)
        database.connection.execute(WRITE)
        database.write(WRITE, touches=touches)
        assert caches.dropped() == {"chats", "members", "any"}


def test_a_write_that_changes_no_row_drops_nothing(database: Database, caches: Caches) -> None:
    database.connection.execute("DELETE FROM property WHERE name = 'nobody'")
    database.write("DELETE FROM property WHERE name = 'nobody'", touches=["chats"])
    assert caches.dropped() == set()


def test_every_row_counts_for_the_version_whatever_its_write_says(database: Database) -> None:
    versions = [database.version]
    for _ in range(2):
        database.write(WRITE, touches=())
        versions.append(database.version)
        database.connection.execute(WRITE)
        versions.append(database.version)
    assert versions == sorted(set(versions))


def test_a_way_back_and_a_takeover_drop_everything(database: Database, caches: Caches) -> None:
    other = database.copy()
    database.mark()
    database.write(WRITE, touches=())
    assert database.go_back()
    assert caches.dropped() == {"chats", "members", "any"}
    database.become(other)
    assert caches.dropped() == {"chats", "members", "any"}
