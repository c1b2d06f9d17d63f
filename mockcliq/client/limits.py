"""A world's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import EllipsisType
from typing import Any

from mockcliq.client.answers import Named, given, id_or_none, moment_or_none, read, rows
from mockcliq.client.transport import Control


@dataclass(frozen=True)
class Limit:
    """The limit of an operation, and how one user stands with it; without a user, how nobody does yet.

    Attributes:
        threshold: Calls allowed in ``window_s`` seconds; ``remaining`` of them are left.
        lock_s: Seconds that the lock lasts which the next call begins; None for no lock.
        frees_at: When the oldest call that counts stops counting, by the world's clock; None where none counts.
        locked_until: When the user's lock ends, by the world's clock; None without one.
    """

    operation: str
    threshold: int
    window_s: float
    lock_s: float | None
    user: str | None
    count: int
    remaining: int
    frees_at: datetime | None
    locked_until: datetime | None


class Limits:
    """The thresholds and locks; each is of one user and one operation. A user is named by id or e-mail address."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self, user: Named | str | None = None) -> Sequence[Limit]:
        """Everyone who has calls that count, or a lock; with a user, how that one stands with every operation."""
        return _limits(self._control.get("/limits", user=id_or_none(user)))

    def set(
        self,
        operation: str | None = None,
        *,
        threshold: int | None = None,
        window_s: float | None = None,
        lock_s: float | EllipsisType | None = ...,
    ) -> Sequence[Limit]:
        """Change the limit of an operation, or of all; what is not given stays. ``lock_s=None`` means no lock."""
        order = given(operation=operation, threshold=threshold, window_s=window_s)
        return _limits(self._control.put("/limits", order if lock_s is ... else {**order, "lock_s": lock_s}))

    def exhaust(self, operation: str, user: Named | str | None = None, *, lock: bool = False) -> Limit:
        """Use up a user's threshold, the owner's by default: the next call is the one refused, which begins the lock.

        Args:
            operation: Its name.
            user: Whose.
            lock: Begin the lock at once.
        """
        order = given(operation=operation, user=id_or_none(user))
        return _limit(self._control.post("/limits/exhaust", {**order, "lock": lock}))

    def clear(self, user: Named | str | None = None, operation: str | None = None) -> Sequence[Limit]:
        """Forget counts and locks and return to the documented limits: for all, or for one user or operation."""
        return _limits(self._control.delete("/limits", user=id_or_none(user), operation=operation))


def _limit(answer: Any) -> Limit:
    moments = {name: moment_or_none(answer[name]) for name in ("frees_at", "locked_until")}
    return read(Limit, answer, **moments)


def _limits(answer: Any) -> Sequence[Limit]:
    return [_limit(row) for row in rows(answer, "limits")]
