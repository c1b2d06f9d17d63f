"""Incoming webhooks: whatever comes is taken, and is seen in the journal."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running
from tests.depot import DEPOTBOT, IDLEBOT, JONAS, MARA, PICKYBOT, PRITI

pytest_plugins = ("tests.depot_server",)

KEY = "1001.mockcliq.webhook"

BODIES: list[dict[str, Any]] = [
    {},
    {"json": {"text": "Build 42 failed"}},
    {"json": [1, 2]},
    {"json": {"event": {"deep": [None]}, "userids": 5, "sync_message": "maybe"}},
    {"data": {"payload": "form", "text": ""}},
    {"files": {"file": ("a.txt", b"multipart")}},
    {"content": "plain text"},
    {"content": b"{broken", "headers": {"Content-Type": "application/json"}},
    {"content": b"\xff\xfe\x00", "headers": {"Content-Type": "image/png"}},
    {"content": b"<a/>", "headers": {"Content-Type": "nonsense"}},
]


def bots_chats(depot: Running) -> list[object]:
    return [each for each in depot.control("GET", "/state")["chats"] if each["type"] == "bot"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body)[:40])
@pytest.mark.parametrize(
    ("path", "user_ids"),
    [(f"/bots/{PICKYBOT}", [PRITI, MARA]), ("/applications/0f8e", []), ("/extensions/any.id-at%20all", [])],
)
def test_any_body_is_taken(path: str, user_ids: list[str], body: dict[str, Any], depot: Running) -> None:
    answer = depot.http.post(f"/api/v2{path}/incoming?zapikey={KEY}&own=1&own=2", **body)
    assert_agreed(answer)
    assert answer.json() == {"user_ids": user_ids}
    assert bots_chats(depot) == []


@pytest.mark.parametrize(
    ("bot", "audience"), [(DEPOTBOT, [MARA, JONAS, PRITI]), (PICKYBOT, [PRITI, MARA]), (IDLEBOT, [])]
)
def test_a_bot_answers_with_its_audience(bot: str, audience: list[str], depot: Running) -> None:
    """Who has left the organisation is in none."""
    assert depot.as_("member").post(f"/bots/{bot}/incoming", json={}).json() == {"user_ids": audience}


@pytest.mark.parametrize("prefix", ["/api/v2", "/company/5/api/v2", "/network/n/api/v2", "/w/default/company/5/api/v2"])
def test_the_url_that_people_paste_is_served(prefix: str, depot: Running) -> None:
    """As Cliq's settings show it: with the company, the key, and often a key of an extension."""
    for path in (f"/bots/{DEPOTBOT}", "/applications/7", "/extensions/7"):
        for query in (f"zapikey={KEY}", f"appkey=abc&zapikey={KEY}"):
            assert_agreed(depot.http.post(f"{prefix}{path}/incoming?{query}", json={"text": "hi"}))


def test_what_came_in_is_in_the_journal_without_its_key(depot: Running) -> None:
    depot.http.post(f"/api/v2/bots/{DEPOTBOT}/incoming?zapikey={KEY}&build=42", content=b"{broken")
    depot.http.post("/api/v2/extensions/7/incoming?appkey=of-somebody-else", content=b"x")
    bot, extension = depot.control("GET", "/requests")["requests"]
    assert (bot["operation"], extension["operation"]) == ("bot_incoming_webhook", "extension_incoming_webhook")
    assert extension["path"] == "/api/v2/extensions/7/incoming"
    entry = depot.control("GET", f"/requests/{bot['id']}")
    assert "{broken" in str(entry)
    assert "build=42" in str(entry) or "'build'" in str(entry)
    assert "of-somebody-else" not in str(depot.control("GET", f"/requests/{extension['id']}"))


@pytest.mark.parametrize("path", [f"/bots/{DEPOTBOT}", "/applications/7", "/extensions/7"])
def test_a_token_is_needed_in_query_or_header(path: str, depot: Running) -> None:
    url = f"/api/v2{path}/incoming"
    for query, rule in (("", "token_missing"), ("?zapikey=1001.of.nobody", "no_webhook_token")):
        answer = depot.http.post(url + query, json={"text": "x"})
        assert_refused(answer, 401)
        assert reason_of(answer).startswith(rule)
    assert_agreed(depot.as_("member").post(f"{path}/incoming", json={"text": "x"}))


def test_an_extension_asks_for_no_scope(depot: Running) -> None:
    assert_agreed(depot.as_("readonly").post("/extensions/7/incoming"))
    assert_refused(depot.as_("readonly").post(f"/bots/{DEPOTBOT}/incoming"), 403)


def test_an_unknown_bot_is_a_404(depot: Running) -> None:
    answer = depot.http.post(f"/api/v2/bots/nobot/incoming?zapikey={KEY}", json={"text": "x"})
    assert_refused(answer, 404)
    assert reason_of(answer).startswith("unknown_bot; have=nobot; ")


def test_more_than_a_mebibyte_is_refused(depot: Running) -> None:
    answer = depot.as_("owner").post(f"/bots/{DEPOTBOT}/incoming", content=b"x" * (1024 * 1024 + 1))
    assert_refused(answer, 400)
    assert reason_of(answer).startswith("body_too_large; ")


def test_both_paths_of_an_extension_share_a_threshold(depot: Running) -> None:
    """They are one operation: 20 a minute, which is our choice."""

    def post(kind: str) -> httpx.Response:
        return depot.http.post(f"/api/v2/{kind}/7/incoming?zapikey={KEY}")

    for _ in range(10):
        assert_agreed(post("applications"))
        assert_agreed(post("extensions"))
    assert_refused(post("extensions"), 429)
    assert_refused(post("applications"), 429)


def test_a_fault_rule_s_path_is_the_one_that_was_called(depot: Running) -> None:
    rule = {"match": {"path": "/api/v2/extensions/*"}, "then": {"status": 503}}
    depot.control("POST", "/faults", json=rule)
    assert depot.http.post(f"/api/v2/extensions/7/incoming?zapikey={KEY}").status_code == 503
    assert_agreed(depot.http.post(f"/api/v2/applications/7/incoming?zapikey={KEY}"))
