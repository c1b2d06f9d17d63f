"""The present of the demo world, and how far it is moved for one that shall look lived in."""

from __future__ import annotations

from mockcliq.contract.ids import EpochMs

DEMO_NOW = EpochMs(1_748_768_400_000)
"""2025-06-01T09:00:00Z, the present of the demo world: everything in it happened before."""

FRIDAY_EVENING = EpochMs(DEMO_NOW - 32 * 3_600_000 - 1000)
"""2025-05-30T17:59:59-07:00, the last second of the last working day before."""

NEWEST_AGE = 60
"""How many seconds before that evening the last thing happened."""

WEEK_MS = 7 * 86_400_000


def weeks_until(now: EpochMs) -> int:
    """By how many weeks the demo moves, so that the last thing happened within the week before ``now``.

    Whole weeks, so that its people still write in office hours.
    """
    return (now - FRIDAY_EVENING + NEWEST_AGE * 1000) // WEEK_MS
