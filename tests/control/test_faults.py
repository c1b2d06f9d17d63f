"""Fault rules: which calls fail, when, and how."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.runtime.faults import Faults, Match, Subject, Then, When
from mockcliq.spec import EpochMs
from tests.conftest import Running
from tests.reference import SENTENCES

CHANNEL = "/chats/987000000654321"


def add(server: Running, then: dict[str, Any], **rest: Any) -> str:
    """Make a rule; gives its id."""
    rule_id: str = server.control("POST", "/faults", json={"then": then, **rest})["id"]
    return rule_id


def test_a_status_has_its_documented_sentence_and_its_reason(demo: Running) -> None:
    rule = add(demo, {"status": 500})
    answer = demo.as_("owner").get("/chats")
    assert (answer.status_code, answer.json()) == (500, {"message": SENTENCES[500]})
    assert answer.headers["x-mockcliq-reason"].startswith(f"injected_fault; have=fault rule {rule};")


def test_a_fault_needs_no_token_and_counts_for_nothing(demo: Running) -> None:
    add(demo, {"status": 500}, when={"times": 30})
    assert {demo.as_("nobody").get("/chats").status_code for _ in range(30)} == {500}
    demo.control("DELETE", "/faults")
    assert [demo.as_("owner").get("/chats").status_code for _ in range(20)] == [200] * 20


def test_unknown_paths_and_methods_come_before_a_fault(demo: Running) -> None:
    add(demo, {"status": 500})
    assert demo.as_("owner").get("/nothing").status_code == 404
    assert demo.as_("owner").call("PUT", "/chats").status_code == 405


def test_the_first_calls_pass_and_then_so_many_fail(demo: Running) -> None:
    add(demo, {"status": 429}, when={"after": 2, "times": 3})
    seen = [demo.as_("owner").get("/chats").status_code for _ in range(7)]
    assert seen == [200, 200, 429, 429, 429, 200, 200]
    (rule,) = demo.control("GET", "/faults")["faults"]
    assert (rule["hits"], rule["fired"]) == (7, 3)


def test_every_second_call_fails(demo: Running) -> None:
    add(demo, {"status": 500}, when={"every": 2})
    assert [demo.as_("owner").get("/chats").status_code for _ in range(4)] == [200, 500, 200, 500]


def test_a_rule_is_over_when_the_worlds_clock_says_so(demo: Running) -> None:
    demo.control("PUT", "/clock", json={"mode": "frozen"})
    add(demo, {"status": 500}, when={"expires_in": 10})
    demo.advance(seconds=9.999)
    assert demo.as_("owner").get("/chats").status_code == 500
    demo.advance(seconds=0.001)
    assert demo.as_("owner").get("/chats").status_code == 200


@pytest.mark.parametrize(
    "match",
    [
        {"operation": "mute_chat"},
        {"method": "post"},
        {"path": "/api/v2/chats/*/mute"},
        {"chat": "987000000654321"},
        {"user": "OWNER"},
    ],
)
def test_a_rule_is_about_the_calls_that_it_matches(demo: Running, match: dict[str, str]) -> None:
    users = {user["role"]: user for user in demo.control("GET", "/users")["users"]}
    match = {key: users["owner"]["email"] if value == "OWNER" else value for key, value in match.items()}
    add(demo, {"status": 500}, match=match)
    assert demo.as_("owner").post(f"{CHANNEL}/mute").status_code == 500
    others = demo.as_("member") if "user" in match else demo.as_("owner")
    assert others.get("/chats").status_code == 200


def test_an_alias_and_a_network_are_the_same_call(demo: Running) -> None:
    add(demo, {"status": 500}, match={"chat": "CT_2243173626687865223_P87610291-C4", "path": "/api/v2/chats/*"})
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    assert demo.http.get(f"/network/acme/api/v2{CHANNEL}/members", headers=headers).status_code == 500


def test_the_newest_rule_goes_first_and_lets_the_next_be_asked(demo: Running) -> None:
    add(demo, {"status": 500})
    add(demo, {"status": 403}, when={"times": 1})
    assert [demo.as_("owner").get("/chats").status_code for _ in range(2)] == [403, 500]


def test_a_lost_answer_leaves_the_work_done(demo: Running) -> None:
    owner = demo.as_("owner")
    group = next(chat for chat in owner.chats() if chat["chat_type"] == "chat")["chat_id"]
    add(demo, {"status": 500, "apply": "after"}, match={"operation": "leave_chat"})
    assert owner.post(f"/chats/{group}/leave").status_code == 500
    assert owner.get(f"/chats/{group}/members").status_code == 403


def test_a_body_and_headers_of_ones_own(demo: Running) -> None:
    then = {"status": 400, "body": {"code": "request_limit_exceeded"}, "headers": {"Retry-After": "7"}}
    add(demo, then)
    answer = demo.as_("owner").get("/chats")
    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (400, then["body"], "7")


def test_a_delay_is_real_time_even_where_the_clock_stands(demo: Running) -> None:
    demo.control("PUT", "/clock", json={"mode": "frozen"})
    add(demo, {"delay_ms": 120})
    began = time.perf_counter()
    assert demo.as_("owner").get("/chats").status_code == 200
    assert time.perf_counter() - began >= 0.12


def test_a_rule_can_be_taken_away_and_reset_takes_all(demo: Running) -> None:
    first, _ = add(demo, {"status": 500}), add(demo, {"status": 403})
    assert [rule["then"]["status"] for rule in demo.control("DELETE", f"/faults/{first}")["faults"]] == [403]
    demo.control("POST", "/reset", json={"what": ["faults"]})
    assert demo.control("GET", "/faults")["faults"] == []
    assert demo.http.delete(f"/_mockcliq/faults/{first}").status_code == 404


@pytest.mark.parametrize(
    "order",
    [
        {"then": {}},
        {"then": {"status": 99}},
        {"then": {"status": 500, "headers": {"X-Evil": "a\r\nb: c"}}},
        {"then": {"status": 500, "headers": {"X Evil": "a"}}},
        {"then": {"status": 500, "headers": {"Content-Length": "3"}}},
        {"then": {"status": 500}, "match": {"operation": "dance"}},
        {"then": {"status": 500}, "match": {"user": "nobody@nowhere.example"}},
        {"then": {"status": 500}, "match": {"chat": "1"}},
        {"then": {"status": 500}, "when": {"every": 0}},
        {"then": {"status": 500}, "wehn": {}},
    ],
)
def test_a_rule_that_cannot_be_is_refused(demo: Running, order: dict[str, Any]) -> None:
    answer = demo.http.post("/_mockcliq/faults", json=order)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert demo.control("GET", "/faults")["faults"] == []


@given(after=st.integers(0, 5), every=st.integers(1, 4), times=st.none() | st.integers(1, 4), calls=st.integers(0, 40))
def test_after_every_and_times_together(after: int, every: int, times: int | None, calls: int) -> None:
    """The first `after` pass; of the rest every k-th fires; at most `times` do."""
    faults = Faults()
    faults.add(Match(), When(after=after, every=every, times=times), Then(status=500), EpochMs(0))
    subject = Subject("mute_chat", None, "POST", "/api/v2/chats/1/mute", "1")
    fired = [nth for nth in range(1, calls + 1) if faults.strike(subject, EpochMs(0)) is not None]
    assert fired == [nth for nth in range(1, calls + 1) if nth > after and (nth - after) % every == 0][:times]


def test_the_same_seed_decides_the_same() -> None:
    subject = Subject("mute_chat", None, "POST", "/api/v2/chats/1/mute", "1")

    def decisions(seed: int) -> list[bool]:
        faults = Faults()
        faults.add(Match(), When(probability=0.5, seed=seed), Then(status=500), EpochMs(0))
        return [faults.strike(subject, EpochMs(0)) is not None for _ in range(100)]

    assert decisions(1) == decisions(1)
    assert decisions(1) != decisions(2)
    assert 20 < sum(decisions(1)) < 80
