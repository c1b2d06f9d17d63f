"""The journal of a world: a ring buffer of exchanges with the emulated APIs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Reason

KEPT_BYTES = 64 * 1024
"""The bytes kept of a request's or answer's body."""

READER_LIMIT = 256
"""The size of a reader's queue, in exchanges."""


class Exchange(NamedTuple):
    """A request and its answer, raw; readers render it.

    Attributes:
        operation: None for a call to no operation.
        resources: The ids in the path as sent, by kind.
        raw_path: The path with its percent-encoding.
        body_size: The size of the whole body in bytes, kept or not; so is ``answer_size``.
        status: None if the connection was broken.
        duration_ms: In real time.
        fault: The id of the fault rule that fired, if any.
        created: What the call made since nobody had it, as ``channel alerts``; None for nothing.
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
    created: str | None = None


class Reader:
    """A live reader of a journal. Writers never wait: a reader that is too slow loses exchanges.

    ``wake`` is called when there is something to take, or the end.
    """

    def __init__(self, accepts: Callable[[Exchange], bool], wake: Callable[[], None]) -> None:
        self._accepts = accepts
        self._wake = wake
        self._queue: deque[Exchange] = deque()
        self._lost = 0
        self.has_ended = False

    def offer(self, exchange: Exchange) -> None:
        """Enqueue an exchange; from the first lost one on, all are lost until the queue is empty."""
        if not self._accepts(exchange):
            return
        if self._lost or len(self._queue) == READER_LIMIT:
            self._lost += 1
        else:
            self._queue.append(exchange)
        self._wake()

    def take(self) -> Exchange | int | None:
        """Take the next exchange, else the number of lost ones, else None."""
        if self._queue:
            return self._queue.popleft()
        lost, self._lost = self._lost, 0
        return lost or None

    def end(self) -> None:
        self.has_ended = True
        self._wake()


class Journal:
    """The latest exchanges, oldest first; a size of 0 keeps none."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._ring: deque[Exchange] = deque(maxlen=size)
        self._readers: list[Reader] = []
        self._is_closed = False

    def add(self, exchange: Exchange) -> None:
        """Add an exchange; drops the oldest at capacity."""
        self._ring.append(exchange)
        for reader in self._readers:
            reader.offer(exchange)

    @property
    def is_followed(self) -> bool:
        """Whether there are live readers."""
        return bool(self._readers)

    def find(self, exchange_id: str) -> Exchange | None:
        """Find an exchange that is still kept."""
        return next((each for each in reversed(self._ring) if each.id == exchange_id), None)

    def clear(self) -> None:
        self._ring.clear()

    def subscribe(self, accepts: Callable[[Exchange], bool], wake: Callable[[], None]) -> Reader:
        """Add a reader of exchanges from now on; it has ended already if the journal is closed."""
        reader = Reader(accepts, wake)
        if self._is_closed:
            reader.end()
        else:
            self._readers.append(reader)
        return reader

    def unsubscribe(self, reader: Reader) -> None:
        if reader in self._readers:
            self._readers.remove(reader)

    def close(self) -> None:
        """End all readers, later ones too."""
        self._is_closed = True
        for reader in self._readers:
            reader.end()
        self._readers.clear()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._ring)

    def __len__(self) -> int:
        return len(self._ring)
