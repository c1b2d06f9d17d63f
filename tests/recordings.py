"""What real clients send, from ``fixtures/recordings``, whose README tells the format; and how to send it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.office import (
    ADA,
    EVERYONE,
    LAUNCH,
    LAUNCH_NOON,
    MAX,
    QUIET,
    WITH_DAN,
    WITH_EVE,
    WITH_MAX,
    WITH_MAX_LUNCH,
)

_FOLDER = Path(__file__).parents[1] / "fixtures" / "recordings"

NAMES: Mapping[str, str] = {
    "group": LAUNCH,
    "silent_group": QUIET,
    "dm": WITH_MAX,
    "other_dm": WITH_EVE,
    "silent_dm": WITH_DAN,
    "nowhere": "2999",
    "channel": EVERYONE,
    "ada": ADA,
    "max": MAX,
    "lunch": WITH_MAX_LUNCH,
    "message": LAUNCH_NOON,
    "ms": LAUNCH_NOON.partition("_")[0],
    "serial": LAUNCH_NOON.partition("_")[2],
    "org": "900",
    "token": "1000.mockcliq.owner",
}
"""What stands for a ``{name}`` of a recording, in the office."""


@dataclass(frozen=True)
class Expected:
    """The documented answer: a status, and for a success its whole ``body``, a part of it, or neither (204)."""

    status: int
    body: dict[str, Any] | None = None
    holds: dict[str, Any] | None = None


@dataclass(frozen=True)
class Exchange:
    """A request as a client sends it, and the documented answer. Texts still have their ``{names}``."""

    what: str
    method: str
    target: str
    headers: list[str]
    answer: Expected
    body: str
    first: list[tuple[str, str, dict[str, Any]]]
    keep: dict[str, str]

    def over_the_wire(self, names: Mapping[str, str]) -> bytes:
        """The bytes; Host and length are added where they were not recorded."""
        body = filled(self.body, names).encode()
        headers = list(self.headers)
        has = {line.partition(":")[0].lower() for line in headers}
        if "host" not in has:
            headers.insert(0, "Host: {host}")
        if body and "content-length" not in has:
            headers.append("Content-Length: {length}")
        head = "\r\n".join([f"{self.method} {self.target} HTTP/1.1", *headers, "", ""])
        return filled(head, {**names, "length": str(len(body))}).encode() + body


@dataclass(frozen=True)
class Recording:
    """What one client sends, in its order, on one connection."""

    name: str
    exchanges: list[Exchange]


def _exchange(row: Mapping[str, Any]) -> Exchange:
    return Exchange(
        what=row["what"],
        method=row["method"],
        target=row["target"],
        headers=row["headers"],
        answer=Expected(**row["answer"]),
        body=row.get("body", ""),
        first=[(method, path, body) for method, path, body in row.get("first", [])],
        keep=row.get("keep", {}),
    )


def recording(name: str) -> Recording:
    """The recording of that name."""
    rows = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))["exchanges"]
    return Recording(name, [_exchange(row) for row in rows])


RECORDINGS = [recording(file.stem) for file in sorted(_FOLDER.glob("*.json"))]


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with each ``{name}`` replaced; other braces, such as JSON's, stay."""
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def filled_in(value: Any, names: Mapping[str, str]) -> Any:
    """The JSON value with each ``{name}`` of its texts replaced."""
    return json.loads(filled(json.dumps(value), names))


def part_of(whole: Any, expected: Any) -> Any:
    """Of the value, what the expected one speaks of: its keys, in lists too; to be compared with it."""
    if isinstance(whole, dict) and isinstance(expected, dict):
        return {key: part_of(value, expected[key]) for key, value in whole.items() if key in expected}
    if isinstance(whole, list) and isinstance(expected, list) and len(whole) == len(expected):
        return [part_of(one, other) for one, other in zip(whole, expected, strict=True)]
    return whole
