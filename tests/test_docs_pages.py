"""The pages on using MockCliq from elsewhere do what they say, file by file."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pages import DOCS, Page

pytestmark = pytest.mark.slow


def node_is_here() -> bool:
    """Whether there is a Node that has a test runner."""
    if shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    return int(version.removeprefix("v").partition(".")[0]) >= 18


def image_is_here() -> bool:
    """Whether a container engine runs that has the image which the pages have their readers make."""
    if shutil.which("docker") is None:
        return False
    asked = ["docker", "image", "inspect", "mockcliq"]
    return subprocess.run(asked, capture_output=True, timeout=30, check=False).returncode == 0


needs_node = pytest.mark.skipif(not node_is_here(), reason="needs Node 18 or newer")
needs_the_image = pytest.mark.skipif(
    not image_is_here(), reason="needs a container engine, and in it the image `mockcliq`: docker build -t mockcliq ."
)


@contextmanager
def composed(folder: Path) -> Iterator[None]:
    """Around a page's compose project; of its containers nothing stays."""
    try:
        yield
    finally:
        down = ["docker", "compose", "down", "--volumes"]
        subprocess.run(down, cwd=folder, capture_output=True, timeout=120, check=False)


def test_no_page_is_left_untried() -> None:
    assert sorted(page.stem for page in DOCS.glob("*.md")) == ["compose", "node", "testcontainers", "unittest"]


def test_unittest(tmp_path: Path) -> None:
    run = Page("unittest").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^Ran 4 tests in .*\n\nOK$", run.stdout, re.MULTILINE), run.stdout
    assert "Warning" not in run.stdout


def test_unittest_notices_a_bot_that_does_not_ask_again(tmp_path: Path) -> None:
    page = Page("unittest")
    page.change("bot.py", "except ConnectionError", "except ZeroDivisionError")
    run = page.follow(tmp_path)
    assert run.returncode == 1
    assert "FAILED (errors=1)" in run.stdout


@needs_node
def test_node(tmp_path: Path) -> None:
    run = Page("node").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^\S+ pass 4$", run.stdout, re.MULTILINE), run.stdout


@needs_node
def test_node_notices_a_bot_that_does_not_ask_again(tmp_path: Path) -> None:
    page = Page("node")
    page.change("bot.mjs", ".catch(ask)", "")
    run = page.follow(tmp_path)
    assert run.returncode == 1
    assert re.search(r"^\S+ pass 3$", run.stdout, re.MULTILINE), run.stdout


@needs_node
def test_node_is_told_why_a_server_does_not_start(tmp_path: Path) -> None:
    page = Page("node")
    page.change("mockcliq.mjs", '"serve",', '"serve", "--world", "nowhere",')
    run = page.follow(tmp_path)
    assert run.returncode == 1
    assert "nowhere: no such world or file" in run.stdout
    assert "mockcliq did not start" in run.stdout


@needs_the_image
def test_compose(tmp_path: Path) -> None:
    with composed(tmp_path):
        run = Page("compose").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^.*tests-1 .*\| Ran 4 tests in ", run.stdout, re.MULTILINE), run.stdout


@needs_the_image
def test_compose_ends_with_the_exit_code_of_the_tests(tmp_path: Path) -> None:
    page = Page("compose")
    page.change("bot.py", "error.code != 429", "error.code != 500")
    with composed(tmp_path):
        run = page.follow(tmp_path)
    assert run.returncode == 1, run.stdout
    assert "FAILED (errors=1)" in run.stdout


@needs_the_image
def test_testcontainers(tmp_path: Path) -> None:
    run = Page("testcontainers").follow(tmp_path, TESTCONTAINERS_RYUK_DISABLED="true")  # it would have to be pulled
    assert run.returncode == 0, run.stdout
    assert "4 passed" in run.stdout
    left = ["docker", "ps", "--all", "--quiet", "--filter", "ancestor=mockcliq", "--filter", "label=org.testcontainers"]
    assert subprocess.run(left, capture_output=True, text=True, timeout=30, check=True).stdout == ""
