"""Filters of the journal's routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import dropwhile, islice
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from mockcliq.contract.timestamps import NoMoment, parse_moment
from mockcliq.control.deps import AllWorlds, SelectedWorld, known_operation, known_user
from mockcliq.control.problems import Problem
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


class Selection:
    """The exchanges of a world that match filters.

    Raises:
        Problem: A filter names an unknown operation, user or entry.
    """

    def __init__(self, world: World, filters: Filters) -> None:
        self.world = world
        self.filters = filters
        self._operation = None if filters.operation is None else known_operation(world, filters.operation)
        self._user = None if filters.user is None else known_user(world, filters.user)
        self._is_since = None if filters.since is None else _since(world.journal, filters.since)

    def accepts(self, exchange: Exchange) -> bool:
        """Whether an exchange matches, whatever its time."""
        return (
            (self._operation is None or self._operation == exchange.operation)
            and self._user in (None, exchange.user)
            and self.filters.status in (None, exchange.status)
        )

    def kept(self) -> list[Exchange]:
        """The matching exchanges in the journal, oldest first."""
        exchanges: Iterator[Exchange] = iter(self.world.journal)
        if self._is_since is not None:
            exchanges = self._is_since(exchanges)
        chosen = [each for each in exchanges if self.accepts(each)]
        return chosen if self.filters.limit is None else chosen[-self.filters.limit :]


async def _selection(world: SelectedWorld, filters: Annotated[Filters, Query()]) -> Selection:
    return Selection(world, filters)


Selected = Annotated[Selection, Depends(_selection)]


async def _issued(worlds: AllWorlds) -> Issued:
    return worlds.has_issued


IssuedHere = Annotated[Issued, Depends(_issued)]


def _since(journal: Journal, since: str) -> Callable[[Iterator[Exchange]], Iterator[Exchange]]:
    if _ID.fullmatch(since):
        return _after_entry(journal, since)
    try:
        moment = parse_moment(since)
    except NoMoment as error:
        raise Problem(422, f"since: an entry's id, or {error}") from error
    return lambda exchanges: (each for each in exchanges if each.time >= moment)


def _after_entry(journal: Journal, entry_id: str) -> Callable[[Iterator[Exchange]], Iterator[Exchange]]:
    if journal.find(entry_id) is not None:
        return lambda exchanges: islice(dropwhile(lambda each: each.id != entry_id, exchanges), 1, None)
    # It was dropped, or belongs to another world: compare the counters in the ids.
    run, number = _run_and_number(entry_id)
    for each in journal:
        if _run_and_number(each.id)[0] != run:
            raise Problem(422, f"since: no entry of this server has the id {entry_id}; it may be from before a restart")
    return lambda exchanges: (each for each in exchanges if _run_and_number(each.id)[1] > number)


def _run_and_number(entry_id: str) -> tuple[str, int]:
    """Split an id into the server's run and the answer's number."""
    run, _, number = entry_id.rpartition("-")
    return run, int(number)
