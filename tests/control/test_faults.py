"""Fault rules: which calls fail, when, and how."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.app import create_app
from mockcliq.contract.ids import EpochMs
from mockcliq.runtime.faults import Faults, Match, Subject, Then, When
from mockcliq.runtime.journal import Exchange
from mockcliq.settings import Settings
from tests.conftest import Running
from tests.processes import until
from tests.reference import SENTENCES
from tests.wire import connected, request

CHANNEL = "/chats/987000000654321"
PIN = f"{CHANNEL}/stickymessage"
JSON = {"Content-Type": "application/json"}


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
    (rule,) = demo.control("GET", "/faults")["faults"]
    demo.advance(seconds=9.999)
    assert demo.as_("owner").get("/chats").status_code == 500
    demo.advance(seconds=0.001)
    assert demo.as_("owner").get("/chats").status_code == 200
    assert rule["expires_at"] == demo.control("GET", "/clock")["now"]


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


def test_a_lost_answer_is_replaced_whatever_it_was(demo: Running) -> None:
    """And the call has counted, as it would have: the 21st of them was one too many."""
    add(demo, {"status": 503, "apply": "after", "body": "gone"}, when={"times": 22})
    for label in ["owner"] * 21 + ["nobody"]:
        answer = demo.as_(label).get("/chats")
        assert (answer.status_code, answer.text) == (503, "gone")
    assert demo.as_("owner").get("/chats").status_code == 429


def test_a_lost_answer_is_in_the_journal_as_it_would_have_been() -> None:
    async def journalled() -> list[Exchange]:
        app = create_app(Settings(world="documentation"))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as client:
            owner = {"Authorization": "Bearer 1000.mockcliq.owner"}
            await client.post("/_mockcliq/faults", json={"then": {"status": 500, "apply": "after"}})
            for headers, url in ((owner, f"/api/v2{CHANNEL}/mute"), ({}, f"/api/v2{CHANNEL}/leave")):
                assert (await client.post(url, headers=headers)).status_code == 500
            await client.delete("/_mockcliq/faults")
            assert (await client.post(f"/api/v2{CHANNEL}/unmute", headers=owner)).status_code == 204
            return list(app.startup.made.default.journal)

    mute, leave, unmute = asyncio.run(journalled())
    assert (mute.status, mute.answer, mute.reason, mute.fault) == (204, b"", None, "fault-1")
    assert (leave.status, json.loads(leave.answer), leave.fault) == (401, {"message": SENTENCES[401]}, "fault-1")
    assert (unmute.status, unmute.fault) == (204, None)


def test_a_call_counts_once_whatever_stacks(demo: Running) -> None:
    """A preflight and a preferred answer do not count at all: they come earlier."""
    add(demo, {"status": 500, "delay_ms": 1, "jitter_ms": 1, "apply": "after"}, when={"after": 1})
    owner, page = demo.as_("owner"), {"Origin": "https://page.test"}
    preflight = page | {"Access-Control-Request-Method": "GET"}
    assert demo.http.options("/api/v2/chats", headers=preflight).status_code == 204
    assert owner.get("/chats", headers={"Prefer": "code=429"}).status_code == 429
    assert owner.get("/chats", headers=page | {"Prefer": "code=200"}).status_code == 200
    assert owner.get("/chats", headers=page).status_code == 500
    (rule,) = demo.control("GET", "/faults")["faults"]
    assert (rule["hits"], rule["fired"]) == (2, 1)


def test_pipelined_calls_count_one_by_one(demo: Running) -> None:
    add(demo, {"status": 500}, when={"every": 2})
    with connected(demo.port) as wire:
        wire.send(request("GET", "/api/v2/chats") * 5)
        assert [wire.answer().status_code for _ in range(5)] == [200, 500, 200, 500, 200]


def test_a_rule_that_is_over_still_counts_what_reaches_it(demo: Running) -> None:
    """What a newer rule takes does not reach it."""
    demo.control("PUT", "/clock", json={"mode": "frozen"})
    add(demo, {"status": 500}, when={"times": 1})
    add(demo, {"status": 403}, when={"expires_in": 1})
    add(demo, {"status": 404}, when={"times": 1})
    assert [demo.as_("owner").get("/chats").status_code for _ in range(2)] == [404, 403]
    demo.advance(seconds=1)
    assert [demo.as_("owner").get("/chats").status_code for _ in range(2)] == [500, 200]
    rules = demo.control("GET", "/faults")["faults"]
    assert [(rule["hits"], rule["fired"]) for rule in rules] == [(4, 1), (3, 1), (2, 1)]


def test_a_paths_prefix_is_not_matched(demo: Running) -> None:
    add(demo, {"status": 500}, match={"path": "/api/v2/chats"})
    add(demo, {"status": 400}, match={"path": "/w/*"})
    add(demo, {"status": 401}, match={"path": "/network/*"})
    for prefix in ("", "/w/default", "/network/acme", "/w/default/network/acme"):
        assert demo.http.get(f"{prefix}/api/v2/chats").status_code == 500


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


@pytest.mark.parametrize("then", [{"status": 500}, {"connection": "reset"}, {"status": 503, "delay_ms": 1}])
def test_a_call_that_fails_is_in_the_journal_with_its_person_and_its_body(demo: Running, then: dict[str, Any]) -> None:
    """So that it can be made again; whoever owes its body is not waited for."""

    def entries() -> list[dict[str, Any]]:
        return list(demo.control("GET", "/requests")["requests"])

    demo.as_("owner").get("/chats")
    (owner,) = {each["user"] for each in entries()}
    demo.control("DELETE", "/requests")
    add(demo, then, when={"times": 2})
    with suppress(httpx.TransportError):
        demo.as_("owner").post(PIN, json={"id": "again"})
    until(lambda: len(entries()) == 1)
    assert (entries()[0]["user"], json.loads(entries()[0]["body"])) == (owner, {"id": "again"})
    with connected(demo.port) as wire:
        wire.send(request("POST", f"/api/v2{PIN}", "Content-Length: 100"), b"{")
        until(lambda: len(entries()) == 2 and "in_flight" not in entries()[1])
    assert entries()[1]["body_unread"]


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
        {"then": {"status": 500, "headers": {"transfer-encoding": "chunked"}}},
        {"then": {"status": 500, "headers": {"Connection": "close"}}},
        {"then": {"status": 500, "headers": {"X-Evil": "a\n"}}},
        {"then": {"status": 500, "headers": {"X-Evil": " a"}}},
        {"then": {"status": 500, "headers": {"X-Evil": "\u00e4"}}},
        {"then": {"status": 500, "headers": {"X-Evil\n": "a"}}},
        {"then": {"status": 500, "headers": {"": "a"}}},
        {"then": {"status": 500, "delay_ms": -1}},
        {"then": {"status": 500, "apply": "later"}},
        {"then": {"status": 500}, "match": {"operation": "dance"}},
        {"then": {"status": 500}, "match": {"user": "nobody@nowhere.example"}},
        {"then": {"status": 500}, "match": {"chat": "1"}},
        {"then": {"status": 500}, "when": {"every": 0}},
        {"then": {"status": 500}, "when": {"after": -1}},
        {"then": {"status": 500}, "when": {"times": 0}},
        {"then": {"status": 500}, "when": {"probability": 1.1}},
        {"then": {"status": 500}, "when": {"expires_in": 0}},
        {"then": {"status": 500}, "wehn": {}},
    ],
)
def test_a_rule_that_cannot_be_is_refused(demo: Running, order: dict[str, Any]) -> None:
    answer = demo.http.post("/_mockcliq/faults", content=json.dumps(order), headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert demo.control("GET", "/faults")["faults"] == []


@pytest.mark.parametrize("body", ["\ud800", {"a": ["\ud800"]}])
def test_a_body_that_nothing_could_send_is_no_json(demo: Running, body: Any) -> None:
    order = json.dumps({"then": {"status": 500, "body": body}})
    answer = demo.http.post("/_mockcliq/faults", content=order, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert demo.control("GET", "/faults")["faults"] == []


@pytest.mark.parametrize(
    ("then", "advice"),
    [
        ({"status": 500, "connection": "reset"}, "leave out `status` or `connection`"),
        ({"connection": "reset", "body": {}}, "`body` and `headers` are those of an answer: add its `status`"),
        (
            {"connection": "hang", "headers": {"X": "y"}},
            "`body` and `headers` are those of an answer: add its `status`",
        ),
        ({"delay_ms": 5, "body": "x"}, "`body` and `headers` are those of an answer: add its `status`"),
        ({}, "a fault needs a `status`, a `connection` or a delay"),
        ({"apply": "after"}, "a fault needs a `status`, a `connection` or a delay"),
        ({"connection": "explode"}, "'reset', 'empty', 'truncate', 'garbage' or 'hang'"),
    ],
)
def test_what_excludes_each_other_is_refused_and_what_to_change_is_said(
    then: dict[str, Any], advice: str, demo: Running
) -> None:
    answer = demo.http.post("/_mockcliq/faults", json={"then": then})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert advice in answer.json()["detail"]
    assert demo.control("GET", "/faults")["faults"] == []


@pytest.mark.parametrize(
    ("path", "advice"),
    [
        ("api/v2/chats", "a path begins with a slash"),
        ("https://cliq.zoho.com/api/v2/chats", "leave out scheme and host"),
        ("", "a path begins with a slash"),
        ("/api/v2/chats/{CHAT_ID}/mute", "where an operation has {CHAT_ID}: put * there"),
        ("/api/v2/chats?limit=1", "a path has no query"),
        ("*?next_token=*", "a path has no query"),
        ("/_mockcliq/reset", "no rule acts on the control API"),
    ],
)
def test_a_path_that_no_call_can_have_is_refused(path: str, advice: str, demo: Running) -> None:
    answer = demo.http.post("/_mockcliq/faults", json={"match": {"path": path}, "then": {"status": 500}})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert advice in answer.json()["detail"]
    assert demo.control("GET", "/faults")["faults"] == []


@pytest.mark.parametrize("path", ["*", "?api/v2/chats", "[/]api/*", "/api/v?/chats", "/api/v2/chat[?s]"])
def test_a_glob_of_any_kind_is_taken(path: str, demo: Running) -> None:
    add(demo, {"status": 500}, match={"path": path})
    assert demo.as_("owner").get("/chats").status_code == 500


@pytest.mark.parametrize("how", ["reset", "empty", "truncate", "garbage", "hang"])
def test_a_rule_shows_how_it_breaks_connections_off(how: str, demo: Running) -> None:
    then = {"connection": how, "delay_ms": 1, "jitter_ms": 2, "apply": "after"}
    shown = {**then, "status": None, "body": None, "headers": None}
    assert demo.control("POST", "/faults", json={"then": then})["then"] == shown
    (rule,) = demo.control("GET", "/faults")["faults"]
    assert rule["then"] == shown


CALLS = {
    "mute by Ann": Subject("mute_chat", "ann", "POST", ("/api/v2/chats/1/mute",), {"chat": "1"}),
    "mute by Bob": Subject("mute_chat", "bob", "POST", ("/api/v2/chats/2/mute",), {"chat": "2"}),
    "list by Ann": Subject("list_direct_chats", "ann", "GET", ("/api/v2/chats",), {}),
    "list by nobody": Subject("list_direct_chats", None, "GET", ("/api/v2/chats",), {}),
}
MATCHES = {
    "all": (Match(), set(CALLS)),
    "mute_chat": (Match(operation="mute_chat"), {"mute by Ann", "mute by Bob"}),
    "Ann": (Match(user="ann"), {"mute by Ann", "list by Ann"}),
    "GET": (Match(method="GET"), {"list by Ann", "list by nobody"}),
    "below a chat": (Match(path="/api/v2/chats/*"), {"mute by Ann", "mute by Bob"}),
    "mute of 1": (Match(path="*/mute", chat="1"), {"mute by Ann"}),
}
"""Matches, and the calls that are theirs."""


@given(
    rules=st.lists(
        st.tuples(
            st.sampled_from(list(MATCHES)),
            st.builds(
                When,
                after=st.integers(0, 3),
                every=st.integers(1, 3),
                times=st.none() | st.integers(1, 3),
                probability=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
                seed=st.integers(0, 3),
                expires_in=st.none() | st.integers(1, 20),
            ),
        ),
        max_size=4,
    ),
    calls=st.lists(st.tuples(st.sampled_from(list(CALLS)), st.integers(0, 2000)), max_size=40),
)
def test_when_and_match_are_as_the_interface_has_them(
    rules: list[tuple[str, When]], calls: list[tuple[str, int]]
) -> None:
    """The calls that a rule fires on, worked out from those that reached it; each call so many ms after the last."""
    faults = Faults()
    for match, when in rules:
        faults.add(MATCHES[match][0], when, Then(status=500), EpochMs(0))
    now = 0
    reaching: list[tuple[int, str, int]] = []
    fired_on: list[str | None] = []
    for name, later in calls:
        now += later
        reaching.append((len(reaching), name, now))
        struck = faults.strike(CALLS[name], EpochMs(now))
        fired_on.append(None if struck is None else struck.id)
    for number, (match, when) in reversed(list(enumerate(rules, 1))):
        mine = [(at, at_ms) for at, name, at_ms in reaching if name in MATCHES[match][1]]
        eligible = [
            at
            for at, at_ms in mine[when.after + when.every - 1 :: when.every]
            if when.expires_in is None or at_ms < when.expires_in * 1000
        ]
        chance = Random(when.seed)  # noqa: S311 - what the interface calls seeded
        fires = [at for at in eligible if when.probability == 1 or chance.random() < when.probability][: when.times]
        assert [at for at, rule in enumerate(fired_on) if rule == f"fault-{number}"] == fires
        (rule,) = (rule for rule in faults if rule.id == f"fault-{number}")
        assert (rule.hits, rule.fired) == (len(mine), len(fires))
        reaching = [call for call in reaching if call[0] not in fires]
    assert {fired_on[at] for at, _, _ in reaching} <= {None}


def decisions(faults: Faults, calls: int = 100) -> list[bool]:
    """Whether so many calls were struck."""
    return [faults.strike(CALLS["mute by Ann"], EpochMs(0)) is not None for _ in range(calls)]


def test_the_same_seed_decides_the_same_however_late_the_answers_are() -> None:
    def decided(seed: int, then: Then) -> list[bool]:
        faults = Faults()
        rule = faults.add(Match(), When(probability=0.5, seed=seed), then, EpochMs(0))
        return [strikes for strikes in decisions(faults) if rule.delay_s() >= 0]

    assert decided(1, Then(status=500)) == decided(1, Then(status=500, delay_ms=10, jitter_ms=10))
    assert decided(1, Then(status=500)) != decided(2, Then(status=500))
    assert 20 < sum(decided(1, Then(status=500))) < 80


def test_jitter_comes_from_the_seed_and_is_added_to_the_delay() -> None:
    def delays(seed: int, jitter_ms: int = 500) -> list[float]:
        rule = Faults().add(Match(), When(seed=seed), Then(delay_ms=1000, jitter_ms=jitter_ms), EpochMs(0))
        return [rule.delay_s() for _ in range(50)]

    assert delays(1) == delays(1)
    assert delays(1) != delays(2)
    assert all(1 <= delay < 1.5 for delay in delays(1))
    assert max(delays(1)) - min(delays(1)) > 0.4
    assert delays(1, jitter_ms=0) == [1.0] * 50


def test_a_copy_goes_on_where_the_rules_stood_and_by_itself() -> None:
    """Counts, chances, delays and the ids to come; a snapshot is such a copy."""
    faults = Faults()
    then = Then(status=500, body={"a": [1]}, jitter_ms=1000)
    first = faults.add(Match(), When(probability=0.5, seed=3, times=30, expires_in=9), then, EpochMs(0))
    gone = faults.add(Match(), When(), Then(status=403), EpochMs(0))
    faults.remove(gone.id)
    before = decisions(faults, 20)
    first.delay_s()

    copy = faults.copy()
    (copied,) = copy
    assert (copied.id, copied.match, copied.when, copied.then) == (first.id, first.match, first.when, first.then)
    assert (copied.hits, copied.fired) == (20, sum(before))
    after = decisions(faults, 60)
    assert (copied.hits, copied.fired) == (20, sum(before)), "the original goes on alone"
    assert decisions(copy, 60) == after
    assert (copied.hits, copied.fired) == (first.hits, first.fired) == (80, 30)
    assert [copied.delay_s() for _ in range(9)] == [first.delay_s() for _ in range(9)]

    faults.clear()
    assert len(copy) == 1
    for each in (copy, faults):
        assert each.add(Match(), When(), then, EpochMs(0)).id == "fault-3"


def test_a_copied_rule_expires_when_the_original_does() -> None:
    faults = Faults()
    faults.add(Match(), When(expires_in=9), Then(status=500), EpochMs(1000))
    for each in (faults, faults.copy()):
        struck = [each.strike(CALLS["mute by Ann"], EpochMs(at)) is not None for at in (9999, 10_000)]
        assert struck == [True, False]
