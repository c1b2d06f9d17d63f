"""ARCHITECTURE.md, CONTRIBUTING.md and docs/decisions tell of the code as it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
EXAMPLES = {"users.py"}
"""Files that a page tells how to add."""


def page_id(page: Path) -> str:
    return page.stem


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = set(re.findall(r"[\w./-]*\w+\.(?:py|sql|md|toml|sh)\b", page.read_text()))
    product = ROOT / "mockcliq"
    folders = (page.parent, ROOT, ROOT / "benchmarks", product, product / "http", product / "store")
    missing = {name for name in named if not any((folder / name).is_file() for folder in folders)}
    assert {name for name in missing if Path(name).name not in EXAMPLES} == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text()
    assert all(
        f"({page.name})" in listed for page in PAGES if page.parent.name == "decisions" and page.stem != "README"
    )


def test_the_figures_of_the_decisions_can_be_measured_again() -> None:
    command = [sys.executable, "-m", "benchmarks.decisions", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    rows = [line for line in done.stdout.splitlines() if " us " in line]
    assert len(rows) == 4
    assert all(re.search(r"x[0-9.]+$", row) for row in rows)


def test_each_room_of_the_house_is_in_the_table() -> None:
    table = (ROOT / "ARCHITECTURE.md").read_text().partition("## Glossary")[0]
    rooms = {each.name for each in (ROOT / "mockcliq").iterdir() if (each / "__init__.py").exists()}
    assert {room for room in rooms if f"`{room}/`" not in table} == set()
