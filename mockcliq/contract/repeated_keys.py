"""Keys that an object has twice: parsers take the last one in silence, and what the user wrote first is lost."""

from __future__ import annotations

import json
import re
from typing import Any

Place = tuple[int, int]
"""Line and column, from 1."""

_PARTS = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[][{}]')


class RepeatedKey(Exception):
    """A key is given twice; the message says which one, and where."""

    def __init__(self, key: str, first: Place, again: Place) -> None:
        super().__init__(
            "line {}, column {}: ".format(*again)
            + f"the key {key!r} is given twice, first in "
            + "line {}, column {}".format(*first)
        )


def check_keys(text: str) -> None:
    """Check that no object of a text, which is valid JSON, has a key twice.

    Raises:
        RepeatedKey: One has.
        RecursionError: The text is nested too deeply to tell.
    """
    are_unique = True

    def check(pairs: list[tuple[str, Any]]) -> None:
        nonlocal are_unique
        are_unique = are_unique and len(dict(pairs)) == len(pairs)

    # The parser in C tells whether there is one in a fraction of the time that it takes to find it.
    json.loads(text, object_pairs_hook=check, parse_int=float)
    if not are_unique:
        raise _first_repeated(text)


def _first_repeated(text: str) -> RepeatedKey:
    """Find the key; the parser does not tell places."""
    objects: list[dict[str, int]] = []
    for part in _PARTS.finditer(text):
        string, colon = part.groups()
        if part[0] in ("{", "["):
            objects.append({})
        elif part[0] in ("}", "]"):
            objects.pop()
        elif colon:
            key = json.loads(string)
            first = objects[-1].setdefault(key, part.start())
            if first != part.start():
                return RepeatedKey(key, _place(text, first), _place(text, part.start()))
    raise ValueError("no key is repeated")


def _place(text: str, offset: int) -> Place:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
