"""What a world starts from and goes back to: built once, copied for each world that starts from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta, timezone
from functools import cached_property
from typing import Any

import orjson

from mockcliq.contract.document import Blueprint
from mockcliq.contract.ids import DEFAULT_WORLD, EpochMs
from mockcliq.runtime.clock import Setting, running_from
from mockcliq.seeding.named import Recipe, blueprint
from mockcliq.seeding.tokens import label_in
from mockcliq.store.database import Database
from mockcliq.store.load import load
from mockcliq.store.oauth import CredentialRows, OAuth
from mockcliq.store.store import Store
from mockcliq.store.tokens import Tokens
from mockcliq.store.users import User, Users
from mockcliq.worlds.credentials import InitialCredentials

LARGEST_COPY = 64 * 1024 * 1024
"""The size in bytes up to which a copy is kept to go back to; a larger database is made anew from its recipe."""

Progress = Callable[[int, int], None]
"""Told how many chats have been written, of how many."""


@dataclass(frozen=True)
class WorldTemplate:
    """What a world starts from.

    Attributes:
        starts_at: Where the clock starts and runs from; None for real time.
        pristine: Its data, unless they are large or in a file.
        renamed: The tokens of its document that another world has: name in the document to name in this world.
    """

    recipe: Recipe
    utc_offset: timezone
    starts_at: EpochMs | None
    credentials: InitialCredentials
    pristine: Database | None
    renamed: Mapping[str, str] = field(default_factory=dict)
    # One at most, so that it takes no more memory than the template itself.
    _spare: deque[Database] = field(default_factory=lambda: deque(maxlen=1), init=False, compare=False)

    @classmethod
    def build(
        cls,
        database: Database,
        recipe: Recipe,
        start: Blueprint,
        progress: Progress,
        named_for: str = DEFAULT_WORLD,
    ) -> WorldTemplate:
        """Fill the first world's new database; may take long, and may run on another thread.

        The tokens in it are named after the world ``named_for``. If it fails, the database is gone again.

        Raises:
            DatabaseUnusable: The disk is full, or refuses otherwise.
        """
        with database.first_filling():
            seed_database(database, recipe, start, progress)
        initial = InitialCredentials(named_for, OAuth(database).credentials(), Tokens(database).grants())
        keep = database.path is None and database.size() <= LARGEST_COPY
        pristine = database.copy() if keep else None
        return cls(recipe, start.utc_offset, start.starts_at, initial, pristine)

    @classmethod
    def from_database(cls, database: Database) -> WorldTemplate:
        """What a database file was filled with, when it was new or by an import.

        Raises:
            ValueError: A property is missing or malformed.
            TypeError: The same.
            BadWorld: The file that it was made from cannot be used.
        """
        store = Store(database)

        def fact(name: str) -> Any:
            value = store.property(name)
            if value is None:
                raise ValueError(f"the world's {name} is missing")
            return orjson.loads(value)

        recipe = Recipe(**{"document": store.property("document"), **fact("recipe")})
        return cls(
            recipe,
            utc_offset=timezone(timedelta(seconds=fact("utc_offset_s"))),
            starts_at=fact("starts_at"),
            credentials=InitialCredentials(DEFAULT_WORLD, CredentialRows.of(blueprint(recipe)), None),
            pristine=None,
        )

    @cached_property
    def size(self) -> int:
        """In bytes, with a database that is kept for the next world."""
        return 0 if self.pristine is None else 2 * self.pristine.size()

    @property
    def data(self) -> Database | None:
        """What the next world starts with, or a copy of that; None where there is nothing to take."""
        return self._spare[-1] if self._spare else self.pristine

    def take_database(self) -> Database:
        """The data of one more world that starts, to be its own."""
        if self._spare:
            spare = self._spare.pop()
            if spare.go_back():
                return spare
        assert self.pristine is not None
        return self.pristine.copy()

    def recycle(self, database: Database) -> None:
        """Keep a marked database, now free, for the next world.

        SQLite has read its schema and prepared its statements, which takes longer than all the rest of a new world.
        """
        self._spare.append(database)

    def clock(self) -> Setting:
        """The clock setting of a world that starts now."""
        return Setting("real") if self.starts_at is None else running_from(self.starts_at)

    def renamed_in(self, world_id: str) -> Mapping[str, str]:
        """Renamed tokens, without the fixed ones: name in the document to name in that world."""
        if world_id == self.credentials.named_for:
            return self.renamed
        names = self.credentials.names_in(world_id)
        return {old: new for old, new in names.items() if label_in(old, self.credentials.named_for) is None}

    @cached_property
    def people(self) -> list[User] | None:
        """Everyone in it, of a template that keeps its data: what the making of each world tells."""
        return None if self.pristine is None else list(Users(self.pristine).all())


def seed_database(
    database: Database, recipe: Recipe, start: Blueprint, progress: Progress = lambda _done, _of: None
) -> None:
    """Write into empty tables a recipe and the start that it makes."""
    chats, done = start.chat_count, 0

    def written(more: int) -> None:
        nonlocal done
        done += more
        progress(done, chats)

    store, facts = Store(database), asdict(recipe)
    document = facts.pop("document")
    if document is not None:
        store.set_property("document", document)
    utc_offset_s = int(start.utc_offset.utcoffset(None).total_seconds())
    for name, value in (("recipe", facts), ("utc_offset_s", utc_offset_s), ("starts_at", start.starts_at)):
        store.set_property(name, orjson.dumps(value).decode())
    load(database.connection, start, written)
