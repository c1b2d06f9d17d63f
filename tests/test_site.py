"""The documentation as a site, in a real browser that reads it from the disk."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser import ALONE, CHROMIUM, needs_chromium
from tests.pages import pages
from tests.processes import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("material") is None, reason="needs mkdocs-material: make docs"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as strictly as `make docs` does."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@contextmanager
def reading(page: Path) -> Iterator[tuple[Page, list[str]]]:
    """A page as a reader has it from a disk, and what else it asked for."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE)
        opened = browser.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(page.as_uri())
        yield opened, asked
        browser.close()


def test_every_page_is_in_it_and_what_stands_outside_of_docs(site: Path) -> None:
    there = {each.relative_to(site).as_posix() for each in site.rglob("*.html")}
    named = {each.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for each in pages() if each.parent != ROOT}
    assert named | {"ARCHITECTURE.html", "CHANGELOG.html", "CONTRIBUTING.html", "decisions/sql.html"} <= there


def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    for each in site.rglob("*.html"):
        text = each.read_text()
        assert re.findall(r'<(?:script|img|iframe|source)[^>]* src(?:set)?="?(?:https?:)?//[^>]*>', text) == [], each
        assert re.findall(r'<link[^>]* href="?(?:https?:)?//[^>]*>', text) == [], each


@needs_chromium
def test_it_is_searched_without_a_network(site: Path) -> None:
    with reading(site / "guides" / "pytest.html") as (page, asked):
        page.get_by_role("textbox", name="Search").click()
        page.keyboard.type("enableServiceLinks")
        expect(page.locator("[data-md-component=search-result] a").first).to_contain_text("Kubernetes")
        assert [url for url in asked if not url.startswith("file:")] == []
