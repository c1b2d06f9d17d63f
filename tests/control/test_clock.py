"""The clock of a world: read, set, frozen, moved on; everything that reads time follows it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Cliq, Running, Serve
from tests.processes import until

CHANNEL = "987000000654321"
MEETING = "1573708648341_375412769224"


def put(server: Running, **order: object) -> dict[str, str]:
    """Set the clock, which must agree."""
    answer: dict[str, str] = server.control("PUT", "/clock", json=order)
    return answer


def test_a_frozen_clock_stands_still(documentation: Running) -> None:
    state = {"mode": "frozen", "now": "2030-05-06T07:08:09.010Z"}
    assert put(documentation, mode="frozen", now="2030-05-06T07:08:09.010Z") == state
    assert [documentation.control("GET", "/clock") for _ in range(3)] == [state] * 3


def test_a_clock_is_frozen_at_its_present_where_no_other_moment_is_given(documentation: Running) -> None:
    put(documentation, mode="offset", now="2031-01-01T00:00:00Z")
    state = put(documentation, mode="frozen")
    assert state["now"].startswith("2031-01-01T00:00:0")
    assert documentation.control("GET", "/clock") == state
    assert put(documentation, mode="frozen") == state


def test_a_clock_set_to_another_time_runs_on_from_there(documentation: Running) -> None:
    state = put(documentation, mode="offset", now="1999-12-31T23:59:59.900Z")
    assert state["mode"] == "offset"
    assert "1999-12-31T23:59:59.900Z" <= state["now"] < "2000-01-01T00:00:30Z"
    until(lambda: documentation.control("GET", "/clock")["now"].startswith("2000-01-01T00:"))


def test_a_real_clock_shows_the_machine_s_time(documentation: Running, serve: Serve) -> None:
    """Two worlds with real clocks agree, wherever they stood before."""
    put(documentation, mode="frozen", now=0)
    other = serve(world="empty")
    assert put(documentation, mode="real")["mode"] == "real"
    before = other.control("GET", "/clock")["now"]
    between = documentation.control("GET", "/clock")["now"]
    after = other.control("GET", "/clock")["now"]
    assert before <= between <= after


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2025-06-01T12:00:00Z", "2025-06-01T12:00:00.000Z"),
        ("2025-06-01T12:00:00+02:00", "2025-06-01T10:00:00.000Z"),
        ("2025-06-01T12:00:00", "2025-06-01T12:00:00.000Z"),
        ("2025-06-01", "2025-06-01T00:00:00.000Z"),
        (1748779200000, "2025-06-01T12:00:00.000Z"),
        ("1748779200000", "2025-06-01T12:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_moment_is_iso_8601_or_epoch_milliseconds(documentation: Running, now: str | int, shown: str) -> None:
    assert put(documentation, mode="frozen", now=now) == {"mode": "frozen", "now": shown}


def test_advancing_a_frozen_clock_leaves_it_frozen(documentation: Running) -> None:
    put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    assert documentation.control("POST", "/clock/advance", json={"seconds": 600}) == {
        "mode": "frozen",
        "now": "2025-06-01T00:10:00.000Z",
    }
    assert documentation.control("POST", "/clock/advance", json={"seconds": 0.25})["now"] == "2025-06-01T00:10:00.250Z"
    assert documentation.control("POST", "/clock/advance", json={"seconds": 0})["now"] == "2025-06-01T00:10:00.250Z"


@pytest.mark.parametrize("order", [{"mode": "offset", "now": "2025-06-01T00:00:00Z"}, {"mode": "real"}])
def test_advancing_a_running_clock_leaves_it_running(documentation: Running, order: dict[str, str]) -> None:
    before = put(documentation, **order)["now"]
    state = documentation.control("POST", "/clock/advance", json={"seconds": 86_400})
    assert state["mode"] == "offset"
    assert before[:10] < state["now"][:10]
    until(lambda: documentation.control("GET", "/clock")["now"] > state["now"])


def test_pins_expire_by_the_clock(documentation: Running) -> None:
    put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    owner = documentation.as_("owner")
    pin = {"id": MEETING, "expiry_time": 60_000}
    assert owner.post(f"/chats/{CHANNEL}/stickymessage", json=pin).json()["data"]["expiry_time"] == 1748736060000
    documentation.advance(seconds=59.999)
    assert owner.get(f"/chats/{CHANNEL}/stickymessage").json()["data"]["message"]["msg"] == "meeting at 4"
    documentation.advance(seconds=0.001)
    assert owner.get(f"/chats/{CHANNEL}/stickymessage").json()["data"] == {}


def test_a_lock_ends_by_the_clock(documentation: Running) -> None:
    put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    owner = documentation.as_("owner")
    assert [owner.get("/chats").status_code for _ in range(21)] == [200] * 20 + [429]
    documentation.advance(minutes=9, seconds=59.999)
    assert owner.get("/chats").status_code == 429
    documentation.advance(seconds=0.001)
    assert owner.get("/chats").status_code == 200


def test_a_clock_set_back_forgets_what_has_not_happened_yet(documentation: Running) -> None:
    """A lock that begins in the future holds nobody out."""
    put(documentation, mode="frozen", now="2030-01-01T00:00:00Z")
    documentation.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats", "lock": True})
    put(documentation, mode="frozen", now="2025-01-01T00:00:00Z")
    assert documentation.as_("owner").get("/chats").status_code == 200


@pytest.mark.parametrize("mode", ["frozen", "offset"])
def test_at_the_end_of_time_the_clock_goes_no_further(documentation: Running, mode: str) -> None:
    """Nor does anything break there."""
    put(documentation, mode=mode, now="9999-12-31T23:59:59.999Z")
    answer = documentation.http.post("/_mockcliq/clock/advance", json={"seconds": 1})
    assert (answer.status_code, answer.json()["detail"]) == (422, "a clock stays within the years 1 to 9999")
    assert documentation.control("GET", "/clock")["now"] == "9999-12-31T23:59:59.999Z"
    owner = documentation.as_("owner")
    assert owner.post(f"/chats/{CHANNEL}/stickymessage", json={"id": MEETING, "expiry_time": 1}).status_code == 200
    documentation.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats"})
    assert owner.get("/chats").status_code == 429
    assert documentation.control("GET", "/limits")["limits"]


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"mode": "stopped"},
        {"mode": None},
        {"mode": "offset"},
        {"mode": "offset", "now": None},
        {"mode": "frozen", "now": "noon"},
        {"mode": "frozen", "now": ""},
        {"mode": "frozen", "now": True},
        {"mode": "frozen", "now": 1.5},
        {"mode": "frozen", "now": {}},
        {"mode": "frozen", "now": 10**18},
        {"mode": "frozen", "now": -(10**18)},
        {"mode": "frozen", "now": "9999-12-31T23:59:59-00:01"},
        {"mode": "frozen", "then": "2025-06-01"},
        [],
        "frozen",
    ],
)
def test_an_order_that_will_not_do_is_refused_and_changes_nothing(documentation: Running, order: object) -> None:
    state = put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    answer = documentation.http.put("/_mockcliq/clock", json=order)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert documentation.control("GET", "/clock") == state


@pytest.mark.parametrize("seconds", [-1, -0.001, 1e30, "soon", None, [], {}])
def test_a_span_that_will_not_do_is_refused_and_changes_nothing(documentation: Running, seconds: object) -> None:
    state = put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    answer = documentation.http.post("/_mockcliq/clock/advance", json={"seconds": seconds})
    assert (answer.status_code, "seconds" in answer.json()["detail"]) == (422, True)
    assert documentation.control("GET", "/clock") == state


# To the millisecond, and all at once


def test_a_clock_set_back_makes_an_expired_token_and_a_pin_good_again(documentation: Running) -> None:
    """What is over is over by the clock, and by nothing else."""
    put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    minted = documentation.control("POST", "/tokens", json={"expires_in": 60})["token"]
    holder, owner = Cliq(documentation, minted), documentation.as_("owner")
    assert owner.post(f"/chats/{CHANNEL}/stickymessage", json={"id": MEETING, "expiry_time": 60_000}).status_code == 200
    for now, status, pinned in (
        ("2025-06-01T00:00:59.999Z", 200, True),
        ("2025-06-01T00:01:00.000Z", 401, False),
        ("2030-01-01T00:00:00.000Z", 401, False),
        ("2025-06-01T00:00:59.999Z", 200, True),
    ):
        put(documentation, mode="frozen", now=now)
        assert holder.get("/chats").status_code == status
        assert bool(owner.get(f"/chats/{CHANNEL}/stickymessage").json()["data"]) is pinned


def test_advances_made_at_once_all_count_and_each_answer_is_one_that_was(documentation: Running) -> None:
    put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    with ThreadPoolExecutor(8) as threads:
        orders = [{"json": {"seconds": 1}}] * 59
        moments = list(threads.map(lambda order: documentation.control("POST", "/clock/advance", **order), orders))
    assert sorted(each["now"] for each in moments) == [f"2025-06-01T00:00:{second:02}.000Z" for second in range(1, 60)]
    assert documentation.control("GET", "/clock") == {"mode": "frozen", "now": "2025-06-01T00:00:59.000Z"}


def test_less_than_a_millisecond_moves_nothing(documentation: Running) -> None:
    state = put(documentation, mode="frozen", now="2025-06-01T00:00:00Z")
    assert documentation.control("POST", "/clock/advance", json={"seconds": 0.0004}) == state


def test_real_time_cannot_be_given_another(documentation: Running) -> None:
    answer = documentation.http.put("/_mockcliq/clock", json={"mode": "real", "now": "2030-01-01"})
    assert (answer.status_code, answer.json()["detail"].partition(";")[2]) == (
        422,
        " leave now away, or take mode offset",
    )
