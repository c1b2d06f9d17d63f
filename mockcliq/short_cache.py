"""A cache for what is asked for again and again by what clients send, which may be long and never come twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

LONGEST_KEY = 512
"""The longest text that is kept: so a cache is bounded in bytes, not by its number of entries alone."""


def short_cache(
    maxsize: int, longest: int = LONGEST_KEY, length: Callable[[Any], int] = len
) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Decorate a function to keep up to ``maxsize`` values, but of arguments that are longer than ``longest``."""
    # What is kept is found by a dictionary alone, without a call of Python's.
    return lambda function: _Kept(function, maxsize, longest, length).__getitem__


class _Kept(dict[Any, Value]):
    """The values of a function; all go where there would be too many."""

    def __init__(
        self, function: Callable[[Any], Value], maxsize: int, longest: int, length: Callable[[Any], int]
    ) -> None:
        super().__init__()
        self._function: Callable[[Any], Value] = function
        self._maxsize = maxsize
        self._longest = longest
        self._length = length

    def __missing__(self, key: Any) -> Value:
        value = self._function(key)
        if self._length(key) <= self._longest:
            if len(self) >= self._maxsize:
                self.clear()  # not one by one: another thread may be at it, too
            self[key] = value
        return value
