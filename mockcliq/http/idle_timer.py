"""A timer that is started after each request and cancelled at the next one, and hardly ever runs out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class IdleTimer:
    """Notes when it runs out; the event loop has one timer for many starts, and starts it again for what is left.

    A loop's own timer would cost more with each request than the reading of its headers. All starts have one length.
    """

    __slots__ = ("_ends", "_loop", "_then", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._ends: float | None = None
        self._then: Callable[[], object] = lambda: None

    def start(self, seconds: float, then: Callable[[], object]) -> IdleTimer:
        """Call a function in so many seconds; returns the handle by which that is cancelled."""
        self._ends = self._loop.time() + seconds
        self._then = then
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._check)
        return self

    def cancel(self) -> None:
        self._ends = None

    def drop(self) -> None:
        """Cancel it for good: the loop keeps nothing of its connection."""
        self._ends = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._ends is None:
            return
        left = self._ends - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._check)
        else:
            self._ends = None
            self._then()
