"""The address of the page: what it leads to, and how Back and Forward go through what was looked at."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.conftest import Running
from tests.console.driving import act_as, chat, chats, console, owner, thread, turn_to


def opened(page: Page, name: str) -> None:
    """That conversation is open."""
    expect(thread(page).get_by_role("heading", level=2, name=name)).to_be_visible()


def test_back_and_forward_go_through_what_was_looked_at(page: Page, demo: Running) -> None:
    console(page, demo)
    opened(page, "Marketing")
    page.evaluate("window.isTheSame = true")
    chat(page, "Announcements").click()
    opened(page, "Announcements")
    turn_to(page, "Limits")
    act_as(page, "member")  # is no step
    turn_to(page, "Worlds")
    page.go_back()
    expect(page.get_by_role("region", name="Limits", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Acting as")).to_contain_text("member")
    page.go_back()
    expect(page.get_by_role("region", name="Requests", exact=True)).to_be_visible()
    opened(page, "Announcements")
    page.go_back()
    opened(page, "Marketing")
    page.go_forward()
    opened(page, "Announcements")
    page.go_back()
    opened(page, "Marketing")
    assert page.evaluate("window.isTheSame"), "nothing was loaded again"
    page.go_back()
    assert page.url == "about:blank"


def test_back_goes_back_whatever_happens_at_that_moment(page: Page, demo: Running) -> None:
    """Between the browser's step and its telling of it, what the page learns must not become a step of its own."""
    console(page, demo)
    opened(page, "Marketing")
    chat(page, "Announcements").click()
    opened(page, "Announcements")
    page.evaluate("addEventListener('popstate', () => document.querySelector('#to-limits').click(), { once: true })")
    page.go_back()
    opened(page, "Marketing")
    expect(page.get_by_role("region", name="Requests", exact=True)).to_be_visible()
    page.go_forward()
    opened(page, "Announcements")


def test_back_does_not_lead_to_what_is_gone(page: Page, demo: Running) -> None:
    console(page, demo)
    chat(page, "Announcements").click()
    opened(page, "Announcements")
    demo.control("POST", "/chats", json={"type": "chat", "name": "Made just now", "members": [owner(demo)]})
    chat(page, "Made just now").click()
    opened(page, "Made just now")
    demo.control("POST", "/reset")
    opened(page, "Marketing")
    page.go_back()
    opened(page, "Announcements")


def test_back_leads_to_the_world_before(page: Page, demo: Running) -> None:
    demo.control("POST", "/worlds", json={"id": "other", "world": "documentation"})
    try:
        console(page, demo, view="worlds")
        opened(page, "Marketing")
        page.get_by_role("button", name="Switch to other").click()
        expect(page.get_by_role("button", name="World other")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("button", name="World default")).to_be_visible()
        opened(page, "Marketing")
        page.go_forward()
        expect(page.get_by_role("button", name="World other")).to_be_visible()
    finally:
        demo.control("DELETE", "/worlds/other")
    # What is gone is said to be, and does not keep anybody from going on.
    page.go_back()
    expect(page.get_by_role("button", name="World default")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("alert").filter(has_text="no world 'other'")).to_be_visible()
    expect(page.get_by_role("button", name="World default")).to_be_visible()
    page.go_back()
    page.go_back()
    assert page.url == "about:blank"


def test_on_a_phone_back_leads_to_the_list(page: Page, demo: Running) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    console(page, demo)
    chat(page, "Announcements").click()
    opened(page, "Announcements")
    page.go_back()
    expect(thread(page)).to_be_hidden()
    expect(chats(page)).to_be_visible()
    page.go_forward()
    opened(page, "Announcements")


def test_a_page_that_cannot_begin_says_so_and_begins_later(page: Page, demo: Running) -> None:
    for what in ("**/_mockcliq/operations", "**/worlds/default"):
        page.route(what, lambda route: route.fulfill(status=503, json={"detail": "The world is still being made."}))
        page.goto("about:blank")
        page.goto(f"{demo.url}/_mockcliq/ui")
        line = page.get_by_role("alert").filter(has_text="still being made")
        expect(line).to_be_visible()
        page.unroute(what)
        opened(page, "Marketing")
        expect(line).to_be_hidden()
        expect(turn_to(page, "Limits")).to_be_visible()
