"""A world's fault rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mockcliq.client.answers import Named, given, read, read_all
from mockcliq.client.transport import Resource, segment


@dataclass(frozen=True)
class Fault:
    """A fault rule: which calls (``match``), which of them (``when``), and the effect (``then``).

    Attributes:
        hits: The number of matching calls that reached it.
        fired: The number of firings.
        expires_at: When it ends by the world's clock; None for never.
    """

    id: str
    match: Mapping[str, Any]
    when: Mapping[str, Any]
    then: Mapping[str, Any]
    hits: int
    fired: int
    expires_at: datetime | None


class Faults(Resource):
    """The fault rules; the newest one has precedence."""

    def list(self) -> Sequence[Fault]:
        """List the rules, newest first."""
        return read_all(Fault, self._control.call("GET", "/faults"), "faults")

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
        """Add a rule; by default it matches every call and fires on each.

        Args:
            operation: The operation's name.
            user: The caller, by id or e-mail address.
            method: The HTTP method.
            path: A glob such as ``/api/v2/chats/*/mute``.
            chat: The chat in the path.
            after: The number of matching calls that pass first.
            times: The maximum number of firings.
            every: Fire on every k-th call.
            probability: From 0 to 1, drawn from ``seed``.
            seed: The seed of the probability; fixed by default.
            expires_in: Seconds of the world's clock until the rule ends.
            status: The status of the answer; without a body, it has the documented one.
            connection: How the connection breaks, instead of an answer.
            body: The body of the answer, as JSON.
            headers: Additional headers of the answer.
            delay_ms: The delay in milliseconds of real time.
            jitter_ms: The maximum random addition to the delay.
            apply: ``after`` runs the call first, and loses only its answer.
        """
        rule = {
            "match": given(operation=operation, user=user, method=method, path=path, chat=chat),
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
        """Add a rule in the control API's form: ``{"match": …, "when": …, "then": …}``."""
        return read(Fault, self._control.call("POST", "/faults", rule))

    def remove(self, fault: Named | str) -> Sequence[Fault]:
        """Remove a rule and return the others."""
        return read_all(Fault, self._control.call("DELETE", f"/faults/{segment(fault)}"), "faults")

    def clear(self) -> None:
        self._control.call("DELETE", "/faults")
