"""A world's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mockcliq.client.answers import At, moment, read, written
from mockcliq.client.transport import Control


@dataclass(frozen=True)
class ClockState:
    """How a clock runs (``real``, ``offset``: set to another time and running on, ``frozen``), and what it shows."""

    mode: Literal["real", "offset", "frozen"]
    now: datetime


class Clock:
    """The clock that everything in the world reads: limits, locks, expiry, new timestamps, the journal.

    Moments are aware datetimes, ISO 8601 or epoch milliseconds.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    def state(self) -> ClockState:
        """How it runs, and what it shows."""
        return _state(self._control.get("/clock"))

    def now(self) -> datetime:
        """The world's time."""
        return self.state().now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> ClockState:
        """Move it on; a frozen clock stays frozen, a running one runs on from there."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return _state(self._control.post("/clock/advance", {"seconds": span.total_seconds()}))

    def freeze(self, at: At | None = None) -> ClockState:
        """Let it stand still, at that moment or at the present."""
        return self._put("frozen", at)

    def set(self, at: At) -> ClockState:
        """Let it show that moment and run on from there."""
        return self._put("offset", at)

    def real(self) -> ClockState:
        """Let it show the real time again."""
        return self._put("real", None)

    def _put(self, mode: str, at: At | None) -> ClockState:
        order = {"mode": mode} if at is None else {"mode": mode, "now": written(at)}
        return _state(self._control.put("/clock", order))


def _state(answer: Any) -> ClockState:
    return read(ClockState, answer, now=moment(answer["now"]))
