"""What a journal entry tells beside the call: the answer's headers, the token, the client; and calls in flight."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import REQUEST_ID
from tests.conftest import Running, Serve
from tests.control.test_requests import entries, paths
from tests.control.test_requests_stream import reading
from tests.control.worlds import make
from tests.office import EVE, LAUNCH
from tests.processes import until
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

MUTE = request("POST", f"/api/v2/chats/{LAUNCH}/mute")


def fault(server: Running, **then: Any) -> str:
    """Let the next calls fail so; gives the rule's id."""
    rule: str = server.control("POST", "/faults", json={"match": {}, "then": then})["id"]
    return rule


def in_flight(server: Running) -> list[dict[str, Any]]:
    """The calls that have no answer yet."""
    return [entry for entry in entries(server) if entry.get("in_flight")]


# Answer, token, client


def test_an_entry_has_the_headers_of_the_answer(office: Running) -> None:
    answer = office.as_("owner").get("/chats", headers={"Origin": "http://a.example"})
    (entry,) = entries(office)
    told = entry["answer_headers"]
    assert told["x-mockcliq-request-id"] == answer.headers[REQUEST_ID] == entry["id"]
    assert told["content-length"] == answer.headers["Content-Length"]
    assert told.items() <= {name.lower(): value for name, value in answer.headers.items()}.items()


def test_the_headers_of_an_answer_hide_secrets(office: Running) -> None:
    target = "http://127.0.0.1:9/cb?client_secret=aSecretOfSomebody"
    office.as_("owner").get("/chats", headers={"Origin": target})
    assert "aSecretOfSomebody" not in office.http.get("/_mockcliq/requests").text


def test_an_entry_names_the_token_by_its_label(office: Running) -> None:
    office.as_("readonly").get("/chats")
    office.as_("revoked").get("/chats")
    office.as_("nobody").get("/chats")
    office.http.get("/api/v2/chats")
    minted = office.control("POST", "/tokens", json={"user": EVE})["token"]
    office.http.get("/api/v2/chats", headers={"Authorization": f"Zoho-oauthtoken {minted}"})
    office.http.post(f"/api/v2/chats/{LAUNCH}/message?zapikey=1001.mockcliq.webhook", json={"text": "hi"})
    labels = [entry["token_label"] for entry in entries(office)]
    assert labels == ["readonly", "revoked", None, None, minted.rpartition(".")[2], "webhook"]


def test_an_entry_names_the_client(office: Running) -> None:
    office.as_("owner").get("/chats", headers={"User-Agent": "night-bot/1.4"})
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats"))
        wire.answer()
    assert [entry["client"] for entry in entries(office)] == ["night-bot/1.4", None]


# In flight


def test_a_call_that_a_fault_delays_is_in_flight_until_it_is_answered(office: Running) -> None:
    rule = fault(office, delay_ms=1500)
    with reading(office) as stream, connected(office.port) as wire:
        wire.send(MUTE)
        until(lambda: in_flight(office))
        (early,) = entries(office)
        assert (early["status"], early["operation"], early["fault"]) == (None, "mute_chat", rule)
        assert wire.is_waiting(), "it has no answer yet"
        answer = wire.answer(has_body=False)
        until(lambda: not in_flight(office))
        (late,) = entries(office)
        assert [next(stream).data, next(stream).data] == [early, late]
    assert late["id"] == early["id"] == answer.headers[REQUEST_ID]
    assert (late["status"], "in_flight" in late) == (answer.status_code, False)


def test_no_verification_counts_a_call_in_flight(office: Running) -> None:
    rule = fault(office, connection="hang")
    with connected(office.port) as wire:
        wire.send(MUTE)
        until(lambda: in_flight(office))
        verified = office.http.post("/_mockcliq/verify", json={"match": {"operation": "mute_chat"}, "times": 1})
        assert verified.json()["actual"] == 0
    until(lambda: not in_flight(office))
    (entry,) = entries(office)
    assert (entry["status"], entry["fault"]) == (None, rule)
    office.control("POST", "/verify", json={"match": {"operation": "mute_chat"}, "times": 1})


def test_a_verification_waits_for_the_answer_of_a_call_in_flight(office: Running) -> None:
    fault(office, delay_ms=400)
    with connected(office.port) as wire:
        wire.send(MUTE)
        until(lambda: in_flight(office))
        office.control("POST", "/verify", json={"match": {"operation": "mute_chat"}, "times": 1, "within_s": 30})
        wire.answer(has_body=False)


def test_a_body_that_is_still_coming_is_a_call_in_flight(office: Running) -> None:
    whole = request("POST", f"/api/v2/chats/{LAUNCH}/message", "Content-Type: application/json", body=b'{"text":"hi"}')
    with connected(office.port) as wire:
        wire.send(whole[:-3])
        until(lambda: in_flight(office))
        (early,) = entries(office)
        assert (early["path"], "body_unread" in early) == (f"/api/v2/chats/{LAUNCH}/message", False)
        wire.send(whole[-3:])
        wire.answer(has_body=False)
    until(lambda: not in_flight(office))
    (late,) = entries(office)
    assert (late["id"], late["body"], late["status"]) == (early["id"], '{"text":"hi"}', 204)


def test_a_call_whose_client_leaves_is_broken_off_and_not_in_flight(office: Running) -> None:
    whole = request("POST", f"/api/v2/chats/{LAUNCH}/message", body=b'{"text":"hi"}')
    with connected(office.port) as wire:
        wire.send(whole[:-3])
        until(lambda: in_flight(office))
    until(lambda: not in_flight(office))
    (entry,) = entries(office)
    assert (entry["status"], entry["answer"]) == (None, None)


def test_a_call_is_told_though_the_journal_was_cleared_meanwhile(office: Running) -> None:
    fault(office, delay_ms=600)
    with connected(office.port) as wire, reading(office):
        wire.send(MUTE)
        until(lambda: in_flight(office))
        office.control("DELETE", "/requests")
        assert entries(office) == []
        wire.answer(has_body=False)
        until(lambda: entries(office))
    assert [entry["status"] for entry in entries(office)] == [204]


def test_a_call_that_the_journal_drops_in_flight_counts_once(serve: Serve) -> None:
    server = serve(world="empty", journal_size=3)
    world = make(server)
    whole = request("POST", f"/w/{world.id}/api/v2/chats/1/message", token=world.answer["token"], body=b'{"text":"hi"}')
    with connected(server.port) as wire:
        wire.send(whole[:-3])
        until(lambda: [entry for entry in world.control("GET", "/requests")["requests"] if entry.get("in_flight")])
        for _ in range(4):
            world.as_("owner").get("/chats")
        wire.send(whole[-3:])
        wire.answer()
    until(lambda: [entry["status"] for entry in world.control("GET", "/requests")["requests"]][-1] == 404)
    server.control("DELETE", f"/worlds/{world.id}")
    (run,) = server.control("GET", "/runs")["runs"]
    assert (run["calls"], run["failed"]) == (5, 1)


# Search


def test_a_search_looks_in_path_query_body_and_reason(office: Running) -> None:
    owner = office.as_("owner")
    owner.get("/NorthWind")
    owner.get("/chats", params={"joined": "northwind"})
    owner.post(f"/chats/{LAUNCH}/message", json={"text": "for Northwind Ltd"})
    owner.get("/chats", headers={"X-Note": "northwind"})
    office.as_("nobody").get("/chats")
    assert len(paths(office, search="NORTHWIND")) == 3
    assert paths(office, search="northwind", limit=1) == [f"/chats/{LAUNCH}/message"]
    rule = entries(office)[-1]["reason"].partition(";")[0]
    assert paths(office, search=rule.upper()) == ["/chats"]
    assert paths(office, search="joined=north") == ["/chats"]
    assert paths(office, search="nowhere") == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"text": "Stra\\u00dfe 7 \\ud83d\\ude00"}'),
        ("application/json", '{"text": "Straße 7 \U0001f600"}'.encode()),
        ("application/x-www-form-urlencoded", b"text=Stra%C3%9Fe%207%20%F0%9F%98%80"),
    ],
)
def test_a_search_reads_what_is_escaped(content_type: str, body: bytes, office: Running) -> None:
    owner = office.as_("owner")
    owner.post(f"/chats/{LAUNCH}/message", content=body, headers={"Content-Type": content_type})
    owner.get("/chats")
    for wanted in ("Straße 7", "STRASSE", "7 \U0001f600", "ße 7"):
        assert paths(office, search=wanted) == [f"/chats/{LAUNCH}/message"]
    assert len(paths(office, search=body.decode()[-12:-2])) == 1
    assert paths(office, search="Strasse 8") == []


def test_a_search_finds_nothing_that_is_masked(office: Running) -> None:
    secret = "aSecretOfSomebodyElse"
    office.as_("owner").post(f"/chats/{LAUNCH}/message", json={"client_secret": secret}, params={"authtoken": secret})
    assert len(entries(office)) == 1
    for part in (secret, secret[:10], secret[5:-4]):
        assert entries(office, search=part) == []


def test_a_follower_can_search(office: Running) -> None:
    with reading(office, search="member") as stream:
        office.as_("owner").get("/chats")
        office.as_("owner").get("/MEMBERS")
        assert next(stream).data["path"] == "/api/v2/MEMBERS"


# All worlds


def test_all_worlds_are_looked_at_in_the_order_of_their_calls(serve: Serve) -> None:
    server = serve(world="empty")
    one, other = make(server), make(server)
    one.as_("owner").get("/first")
    server.as_("owner").get("/second")
    other.as_("owner").get("/third")
    one.as_("owner").get("/fourth")
    server.control("DELETE", f"/worlds/{one.id}")
    assert paths(server, world="*") == ["/first", "/second", "/third", "/fourth"]
    assert paths(server, world=one.id) == ["/first", "/fourth"]
    assert paths(server, world="*", search="v2/f") == ["/first", "/fourth"]
    assert paths(server, world="default") == paths(server) == ["/second"]
    before = entries(server, world="*")[2]["id"]
    assert paths(server, world="*", before=before, limit=1) == ["/second"]
    gone = server.http.get("/_mockcliq/requests", params={"world": "never"})
    assert (gone.status_code, "never" in gone.json()["detail"]) == (404, True)
