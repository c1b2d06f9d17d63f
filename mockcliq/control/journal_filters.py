"""Filters of the journal's routes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from itertools import islice
from typing import Annotated
from weakref import ref

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from mockcliq.contract.timestamps import NoMoment, parse_moment
from mockcliq.control.deps import AllWorlds, SelectedWorld, journalled_operation, known_user
from mockcliq.control.problems import Problem
from mockcliq.control.turns import Turns
from mockcliq.redaction import Issued
from mockcliq.runtime.journal import Exchange, Journal
from mockcliq.worlds.world import World

_ID = re.compile("([0-9a-f]{1,20})-([0-9]{1,20})")


class Filters(BaseModel):
    """Filters of exchanges; omitted ones match all."""

    operation: str | None = None
    user: str | None = Field(default=None, description="Id or e-mail address.")
    status: int | None = Field(default=None, ge=100, le=599)
    since: str | None = Field(
        default=None,
        description="Entries after this id, or from this moment on (ISO 8601 or epoch milliseconds).",
    )
    limit: int | None = Field(default=None, ge=1, description="The maximum number of entries; keeps the latest.")


class PageFilters(Filters):
    before: str | None = Field(default=None, description="Entries before this id, or before this moment.")


class Selection:
    """The exchanges of a world that match filters.

    Raises:
        Problem: A filter names an unknown operation, user or entry.
    """

    def __init__(self, world: World, filters: Filters, before: str | None = None) -> None:
        self.world = world
        self.filters = filters
        self._operation = None if filters.operation is None else journalled_operation(world, filters.operation)
        self._user = None if filters.user is None else known_user(world, filters.user)
        self._since = None if filters.since is None else _Mark(world.journal, "since", filters.since)
        self._before = None if before is None else _Mark(world.journal, "before", before)

    def accepts(self, exchange: Exchange) -> bool:
        """Whether an exchange matches, whatever its time."""
        return (
            (self._operation is None or self._operation == exchange.operation)
            and self._user in (None, exchange.user)
            and self.filters.status in (None, exchange.status)
        )

    def latest_first(self, turns: Turns) -> AsyncIterator[Exchange]:
        """The matching exchanges that the journal has now, the latest first; what it drops meanwhile is left out."""
        return self._latest_first([ref(each) for each in self.world.journal], turns)

    async def _latest_first(self, journal: list[ref[Exchange]], turns: Turns) -> AsyncIterator[Exchange]:
        is_before = self._before is None or not self._before.is_there
        for reference in reversed(journal):
            async with turns:
                exchange = reference()
                if exchange is None or (self._since is not None and self._since.is_at(exchange)):
                    return
                fits = is_before and self.accepts(exchange) and self._is_between(exchange)
                is_before = is_before or (self._before is not None and self._before.is_at(exchange))
            if fits:
                yield exchange

    def _is_between(self, exchange: Exchange) -> bool:
        return (self._since is None or self._since.is_passed_by(exchange)) and (
            self._before is None or self._before.is_there or not self._before.is_passed_by(exchange)
        )


class _Mark:
    """A place in a journal: at an entry, or between two.

    Attributes:
        is_there: Whether the journal has the entry, so that its place decides; else the entry's number does, or the
            moment.

    Raises:
        Problem: It is neither an entry of this server nor a moment.
    """

    def __init__(self, journal: Journal, name: str, given: str) -> None:
        self._given = given
        self.is_there = False
        self.is_passed_by: Callable[[Exchange], bool]
        """Whether an exchange comes after it."""
        if _ID.fullmatch(given):
            self.is_there = journal.find(given) is not None
            self.is_passed_by = lambda _exchange: True
            if not self.is_there:
                # It was dropped, or belongs to another world: compare the counters in the ids.
                run, number = _run_and_number(given)
                if any(_run_and_number(each.id)[0] != run for each in islice(journal, 1)):
                    raise Problem(
                        422, f"{name}: no entry of this server has the id {given}; it may be from before a restart"
                    )
                self.is_passed_by = lambda exchange: _run_and_number(exchange.id)[1] > number
            return
        try:
            moment = parse_moment(given)
        except NoMoment as error:
            raise Problem(422, f"{name}: an entry's id, or {error}") from error
        self.is_passed_by = lambda exchange: exchange.time >= moment

    def is_at(self, exchange: Exchange) -> bool:
        """Whether it is the exchange's own place."""
        return self.is_there and exchange.id == self._given


async def _selection(world: SelectedWorld, filters: Annotated[Filters, Query()]) -> Selection:
    return Selection(world, filters)


Selected = Annotated[Selection, Depends(_selection)]


async def _page(world: SelectedWorld, filters: Annotated[PageFilters, Query()]) -> Selection:
    return Selection(world, filters, filters.before)


SelectedPage = Annotated[Selection, Depends(_page)]


async def _issued(worlds: AllWorlds) -> Issued:
    return worlds.has_issued


IssuedHere = Annotated[Issued, Depends(_issued)]


def _run_and_number(entry_id: str) -> tuple[str, int]:
    """Split an id into the server's run and the answer's number."""
    run, _, number = entry_id.rpartition("-")
    return run, int(number)
