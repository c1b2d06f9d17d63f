"""A cache for what is asked for again and again by texts of clients, which may be long and never come twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Key = TypeVar("Key", str, bytes)
Value = TypeVar("Value")

LONGEST_KEY = 512
"""The longest text that is kept: so a cache is bounded in bytes, not by its number of entries alone."""


def short_cache(maxsize: int, longest: int = LONGEST_KEY) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Decorate a function of a text to keep up to ``maxsize`` values, save those of long texts."""
    # What is kept is found by a dictionary alone, without a call of Python's.
    return lambda function: _Kept(function, maxsize, longest).__getitem__


class _Kept(dict[Any, Value]):
    """The values of a function; all go where there would be too many."""

    def __init__(self, function: Callable[[Any], Value], maxsize: int, longest: int) -> None:
        super().__init__()
        self._function: Callable[[Any], Value] = function
        self._maxsize = maxsize
        self._longest = longest

    def __missing__(self, key: Any) -> Value:
        value = self._function(key)
        if len(key) <= self._longest:
            if len(self) >= self._maxsize:
                self.clear()  # not one by one: another thread may be at it, too
            self[key] = value
        return value
