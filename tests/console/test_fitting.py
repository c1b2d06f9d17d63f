"""What has to fit on a page of each size: names before handles, whole words, a cross in its corner."""

from __future__ import annotations

import pytest
from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, expect

from tests.answers import REQUEST_ID
from tests.browser import axe
from tests.conftest import Running
from tests.console.driving import chat, console, messages
from tests.console.test_requests_view import details, look

WIDE: ViewportSize = {"width": 1440, "height": 900}
TABLET: ViewportSize = {"width": 768, "height": 1024}
PHONE: ViewportSize = {"width": 390, "height": 844}

CELLS = """(table) => [...table.querySelectorAll("th, td")].map((each) => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return [each.textContent, range.getClientRects().length];
})"""
"""What the cells of a table say, and in how many lines."""

ROW = """(row) => {
    const [name, handle, time] = [".name", ".aside", "time"].map((part) => row.querySelector(part));
    return {
        isNameCut: name.scrollWidth > name.clientWidth,
        handle: handle.clientWidth,
        isTimeCut: time.getBoundingClientRect().right > row.getBoundingClientRect().right,
    };
}"""
"""What there was room for in a row of the list, all at one moment: it may be drawn anew."""

HEAD = """(each) => ["header", "header .status", "[aria-label='Link to this call']", "[aria-label='Close the request']"]
    .map((part) => each.querySelector(part).getBoundingClientRect().toJSON())"""
"""Where the parts of a call's head are, likewise."""

IS_CUT = "(each) => each.scrollWidth > each.clientWidth"


def place(found: Locator) -> FloatRect:
    """Where it is on the page."""
    box = found.bounding_box()
    assert box is not None
    return box


def is_within(inner: Locator, outer: Locator) -> bool:
    """Whether one is wholly in the other's place; a pixel is let pass, since half ones are rounded."""
    small, large = place(inner), place(outer)
    return (
        small["x"] >= large["x"] - 1
        and small["y"] >= large["y"] - 1
        and small["x"] + small["width"] <= large["x"] + large["width"] + 1
        and small["y"] + small["height"] <= large["y"] + large["height"] + 1
    )


@pytest.mark.parametrize("size", [WIDE, TABLET], ids=["wide", "tablet"])
def test_an_active_fault_is_told_within_its_border(page: Page, demo: Running, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    demo.control("POST", "/faults", json={"then": {"delay_ms": 1}})
    console(page, demo, view="conversations")
    told = page.get_by_role("region", name="Active faults").get_by_role("button").first
    words = told.locator("b")
    expect(words).to_have_text("A fault is active")
    assert is_within(words, told)
    assert not words.evaluate(IS_CUT)


@pytest.mark.parametrize("size", [WIDE, TABLET], ids=["wide", "tablet"])
def test_of_a_channel_the_handle_is_cut_before_the_name(page: Page, demo: Running, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    console(page, demo, view="conversations")
    for handle in ("#marketing", "#engineering", "#announcements"):
        fits = chat(page, handle).evaluate(ROW)
        assert not fits["isTimeCut"]
        assert not fits["isNameCut"] or fits["handle"] == 0, "nothing of the handle is left"


@pytest.mark.parametrize(("size", "view"), [(WIDE, "limits"), (PHONE, "conversations")], ids=["wide", "phone"])
def test_words_of_a_table_stay_whole(page: Page, demo: Running, size: ViewportSize, view: str) -> None:
    page.set_viewport_size(size)
    row = {"Service": "checkout", "Status": "degraded", "Latency": "1200", "Responsible": "everybody", "Region": "x"}
    slide = {"type": "table", "title": "Services", "data": {"headers": list(row), "rows": [row]}}
    demo.as_("owner").post(
        "/channelsbyname/announcements/message", json={"text": "All of them", "slides": [slide]}
    ).raise_for_status()
    listed = demo.control("GET", f"/users/{demo.control('GET', '/users')['users'][0]['id']}/chats?search=Announcements")
    page.goto(f"{demo.url}/_mockcliq/ui#view={view}&chat={listed['chats'][0]['id']}")
    if size == PHONE:
        expect(messages(page).last).to_contain_text("Latency")
    message = messages(page).last
    table = message.get_by_role("table")
    expect(table).to_be_visible()
    assert [told for told in table.evaluate(CELLS) if told[1] != 1] == []
    assert is_within(message.get_by_role("group", name="Table"), message)
    assert axe(page) == []


@pytest.mark.parametrize("label", ["owner", "readonly"])
def test_the_cross_of_a_call_stays_in_its_corner(page: Page, demo: Running, label: str) -> None:
    page.set_viewport_size(PHONE)
    path = "/channelsbyname/announcements/message"
    sent = demo.as_(label).post(path, json={"text": "Hello"})
    look(page, demo, f"request={sent.headers[REQUEST_ID]}")
    expect(details(page)).to_be_visible()
    header, status, link, cross = details(page).evaluate(HEAD)
    assert cross["top"] < status["bottom"], "on the first line"
    assert abs(cross["right"] - header["right"]) < 2
    assert link["right"] <= cross["left"] or link["top"] >= cross["bottom"], "they do not overlap"
