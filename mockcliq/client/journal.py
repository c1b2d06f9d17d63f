"""A world's journal: the exchanges that its clients had with the emulated API."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from mockcliq.client.answers import At, Named, given, id_or_none, moment, read, rows, written
from mockcliq.client.errors import Refused
from mockcliq.client.transport import Control, segment

_UNVERIFIED = 409


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        id: The value of the answer's ``X-Mockcliq-Request-Id``.
        time: By the world's clock.
        operation: None for a call to no operation.
        user: Who called; None where no token told.
        query: A value for each name, a list where it was given more than once.
        headers: The request's, names in lower case.
        status: None where the connection was broken off.
        duration_ms: Real time, whatever the world's clock.
        reason: Why it was refused; None where it was not.
        fault: The fault rule that fired on it.
        body_truncated: Whether ``body`` is only the first 64 KiB; ``answer_truncated`` the same of the answer.
        body_unread: Whether it was refused before its body was looked at.
    """

    id: str
    time: datetime
    world: str
    user: str | None
    operation: str | None
    method: str
    path: str
    query: Mapping[str, str | list[str]]
    headers: Mapping[str, str]
    body: str | None
    status: int | None
    answer: str | None
    duration_ms: float
    reason: str | None
    fault: str | None
    body_truncated: bool = False
    body_unread: bool = False
    answer_truncated: bool = False
    _explain: Callable[[str], Any] = field(kw_only=True, repr=False, compare=False)

    @cached_property
    def explanation(self) -> Mapping[str, Any]:
        """Why it was refused, what would have worked, and the call to paste: ``curl``, and ``call`` in parts.

        Fetched when first asked for.

        Raises:
            Refused: The server's journal has forgotten the exchange.
        """
        explanation: Mapping[str, Any] = self._explain(self.id)
        return explanation

    def __str__(self) -> str:
        parts = [
            f"{self.time:%H:%M:%S}.{self.time.microsecond // 1000:03}",
            f"{self.method} {self.path}",
            self.operation or "no operation",
            "broken off" if self.status is None else str(self.status),
        ]
        if self.reason is not None:
            parts.append(self.reason)
        if self.fault is not None:
            parts.append(f"fault {self.fault}")
        return "  ".join(parts)


class Journal:
    """The latest exchanges of a world."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(
        self,
        operation: str | None,
        user: Named | str | None,
        status: int | None,
        since: Named | At | None,
        limit: int | None,
    ) -> list[Exchange]:
        """Those that match, oldest first."""
        query = {**_filters(operation, user, status, since), "limit": limit}
        return [self._exchange(row) for row in rows(self._control.get("/requests", **query), "requests")]

    def get(self, exchange: str) -> Exchange:
        """One of them, with its explanation."""
        return self._exchange(self._control.get(f"/requests/{segment(exchange)}"))

    def follow(
        self,
        operation: str | None,
        user: Named | str | None,
        status: int | None,
        since: Named | At | None,
        lost: Callable[[int], None],
    ) -> Generator[Exchange, None, None]:
        """Those that match, as they happen."""
        query = _filters(operation, user, status, since)
        for name, data in self._control.events("/requests/stream", **query):
            if name == "request":
                yield self._exchange(data)
            elif name == "lost":
                lost(data["lost"])

    def clear(self) -> None:
        """Forget them all."""
        self._control.delete("/requests")

    def verify(self, match: Mapping[str, Any], counts: Mapping[str, int]) -> int:
        """How many match.

        Raises:
            AssertionError: Not so many as they should be.
        """
        __tracebackhide__ = True  # pytest then ends at the line that verifies
        try:
            count: int = self._control.post("/verify", {"match": match, **counts})["count"]
        except Refused as refused:
            if refused.status != _UNVERIFIED:
                raise
            # Its detail has what was expected, what was found, and the nearest calls.
            raise AssertionError(str(refused)) from None
        return count

    def _exchange(self, row: Mapping[str, Any]) -> Exchange:
        exchange = read(Exchange, row, time=moment(row["time"]), _explain=self._explanation)
        if "explanation" in row:
            exchange.__dict__["explanation"] = row["explanation"]
        return exchange

    def _explanation(self, exchange: str) -> Any:
        return self._control.get(f"/requests/{segment(exchange)}")["explanation"]


def _filters(
    operation: str | None, user: Named | str | None, status: int | None, since: Named | At | None
) -> dict[str, Any]:
    after = written(since) if since is None or isinstance(since, (datetime, str, int)) else since.id
    return given(operation=operation, user=id_or_none(user), status=status, since=after)
