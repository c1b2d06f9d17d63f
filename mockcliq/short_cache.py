"""A cache for what is asked for again and again by texts of clients, which may be long and never come twice."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Key = TypeVar("Key", str, bytes)
Value = TypeVar("Value")

LONGEST_KEY = 512
"""The longest text that is kept: so a cache is bounded in bytes, not by its number of entries alone."""


def short_cache(maxsize: int, longest: int = LONGEST_KEY) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Decorate a function of a text to keep its latest ``maxsize`` values, save those of long texts."""

    def decorate(function: Callable[[Key], Value]) -> Callable[[Key], Value]:
        kept: Callable[[Key], Value] = lru_cache(maxsize)(function)

        @wraps(function)
        def look_up(key: Key) -> Value:
            return kept(key) if len(key) <= longest else function(key)

        return look_up

    return decorate
