"""Webhook tokens, and the URLs to paste that have one."""

from __future__ import annotations

import httpx
import pytest

from tests.conftest import Running, Serve
from tests.control.worlds import Made, make, told
from tests.office import ADA, EVE, MAX

pytest_plugins = ["tests.office_server"]


@pytest.fixture
def world(office: Running) -> Made:
    """The office as a world of the test's own, with a channel of Eve's and a bot."""
    world = make(office, rate_limit=False)
    world.control("POST", "/chats", json={"type": "channel", "name": "Alerts"})
    world.control("POST", "/chats", json={"type": "channel", "name": "eves", "members": [EVE]})
    world.control("POST", "/bots", json={"unique_name": "buildbot"})
    return world


def webhook(world: Made, **what: str) -> dict[str, str]:
    """The answer about a webhook, which there is."""
    found: dict[str, str] = world.control("GET", "/webhooks", params=what)
    return found


@pytest.mark.parametrize(
    "what", [{"channel": "alerts"}, {"channel": "#Alerts"}, {"bot": "buildbot"}, {"bot": "BuildBot"}]
)
def test_a_url_is_pasted_and_posted_to(world: Made, what: dict[str, str]) -> None:
    found = webhook(world, **what)
    assert (found["token"], found["user"]) == (f"1001.{world.id}.webhook", ADA)
    assert httpx.post(found["url"], json={"text": "It works."}, trust_env=False).status_code == 204
    assert world.control("GET", "/messages", params=what)["messages"][-1]["text"] == "It works."


def test_a_bot_has_an_incoming_webhook_too(world: Made) -> None:
    base = world.server.url
    assert webhook(world, bot="buildbot")["incoming_url"] == (
        f"{base}/api/v2/bots/buildbot/incoming?zapikey=1001.{world.id}.webhook"
    )
    assert webhook(world, channel="alerts")["incoming_url"] is None


def test_the_url_is_made_of_the_public_one(serve: Serve) -> None:
    server = serve(public_url="https://mock.example.com/cliq")
    url = server.control("GET", "/webhooks?channel=marketing")["url"]
    path = "/cliq/api/v2/channelsbyname/marketing/message?zapikey=1001.mockcliq.webhook"
    assert url == f"https://mock.example.com{path}"


def test_the_token_is_one_of_a_member(world: Made) -> None:
    status, detail = told(world.call("GET", "/webhooks?channel=eves"))
    assert (status, "POST /webhook-tokens" in detail) == (409, True), detail
    made = world.control("POST", "/webhook-tokens", json={"user": "eve@office.test"})
    assert made == {"token": made["token"], "user": EVE}
    assert made["token"].startswith("1001.")
    assert webhook(world, channel="eves")["token"] == made["token"]
    world.control("DELETE", f"/tokens/{made['token']}")
    assert told(world.call("GET", "/webhooks?channel=eves"))[0] == 409


def test_a_person_has_five_webhook_tokens_at_most(world: Made) -> None:
    made = [world.control("POST", "/webhook-tokens", json={"user": ADA})["token"] for _ in range(4)]
    status, detail = told(world.call("POST", "/webhook-tokens"))
    assert (status, "5 webhook tokens" in detail) == (409, True), detail
    for _ in range(5):
        world.control("POST", "/webhook-tokens", json={"user": MAX})
    assert told(world.call("POST", "/webhook-tokens", json={"user": MAX}))[0] == 409
    world.control("DELETE", f"/tokens/{made[0]}")
    assert world.control("POST", "/webhook-tokens")["token"] not in made


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/webhooks", 422, "channel and bot"),
        ("/webhooks?channel=alerts&bot=buildbot", 422, "channel and bot"),
        ("/webhooks?channel=alrets", 404, "the nearest is 'alerts'"),
        ("/webhooks?bot=bildbot", 404, "the nearest is 'buildbot'"),
        ("/webhooks?room=alerts", 422, "'room'"),
    ],
)
def test_what_is_no_webhook_is_refused(world: Made, path: str, status: int, said: str) -> None:
    answered, detail = told(world.call("GET", path))
    assert (answered, said in detail) == (status, True), detail


@pytest.mark.parametrize("order", [{"user": "nobody"}, {"user": 5}, {"person": ADA}])
def test_a_token_for_nobody_is_refused(world: Made, order: dict[str, object]) -> None:
    assert told(world.call("POST", "/webhook-tokens", json=order))[0] == 422


def test_a_call_by_a_webhook_is_explained_and_made_again_as_it_was(world: Made) -> None:
    url = webhook(world, channel="alerts")["url"].replace("alerts", "alrets")
    assert httpx.post(url, json={"text": "x"}, trust_env=False).status_code == 404
    entry = world.control("GET", "/requests")["requests"][-1]
    explained = world.control("GET", f"/requests/{entry['id']}")["explanation"]
    assert (explained["rule"], explained["call"]["target"]) == ("unknown_channel", url.removeprefix(world.server.url))
    assert "authorization" not in dict(explained["call"]["headers"])


def test_no_webhook_token_is_advised_for_a_header(world: Made) -> None:
    token = world.control("POST", "/webhook-tokens", json={"user": MAX})["token"]
    for label in ("member", "owner"):
        world.control("DELETE", f"/tokens/{world.answer['tokens'][label]}")
    assert world.as_("member").get("/chats").status_code == 401
    entry = world.control("GET", "/requests")["requests"][-1]
    advised = world.control("GET", f"/requests/{entry['id']}")["explanation"]["token"]
    assert advised != token
    assert not advised.startswith("1001.")
