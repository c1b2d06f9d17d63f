"""ARCHITECTURE.md, CONTRIBUTING.md and docs/decisions tell of the code as it is."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from mockcliq.apis.accounts import ACCOUNTS_API
from mockcliq.apis.v2 import V2
from mockcliq.app import create_app
from mockcliq.settings import Settings
from mockcliq.store.store import Store

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
EXAMPLES = {"teams.py"}
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


@pytest.mark.slow
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


class Team(NamedTuple):
    """A row as the example's store would have it."""

    id: str
    name: str
    description: str


class Teams:
    """What the example leaves to the store: a team by its id."""

    def find(self, key: str) -> Team | None:
        return Team(key, "Night Shift", "Keeps the lights on") if key == "73450118" else None


def test_the_noun_of_the_example_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands in ARCHITECTURE.md, above a store that has one team."""
    example = re.findall(r"```python\n(.*?)```", (ROOT / "ARCHITECTURE.md").read_text(), re.DOTALL)[0]
    teams: dict[str, Any] = {"__name__": "teams"}
    exec(textwrap.dedent(example), teams)  # noqa: S102 - our own page's
    monkeypatch.setattr(Store, "teams", Teams(), raising=False)
    known = [each for each in V2.not_emulated if each.name != "get_team"]
    assert len(known) == len(V2.not_emulated) - 1, "the example should be of something that is not emulated"
    resources = {**V2.resources, "TEAM_ID": teams["TEAM"]}
    v2 = replace(V2, operations=(*V2.operations, teams["get_team"]), resources=resources, not_emulated=known)

    async def told() -> tuple[httpx.Response, httpx.Response, httpx.Response, httpx.Response]:
        app = create_app(Settings(world="documentation"), apis=(v2, ACCOUNTS_API))
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as client:
                made = await client.post("/_mockcliq/tokens", json={"scopes": ["ZohoCliq.Teams.READ"]})
                headers = {"Authorization": f"Bearer {made.json()['token']}"}
                team = await client.get("/network/x/api/v2/teams/73450118", headers=headers)
                nothing = await client.get("/api/v2/teams/73450119", headers=headers)
                others = await client.get("/api/v2/teams", headers=headers)
                return team, nothing, others, await client.get("/_mockcliq/operations")
        finally:
            await app.startup.end()

    team, nothing, others, listed = asyncio.run(told())
    assert (team.status_code, team.json()["team_id"]) == (200, "73450118")
    assert (nothing.status_code, nothing.headers["x-mockcliq-reason"].partition(";")[0]) == (404, "unknown_team")
    assert others.headers["x-mockcliq-reason"].partition(";")[0] == "not_emulated"
    assert listed.json()["operations"][-1]["operation"] == "get_team"
