"""The end of work that takes long and that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable

GoOn = Callable[[], None]
"""Called now and then by what takes long; raises `GivenUp` when nobody waits for it any more."""


class GivenUp(Exception):
    """The server ends, or who asked for the work has gone."""


def to_the_end() -> None:
    """For work that is never given up."""
