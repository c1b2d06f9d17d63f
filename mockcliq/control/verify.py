"""The route that verifies calls in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Literal, Self
from weakref import ref

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator
from starlette.requests import Request

from mockcliq.contract.quoting import one_line
from mockcliq.control.deps import AllWorlds, SelectedWorld, journalled_operation, known_user
from mockcliq.control.faults import FaultMatch
from mockcliq.control.journal_entries import entry_of, rendered
from mockcliq.control.journal_filters import IssuedHere
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import LONGEST_VERIFY_S, Input
from mockcliq.control.turns import InTurns, Turns
from mockcliq.control.waiting import wait_until
from mockcliq.environment import PREFIX
from mockcliq.redaction import Redaction
from mockcliq.runtime.journal import Exchange, Journal, Rendering
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
            given["operation"] = journalled_operation(world, match.operation).label
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
            "method": exchange.line.method,
            "path": self._register.bare_path(exchange.line.path),
            "chat": self._own_id(exchange.resources["chat"]) if "chat" in exchange.resources else None,
            "status": exchange.status,
        }
        return {
            key: actual[key]
            for key, value in self.given.items()
            if not (fnmatchcase(actual[key], value) if key == "path" else actual[key] == value)
        }

    def matches(self, exchange: Exchange) -> bool:
        """Whether it is a call to count: one in flight is none yet."""
        return not exchange.is_in_flight and not self.differs(exchange)

    def shown(
        self, differs: Mapping[str, Any], exchange: Exchange, entry: Mapping[str, Any], rendering: Rendering
    ) -> dict[str, Any]:
        """The values that differ, without foreign secrets."""
        as_shown = {"method": entry["method"], "path": self._register.bare_path(entry["path"])}
        if differs.get("chat") == exchange.resources.get("chat"):  # else it is a chat's own id
            as_shown["chat"] = rendering.resources.get("chat")
        return {key: as_shown.get(key, value) for key, value in differs.items()}

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
async def verify_requests(  # noqa: PLR0913 - a dependency each
    request: Request, worlds: AllWorlds, world: SelectedWorld, body: VerifyRequest, issued: IssuedHere, turns: InTurns
) -> Verified:
    """Counts the calls in the journal, with `within_s` again at each one that matches, until there are enough.

    A 409 has the actual number and the nearest calls, with their differing values under `differs`.
    """
    criteria = _Criteria(world, body.match)
    journal = world.journal
    if body.within_s and journal.size:

        async def are_enough() -> bool:
            return (await _Count.of(journal, criteria, turns)).actual >= body.least

        await wait_until(are_enough, request, world, body.within_s, criteria.matches)
        if worlds.named(world.id) is not world:
            raise Problem(404, f"the world {world.id!r} was deleted while its calls were waited for")
    expected = one_line(Redaction(issued).text(" ".join(filter(None, (body.count, criteria.describe())))))
    count = await _Count.of(journal, criteria, turns)
    actual = count.actual
    is_off = not journal.size
    if not is_off and body.least <= actual and (body.most is None or actual <= body.most):
        return Verified(count=actual)
    # If there are too few matching calls, nearly matching ones tell more.
    entries = []
    for exchange, differs in count.nearest(_MAX_MATCHING if actual < body.least else _MAX_NEAREST):
        async with turns:
            rendering = rendered(journal, exchange, issued)
        entry = entry_of(rendering)
        entries.append({**entry, "differs": criteria.shown(differs, exchange, entry, rendering)})
    lines = [f"expected {expected}, but there {'was' if actual == 1 else 'were'} {actual}"]
    if is_off:
        lines = [f"the journal is off ({PREFIX}JOURNAL_SIZE=0), so nobody can tell whether there were {expected}"]
    elif journal.dropped or len(journal) == journal.size:
        lines[0] += f" among the latest {len(journal)}, which is all that the journal holds"
    if journal.dropped:
        lines[0] += f"; it lost {journal.dropped}, since all journals take at most {PREFIX}JOURNAL_BYTES"
    lines += [_line(entry, criteria) for entry in entries]
    raise Problem(409, "\n".join(lines), expected=expected, actual=actual, nearest=entries)


class _Count:
    """The calls of a journal by the number of values that differ from the criteria; of each the latest few."""

    def __init__(self) -> None:
        self.actual = 0
        self._latest: dict[int, list[tuple[Exchange, dict[str, Any]]]] = {}

    @classmethod
    async def of(cls, journal: Journal, criteria: _Criteria, turns: Turns) -> Self:
        """Count them."""
        count = cls()
        for reference in reversed([ref(each) for each in journal]):
            async with turns:
                exchange = reference()
                if exchange is None:
                    break
                if exchange.is_in_flight:
                    continue
                differs = criteria.differs(exchange)
                count.actual += not differs
                latest = count._latest.setdefault(len(differs), [])
                if len(latest) < _MAX_NEAREST:
                    latest.append((exchange, differs))
        return count

    def nearest(self, matching: int) -> list[tuple[Exchange, dict[str, Any]]]:
        """The nearest calls, so many ``matching`` ones at most among them."""
        right = self._latest.get(0, [])[:matching]
        others = [each for number in sorted(self._latest) if number for each in self._latest[number]]
        return [*right, *others][:_MAX_NEAREST]


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
