"""Answers that wait for what happens in a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request

from mockcliq.control.heavy_work import hang_up
from mockcliq.runtime.journal import Exchange
from mockcliq.worlds.world import World


async def wait_until(
    is_so: Callable[[], Awaitable[bool]],
    request: Request,
    world: World,
    within_s: float,
    accepts: Callable[[Exchange], bool] = lambda _exchange: False,
) -> None:
    """Wait in real time; it is looked again at each message that is written, and each exchange that is accepted.

    Returns when it is so, when the time is over, when the world ends, and when the request's client hangs up.
    """
    wake, loop = asyncio.Event(), asyncio.get_running_loop()
    watchers = world.store.messages.watchers

    def changed() -> None:
        loop.call_soon_threadsafe(wake.set)  # large files are written on a thread, with their messages

    watchers.append(changed)
    reader = world.journal.subscribe(accepts, wake.set)
    hung_up = asyncio.ensure_future(hang_up(request))
    hung_up.add_done_callback(lambda _: wake.set())
    try:
        async with asyncio.timeout(within_s):
            while not (reader.has_ended or hung_up.done()):
                wake.clear()  # before the look, in which something may happen
                if await is_so():
                    return
                await wake.wait()
                await world.free()
    except TimeoutError:
        pass
    finally:
        hung_up.cancel()
        world.journal.unsubscribe(reader)
        watchers.remove(changed)
    await world.free()  # whoever looks next
