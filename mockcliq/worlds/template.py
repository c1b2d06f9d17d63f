"""What a world begins as and goes back to: made once from a recipe, copied for each world that is made of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta, timezone
from functools import cached_property
from typing import Any

import orjson

from mockcliq.contract.ids import DEFAULT_WORLD, EpochMs
from mockcliq.document import Blueprint
from mockcliq.runtime.clock import Setting, running_from
from mockcliq.seeding.named import Recipe, blueprint
from mockcliq.seeding.tokens import taken_over, token_name
from mockcliq.store.database import Database
from mockcliq.store.load import load
from mockcliq.store.oauth import CredentialRows, OAuth
from mockcliq.store.tokens import Grant, Tokens
from mockcliq.store.users import Users

LARGEST_COPY = 64 * 1024 * 1024
"""The largest database of which a copy is kept to go back to; a larger one is made anew from its recipe."""

Progress = Callable[[int, int], None]
"""Told how many chats have been written, of how many."""


def unwatched(_done: int, _of: int) -> None:
    """Nobody watches the progress."""


@dataclass(frozen=True)
class WorldTemplate:
    """What a world begins as.

    Attributes:
        recipe: What it is made from.
        utc_offset: The offset that the list's times are written in.
        starts_at: Where the clock starts and runs from; None for real time.
        naming: The world that the tokens in it are named after.
        pristine: Its data, unless they are large or in a file.
    """

    recipe: Recipe
    utc_offset: timezone
    starts_at: EpochMs | None
    naming: str
    pristine: Database | None
    # One at most, so that it takes no more memory than the start itself.
    _spare: deque[Database] = field(default_factory=lambda: deque(maxlen=1), init=False, compare=False)

    @classmethod
    def of(cls, database: Database, naming: str) -> WorldTemplate:
        """What a database was filled with.

        Raises:
            ValueError: It does not say so.
            TypeError: The same.
        """
        keep = database.path is None and database.size() <= LARGEST_COPY
        return cls(
            recipe=Recipe(**orjson.loads(_property(database, "recipe"))),
            utc_offset=timezone(timedelta(seconds=orjson.loads(_property(database, "utc_offset_s")))),
            starts_at=orjson.loads(_property(database, "starts_at")),
            naming=naming,
            pristine=database.copy() if keep else None,
        )

    @classmethod
    def made(
        cls, recipe: Recipe, naming: str = DEFAULT_WORLD, progress: Progress = unwatched
    ) -> tuple[WorldTemplate, Database]:
        """Make a recipe's start, and a world's first data; may take long, and may run on another thread.

        Raises:
            BadWorld: The recipe makes no world.
        """
        database = Database.private()
        with database.first_filling():
            seed_database(database, recipe, progress=progress)
        return cls.of(database, naming), database

    def data(self) -> Database:
        """What a world holds at first, to be its own; of a start that keeps its data."""
        assert self.pristine is not None
        if self._spare:
            spare = self._spare.pop()
            if spare.go_back():
                return spare
        return self.pristine.copy()

    def give_back(self, data: Database) -> None:
        """Keep for the next world what one of this start needs no more.

        SQLite has read its schema and prepared its statements, which takes longer than all the rest of a new world.
        """
        self._spare.append(data)

    def clock(self) -> Setting:
        """How the clock of a world runs that begins now."""
        return Setting("real") if self.starts_at is None else running_from(self.starts_at)

    def credentials_of(self, world_id: str) -> CredentialRows:
        """The tokens that a world has at its start, under its own names."""
        return self.credentials if world_id == self.naming else self.credentials.renamed(self.names_of(world_id))

    def names_of(self, world_id: str) -> dict[str, str]:
        """What a world calls the tokens of this start: by the names that they have in it."""
        if world_id == self.naming:
            return {name: name for name in self.credentials.names}
        return {name: token_name(world_id, label) for name, label in self._labels.items()}

    @cached_property
    def _labels(self) -> dict[str, str]:
        """The ends of the names that other worlds have for the tokens of this start, the same in each."""
        any_world = "any"
        names = taken_over(self.credentials.names, any_world, self.naming)
        return {name: own.removeprefix(token_name(any_world, "")) for name, own in names.items()}

    @cached_property
    def grants(self) -> dict[str, Grant]:
        """What each access token stands for, of a start that keeps its data."""
        assert self.pristine is not None
        return Tokens(self.pristine).grants()

    @cached_property
    def people(self) -> list[dict[str, Any]] | None:
        """Everyone in it, of a start that keeps its data: what the making of each world of it tells."""
        return None if self.pristine is None else [person._asdict() for person in Users(self.pristine).all()]

    @cached_property
    def credentials(self) -> CredentialRows:
        """The tokens of this start, under the names that they have in it."""
        if self.pristine is None:
            return CredentialRows.of(blueprint(self.recipe))
        return OAuth(self.pristine).credentials()


def seed_database(
    database: Database, recipe: Recipe, start: Blueprint | None = None, progress: Progress = unwatched
) -> None:
    """Write what a recipe makes, and the recipe itself, into empty tables.

    Args:
        database: Whose tables.
        recipe: What to make.
        start: What it makes, where that is known already.
        progress: Told how far it is.

    Raises:
        BadWorld: The recipe makes no world.
    """
    start = blueprint(recipe) if start is None else start
    chats = start.chat_count
    done = 0

    def written(more: int) -> None:
        nonlocal done
        done += more
        progress(done, chats)

    offset = start.utc_offset.utcoffset(None)
    for name, value in (
        ("recipe", asdict(recipe)),
        ("utc_offset_s", int(offset.total_seconds())),
        ("starts_at", start.starts_at),
    ):
        database.connection.execute(
            "INSERT INTO property (name, value) VALUES (?, ?)", (name, orjson.dumps(value).decode())
        )
    load(database.connection, start, written)


def _property(database: Database, name: str) -> str:
    row = database.connection.execute("SELECT value FROM property WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise ValueError(f"the world's {name} is missing")
    return str(row[0])
