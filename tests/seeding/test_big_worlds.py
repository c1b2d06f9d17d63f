"""The demo world in the store, where most chats of a big one are made: the same laws, whatever its size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockcliq.contract.document import Chat
from mockcliq.contract.ids import UserId
from mockcliq.seeding.demo import Demo
from mockcliq.seeding.files import WorldFile, read_document
from mockcliq.settings import Settings
from mockcliq.store.chats import Chats
from mockcliq.store.database import Database
from mockcliq.store.database_file import open_database
from mockcliq.store.dump import dump
from mockcliq.store.load import load
from mockcliq.store.pins import Pins
from tests.conftest import Running, Serve, running
from tests.seeding.soundness import (
    DOCUMENTED_CHANNEL,
    LISTED,
    assert_chats_are_sound,
    people_of,
    second_in_the_list,
    user_with,
)

pytestmark = pytest.mark.slow

INCONSISTENT = {
    "counts of participants": """
        SELECT id FROM chat
        WHERE participant_count <> (SELECT count(*) FROM participation WHERE chat_id = chat.id)""",
    "last messages": """
        SELECT id FROM chat WHERE last_message IS NOT
        (SELECT message.id FROM message WHERE chat_id = chat.id ORDER BY time DESC LIMIT 1)""",
    "places in the list": """
        SELECT chat_id FROM participation JOIN chat ON chat.id = chat_id WHERE list_order IS NOT CASE
        WHEN type NOT IN ('channel', 'thread')
        THEN coalesce((SELECT max(time) FROM message WHERE chat_id = chat.id), created) END""",
    "names of senders": """
        SELECT message.id FROM message JOIN user ON user.id = sender_id WHERE sender_name <> user.name""",
    "rows of no chat": """
        SELECT chat_id FROM participation WHERE chat_id NOT IN (SELECT id FROM chat)
        UNION SELECT chat_id FROM message WHERE chat_id NOT IN (SELECT id FROM chat)
        UNION SELECT chat_id FROM pinned_message WHERE chat_id NOT IN (SELECT id FROM chat)
        UNION SELECT chat_id FROM chat_alias WHERE chat_id NOT IN (SELECT id FROM chat)""",
    "pins of no message": """
        SELECT chat_id FROM pinned_message WHERE NOT EXISTS
        (SELECT 1 FROM message WHERE message.chat_id = pinned_message.chat_id AND id = message_id)""",
    "pages": "SELECT * FROM pragma_quick_check WHERE quick_check <> 'ok'",
}
"""What a store may hold none of, beside what the document of a world shows."""


@contextmanager
def stored(
    demo: Demo, file: Path | None = None, progress: Callable[[int], None] = lambda _: None
) -> Iterator[Database]:
    """A store, in memory or in a file, that was filled with this world."""
    database = Database.private() if file is None else open_database(file)
    with database.first_filling():
        load(database.connection, demo, progress)
    try:
        yield database
    finally:
        database.close()


def fingerprint(database: Database) -> str:
    """Tells worlds apart by any detail of them, however they are exported."""
    rows = sha256()
    tables = database.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    for (table,) in tables:
        columns = database.connection.execute(f"PRAGMA table_info({table})").fetchall()
        order = ", ".join(str(place + 1) for place in range(len(columns)))
        for row in database.connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - our own names
            rows.update(repr(tuple(row)).encode())
    return rows.hexdigest()


def document_of(database: Database) -> WorldFile:
    """The world as anybody may read it."""
    return read_document(orjson.dumps({"mockcliq": 1, **dump(database.connection, 0, 0)}))


FINGERPRINTS = {
    "e3893144a737f109e53734c8a72447752f510a6d718ff035f9ba5f26a1734cd5": Demo(1),
    "487f343599f1639e39b286cb65bf0d6e2dbe957e3674cb1b238de34f2a545e7a": Demo(7, 8, 130, 500),
    "b9c6b1cd6bb23a08915e9fe8266cdf0e04e179f3e0158298c1ad2f257cb563cf": Demo(2, 60, 10_000, 25_000),
}
"""Of worlds as earlier versions made them, with the pinned version of Faker: it brings the names."""


@pytest.mark.parametrize("expected", FINGERPRINTS)
def test_a_world_that_is_not_big_is_the_one_that_it_always_was(expected: str) -> None:
    with stored(FINGERPRINTS[expected]) as database:
        assert fingerprint(database) == expected


@settings(max_examples=25, deadline=None)
@given(
    demo=st.builds(
        Demo,
        seed=st.integers(),
        user_count=st.integers(5, 40),
        chat_count=st.integers(1, 150),
        message_count=st.none() | st.integers(0, 600),
    )
)
def test_a_world_with_copies_is_as_consistent_as_one_without(demo: Demo) -> None:
    """Where big begins at 60 chats rather than at 15,000, to try many sizes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mockcliq.seeding.demo._MODELS", 20)
        with stored(demo) as database:
            world = document_of(database)
            assert world.users == demo.users
            assert_chats_are_sound(world.chats, world.users, demo.chat_count, demo.total_messages)
            for what, statement in INCONSISTENT.items():
                assert database.connection.execute(statement).fetchall() == [], what


@pytest.mark.parametrize(
    "demo",
    [Demo(1, 25, 10_001, 0), Demo(2, 5, 14_999, 5), Demo(3, 500, 15_000, 9_999), Demo(4, 25, 20_001)],
    ids=lambda demo: f"{demo.chat_count} chats",
)
def test_the_sizes_are_exact_around_those_where_copying_begins(demo: Demo) -> None:
    """And so is what is told while the world is made, in steps that a bar can show."""
    steps: list[int] = []
    with stored(demo, progress=steps.append) as database:
        counts = "SELECT (SELECT count(*) FROM chat), (SELECT count(*) FROM message)"
        assert database.connection.execute(counts).fetchone() == (demo.chat_count, demo.total_messages)
    assert sum(steps) == demo.chat_count
    assert 0 < min(steps) <= max(steps) <= 20_000


def test_a_big_world_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    """In memory or in a file, its seed and its sizes say it all."""
    demo = Demo(8, 10, 15_500, 2_000)
    with stored(demo) as one, stored(demo, tmp_path / "cliq.db") as other:
        assert fingerprint(one) == fingerprint(other)


# One of which most are copies, as its users see it

BIG = Settings(seed=6, users=60, chats=20_500, messages=33_000, rate_limit=False, state_bytes=2**30)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(BIG) as server:
        yield server


@pytest.fixture(scope="module")
def world(server: Running) -> WorldFile:
    """Its document, which is a world file."""
    return read_document(server.http.get("/_mockcliq/state", timeout=60).content)


def shares(chats: list[Chat]) -> dict[str, float]:
    """How much of everything there is, for each chat or for each person in one."""
    seats = [seat for chat in chats for seat in chat.participants]
    return {
        "channels": sum(chat.type == "channel" for chat in chats) / len(chats),
        "people": len(seats) / len(chats),
        "silent": sum(not chat.messages for chat in chats) / len(chats),
        "messages": sum(len(chat.messages) for chat in chats) / len(chats),
        "pins": sum(chat.pin is not None for chat in chats) / len(chats),
        "muted": sum(seat.muted for seat in seats) / len(seats),
        "pinned": sum(seat.pinned for seat in seats) / len(seats),
        "drafts": sum(seat.draft is not None for seat in seats) / len(seats),
    }


def test_the_document_of_a_big_world_is_sound(world: WorldFile) -> None:
    assert_chats_are_sound(world.chats, world.users, 20_500, 33_000)
    [documented] = [chat for chat in world.chats if chat.id == DOCUMENTED_CHANNEL]
    assert documented.aliases == ["987000000654321"]
    assert [chat.id for chat in world.chats if chat.aliases] == [DOCUMENTED_CHANNEL]


def test_a_big_world_has_of_everything_what_a_smaller_one_has(world: WorldFile) -> None:
    """No two people have a second dm, so that those who talk in pairs are fewer; else the shares are alike."""
    smaller = list(Demo(6, 60, 6_000, 9_659).chats)
    expected = shares([chat for chat in smaller if chat.type != "dm"])
    seen = shares([chat for chat in world.chats if chat.type != "dm"])
    assert seen == pytest.approx(expected, rel=0.1)
    assert len({chat.name for chat in world.chats}) > 100


def test_the_chats_of_a_big_world_are_no_heap_of_equal_ones(world: WorldFile) -> None:
    """A copy has the words and the people of its model and of few others."""
    alike = Counter((chat.name, *people_of(chat), *(message.text for message in chat.messages)) for chat in world.chats)
    assert max(alike.values()) <= 9


def test_its_owner_pages_through_a_big_list_from_the_newest_to_the_oldest(server: Running, world: WorldFile) -> None:
    """Page by page, each before the last row of the one before; the time filter leaves the silent chats out."""
    owner = user_with("owner", world.users).id
    own = [chat for chat in world.chats if owner in people_of(chat) and chat.type in LISTED and chat.messages]
    expected = [chat.id for chat in sorted(own, key=second_in_the_list, reverse=True)]
    seen: list[str] = []
    before = "2100-01-01T00:00:00Z"
    while rows := server.as_("owner").chats(limit=100, modified_before=before):
        seen += [row["chat_id"] for row in rows]
        before = rows[-1]["last_message_info"]["time"]
    assert len(expected) > 10_000
    assert seen == expected


def test_a_copy_is_a_chat_of_its_own(server: Running, world: WorldFile) -> None:
    """Muted, pinned in and left it is alone; those that are like it stay as they are."""
    owner = server.as_("owner")
    alike: dict[str, list[Chat]] = {}
    for chat in world.chats:
        if chat.pin is not None and user_with("owner", world.users).id in people_of(chat):
            alike.setdefault(chat.pin.message.partition("_")[2], []).append(chat)
    copies = next(chats for chats in alike.values() if len(chats) == 3)
    before = [owner.get(f"/chats/{chat.id}/stickymessage").json()["data"] for chat in copies]
    for chat, data in zip(copies, before, strict=True):
        assert chat.pin is not None
        assert data["message"]["msguid"] == chat.pin.message.replace("_", "%20")
    assert owner.delete(f"/chats/{copies[1].id}/stickymessage").status_code == 204
    after = [owner.get(f"/chats/{chat.id}/stickymessage").json()["data"] for chat in copies]
    assert after == [before[0], {}, before[2]]
    assert owner.post(f"/chats/{copies[2].id}/leave").status_code == 204
    statuses = [owner.get(f"/chats/{chat.id}/members").status_code for chat in copies]
    assert statuses == [200, 200, 403]
    server.control("POST", "/reset", timeout=60)
    assert [owner.get(f"/chats/{chat.id}/stickymessage").json()["data"] for chat in copies] == before


def test_a_big_world_in_a_file_goes_back_to_its_start(serve: Serve, tmp_path: Path) -> None:
    """It is made anew; of what was there before nothing stays."""
    server = serve(chats=15_100, messages=500, database=tmp_path / "cliq.db")
    start = server.http.get("/_mockcliq/state", timeout=60).content
    owner = server.as_("owner")
    chats = owner.chats(limit=3)
    for chat in chats:
        assert owner.post(f"/chats/{chat['chat_id']}/leave").status_code == 204
    assert server.http.get("/_mockcliq/state", timeout=60).content != start
    server.control("POST", "/reset", timeout=60)
    assert owner.chats(limit=3) == chats
    assert server.http.get("/_mockcliq/state", timeout=60).content == start


def test_the_document_of_a_big_world_can_be_its_start() -> None:
    with running(Settings(chats=15_000, users=10, messages=500)) as one, running(Settings(world="empty")) as other:
        document = one.http.get("/_mockcliq/state", timeout=60).content
        answer = other.http.put("/_mockcliq/state", content=document, timeout=60)
        assert answer.status_code == 200, answer.text
        for role in ("owner", "member"):
            assert other.as_(role).chats() == one.as_(role).chats()


# A list is one walk along one index


@pytest.mark.parametrize("before", [None, 1_748_000_000_000])
@pytest.mark.parametrize("after", [None, 1_740_000_000_000])
@pytest.mark.parametrize("only_drafts", [False, True])
def test_a_page_of_the_list_is_found_without_looking_at_other_chats(
    before: Any, after: Any, *, only_drafts: bool
) -> None:
    """Whatever the filters: SQLite's own plan says that it neither scans a table nor sorts."""
    demo = Demo(1)
    asked: list[str] = []
    with stored(demo) as database:
        database.connection.set_trace_callback(asked.append)
        owner = UserId(user_with("owner", demo.users).id)
        Chats(database, Pins(database)).listed(owner, 20, before, after, only_drafts=only_drafts)
        database.connection.set_trace_callback(None)
        plan = [row[3] for row in database.connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    index = "participation_drafts" if only_drafts else "participation_list"
    assert "SEARCH own USING" in plan[0]
    assert f"INDEX {index} (user_id=?" in plan[0]
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE FOR ORDER BY" in step]
