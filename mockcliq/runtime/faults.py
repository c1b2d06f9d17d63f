"""Fault rules: which calls fail, when, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from random import Random  # noqa: TID251 - seeded: what a rule decides by chance is the same in every run
from typing import Any, Literal

from mockcliq.contract.ids import EpochMs
from mockcliq.contract.timestamps import MS_PER_SECOND

MOST_RULES = 1000
"""How many fault rules a world has at most."""

Breakage = Literal["reset", "empty", "truncate", "garbage", "hang"]
"""How a connection breaks: by a TCP RST; closed without an answer; closed in the middle of one; closed after bytes that
are not HTTP; kept open without an answer."""


@dataclass(frozen=True, slots=True)
class Match:
    """The calls that a rule matches; None matches all. ``path`` is a glob.

    A call to no operation is matched by a rule with a path alone.
    """

    operation: str | None = None
    user: str | None = None
    method: str | None = None
    path: str | None = None
    chat: str | None = None

    def fits(self, call: Subject) -> bool:
        return (
            self.operation in (None, call.operation)
            and self.user in (None, call.user)
            and self.method in (None, call.method)
            and self.chat in (None, call.resources.get("chat"))
            and self._fits_path(call)
        )

    def _fits_path(self, call: Subject) -> bool:
        if self.path is None:
            return call.operation is not None
        return any(fnmatchcase(path, self.path) for path in call.paths)


@dataclass(frozen=True, slots=True)
class Subject:
    """A call as rules see it: the operation's id if there is one, its path in each spelling, its resources' own ids."""

    operation: str | None
    user: str | None
    method: str
    paths: tuple[str, ...]
    resources: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class When:
    """The matching calls on which a rule fires.

    The first ``after`` calls pass; then every ``every``-th is selected; then ``probability`` decides, drawn from
    ``seed``. The rule ends after ``times`` firings, or ``expires_in`` seconds of the world's clock.
    """

    after: int = 0
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    seed: int = 0
    expires_in: float | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """The effect on a call: a delay, and an answer or a broken connection.

    Without ``status`` and ``connection`` it only delays. A status without a body has the documented body. With
    ``apply`` "after" the handler runs first, and only its answer is lost.
    """

    status: int | None = None
    connection: Breakage | None = None
    body: Any = None
    headers: Mapping[str, str] | None = None
    delay_ms: int = 0
    jitter_ms: int = 0
    apply: Literal["before", "after"] = "before"


class Rule:
    """A fault rule. ``hits`` counts the matching calls that reached it; ``expires`` is by the world's clock."""

    def __init__(self, rule_id: str, match: Match, when: When, then: Then, now: EpochMs) -> None:
        self.id = rule_id
        self.match = match
        self.when = when
        self.then = then
        self.hits = 0
        self.fired = 0
        self.expires = None if when.expires_in is None else EpochMs(now + round(when.expires_in * MS_PER_SECOND))

    # Two generators, so that jitter does not change which calls fail; most rules need none of them.
    @cached_property
    def _chance(self) -> Random:
        return Random(self.when.seed)  # noqa: S311 - chance, not secrecy

    @cached_property
    def _jitter(self) -> Random:
        return Random(f"jitter {self.when.seed}")  # noqa: S311 - chance, not secrecy

    def copy(self) -> Rule:
        """Copy it with its counters and generators."""
        copied = copy(self)
        vars(copied).update({name: copy(value) for name, value in vars(self).items() if isinstance(value, Random)})
        return copied

    def strikes(self, call: Subject, now: EpochMs) -> bool:
        """Count a call, and return whether the rule fires on it."""
        if not self.match.fits(call):
            return False
        self.hits += 1
        when = self.when
        nth = self.hits - when.after
        has_ended = self.fired == when.times or (self.expires is not None and now >= self.expires)
        if has_ended or nth <= 0 or nth % when.every:
            return False
        if when.probability < 1 and self._chance.random() >= when.probability:
            return False
        self.fired += 1
        return True

    @property
    def fails_at_once(self) -> bool:
        """Whether it answers, or breaks the connection, before the handler runs."""
        then = self.then
        return then.apply == "before" and (then.status is not None or then.connection is not None)

    @property
    def replaces_answers(self) -> bool:
        """Whether it replaces the answer after the handler ran."""
        return self.then.apply == "after" and self.then.status is not None

    def delay_s(self) -> float:
        """Draw the delay of one firing, in seconds of real time."""
        jitter_ms = self._jitter.random() * self.then.jitter_ms if self.then.jitter_ms else 0
        return (self.then.delay_ms + jitter_ms) / MS_PER_SECOND


class TooManyRules(Exception):
    """A world has as many fault rules as it may have."""


class Faults:
    """The fault rules of a world, newest first; each call asks them all."""

    def __init__(self) -> None:
        self._rules: dict[str, Rule] = {}
        self._made = 0

    def __iter__(self) -> Iterator[Rule]:
        return iter(reversed(self._rules.values()))

    def __len__(self) -> int:
        return len(self._rules)

    def add(self, match: Match, when: When, then: Then, now: EpochMs) -> Rule:
        """Add a rule for the calls from now on.

        Raises:
            TooManyRules: There are `MOST_RULES`.
        """
        if len(self._rules) == MOST_RULES:
            raise TooManyRules
        self._made += 1
        rule = Rule(f"fault-{self._made}", match, when, then, now)
        self._rules[rule.id] = rule
        return rule

    def remove(self, rule_id: str) -> bool:
        """Remove a rule; returns whether there was one."""
        return self._rules.pop(rule_id, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def copy(self) -> Faults:
        """Copy the rules with their counters, random generators and the next id."""
        copied = Faults()
        copied._made = self._made
        copied._rules = {rule_id: rule.copy() for rule_id, rule in self._rules.items()}
        return copied

    def strike(self, call: Subject, now: EpochMs) -> Rule | None:
        """Find the first rule that fires on the call; rules that match without firing count it."""
        return next((rule for rule in self if rule.strikes(call, now)), None)
