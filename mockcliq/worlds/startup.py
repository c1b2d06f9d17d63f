"""The start of a server's worlds: made on a thread of their own, while the server can already say that it is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mockcliq.contract.document import Blueprint
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.runtime.budget import Budget
from mockcliq.seeding.named import Recipe, blueprint
from mockcliq.store.database import Database
from mockcliq.store.database_file import open_database
from mockcliq.store.troubles import DatabaseUnusable, Trouble, explained
from mockcliq.worlds.giving_up import GivenUp
from mockcliq.worlds.registry import Worlds
from mockcliq.worlds.template import Progress, WorldTemplate
from mockcliq.worlds.world import Setup, World

_LOOKS = 4
"""The looks for idle worlds, within the time after which one is deleted."""
_LONGEST_PAUSE_S = 60

_CHECK_EVERY_S = 0.25
"""How often the database file is looked at; that it is lost is promised to be noticed within a second."""


class MemoryUse(NamedTuple):
    """The bytes that something takes, and may take; and what was dropped since it would have taken more."""

    used: int
    limit: int
    dropped: int = 0


class Startup:
    """Makes or reopens the default world once, and gives the worlds to everyone who asks.

    Args:
        setup: Of all worlds.
        recipe: Of a new default world.
        path: The default world's database file; None for memory.
        progress: Told how far it is.
        idle_s: The seconds without a request after which another world is deleted; 0 for never.

    Raises:
        BadWorld: The recipe names no world, or a file that cannot be used.
        DatabaseUnusable: The database file cannot be served.
    """

    def __init__(self, setup: Setup, recipe: Recipe, path: Path | None, progress: Progress, idle_s: float) -> None:
        self._setup = setup
        self._progress = progress
        self._idle_s = idle_s
        self._collecting: asyncio.TimerHandle | None = None
        self._writing_back: asyncio.Future[None] | None = None
        self._checking: asyncio.TimerHandle | None = None
        self._worlds: Worlds | None = None
        self._making: asyncio.Task[Worlds] | None = None
        self._ending = False
        self._database = Database.private() if path is None else open_database(path)
        # All that can be checked is checked before anything is served.
        self._default: Callable[[], World]
        if self._database.is_new:
            try:
                self._default = partial(self._build, recipe, blueprint(recipe))
            except BaseException:
                self._database.discard()
                raise
        else:
            world = self._reopen()
            self._default = lambda: world

    @property
    def uploads(self) -> Budget:
        """What the bodies of requests in flight have together."""
        return self._setup.uploads

    @property
    def is_ready(self) -> bool:
        return self._worlds is not None

    @property
    def made(self) -> Worlds:
        """The worlds, once they are there."""
        assert self._worlds is not None
        return self._worlds

    @property
    def lost(self) -> str | None:
        """Why the database file is not written any more, in a sentence; None as long as it is, or there is none."""
        why = self._database.lost
        return None if why is None else f"{self._database.path}: {why}"

    def trouble(self, error: Exception) -> Trouble | None:
        """What the disk, the database file or a limit did to cause the error; None for another kind of error."""
        return self._database.trouble(error)

    @property
    def memory(self) -> dict[str, MemoryUse]:
        """What takes memory in proportion to its use, by name."""
        journals, uploads, worlds = self._setup.journals, self._setup.uploads, self._worlds
        return {
            "journals": MemoryUse(journals.used, journals.limit, journals.dropped),
            "uploads": MemoryUse(uploads.used, uploads.limit),
            "snapshots": MemoryUse(0 if worlds is None else worlds.snapshots_size, self._setup.snapshots_bytes),
            "templates": MemoryUse(0 if worlds is None else worlds.templates_size, self._setup.templates_bytes),
        }

    def begin(self) -> asyncio.Task[Worlds]:
        """Start making them, unless that has begun."""
        if self._making is None:
            self._making = asyncio.ensure_future(self._make())
        return self._making

    async def worlds(self) -> Worlds:
        """The worlds; waits until they are there.

        Raises:
            DatabaseUnusable: They could not be made.
            DatabaseLost: The process was forked after their database was opened.
        """
        return await asyncio.shield(self.begin()) if self._worlds is None else self._worlds

    def give_up(self) -> None:
        """Leave the default world as it was found, before anything was made."""
        if self._database.is_new:
            self._database.discard()
        else:
            self._database.close()

    async def end(self) -> None:
        """Close them; a world that is still being made is given up."""
        self._ending = True
        for timer in (self._collecting, self._checking):
            if timer is not None:
                timer.cancel()
        if self._making is not None and not self._making.done():
            self._database.interrupt()
            await asyncio.wait([self._making])
        if self._worlds is not None:
            await self._worlds.close()

    async def _make(self) -> Worlds:
        self._database.require_file()
        try:
            world = await asyncio.to_thread(self._default)
        except DatabaseUnusable as error:
            # Interrupting the database looks like any other failure of it.
            raise (GivenUp if self._ending else error) from error
        del self._default  # what the world was made from may be large
        self._worlds = Worlds(self._setup, world)
        if self._idle_s:
            self._collect_idle_worlds(self._worlds)
        if self._database.path is not None:
            self._check_file()
        return self._worlds

    def _build(self, recipe: Recipe, start: Blueprint) -> World:
        template = WorldTemplate.build(self._database, recipe, start, self._watched)
        world = World(DEFAULT_WORLD, self._setup, self._database, template)
        world.start()
        return world

    def _reopen(self) -> World:
        path = self._database.path
        try:
            with explained(path):
                world = World(DEFAULT_WORLD, self._setup, self._database, WorldTemplate.from_database(self._database))
                world.resume()
        except (ValueError, TypeError) as error:
            self._database.close()
            raise DatabaseUnusable(f"{path}: it is corrupt: {error}") from error
        except BaseException:
            self._database.close()
            raise
        return world

    def _collect_idle_worlds(self, worlds: Worlds) -> None:
        worlds.collect(self._idle_s)
        again_in = min(self._idle_s / _LOOKS, _LONGEST_PAUSE_S)
        self._collecting = asyncio.get_running_loop().call_later(again_in, self._collect_idle_worlds, worlds)

    def _check_file(self) -> None:
        world = self.made.default
        if world.working is None and self._database.check():
            self._writing_back = asyncio.ensure_future(world.on_thread(self._database.write_back_log))
        self._checking = asyncio.get_running_loop().call_later(_CHECK_EVERY_S, self._check_file)

    def _watched(self, done: int, of: int) -> None:
        if self._ending:
            raise GivenUp
        self._progress(done, of)
