"""The reference pages in a real browser that reaches no network but this machine's own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Running
from tests.reference import DOCUMENTED

CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/docs", [operation.title for operation in DOCUMENTED]),
        ("/_mockcliq/docs", ["/clock/advance", "/limits/exhaust", "/reset"]),
    ],
)
def test_a_page_shows_every_operation_without_a_network(
    documentation: Running, tmp_path: Path, page: str, shown: list[str]
) -> None:
    assert CHROMIUM is not None
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={tmp_path}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        "--virtual-time-budget=10000",
        "--dump-dom",
    ]
    browser = subprocess.run(
        [CHROMIUM, *options, documentation.url + page], capture_output=True, text=True, timeout=60, check=True
    )
    text = browser.stdout.replace("\u200b", "")
    assert [each for each in shown if each not in text] == []
