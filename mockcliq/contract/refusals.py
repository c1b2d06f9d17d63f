"""Refusals as data: a rule, the value received and the value needed. A style renders them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.quoting import escape

Hint = Literal["token", "route", "chat", "lock"]
"""What an explanation suggests: a token, a route, a chat, the end of a lock."""

Profile = Literal["documented", "observed"]
"""How a world refuses: as the reference says, or as the live service was seen to answer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that calls can break.

    Attributes:
        name: The name in ``X-Mockcliq-Reason``.
        status: The documented status; a style may override it.
        have: What the call had; ``{names}`` stand for the refusal's values.
        need: What the call needs; ``{names}`` likewise.
        advice: What to change; ``{control}`` stands for the path of the world's control API, ``{have}`` for the values
            of ``have``.
        hints: What an explanation suggests besides.
        quotes_client: Whether a value may quote the client, and so contain a secret.
        variant: Tells apart, in the styles' tables, what has one name in ``X-Mockcliq-Reason``.
    """

    name: str
    status: int
    have: str
    need: str
    advice: str
    hints: tuple[Hint, ...] = ()
    quotes_client: bool = True
    variant: str = ""

    @property
    def key(self) -> str:
        """The name in the styles' tables."""
        return f"{self.name}:{self.variant}" if self.variant else self.name


class Reason(NamedTuple):
    """A refusal in words; ``lock_ends`` is None unless a lock refused the call."""

    rule: Rule
    have: str
    need: str
    lock_ends: EpochMs | None = None

    @property
    def line(self) -> str:
        """The value of ``X-Mockcliq-Reason``, in printable ASCII; no header ends with the blanks that a client sent."""
        return f"{self.rule.name}; have={self.have}; need={self.need}".rstrip()


class Refusal(Exception):
    """The refusal of a call; the API's style renders it.

    Args:
        rule: The broken rule.
        status: Overrides the rule's status.
        headers: Additional headers of the answer.
        lock_ends: The end of the lock that refuses.
        nearest: The name that was probably meant by an unknown one.
        **values: The values of the ``{names}`` in the rule's texts.
    """

    def __init__(
        self,
        rule: Rule,
        *,
        status: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        lock_ends: EpochMs | None = None,
        nearest: str | None = None,
        **values: object,
    ) -> None:
        super().__init__(rule.name)
        self.rule = rule
        self.status = rule.status if status is None else status
        self.headers = headers
        self.values = values
        self._lock_ends = lock_ends
        self._nearest = nearest

    def reason(self, redact: Callable[[str], str] = str) -> Reason:
        """Write the reason; each value is redacted before it is truncated."""
        words = {name: escape(redact(str(value))) for name, value in self.values.items()}
        rule = self.rule
        need = rule.need.format_map(words)
        if self._nearest is not None:
            need += f", such as {escape(redact(self._nearest))}"
        return Reason(rule, rule.have.format_map(words), need, self._lock_ends)
