"""Statuses: saved ones, the current one, and the one that ends by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Cliq, Running
from tests.depot import NOON_MS

pytest_plugins = ("tests.depot_server",)

AVAILABLE = {"code": "available", "message": "Available"}
KILN = {"code": "busy", "message": "At the kiln"}
LUNCH = {"code": "invisible", "message": "Lunch"}
HOUR_MS = 3_600_000


def current(who: Cliq) -> dict[str, Any]:
    answer = who.get("/statuses/current")
    assert_agreed(answer)
    data: dict[str, Any] = answer.json()["data"]
    return data


def add(who: Cliq, status: dict[str, str]) -> str:
    """Save a status; gives its id."""
    answer = who.post("/statuses", json=status)
    assert_agreed(answer)
    saved: str = answer.json()["data"]["id"]
    assert answer.json() == {"data": {**status, "id": saved}}
    return saved


def test_who_has_set_none_is_available(depot: Running) -> None:
    assert depot.as_("owner").get("/statuses").json() == {"data": []}
    assert current(depot.as_("owner")) == AVAILABLE


def test_a_saved_status_is_listed_and_becomes_the_current_one(depot: Running) -> None:
    mara = depot.as_("owner")
    kiln = add(mara, KILN)
    lunch = add(mara, LUNCH)
    assert current(mara) == LUNCH
    assert mara.get("/statuses").json() == {
        "data": [{"message": "At the kiln", "id": kiln}, {"message": "Lunch", "id": lunch}]
    }
    assert depot.as_("member").get("/statuses").json() == {"data": []}
    assert current(depot.as_("member")) == AVAILABLE


@pytest.mark.parametrize("arguments", [{}, {"json": {}}, {"content": b"{nonsense"}])
def test_a_saved_status_is_set(arguments: dict[str, Any], depot: Running) -> None:
    """One client sends {} as body."""
    mara = depot.as_("owner")
    kiln = add(mara, KILN)
    add(mara, LUNCH)
    answer = mara.call("PUT", f"/statuses/{kiln}/set", **arguments)
    assert_agreed(answer)
    assert answer.json() == {
        "url": f"/api/v2/statuses/{kiln}/set",
        "type": "status_message",
        "data": {**KILN, "id": kiln},
    }
    assert current(mara) == KILN


def test_who_deletes_the_current_status_is_available(depot: Running) -> None:
    mara = depot.as_("owner")
    kiln, lunch = add(mara, KILN), add(mara, LUNCH)
    assert_agreed(mara.delete(f"/statuses/{kiln}"), 204)
    assert current(mara) == LUNCH
    assert_agreed(mara.delete(f"/statuses/{lunch}"), 204)
    assert current(mara) == AVAILABLE
    assert mara.get("/statuses").json() == {"data": []}


def test_an_id_is_never_given_again(depot: Running) -> None:
    mara = depot.as_("owner")
    seen = set()
    for _ in range(4):
        status = add(mara, KILN)
        mara.delete(f"/statuses/{status}")
        seen.add(status)
    assert len(seen) == 4


def test_a_status_of_others_or_of_nobody_is_unknown(depot: Running) -> None:
    kiln = add(depot.as_("owner"), KILN)
    for status in (kiln, "5"):
        for answer in (
            depot.as_("member").call("PUT", f"/statuses/{status}/set"),
            depot.as_("member").delete(f"/statuses/{status}"),
        ):
            assert_refused(answer, 404)
            assert reason_of(answer).startswith(f"unknown_status; have={status}; ")
    assert current(depot.as_("owner")) == KILN


@pytest.mark.parametrize("expiry", [NOON_MS + HOUR_MS, str(NOON_MS + HOUR_MS), "2031-03-14T13:00:00Z"])
def test_a_temporary_status_ends_by_the_world_s_clock(expiry: object, depot: Running) -> None:
    """It is not saved, and what was set before comes back."""
    mara = depot.as_("owner")
    kiln = add(mara, KILN)
    assert_agreed(mara.call("PUT", "/statuses/ephemeral", json={**LUNCH, "expiry": expiry}), 204)
    assert mara.get("/statuses").json() == {"data": [{"message": "At the kiln", "id": kiln}]}
    depot.advance(seconds=3599)
    assert current(mara) == LUNCH
    depot.advance(seconds=1)
    assert current(mara) == KILN


def test_a_temporary_status_is_cleared_or_replaced(depot: Running) -> None:
    mara = depot.as_("owner")
    later = {**LUNCH, "expiry": NOON_MS + 1}
    mara.call("PUT", "/statuses/ephemeral", json=later)
    mara.call("PUT", "/statuses/ephemeral", json={**later, "message": "Tea"})
    assert current(mara) == {**LUNCH, "message": "Tea"}
    for _ in range(2):
        assert_agreed(mara.delete("/statuses/ephemeral"), 204)
        assert current(mara) == AVAILABLE


def test_who_sets_a_saved_status_ends_the_temporary_one(depot: Running) -> None:
    mara = depot.as_("owner")
    kiln = add(mara, KILN)
    later = {**LUNCH, "expiry": NOON_MS + HOUR_MS}
    mara.call("PUT", "/statuses/ephemeral", json=later)
    mara.call("PUT", f"/statuses/{kiln}/set")
    assert current(mara) == KILN
    mara.call("PUT", "/statuses/ephemeral", json=later)
    add(mara, {"code": "available", "message": "Back"})
    assert current(mara) == {"code": "available", "message": "Back"}


@pytest.mark.parametrize("expiry", [NOON_MS, NOON_MS - 1, 0, "2031-03-14T11:59:59Z"])
def test_a_temporary_status_that_is_over_is_refused(expiry: object, depot: Running) -> None:
    answer = depot.as_("owner").call("PUT", "/statuses/ephemeral", json={**LUNCH, "expiry": expiry})
    assert_refused(answer, 400)
    assert reason_of(answer).startswith("status_expired; ")
    assert reason_of(answer).endswith("need=a moment after 2031-03-14T12:00:00.000Z")


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "away"},
        {"code": "Busy"},
        {"code": None},
        {"code": ["busy"]},
        {"message": ""},
        {"message": " \n"},
        {"message": 5},
        {"expiry": None},
        {"expiry": True},
        {"expiry": "soon"},
        {"expiry": 1.5},
    ],
)
def test_what_is_no_status_is_refused(wrong: dict[str, Any], depot: Running) -> None:
    body = {**KILN, "expiry": NOON_MS + 1, **wrong}
    mara = depot.as_("owner")
    assert_refused(mara.call("PUT", "/statuses/ephemeral", json=body), 400)
    if "expiry" not in wrong:
        assert_refused(mara.post("/statuses", json=body), 400)
    (missing,) = wrong
    del body[missing]
    assert_refused(mara.call("PUT", "/statuses/ephemeral", json=body), 400)
    assert current(mara) == AVAILABLE


def test_statuses_survive_an_export_and_go_with_a_reset(depot: Running, serve: Any) -> None:
    mara = depot.as_("owner")
    add(mara, KILN)
    mara.call("PUT", "/statuses/ephemeral", json={**LUNCH, "expiry": NOON_MS + HOUR_MS})
    other = serve(world="empty")
    other.control("PUT", "/state", json=depot.control("GET", "/state"))
    other.control("PUT", "/clock", json={"mode": "frozen", "now": NOON_MS})
    there = other.as_("owner")
    assert there.get("/statuses").json() == mara.get("/statuses").json()
    assert current(there) == LUNCH
    other.advance(minutes=60)
    assert current(there) == KILN
    depot.control("POST", "/reset")
    assert mara.get("/statuses").json() == {"data": []}
