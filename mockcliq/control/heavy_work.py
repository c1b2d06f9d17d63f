"""Work that takes long and much memory: on other threads, by one request at a time, for as long as its client waits."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event

from starlette.requests import ClientDisconnect, Request

from mockcliq.worlds.giving_up import GivenUp, GoOn


class HeavyWork:
    """The lock of all that is heavy in a server."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def turn_of(self, request: Request) -> AsyncIterator[GoOn]:
        """Wait until no other request does what is heavy; gives what the work has to call now and then.

        The request's body is read by now.

        Raises:
            ClientDisconnect: Its client has gone; what was begun is given up.
        """
        gone = Event()
        watching = asyncio.ensure_future(hang_up(request))
        watching.add_done_callback(lambda _: gone.set())

        def go_on() -> None:
            if gone.is_set():
                raise GivenUp

        taking = asyncio.ensure_future(self._lock.acquire())
        try:
            await asyncio.wait([taking, watching], return_when=asyncio.FIRST_COMPLETED)
            if gone.is_set():
                raise ClientDisconnect
            with _without_collector():
                try:
                    yield go_on
                except GivenUp:
                    raise ClientDisconnect from None
        finally:
            watching.cancel()
            if taking.done() and not taking.cancelled():
                self._lock.release()
            taking.cancel()


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave the garbage collector out: it would visit all that a document has, and everybody would wait for it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def hang_up(request: Request) -> None:
    """Return when the client is gone; what is left of its request is read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
