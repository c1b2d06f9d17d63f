"""People, bots and tokens on the page: added, deactivated, minted with scopes and an end, revoked."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import axe
from tests.conftest import Running
from tests.console.driving import freeze


def people(page: Page, server: Running) -> Locator:
    """Open that part of the page."""
    page.goto(f"{server.url}/_mockcliq/ui#people")
    part = page.get_by_role("region", name="People and tokens")
    expect(part.get_by_role("button", name="Mint it")).to_be_visible()
    return part


def minted(part: Locator) -> str:
    """The token that was minted last."""
    token: str = part.locator(".tokens code").first.inner_text()
    return token


def call(server: Running, method: str, path: str, token: str) -> int:
    """The status of a call with a token."""
    url, headers = f"{server.url}/api/v2{path}", {"Authorization": f"Bearer {token}"}
    return httpx.request(method, url, headers=headers, trust_env=False).status_code


def test_a_token_is_minted_with_scopes_and_an_end_and_revoked(page: Page, demo: Running) -> None:
    freeze(demo)
    chat = demo.as_("owner").chats()[0]["chat_id"]
    owner = demo.control("GET", "/users")["users"][0]["name"]
    part = people(page, demo)
    part.get_by_label("For", exact=True).select_option(owner)
    part.get_by_label("Expires").select_option("in 10 minutes")
    part.get_by_text("Scopes: all, unless you choose some").click()
    part.get_by_label("Chats.READ", exact=True).check()
    assert axe(page) == []
    part.get_by_role("button", name="Mint it").click()
    expect(part.get_by_text(f"Minted for {owner}.")).to_be_visible()
    expect(part.get_by_text(re.compile("1 scope, until"))).to_be_visible()
    token = minted(part)
    assert call(demo, "GET", "/chats", token) == 200
    assert call(demo, "POST", f"/chats/{chat}/mute", token) == 403
    demo.advance(minutes=11)
    assert call(demo, "GET", "/chats", token) == 401

    part.get_by_label("Expires").select_option("never")
    part.get_by_label("Chats.READ", exact=True).uncheck()
    part.get_by_role("button", name="Mint it").click()
    expect(part.get_by_text(re.compile("scopes, never expires"))).to_be_visible()
    token = minted(part)
    assert call(demo, "POST", f"/chats/{chat}/mute", token) == 204
    part.get_by_role("button", name="Revoke", exact=True).first.click()
    expect(part.get_by_text("Revoked: calls with it are refused from now on.")).to_be_visible()
    assert call(demo, "GET", "/chats", token) == 401
    part.get_by_label("A token to revoke").fill("1000.mockcliq.member")
    part.get_by_role("button", name="Revoke a token").click()
    expect(part.get_by_label("A token to revoke")).to_have_value("")
    assert demo.as_("member").get("/chats").status_code == 401


def test_a_webhook_token_is_minted_until_one_has_five(page: Page, demo: Running) -> None:
    part = people(page, demo)
    part.get_by_label("Kind").select_option("webhook token (zapikey)")
    for count in range(1, 5):
        part.get_by_role("button", name="Mint it").click()
        expect(part.locator(".tokens code")).to_have_count(count)
    token = minted(part)
    answer = httpx.post(
        f"{demo.url}/api/v2/channelsbyname/marketing/message",
        params={"zapikey": token},
        json={"text": "Hello"},
        trust_env=False,
    )
    assert answer.status_code == 204
    part.get_by_role("button", name="Mint it").click()
    expect(part.get_by_text("which is the maximum")).to_be_visible()


def test_people_come_are_deactivated_and_found(page: Page, demo: Running) -> None:
    part = people(page, demo)
    part.get_by_text("Add a person").click()
    part.get_by_label("Name", exact=True).fill("<b>Ada</b>")
    part.get_by_role("button", name="Add", exact=True).first.click()
    expect(part.get_by_text("Added: <b>Ada</b>.")).to_be_visible()
    part.get_by_role("searchbox", name="Search people and tokens").fill("ada")
    expect(part.get_by_role("button", name="Deactivate <b>Ada</b>")).to_be_visible()
    member = next(each for each in demo.control("GET", "/users")["users"] if each["role"] == "member")
    part.get_by_role("searchbox", name="Search people and tokens").fill(member["name"])
    part.get_by_role("button", name=f"Deactivate {member['name']}", exact=True).click()
    expect(part.get_by_role("button", name=f"Activate {member['name']}", exact=True)).to_be_visible()
    assert demo.as_("member").get("/chats").status_code == 403
    part.get_by_role("button", name=f"Activate {member['name']}", exact=True).click()
    expect(part.get_by_role("button", name=f"Deactivate {member['name']}", exact=True)).to_be_visible()
    assert demo.as_("member").get("/chats").status_code == 200


def test_an_answer_that_comes_late_shows_nobody_as_they_were(page: Page, demo: Running) -> None:
    part = people(page, demo)
    member = next(each for each in demo.control("GET", "/users")["users"] if each["role"] == "member")
    part.get_by_role("searchbox", name="Search people and tokens").fill(member["name"])
    expect(part.get_by_role("button", name=f"Deactivate {member['name']}", exact=True)).to_be_visible()
    world, overview = re.compile("/worlds/default$"), re.compile("/overview$")
    late: list[Route] = []

    def hold(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append(route)

    page.route(world, hold)
    with page.expect_request(world):
        demo.control("POST", "/users", json={"name": "Ida Moss"})
    before = demo.control("GET", "/worlds/default")
    demo.control("PATCH", f"/users/{member['id']}", json={"active": False})
    for _ in range(2):  # the page has looked since, so that whatever the change leads to has been asked for
        with page.expect_response(overview):
            pass
    with page.expect_response(re.compile("/bots$")):
        late[0].fulfill(json=before)
    with page.expect_response(overview):
        pass
    expect(part.get_by_role("button", name=f"Activate {member['name']}", exact=True)).to_be_visible()


def test_a_world_that_is_long_in_answering_holds_up_no_other(page: Page, demo: Running) -> None:
    demo.control("POST", "/worlds", json={"id": "other", "world": "documentation"})
    other = demo.control("GET", "/worlds/other/users")["users"][0]["email"]
    part = people(page, demo)
    held: list[Route] = []
    page.route("**/worlds/default/bots", lambda route: held.append(route))  # noqa: PLW0108 - it is given attributes
    with page.expect_request("**/worlds/default/bots"):
        demo.control("POST", "/users", json={"name": "Ida Moss"})
    page.evaluate("location.hash = '#people&world=other'")
    expect(part.get_by_text(other)).to_be_visible()
    for route in held:
        route.fulfill(json={"bots": []})
    expect(part.get_by_text(other)).to_be_visible()


def test_bots_come_and_go(page: Page, demo: Running) -> None:
    part = people(page, demo)
    part.get_by_text("Add a bot").click()
    form = part.locator("details", has_text="Add a bot")
    form.get_by_label("Unique name").fill("No good!")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(part.get_by_role("status").first).to_have_class("refused")
    form.get_by_label("Unique name").fill("kilnbot")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(part.get_by_role("button", name="Remove kilnbot")).to_be_visible()
    assert "kilnbot" in {each["unique_name"] for each in demo.control("GET", "/bots")["bots"]}
    part.get_by_role("button", name="Remove kilnbot").click()
    page.get_by_role("dialog", name="Remove the bot kilnbot?").get_by_role("button", name="Remove").click()
    expect(part.get_by_role("button", name="Remove kilnbot")).to_have_count(0)
    assert "kilnbot" not in {each["unique_name"] for each in demo.control("GET", "/bots")["bots"]}
