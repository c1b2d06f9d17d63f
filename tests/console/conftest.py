"""Pages of a real Chromium, one for each test, that fail it if anything is wrong with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import ALONE, CHROMIUM, Complaints, running_loop
from tests.conftest import Serve

expect.set_options(timeout=30_000)
"""What is waited for comes within seconds, but perhaps not on a busy machine."""


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """All of these are slow: a page takes a second to open."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("slow")


@dataclass(frozen=True)
class Chromium:
    """A browser that runs, and the loop that drives it."""

    browser: Browser
    loop: asyncio.AbstractEventLoop | None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """One for all tests of a worker; it costs a second to start."""
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        with running_loop(None) as loop:
            yield Chromium(browser, loop)
        browser.close()


@pytest.fixture
def context(chromium: Chromium) -> Iterator[BrowserContext]:
    """A profile of the test's own, with nothing in it."""
    with running_loop(chromium.loop), chromium.browser.new_context() as context:
        yield context


@pytest.fixture
def complaints(context: BrowserContext) -> Complaints:
    """What is wrong so far; the test fails for what is left in the end."""
    return Complaints(context)


@pytest.fixture
def page(
    context: BrowserContext,
    complaints: Complaints,
    serve: Serve,  # noqa: ARG001 - set up before, so that the test's servers outlast the page that asks them
) -> Iterator[Page]:
    """An empty page."""
    page = context.new_page()
    yield page
    for each in context.pages:
        each.evaluate("0")  # what it has complained of has arrived before the answer
    assert not complaints
