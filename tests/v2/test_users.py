"""People: lists in pages, one person, one's status, oneself, and adding some."""

from __future__ import annotations

from itertools import count
from typing import Any

import httpx
import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running
from tests.depot import IVO, JONAS, MARA, PRITI

pytest_plugins = ("tests.depot_server",)

MARA_LISTED = {
    "id": MARA,
    "email_id": "mara@kelpworks.example",
    "zuid": MARA,
    "zoid": "734029118",
    "name": "Mara Lindqvist",
    "organization_id": "734029118",
}


def ids(answer: httpx.Response) -> list[str]:
    """Who is in a page."""
    assert_agreed(answer)
    return [each["id"] for each in answer.json()["data"]]


def get(depot: Running, path: str, **query: Any) -> httpx.Response:
    return depot.as_("owner").get(path, params=query)


# The list


def test_a_row_has_no_display_name_unless_it_is_asked_for(depot: Running) -> None:
    """Observed: a client that shows it has to ask for it."""
    assert get(depot, "/users").json()["data"][0] == MARA_LISTED
    asked = get(depot, "/users", fields="display_name").json()["data"]
    assert asked[0] == {**MARA_LISTED, "display_name": "Mara"}
    assert [each["display_name"] for each in asked] == ["Mara", "Jonas", "Priti", "Ivo"]


def test_all_fields_are_what_is_known(depot: Running) -> None:
    mara, jonas, *_ = get(depot, "/users", fields="all").json()["data"]
    available = {"state": "online", "activity": "web", "text": "Available"}
    assert mara == {
        **MARA_LISTED,
        "display_name": "Mara",
        "mobile": "+351 900 000 001",
        "department": {"id": "1840000000001071015", "name": "Signal Desk"},
        "designation": {"id": "1840000000001072003", "name": "Surveyor"},
        "chat_status": available,
    }
    assert set(jonas) == {*MARA_LISTED, "display_name", "chat_status"}
    some = get(depot, "/users", fields=" mobile , chat_status").json()["data"][0]
    assert some == {**MARA_LISTED, "mobile": "+351 900 000 001", "chat_status": available}


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_are_walked_by_their_tokens(limit: int, depot: Running) -> None:
    """Everybody comes once; the last page has no token and says that there is no more."""
    seen: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    for _ in range(5):
        answer = get(depot, "/users", **query)
        seen += ids(answer)
        page = answer.json()
        assert page["has_more"] is ("next_token" in page)
        if not page["has_more"]:
            break
        assert len(page["data"]) == limit
        query["next_token"] = page["next_token"]
    assert seen == [MARA, JONAS, PRITI, IVO]


def test_a_page_goes_on_where_it_ended_when_people_have_come(depot: Running) -> None:
    first = get(depot, "/users", limit=3).json()
    depot.control("POST", "/users", json={"name": "Wen Li", "email": "wen@kelpworks.example"})
    rest = get(depot, "/users", limit=100, next_token=first["next_token"]).json()
    assert [each["name"] for each in rest["data"]] == ["Ivo", "Wen Li"]


@pytest.mark.parametrize("token", ["nonsense", "%FF", "WyJ1c2VycyIsImEiXQ", "é", "a" * 1000, "WyJib3RzIiwxXQ"])
def test_a_bad_token_is_refused(token: str, depot: Running) -> None:
    """None at all, one of this list that says no place, one of another list."""
    answer = get(depot, "/users", next_token=token)
    assert_refused(answer, 400)
    assert reason_of(answer).startswith("invalid_paging_token; have=next_token=")


@pytest.mark.parametrize(
    ("limit", "listed"), [("1", 1), ("100", 4), ("200", 4), ("1000", 4), ("0", None), ("-1", None), ("x", None)]
)
def test_a_limit_above_the_maximum_is_the_maximum(limit: str, listed: int | None, depot: Running) -> None:
    answer = get(depot, "/users", limit=limit)
    if listed is None:
        assert_refused(answer, 400)
    else:
        assert len(ids(answer)) == listed


def test_no_page_has_more_than_a_hundred(serve: Any) -> None:
    server = serve(world="empty")
    for number in range(3):
        people = [{"email_id": f"p{number}-{each}@kelpworks.example"} for each in range(40)]
        assert_agreed(server.as_("owner").post("/users", json={"users": people}))
    everybody = len(server.control("GET", "/users")["users"])
    first = server.as_("owner").get("/users?limit=1000").json()
    assert (len(first["data"]), first["has_more"]) == (100, True)
    rest = server.as_("owner").get("/users", params={"next_token": first["next_token"]}).json()
    assert (len(rest["data"]), rest["has_more"]) == (everybody - 100, False)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("mara", [MARA]),
        ("OKOYE", [JONAS]),
        ("a l", [MARA]),
        ("kelpworks", [MARA, JONAS, PRITI, IVO]),
        ("%", []),
        ("nobody", []),
        ("", [MARA, JONAS, PRITI, IVO]),
    ],
)
def test_a_search_finds_parts_of_names_and_addresses(search: str, found: list[str], depot: Running) -> None:
    assert ids(get(depot, "/users", search=search)) == found


@pytest.mark.parametrize(
    ("status", "found"),
    [("active", [MARA, JONAS, PRITI]), ("inactive", [IVO]), ("pending", []), ("imported_active", [])],
)
def test_a_status_chooses_people(status: str, found: list[str], depot: Running) -> None:
    assert ids(get(depot, "/users", status=status)) == found


@pytest.mark.parametrize("query", [{"status": "gone"}, {"fields": "shoe_size"}, {"fields": "all,shoe_size"}])
def test_an_unknown_status_or_field_is_refused(query: dict[str, str], depot: Running) -> None:
    answer = get(depot, "/users", **query)
    assert_refused(answer, 400)
    assert "shoe_size" in reason_of(answer) or "imported_inactive" in reason_of(answer)


def test_what_clients_send_besides_is_ignored(depot: Running) -> None:
    assert len(ids(get(depot, "/users", **{"from": 0, "plan_type": "paid", "sort_by": "usage"}))) == 4


# One person


@pytest.mark.parametrize("key", [MARA, "mara@kelpworks.example", "mara%40kelpworks.example"])
def test_a_person_is_found_by_id_and_by_address(key: str, depot: Running) -> None:
    answer = depot.as_("owner").get(f"/users/{key}")
    assert_agreed(answer)
    assert answer.json() == {
        "data": {
            **MARA_LISTED,
            "display_name": "Mara",
            "first_name": "Mara",
            "last_name": "Lindqvist",
            "status": "active",
            "timezone": "Europe/Lisbon",
            "mobile": "+351 900 000 001",
            "department": {"id": "1840000000001071015", "name": "Signal Desk"},
            "designation": {"id": "1840000000001072003", "name": "Surveyor"},
        }
    }


def test_who_has_left_is_inactive(depot: Running) -> None:
    ivo = get(depot, f"/users/{IVO}").json()["data"]
    assert (ivo["status"], ivo["first_name"], ivo["last_name"]) == ("inactive", "Ivo", "")


@pytest.mark.parametrize("path", ["/users/5", "/users/nobody@kelpworks.example", "/users/me"])
def test_nobody_is_a_404_with_a_rule_of_its_own(path: str, depot: Running) -> None:
    answer = get(depot, path)
    assert_refused(answer, 404)
    assert reason_of(answer).startswith("unknown_user; ")


def test_the_field_chat_status_alone_gives_the_status(depot: Running) -> None:
    """Two operations on one path."""
    status = {"state": "busy", "activity": "web", "text": "At the depot"}
    depot.as_("member").post("/statuses", json={"code": "busy", "message": "At the depot"})
    answer = get(depot, f"/users/{JONAS}", fields="chat_status")
    assert_agreed(answer)
    assert answer.json() == {"data": status}
    beside = get(depot, f"/users/{JONAS}", fields="display_name,chat_status").json()["data"]
    assert (beside["id"], beside["chat_status"]) == (JONAS, status)
    assert_refused(get(depot, "/users/5", fields="chat_status"), 404)
    names = [each["operation"] for each in depot.control("GET", "/requests")["requests"]]
    assert names == ["add_status", "get_user_status", "get_user", "get_user_status"]


@pytest.mark.parametrize(("code", "state"), [("available", "online"), ("busy", "busy"), ("invisible", "offline")])
def test_a_status_looks_to_others_as_it_should(code: str, state: str, depot: Running) -> None:
    depot.as_("member").post("/statuses", json={"code": code, "message": "x"})
    assert get(depot, f"/users/{JONAS}", fields="chat_status").json()["data"]["state"] == state


def test_who_has_left_is_offline(depot: Running) -> None:
    assert get(depot, f"/users/{IVO}", fields="chat_status").json()["data"]["state"] == "offline"


def test_each_may_be_called_so_often(depot: Running) -> None:
    """The status has a threshold of its own: 20 a minute."""
    for _ in range(20):
        assert_agreed(get(depot, f"/users/{JONAS}", fields="chat_status"))
    assert_refused(get(depot, f"/users/{JONAS}", fields="chat_status"), 429)
    assert_agreed(get(depot, f"/users/{JONAS}"))


# Oneself


def test_the_caller_is_told_about_themselves(depot: Running) -> None:
    answer = depot.as_("owner").get("/me?source=remote_tools")
    assert_agreed(answer)
    assert answer.json() == {
        "id": MARA,
        "zuid": MARA,
        "email_id": "mara@kelpworks.example",
        "display_name": "Mara",
        "first_name": "Mara",
        "last_name": "Lindqvist",
        "checkin_allowed": False,
        "checkin_status": False,
        "status": {"code": "1", "message": "Available"},
        "department": {"id": "1840000000001071015", "name": "Signal Desk"},
    }
    depot.as_("member").post("/statuses", json={"code": "busy", "message": "Busy"})
    jonas = depot.as_("member").get("/me").json()
    assert (jonas["id"], jonas["status"]) == (JONAS, {"code": "3", "message": "Busy"})


def test_a_scope_is_needed(depot: Running) -> None:
    for path in ("/users", f"/users/{MARA}", f"/users/{MARA}?fields=chat_status", "/me"):
        assert_refused(depot.as_("readonly").get(path), 403)


# Adding some


def test_people_are_added_and_those_that_are_there_are_told(depot: Running) -> None:
    body = {
        "users": [
            {
                "email_id": "amy@kelpworks.example",
                "first_name": "Amy",
                "last_name": "Ito",
                "display_name": "Ames",
                "timezone": "Asia/Tokyo",
                "employee_id": "",
                "team_ids": ["1"],
                "shoe_size": 38,
            },
            {"email_id": "priti@kelpworks.example"},
            {"email_id": "tobi@kelpworks.example"},
            {"email_id": "tobi@kelpworks.example"},
        ]
    }
    answer = depot.as_("owner").post("/users", json=body)
    assert_agreed(answer)
    assert answer.json() == {
        "data": {
            "success_users": ["amy@kelpworks.example", "tobi@kelpworks.example"],
            "failed_users": {
                "priti@kelpworks.example": "email.activeuser",
                "tobi@kelpworks.example": "email.activeuser",
            },
        }
    }
    amy = get(depot, "/users/amy@kelpworks.example").json()["data"]
    assert (amy["name"], amy["display_name"], amy["timezone"], amy["status"]) == (
        "Amy Ito",
        "Ames",
        "Asia/Tokyo",
        "active",
    )
    assert "employee_id" not in amy
    tobi = get(depot, "/users/tobi@kelpworks.example").json()["data"]
    assert (tobi["name"], tobi["id"].isdigit()) == ("tobi", True)
    assert tobi["id"] != amy["id"]


def test_who_was_added_can_be_written_to_and_survives_an_export(depot: Running, serve: Any) -> None:
    depot.as_("owner").post("/users", json={"users": [{"email_id": "amy@kelpworks.example", "mobile": "12"}]})
    amy = get(depot, "/users/amy@kelpworks.example").json()
    sent = depot.as_("owner").post("/buddies/amy@kelpworks.example/message", json={"text": "Welcome!"})
    assert_agreed(sent, 204)
    other = serve(world="empty")
    other.control("PUT", "/state", json=depot.control("GET", "/state"))
    assert other.as_("owner").get("/users/amy@kelpworks.example").json() == amy


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"users": []},
        {"users": {"email_id": "amy@kelpworks.example"}},
        {"users": ["amy@kelpworks.example"]},
        {"users": [{}]},
        {"users": [{"email_id": "amy"}]},
        {"users": [{"email_id": "a b@kelpworks.example"}]},
        {"users": [{"email_id": 5}]},
        {"users": [{"email_id": "amy@kelpworks.example"}, {"email_id": "a" * 250 + "@x.example"}]},
        {"users": [{"email_id": "amy@kelpworks.example", "first_name": 5}]},
    ],
)
def test_what_is_no_list_of_people_adds_nobody(body: object, depot: Running) -> None:
    assert_refused(depot.as_("owner").post("/users", json=body), 400)
    assert len(ids(get(depot, "/users"))) == 4


def test_people_are_added_five_times_a_minute(depot: Running) -> None:
    numbers = count()

    def add() -> httpx.Response:
        return depot.as_("owner").post("/users", json={"users": [{"email_id": f"{next(numbers)}@kelpworks.example"}]})

    for _ in range(5):
        assert_agreed(add())
    assert_refused(add(), 429)
    depot.advance(minutes=5)
    assert_agreed(add())
