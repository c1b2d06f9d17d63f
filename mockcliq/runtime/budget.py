"""A limit on the memory that concurrent requests use together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Spent(Exception):
    """There are not so many bytes left."""


class Budget:
    """So many bytes at most are in use at a time; ``used`` are."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    @contextmanager
    def lease(self) -> Iterator[Callable[[int], None]]:
        """Give a function that takes bytes, or raises `Spent`; they are given back at the end."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self.used + size > self.limit:
                raise Spent
            taken += size
            self.used += size

        try:
            yield take
        finally:
            self.used -= taken
