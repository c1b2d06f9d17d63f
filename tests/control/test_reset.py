"""``POST /reset``: what it takes, and what it refuses. What it brings back is in ``tests.test_worlds``."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.settings import Settings
from tests.conftest import Cliq, Running, Serve, running
from tests.control.worlds import Made, default_of, make, settled, shown, unlimited
from tests.office import EVE, MAX, write_office
from tests.profiles import examples

CHANNEL = "987000000654321"
PARTS = ["data", "tokens", "clock", "limits", "journal"]


def unpin(server: Running) -> None:
    """Change the data."""
    assert server.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204


def has_pin(server: Running) -> bool:
    """Whether the data is as at the start."""
    return bool(server.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").json()["data"])


@pytest.mark.parametrize("body", [None, b"", b"{}", b"null"])
def test_without_a_choice_everything_is_reset(documentation: Running, body: bytes | None) -> None:
    unpin(documentation)
    headers = {"Content-Type": "application/json"}
    answer = documentation.http.post("/_mockcliq/reset", content=body, headers=headers)
    assert answer.status_code == 200
    assert set(PARTS) <= set(answer.json()["reset"])
    assert has_pin(documentation)


def test_the_parts_that_were_reset_are_told(documentation: Running) -> None:
    assert documentation.control("POST", "/reset", json={"what": ["clock", "limits"]}) == {"reset": ["clock", "limits"]}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_reset_alone(documentation: Running, part: str) -> None:
    unpin(documentation)
    assert documentation.control("POST", "/reset", json={"what": [part]}) == {"reset": [part]}
    assert has_pin(documentation) == (part == "data")


@pytest.mark.parametrize(
    "order",
    [
        {"what": ["chats"]},
        {"what": "data"},
        {"what": None},
        {"what": [None]},
        {"waht": ["data"]},
        [],
        ["data"],
        "data",
        1,
    ],
)
def test_an_order_that_will_not_do_is_refused_and_resets_nothing(documentation: Running, order: object) -> None:
    unpin(documentation)
    answer = documentation.http.post("/_mockcliq/reset", json=order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert not has_pin(documentation)


def test_a_part_that_is_none_is_refused_with_those_that_are(documentation: Running) -> None:
    detail = documentation.http.post("/_mockcliq/reset", json={"what": ["chats"]}).json()["detail"]
    assert "what" in detail
    assert all(f"'{part}'" in detail for part in PARTS)


def test_a_reset_while_calls_are_made_leaves_the_world_whole(documentation: Running) -> None:
    for _ in range(10):
        unpin(documentation)
        documentation.control("POST", "/reset")
        assert has_pin(documentation)


def test_a_world_of_a_file_that_is_gone_is_reset_all_the_same_while_it_is_small(serve: Serve, tmp_path: Path) -> None:
    """Its start was kept."""
    file = tmp_path / "world.json"
    user = {"id": "1", "name": "A", "email": "a@b.test", "role": "owner"}
    chat = {"id": "5", "type": "chat", "creator": "1", "created": 0, "participants": [{"user": "1"}]}
    file.write_text(json.dumps({"mockcliq": 1, "users": [user], "chats": [chat]}))
    server = serve(world=str(file))
    file.unlink()
    assert server.as_("owner").post("/chats/5/leave").status_code == 204
    server.control("POST", "/reset", json={"what": ["data"]})
    assert [row["chat_id"] for row in server.as_("owner").chats()] == ["5"]


def test_a_world_in_a_database_whose_file_is_gone_says_so_and_stays_as_it_is(serve: Serve, tmp_path: Path) -> None:
    """It would have to be read again."""
    file = tmp_path / "world.json"
    user = {"id": "1", "name": "A", "email": "a@b.test", "role": "owner"}
    chats = [
        {"id": number, "type": "chat", "creator": "1", "created": 0, "participants": [{"user": "1"}]} for number in "56"
    ]
    file.write_text(json.dumps({"mockcliq": 1, "users": [user], "chats": chats}))
    server = serve(world=str(file), database=tmp_path / "cliq.db")
    file.unlink()
    owner = server.as_("owner")
    assert owner.post("/chats/5/leave").status_code == 204
    answer = server.http.post("/_mockcliq/reset", json={"what": ["data"]})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert str(file) in answer.json()["detail"]
    assert [row["chat_id"] for row in owner.chats()] == ["6"]
    assert owner.post("/chats/6/leave").status_code == 204


# Whatever was done, the start is the start

CHATS = ["2001", "2002", "2003", "2004", "2006", "CT_3001_900-C1"]
"""The owner's of the office."""

_CALLS = st.one_of(
    st.tuples(st.just("POST"), st.sampled_from(CHATS).map("/chats/{}/mute".format), st.none()),
    st.tuples(st.just("POST"), st.sampled_from(CHATS).map("/chats/{}/leave".format), st.none()),
    st.tuples(st.just("DELETE"), st.sampled_from(CHATS).map("/chats/{}/stickymessage".format), st.none()),
    st.just(("POST", "/chats/2002/stickymessage", {"id": "1748689200000_7001"})),
    st.just(("GET", "/chats", None)),
)
_ORDERS = st.one_of(
    st.just(("PUT", "/clock", {"mode": "frozen", "now": "2030-01-01"})),
    st.just(("POST", "/clock/advance", {"seconds": 100})),
    st.just(("PUT", "/limits", {"threshold": 1})),
    st.just(("POST", "/limits/exhaust", {"operation": "list_direct_chats", "lock": True})),
    st.just(("POST", "/faults", {"then": {"status": 500}})),
    st.just(("DELETE", "/faults", None)),
    st.just(("POST", "/users", {"name": "New", "id": "900"})),
    st.just(("POST", "/tokens", {"user": "102"})),
    st.just(("POST", "/tokens", {"user": "900"})),
    st.just(("PATCH", "/users/101", {"active": False, "name": "Ada Gone"})),
    st.just(("POST", "/chats", {"type": "dm", "members": ["101", "102"], "id": "77"})),
    st.tuples(
        st.just("POST"),
        st.sampled_from([*CHATS, "77"]).map("/chats/{}/messages".format),
        st.sampled_from([{"sender": each, "text": "x"} for each in ("101", MAX, EVE)]),
    ),
    st.just(("POST", "/chats/2003/drafts", {"user": "101", "text": ""})),
    st.just(("PUT", "/snapshots/s", None)),
    st.just(("POST", "/snapshots/s/restore", None)),
    st.tuples(
        st.just("POST"),
        st.just("/reset"),
        st.lists(st.sampled_from(["data", "tokens", "limits", "faults"]), max_size=2, unique=True).map(
            lambda what: {"what": what}
        ),
    ),
)
_COURSES = st.lists(st.tuples(st.just("owner"), _CALLS) | st.tuples(st.just("control"), _ORDERS), max_size=12)


@pytest.fixture(scope="module", params=["default", "made", "default in a file"])
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The office as the world of a server, as one beside it, and in a file."""
    folder = tmp_path_factory.mktemp("office")
    database = folder / "cliq.db" if "file" in request.param else None
    with running(Settings(world=str(write_office(folder)), database=database)) as server:
        yield make(server) if request.param == "made" else default_of(server)


@given(course=_COURSES)
@examples(20)
def test_after_any_course_of_calls_a_reset_gives_the_start_to_the_byte(standing: Made, course: Any) -> None:
    """The document says so too, whether or not it was read before, and a second reset changes nothing."""
    starts = []
    for _ in range(2):
        standing.control("POST", "/reset")
        make_calls(standing, course)
        standing.control("POST", "/reset")
        standing.freeze()
        limits, faults = standing.call("GET", "/limits").content, standing.call("GET", "/faults").content
        starts.append((settled(standing), limits, faults, shown(unlimited(standing))))
        make_calls(standing, course)
    assert starts[0] == starts[1]


def make_calls(standing: Made, course: Any) -> None:
    """Make them, one after the other."""
    for who, (method, path, body) in course:
        caller: Any = standing.as_("owner") if who == "owner" else standing
        answer = caller.call(method, path, json=body)
        assert answer.status_code != 500 or "cliq" in answer.text.lower(), answer.text


@pytest.mark.parametrize("wanted", [None, ["data"], ["data", "tokens"]])
@pytest.mark.parametrize("read", ["/state", "/users", None])
def test_a_reset_is_the_same_each_time(documentation: Running, read: str | None, wanted: list[str] | None) -> None:
    """A document of the world, and any other look at it, comes between or not."""
    world = unlimited(make(documentation, world="documentation"))
    start = shown(world)
    for _ in range(3):
        world.control("PUT", "/snapshots/s")
        assert world.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
        if read is not None:
            world.call("GET", read)
        world.control("POST", "/reset", json=None if wanted is None else {"what": wanted})
        assert shown(unlimited(world)) == start
        assert world.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
        world.control("POST", "/reset", json=None if wanted is None else {"what": wanted})
        assert shown(unlimited(world)) == start


# Parts, alone and in pairs


@pytest.mark.parametrize(
    "what", [list(pair) for number in (1, 2) for pair in combinations([*PARTS[:4], "faults"], number)]
)
def test_the_parts_of_a_reset_come_back_and_no_others(documentation: Running, what: list[str]) -> None:
    world = make(documentation, world="documentation")
    minted = world.control("POST", "/tokens", json={})["token"]
    unpinned = world.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage")
    assert unpinned.status_code == 204
    world.freeze("2030-01-01")
    world.control("POST", "/limits/exhaust", json={"operation": "mute_chat", "lock": True})
    world.control("POST", "/faults", json={"match": {"operation": "leave_chat"}, "then": {"status": 418}})
    assert world.control("POST", "/reset", json={"what": what}) == {"reset": what}
    back = {
        "data": bool(world.as_("owner").get(f"/chats/{CHANNEL}/stickymessage").json()["data"]),
        "tokens": Cliq(documentation, minted).get("/chats").status_code == 401,
        "clock": world.control("GET", "/clock")["mode"] == "offset",
        # A lock of 2030 holds nobody out in 2025, so only where the clock stayed can it be seen.
        "limits": all(each["locked_until"] is None for each in world.control("GET", "/limits")["limits"]),
        "faults": world.as_("owner").post(f"/chats/{CHANNEL}/leave").status_code != 418,
    }
    expected = {part: part in what for part in back}
    expected["limits"] |= "clock" in what
    assert back == expected


def test_of_a_reset_of_the_data_the_tokens_stay_but_those_of_people_who_went(documentation: Running) -> None:
    world = make(documentation, world="documentation")
    new = world.control("POST", "/users", json={"name": "New"})["id"]
    theirs, mine = (world.control("POST", "/tokens", json={"user": each})["token"] for each in (new, "631830849"))
    world.control("POST", "/reset", json={"what": ["data"]})
    assert Cliq(documentation, theirs).get("/chats").status_code == 401
    assert Cliq(documentation, mine).get("/chats").status_code == 200
    assert theirs not in world.call("GET", "/state").text
