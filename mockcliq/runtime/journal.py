"""The journal of a world: a bounded ring of the exchanges that its clients had with the emulated API."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Reason

BODY_LIMIT = 64 * 1024
"""How many bytes of a body, the request's or the answer's, an exchange keeps."""

READER_LIMIT = 256
"""How many exchanges wait for a reader that is slower than they come."""


class Exchange(NamedTuple):
    """One request and its answer, as they came and went: who reads it renders it.

    ``status`` is None where the connection was broken off in place of an answer, ``operation`` for a call to no
    operation, ``user`` where no token told who called, ``resources`` what the path names, by kind and as it was sent,
    ``reason`` unless the call was refused, ``fault`` the rule that fired on it. ``raw_path`` is the path before its
    percent-encoding was taken off. ``body_size`` and ``answer_size`` count bytes that were not kept, too.
    ``duration_ms`` is real time, whatever the world's clock.
    """

    id: str
    time: EpochMs
    world: str
    operation: Operation | None
    user: str | None
    resources: Mapping[str, str]
    method: str
    path: str
    raw_path: bytes | None
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    body_size: int
    status: int | None
    answer: bytes
    answer_size: int
    duration_ms: float
    reason: Reason | None
    fault: str | None


class Reader:
    """Reads a journal as it is written. What is written never waits for it: one that is too slow loses exchanges.

    Args:
        wants: Which exchanges it is told of.
        wake: Called when there is something to take.
    """

    def __init__(self, wants: Callable[[Exchange], bool], wake: Callable[[], None]) -> None:
        self._wants = wants
        self._wake = wake
        self._waiting: deque[Exchange] = deque()
        self._lost = 0
        self.has_ended = False

    def offer(self, exchange: Exchange) -> None:
        """Tell it of an exchange; once one is lost, all are until it has taken what waits."""
        if not self._wants(exchange):
            return
        if self._lost or len(self._waiting) == READER_LIMIT:
            self._lost += 1
        else:
            self._waiting.append(exchange)
        self._wake()

    def take(self) -> Exchange | int | None:
        """The next exchange; the number of those lost, where they came next; None when there is neither."""
        if self._waiting:
            return self._waiting.popleft()
        lost, self._lost = self._lost, 0
        return lost or None

    def end(self) -> None:
        """Tell it that no more will come."""
        self.has_ended = True
        self._wake()


class Journal:
    """The latest exchanges, oldest first.

    Args:
        size: How many it holds; 0 keeps none.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._ring: deque[Exchange] = deque(maxlen=size)
        self._readers: list[Reader] = []
        self._is_closed = False

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange; the oldest makes room."""
        self._ring.append(exchange)
        if self._readers:
            for reader in self._readers:
                reader.offer(exchange)

    @property
    def is_followed(self) -> bool:
        """Whether anybody reads what is written as it is."""
        return bool(self._readers)

    def find(self, exchange_id: str) -> Exchange | None:
        """The exchange with that id, as long as it is held."""
        return next((each for each in reversed(self._ring) if each.id == exchange_id), None)

    def clear(self) -> None:
        """Forget them all."""
        self._ring.clear()

    def subscribe(self, wants: Callable[[Exchange], bool], wake: Callable[[], None]) -> Reader:
        """A reader of what is written from now on, until it unsubscribes."""
        reader = Reader(wants, wake)
        if self._is_closed:
            reader.end()
        else:
            self._readers.append(reader)
        return reader

    def unsubscribe(self, reader: Reader) -> None:
        """Tell the reader nothing any more."""
        if reader in self._readers:
            self._readers.remove(reader)

    def close(self) -> None:
        """Let every reader end, and those that come."""
        self._is_closed = True
        for reader in self._readers:
            reader.end()
        self._readers.clear()

    def __iter__(self) -> Iterator[Exchange]:
        """The exchanges, oldest first."""
        return iter(self._ring)

    def __len__(self) -> int:
        """How many are held."""
        return len(self._ring)
