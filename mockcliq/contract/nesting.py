"""How deep JSON may be nested, far less deep than its parser reads and its serializer writes, and how much it has."""

from __future__ import annotations

from typing import Any

DEEPEST = 100

_MOST_VALUES = 4_000_000
"""A world's document of 16 MiB has an eighth of that. Each takes many times the memory of what it is written in."""


class TooManyValues(Exception):
    """JSON has more values than are read; the message says how many that is."""


def check_size(text: str) -> None:
    """Refuse a text with more values than are read, before it is parsed.

    Raises:
        TooManyValues: It has.
    """
    if text.count(",") + text.count("[") + text.count("{") > _MOST_VALUES:
        raise TooManyValues(f"more than {_MOST_VALUES} values")


def is_too_deep(document: Any, written: bytes) -> bool:
    """Whether a JSON document has more than `DEEPEST` levels: as it was parsed, and as it was written."""
    if written.count(b"{") + written.count(b"[") < DEEPEST:
        return False  # as almost all are
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True
