"""The route that verifies calls in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from starlette.requests import Request

from mockcliq.contract.quoting import one_line
from mockcliq.control.deps import AllWorlds, SelectedWorld, known_operation, known_user
from mockcliq.control.faults import FaultMatch
from mockcliq.control.journal_entries import redaction_of, render_entry
from mockcliq.control.journal_filters import IssuedHere
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import LONGEST_VERIFY_S, Input
from mockcliq.control.waiting import wait_until
from mockcliq.redaction import Issued, Redaction
from mockcliq.runtime.journal import Exchange
from mockcliq.worlds.world import World

router = APIRouter(tags=["Journal"], responses=PROBLEMS, route_class=ControlRoute)

_MAX_NEAREST = 5
"""The maximum number of calls in a refusal."""

_MAX_MATCHING = 2
"""The maximum number of matching calls among them, if there are too few matching ones."""

_WORDS = {
    "operation": "of",
    "user": "by user",
    "method": "with method",
    "path": "to path",
    "chat": "on chat",
    "status": "answered",
}


class VerifyMatch(FaultMatch):
    """The calls to count; omitted keys match all.

    The user by id or e-mail address; the path as a glob such as ``/api/v2/chats/*/mute``, without world and network;
    the chat by id or alias.
    """

    status: int | None = Field(default=None, ge=100, le=599)


class VerifyRequest(Input):
    """The calls and their number: `times`, or `at_least` and `at_most`; at least one by default."""

    match: VerifyMatch = VerifyMatch()
    times: int | None = Field(default=None, ge=0)
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    within_s: float = Field(
        default=0, ge=0, le=LONGEST_VERIFY_S, description="Real seconds in which calls that are missing may still come."
    )

    @model_validator(mode="after")
    def _check_counts(self) -> VerifyRequest:
        if self.times is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("times is exact: leave at_least and at_most out")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is more than at_most")
        return self

    @property
    def least(self) -> int:
        if self.times is not None:
            return self.times
        if self.at_least is not None:
            return self.at_least
        return 1 if self.at_most is None else 0

    @property
    def most(self) -> int | None:
        """The upper bound; None for none."""
        return self.times if self.times is not None else self.at_most

    @property
    def count(self) -> str:
        """The expected number in words."""
        if self.least == self.most:
            return f"exactly {_calls(self.least)}"
        if self.most is None:
            return f"at least {_calls(self.least)}"
        return f"{self.least} to {_calls(self.most)}" if self.least else f"at most {_calls(self.most)}"


class Verified(BaseModel):
    """The calls were made; `count` is their number."""

    verified: Literal[True] = True
    count: int


class _Criteria:
    """A match with resolved ids, compared with exchanges."""

    def __init__(self, world: World, match: VerifyMatch) -> None:
        # An alias counts as the chat's own id; an unknown id stays as it is.
        self._own_id = cache(lambda chat: world.store.chats.find(chat) or chat)
        self._register = world.register
        given = match.model_dump(exclude_none=True)
        if match.operation is not None:
            given["operation"] = known_operation(world, match.operation).label
        if match.user is not None:
            given["user"] = known_user(world, match.user)
        if match.method is not None:
            given["method"] = match.method.upper()
        if match.chat is not None:
            given["chat"] = self._own_id(match.chat)
        self.given: Mapping[str, Any] = given

    def differs(self, exchange: Exchange) -> dict[str, Any]:
        """The actual values that differ from the criteria, by key."""
        actual = {
            "operation": None if exchange.operation is None else exchange.operation.label,
            "user": exchange.user,
            "method": exchange.method,
            "path": self._register.bare_path(exchange.path),
            "chat": self._own_id(exchange.resources["chat"]) if "chat" in exchange.resources else None,
            "status": exchange.status,
        }
        return {
            key: actual[key]
            for key, value in self.given.items()
            if not (fnmatchcase(actual[key], value) if key == "path" else actual[key] == value)
        }

    def matches(self, exchange: Exchange) -> bool:
        return not self.differs(exchange)

    def describe(self) -> str:
        """The criteria in words."""
        return " ".join(f"{_WORDS[key]} {value}" for key, value in self.given.items())


@router.post(
    "/verify",
    summary="Verify that calls were made",
    responses={
        409: {**PROBLEMS[422], "description": "The number differs; with `expected`, `actual` and the `nearest` calls."}
    },
)
async def verify_requests(
    request: Request, worlds: AllWorlds, world: SelectedWorld, body: VerifyRequest, issued: IssuedHere
) -> Verified:
    """Counts the calls in the journal, with `within_s` again at each one that matches, until there are enough.

    A 409 has the actual number and the nearest calls, with their differing values under `differs`.
    """
    criteria = _Criteria(world, body.match)
    if body.within_s and world.journal.size:
        journal = world.journal

        def are_enough() -> bool:
            return sum(map(criteria.matches, journal)) >= body.least

        await wait_until(are_enough, request, world, body.within_s, criteria.matches)
        if worlds.named(world.id) is not world:
            raise Problem(404, f"the world {world.id!r} was deleted while its calls were waited for")
    expected = one_line(Redaction(issued).text(" ".join(filter(None, (body.count, criteria.describe())))))
    latest_first = [(exchange, criteria.differs(exchange)) for exchange in reversed([*world.journal])]
    actual = sum(not differs for _, differs in latest_first)
    is_off = not world.journal.size
    if not is_off and body.least <= actual and (body.most is None or actual <= body.most):
        return Verified(count=actual)
    by_nearness = sorted(latest_first, key=lambda each: len(each[1]))
    # If there are too few matching calls, nearly matching ones tell more.
    right = min(actual, _MAX_MATCHING if actual < body.least else _MAX_NEAREST)
    nearest = [*by_nearness[:right], *by_nearness[actual:]][:_MAX_NEAREST]
    entries = [{**render_entry(each, issued), "differs": _redacted(differs, each, issued)} for each, differs in nearest]
    lines = [f"expected {expected}, but there {'was' if actual == 1 else 'were'} {actual}"]
    if is_off:
        lines = [f"the journal is off (MOCKCLIQ_JOURNAL_SIZE=0), so nobody can tell whether there were {expected}"]
    elif len(world.journal) == world.journal.size:
        lines[0] += f" among the latest {world.journal.size}, which is all that the journal holds"
    lines += [_line(entry, criteria) for entry in entries]
    raise Problem(409, "\n".join(lines), expected=expected, actual=actual, nearest=entries)


def _redacted(differs: Mapping[str, Any], exchange: Exchange, issued: Issued) -> dict[str, Any]:
    redaction = redaction_of(exchange, issued)
    return {key: redaction.text(value) if isinstance(value, str) else value for key, value in differs.items()}


def _line(entry: Mapping[str, Any], criteria: _Criteria) -> str:
    """Format one of the nearest calls."""
    answered = "broken off" if entry["status"] is None else entry["status"]
    by = "by nobody known" if entry["user"] is None else f"by {entry['user']}"
    differs = [
        f"; {key} is {'none' if actual is None else actual}, not {criteria.given[key]}"
        for key, actual in entry["differs"].items()
    ]
    return one_line(f"  {entry['id']}: {entry['method']} {entry['path']} {by}: {answered}{''.join(differs)}")


def _calls(count: int) -> str:
    return f"{count} call{'' if count == 1 else 's'}"
