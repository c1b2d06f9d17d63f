"""Refusals: a rule, what was seen and what was wanted, as data until somebody writes them down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.quoting import shown

Hint = Literal["token", "route", "chat", "lock"]
"""What an explanation can name that would have worked: a token, a route, a chat, the end of a lock."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a call can break.

    Attributes:
        name: Its name in ``X-Mockcliq-Reason`` and in every style's table.
        status: The status that the reference documents for it; a style may say otherwise.
        have: What was seen, with ``{names}`` of the values that a refusal gives.
        need: What is wanted, likewise.
        advice: What to change; ``{control}`` is the path of the world's control API.
        hints: What else an explanation looks for.
        quotes_client: Whether a value may be the client's own words, and so a secret.
    """

    name: str
    status: int
    have: str
    need: str
    advice: str
    hints: tuple[Hint, ...] = ()
    quotes_client: bool = True


class Reason(NamedTuple):
    """Why a call was refused, in words; ``lock_ends`` where a lock refused it."""

    rule: Rule
    have: str
    need: str
    lock_ends: EpochMs | None = None

    @property
    def line(self) -> str:
        """The line of ``X-Mockcliq-Reason``, printable ASCII."""
        return f"{self.rule.name}; have={self.have}; need={self.need}"


class Refusal(Exception):
    """An answer that refuses; the API's style decides what it looks like.

    Args:
        rule: The rule that was broken.
        status: Another status than the rule's.
        headers: Headers of the answer.
        lock_ends: When the lock ends that refuses.
        **seen: The values that the rule's words name.
    """

    def __init__(
        self,
        rule: Rule,
        *,
        status: int | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        lock_ends: EpochMs | None = None,
        **seen: object,
    ) -> None:
        super().__init__(rule.name)
        self.rule = rule
        self.status = rule.status if status is None else status
        self.headers = headers
        self._lock_ends = lock_ends
        self._seen = seen

    def reason(self, redacted: Callable[[str], str] = str) -> Reason:
        """Why, in words; each value is redacted before it is cut to length."""
        words = {name: shown(redacted(str(value))) for name, value in self._seen.items()}
        rule = self.rule
        return Reason(rule, rule.have.format_map(words), rule.need.format_map(words), self._lock_ends)
