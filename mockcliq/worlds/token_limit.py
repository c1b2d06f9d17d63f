"""The documented limits of the accounts server on what is issued in a window of time."""

from __future__ import annotations

from collections.abc import Sequence

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.timestamps import MS_PER_SECOND
from mockcliq.worlds.world import World

WINDOW_MS = 10 * 60 * MS_PER_SECOND
CODES = 10
ACCESS_TOKENS = 10
"""Codes per client, and access tokens per refresh token, in a window."""


class TooMany(Exception):
    """As many were issued within `WINDOW_MS` as may be.

    Attributes:
        issued: How many.
        limit: How many may be.
        until: When the next one may be.
    """

    def __init__(self, issued: int, limit: int, until: EpochMs) -> None:
        super().__init__(issued, limit, until)
        self.issued = issued
        self.limit = limit
        self.until = until


def admit(issued: Sequence[EpochMs], limit: int, now: EpochMs) -> None:
    """Admit one more than were issued at these moments, the earliest first.

    A moment in the future, left by a clock set back, does not count.

    Raises:
        TooMany: That would be over the limit.
    """
    recent = [at for at in issued if now - WINDOW_MS < at <= now]
    if len(recent) >= limit:
        raise TooMany(len(recent), limit, EpochMs(recent[-limit] + WINDOW_MS))


def admit_code(world: World, client_id: str, now: EpochMs) -> None:
    """Admit another code for a client, where the limits are on.

    Raises:
        TooMany: The client is over the limit.
    """
    if world.token_limit:
        admit(world.store.oauth.codes_issued(client_id), CODES, now)
