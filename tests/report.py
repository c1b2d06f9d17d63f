"""Reads the files of a report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema

from tests.har import HAR_1_2

NAMES = {"report.html", "mockcliq.har"}


def document(folder: Path) -> dict[str, Any]:
    """What the page has to show."""
    page = (folder / "report.html").read_text("utf-8")
    (found,) = re.findall(r'<script type="application/json" id="mockcliq-report">(.*?)</script>', page, re.DOTALL)
    read: dict[str, Any] = json.loads(found)
    return read


def archived(folder: Path) -> list[dict[str, Any]]:
    """The entries of the archive, which has to be one."""
    archive = json.loads((folder / "mockcliq.har").read_text("utf-8"))
    jsonschema.validate(archive, HAR_1_2)
    entries: list[dict[str, Any]] = archive["log"]["entries"]
    return entries


def paths(folder: Path) -> list[str]:
    """What was called."""
    return [call["path"] for call in document(folder)["requests"]]
