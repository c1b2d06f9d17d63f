"""A world's fault rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mockcliq.client.answers import Named, given, id_of, id_or_none, moment_or_none, read, rows
from mockcliq.client.transport import Control, segment


@dataclass(frozen=True)
class Fault:
    """A fault rule: which calls (``match``), which of those (``when``), what happens to them (``then``).

    Attributes:
        hits: Matching calls that reached it.
        fired: How often it fired.
        expires_at: When it is over, by the world's clock; None for never.
    """

    id: str
    match: Mapping[str, Any]
    when: Mapping[str, Any]
    then: Mapping[str, Any]
    hits: int
    fired: int
    expires_at: datetime | None


class Faults:
    """Which calls fail, when, and how; the newest rule is asked first."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self) -> Sequence[Fault]:
        """The rules, newest first."""
        return _faults(self._control.get("/faults"))

    def add(  # noqa: PLR0913 - a rule has as many parts
        self,
        operation: str | None = None,
        *,
        user: Named | str | None = None,
        method: str | None = None,
        path: str | None = None,
        chat: Named | str | None = None,
        after: int | None = None,
        times: int | None = None,
        every: int | None = None,
        probability: float | None = None,
        seed: int | None = None,
        expires_in: float | None = None,
        status: int | None = None,
        connection: Literal["reset", "empty", "truncate", "garbage", "hang"] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        delay_ms: int | None = None,
        jitter_ms: int | None = None,
        apply: Literal["before", "after"] | None = None,
    ) -> Fault:
        """Make a rule; about every call, and fires on each, unless it is told otherwise.

        Args:
            operation: The operation's name.
            user: Who calls, by id or e-mail address.
            method: The call's method.
            path: A glob such as ``/api/v2/chats/*/mute``.
            chat: The chat that the call is about.
            after: So many matching calls pass first.
            times: It fires so often.
            every: It fires on every k-th.
            probability: From 0 to 1, drawn from ``seed``.
            seed: What chance is drawn from; the same in every run by default.
            expires_in: Seconds of the world's clock after which it is over.
            status: What is answered; without a body, that status's documented one.
            connection: How the connection breaks, instead of an answer.
            body: The answer's body, as JSON.
            headers: More headers of the answer.
            delay_ms: Milliseconds of real time that the call waits.
            jitter_ms: Up to so many more, by chance.
            apply: ``after`` does the call's work and loses its answer.
        """
        rule = {
            "match": given(operation=operation, user=id_or_none(user), method=method, path=path, chat=id_or_none(chat)),
            "when": given(
                after=after, times=times, every=every, probability=probability, seed=seed, expires_in=expires_in
            ),
            "then": given(
                status=status,
                connection=connection,
                body=body,
                headers=headers,
                delay_ms=delay_ms,
                jitter_ms=jitter_ms,
                apply=apply,
            ),
        }
        return self.add_rule(rule)

    def add_rule(self, rule: Mapping[str, Any]) -> Fault:
        """Make a rule that is written as the control API has it: ``{"match": …, "when": …, "then": …}``."""
        return _fault(self._control.post("/faults", rule))

    def remove(self, fault: Named | str) -> Sequence[Fault]:
        """Take a rule away; gives those that remain."""
        return _faults(self._control.delete(f"/faults/{segment(id_of(fault))}"))

    def clear(self) -> None:
        """Take all rules away."""
        self._control.delete("/faults")


def _faults(answer: Any) -> Sequence[Fault]:
    return [_fault(row) for row in rows(answer, "faults")]


def _fault(answer: Any) -> Fault:
    return read(Fault, answer, expires_at=moment_or_none(answer["expires_at"]))
