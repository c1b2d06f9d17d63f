"""Ten thousand conversations: all can be reached, and never more of them are on the page than a few dozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from mockcliq.settings import Settings
from tests.browser import axe
from tests.conftest import Running, running
from tests.console.driving import chats, console, journal, owner, person

MANY = 10_000
FEW = 60
"""More rows than that are never on the page."""


@pytest.fixture
def crowd(_shared_crowd: Running) -> Running:
    """A world whose owner is in ten thousand groups, from the newest, "Group 0", to the oldest."""
    _shared_crowd.control("POST", "/reset")
    return _shared_crowd


@pytest.fixture(scope="module")
def _shared_crowd() -> Iterator[Running]:
    with running(Settings(world="documentation")) as server:
        state = server.control("GET", "/state")
        members = [{"user": owner(server)}, {"user": person(server, "member")["id"]}]
        state["chats"] = [_group(number, members) for number in range(MANY)]
        server.http.put("/_mockcliq/state", json=state, timeout=120).raise_for_status()
        yield server


def _group(number: int, members: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": str(10**18 + number),
        "type": "chat",
        "name": f"Group {number}",
        "creator": members[0]["user"],
        "created": 1_600_000_000_000 - 1000 * number,
        "participants": members,
    }


def rows(page: Page) -> Locator:
    """Those that are on the page."""
    return chats(page).get_by_role("option")


def row(page: Page, number: int) -> Locator:
    """The conversation at that place, 0 for the first."""
    return chats(page).locator(f'[aria-posinset="{number + 1}"]')


def test_any_place_is_reached_and_shows_what_is_there(page: Page, crowd: Running) -> None:
    pages: list[str] = []
    page.on("request", lambda request: pages.append(request.url) if "/chats?limit=200" in request.url else None)
    console(page, crowd)
    expect(row(page, 0)).to_contain_text("Group 0")
    expect(row(page, 0)).to_have_attribute("aria-setsize", str(MANY))
    assert len(pages) <= 2, "only what is in view is read"  # the first page, once for each of two reasons
    assert rows(page).count() <= FEW

    # By the wheel, in many small steps, with a look at how much is there at each.
    page.evaluate(
        """() => {
          window.most = 0;
          const count = () => Math.max(window.most, document.querySelectorAll('#conversations [role=option]').length);
          new MutationObserver(() => { window.most = count(); })
            .observe(document.querySelector('#conversations'), { childList: true, subtree: true });
        }"""
    )
    chats(page).hover()
    for _ in range(40):
        page.mouse.wheel(0, 340)  # five rows
    expect(row(page, 202)).to_be_in_viewport()
    expect(row(page, 202)).to_contain_text("Group 202")

    # A click there opens what is there: the list does not jump away beneath it.
    row(page, 202).click()
    expect(page.get_by_role("heading", name="Group 202", exact=True)).to_be_visible()
    expect(row(page, 202)).to_have_attribute("aria-selected", "true")
    expect(row(page, 202)).to_be_in_viewport()

    # Keys go on from there.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Group 203", exact=True)).to_be_visible()
    page.keyboard.press("End")
    expect(row(page, MANY - 1)).to_be_in_viewport()
    expect(row(page, MANY - 1)).to_contain_text(f"Group {MANY - 1}")
    page.keyboard.press("PageUp")
    active = chats(page).get_attribute("aria-activedescendant")
    place = int(page.locator(f"#{active}").get_attribute("aria-posinset") or 0)
    assert MANY - 15 < place < MANY - 5
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Group {place - 1}", exact=True)).to_be_visible()
    page.keyboard.press("Home")
    expect(row(page, 0)).to_be_in_viewport()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("Space")
    active = chats(page).get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")

    # Anywhere, as by the bar at its side.
    for number in (5_000, 777, 9_123):
        chats(page).evaluate("(list, top) => { list.scrollTop = top; }", number * 68)
        expect(row(page, number)).to_contain_text(f"Group {number}")
    there = crowd.control("GET", f"/users/{owner(crowd)}/chats?offset=9123&limit=6")["chats"]
    for number, expected in enumerate(there, start=9_123):
        expect(row(page, number)).to_contain_text(expected["name"])
    assert page.evaluate("window.most") <= FEW
    assert len(pages) < MANY / 200, "what was passed over was not read"
    assert axe(page) == []
    assert journal(crowd) == []


def test_the_first_are_shown_before_the_rest_is_read(page: Page, crowd: Running) -> None:
    """Nor does a search read all that it finds."""
    page.route("**/chats?limit=200&offset=200*", lambda route: route.abort())
    console(page, crowd)
    expect(row(page, 0)).to_contain_text("Group 0")
    expect(row(page, 12)).to_contain_text("Group 12")
    page.get_by_role("searchbox", name="Search conversations").fill("GROUP 99")
    expect(row(page, 0)).to_have_attribute("aria-setsize", "111")
    expect(row(page, 1)).to_contain_text("Group 990")
    crowd.control("POST", f"/chats/{10**18 + 9_999}/messages", json={"sender": owner(crowd), "text": "Here I am"})
    expect(row(page, 0)).to_contain_text("Group 9999")
    expect(row(page, 0)).to_contain_text("You: Here I am")
