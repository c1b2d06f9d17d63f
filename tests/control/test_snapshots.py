"""Snapshots: a world as it is now, to come back to any number of times."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Cliq, Running, Serve
from tests.control.worlds import Made, default_of, make, refusal, settled, shown, told, unlimited
from tests.processes import until

CHANNEL = "CT_2243173626687865223_P87610291-C4"
PIN = f"/chats/{CHANNEL}/stickymessage"
MUTE = f"/chats/{CHANNEL}/mute"


@pytest.fixture
def world(documentation: Running) -> Made:
    """A world of the documentation's, its clock at noon."""
    world = make(documentation, world="documentation")
    world.freeze()
    return world


def keep(world: Made, name: str = "s") -> Any:
    """Take a snapshot."""
    answer = world.call("PUT", f"/snapshots/{name}")
    assert answer.status_code == 201, answer.text
    return answer.json()


def restore(world: Made, name: str = "s") -> None:
    """Go back to it."""
    assert world.control("POST", f"/snapshots/{name}/restore") == {"restored": name}


def test_data_comes_back_byte_for_byte_any_number_of_times(world: Made) -> None:
    unlimited(world)
    assert world.as_("owner").post(MUTE).status_code == 204
    keep(world)
    kept, document = shown(world), settled(world)
    for _ in range(3):
        assert world.as_("owner").delete(PIN).status_code == 204
        assert world.as_("owner").post(f"/chats/{CHANNEL}/leave").status_code == 204
        user = world.control("POST", "/users", json={"name": "New"})["id"]
        world.control("POST", "/chats", json={"type": "chat", "members": [user]})
        assert settled(world) != document
        restore(world)
        assert settled(world) == document
        assert shown(world) == kept


def test_tokens_come_back_those_minted_and_those_revoked(world: Made) -> None:
    before = world.control("POST", "/tokens", json={})["token"]
    revoked = world.control("POST", "/tokens", json={})["token"]
    world.control("DELETE", f"/tokens/{revoked}")
    keep(world)
    world.control("DELETE", f"/tokens/{before}")
    after = world.control("POST", "/tokens", json={})["token"]
    restore(world)
    token_of = world.as_("owner").server
    assert Cliq(token_of, before).get("/chats").status_code == 200
    assert refusal(Cliq(token_of, revoked).get("/chats")) == (401, "token_revoked")
    assert refusal(Cliq(token_of, after).get("/chats")) == (401, "token_unknown")
    world.control("POST", "/reset", json={"what": ["tokens"]})
    assert refusal(Cliq(token_of, before).get("/chats")) == (401, "token_unknown")
    restore(world)
    assert Cliq(token_of, before).get("/chats").status_code == 200


def test_a_lock_out_amid_its_ten_minutes_is_there_again_to_the_millisecond(world: Made) -> None:
    owner = world.as_("owner")
    assert [owner.get(PIN).status_code for _ in range(21)] == [200] * 20 + [429]
    world.control("POST", "/clock/advance", json={"seconds": 300})
    keep(world)
    for _ in range(2):
        world.control("POST", "/clock/advance", json={"seconds": 1000})
        assert owner.get(PIN).status_code == 200
        restore(world)
        assert world.control("GET", "/clock") == {"mode": "frozen", "now": "2025-06-01T12:05:00.000Z"}
        world.control("POST", "/clock/advance", json={"seconds": 299.999})
        assert owner.get(PIN).status_code == 429
        world.control("POST", "/clock/advance", json={"seconds": 0.001})
        assert owner.get(PIN).status_code == 200


def test_counts_and_changed_limits_come_back(world: Made) -> None:
    owner = world.as_("owner")
    world.control("PUT", "/limits", json={"operation": "mute_chat", "threshold": 3})
    assert [owner.post(MUTE).status_code for _ in range(2)] == [204, 204]
    keep(world)
    limits = world.control("GET", "/limits")
    for _ in range(2):
        assert [owner.post(MUTE).status_code for _ in range(2)] == [204, 429]
        world.control("DELETE", "/limits")
        restore(world)
        assert world.control("GET", "/limits") == limits


def test_a_clock_that_ran_elsewhere_shows_that_time_again_and_runs_on(world: Made) -> None:
    world.control("PUT", "/clock", json={"mode": "offset", "now": "2031-01-01T00:00:00Z"})
    taken_at = keep(world)["taken_at"]
    world.control("PUT", "/clock", json={"mode": "real"})
    restore(world)
    clock = world.control("GET", "/clock")
    assert clock["mode"] == "offset"
    assert taken_at <= clock["now"] < "2031-01-01T00:00:30"
    until(lambda: world.control("GET", "/clock")["now"] > clock["now"])


def test_a_real_clock_is_real_again(world: Made) -> None:
    world.control("PUT", "/clock", json={"mode": "real"})
    keep(world)
    world.freeze("1999-01-01")
    restore(world)
    assert world.control("GET", "/clock")["mode"] == "real"
    assert world.control("GET", "/clock")["now"] > "2026"


def test_faults_come_back_with_what_they_have_done_and_with_their_chance(world: Made) -> None:
    unlimited(world)
    rule = {"when": {"probability": 0.5, "seed": 4, "times": 30}, "then": {"status": 500}}
    world.control("POST", "/faults", json=rule)
    owner = world.as_("owner")

    def calls() -> list[int]:
        return [owner.get(PIN).status_code for _ in range(20)]

    first = calls()
    keep(world)
    rules = world.control("GET", "/faults")
    assert (rules["faults"][0]["hits"], rules["faults"][0]["fired"]) == (20, first.count(500))
    then = calls()
    assert set(then) == {200, 500}
    for _ in range(2):
        world.control("DELETE", "/faults")
        world.control("POST", "/faults", json={"then": {"status": 418}})
        restore(world)
        assert world.control("GET", "/faults") == rules
        assert calls() == then
    added = world.control("POST", "/faults", json={"then": {"status": 418}})
    assert added["id"] != rules["faults"][0]["id"]


def test_names_are_listed_by_age_replaced_shown_and_deleted(world: Made) -> None:
    for name in ("b", "a", "with.All_of-it9"):
        keep(world, name)
        world.control("POST", "/clock/advance", json={"seconds": 60})
    first = {"name": "b", "taken_at": "2025-06-01T12:00:00.000Z"}
    assert world.control("GET", "/snapshots")["snapshots"][0] == first
    assert world.control("GET", "/snapshots/b") == first
    assert keep(world, "b")["taken_at"] == "2025-06-01T12:03:00.000Z"
    assert [each["name"] for each in world.control("GET", "/snapshots")["snapshots"]] == ["a", "with.All_of-it9", "b"]
    assert world.control("DELETE", "/snapshots/a") == {"deleted": "a"}
    assert [each["name"] for each in world.control("GET", "/snapshots")["snapshots"]] == ["with.All_of-it9", "b"]


def test_a_name_that_is_replaced_stands_for_the_later_moment(world: Made) -> None:
    keep(world)
    assert world.as_("owner").delete(PIN).status_code == 204
    keep(world)
    world.control("POST", "/reset")
    restore(world)
    assert world.as_("owner").get(PIN).json()["data"] == {}


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/restore")])
def test_an_unknown_name_is_a_404_that_lists_the_known(world: Made, method: str, path: str) -> None:
    assert "none" in told(world.call(method, f"/snapshots/nope{path}"))[1]
    keep(world, "there")
    status, detail = told(world.call(method, f"/snapshots/nope{path}"))
    assert (status, "nope" in detail, "there" in detail) == (404, True, True)


@pytest.mark.parametrize("name", ["a%20b", "%C3%A9", "a" * 101, "a,b"])
def test_a_name_that_will_not_do_is_a_422(world: Made, name: str) -> None:
    status, detail = told(world.call("PUT", f"/snapshots/{name}"))
    assert (status, "name" in detail) == (422, True)
    assert world.control("GET", "/snapshots") == {"snapshots": []}


def test_a_reset_keeps_snapshots_and_another_world_has_none_of_them(world: Made) -> None:
    keep(world)
    world.control("POST", "/reset")
    assert [each["name"] for each in world.control("GET", "/snapshots")["snapshots"]] == ["s"]
    other = make(world.server, world="documentation")
    assert told(other.call("POST", "/snapshots/s/restore"))[0] == 404
    assert default_of(world.server).control("GET", "/snapshots") == {"snapshots": []}


def test_a_snapshot_from_before_an_import_brings_back_that_world_and_its_start(world: Made) -> None:
    """Offset and all: it is the world as it was."""
    keep(world)
    kept = shown(world)
    document = {"mockcliq": 1, "utc_offset": "+05:00", "users": [{"id": "1", "name": "A", "email": "a@b.test"}]}
    world.control("PUT", "/state", json=document)
    restore(world)
    assert shown(world) == kept
    world.as_("owner").delete(PIN)
    world.control("POST", "/reset")
    assert shown(world) == kept


def test_a_snapshot_never_takes_back_a_token_that_is_another_worlds_by_now(world: Made) -> None:
    token = {"token": "1000.only.one", "user": "1", "scopes": []}
    document = {"mockcliq": 1, "users": [{"id": "1", "name": "A", "email": "a@b.test"}], "tokens": [token]}
    world.control("PUT", "/state", json=document)
    keep(world)
    world.control("PUT", "/state", json={**document, "tokens": []})
    other = make(world.server, state=document)
    before = settled(world)
    status, detail = told(world.call("POST", "/snapshots/s/restore"))
    assert (status, "1000.only.one" in detail, repr(other.id) in detail) == (409, True, True)
    assert settled(world) == before
    world.server.control("DELETE", f"/worlds/{other.id}")
    restore(world)
    assert refusal(Cliq(world.server, "1000.only.one").get("/chats")) == (403, "scope_missing")


def test_the_names_that_tokens_have_in_this_world_come_back_with_them(world: Made) -> None:
    keep(world)
    user = {"id": "1", "name": "A", "email": "a@b.test"}
    world.control("PUT", "/state", json={"mockcliq": 1, "users": [user]})
    assert world.control("GET", "")["renamed_tokens"] == {}
    restore(world)
    assert world.control("GET", "") == world.answer


def test_the_journal_goes_on(world: Made) -> None:
    """What was called was called."""
    keep(world)
    assert world.as_("owner").get("/chats").status_code == 200
    assert world.control("GET", "/limits?user=631830849")["limits"][0]["count"] == 1
    restore(world)
    assert world.control("GET", "/limits?user=631830849")["limits"][0]["count"] == 0


def test_a_world_in_a_file_has_snapshots_too(serve: Serve, tmp_path: Any) -> None:
    with_file = default_of(serve(world="documentation", database=tmp_path / "cliq.db"))
    with_file.freeze()
    keep(with_file)
    kept = shown(with_file)
    assert with_file.as_("owner").delete(PIN).status_code == 204
    with_file.freeze("2031-01-01")
    restore(with_file)
    assert shown(with_file) == kept
    assert with_file.control("GET", "/clock")["now"] == "2025-06-01T12:00:00.000Z"
