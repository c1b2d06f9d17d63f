"""``mockcliq messages``, ``webhook-url``, ``bots`` and ``verify``: a program that posts, looked at from a shell."""

from __future__ import annotations

import httpx
import pytest

from tests.cli.conftest import Shell
from tests.conftest import Running


@pytest.fixture
def alerts(documentation: Running) -> Running:
    """A server with the channel."""
    documentation.control("POST", "/chats", json={"type": "channel", "name": "alerts"})
    return documentation


def post(url: str, text: str) -> int:
    """Post by a webhook; gives the status."""
    return httpx.post(url, json={"text": text}, trust_env=False).status_code


def test_a_url_is_printed_posted_to_and_its_messages_listed(shell: Shell, alerts: Running) -> None:
    url = shell.out("webhook-url", "--channel", "alerts").strip()
    assert url == f"{alerts.url}/api/v2/channelsbyname/alerts/message?zapikey=1001.mockcliq.webhook"
    assert [post(url, text) for text in ("first", "two\nlines")] == [204, 204]
    head, first, second = shell.table("messages", "--channel", "alerts")
    assert head == ["ID", "TIME", "CHAT", "SENDER", "TYPE", "TEXT"]
    assert (first[-1], second[-1]) == ("first", r"two\nlines")
    assert shell.json("messages", "--channel", "alerts") == alerts.control("GET", "/messages?channel=alerts")
    assert len(shell.table("messages", "--channel", "alerts", "--containing", "first", "--within", "1m")) == 2
    assert len(shell.table("messages", "--channel", "alerts", "--limit", "1")) == 2


def test_what_has_no_text_is_told_by_what_it_has(shell: Shell, alerts: Running) -> None:
    owner = alerts.as_("owner")
    outsider = next(each for each in alerts.control("GET", "/users")["users"] if each["role"] == "outsider")
    for comment in ("Here\nit is.", ""):
        file = {"files": ("report.csv", b"a,b")}
        answer = owner.post("/channelsbyname/alerts/files", files=file, data={"comments": comment})
        assert answer.is_success, answer.text
    chat = next(each["id"] for each in alerts.control("GET", "/chats")["chats"] if each["name"] == "alerts")
    channel = alerts.control("GET", f"/chats/{chat}")["channel"]["channel_id"]
    added = owner.post(f"/channels/{channel}/members", json={"email_ids": [outsider["email"]]})
    assert added.is_success, added.text
    assert post(shell.out("webhook-url", "--channel", "alerts").strip(), "going") == 204
    *_, last = alerts.control("GET", "/messages?channel=alerts")["messages"]
    assert owner.delete(f"/chats/{chat}/messages/{last['id']}").is_success
    _, *rows = shell.table("messages", "--channel", "alerts")
    assert [row[-2:] for row in rows] == [
        ["file", r"report.csv: Here\nit is."],
        ["file", "report.csv"],
        ["info", f"user added: {outsider['name']}"],
        ["text", "(deleted)"],
    ]


def test_a_card_without_a_text_is_told_by_its_title(shell: Shell, alerts: Running) -> None:
    state = alerts.control("GET", "/state")
    chat = next(each for each in state["chats"] if each.get("name") == "alerts")
    said = {"sender": chat["creator"], "text": "", "time": 1748736000000, "type": "card"}
    chat["messages"] = [
        {"id": "1748736000000_1", **said, "card": {"title": "Build 7"}},
        {"id": "1748736000000_2", **said, "card": {"theme": "poll"}},
    ]
    alerts.control("POST", "/worlds", json={"id": "cards", "state": state})
    _, *rows = shell.table("messages", "--channel", "alerts", "--world", "cards")
    assert [row[-1] for row in rows] == ["Build 7", "-"]


def test_bots_are_added_listed_and_removed(shell: Shell, documentation: Running) -> None:
    owner = next(user for user in documentation.control("GET", "/users")["users"] if user["role"] == "owner")
    head, row = shell.table("bots", "add", "buildbot", "--name", "Builds", "--subscriber", "owner")
    assert head == ["UNIQUE NAME", "ID", "NAME", "SUBSCRIBERS", "DESCRIPTION"]
    assert (row[0], row[2:]) == ("buildbot", ["Builds", "1", "-"])
    assert shell.json("bots") == documentation.control("GET", "/bots")
    assert post(shell.out("webhook-url", "--bot", "buildbot").strip(), "Passed") == 204
    assert [each["text"] for each in shell.json("messages", "--user", "owner")["messages"]][-1] == "Passed"
    assert [each["text"] for each in documentation.control("GET", f"/messages?user={owner['id']}")["messages"]][
        -1
    ] == "Passed"
    assert shell.out("webhook-url", "--bot", "buildbot", "--incoming").startswith(
        f"{documentation.url}/api/v2/bots/buildbot/incoming?"
    )
    assert shell.out("bots", "remove", "buildbot") == "removed buildbot\n"
    assert "buildbot" in shell.refused("bots", "remove", "buildbot")


def test_what_cannot_be_asked_is_refused_in_a_line(shell: Shell, alerts: Running) -> None:
    assert alerts.url
    assert "one of channel" in shell.refused("messages")
    assert "nearest is 'alerts'" in shell.refused("messages", "--channel", "alrets")
    assert "within 0.01 s" in shell.refused("messages", "--channel", "alerts", "--within", "0.01")
    assert "one of channel and bot" in shell.refused("webhook-url")
    assert "--incoming" in shell.refused("webhook-url", "--channel", "alerts", "--incoming")


def test_calls_are_verified(shell: Shell, documentation: Running) -> None:
    documentation.as_("owner").get("/chats")
    assert shell.out("verify", "list_direct_chats", "--times", "1", "--user", "owner") == "verified: 1 call\n"
    assert shell.json("verify", "--within", "1m") == {"verified": True, "count": 1}
    ended = shell.run("verify", "mute_chat", "--within", "0.01")
    assert (ended.code, ended.err) == (1, "mockcliq: expected at least 1 call of mute_chat, but there were 0\n")
    assert "GET /api/v2/chats by" in ended.out
    assert "within_s" in shell.refused("verify", "--within", "61")
    assert "there is no operation 'mute'" in shell.refused("verify", "mute")
    assert "leave at_least" in shell.refused("verify", "--times", "1", "--at-least", "1")
