"""The runs of worlds: what is known of one after its end, and the latest ones that have ended."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.outcome import FAILURES, Outcome
from mockcliq.runtime.clock import real_time
from mockcliq.runtime.journal import Journal

_LOG = logging.getLogger("mockcliq")

EndedBy = Literal["deleted", "idle", "max_worlds"]
"""What ended a world: a request, that nobody used it, or that there were too many."""


@dataclass(eq=False, slots=True)
class Run:
    """One life of a world, with its journal.

    Attributes:
        id: Tells it from another of its world.
        started: In real time, as is ``ended``; that is None while the world is there.
        test: The test that has the world to itself, if it was said.
    """

    world: str
    id: str
    journal: Journal
    started: EpochMs
    test: str | None = None
    outcome: Outcome | None = None
    ended: EpochMs | None = None
    ended_by: EndedBy | None = None

    @property
    def has_failed(self) -> bool:
        """Whether its test did, or has ended without an outcome: it crashed, or was cut short."""
        return self.outcome in FAILURES or (self.test is not None and self.outcome is None and self.ended is not None)


class Runs:
    """The runs that ended last, those of failed tests before others.

    Args:
        kept: How many there are at most.

    Attributes:
        dropped: How many more there were.
    """

    def __init__(self, kept: int) -> None:
        self.dropped = 0
        self._kept = kept
        self._ended: deque[Run] = deque()
        self._worlds: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Run]:
        """The latest first."""
        return iter(list(reversed(self._ended)))

    def end(self, run: Run, by: EndedBy) -> None:
        """Add a run that ends now; beyond the limit one is dropped, with its journal.

        It is the oldest of those whose tests did not fail, if there is one.
        """
        run.ended, run.ended_by = real_time(), by
        self._ended.append(run)
        self._worlds[run.world] += 1
        while len(self._ended) > self._kept:
            oldest = next((each for each in self._ended if not each.has_failed), self._ended[0])
            self._ended.remove(oldest)
            oldest.journal.end()
            self._worlds[oldest.world] -= 1
            if not self._worlds[oldest.world]:
                del self._worlds[oldest.world]
            if self._kept and not self.dropped:
                _LOG.warning(
                    "the journals of %d worlds that ended are kept: older ones are dropped from now on, those of failed"
                    " tests last; MOCKCLIQ_KEPT_RUNS sets how many are kept",
                    self._kept,
                )
            self.dropped += 1

    def named(self, world: str) -> Run | None:
        """The latest of a world of that name."""
        return next((run for run in self if run.world == world), None)

    def has(self, world: str) -> bool:
        """Whether there is one of a world of that name."""
        return world in self._worlds
