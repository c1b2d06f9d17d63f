"""A real browser that reaches no network but this machine's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")


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
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--enable-logging=stderr",
        f"--user-data-dir={folder}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--virtual-time-budget=10000",
        "--dump-dom",
    ]
    browser = subprocess.run([CHROMIUM, *options, url], capture_output=True, text=True, timeout=60, check=True)
    return browser.stdout, browser.stderr
