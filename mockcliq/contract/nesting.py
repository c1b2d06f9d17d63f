"""How deep the JSON of a request may be nested: far less deep than its parser reads and its serializer writes."""

from __future__ import annotations

from typing import Any

DEEPEST = 100


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
