"""The clock of a world: everything that reads time reads it here, so that a test can move it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from mockcliq.contract.ids import EpochMs
from mockcliq.timestamps import EARLIEST, LATEST

Mode = Literal["real", "offset", "frozen"]

_MILLISECOND = timedelta(milliseconds=1)


def real_time() -> EpochMs:
    """The machine's time."""
    return EpochMs(time.time_ns() // 1_000_000)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a clock runs. ``value`` is the distance from real time in ms (`offset`), or the moment (`frozen`)."""

    mode: Mode
    value: int = 0


def running_from(at: EpochMs, real: EpochMs | None = None) -> Setting:
    """How a clock runs that shows that moment now, or at another moment of real time."""
    return Setting("offset", at - (real_time() if real is None else real))


class ClockOutOfRange(ValueError):
    """A moment before the year 1 or after the year 9999."""


class Clock:
    """Tells a world's time: real, running at a distance from real time, or frozen.

    Args:
        setting: How it runs at first.
        source: Real time; a test's own may stand in.
    """

    def __init__(self, setting: Setting = Setting("real"), source: Callable[[], EpochMs] = real_time) -> None:
        self._source = source
        self.setting = setting

    def now(self) -> EpochMs:
        """The world's time."""
        setting = self.setting
        if setting.mode == "real":
            return self._source()
        if setting.mode == "frozen":
            return EpochMs(setting.value)
        return EpochMs(min(self._source() + setting.value, LATEST))

    def follow_real_time(self) -> None:
        """Back to real time."""
        self.setting = Setting("real")

    def run_from(self, at: EpochMs) -> None:
        """Set the clock to a moment; it runs on from there."""
        self.setting = running_from(_within_range(at), self._source())

    def freeze(self, at: EpochMs | None = None) -> None:
        """Stand still at a moment, or at the present one."""
        self.setting = Setting("frozen", self.now() if at is None else _within_range(at))

    def advance(self, by: timedelta) -> None:
        """Move on by a span; a frozen clock stays frozen, a running one runs on from there."""
        then = EpochMs(self.now() + by // _MILLISECOND)
        if self.setting.mode == "frozen":
            self.freeze(then)
        else:
            self.run_from(then)


def _within_range(at: EpochMs) -> EpochMs:
    if not EARLIEST <= at <= LATEST:
        raise ClockOutOfRange("a clock stays within the years 1 to 9999")
    return at
