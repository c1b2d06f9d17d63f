"""Filters of the journal's routes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from itertools import islice
from typing import Annotated, Literal, NamedTuple
from weakref import ref

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from mockcliq.contract.timestamps import NoMoment, parse_moment
from mockcliq.control.deps import AllWorlds, SelectedWorld, journalled_operation, known_user
from mockcliq.control.journal_entries import entry_of, rendered
from mockcliq.control.problems import Problem
from mockcliq.control.turns import Turns
from mockcliq.redaction import Issued, unescaped
from mockcliq.runtime.journal import Exchange, Journal, Journals, Rendering
from mockcliq.worlds.registry import Worlds
from mockcliq.worlds.world import World

ALL = "*"
"""The worlds by this name are all of them."""

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
    search: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description=(
            "What path, query, body or reason have, in any case, with escapes (`\\u00fc`, `%C3%BC`) or without; not"
            " what is masked there."
        ),
    )


class PageFilters(Filters):
    before: str | None = Field(default=None, description="Entries before this id, or before this moment.")
    world: str | None = Field(
        default=None, max_length=100, description="Of the world of this name, also if it has ended; `*` for all worlds."
    )
    run: str | None = Field(
        default=None, max_length=100, description="Of one of several runs of a world, by its `run` in `GET /runs`."
    )


class Latest(NamedTuple):
    """Exchanges written down, oldest first.

    Attributes:
        earliest: The id of the first.
        left_out: Why there are earlier ones beside these; None where there are none.
    """

    entries: list[bytes]
    earliest: str
    left_out: Literal["limit", "bytes"] | None


class Selection:
    """The exchanges of a journal, or of all, that match filters.

    Args:
        worlds: Those of the server.
        world: Whose journal is meant, unless the filters say otherwise.
        filters: Of a page, or of a stream.
        issued: Tells the secrets that may be shown, and so searched.

    Raises:
        Problem: A filter names an unknown world, operation, user or entry.
    """

    def __init__(self, worlds: Worlds, world: World, filters: Filters, issued: Issued) -> None:
        before = filters.before if isinstance(filters, PageFilters) else None
        self.filters = filters
        self.journal, its_world = _journal(worlds, world, filters)
        self._issued = issued
        self._operation = None if filters.operation is None else journalled_operation(world, filters.operation)
        self._users = None if filters.user is None else _users(worlds, its_world, filters.user)
        self._search = None if filters.search is None else filters.search.casefold()
        self._since = None if filters.since is None else _Mark(self.journal, "since", filters.since)
        self._before = None if before is None else _Mark(self.journal, "before", before)

    def accepts(self, exchange: Exchange) -> bool:
        """Whether an exchange matches, whatever its time and texts."""
        return (
            (self._operation is None or self._operation == exchange.operation)
            and (self._users is None or exchange.user in self._users)
            and self.filters.status in (None, exchange.status)
        )

    def rendering(self, exchange: Exchange) -> Rendering | None:
        """How a matching exchange is shown; None where its texts, as they are shown, have not what is searched."""
        found = rendered(self.journal, exchange, self._issued)
        return found if self._search is None or self._is_in(found) else None

    def _is_in(self, found: Rendering) -> bool:
        assert self._search is not None
        entry = entry_of(found)
        fields = [f"{name}={value}" for name, given in entry["query"].items() for value in _listed(given)]
        texts = (entry["path"], *found.target, *fields, entry["body"] or "", entry["reason"] or "")
        readings = [reading for text in texts if (reading := unescaped(text)) is not text]
        return any(self._search in text.casefold() for text in (*texts, *readings))

    def latest_first(self, turns: Turns) -> AsyncIterator[Exchange]:
        """The matching exchanges that the journal has now, the latest first; what it drops meanwhile is left out."""
        return self._latest_first([ref(each) for each in self.journal], turns)

    async def latest(
        self, turns: Turns, limit: int | None, most_bytes: int, write: Callable[[Exchange], bytes]
    ) -> Latest:
        """The latest of them, written down.

        Args:
            turns: In which they are read.
            limit: How many at most; None for all.
            most_bytes: What they may have together; a single one may have more.
            write: Writes one down.
        """
        entries: list[bytes] = []
        size, earliest = 0, ""
        left_out: Literal["limit", "bytes"] | None = None
        async for exchange in self.latest_first(turns):
            if len(entries) == limit:
                left_out = "limit"
                break
            async with turns:
                entry = write(exchange)
            size += len(entry)
            if size > most_bytes and entries:
                left_out = "bytes"
                break
            entries.append(entry)
            earliest = exchange.id
        entries.reverse()
        return Latest(entries, earliest, left_out)

    async def _latest_first(self, journal: list[ref[Exchange]], turns: Turns) -> AsyncIterator[Exchange]:
        is_before = self._before is None or not self._before.is_there
        for reference in reversed(journal):
            async with turns:
                exchange = reference()
                if exchange is None or (self._since is not None and self._since.is_at(exchange)):
                    return
                fits = is_before and self.accepts(exchange) and self._is_between(exchange)
                is_before = is_before or (self._before is not None and self._before.is_at(exchange))
                fits = fits and (self._search is None or self.rendering(exchange) is not None)
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

    def __init__(self, journal: Journal | Journals, name: str, given: str) -> None:
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


def _journal(worlds: Worlds, world: World, filters: Filters) -> tuple[Journal | Journals, World | None]:
    """The journal of a world that is there or was, or all; and the world, if it is there."""
    if not isinstance(filters, PageFilters):
        return world.journal, world
    name, run_id = filters.world, filters.run
    if name is None and run_id is None:
        return world.journal, world
    if name is not None and run_id is not None:
        raise Problem(422, "run: it is of one world already; leave world away")
    if name == ALL:
        return worlds.journals, None
    run = next((run for run in worlds.all_runs() if run.id == run_id), None) if name is None else worlds.run_of(name)
    if run is None and name is None:
        raise Problem(404, f"run: there is no run {run_id!r}, and it is none of those that ended last; see GET /runs")
    if run is None:
        raise Problem(
            404, f"world: there is no world {name!r}, and it is none of those that ended last; {ALL} is all of them"
        )
    there = worlds.named(run.world)
    return run.journal, there if there is not None and there.record is run else None


def _users(worlds: Worlds, world: World | None, id_or_email: str) -> frozenset[str]:
    """The ids of a user: in several worlds, or one that has ended, whatever the worlds that are there call so."""
    if world is not None:
        return frozenset({known_user(world, id_or_email)})
    found = (each.store.users.find(id_or_email) for each in worlds)
    return frozenset({id_or_email, *(user.id for user in found if user is not None)})


async def _issued(worlds: AllWorlds) -> Issued:
    return worlds.has_issued


IssuedHere = Annotated[Issued, Depends(_issued)]


async def _selection(
    worlds: AllWorlds, world: SelectedWorld, filters: Annotated[Filters, Query()], issued: IssuedHere
) -> Selection:
    return Selection(worlds, world, filters, issued)


Selected = Annotated[Selection, Depends(_selection)]


async def _page(
    worlds: AllWorlds, world: SelectedWorld, filters: Annotated[PageFilters, Query()], issued: IssuedHere
) -> Selection:
    return Selection(worlds, world, filters, issued)


SelectedPage = Annotated[Selection, Depends(_page)]


def _listed(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


def _run_and_number(entry_id: str) -> tuple[str, int]:
    """Split an id into the server's run and the answer's number."""
    run, _, number = entry_id.rpartition("-")
    return run, int(number)
