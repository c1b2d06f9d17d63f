"""The clock of a world, the only source of its time, which tests can move."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.timestamps import EARLIEST, LATEST, MILLISECOND

monotonic = partial(time.monotonic)
"""The machine's monotonic clock, in seconds. Wrapped, since a test that patches the time of its process would replace
the function itself here: idle worlds would all be old at once, and what is waited for never be over."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The state of a clock. ``value`` is the offset from real time in ms (`offset`), or the moment (`frozen`)."""

    mode: Literal["real", "offset", "frozen"]
    value: int = 0


def real_time() -> EpochMs:
    return time.time_ns() // 1_000_000  # type: ignore[return-value]  # each request asks, and to say it costs a call


def running_from(at: EpochMs) -> Setting:
    """The setting of a clock that shows ``at`` now."""
    return Setting("offset", at - real_time())


class ClockOutOfRange(ValueError):
    """A moment before the year 1 or after the year 9999."""


class Clock:
    """Tells a world's time: real, running with an offset, or frozen."""

    def __init__(self) -> None:
        self.setting = Setting("real")

    def now(self) -> EpochMs:
        setting = self.setting
        if setting.mode == "real":
            return real_time()
        if setting.mode == "frozen":
            return EpochMs(setting.value)
        return EpochMs(min(real_time() + setting.value, LATEST))

    def follow_real_time(self) -> None:
        self.setting = Setting("real")

    def run_from(self, at: EpochMs) -> None:
        """Set the clock to a moment and let it run on.

        Raises:
            ClockOutOfRange: The moment is before the year 1 or after the year 9999.
        """
        self.setting = running_from(_within_range(at))

    def freeze(self, at: EpochMs | None = None) -> None:
        """Freeze the clock at a moment, by default the present one; raises as `run_from` does."""
        self.setting = Setting("frozen", self.now() if at is None else _within_range(at))

    def advance(self, by: timedelta) -> None:
        """Move the clock on; a frozen one stays frozen, a running one runs on. Raises as `run_from` does."""
        then = EpochMs(self.now() + by // MILLISECOND)
        if self.setting.mode == "frozen":
            self.freeze(then)
        else:
            self.run_from(then)


def _within_range(at: EpochMs) -> EpochMs:
    if not EARLIEST <= at <= LATEST:
        raise ClockOutOfRange("a clock stays within the years 1 to 9999")
    return at
