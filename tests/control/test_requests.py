"""The journal: what it keeps of a call, which calls are asked for, and why one was refused."""

from __future__ import annotations

import gzip
from contextlib import suppress
from typing import Any

import httpx
import pytest

from mockcliq import gateway
from mockcliq.apis import accounts
from mockcliq.apis.v2 import chats, pins
from mockcliq.contract.refusals import Rule
from tests.answers import REASON, REQUEST_ID
from tests.conftest import Running, Serve
from tests.doc_parts import all_rules
from tests.office import ADA, EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, MAX, WITH_MAX, pin_body
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

KEYS = {
    "id", "time", "world", "user", "operation", "method", "path", "query", "headers", "body", "status", "answer",
    "answer_headers", "duration_ms", "reason", "fault", "token_label", "client",
}  # fmt: skip


def entries(server: Running, **filters: Any) -> list[dict[str, Any]]:
    """The journal's entries."""
    found: list[dict[str, Any]] = server.control("GET", "/requests", params=filters)["requests"]
    return found


def paths(server: Running, **filters: Any) -> list[str]:
    """What was called, below the prefix."""
    return [entry["path"].removeprefix("/api/v2") for entry in entries(server, **filters)]


def explained(server: Running, answer: httpx.Response) -> dict[str, Any]:
    """Why the call was answered so."""
    entry: dict[str, Any] = server.control("GET", f"/requests/{answer.headers[REQUEST_ID]}")
    explanation: dict[str, Any] = entry["explanation"]
    return explanation


def refused(server: Running, path: str, **params: Any) -> dict[str, Any]:
    """The problem document that the control API answers."""
    answer = server.http.get(f"/_mockcliq{path}", params=params)
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    return document


# What an entry has


def test_an_entry_has_the_whole_exchange(office: Running) -> None:
    answer = office.as_("owner").post(
        f"/chats/{LAUNCH}/stickymessage", params={"a": "1", "b": ["2", "3"], "c": ""}, json=pin_body()
    )
    (entry,) = entries(office)
    assert set(entry) == KEYS
    assert entry["id"] == answer.headers[REQUEST_ID]
    assert entry["time"] == "2025-06-01T12:00:00.000Z"
    assert (entry["world"], entry["user"], entry["operation"]) == ("default", ADA, "pin_message")
    assert (entry["method"], entry["path"]) == ("POST", f"/api/v2/chats/{LAUNCH}/stickymessage")
    assert entry["query"] == {"a": "1", "b": ["2", "3"], "c": ""}
    assert entry["headers"]["authorization"] == "Bearer 1000.mockcliq.owner"
    assert entry["headers"]["content-type"] == "application/json"
    assert (entry["body"], entry["answer"]) == (answer.request.content.decode(), answer.text)
    assert (entry["status"], entry["reason"], entry["fault"]) == (200, None, None)
    assert 0 < entry["duration_ms"] < 30_000


def test_a_refusal_s_entry_has_its_reason(office: Running) -> None:
    answer = office.as_("readonly").post(f"/chats/{LAUNCH}/mute")
    (entry,) = entries(office)
    assert (entry["status"], entry["reason"]) == (403, answer.headers[REASON])


def test_what_is_empty_is_null(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/mute")
    (entry,) = entries(office)
    assert (entry["status"], entry["body"], entry["answer"], entry["query"]) == (204, None, None, {})


def test_a_call_to_no_operation_has_none_and_nobody_s_name(office: Running) -> None:
    office.as_("owner").get("/nowhere")
    office.as_("owner").call("PUT", "/chats")
    assert [(entry["operation"], entry["user"]) for entry in entries(office)] == [(None, None)] * 2


def test_a_fault_is_marked(office: Running) -> None:
    rule = office.control("POST", "/faults", json={"then": {"status": 500}})["id"]
    office.as_("owner").get("/chats")
    assert entries(office)[0]["fault"] == rule


@pytest.mark.parametrize(
    ("then", "status", "seen"),
    [
        ({"status": 500}, 500, 500),
        ({"status": 503, "apply": "after"}, 204, 503),
        ({"connection": "reset", "apply": "after"}, 204, None),
        ({"connection": "truncate", "apply": "after"}, 204, None),
        ({"delay_ms": 1}, 204, 204),
    ],
)
def test_what_the_client_saw_is_told_where_it_is_not_what_the_work_gave(
    office: Running, then: dict[str, Any], status: int, seen: int | None
) -> None:
    office.control("POST", "/faults", json={"then": then})
    with suppress(httpx.TransportError):
        office.as_("owner").post(f"/chats/{LAUNCH}/mute")
    (entry,) = entries(office)
    assert entry["status"] == status
    assert entry.get("client_status", status) == seen
    assert ("client_status" in entry) == (seen != status)
    in_full = office.control("GET", f"/requests/{entry['id']}")
    assert entry.items() <= in_full.items()


def test_bytes_that_are_no_text_are_replaced(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", content=b'{"id": "\xff\x00"}')
    assert entries(office)[0]["body"] == '{"id": "\ufffd\x00"}'


def test_headers_of_one_name_are_one_list(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats", "X-Own: a", "X-Own: b", "Accept: */*"))
        wire.answer()
    assert entries(office)[0]["headers"]["x-own"] == "a, b"


@pytest.mark.parametrize(("size", "kept"), [(65_536, 65_536), (65_537, 65_536), (300_000, 65_536)])
def test_64_kib_of_a_body_are_kept_and_more_is_said(office: Running, size: int, kept: int) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", content=b"x" * size)
    (entry,) = entries(office)
    assert entry["body"] == "x" * kept
    assert entry.get("body_truncated", False) == (size > kept)


def test_64_kib_of_an_answer_are_kept_and_more_is_said(office: Running) -> None:
    office.control("POST", "/faults", json={"then": {"status": 500, "body": "y" * 65_537}})
    office.as_("owner").get("/chats")
    (entry,) = entries(office)
    assert (entry["answer"], entry["answer_truncated"]) == ("y" * 65_536, True)


def test_a_body_that_nobody_read_is_said_to_be(office: Running) -> None:
    """Nothing of a request is looked at before its token is judged."""
    office.as_("nobody").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    (entry,) = entries(office)
    assert (entry["body"], entry["body_unread"]) == (None, True)
    explanation = office.control("GET", f"/requests/{entry['id']}")["explanation"]
    assert "before its body was read" in explanation["advice"]


def test_a_compressed_body_does_no_harm(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", content=gzip.compress(b'{"id": "1"}'))
    assert entries(office)[0]["status"] == 400


# Which are asked for


def make_calls(office: Running) -> None:
    office.as_("owner").get("/chats")
    office.as_("eve").get("/chats")
    office.advance(seconds=60)
    office.as_("eve").post(f"/chats/{LAUNCH}/mute")
    office.as_("readonly").post(f"/chats/{LAUNCH}/mute")
    office.as_("owner").get("/nowhere")


MUTE = f"/chats/{LAUNCH}/mute"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["/chats", "/chats", MUTE, MUTE, "/nowhere"]),
        ({"operation": "mute_chat"}, [MUTE, MUTE]),
        ({"operation": "issue_token"}, []),
        ({"user": EVE}, ["/chats", MUTE]),
        ({"user": "eve@office.test"}, ["/chats", MUTE]),
        ({"user": MAX}, []),
        ({"status": 403}, [MUTE]),
        ({"status": 404}, ["/nowhere"]),
        ({"operation": "mute_chat", "status": 204, "user": EVE}, [MUTE]),
        ({"operation": "mute_chat", "user": MAX}, []),
        ({"limit": 2}, [MUTE, "/nowhere"]),
        ({"limit": 1, "operation": "list_direct_chats"}, ["/chats"]),
        ({"limit": 1_000_000_000_000}, ["/chats", "/chats", MUTE, MUTE, "/nowhere"]),
        ({"since": "2025-06-01T12:01:00Z"}, [MUTE, MUTE, "/nowhere"]),
        ({"since": "2025-06-01T14:00:00.001+02:00"}, [MUTE, MUTE, "/nowhere"]),
        ({"since": "1748779200000"}, ["/chats", "/chats", MUTE, MUTE, "/nowhere"]),
        ({"since": "2025-06-01T12:01:00.001"}, []),
    ],
)
def test_filters_choose(office: Running, filters: dict[str, Any], expected: list[str]) -> None:
    make_calls(office)
    assert paths(office, **filters) == expected


def test_since_an_entry_means_after_it(office: Running) -> None:
    make_calls(office)
    ids = [entry["id"] for entry in entries(office)]
    assert [[each["id"] for each in entries(office, since=entry)] for entry in ids] == [ids[at:] for at in range(1, 6)]


def test_since_an_entry_that_made_room_means_all_that_is_left(serve: Serve) -> None:
    server = serve(world="empty", journal_size=2)
    ids = [server.as_("owner").get(f"/{number}").headers[REQUEST_ID] for number in range(4)]
    assert [each["id"] for each in entries(server, since=ids[0])] == ids[2:]
    assert [each["id"] for each in entries(server, since=ids[2])] == ids[3:]
    server.control("DELETE", "/requests")
    assert entries(server, since=ids[3]) == []


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"operation": "dance"}, "mute_chat"),
        ({"user": "nobody@office.test"}, "nobody@office.test"),
        ({"status": "ok"}, "status"),
        ({"status": 99}, "status"),
        ({"status": 600}, "status"),
        ({"limit": 0}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"since": "yesterday"}, "since"),
        ({"since": ""}, "since"),
        ({"since": "0-1"}, "restart"),
    ],
)
@pytest.mark.parametrize("path", ["/requests", "/requests/stream"])
def test_a_filter_that_will_not_do_is_refused_by_name(
    office: Running, path: str, filters: dict[str, Any], told: str
) -> None:
    office.as_("owner").get("/chats")
    document = refused(office, path, **filters)
    assert document["status"] == 422
    assert told in document["detail"]


# How much it holds


def test_it_is_a_ring(serve: Serve) -> None:
    server = serve(world="empty", journal_size=3)
    for number in range(10):
        server.as_("owner").get(f"/{number}")
    assert paths(server) == ["/7", "/8", "/9"]


def test_it_holds_a_thousand_unless_told_otherwise(serve: Serve) -> None:
    server = serve(world="empty")
    with connected(server.port) as wire:
        for number in range(1_005):
            wire.send(request("GET", f"/api/v2/{number}"))
            wire.answer()
    assert paths(server) == [f"/{number}" for number in range(5, 1_005)]


def test_it_can_be_off(serve: Serve) -> None:
    server = serve(world="empty", journal_size=0)
    answer = server.as_("owner").get("/chats")
    assert entries(server) == []
    document = refused(server, f"/requests/{answer.headers[REQUEST_ID]}")
    assert (document["status"], "MOCKCLIQ_JOURNAL_SIZE" in document["detail"]) == (404, True)


def test_it_can_be_forgotten(office: Running) -> None:
    make_calls(office)
    assert office.control("DELETE", "/requests") == {"requests": []}
    assert entries(office) == []
    office.as_("owner").get("/chats")
    assert paths(office) == ["/chats"]


def test_a_reset_forgets_it_and_one_of_other_parts_does_not(office: Running) -> None:
    make_calls(office)
    office.control("POST", "/reset", json={"what": ["data", "limits", "tokens", "clock", "faults"]})
    assert len(entries(office)) == 5
    office.control("POST", "/reset", json={"what": ["journal"]})
    assert entries(office) == []


def test_a_call_of_the_control_api_is_not_in_it(office: Running) -> None:
    office.control("GET", "/requests")
    office.http.get("/_mockcliq/nowhere")
    assert entries(office) == []


def test_it_stands_below_the_world_s_name_too(office: Running) -> None:
    answer = office.as_("owner").get("/chats")
    below = office.control("GET", "/worlds/default/requests")
    assert below == office.control("GET", "/requests")
    entry = office.control("GET", f"/worlds/default/requests/{answer.headers[REQUEST_ID]}")
    assert entry["operation"] == "list_direct_chats"
    assert office.http.get("/_mockcliq/worlds/nowhere/requests").status_code == 404


def test_an_id_of_nothing_is_a_404(office: Running) -> None:
    document = refused(office, "/requests/nothing")
    assert (document["status"], "latest 1000" in document["detail"]) == (404, True)


# Why


def test_a_success_is_explained_by_the_call_to_paste_alone(office: Running) -> None:
    explanation = explained(office, office.as_("owner").get("/chats"))
    assert "/api/v2/chats" in explanation.pop("curl")
    assert explanation.pop("call")["target"] == "/api/v2/chats"
    assert set(explanation.values()) == {None}


def test_a_missing_scope_is_explained_by_a_token_that_has_it(office: Running) -> None:
    explanation = explained(office, office.as_("readonly").post(f"/chats/{LAUNCH}/mute"))
    assert explanation["rule"] == "scope_missing"
    assert explanation["have"] == "ZohoCliq.Chats.READ"
    assert explanation["need"] == "ZohoCliq.Chats.UPDATE"
    assert explanation["token"] == "1000.mockcliq.owner"
    assert "scope" in explanation["advice"]


@pytest.mark.parametrize("label", [None, "nobody", "expired", "revoked", "deactivated", "outsider"])
@pytest.mark.parametrize(("method", "path"), [("GET", "members"), ("POST", "mute")])
def test_the_token_given_would_have_worked(office: Running, label: str | None, method: str, path: str) -> None:
    headers = {} if label is None else {"Authorization": f"Bearer 1000.mockcliq.{label}"}
    answer = office.http.request(method, f"/api/v2/chats/{LAUNCH}/{path}", headers=headers)
    assert answer.status_code in (401, 403)
    token = explained(office, answer)["token"]
    again = office.http.request(method, f"/api/v2/chats/{LAUNCH}/{path}", headers={"Authorization": f"Bearer {token}"})
    assert again.is_success


def test_the_token_given_is_a_participant_s_and_none_where_there_is_none(office: Running) -> None:
    """The owner is in the chat, and left it."""
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    answer = office.as_("owner").get(f"/chats/{LAUNCH}/members")
    assert explained(office, answer)["token"] == "1000.mockcliq.member"
    for label in ("member", "eve"):
        office.as_(label).post(f"/chats/{LAUNCH}/leave")
    assert explained(office, answer)["token"] is None


def test_a_lock_is_explained_by_its_end_and_the_seconds_to_skip(office: Running) -> None:
    office.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats", "lock": True})
    office.advance(seconds=0.5)
    answer = office.as_("owner").get("/chats")
    explanation = explained(office, answer)
    assert explanation["lock_ends"] == "2025-06-01T12:10:00.000Z"
    assert explanation["advance"] == 599.5
    assert explanation["token"] == "1000.mockcliq.member", "a user who is not locked out"
    office.control("POST", "/clock/advance", json={"seconds": explanation["advance"]})
    assert office.as_("owner").get("/chats").status_code == 200
    assert explained(office, answer)["advance"] == 0


def test_a_lock_that_was_cleared_needs_no_skipping(office: Running) -> None:
    office.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats", "lock": True})
    answer = office.as_("owner").get("/chats")
    office.control("DELETE", "/limits")
    assert explained(office, answer)["advance"] == 0


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("POST", "/api/v2/chats/1/mutes", "mute_chat POST /api/v2/chats/{CHAT_ID}/mute"),
        ("GET", "/api/v2/chat", "list_direct_chats GET /api/v2/chats"),
        ("GET", "/api/v2/chats/", "list_direct_chats GET /api/v2/chats"),
        ("GET", "/chats/1/members", "list_chat_members GET /api/v2/chats/{CHAT_ID}/members"),
        ("GET", "/w/default/network/x/api/v2/chats/1/member", "list_chat_members GET /api/v2/chats/{CHAT_ID}/members"),
        ("PUT", "/api/v2/chats/1/leave", "leave_chat POST /api/v2/chats/{CHAT_ID}/leave"),
        ("DELET", "/api/v2/chats/1/stickymessage", "unpin_message DELETE /api/v2/chats/{CHAT_ID}/stickymessage"),
    ],
)
def test_a_wrong_path_or_method_is_explained_by_the_nearest_operation(
    office: Running, method: str, path: str, nearest: str
) -> None:
    explanation = explained(office, office.http.request(method, path))
    assert " ".join(explanation["nearest_route"].values()) == nearest
    assert explanation["rule"] in ("unknown_path", "method_not_allowed")


@pytest.mark.parametrize(
    ("chat", "nearest"),
    [
        (LAUNCH + "9", (LAUNCH, "Launch")),
        (WITH_MAX + "x", (WITH_MAX, "Max Planck")),
        (EVERYONE[:-1], (EVERYONE, "#everyone")),
        (EVERYONE_ALIAS + "0", (EVERYONE, "#everyone")),
    ],
)
def test_an_unknown_chat_is_explained_by_the_nearest(office: Running, chat: str, nearest: tuple[str, str]) -> None:
    explanation = explained(office, office.as_("owner").get(f"/chats/{chat}/members"))
    assert explanation["rule"] == "unknown_chat"
    assert tuple(explanation["nearest_chat"].values()) == nearest


def test_an_id_like_no_other_is_explained_by_a_chat_that_the_caller_is_in(office: Running) -> None:
    explanation = explained(office, office.as_("member").get("/chats/zzzzzzzzzzzzz/members"))
    assert office.as_("member").get(f"/chats/{explanation['nearest_chat']['id']}/members").status_code == 200


def test_an_unknown_chat_in_a_world_without_any_has_no_nearest(serve: Serve) -> None:
    server = serve(world="empty")
    assert explained(server, server.as_("owner").get("/chats/1/members"))["nearest_chat"] is None


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ({"status": 503}, "answered 503 in place"),
        ({"status": 503, "apply": "after"}, "worked through"),
        ({"status": 503, "delay_ms": 1}, "late"),
        ({"delay_ms": 1}, "delayed"),
    ],
)
def test_a_fault_is_explained_by_what_it_did(office: Running, then: dict[str, Any], told: str) -> None:
    rule = office.control("POST", "/faults", json={"then": then})["id"]
    answer = office.as_("owner").get("/chats")
    fault = explained(office, answer)["fault"]
    assert rule in fault
    assert told in fault
    office.control("DELETE", "/faults")
    assert rule in explained(office, answer)["fault"]


def test_what_quotes_the_client_keeps_its_three_parts(office: Running) -> None:
    answer = office.as_("owner").get("/chats", params={"limit": "1; need=2; have=3"})
    explanation = explained(office, answer)
    assert explanation["have"] == "limit=1; need=2; have=3"
    assert explanation["need"] == "an integer from 1 to 100"


def test_every_rule_that_refuses_has_its_advice(office: Running) -> None:
    """All that the emulated API can answer, one call each."""
    owner = office.as_("owner")
    office.control("POST", "/limits/exhaust", json={"operation": "unmute_chat", "lock": True})
    answers = [
        office.http.get("/api/v2/chats"),
        office.http.get("/api/v2/chats", headers={"Authorization": "x"}),
        *(office.as_(label).get("/chats") for label in ("nobody", "expired", "revoked", "deactivated", "scopeless")),
        owner.get("/nowhere"),
        office.http.get("/w/nowhere/api/v2/chats"),
        owner.call("PUT", "/chats"),
        owner.get("/chats", headers={"Prefer": "code=500"}),
        owner.post(f"/chats/{LAUNCH}/unmute"),
        owner.get("/chats", headers={"Accept": "text/html"}),
        owner.get("/chats", params={"limit": "0"}),
        owner.post(f"/chats/{LAUNCH}/stickymessage", content=b"x" * 2_000_000),
        owner.get("/chats/9/members"),
        office.as_("outsider").get(f"/chats/{LAUNCH}/members"),
        owner.post(f"/chats/{LAUNCH}/stickymessage", json={"id": "1_1"}),
        owner.post(f"/chats/{LAUNCH}/stickymessage", json=pin_body(expiry_time=10**12)),
        owner.post(f"/chats/{WITH_MAX}/leave"),
    ]
    explanations = [explained(office, answer) for answer in answers]
    assert [each["rule"] for each in explanations] == [
        "token_missing", "token_scheme", "token_unknown", "token_expired", "token_revoked", "user_not_active",
        "scope_missing", "unknown_path", "unknown_world", "method_not_allowed", "preferred", "rate_limited",
        "not_acceptable", "invalid_input", "body_too_large", "unknown_chat", "not_a_participant", "unknown_message",
        "expiry_in_the_past", "one_to_one_chat",
    ]  # fmt: skip
    advice = [each["advice"] for each in explanations]
    assert len(set(advice)) == len(advice)
    assert all(each.endswith(".") for each in advice)


def test_the_advice_leads_to_the_world_that_refused(office: Running) -> None:
    """What is done to the default world would change nothing in a made one."""
    world = office.http.post("/_mockcliq/worlds", json={"world": "empty"}).json()
    control = f"/_mockcliq/worlds/{world['id']}"
    office.http.post(f"{control}/limits/exhaust", json={"operation": "list_direct_chats", "lock": True})
    owner = {"Authorization": f"Bearer {world['token']}"}
    refused_call = office.http.get("/api/v2/chats", headers=owner)
    explanation = office.http.get(f"{control}/requests/{refused_call.headers[REQUEST_ID]}").json()["explanation"]
    assert f"POST {control}/clock/advance" in explanation["advice"]
    assert f"DELETE {control}/limits" in explanation["advice"]
    assert office.http.delete(f"{control}/limits").is_success
    assert office.http.get("/api/v2/chats", headers=owner).status_code == 200


def test_time_is_the_world_s(office: Running) -> None:
    office.control("PUT", "/clock", json={"mode": "frozen", "now": "1999-12-31T23:59:59.999Z"})
    office.as_("owner").get("/chats")
    assert entries(office)[0]["time"] == "1999-12-31T23:59:59.999Z"


def test_there_is_advice_for_every_rule_that_refuses() -> None:
    for module in (gateway.rules, accounts.rules, chats, pins):
        rules = [each for each in vars(module).values() if isinstance(each, Rule)]
        assert rules
        for rule in rules:
            assert rule.advice.endswith("."), rule.name


def test_the_advice_of_every_rule_is_shown_as_it_stands() -> None:
    """Unlike what a call has and needs, it is filled without `str.format`, which would halve doubled braces."""
    accounts_rules = [each for each in vars(accounts.rules).values() if isinstance(each, Rule)]
    for rule in (*all_rules().values(), *accounts_rules):
        assert rule.advice.endswith("."), rule.name
        assert "{{" not in rule.advice, rule.name
