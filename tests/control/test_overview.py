"""A world at a glance, for who watches it: what is true now, and whether anything has changed since the last look."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Running, Serve
from tests.control.worlds import Made, default_of, make, settled, told
from tests.office import ADA, EVE, LAUNCH, LAUNCH_NOON, MAX, QUIET
from tests.processes import SERVE, Start

pytest_plugins = ["tests.office_server"]

NOON = "2025-06-01T12:00:00.000Z"

LIMIT = {
    "operation": "mute_chat",
    "threshold": 20,
    "window_s": 60,
    "lock_s": 600,
    "user": ADA,
    "count": 1,
    "remaining": 19,
    "frees_at": "2025-06-01T12:01:00.000Z",
    "locked_until": None,
}


@pytest.fixture
def world(office: Running) -> Made:
    """The office as a world of the test's own, at noon."""
    world = make(office)
    world.freeze()
    return world


def overview(world: Made | Running) -> dict[str, Any]:
    """What the route answers."""
    answer: dict[str, Any] = world.control("GET", "/overview")
    return answer


def changes(world: Made | Running) -> int:
    """The number that tells whether anything has changed."""
    number = overview(world)["changes"]
    assert isinstance(number, int)
    # What JavaScript can tell from the next.
    assert 0 <= number < 2**53 - 1
    return number


def run(world: Made | Running) -> str:
    """What tells it from another of its name."""
    told: str = overview(world)["run"]
    return told


# At a glance


def test_of_a_world_that_nobody_has_called_there_is_little_to_tell(world: Made) -> None:
    assert overview(world) == {
        "world": world.id,
        "run": run(world),
        "changes": changes(world),
        "rate_limit": True,
        "clock": {"mode": "frozen", "now": NOON},
        "faults": [],
        "limits": [],
        "journal": {"held": 0, "size": 1000},
    }


def test_calls_show_in_the_journal_and_the_limits_and_rules_among_the_faults(world: Made) -> None:
    world.as_("owner").post(f"/chats/{LAUNCH}/mute")
    rule = {
        "match": {"operation": "mute_chat", "chat": QUIET, "user": EVE, "path": "/api/*", "method": "POST"},
        "when": {"after": 1, "probability": 1},
        "then": {"status": 503, "body": {"any": [1e300]}, "headers": {"X-A": "b"}},
    }
    made = [world.control("POST", "/faults", json=each) for each in (rule, {"then": {"delay_ms": 1}})]
    seen = overview(world)
    assert seen["journal"] == {"held": 1, "size": 1000}
    assert seen["limits"] == [LIMIT]
    assert seen["faults"] == made[::-1] == world.control("GET", "/faults")["faults"]


def test_locks_show_and_what_is_over_does_not(world: Made) -> None:
    world.control("POST", "/limits/exhaust", json={"operation": "mute_chat", "lock": True})
    lock = {"count": 0, "remaining": 0, "frees_at": None, "locked_until": "2025-06-01T12:10:00.000Z"}
    assert overview(world)["limits"] == [{**LIMIT, **lock}]
    world.control("POST", "/clock/advance", json={"seconds": 600})
    assert overview(world)["limits"] == []
    assert overview(world)["clock"] == {"mode": "frozen", "now": "2025-06-01T12:10:00.000Z"}


def test_it_tells_where_limits_are_off_and_how_long_the_journal_is(serve: Serve) -> None:
    server = serve(world="documentation", rate_limit=False, journal_size=2)
    for _ in range(3):
        server.as_("owner").get("/chats")
    seen = overview(server)
    assert (seen["world"], seen["rate_limit"], seen["journal"]) == ("default", False, {"held": 2, "size": 2})


def test_of_a_world_that_is_not_there_nothing_is_told(office: Running) -> None:
    assert told(office.http.get("/_mockcliq/worlds/nobody/overview"))[0] == 404


def test_looking_changes_nothing(world: Made) -> None:
    world.as_("owner").post(f"/chats/{LAUNCH}/mute")
    before, document, limits = overview(world), settled(world), world.control("GET", "/limits")
    for _ in range(30):
        assert overview(world) == before
    assert settled(world) == document
    assert world.control("GET", "/limits") == limits


# Changes


def mute(world: Made) -> None:
    assert world.as_("owner").post(f"/chats/{LAUNCH}/mute").status_code == 204


def pin(world: Made) -> None:
    assert world.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json={"id": LAUNCH_NOON}).status_code == 200


def leave(world: Made) -> None:
    assert world.as_("owner").post(f"/chats/{LAUNCH}/leave").status_code == 204


WRITES: dict[str, Callable[[Made], object]] = {
    "a mute": mute,
    "a pin": pin,
    "who has left": leave,
    "a chat": lambda world: world.control("POST", "/chats", json={"type": "chat", "members": [ADA, MAX]}),
    "a message": lambda world: world.control("POST", f"/chats/{QUIET}/messages", json={"sender": ADA, "text": "x"}),
    "a draft": lambda world: world.control("POST", f"/chats/{QUIET}/drafts", json={"user": ADA, "text": "x"}),
    "a person": lambda world: world.control("POST", "/users", json={"name": "Nia New"}),
    "a name": lambda world: world.control("PATCH", f"/users/{MAX}", json={"name": "Moritz"}),
    "a token": lambda world: world.control("POST", "/tokens", json={}),
    "a reset": lambda world: world.control("POST", "/reset"),
    "a reset of the data": lambda world: world.control("POST", "/reset", json={"what": ["data"]}),
    "an import": lambda world: world.control("PUT", "/state", json=world.control("GET", "/state")),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whatever_is_written_the_number_is_one_that_nobody_has_seen(world: Made, write: Callable[[Made], None]) -> None:
    """Also after a way back, and when the same is written there again."""
    world.control("PUT", "/snapshots/s")
    seen = [changes(world)]
    for way_back in ("/reset", "/snapshots/s/restore", "/reset"):
        write(world)
        seen.append(changes(world))
        world.control("POST", way_back)
        seen.append(changes(world))
    assert len({*seen}) == len(seen) == 7


def test_what_leaves_the_data_alone_leaves_the_number_alone(world: Made) -> None:
    mute(world)
    before = changes(world)
    mute(world)
    assert world.as_("owner").chats()
    world.control("POST", "/clock/advance", json={"seconds": 1})
    world.control("POST", "/faults", json={"then": {"delay_ms": 1}})
    world.control("PUT", "/limits", json={"threshold": 7})
    world.control("PUT", "/snapshots/s")
    world.control("POST", "/reset", json={"what": ["faults", "journal"]})
    assert changes(world) == before


def test_what_is_written_to_one_world_is_none_of_another_s(world: Made, office: Running) -> None:
    before = changes(default_of(office))
    mute(world)
    assert changes(default_of(office)) == before


def test_another_world_of_the_same_name_has_other_numbers(office: Running) -> None:
    """Also one that takes over what the one before it left."""
    seen = set()
    runs = set()
    for _ in range(4):
        world = make(office, id="again")
        seen.add(changes(world))
        runs.add(run(world))
        mute(world)
        seen.add(changes(world))
        office.control("DELETE", "/worlds/again")
    assert (len(seen), len(runs)) == (8, 4)


@pytest.mark.slow
def test_a_server_that_was_started_again_has_other_numbers(start: Start, file: Path) -> None:
    """Its file holds what is there; a reset of it, or an import, is a change too."""
    seen = []
    runs = set()
    for _ in range(2):
        server = start(*SERVE, "--world", "documentation", "--database", file)
        with server.http() as http:
            world = Running(server.port, http)
            state = world.control("GET", "/state")
            seen.append(changes(world))
            for method, path, body in (("POST", "/reset", None), ("PUT", "/state", state), ("POST", "/tokens", {})):
                world.control(method, path, json=body)
                seen.append(changes(world))
                runs.add(run(world))
        assert server.end_by(signal.SIGTERM).code == 0
    assert len({*seen}) == len(seen) == 8
    assert len(runs) == 2
