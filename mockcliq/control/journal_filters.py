"""Which exchanges of the journal somebody asks for: the filters of its routes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import dropwhile, islice
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from mockcliq.control.deps import SelectedWorld, known_operation, known_user
from mockcliq.control.problems import Problem
from mockcliq.redaction import Issued
from mockcliq.runtime.journal import Exchange, Journal
from mockcliq.timestamps import NoMoment, parse_moment
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.world import World

_ID = re.compile("([0-9a-f]{1,20})-([0-9]{1,20})")


class Filters(BaseModel):
    """Which exchanges; what is not given does not matter."""

    operation: str | None = None
    user: str | None = Field(default=None, description="Id or e-mail address.")
    status: int | None = Field(default=None, ge=100, le=599)
    since: str | None = Field(
        default=None,
        description="An entry's id: those after it. Or a moment, ISO 8601 or epoch milliseconds: those from it on.",
    )
    limit: int | None = Field(default=None, ge=1, description="At most so many, the latest.")


class Selection:
    """The exchanges of a world that these filters let through.

    Raises:
        Problem: A filter names something that is not there.
    """

    def __init__(self, world: World, filters: Filters) -> None:
        self.world = world
        self.filters = filters
        self._operation = None if filters.operation is None else known_operation(world, filters.operation)
        self._user = None if filters.user is None else known_user(world, filters.user)
        self._is_since = None if filters.since is None else _since(world.journal, filters.since)

    def wants(self, exchange: Exchange) -> bool:
        """Whether the exchange is one of them, whenever it was."""
        return (
            (self._operation is None or self._operation == exchange.operation)
            and self._user in (None, exchange.user)
            and self.filters.status in (None, exchange.status)
        )

    def kept(self) -> list[Exchange]:
        """Those in the journal, oldest first."""
        every: Iterator[Exchange] = iter(self.world.journal)
        if self._is_since is not None:
            every = self._is_since(every)
        chosen = [each for each in every if self.wants(each)]
        return chosen if self.filters.limit is None else chosen[-self.filters.limit :]

    def replayed(self) -> list[Exchange]:
        """Those that whoever reads on from some point has missed; none without such a point."""
        return [] if self._is_since is None else self.kept()


def _selection(world: SelectedWorld, filters: Annotated[Filters, Query()]) -> Selection:
    return Selection(world, filters)


Selected = Annotated[Selection, Depends(_selection)]
"""What the query asks for."""


async def _issued(request: Request) -> Issued:
    startup: Startup = request.app.state.startup
    return (await startup.worlds()).has_issued


IssuedHere = Annotated[Issued, Depends(_issued)]
"""Which tokens, secrets and codes are this server's own."""


def _since(journal: Journal, since: str) -> Callable[[Iterator[Exchange]], Iterator[Exchange]]:
    if _ID.fullmatch(since):
        return _after_entry(journal, since)
    try:
        moment = parse_moment(since)
    except NoMoment as error:
        raise Problem(422, f"since: an entry's id, or {error}") from error
    return lambda every: (each for each in every if each.time >= moment)


def _after_entry(journal: Journal, entry_id: str) -> Callable[[Iterator[Exchange]], Iterator[Exchange]]:
    if journal.find(entry_id) is not None:
        return lambda every: islice(dropwhile(lambda each: each.id != entry_id, every), 1, None)
    # It made room for later ones, or is another world's: ids are counted.
    run, number = _run_and_number(entry_id)
    for each in journal:
        if _run_and_number(each.id)[0] != run:
            raise Problem(422, f"since: no entry of this server has the id {entry_id}; it may be from before a restart")
    return lambda every: (each for each in every if _run_and_number(each.id)[1] > number)


def _run_and_number(entry_id: str) -> tuple[str, int]:
    """Which run of the server it was, and the how-manieth of its answers."""
    run, _, number = entry_id.rpartition("-")
    return run, int(number)
