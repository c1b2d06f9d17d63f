"""Long work on the event loop, in short turns, so that calls are answered between them."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from mockcliq.runtime.clock import monotonic

TURN_S = 0.004
"""How long such work may hold the event loop. A call takes some rounds of the loop, up to ten in the control API: it
waits for as many turns."""


class Turns:
    """The turns of a server, which all of its long work shares: a hundred readers hold the loop no longer than one.

    Each short piece of work is done in ``async with``, and waits for nothing there; a turn ends with a piece.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._began = 0.0
        self._worked_s = 0.0

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        self._began = monotonic()

    async def __aexit__(self, *_error: object) -> None:
        try:
            self._worked_s += monotonic() - self._began
            # After a piece that took longer come more rounds for others.
            while self._worked_s >= TURN_S:
                self._worked_s -= TURN_S
                await asyncio.sleep(0)
        finally:
            self._lock.release()


async def _turns(request: Request) -> Turns:
    turns: Turns = request.app.state.turns
    return turns


InTurns = Annotated[Turns, Depends(_turns)]
