"""What the stories of the console have in common: how a page is opened, and what its parts are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, Route, expect

from tests.conftest import Running

NOON = "2025-06-02T12:00:00Z"
"""A moment after all that was said in the demo."""


def console(page: Page, server: Running, **told: str) -> None:
    """Open the console, with what the address tells it: `world`, `as`, `view`, `chat`."""
    page.goto("about:blank")  # another address of the same page would not load it
    page.goto(f"{server.url}/_mockcliq/ui#{urlencode(told)}")
    expect(page.get_by_role("button", name="Acting as")).to_be_visible()


@contextmanager
def unanswered(page: Page, what: str) -> Iterator[None]:
    """Let requests wait meanwhile, from one on before which all were answered; then they are refused."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(what, hold)
    with page.expect_request(what):
        pass
    try:
        yield
    finally:
        for route in held:  # one that is never answered leaves a task behind, which another test would find
            route.fulfill(status=503, json={"detail": "Too busy."})
        page.unroute(what)


def freeze(server: Running, now: str = NOON) -> None:
    """Let the world's clock stand."""
    server.control("PUT", "/clock", json={"mode": "frozen", "now": now})


def chats(page: Page) -> Locator:
    """The list of conversations."""
    return page.get_by_role("listbox", name="Conversations")


def chat(page: Page, name: str) -> Locator:
    """A conversation in the list, by a part of what its row says."""
    return chats(page).get_by_role("option").filter(has_text=name)


def thread(page: Page) -> Locator:
    """The open conversation, whichever it is."""
    return page.get_by_role("region", name=re.compile("^(Conversation .|No conversation)"))


def messages(page: Page) -> Locator:
    """The messages of the open conversation."""
    return page.get_by_role("region", name="Messages").get_by_role("article")


def outcome(page: Page) -> Locator:
    """What is said of the last call that was made by a click."""
    return page.get_by_role("region", name="Conversations", exact=True).get_by_role("status")


def requests(page: Page) -> Locator:
    """The calls in the request pane, newest first."""
    return page.get_by_role("listbox", name="Requests, newest first").get_by_role("option")


def act_as(page: Page, label: str) -> None:
    """Choose who acts, by the label of a fixed token."""
    page.get_by_role("button", name="Acting as").click()
    dialog = page.get_by_role("dialog", name="Act as")
    dialog.get_by_role("button", name=re.compile(f"^{label} ")).click()
    expect(dialog).to_be_hidden()


def journal(server: Running) -> list[tuple[str, str, str, int | None]]:
    """The calls that were made, the oldest first: method, path, user and status."""
    return [
        (entry["method"], entry["path"], entry["user"], entry["status"])
        for entry in server.control("GET", "/requests")["requests"]
    ]


def person(server: Running, label: str) -> dict[str, Any]:
    """Whom a fixed token belongs to."""
    return next(each for each in server.control("GET", "/users")["users"] if each["role"] == label)


def owner(server: Running) -> str:
    """The owner's id."""
    found: str = person(server, "owner")["id"]
    return found


def visit(page: Page, server: Running, part: str) -> Locator:
    """Open the console, and a part of it beside the conversations; gives the part."""
    console(page, server)
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    return turn_to(page, part)


def turn_to(page: Page, part: str) -> Locator:
    """Show another part of the page; gives it."""
    page.get_by_role("navigation").get_by_role("button", name=part).click()
    return page.get_by_role("region", name=part, exact=True)


def marketing(server: Running) -> str:
    """The conversation that a newcomer finds open."""
    found: str = server.control("GET", f"/users/{owner(server)}/chats?limit=1")["chats"][0]["id"]
    return found
