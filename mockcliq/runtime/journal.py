"""The journal of a world: a bounded ring of the exchanges that its clients had with the emulated API."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mockcliq.spec import EpochMs

BODY_LIMIT = 64 * 1024
"""How many bytes of a body, the request's or the answer's, an exchange keeps."""


class Exchange(NamedTuple):
    """One request and its answer.

    ``status`` is None where the connection was broken off in place of an answer, ``operation`` for a call to no
    operation, ``user`` where no token told who called, ``reason`` unless the call was refused, ``fault`` the rule that
    fired on it. ``duration_ms`` is real time, whatever the world's clock.
    """

    id: str
    time: EpochMs
    operation: str | None
    user: str | None
    method: str
    path: str
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    status: int | None
    answer: bytes
    duration_ms: float
    reason: str | None
    fault: str | None


class Journal:
    """The latest exchanges, oldest first.

    Args:
        size: How many it holds; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self._ring: deque[Exchange] = deque(maxlen=size)

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest makes room."""
        self._ring.append(exchange)

    def clear(self) -> None:
        """Forget them all."""
        self._ring.clear()

    def __iter__(self) -> Iterator[Exchange]:
        """The exchanges, oldest first."""
        return iter(self._ring)

    def __len__(self) -> int:
        """How many are held."""
        return len(self._ring)
