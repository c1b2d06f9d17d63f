"""Parsing and formatting of moments: epoch milliseconds and ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from mockcliq.contract.ids import EpochMs

EARLIEST = EpochMs(-62_135_596_800_000)
LATEST = EpochMs(253_402_300_799_999)
"""The range of a datetime: the years 1 to 9999."""

MS_PER_SECOND = 1000
MILLISECOND = timedelta(milliseconds=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_ISO_8601 = re.compile(r"[0-9W-]+(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?")
"""The characters of ISO 8601; Python accepts any character between date and time."""

_EPOCH_MS = re.compile(r"-?[0-9]{1,15}")
_PLUS_AS_SPACE = re.compile(r"^([^\sT]++T\S++) ([0-9]{2}(?::?[0-9]{2})?)$")
"""An offset whose `+` became a space, as in a query that was not encoded."""


class NoMoment(ValueError):
    """A text is not a moment; the message says what is."""

    def __init__(self) -> None:
        super().__init__("ISO 8601 (2025-06-01T12:00:00+00:00) or epoch milliseconds (1748779200000)")


def parse_moment(text: str) -> EpochMs:
    """Parse ISO 8601 (UTC without an offset) or epoch milliseconds.

    Raises:
        NoMoment: The text is neither, or outside the years 1 to 9999.
    """
    if _EPOCH_MS.fullmatch(text):
        at = EpochMs(int(text))
    else:
        repaired = _PLUS_AS_SPACE.sub(r"\1+\2", text)
        if not _ISO_8601.fullmatch(repaired):
            raise NoMoment
        try:
            written = datetime.fromisoformat(repaired)
        except ValueError:
            raise NoMoment from None
        moment = written if written.tzinfo is not None else written.replace(tzinfo=UTC)
        at = EpochMs((moment - _EPOCH) // MILLISECOND)
    if not EARLIEST <= at <= LATEST:
        raise NoMoment
    return at


@lru_cache(maxsize=4096)
def iso_seconds(at: EpochMs, zone: timezone) -> str:
    """Format a moment as ISO 8601 with the zone's offset, to the second, as in the list of chats."""
    return _in_zone(at, zone).isoformat(timespec="seconds")


def iso_ms(at: EpochMs) -> str:
    """Format a moment as ISO 8601 in UTC, to the millisecond, as in the control API and world files."""
    return f"{_in_zone(at, UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def iso_offset(zone: timezone) -> str:
    """Format a zone's offset as in ISO 8601."""
    return zone.tzname(None).removeprefix("UTC") or "+00:00"


def _in_zone(at: EpochMs, zone: timezone) -> datetime:
    offset = zone.utcoffset(None)
    shifted = min(max(at, EARLIEST - offset // MILLISECOND), LATEST - offset // MILLISECOND)
    return (_EPOCH + shifted * MILLISECOND).astimezone(zone)
