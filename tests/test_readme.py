"""What README.md says beyond what every page does, whose rules are in `test_docs.py`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.conftest import Running
from tests.pages import DOCS, README, Page
from tests.processes import ROOT

TEXT = README.read_text()


def test_somebody_with_five_minutes_reads_it_to_the_end() -> None:
    assert len(TEXT.splitlines()) <= 160
    assert len(TEXT.split()) <= 1_200


@pytest.mark.slow
def test_its_pytest_recipe_works(tmp_path: Path) -> None:
    page = Page(README)
    assert set(page.files) == {"test_bot.py"}
    run = page.follow(tmp_path, "python -m pytest -q -p no:randomly -p no:cacheprovider --rootdir . .")
    assert "1 passed" in run.stdout, run.stdout


@pytest.mark.parametrize(
    ("label", "listing", "muting"),
    [
        ("owner", 200, 204),
        ("member", 200, 204),
        ("outsider", 200, 403),
        ("readonly", 200, 403),
        ("expired", 401, 401),
        ("revoked", 401, 401),
        ("deactivated", 403, 403),
    ],
)
def test_its_tokens_are_for_what_it_says(demo: Running, label: str, listing: int, muting: int) -> None:
    assert f"`1000.mockcliq.{label}`" in TEXT
    assert demo.as_(label).get("/chats").status_code == listing
    assert demo.as_(label).post("/chats/987000000654321/mute").status_code == muting


def test_its_webhook_token_is_for_urls(demo: Running) -> None:
    assert "`1001.mockcliq.webhook`" in TEXT
    path, body = "/api/v2/chats/987000000654321/message", {"text": "Deployed"}
    statuses = {
        name: demo.http.post(path, params={"zapikey": token}, json=body).status_code
        for name, token in {"webhook": "1001.mockcliq.webhook", "owner": "1000.mockcliq.owner"}.items()
    }
    assert statuses == {"webhook": 204, "owner": 401}
    assert demo.http.get("/api/v2/chats", params={"zapikey": "1001.mockcliq.webhook"}).status_code == 401


def test_every_dependency_is_named_with_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked_for = project["dependencies"] + project["optional-dependencies"]["tls"]
    required = {re.split(r"[^\w-]", dependency)[0] for dependency in asked_for}
    section = (DOCS / "dependencies.md").read_text()
    named = {
        name.strip() for row in re.findall(r"^\| ([\w, -]+) \|", section, flags=re.MULTILINE) for name in row.split(",")
    }
    assert named - {"package"} == required


def test_the_reference_pages_need_no_network(demo: Running) -> None:
    for page in ("/docs", "/_mockcliq/docs"):
        answer = demo.http.get(page)
        assert answer.status_code == httpx.codes.OK
        assert "//" not in re.sub(r"<!--.*?-->|http-equiv", "", answer.text).replace("// ", "")
