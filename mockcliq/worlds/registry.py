"""The worlds of a server: the making of the first, of more by the way, and which of them a request belongs to."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any
from weakref import finalize

from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.document import Blueprint
from mockcliq.seeding.files import read_document, settle, written_down
from mockcliq.seeding.named import Recipe, blueprint
from mockcliq.seeding.tokens import CLIENT, fixed_names, token_name
from mockcliq.store.database import Database, DatabaseUnusable, explained
from mockcliq.store.database_file import open_database
from mockcliq.worlds.credentials import Taken
from mockcliq.worlds.template import Progress, WorldTemplate, seed_database, unwatched
from mockcliq.worlds.world import Setup, World

_WELL_KNOWN = frozenset({CLIENT.client_id, CLIENT.client_secret})

_REMEMBERED = 16
"""How many starts are kept, so that the next world of the same recipe is a copy."""


class GivenUp(Exception):
    """The server ends before a world was complete."""


class Preparation:
    """The default world about to be made or opened, everything checked that can be checked beforehand.

    Args:
        setup: What it will have in common with the server's other worlds.
        recipe: What a new one is made from.
        path: The database file that keeps it; None for a world in memory.

    Raises:
        BadWorld: The recipe names no world, or a file that cannot be used.
        DatabaseUnusable: The database file cannot be served.
    """

    def __init__(self, setup: Setup, recipe: Recipe, path: Path | None = None) -> None:
        self.setup = setup
        self._recipe = recipe
        self._database = Database.private() if path is None else open_database(path)
        self._world: World | None = None
        self._blueprint: Blueprint | None = None
        if not self._database.is_new:
            self._world = self._reopened()
            return
        try:
            self._blueprint = blueprint(recipe)
        except BaseException:
            self._database.discard()
            raise

    def complete(self, progress: Progress = unwatched) -> World:
        """Write what has to be written; may take long, and may run on another thread.

        Raises:
            DatabaseUnusable: The disk is full, or refuses otherwise; a new file is gone again.
        """
        if self._world is None:
            with self._database.first_filling():
                seed_database(self._database, self._recipe, self._blueprint, progress)
            start = WorldTemplate.of(self._database, DEFAULT_WORLD)
            self._world = World(DEFAULT_WORLD, self.setup, self._database, start)
            self._world.begin()
        return self._world

    def interrupt(self) -> None:
        """Break off a statement that is being carried out, such as the making of a big index; from any thread."""
        self._database.interrupt()

    def _reopened(self) -> World:
        path = self._database.path
        try:
            with explained(path):
                world = World(
                    DEFAULT_WORLD, self.setup, self._database, WorldTemplate.of(self._database, DEFAULT_WORLD)
                )
                world.resume()
        except DatabaseUnusable:
            self._database.close()
            raise
        except (ValueError, TypeError) as error:
            self._database.close()
            raise DatabaseUnusable(f"{path}: it is corrupt: {error}") from error
        return world


class Worlds:
    """The worlds of a server, and which of them a request belongs to.

    Args:
        setup: What they have in common.
        default: The world that every server has.
        recipe: What the server was started with, and what a world is made from of which nothing else is said.

    Attributes:
        default: The world that every server has.
        recipe: What the server was started with.
    """

    def __init__(self, setup: Setup, default: World, recipe: Recipe) -> None:
        self.default = default
        self.recipe = recipe
        self._setup = setup
        self._by_id = {default.id: default}
        self._numbers = count(1)
        self._is_closed = False
        self._starts: OrderedDict[Recipe, WorldTemplate] = OrderedDict()
        self._making: dict[Recipe, asyncio.Future[tuple[WorldTemplate, Database]]] = {}
        if default.start.pristine is not None:
            self._starts[default.start.recipe] = default.start

    def __iter__(self) -> Iterator[World]:
        """All of them, the oldest first."""
        return iter(list(self._by_id.values()))

    def named(self, world_id: str) -> World | None:
        """The world of that name."""
        return self._by_id.get(world_id)

    def of_token(self, token: str) -> World | None:
        """The world that issued the token, refresh token or code; None where nobody knows it."""
        return self._by_id.get(self._setup.issued.get(token, ""))

    def has_issued(self, secret: str) -> bool:
        """Whether a token, refresh token or code is one of ours, or belongs to the client that all worlds have."""
        return secret in self._setup.issued or secret in _WELL_KNOWN

    def end_streams(self) -> None:
        """Tell everyone who reads a journal as it grows that it ends."""
        for world in self:
            world.journal.close()

    async def start_of(self, recipe: Recipe) -> tuple[WorldTemplate, Database]:
        """The start of that recipe and a world's first data: a copy, or made on another thread.

        Several that ask for the same at once wait for one making.

        Raises:
            BadWorld: It makes no world.
        """
        remembered = self._starts.get(recipe)
        if remembered is not None:
            start = remembered
        elif recipe in self._making:
            start, _ = await asyncio.shield(self._making[recipe])
        else:
            making = asyncio.ensure_future(asyncio.to_thread(WorldTemplate.made, recipe, progress=self._go_on))
            self._making[recipe] = making
            making.add_done_callback(lambda done: (self._making.pop(recipe), done.cancelled() or done.exception()))
            start, data = await asyncio.shield(making)
            self._remember(start)
            return start, data
        if start.pristine is None:
            return await asyncio.to_thread(WorldTemplate.made, recipe, progress=self._go_on)
        self._remember(start)
        return start, start.data()

    async def imported(
        self, document: bytes | str | dict[str, Any], world_id: str
    ) -> tuple[WorldTemplate, Database, dict[str, str]]:
        """The start that a world document makes for one world, made on another thread.

        Args:
            document: What was read of its JSON, or its text in JSON or YAML.
            world_id: Whose start it becomes.

        Returns:
            The start, a world's first data, and the tokens that were another world's: their new names by the old.

        Raises:
            BadWorldFile: It is no world document.
        """
        while True:
            start, data, renamed = await asyncio.to_thread(self._import, document, world_id)
            names = set(start.credentials_of(world_id).names) - fixed_names(world_id)
            # Meanwhile another world may have come to a token of the same name.
            if not any(self._is_anothers(name, world_id) for name in names):
                return start, data, renamed

    def free_name(self) -> str:
        """A name that no world has."""
        return next(name for name in (f"w{number}" for number in self._numbers) if name not in self._by_id)

    def add(self, world_id: str, start: WorldTemplate, data: Database, *, rate_limit: bool | None = None) -> World:
        """Make a world of a start.

        Args:
            world_id: What no other is called.
            start: What it begins as.
            data: What it holds at its start, to be its own.
            rate_limit: Whether limits are applied in it; as in the server's others, where None.

        Raises:
            Taken: There is such a world by now, or another has one of its tokens.
        """
        if world_id in self._by_id:
            raise Taken(f"there is a world {world_id!r}")
        setup = self._setup if rate_limit is None else replace(self._setup, rate_limit=rate_limit)
        world = World(world_id, setup, data, start)
        world.begin()
        self._by_id[world_id] = world
        return world

    def delete(self, world: World) -> None:
        """End a world, and its tokens with it. Its database is free when the last call that uses it is through."""
        del self._by_id[world.id]
        world.end()
        if world.start.pristine is not None:
            finalize(world, world.start.give_back, world.store.database)

    def collect(self, idle_s: float) -> None:
        """Delete the worlds, save the default one, that nobody follows or has asked for so many seconds."""
        latest = monotonic() - idle_s
        for world in self:
            if world is not self.default and world.last_used <= latest and not world.journal.is_followed:
                self.delete(world)

    def close(self) -> None:
        """Close them all; one that is being made is given up."""
        self._is_closed = True
        for world in self:
            world.close()

    def _import(
        self, document: bytes | str | dict[str, Any], world_id: str
    ) -> tuple[WorldTemplate, Database, dict[str, str]]:
        text = json.dumps(document) if isinstance(document, dict) else document
        world = read_document(text.encode() if isinstance(text, str) else text)
        renamed = settle(world, world_id, lambda name: self._is_anothers(name, world_id))
        recipe = replace(self.recipe, world=world.name, document=written_down(world).decode())
        start, data = WorldTemplate.made(recipe, naming=world_id, progress=self._go_on)
        return start, data, renamed

    def _go_on(self, _done: int, _of: int) -> None:
        if self._is_closed:
            raise GivenUp

    def _remember(self, start: WorldTemplate) -> None:
        """Keep it for the next world of its recipe; of too many the one goes that was asked for longest ago."""
        if start.pristine is None:
            return
        self._starts[start.recipe] = start
        self._starts.move_to_end(start.recipe)
        if len(self._starts) > _REMEMBERED:
            self._starts.popitem(last=False)

    def _is_anothers(self, credential: str, world_id: str) -> bool:
        """Whether another world has that token, or may have it yet, since it is named after that world."""
        issuer = self._setup.issued.get(credential) or self._named_after(credential)
        return issuer not in (None, world_id)

    def _named_after(self, credential: str) -> str | None:
        if credential.startswith(token_name(DEFAULT_WORLD, "")):
            return DEFAULT_WORLD
        world_id = credential.split(".")[1] if credential.startswith("1000.") else None
        return world_id if world_id in self._by_id else None
