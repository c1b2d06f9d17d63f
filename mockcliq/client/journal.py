"""A world's journal of exchanges with the emulated API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """One request and its answer.

    Attributes:
        id: The value of the answer's ``X-Mockcliq-Request-Id``.
        time: By the world's clock.
        operation: None for a call to no operation.
        user: The caller; None if unknown.
        query: The parameters; a repeated one has a list of values.
        headers: The request's headers, with names in lower case.
        status: None if the connection was broken, and while the call is in flight.
        answer_headers: The answer's headers, with names in lower case.
        duration_ms: In real time.
        reason: Why the call was refused; None if it was not.
        fault: The fault rule that fired, if any.
        token_label: How the world calls the call's token, such as ``readonly``; None for one that it has no name for.
        client: The User-Agent.
        in_flight: Whether the call has no answer yet.
        body_truncated: Whether ``body`` is only the first 64 KiB; ``answer_truncated`` is the same for the answer.
        created: What a post made first on a server with ``--create-missing``, such as ``channel alerts``.
        body_unread: Whether the call was refused before its body was read.
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
    answer_headers: Mapping[str, str]
    duration_ms: float
    reason: str | None
    fault: str | None
    token_label: str | None
    client: str | None
    in_flight: bool = False
    body_truncated: bool = False
    body_unread: bool = False
    answer_truncated: bool = False
    created: str | None = None
    _explain: Callable[[str], Mapping[str, Any]] = field(kw_only=True, repr=False, compare=False)

    @cached_property
    def explanation(self) -> Mapping[str, Any]:
        """Why the call was refused, what would have worked, and the call as ``curl`` and in parts (``call``).

        Fetched on first use.

        Raises:
            Refused: The server's journal has forgotten the exchange.
        """
        return self._explain(self.id)

    def __str__(self) -> str:
        parts = (
            f"{self.time:%H:%M:%S}.{self.time.microsecond // 1000:03}",
            f"{self.method} {self.path}",
            self.operation or "no operation",
            "in flight" if self.in_flight else "broken off" if self.status is None else str(self.status),
            self.reason,
            self.fault and f"fault {self.fault}",
            self.created and f"created {self.created}",
        )
        return "  ".join(filter(None, parts))
