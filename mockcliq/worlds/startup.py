"""The making of a server's worlds, on a thread of its own, while the server can already say that it is alive."""

from __future__ import annotations

import asyncio

from mockcliq.store.database import DatabaseUnusable
from mockcliq.worlds.registry import GivenUp, Preparation, Worlds
from mockcliq.worlds.template import Progress

_LOOKS = 4
"""How often it is looked for worlds that nobody uses, within the time after which they are collected."""
_LONGEST_PAUSE_S = 60


class Startup:
    """Makes the default world once, and gives it to everyone who asks.

    Args:
        preparation: The world to make.
        progress: Told how far it is.
        idle_s: After how many seconds without a request another world is collected; 0 for never.
    """

    def __init__(self, preparation: Preparation, progress: Progress, idle_s: float) -> None:
        self._preparation = preparation
        self._progress = progress
        self._idle_s = idle_s
        self._collecting: asyncio.TimerHandle | None = None
        self._worlds: Worlds | None = None
        self._making: asyncio.Task[Worlds] | None = None
        self._ending = False

    @property
    def is_ready(self) -> bool:
        """Whether the worlds are there."""
        return self._worlds is not None

    @property
    def made(self) -> Worlds:
        """The worlds, once they are there."""
        assert self._worlds is not None
        return self._worlds

    def begin(self) -> asyncio.Task[Worlds]:
        """Start making them, unless that has begun."""
        if self._making is None:
            self._making = asyncio.ensure_future(self._make())
        return self._making

    async def worlds(self) -> Worlds:
        """The worlds; waits until they are there.

        Raises:
            DatabaseUnusable: They could not be made.
        """
        return await asyncio.shield(self.begin()) if self._worlds is None else self._worlds

    async def end(self) -> None:
        """Close them; a world that is still being made is given up."""
        self._ending = True
        if self._collecting is not None:
            self._collecting.cancel()
        if self._making is not None and not self._making.done():
            self._preparation.interrupt()
            await asyncio.wait([self._making])
        if self._worlds is not None:
            self._worlds.close()

    async def _make(self) -> Worlds:
        try:
            world = await asyncio.to_thread(self._preparation.complete, self._watched)
        except DatabaseUnusable as error:
            # Interrupting the database looks like any other failure of it.
            raise (GivenUp if self._ending else error) from error
        self._worlds = Worlds(self._preparation.setup, world, world.start.recipe)
        if self._idle_s:
            self._collect_idle_worlds(self._worlds)
        return self._worlds

    def _collect_idle_worlds(self, worlds: Worlds) -> None:
        worlds.collect(self._idle_s)
        again_in = min(self._idle_s / _LOOKS, _LONGEST_PAUSE_S)
        self._collecting = asyncio.get_running_loop().call_later(again_in, self._collect_idle_worlds, worlds)

    def _watched(self, done: int, of: int) -> None:
        if self._ending:
            raise GivenUp
        self._progress(done, of)
