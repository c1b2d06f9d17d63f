"""Fault rules on paths of no operation: whatever Cliq has and this server has not, a rule answers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.answers import REASON, assert_refused, reason_of
from tests.conftest import Running
from tests.wire import connected, request

REMINDERS = {"list": [{"id": "9001", "content": "Water the plants"}], "has_more": False}


def add(server: Running, match: dict[str, Any], then: dict[str, Any], **rest: Any) -> str:
    """Make a rule; gives its id."""
    rule_id: str = server.control("POST", "/faults", json={"match": match, "then": then, **rest})["id"]
    return rule_id


@pytest.mark.parametrize(
    "path", ["/api/v2/reminders", "/network/zylker/api/v2/reminders", "/company/7/api/v2/reminders"]
)
def test_a_rule_answers_what_is_not_emulated(path: str, demo: Running) -> None:
    """With its status, headers and body, and no token; it counts and is in the journal."""
    then = {"status": 200, "body": REMINDERS, "headers": {"X-Page": "1"}}
    rule = add(demo, {"path": "/api/v2/reminders", "method": "GET"}, then)
    answer = demo.http.get(path)
    assert (answer.status_code, answer.json(), answer.headers["X-Page"]) == (200, REMINDERS, "1")
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert REASON not in answer.headers
    (kept,) = demo.control("GET", "/faults")["faults"]
    assert (kept["hits"], kept["fired"]) == (1, 1)
    (entry,) = demo.control("GET", "/requests")["requests"]
    assert (entry["fault"], entry["status"], entry["operation"], entry["path"]) == (rule, 200, None, path)
    assert demo.control("POST", "/verify", json={"match": {"path": "*/api/v2/reminders"}, "times": 1})["count"] == 1


def test_another_method_is_not_answered(demo: Running) -> None:
    add(demo, {"path": "/api/v2/reminders", "method": "GET"}, {"status": 200, "body": REMINDERS})
    assert reason_of(demo.http.post("/api/v2/reminders")).startswith("not_emulated; ")
    assert demo.control("GET", "/faults")["faults"][0]["hits"] == 0


@pytest.mark.parametrize("path", ["/api/v1/chats", "/zylker/made-up", "/company/7/v2/attachments/t0ken", "/api/v2/x/"])
def test_a_rule_answers_any_unknown_path(path: str, demo: Running) -> None:
    add(demo, {"path": path.replace("t0ken", "*")}, {"status": 202, "body": "taken"})
    answer = demo.http.delete(path)
    assert (answer.status_code, answer.text) == (202, "taken")


def test_a_rule_answers_a_method_that_an_operation_s_path_has_not(demo: Running) -> None:
    add(demo, {"path": "/api/v2/chats", "method": "PUT"}, {"status": 204})
    assert demo.http.put("/api/v2/chats").status_code == 204
    assert demo.as_("owner").get("/chats").status_code == 200


def test_a_rule_whose_glob_fits_both_acts_on_both(demo: Running) -> None:
    add(demo, {"path": "/api/v2/*"}, {"status": 500})
    for path in ("/chats", "/reminders", "/made-up"):
        answer = demo.as_("owner").get(path)
        assert_refused(answer, 500)
        assert reason_of(answer).startswith("injected_fault; ")
    assert demo.http.get("/elsewhere").status_code == 404
    assert demo.control("GET", "/faults")["faults"][0]["fired"] == 3


@pytest.mark.parametrize("match", [{}, {"method": "GET"}, {"operation": "list_direct_chats"}])
def test_a_rule_without_a_path_leaves_unknown_ones_alone(match: dict[str, str], demo: Running) -> None:
    add(demo, match, {"status": 500})
    assert demo.as_("owner").get("/reminders").status_code == 404
    assert demo.as_("owner").get("/made-up").status_code == 404
    assert demo.control("GET", "/faults")["faults"][0]["hits"] == 0


def test_a_rule_of_one_user_asks_whose_token_it_is(demo: Running) -> None:
    owner = next(each for each in demo.control("GET", "/users")["users"] if each["role"] == "owner")
    add(demo, {"path": "/api/v2/reminders", "user": owner["id"]}, {"status": 200, "body": REMINDERS})
    assert demo.as_("owner").get("/reminders").status_code == 200
    assert demo.as_("member").get("/reminders").status_code == 404
    assert demo.http.get("/api/v2/reminders").status_code == 404


def test_a_call_without_a_token_belongs_to_the_world_of_its_path(demo: Running) -> None:
    made = demo.control("POST", "/worlds", json={"world": "empty"})
    there = f"/worlds/{made['id']}"
    demo.control("POST", f"{there}/faults", json={"match": {"path": "/made-up"}, "then": {"status": 200, "body": 1}})
    assert demo.http.get(f"/w/{made['id']}/made-up").status_code == 200
    assert demo.http.get("/made-up").status_code == 404
    with_token = {"Authorization": f"Bearer {made['token']}"}
    assert demo.http.get("/made-up", headers=with_token).status_code == 200
    assert len(demo.control("GET", f"{there}/requests")["requests"]) == 2


def test_which_calls_fire_is_counted_as_on_operations(demo: Running) -> None:
    add(demo, {"path": "/made-up"}, {"status": 503}, when={"after": 1, "times": 2})
    assert [demo.http.get("/made-up").status_code for _ in range(5)] == [404, 503, 503, 404, 404]


def test_the_newest_rule_goes_first(demo: Running) -> None:
    add(demo, {"path": "/made-*"}, {"status": 200})
    add(demo, {"path": "/made-up"}, {"status": 201})
    assert demo.http.get("/made-up").status_code == 201
    assert demo.http.get("/made-down").status_code == 200


def test_a_lost_answer_is_the_refusal_s(demo: Running) -> None:
    """The journal keeps what the server said, as for an operation."""
    add(demo, {"path": "/made-up"}, {"status": 502, "apply": "after"})
    assert demo.http.get("/made-up").status_code == 502
    (entry,) = demo.control("GET", "/requests")["requests"]
    assert (entry["status"], entry["reason"].split(";")[0]) == (404, "unknown_path")


@pytest.mark.parametrize("connection", ["reset", "empty"])
def test_a_connection_breaks(connection: str, demo: Running) -> None:
    rule = add(demo, {"path": "/made-up"}, {"connection": connection})
    with pytest.raises(httpx.TransportError):
        demo.http.post("/made-up", json={"a": 1})
    (entry,) = demo.control("GET", "/requests")["requests"]
    assert (entry["fault"], entry["status"]) == (rule, None)


def test_a_delay_alone_leaves_the_refusal(demo: Running) -> None:
    rule = add(demo, {"path": "/api/v2/reminders"}, {"delay_ms": 1})
    assert reason_of(demo.http.get("/api/v2/reminders")).startswith("not_emulated; ")
    (entry,) = demo.control("GET", "/requests")["requests"]
    assert entry["fault"] == rule


def test_a_path_that_no_client_writes_can_be_matched(demo: Running) -> None:
    """An absolute path is whatever was sent."""
    add(demo, {"path": "/a//b/%"}, {"status": 200, "body": "x"})
    with connected(demo.port) as wire:
        wire.send(request("GET", "/a//b/%25"))
        assert wire.answer().status_code == 200
