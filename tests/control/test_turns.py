"""Long work on the event loop lets calls be answered in between, however many do it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from mockcliq.control import turns


def test_a_turn_of_one_worker_is_a_turn_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(turns, "monotonic", lambda: now)
    rounds: list[int] = []
    """At which round of the loop a piece was done."""

    async def made() -> None:
        shared = turns.Turns()
        loop = asyncio.get_running_loop()
        number = 0

        def count() -> None:
            nonlocal number
            number += 1
            loop.call_soon(count)

        async def work() -> None:
            nonlocal now
            for _ in range(3):
                async with shared:
                    now += 5 * turns.TURN_S
                    rounds.append(number)

        loop.call_soon(count)
        await asyncio.gather(*(work() for _ in range(20)))

    asyncio.run(made())
    assert len(rounds) == 60
    assert min(after - before for before, after in pairwise(rounds)) >= 5


def test_short_work_costs_no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "monotonic", lambda: 0.0)

    async def work() -> None:
        shared = turns.Turns()
        for _ in range(1000):
            async with shared:
                pass

    with pytest.raises(StopIteration):
        work().send(None)
