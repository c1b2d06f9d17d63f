"""Worlds over HTTP: made, listed, used by nothing but a token, and ended."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Cliq, Running, Serve
from tests.control.worlds import LABELS, Made, default_of, make, refusal, settled, shown, told, unlimited
from tests.processes import SERVE, programs, until
from tests.wire import connected, request

CHANNEL = "CT_2243173626687865223_P87610291-C4"
MEETING = "1573708648341_375412769224"
SAMPLE = "1000.41d9xxxxxxxxxxxxxxxxxxxxxxxxc2d1.8fccxxxxxxxxxxxxxxxxxxxxxxxx125f"
SMALL: dict[str, Any] = {
    "mockcliq": 1,
    "name": "small",
    "users": [{"id": "7", "name": "Ann", "email": "ann@small.test"}],
    "chats": [{"id": "70", "type": "chat", "name": "Alone", "creator": "7", "created": 0, "participants": ["7"]}],
}
IN_YAML = """
mockcliq: 1
users:
  - {id: 7, name: Ann, email: ann@small.test}
chats:
  - {id: 70, type: chat, name: Alone, creator: 7, created: 0, participants: [7]}
"""


def end(server: Running, *worlds: Made) -> None:
    """Delete the worlds."""
    for world in worlds:
        assert server.control("DELETE", f"/worlds/{world.id}") == {"deleted": world.id}


def ids(server: Running) -> list[str]:
    """The worlds that there are."""
    return [each["id"] for each in server.control("GET", "/worlds")["worlds"]]


@pytest.fixture
def server(demo: Running) -> Running:
    """The server that the worlds are made at."""
    return demo


# What a making answers


@pytest.mark.parametrize("body", [None, b"", b"{}", b"null"])
def test_without_any_order_the_world_is_one_as_the_server_s_own(server: Running, body: bytes | None) -> None:
    answer = server.http.post("/_mockcliq/worlds", content=body)
    assert answer.status_code == 201
    world = Made(server, answer.json())
    assert (world.answer["world"], world.answer["seed"]) == ("demo", 1)
    assert shown(unlimited(world)) == shown(unlimited(default_of(server)))


def test_a_world_has_all_that_a_client_needs_to_be_in_it(server: Running) -> None:
    world = make(server, id="acme", world="documentation")
    assert world.answer["base_url"] == f"{server.url}/w/acme"
    assert world.answer["control_url"] == f"{server.url}/_mockcliq/worlds/acme"
    tokens = world.answer["tokens"]
    assert {label: tokens[label] for label in LABELS} == {label: f"1000.acme.{label}" for label in LABELS}
    assert tokens["webhook"] == "1001.acme.webhook"
    assert (world.answer["token"], world.answer["refresh_token"]) == ("1000.acme.owner", "1000.acme.refresh")
    assert world.answer["users"] == server.control("GET", "/worlds/acme/users")["users"]
    assert world.answer["renamed_tokens"] == {SAMPLE: "1000.acme.8fccxxxxxxxxxxxxxxxxxxxxxxxx125f"}
    assert httpx.get(world.answer["control_url"] + "/clock", trust_env=False).json()["mode"] == "offset"


def test_every_token_of_a_made_world_is_as_its_label_says(server: Running) -> None:
    world = make(server, world="documentation")
    assert {label: world.as_(label).get("/chats").status_code for label in LABELS} == {
        "owner": 200,
        "member": 200,
        "outsider": 200,
        "readonly": 200,
        "expired": 401,
        "revoked": 401,
        "deactivated": 403,
    }
    assert world.as_("readonly").post(f"/chats/{CHANNEL}/mute").status_code == 403
    sample = Cliq(server, world.answer["renamed_tokens"][SAMPLE])
    assert sample.get("/chats").content == world.as_("owner").get("/chats").content
    assert world.control("GET", "/state")["refresh_tokens"][0]["token"] == world.answer["refresh_token"]


@pytest.mark.parametrize("world", ["demo", "documentation", "empty"])
def test_every_named_world_is_what_serve_makes_of_it(server: Running, serve: Serve, world: str) -> None:
    made, served = make(server, world=world), default_of(serve(world=world))
    assert shown(unlimited(made)) == shown(unlimited(served))
    assert made.answer["users"] == served.answer["users"]
    assert made.control("GET", "/clock")["mode"] == ("offset" if world == "documentation" else "real")


def test_a_seed_and_sizes_make_what_they_make_elsewhere(server: Running, serve: Serve) -> None:
    sizes = {"seed": 11, "users": 9, "chats": 30, "messages": 90}
    one, other = (make(server, **sizes, rate_limit=False) for _ in range(2))
    served = default_of(serve(**sizes, rate_limit=False))
    assert shown(one) == shown(other) == shown(served)
    assert (len(one.answer["users"]), len(one.control("GET", "/chats")["chats"])) == (9, 30)
    assert shown(make(server, **{**sizes, "seed": 12}, rate_limit=False)) != shown(one)


@pytest.mark.parametrize("state", [SMALL, json.dumps(SMALL), IN_YAML], ids=["object", "JSON", "YAML"])
def test_a_document_of_ones_own_is_a_world(server: Running, state: object) -> None:
    world = make(server, id="own", state=state)
    assert world.as_("owner").chats()[0]["name"] == "Alone"
    assert [user["role"] for user in world.answer["users"]] == ["owner"]
    assert set(world.answer["tokens"]) == {"owner", "readonly", "expired", "revoked", "webhook"}
    assert world.answer["refresh_token"] == "1000.own.refresh"


def test_a_server_of_a_file_makes_more_of_the_same(serve: Serve, tmp_path: Path) -> None:
    """Tokens of the file keep their labels, and a name of the file's own never takes that of a fixed token."""
    file = tmp_path / "small.json"
    scopes = ["ZohoCliq.Chats.READ"]
    bea = {"id": "8", "name": "Bea", "email": "bea@small.test"}
    tokens = [{"token": name, "user": "8", "scopes": scopes} for name in ("1000.elsewhere.owner", "1000.mockcliq.a.b")]
    file.write_text(json.dumps({**SMALL, "users": [*SMALL["users"], bea], "tokens": tokens}))
    server = serve(world=str(file))
    for order in ({}, {"world": str(file)}):
        world = make(server, **order)
        assert world.as_("owner").chats()[0]["name"] == "Alone"
        assert world.as_("a.b").chats() == []
        assert world.answer["renamed_tokens"] == {"1000.elsewhere.owner": f"1000.{world.id}.owner-2"}
        assert world.as_("owner-2").chats() == []


# What is refused, and makes nothing


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "pyproject.toml", "nowhere", "", "Demo"])
def test_no_file_of_the_machine_is_read_for_a_caller(server: Running, path: str) -> None:
    status, detail = told(server.http.post("/_mockcliq/worlds", json={"world": path}))
    assert status == 422
    assert "there are demo, documentation, empty" in detail
    assert "root:" not in detail


@pytest.mark.parametrize("world_id", ["", "-a", "A", "a b", "a/b", "a.b", "a_b", "é", "a" * 41, "a\n", "..", 5])
def test_an_id_that_could_not_stand_in_a_path_is_refused(server: Running, world_id: object) -> None:
    status, detail = told(server.http.post("/_mockcliq/worlds", json={"id": world_id}))
    assert (status, "id" in detail) == (422, True)


@pytest.mark.parametrize("world_id", ["a", "0", "a-", "a" * 40, "w1", "w999", "api", "worlds"])
def test_any_other_id_will_do(server: Running, world_id: str) -> None:
    world = make(server, id=world_id, world="empty")
    assert world.as_("owner").chats() == []
    assert server.http.get(f"/w/{world_id}/api/v2/chats").status_code == 401
    assert make(server, world="empty").id not in {"default", world_id}


@pytest.mark.parametrize("world_id", ["default", "mockcliq", "taken"])
def test_an_id_that_is_taken_is_a_409(server: Running, world_id: str) -> None:
    make(server, id="taken", world="empty")
    status, detail = told(server.http.post("/_mockcliq/worlds", json={"id": world_id}))
    assert (status, repr(world_id) in detail) == (409, True)
    assert ids(server) == ["default", "taken"]


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ({"state": {}}, "mockcliq"),
        ({"state": ""}, "mockcliq"),
        ({"state": "["}, "YAML"),
        ({"state": "{"}, "JSON"),
        ({"state": "[" * 600}, "nested"),
        ({"state": "&a [*a]"}, "itself"),
        ({"state": "{mockcliq: 1}"}, "JSON"),
        ({"state": {**SMALL, "mockcliq": 2}}, "mockcliq"),
        ({"state": {**SMALL, "chatz": []}}, "chatz"),
        ({"state": {**SMALL, "users": None}}, "users"),
        ({"state": {"mockcliq": 1, "users": []}, "chats": 5}, "chats"),
        ({"state": {**SMALL, "tokens": [{"token": "t", "user": "8", "scopes": []}]}}, "tokens[0].user"),
        ({"state": {**SMALL, "starts_at": "noon"}}, "starts_at"),
        ({"state": {**SMALL, "chats": [{**SMALL["chats"][0], "pin": {}}]}}, "chats[0].pin.message"),
        ({"state": {**SMALL, "chats": SMALL["chats"] * 2}}, "'70'"),
        ({"state": {**SMALL, "chats": [{**SMALL["chats"][0], "type": "dm"}]}}, "chats[0].participants"),
        ({"state": SMALL, "seed": 5}, "seed"),
        ({"state": SMALL, "world": "demo"}, "world"),
        ({"state": 5}, "state"),
        ({"state": {**SMALL, "starts_at": 10**30}}, "state"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"users": 4}, "users"),
        ({"chats": -1}, "chats"),
        ({"chats": 10**9}, "chats"),
        ({"messages": "many"}, "messages"),
        ({"rate_limit": "perhaps"}, "rate_limit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_order_that_will_not_do_is_one_422_that_names_the_key(
    server: Running, order: dict[str, Any], key: str
) -> None:
    status, detail = told(server.http.post("/_mockcliq/worlds", content=json.dumps({"id": "never", **order})))
    assert (status, key in detail) == (422, True), detail
    assert "\n" not in detail
    assert ids(server) == ["default"]
    assert refusal(Cliq(server, "1000.never.owner").get("/chats")) == (401, "token_unknown")


def test_a_body_of_blanks_is_no_json(server: Running) -> None:
    for path in ("/worlds", "/reset", "/tokens"):
        status, detail = told(server.http.post(f"/_mockcliq{path}", content=b"\t"))
        assert (status, "JSON" in detail) == (400, True)
    assert ids(server) == ["default"]


def test_what_is_null_counts_as_not_given(server: Running) -> None:
    order = {"id": None, "world": None, "seed": None, "users": None, "chats": None, "messages": None, "state": SMALL}
    assert make(server, **order, rate_limit=None).as_("owner").chats()


# Limits


def test_a_world_says_itself_whether_limits_are_applied(server: Running, serve: Serve) -> None:
    unlimited = serve(world="empty", rate_limit=False)
    for where, order, last in (
        (server, {}, 429),
        (server, {"rate_limit": False}, 200),
        (unlimited, {}, 200),
        (unlimited, {"rate_limit": True}, 429),
    ):
        owner = make(where, world="empty", **order).as_("owner")
        assert [owner.get("/chats").status_code for _ in range(21)] == [200] * 20 + [last]


# Which world a request belongs to


def test_the_token_goes_before_the_path(server: Running) -> None:
    one, other = make(server, world="empty"), make(server, world="documentation")
    headers = {"Authorization": f"Bearer {other.answer['token']}"}
    there = server.http.get(f"/w/{one.id}/api/v2/chats", headers=headers)
    assert there.content == other.as_("owner").get("/chats").content
    assert len(there.json()["chats"]) == 1


@pytest.mark.parametrize("token", [None, "1000.of-nobody"])
def test_without_a_known_token_the_path_names_the_world(server: Running, token: str | None) -> None:
    """Seen by a fault that is that world's alone."""
    world = make(server, world="empty")
    world.control("POST", "/faults", json={"then": {"status": 418}})
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    for path, status in ((f"/w/{world.id}", 418), (f"/w/{world.id}/network/n", 418), ("", 401), ("/w/default", 401)):
        assert server.http.get(f"{path}/api/v2/chats", headers=headers).status_code == status
    assert refusal(server.http.get("/w/nowhere/api/v2/chats", headers=headers)) == (404, "unknown_world")


# Listed, shown, ended


def test_worlds_are_listed_oldest_first_and_shown_as_they_were_made(server: Running) -> None:
    made = [make(server, id=name, world="empty", seed=7) for name in ("zoe", "abe")]
    listed = server.control("GET", "/worlds")["worlds"]
    assert [each["id"] for each in listed] == ["default", "zoe", "abe"]
    assert listed[1] == {
        "id": "zoe",
        "base_url": f"{server.url}/w/zoe",
        "control_url": f"{server.url}/_mockcliq/worlds/zoe",
        "world": "empty",
        "seed": 7,
        "idle_s": listed[1]["idle_s"],
    }
    assert 0 <= listed[1]["idle_s"] < 60
    for world in made:
        assert server.control("GET", f"/worlds/{world.id}") == world.answer
    assert server.control("GET", "/worlds/default")["token"] == "1000.mockcliq.owner"


def test_a_deleted_world_leaves_nothing_behind(server: Running) -> None:
    world = make(server, id="gone", world="documentation")
    minted = world.control("POST", "/tokens", json={})["token"]
    world.control("PUT", "/snapshots/s")
    end(server, world)
    assert ids(server) == ["default"]
    for token in (*world.answer["tokens"].values(), minted):
        assert refusal(Cliq(server, token).get("/chats")) == (401, "token_unknown")
    assert refusal(server.http.get("/w/gone/api/v2/chats")) == (404, "unknown_world")
    for method, path in (("GET", "/clock"), ("GET", "/state"), ("POST", "/reset"), ("GET", ""), ("DELETE", "")):
        status, detail = told(world.call(method, path))
        assert (status, "'gone'" in detail) == (404, True)
    again = make(server, id="gone", world="empty")
    assert again.control("GET", "/snapshots") == {"snapshots": []}
    assert refusal(Cliq(server, minted).get("/chats")) == (401, "token_unknown")
    assert again.as_("owner").chats() == []


def test_the_default_world_stays(server: Running) -> None:
    status, detail = told(server.http.delete("/_mockcliq/worlds/default"))
    assert (status, "reset" in detail) == (409, True)
    assert server.as_("owner").get("/chats").status_code == 200


def test_a_call_that_is_delayed_while_its_world_ends_is_answered(server: Running) -> None:
    """As if it had come before: the world is there for it until it is through."""
    world = make(server, world="documentation")
    world.control("POST", "/faults", json={"then": {"delay_ms": 300}})
    answers: list[httpx.Response] = []
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        slow = Cliq(Running(server.port, client), world.answer["token"])
        calling = threading.Thread(target=lambda: answers.append(slow.delete(f"/chats/{CHANNEL}/stickymessage")))
        calling.start()
        until(lambda: world.control("GET", "/faults")["faults"][0]["fired"])
        end(server, world)
        assert not answers
        calling.join()
    assert answers[0].status_code == 204


def test_a_call_whose_body_is_still_on_its_way_when_its_world_ends_is_answered(server: Running) -> None:
    world = make(server, world="documentation")
    body = json.dumps({"id": MEETING}).encode()
    sent = request("POST", f"/api/v2/chats/{CHANNEL}/stickymessage", token=world.answer["token"], body=body)
    with connected(server.port) as wire:
        wire.send(sent[:-5])
        # The server counts a call before it reads its body.
        until(lambda: any(each["count"] for each in world.control("GET", "/limits")["limits"]))
        end(server, world)
        wire.send(sent[-5:])
        assert wire.answer().status_code == 200


def test_a_call_that_is_under_way_when_its_world_ends_changes_nothing_of_those_that_follow(server: Running) -> None:
    """Though one of them takes over what the world leaves behind."""
    world = make(server, world="documentation")
    start = shown(world)
    body = json.dumps({"id": MEETING}).encode()
    sent = request("POST", f"/api/v2/chats/{CHANNEL}/stickymessage", token=world.answer["token"], body=body)
    with connected(server.port) as wire:
        wire.send(sent[:-5])
        until(lambda: any(each["count"] for each in world.control("GET", "/limits")["limits"]))
        end(server, world)
        following = [make(server, world="documentation")]
        wire.send(sent[-5:])
        assert wire.answer().status_code == 200
    following.append(make(server, world="documentation"))
    assert [shown(each) for each in following] == [start, start]
    end(server, *following)


def _change_data(world: Made) -> None:
    assert world.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    world.control("PATCH", "/users/631830849", json={"name": "Another", "active": False})


def _lock_out(world: Made) -> None:
    world.control("POST", "/limits/exhaust", json={"operation": "leave_chat", "lock": True})


def _mint(world: Made) -> None:
    world.control("POST", "/tokens", json={})


def _write_down(world: Made) -> None:
    _change_data(world)
    world.call("GET", "/state")


def _import(world: Made) -> None:
    world.control("PUT", "/state", json=SMALL)
    world.control("POST", "/reset")


def _restore(world: Made) -> None:
    _change_data(world)
    world.control("PUT", "/snapshots/s")
    world.control("POST", "/snapshots/s/restore")


@pytest.mark.parametrize("done", [_change_data, _lock_out, _mint, _write_down, _import, _restore])
def test_a_world_begins_as_any_other_whatever_was_done_to_the_one_that_ended_before(
    server: Running, done: Callable[[Made], None]
) -> None:
    before = make(server, id="before", world="documentation")
    before.freeze()
    start, limits = (settled(before), shown(unlimited(before))), before.control("GET", "/limits")
    end(server, before)
    for _ in range(2):
        ended = make(server, id="ended", world="documentation")
        done(ended)
        end(server, ended)
        again = make(server, id="before", world="documentation")
        again.freeze()
        assert again.answer == before.answer
        assert ((settled(again), shown(unlimited(again))), again.control("GET", "/limits")) == (start, limits)
        end(server, again)


def test_fifty_worlds_side_by_side_are_reset_each_for_itself(server: Running) -> None:
    worlds = [make(server, world="documentation") for _ in range(50)]
    start = shown(worlds[0])
    for world in worlds:
        assert world.as_("owner").delete(f"/chats/{CHANNEL}/stickymessage").status_code == 204
    for world in worlds[::2]:
        world.control("POST", "/reset")
    changed = shown(worlds[1])
    assert changed != start
    assert [shown(world) for world in worlds] == [start, changed] * 25
    end(server, *worlds)


def test_an_import_into_a_world_that_ends_meanwhile_brings_nothing_back(server: Running) -> None:
    """Above all not its tokens; what takes long is the reading of the document, beside the loop."""
    world = make(server, id="ghost", world="empty")
    chats = [{**SMALL["chats"][0], "id": str(number), "aliases": []} for number in range(1, 4000)]
    sent = request("PUT", "/_mockcliq/worlds/ghost/state", body=json.dumps({**SMALL, "chats": chats}).encode())

    def latest_use() -> tuple[float, float]:
        """Between which moments it was asked for last."""
        asked = time.monotonic()
        idle = next(each["idle_s"] for each in server.control("GET", "/worlds")["worlds"] if each["id"] == "ghost")
        return asked - idle, time.monotonic() - idle

    _, made_until = latest_use()
    until(lambda: time.monotonic() > made_until + 0.2)
    with connected(server.port) as wire:
        wire.send(sent)
        until(lambda: latest_use()[0] > made_until)
        end(server, world)
        status, detail = told(wire.answer())
    assert (status, "'ghost'" in detail) == (404, True)
    assert refusal(Cliq(server, "1000.ghost.owner").get("/chats")) == (401, "token_unknown")


# Many at once


def test_of_many_that_ask_for_one_name_one_gets_it(server: Running) -> None:
    with ThreadPoolExecutor(8) as threads:
        orders = [{"id": "one", "world": "documentation", "seed": 90}] * 16
        answers = list(threads.map(lambda order: server.http.post("/_mockcliq/worlds", json=order), orders))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15
    assert ids(server) == ["default", "one"]
    assert Cliq(server, "1000.one.owner").chats()


def test_of_many_that_ask_for_any_name_each_gets_its_own(server: Running) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: make(server, seed=91, chats=5), range(16)))
    assert len({world.id for world in made}) == 16
    lists = {world.as_("owner").get("/chats").content for world in made}
    assert len(lists) == 1


def test_one_document_imported_many_times_at_once_gives_each_world_tokens_that_are_its_own(server: Running) -> None:
    token = {"token": "1000.custom.t", "user": "7", "scopes": ["ZohoCliq.Chats.READ"]}
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: make(server, state={**SMALL, "tokens": [token]}), range(8)))
    names = [world.answer["renamed_tokens"].get("1000.custom.t", "1000.custom.t") for world in made]
    assert len(set(names)) == 8
    assert names.count("1000.custom.t") == 1
    for world, name in zip(made, names, strict=True):
        world.control("PATCH", "/users/7", json={"active": False})
        assert refusal(Cliq(server, name).get("/chats")) == (403, "user_not_active")


def test_a_world_never_takes_the_tokens_that_another_kept_from_an_import(server: Running) -> None:
    """They were exported by a world of that name, which had ended when they were imported."""
    alpha = make(server, id="alpha", world="documentation")
    document = alpha.control("GET", "/state")
    end(server, alpha)
    heir = make(server, id="heir", state=document)
    assert heir.answer["renamed_tokens"] == {}
    status, detail = told(server.http.post("/_mockcliq/worlds", json={"id": "alpha", "world": "empty"}))
    assert (status, "'heir'" in detail) == (409, True)
    status, _ = told(server.http.post("/_mockcliq/worlds", json={"id": "alpha", "state": SMALL}))
    assert status == 409
    assert len(Cliq(server, "1000.alpha.owner").chats()) == 1
    end(server, heir)
    assert make(server, id="alpha", world="empty").as_("owner").chats() == []


def test_names_that_the_server_gives_avoid_tokens_that_are_there(server: Running) -> None:
    """A document of another server may bring the names of worlds that are not made yet here."""
    number = int(make(server, world="empty").id.removeprefix("w"))
    tokens = [{"token": f"1000.w{number + 1}.owner", "user": "7", "scopes": ["ZohoCliq.Chats.READ"]}]
    imported = make(server, id="imported", state={**SMALL, "tokens": tokens})
    for _ in range(3):
        assert make(server, world="empty").as_("owner").chats() == []
    assert Cliq(server, f"1000.w{number + 1}.owner").chats()[0]["name"] == "Alone"
    assert imported.as_("owner").chats()[0]["name"] == "Alone"


@pytest.mark.slow
def test_while_a_big_world_is_being_made_everybody_else_is_served(server: Running) -> None:
    """Also those who make worlds."""
    make(server, world="documentation")
    made: list[Made] = []
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        big = {"id": "big", "seed": 92, "chats": 3000, "messages": 3000}
        making = threading.Thread(target=lambda: made.append(make(Running(server.port, client), **big)))
        making.start()
        served = 0
        while not made and served < 3:
            world = make(server, world="documentation")
            assert world.as_("owner").chats()
            end(server, world)
            served += not made
        making.join()
    assert served == 3, "others waited for it"
    assert len(server.control("GET", "/worlds/big/chats?limit=10000")["chats"]) == 3000
    end(server, *made)


# Collected


def test_a_world_that_nobody_asks_for_is_collected(serve: Serve) -> None:
    server = serve(world="empty", world_idle=0.3)
    asked, controlled, shown_, forgotten = (make(server, id=name) for name in ("asked", "controlled", "shown", "lost"))

    def is_collected() -> bool:
        assert asked.as_("owner").get("/chats", headers={"Prefer": "code=404"}).status_code == 404
        controlled.control("GET", "/clock")
        server.control("GET", f"/worlds/{shown_.id}")
        return "lost" not in ids(server)

    until(is_collected)
    assert ids(server) == ["default", "asked", "controlled", "shown"]
    assert refusal(Cliq(server, forgotten.answer["token"]).get("/chats")) == (401, "token_unknown")
    until(lambda: ids(server) == ["default"])
    assert server.as_("owner").get("/chats").status_code == 200


def test_with_0_none_is_ever_collected(serve: Serve) -> None:
    """Long after others are, that were made later."""
    keeping, collecting = serve(world="empty", world_idle=0), serve(world="empty", world_idle=0.05)
    kept = make(keeping, id="kept")
    make(collecting)
    until(lambda: ids(collecting) == ["default"])
    assert keeping.control("GET", "/worlds")["worlds"][1]["idle_s"] > 0.05
    assert kept.as_("owner").get("/chats").status_code == 200


@pytest.mark.slow
def test_a_thousand_worlds_come_and_go_and_the_process_stays_as_small_as_it_was() -> None:
    with programs() as start:
        program = start(*SERVE, "--world", "documentation")
        with program.http() as http:

            def come_and_go(number: int) -> None:
                for _ in range(number):
                    made = http.post("/_mockcliq/worlds").json()
                    http.post(f"/_mockcliq/worlds/{made['id']}/tokens")
                    headers = {"Authorization": f"Bearer {made['token']}"}
                    assert http.get("/api/v2/chats", headers=headers).status_code == 200
                    assert http.delete(f"/_mockcliq/worlds/{made['id']}").status_code == 200

            come_and_go(150)
            before = _resident_kib(program.pid)
            come_and_go(850)
            grown = _resident_kib(program.pid) - before
        # A world alone has some 100 KiB.
        assert grown < 20_000, grown
        assert len(program.out.splitlines()) == 1


def _resident_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])
