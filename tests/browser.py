"""A real browser that reaches no network but this machine's own."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""The one without a window, where it is: it does the same in less time."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")

ALONE = (
    "--disable-gpu",
    "--disable-gpu-compositing",  # and no processor of ours in its place: two browsers at once would share two cores
    "--disable-software-rasterizer",
    "--in-process-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""Options of a Chromium that asks nobody else for anything."""

_WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_SETTLED = """() => Promise.allSettled(
    document.getAnimations()
        .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
        .map((each) => each.finished)
)"""
_REFUSED = "Failed to load resource: the server responded with a status of"
_BY_SCRIPT = frozenset({"fetch", "xhr", "eventsource"})
_ERROR = 400


def browsed(url: str, folder: Path) -> tuple[str, str]:
    """What Chromium makes of a page, and what it complains of.

    Args:
        url: Where the page is.
        folder: An empty one, for its profile.
    """
    assert CHROMIUM is not None
    options = [
        "--headless",
        "--no-sandbox",
        *ALONE,
        "--enable-logging=stderr",
        f"--user-data-dir={folder}",
        "--virtual-time-budget=10000",
        "--dump-dom",
    ]
    browser = subprocess.run([CHROMIUM, *options, url], capture_output=True, text=True, timeout=60, check=True)
    return browser.stdout, browser.stderr


@contextmanager
def running_loop(loop: asyncio.AbstractEventLoop | None) -> Iterator[asyncio.AbstractEventLoop | None]:
    """Let asyncio take this loop, or none, for the one that runs in this thread; gives the one that did.

    Playwright's loop is suspended, not over, between two calls of its API: it says that it runs, and `asyncio.run`
    would refuse to run another. So it is taken out of sight of all tests but those that drive a page.
    """
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield before
    finally:
        asyncio._set_running_loop(before)


class Complaints(list[str]):
    """What is wrong with the pages of a context; a test that wants some of it takes it out.

    That is an error in the console (a violation of the policy is one), an exception that nobody caught, a request to
    another origin than the page's, and a file that is not there. What the server answers to a script's own request is
    not: refusals belong to the product.
    """

    def __init__(self, context: BrowserContext) -> None:
        super().__init__()
        self._origin = ""
        context.on("console", self._logged)
        context.on("weberror", self._thrown)
        context.on("request", self._asked)
        context.on("response", self._answered)

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REFUSED):
            self.append(f"console: {message.text}")

    def _thrown(self, error: WebError) -> None:
        self.append(f"thrown: {error.error}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("data", "blob"):
            return
        origin = f"{url.scheme}://{url.netloc}"
        if request.is_navigation_request() and (url.hostname == "127.0.0.1" or url.scheme == "file"):
            self._origin = origin
        elif origin != self._origin:
            self.append(f"another origin: {request.method} {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= _ERROR and response.request.resource_type not in _BY_SCRIPT:
            self.append(f"answered {response.status}: {response.url}")


def axe(page: Page) -> list[str]:
    """What axe finds to be no good for keyboards and screen readers: the rule, the element, what to change."""
    page.evaluate(_SETTLED)  # a colour that fades in has too little contrast on the way
    options = {"runOnly": {"type": "tag", "values": _WCAG}, "resultTypes": ["violations"]}
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}: {' '.join(node['failureSummary'].split())}"
        for violation in found
        for node in violation["nodes"]
    ]
