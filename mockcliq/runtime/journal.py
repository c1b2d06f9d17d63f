"""The journals of a server's worlds: rings of exchanges with the emulated APIs, which share a number of bytes."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from heapq import heapify, heappush, heapreplace, merge
from itertools import islice
from operator import attrgetter
from sys import getsizeof
from typing import NamedTuple
from weakref import ref

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Reason
from mockcliq.runtime.headers import Headers
from mockcliq.runtime.request_line import RequestLine

_LOG = logging.getLogger("mockcliq")

KEPT_BYTES = 64 * 1024
"""The bytes kept of a request's or answer's body."""

READER_LIMIT = 256
"""The exchanges that wait for a reader, whatever the journal's size."""

_EXCHANGE_BYTES = 1024
"""What an exchange takes beside its texts, about."""

_FIRST_FAILURE = 400
"""The least status of a refusal."""

_RENDERED_PART = 4
"""One part in so many of the bytes is for what was rendered: so reading drops no exchange."""


class Rendering(NamedTuple):
    """An exchange as readers see it, without foreign secrets.

    Attributes:
        entry: The journal's entry, as JSON.
        target: Path and query, percent-encoded as they were sent.
        headers: Of the request, as they were sent, with names in lower case.
        resources: The ids in the path, by kind.
    """

    entry: bytes
    target: tuple[str, str]
    headers: Sequence[tuple[str, str]]
    resources: Mapping[str, str]

    @property
    def size(self) -> int:
        """In bytes, about."""
        texts = (*self.target, *(text for header in self.headers for text in header), *self.resources.values())
        return _EXCHANGE_BYTES + len(self.entry) + sum(map(getsizeof, texts))


@dataclass(eq=False, slots=True, weakref_slot=True)
class Exchange:
    """A request and its answer, raw; readers render it.

    Attributes:
        operation: None for a call to no operation.
        resources: The ids in the path as sent, by kind.
        body_size: The size of the whole body in bytes, kept or not; so is ``answer_size``.
        status: None if the connection was broken, and while the call is in flight.
        sent_status: What the client saw: a fault rule replaces it, or leaves None of it, after the work was done.
        answer_headers: That answer's own, with names in lower case: without what every answer has.
        has_debug_headers: Whether that told the id and the reason.
        duration_ms: In real time.
        fault: The id of the fault rule that fired, if any.
        is_in_flight: Whether it has no answer yet.
        created: What the call made since nobody had it, as ``channel alerts``; None for nothing.
        explanation: Why it was refused, as JSON, if that was kept for the time after its world's end.
        journal: The one that keeps it; None for none.
        number: Its place among those of all journals, as they came.
        size: What it takes there, in bytes.
        rendering: As it was rendered for its first reader, if that is remembered.
    """

    id: str
    time: EpochMs
    world: str
    operation: Operation | None
    user: str | None
    resources: Mapping[str, str]
    line: RequestLine
    headers: Headers
    body: bytes
    body_size: int
    status: int | None
    sent_status: int | None
    answer: bytes
    answer_size: int
    answer_headers: Sequence[tuple[bytes, bytes]]
    has_debug_headers: bool
    duration_ms: float
    reason: Reason | None
    fault: str | None
    created: str | None = None
    is_in_flight: bool = False
    explanation: bytes | None = field(default=None, init=False)
    journal: Journal | None = field(default=None, init=False)
    number: int = field(default=0, init=False)
    size: int = field(default=0, init=False)
    rendering: Rendering | None = field(default=None, init=False)

    @property
    def has_failed(self) -> bool:
        """Whether its client saw a refusal, or no answer at all."""
        status = self.sent_status
        return not self.is_in_flight if status is None else status >= _FIRST_FAILURE

    def become(self, later: Exchange) -> None:
        """Take over what is known of the same call later on."""
        for name in _GIVEN:
            setattr(self, name, getattr(later, name))


_GIVEN = tuple(each.name for each in fields(Exchange) if each.init)


class Reader:
    """A live reader of a journal. Writers never wait: a reader that is too slow loses exchanges, the oldest first.

    It keeps no exchange alive: what the journal drops before it is taken is lost, too.

    Args:
        accepts: Which exchanges it is told of.
        wake: Called when there is something to take, or the end.
    """

    def __init__(self, accepts: Callable[[Exchange], bool], wake: Callable[[], None]) -> None:
        self._accepts = accepts
        self._wake = wake
        self._earlier: deque[ref[Exchange]] = deque()
        self._queue: deque[ref[Exchange]] = deque()
        self._lost = 0
        self.has_ended = False

    def catch_up(self, earlier: Iterable[ref[Exchange]]) -> None:
        """Set what is taken first: exchanges from before it was there."""
        self._earlier = deque(earlier)

    def offer(self, exchange: Exchange) -> None:
        """Enqueue an exchange, again if it has changed; beyond the limit the oldest one is lost."""
        if not self._accepts(exchange):
            return
        self._queue.append(ref(exchange))
        if len(self._queue) > READER_LIMIT:
            self._queue.popleft()
            self._lost += 1
        self._wake()

    def take(self) -> Exchange | int | None:
        """Take the next exchange, or the number of those that were lost before it; None if there is neither."""
        lost = _drop_gone(self._earlier)
        if not self._earlier:
            lost += self._lost + _drop_gone(self._queue)
            self._lost = 0
        if lost:
            return lost
        queue = self._earlier or self._queue
        return queue.popleft()() if queue else None

    def end(self) -> None:
        self.has_ended = True
        self._wake()


def _drop_gone(queue: deque[ref[Exchange]]) -> int:
    """Drop the exchanges at a queue's beginning that are no more; returns their number."""
    gone = 0
    while queue and queue[0]() is None:
        queue.popleft()
        gone += 1
    return gone


class Journals:
    """What the journals of a server have in common: their size, and the bytes that they may take together.

    Beyond ``limit`` the oldest exchange of all is dropped. What is rendered for readers is remembered in a part of
    these bytes of its own.

    Attributes:
        size: The exchanges that each holds; 0 for none.
        limit: In bytes.
        dropped: How many exchanges were dropped for it so far.
        changes: Differs after every exchange that is added, or changes.
    """

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        self.dropped = self.changes = 0
        self._rendered_limit = limit // _RENDERED_PART
        self._kept_limit = limit - self._rendered_limit
        self._filled: dict[Journal, None] = {}
        """The journals that keep any."""
        self._by_oldest: list[tuple[int, int, Journal]] = []
        """A heap of the same, each with the number of an exchange that is or was its oldest."""
        self._kept_bytes = 0
        self._rendered: OrderedDict[Exchange, int] = OrderedDict()
        self._rendered_bytes = 0

    @property
    def used(self) -> int:
        """The bytes that they take now."""
        return self._kept_bytes + self._rendered_bytes

    def __iter__(self) -> Iterator[Exchange]:
        """What all of them show, in the order in which it came."""
        return merge(*self._filled, key=_NUMBER)

    def latest(self) -> Iterator[Exchange]:
        """What they keep, the latest first, shown or not; none may be added meanwhile."""
        return merge(*(reversed(each.kept) for each in self._filled), key=_NUMBER, reverse=True)

    def find(self, exchange_id: str) -> Exchange | None:
        """Find an exchange that one of them shows."""
        return next((each for each in self if each.id == exchange_id), None)

    def add(self, exchange: Exchange, journal: Journal) -> None:
        """Count the latest exchange of a journal; drops the oldest ones at the limit."""
        self.changes = exchange.number = self.changes + 1
        exchange.journal = journal
        if journal not in self._filled:
            self._filled[journal] = None
            heappush(self._by_oldest, (exchange.number, id(journal), journal))
        exchange.size = size = _size_of(exchange)
        self._kept_bytes += size
        if self._kept_bytes > self._kept_limit:
            self._make_room()

    def explain(self, exchange: Exchange, explanation: bytes) -> None:
        """Keep the explanation of an exchange that a journal keeps."""
        self.changes += 1
        more = len(explanation) - len(exchange.explanation or b"")
        exchange.explanation = explanation
        exchange.size += more
        self._kept_bytes += more
        self._make_room()

    def update(self, exchange: Exchange, later: Exchange) -> None:
        """Let an exchange that is kept be as it is later on, in its place."""
        self.changes += 1
        if exchange.rendering is not None:
            self._forget(exchange)
        exchange.become(later)
        exchange.explanation = None
        size = _size_of(exchange)
        self._kept_bytes += size - exchange.size
        exchange.size = size
        self._make_room()

    def _make_room(self) -> None:
        while self._kept_bytes > self._kept_limit:
            if not self.dropped:
                _LOG.warning(
                    "the journals take all of their %d bytes: the oldest calls are dropped from now on;"
                    " MOCKCLIQ_JOURNAL_BYTES sets how many bytes they may take",
                    self.limit,
                )
            self.dropped += 1
            self._with_oldest().give_way()

    def _with_oldest(self) -> Journal:
        """The journal that keeps the oldest exchange of all."""
        while True:
            number, key, journal = self._by_oldest[0]
            oldest = journal.kept[0].number
            if number == oldest:
                return journal
            heapreplace(self._by_oldest, (oldest, key, journal))

    def remove(self, exchange: Exchange, journal: Journal, *, is_last: bool) -> None:
        """Stop counting an exchange that a journal has dropped, its last or not, and forget its rendering."""
        if is_last:
            del self._filled[journal]
            self._by_oldest = [each for each in self._by_oldest if each[2] is not journal]
            heapify(self._by_oldest)
        exchange.journal = None
        self._kept_bytes -= exchange.size
        if exchange.rendering is not None:
            self._forget(exchange)

    def remember(self, exchange: Exchange, rendering: Rendering) -> None:
        """Remember the rendering of an exchange that is kept; beyond the limit the oldest rendering is forgotten."""
        size = rendering.size
        if exchange.journal is None or exchange.rendering is not None or size > self._rendered_limit:
            return
        exchange.rendering = rendering
        self._rendered[exchange] = size
        self._rendered_bytes += size
        while self._rendered_bytes > self._rendered_limit:
            self._forget(next(iter(self._rendered)))

    def _forget(self, exchange: Exchange) -> None:
        exchange.rendering = None
        self._rendered_bytes -= self._rendered.pop(exchange)


_NUMBER = attrgetter("number")


def _size_of(exchange: Exchange) -> int:
    # For every call: `sys.getsizeof` would cost more than all of it.
    size = _EXCHANGE_BYTES + exchange.line.size + exchange.headers.size + len(exchange.body) + len(exchange.answer)
    for name, value in exchange.answer_headers:
        size += len(name) + len(value)
    return size


class Journal:
    """The latest exchanges of a world, oldest first.

    While it is followed, the latest `READER_LIMIT` stay for its readers, also those that are no longer shown.

    Attributes:
        size: The number of exchanges that it shows; 0 for none.
        dropped: How many it lost to other journals, or to its own size in bytes, since it was cleared.
        calls: How many ended since then, whether it still has them or not.
        failed: How many of them had a status from 400 on, or none since their connection was broken off.
    """

    def __init__(self, journals: Journals) -> None:
        self.size = journals.size
        self.dropped = self.calls = self.failed = 0
        self._journals = journals
        self._ring: deque[Exchange] = deque()
        self._hidden = 0
        """The exchanges at the ring's beginning that are there for readers alone."""
        self._readers: list[Reader] = []
        self._is_closed = False

    def add(self, exchange: Exchange) -> None:
        """Add an exchange; drops the oldest at capacity."""
        self.calls += 1
        status = exchange.sent_status
        if status is None or status >= _FIRST_FAILURE:  # most have not
            self.failed += exchange.has_failed
        if not (self.size or self._readers):
            return
        self._ring.append(exchange)
        self._journals.add(exchange, self)
        if len(self._ring) > self.size + self._hidden:
            if self._readers:
                self._hidden += 1
                self._trim()
            else:
                self._drop()
        for reader in self._readers:
            reader.offer(exchange)

    def show(self, exchange: Exchange) -> None:
        """Add an exchange in flight; it counts when it is over."""
        self.calls -= 1
        self.add(exchange)

    def finish(self, exchange: Exchange, later: Exchange) -> None:
        """Let an exchange that was added in flight be as it is in the end; it is added again if it is gone by now."""
        if exchange.journal is self and exchange not in islice(self._ring, self._hidden):
            self._journals.update(exchange, later)
            self.calls += 1
            self.failed += later.has_failed
            for reader in self._readers:
                reader.offer(exchange)
        else:
            self.add(later)

    def withdraw(self, exchange: Exchange) -> None:
        """Take an exchange out that turned out to be another world's."""
        if exchange.journal is self:
            self._hidden -= exchange in islice(self._ring, self._hidden)
            self._ring.remove(exchange)
            self._journals.remove(exchange, self, is_last=not self._ring)

    def give_way(self) -> None:
        """Drop the oldest exchange, since the journals take too much."""
        if self._hidden:
            self._hidden -= 1
        else:
            self.dropped += 1
        self._drop()

    def remember(self, exchange: Exchange, rendering: Rendering) -> None:
        """Remember how one of its exchanges is shown."""
        self._journals.remember(exchange, rendering)

    @property
    def kept(self) -> deque[Exchange]:
        """All that it keeps, those at the beginning for readers alone, perhaps."""
        return self._ring

    @property
    def is_followed(self) -> bool:
        """Whether there are live readers."""
        return bool(self._readers)

    def find(self, exchange_id: str) -> Exchange | None:
        """Find an exchange that is still kept."""
        shown = islice(reversed(self._ring), len(self))
        return next((each for each in shown if each.id == exchange_id), None)

    def clear(self) -> None:
        self.dropped = self.calls = self.failed = 0
        self._hidden = len(self._ring)
        self._trim()

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
            self._trim()

    def close(self) -> None:
        """End all readers, later ones too."""
        self._is_closed = True
        for reader in self._readers:
            reader.end()
        self._readers.clear()
        self._trim()

    def end(self) -> None:
        """Close it and drop all; calls that are still under way are not kept."""
        self.close()
        self.size = 0
        self.clear()

    def _trim(self) -> None:
        """Drop what no reader can be waiting for."""
        wanted = READER_LIMIT if self._readers else 0
        while self._hidden and len(self._ring) > wanted:
            self._hidden -= 1
            self._drop()

    def _drop(self) -> None:
        """Drop the oldest exchange."""
        self._journals.remove(self._ring.popleft(), self, is_last=not self._ring)

    def __iter__(self) -> Iterator[Exchange]:
        return islice(self._ring, self._hidden, None)

    def __len__(self) -> int:
        return len(self._ring) - self._hidden
