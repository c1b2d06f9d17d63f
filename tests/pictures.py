"""The pictures of the console that README.md and docs/ show: ``python -m tests.pictures``.

With a folder, every part of the page is pictured there, at three sizes and in both themes, to be judged by eye:
``python -m tests.pictures /tmp/console``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from mockcliq.settings import Settings
from tests.browser import ALONE, CHROMIUM
from tests.conftest import Running, running

Theme = Literal["light", "dark"]
Story = Callable[[Page], None]

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
LABEL = "Ready for the demo"
THEMES: tuple[Theme, ...] = ("light", "dark")
SIZES: dict[str, ViewportSize] = {
    "wide": {"width": 1360, "height": 800},
    "middle": {"width": 900, "height": 720},
    "phone": {"width": 360, "height": 740},
}

_NARROW = 720
"""Below it the list and the conversation are shown one at a time."""

_MOMENT = "2025-06-02T09:41:00Z"
"""The demo's conversations were just before; the clock stands, so that every picture shows the same time."""


def main(folder: Path | None) -> None:
    """Take the documentation's pictures, or all of them."""
    with sync_playwright() as playwright, running(Settings(label=LABEL)) as server:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        if folder is None:
            take_for_documentation(browser, server, PICTURES)
        else:
            for size, theme, (number, story) in product(SIZES, THEMES, enumerate(STORIES, start=1)):
                _take(browser, server, theme, size, story, folder / f"{size}-{theme}-{number:02}-{story.__name__}.png")
        browser.close()


def take_for_documentation(browser: Browser, server: Running, folder: Path) -> None:
    """Take the documentation's pictures, into a folder."""
    for theme in THEMES:
        _take(browser, server, theme, "wide", the_call, folder / f"console-{theme}.png")


def _take(browser: Browser, server: Running, theme: Theme, size: str, story: Story, file: Path) -> None:
    """Take one picture, of how a story ends."""
    with browser.new_context(
        viewport=SIZES[size], color_scheme=theme, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        begin(page, server)
        story(page)
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file)


def begin(page: Page, server: Running) -> None:
    """Open the console on a world at its start, whose clock stands."""
    server.control("POST", "/reset")
    server.control("PUT", "/clock", json={"mode": "frozen", "now": _MOMENT})
    server.control("POST", "/chats/987000000654321/drafts", json={"user": _owner(server), "text": "Has anybody the"})
    page.goto(f"{server.url}/_mockcliq/ui")
    expect(page.get_by_role("option").first).to_contain_text("Marketing")
    if page.viewport_size is not None and page.viewport_size["width"] < _NARROW:
        page.get_by_role("option").first.click()
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()


def _owner(server: Running) -> str:
    owner: str = server.control("GET", "/users")["users"][0]["id"]
    return owner


def _act_as(page: Page, label: str) -> None:
    if page.get_by_role("button", name="Back to the list").is_visible():
        page.get_by_role("button", name="Back to the list").click()
    page.get_by_role("button", name="Acting as").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{label} ")).click()
    page.get_by_role("option").first.click()


def _open(page: Page, part: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=part).click()


def _back_to_the_chat(page: Page) -> None:
    chats = page.get_by_role("button", name="Chats", exact=True)
    if chats.is_visible():  # where the page has not the room for two parts
        chats.click()


def newcomer(_page: Page) -> None:
    """The page as it opens."""


def people(page: Page) -> None:
    """Whom one can act as."""
    if page.get_by_role("button", name="Back to the list").is_visible():
        page.get_by_role("button", name="Back to the list").click()
    page.get_by_role("button", name="Acting as").click()


def refused(page: Page) -> None:
    """A few calls of several people, then one that is refused."""
    for label, button in (("owner", "Mute"), ("member", "Mute"), ("owner", "Unmute"), ("readonly", "Mute")):
        _act_as(page, label)
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("status").get_by_text("/mute" if button == "Mute" else "/unmute")).to_be_visible()
    expect(page.get_by_text("scope_missing")).to_be_visible()


def the_call(page: Page) -> None:
    """That call in full."""
    refused(page)
    page.get_by_role("button", name="See the call").click()
    expect(page.get_by_role("button", name="Close the request")).to_be_visible()


def locked_out(page: Page) -> None:
    """A limit that is used up, and crossed."""
    _open(page, "Limits")
    page.get_by_role("button", name="Exhaust mute_chat", exact=True).click()
    expect(page.get_by_text("The next call is refused")).to_be_visible()
    _back_to_the_chat(page)
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_text("Too Many Requests", exact=True)).to_be_visible()


def meters(page: Page) -> None:
    """The meters after it."""
    locked_out(page)
    _open(page, "Limits")
    expect(page.locator("tr.is-locked")).to_be_visible()


def lost_answer(page: Page) -> None:
    """A call that did its work, and whose answer was lost."""
    _open(page, "Faults")
    page.get_by_role("button", name="Slow").click()
    page.get_by_role("button", name="Lost answer").click()
    expect(page.get_by_role("region", name="Active faults")).to_contain_text("2 faults are active")
    _back_to_the_chat(page)
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_text("The answer was lost.")).to_be_visible()


def own_fault(page: Page) -> None:
    """The form of a rule, and its JSON."""
    _open(page, "Faults")
    page.get_by_text("A rule of your own").click()
    page.get_by_label("At most … times").fill("2")
    page.get_by_role("button", name="Add this rule").scroll_into_view_if_needed()


def full_width(page: Page) -> None:
    """The calls at full width, one of them open."""
    refused(page)
    _open(page, "Requests")
    page.get_by_role("listbox", name="Requests, newest first").get_by_role("option").first.click()
    expect(page.get_by_role("button", name="Send again")).to_be_visible()


def sending(page: Page) -> None:
    """The form that tries an operation."""
    _open(page, "Requests")
    page.get_by_role("button", name="Send a call").click()
    page.get_by_label("Operation", exact=True).last.select_option("pin_message")
    expect(page.get_by_label("Body")).to_have_value(re.compile("id"))


def tokens(page: Page) -> None:
    """People, and a token that was minted."""
    _open(page, "People")
    page.get_by_text("Scopes: all, unless you choose some").click()
    page.get_by_role("button", name="Mint it").click()
    expect(page.get_by_role("button", name="Revoke", exact=True)).to_be_visible()


def connect(page: Page) -> None:
    """How to connect."""
    _open(page, "Connect")
    page.get_by_role("button", name="pytest").click()
    expect(page.get_by_text("def test_the_lock_out_ends")).to_be_visible()


def worlds(page: Page) -> None:
    """The worlds, with a snapshot."""
    _open(page, "Worlds")
    page.get_by_label("Name of the snapshot").fill("before-the-test")
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.get_by_role("button", name="Restore before-the-test")).to_be_visible()
    page.get_by_text("Make a world").click()


def clock(page: Page) -> None:
    """The clock's menu."""
    page.get_by_role("button", name="The world's clock").click()


STORIES: tuple[Story, ...] = (
    newcomer,
    people,
    refused,
    the_call,
    locked_out,
    meters,
    lost_answer,
    own_fault,
    full_width,
    sending,
    tokens,
    connect,
    worlds,
    clock,
)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else None)
