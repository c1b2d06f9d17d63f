"""The console as somebody opens it: its parts by their names."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.conftest import Running


def visit(page: Page, server: Running, part: str) -> Locator:
    """Open the console, and a part of it beside the conversations; gives the part."""
    page.goto(f"{server.url}/_mockcliq/ui")
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    return turn_to(page, part)


def turn_to(page: Page, part: str) -> Locator:
    """Show another part of the page; gives it."""
    page.get_by_role("navigation").get_by_role("button", name=part).click()
    return page.get_by_role("region", name=part, exact=True)
