"""A world's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mockcliq.client.answers import At, given, read
from mockcliq.client.transport import Resource


@dataclass(frozen=True)
class ClockState:
    """A clock's time and mode: ``real``, ``offset`` (running from another time) or ``frozen``."""

    mode: Literal["real", "offset", "frozen"]
    now: datetime


class Clock(Resource):
    """The world's clock, for limits, locks, expiry, new timestamps and the journal.

    Moments are aware datetimes, ISO 8601 or epoch milliseconds.
    """

    def state(self) -> ClockState:
        return read(ClockState, self._control.call("GET", "/clock"))

    def now(self) -> datetime:
        return self.state().now

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> ClockState:
        """Move the clock on; a frozen one stays frozen, a running one runs on."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return read(ClockState, self._control.call("POST", "/clock/advance", {"seconds": span.total_seconds()}))

    def freeze(self, at: At | None = None) -> ClockState:
        """Freeze the clock at a moment, by default the present one."""
        return self._put("frozen", at)

    def set(self, at: At) -> ClockState:
        """Set the clock to a moment and let it run on."""
        return self._put("offset", at)

    def real(self) -> ClockState:
        """Return to real time."""
        return self._put("real")

    def _put(self, mode: str, at: At | None = None) -> ClockState:
        return read(ClockState, self._control.call("PUT", "/clock", given(mode=mode, now=at)))
