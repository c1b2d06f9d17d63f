"""A world's limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import EllipsisType

from mockcliq.client.answers import Named, given, read, read_all
from mockcliq.client.transport import Resource


@dataclass(frozen=True)
class Limit:
    """The limit of an operation and one user's usage of it; ``user`` is None for an unused limit.

    Attributes:
        threshold: Calls allowed in ``window_s`` seconds; ``remaining`` of them are left.
        lock_s: The lock period in seconds; None for no lock.
        frees_at: When the oldest call leaves the window, by the world's clock; None if the window is empty.
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


class Limits(Resource):
    """The limits and locks, per user and operation. A user is given by id or e-mail address."""

    def list(self, user: Named | str | None = None) -> Sequence[Limit]:
        """List the usage of all users with calls in the window or a lock; or that of one user for every operation."""
        return read_all(Limit, self._control.call("GET", "/limits", user=user), "limits")

    def set(
        self,
        operation: str | None = None,
        *,
        threshold: int | None = None,
        window_s: float | None = None,
        lock_s: float | EllipsisType | None = ...,
    ) -> Sequence[Limit]:
        """Change the limit of one or all operations; omitted values stay. ``lock_s=None`` means no lock."""
        payload = given(operation=operation, threshold=threshold, window_s=window_s)
        if lock_s is not ...:
            payload["lock_s"] = lock_s
        return read_all(Limit, self._control.call("PUT", "/limits", payload), "limits")

    def exhaust(self, operation: str, user: Named | str | None = None, *, lock: bool = False) -> Limit:
        """Use up a user's threshold, by default the owner's: the next call is refused and starts the lock.

        With ``lock`` the lock starts at once.
        """
        payload = given(operation=operation, user=user, lock=lock)
        return read(Limit, self._control.call("POST", "/limits/exhaust", payload))

    def clear(self, user: Named | str | None = None, operation: str | None = None) -> Sequence[Limit]:
        """Clear counts and locks and restore the documented limits, of all or of one user or operation."""
        return read_all(Limit, self._control.call("DELETE", "/limits", user=user, operation=operation), "limits")
