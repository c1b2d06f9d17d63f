"""Worlds side by side on one server: what happens in one is seen in no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import httpx
import pytest

from tests.conftest import Cliq, Running
from tests.control.worlds import Made, default_of, make, refusal, settled, told

CHANNEL = "CT_2243173626687865223_P87610291-C4"
DIRECT = "2230748224630350194"
MEETING = "1573708648341_375412769224"
OWNER = "631830849"
NOON = "2025-06-01T12:00:00Z"

Step = tuple[str, str, str, Any]
"""Who calls (a token's label, or `control`), method, path and body."""

ACTIONS: tuple[Step, ...] = (
    ("owner", "GET", "/chats", None),
    ("owner", "POST", f"/chats/{CHANNEL}/mute", None),
    ("member", "GET", f"/chats/{CHANNEL}/members", None),
    ("owner", "POST", f"/chats/{CHANNEL}/stickymessage", {"id": MEETING, "expiry_time": 90_000}),
    ("control", "POST", "/clock/advance", {"seconds": 31}),
    ("owner", "GET", f"/chats/{CHANNEL}/stickymessage", None),
    ("control", "GET", "/limits", None),
    ("member", "POST", f"/chats/{CHANNEL}/leave", None),
    ("control", "PUT", "/limits", {"operation": "list_direct_chats", "threshold": 2}),
    ("owner", "DELETE", f"/chats/{CHANNEL}/stickymessage", None),
    ("control", "PUT", "/snapshots/here", None),
    ("owner", "GET", "/chats", None),
    (
        "control",
        "POST",
        "/faults",
        {"match": {"operation": "mute_chat"}, "when": {"times": 1}, "then": {"status": 500}},
    ),
    ("owner", "GET", "/chats", None),
    ("control", "POST", "/limits/exhaust", {"operation": "mute_chat", "lock": True}),
    ("control", "GET", "/chats", None),
    ("control", "POST", f"/chats/{DIRECT}/messages", {"sender": OWNER, "text": "Hello"}),
    ("owner", "GET", f"/chats/{CHANNEL}/members", None),
    ("control", "POST", "/snapshots/here/restore", None),
    ("control", "PATCH", f"/users/{OWNER}", {"name": "Another"}),
    ("control", "GET", "/faults", None),
    ("control", "POST", "/reset", {"what": ["data", "faults"]}),
    ("outsider", "GET", "/chats", None),
    ("control", "POST", "/chats", {"type": "chat", "name": "New", "members": [OWNER]}),
    ("control", "POST", "/reset", {"what": ["data", "tokens", "limits", "faults", "journal"]}),
    ("control", "PUT", "/clock", {"mode": "frozen", "now": NOON}),
    ("control", "DELETE", "/snapshots/here", None),
)
STEPS = 27


def script(number: int) -> list[Step]:
    """A course of its own through all the actions for each number."""
    stride = (1, 2, 4, 5, 7, 8, 10, 11, 13, 14)[number]
    return [ACTIONS[(number + stride * step) % len(ACTIONS)] for step in range(STEPS)]


def take(client: httpx.Client, world: Made, step: Step) -> tuple[int, bytes]:
    """One call in a world: its status and bytes."""
    who, method, path, body = step
    if who == "control":
        answer = client.request(method, f"{world.answer['control_url']}{path}", json=body)
    else:
        headers = {"Authorization": f"Bearer {world.answer['tokens'][who]}"}
        answer = client.request(method, f"{world.server.url}/api/v2{path}", json=body, headers=headers)
    assert answer.status_code != 500 or b"Cliq server" in answer.content, answer.text
    return answer.status_code, answer.content


def made(server: Running) -> Made:
    """A world of the documentation's, at noon."""
    world = make(server, world="documentation")
    world.freeze(NOON)
    return world


@pytest.mark.slow
def test_fifty_worlds_hammered_side_by_side_each_answer_as_one_alone(documentation: Running) -> None:
    """The people have the same ids in all of them."""
    scripts = [script(number) for number in range(10)]
    with httpx.Client(trust_env=False) as client:
        alone = []
        for steps in scripts:
            world = made(documentation)
            alone.append([take(client, world, step) for step in steps])
    assert len({tuple(each) for each in alone}) == 10
    assert {status for status, _ in chain(*alone)} >= {200, 201, 204, 403, 404, 429, 500}

    worlds = [made(documentation) for _ in range(50)]

    def hammer(thread: int) -> list[tuple[int, list[tuple[int, bytes]]]]:
        """Ten worlds in turn, a call each."""
        courses: list[tuple[int, list[tuple[int, bytes]]]] = [(number, []) for number in range(10)]
        with httpx.Client(trust_env=False, timeout=30) as client:
            for step in range(STEPS):
                for number, answers in courses:
                    answers.append(take(client, worlds[10 * thread + number], scripts[number][step]))
        return courses

    with ThreadPoolExecutor(5) as threads:
        for courses in threads.map(hammer, range(5)):
            for number, answers in courses:
                assert answers == alone[number]
    for world in worlds:
        documentation.control("DELETE", f"/worlds/{world.id}")


@pytest.mark.slow
def test_no_message_of_fifty_worlds_crosses_into_another(documentation: Running) -> None:
    """All post to the same chat and channel, side by side: each reads its own posts, in its own order."""
    worlds = [made(documentation) for _ in range(50)]
    for world in worlds:
        world.control("PUT", "/limits", json={"threshold": 1000})

    def post(turn: int) -> None:
        with httpx.Client(trust_env=False, timeout=30) as client:
            for number, world in enumerate(worlds):
                if number % 5 == turn:
                    for nth in range(6):
                        to = f"/chats/{DIRECT}/message" if nth % 2 else "/channelsbyname/marketing/message"
                        step = ("owner", "POST", to, {"text": f"{nth} of {world.id}"})
                        assert take(client, world, step) == (204, b"")

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(post, range(5)))
    for world in worlds:
        for where, first in ({"chat": DIRECT}, 1), ({"channel": "marketing"}, 0):
            found = world.control("GET", "/messages", params=where)["messages"]
            assert [each["text"] for each in found if " of " in each["text"]] == [
                f"{nth} of {world.id}" for nth in range(first, 6, 2)
            ]
        documentation.control("DELETE", f"/worlds/{world.id}")


def test_a_user_s_calls_in_one_world_count_in_no_other(documentation: Running) -> None:
    one, other = made(documentation), made(documentation)
    assert [one.as_("owner").get("/chats").status_code for _ in range(21)] == [200] * 20 + [429]
    assert [other.as_("owner").get("/chats").status_code for _ in range(20)] == [200] * 20
    assert documentation.as_("owner").get("/chats").status_code == 200


def test_a_call_below_a_world_is_in_its_journal_though_nothing_has_its_path_and_nobody_its_token(
    documentation: Running,
) -> None:
    world = make(documentation)
    for path in (f"/w/{world.id}/api/v2/nothing", f"/w/{world.id}/network/acme/nothing", "/w/nobody/api/v2/nothing"):
        answer = documentation.http.get(path, headers={"Authorization": "Bearer 1000.nobody.s"})
        assert refusal(answer) == (404, "unknown_path")
    paths = [entry["path"] for entry in world.control("GET", "/requests")["requests"]]
    assert paths == [f"/w/{world.id}/api/v2/nothing", f"/w/{world.id}/network/acme/nothing"]


def test_a_world_s_tokens_are_in_no_other_world_s_control(documentation: Running) -> None:
    one, other = made(documentation), made(documentation)
    token = one.answer["token"]
    assert told(other.call("DELETE", f"/tokens/{token}"))[0] == 404
    assert one.as_("owner").get("/chats").status_code == 200
    assert token not in other.call("GET", "/state").text


# Every control route stands below a world too

OF_THE_SERVER = {"/health", "/ready", "/operations", "/server", "/ca.pem", "/runs", "/worlds", "/worlds/{world_id}"}


def test_every_route_of_a_world_says_so_when_that_world_is_none(documentation: Running) -> None:
    paths = documentation.control("GET", "/openapi.json")["paths"]
    routes = [(method, path) for path, methods in paths.items() for method in methods]
    seen = 0
    for method, path in routes:
        if path in OF_THE_SERVER:
            continue
        concrete = "/".join("x" if part.startswith("{") else part for part in path.split("/"))
        body: Any = {} if method in ("post", "put", "patch") else None
        status, detail = told(documentation.http.request(method, f"/_mockcliq/worlds/nope{concrete}", json=body))
        assert (status, "'nope'" in detail) == (404, True), (method, path, detail)
        seen += 1
    assert seen >= 28


WRITES: tuple[tuple[str, str, Any, str], ...] = (
    ("PUT", "/clock", {"mode": "frozen", "now": "2040-01-01"}, "/clock"),
    ("POST", "/clock/advance", {"seconds": 5}, "/clock"),
    ("PUT", "/limits", {"threshold": 3}, "/limits"),
    ("POST", "/limits/exhaust", {"operation": "mute_chat"}, "/limits"),
    ("POST", "/faults", {"then": {"status": 500}}, "/faults"),
    ("PUT", "/snapshots/mine", None, "/snapshots"),
    ("POST", "/users", {"name": "New"}, "/users"),
    ("PATCH", f"/users/{OWNER}", {"active": False}, "/users"),
    ("POST", "/tokens", {}, "/state"),
    ("DELETE", "/tokens/{owner}", None, "/state"),
    ("POST", "/chats", {"type": "chat", "members": [OWNER]}, "/chats"),
    ("POST", f"/chats/{DIRECT}/messages", {"sender": OWNER, "text": "x"}, f"/chats/{DIRECT}/messages"),
    ("POST", f"/chats/{DIRECT}/drafts", {"user": OWNER, "text": "x"}, f"/chats/{DIRECT}"),
    ("PUT", "/state", {"mockcliq": 1, "starts_at": "2030-01-01", "users": []}, "/users"),
)


@pytest.mark.parametrize(("method", "path", "body", "seen"), WRITES, ids=lambda value: str(value)[:30])
def test_a_change_is_made_in_the_world_of_the_path_alone(
    documentation: Running, method: str, path: str, body: Any, seen: str
) -> None:
    here, there = made(documentation), made(documentation)
    default = default_of(documentation)
    default.freeze(NOON)
    before = [world.call("GET", seen).content for world in (here, there, default)]
    answer = here.call(method, path.replace("{owner}", here.answer["token"]), json=body)
    assert answer.is_success, answer.text
    after = [world.call("GET", seen).content for world in (here, there, default)]
    assert after[0] != before[0]
    assert after[1:] == before[1:]
    assert settled(default)["tokens"][0]["token"].startswith("1000.41d9")
    here.control("POST", "/reset")
    assert [world.call("GET", seen).content for world in (there, default)] == before[1:]


def test_a_change_without_a_world_in_the_path_is_made_in_default_alone(documentation: Running) -> None:
    world = made(documentation)
    before = settled(world)
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2040-01-01"})
    documentation.control("PATCH", f"/users/{OWNER}", json={"active": False})
    documentation.control("POST", "/faults", json={"then": {"status": 500}})
    assert world.as_("owner").get("/chats").status_code == 200
    assert settled(world) == before
    below = documentation.control("GET", "/worlds/default/faults")
    assert below == documentation.control("GET", "/faults")
    assert len(below["faults"]) == 1


def test_a_world_that_ends_takes_no_other_with_it(documentation: Running) -> None:
    """A copy of the same start, with the same people."""
    one, other = made(documentation), made(documentation)
    before = settled(other)
    documentation.control("DELETE", f"/worlds/{one.id}")
    assert settled(other) == before
    assert refusal(Cliq(documentation, one.answer["token"]).get("/chats")) == (401, "token_unknown")
    assert other.as_("owner").get("/chats").status_code == 200
