"""Requests that begin the moment they are read, outside a task.

A task begins at the next turn of the event loop, which costs a system call. Most calls are answered without waiting, so
they need none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from mockcliq.gateway.waiting import resumed
from mockcliq.http.idle_timer import IdleTimer


class EagerLoop:
    """An event loop for one of uvicorn's protocols, which keeps the request that the protocol starts until `begin`.

    A request that `is_eager` says yes to then runs at once until it first waits, and from there on in a task. Its code
    must not ask for its task before. All others run in a task from their start.

    Attributes:
        idle_timer: Of the protocol's only timer, that of its keep-alive.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, is_eager: Callable[[], bool]) -> None:
        self.idle_timer = IdleTimer(loop)
        self.call_later = self.idle_timer.start
        self._loop = loop
        self._is_eager = is_eager
        self._kept: EagerTask | None = None

    def create_task(self, request: Coroutine[Any, Any, None], **options: Any) -> EagerTask | asyncio.Task[None]:
        """Keep the request, if it is eager."""
        if options or not self._is_eager():
            return self._loop.create_task(request, **options)
        self._kept = EagerTask(request, self._loop)
        return self._kept

    def begin(self) -> None:
        """Begin with the request that is kept, if any."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.begin()


class EagerTask:
    """A request; in what uvicorn asks of it, it is like a task."""

    __slots__ = ("_done", "_loop", "_request", "_rest")

    def __init__(self, request: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> None:
        self._request = request
        self._loop = loop
        self._rest: asyncio.Task[None] | None = None
        self._done: Callable[[EagerTask], object] = lambda _: None

    def add_done_callback(self, done: Callable[[EagerTask], object]) -> None:
        """Set what is called at its end."""
        self._done = done

    def begin(self) -> None:
        """Run until it ends or first waits."""
        try:
            waited_for = self._request.send(None)
        except StopIteration:
            self._done(self)
        else:
            self._rest = self._loop.create_task(_rest(self._request, waited_for))
            self._rest.add_done_callback(lambda _: self._done(self))

    def cancel(self) -> None:
        """Cancel what is left of it."""
        if self._rest is not None:
            self._rest.cancel()


async def _rest(request: Coroutine[Any, Any, None], waited_for: object) -> None:
    await resumed(request, waited_for)
