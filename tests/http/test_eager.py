"""Requests that begin outside a task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from mockcliq.http.eager import EagerLoop, EagerTask

Begin = Callable[[Coroutine[Any, Any, None]], tuple[EagerTask, asyncio.Future[EagerTask]]]


def began(tell: Callable[[Begin], Awaitable[None]]) -> None:
    """Tell a story with a function that begins a request; it gives its task, and that again at its end."""

    async def story() -> None:
        loop = EagerLoop(asyncio.get_running_loop(), lambda: True)

        def begin(request: Coroutine[Any, Any, None]) -> tuple[EagerTask, asyncio.Future[EagerTask]]:
            ended: asyncio.Future[EagerTask] = asyncio.get_running_loop().create_future()
            task = loop.create_task(request)
            assert isinstance(task, EagerTask)
            task.add_done_callback(ended.set_result)
            loop.begin()
            return task, ended

        await tell(begin)

    asyncio.run(story())


def test_a_request_that_waits_for_nothing_is_through_once_it_has_begun() -> None:
    async def request(seen: list[object]) -> None:
        seen.append(asyncio.all_tasks())

    async def story(begin: Begin) -> None:
        seen: list[object] = []
        task, ended = begin(request(seen))
        assert seen == [{asyncio.current_task()}]
        assert ended.result() is task
        task.cancel()  # too late, as with a task

    began(story)


def test_a_request_that_waits_goes_on_in_a_task_and_gets_what_it_waited_for() -> None:
    async def request(first: Awaitable[str], second: asyncio.Future[str], seen: list[object]) -> None:
        seen.append(await first)
        second.set_result("two")
        await asyncio.sleep(0)
        async with asyncio.timeout(60):  # which asks for its task
            seen.append(await second)

    async def story(begin: Begin) -> None:
        loop, seen = asyncio.get_running_loop(), list[object]()
        first, second = loop.create_future(), loop.create_future()
        task, ended = begin(request(first, second, seen))
        first.set_result("one")
        assert await ended is task
        assert seen == ["one", "two"]

    began(story)


@pytest.mark.parametrize("error", [ValueError("no"), asyncio.CancelledError()])
def test_what_goes_wrong_in_what_it_waits_for_is_raised_in_the_request(error: BaseException) -> None:
    async def request(waited: Awaitable[None], seen: list[BaseException]) -> None:
        try:
            await waited
        except BaseException as caught:  # noqa: BLE001 - a cancellation is one, too
            seen.append(caught)

    async def story(begin: Begin) -> None:
        waited, seen = asyncio.get_running_loop().create_future(), list[BaseException]()
        task, ended = begin(request(waited, seen))
        if isinstance(error, asyncio.CancelledError):
            await asyncio.sleep(0)  # what waits is a task's from the next turn on, as with any task
            task.cancel()
        else:
            waited.set_exception(error)
        assert await ended is task
        assert [type(each) for each in seen] == [type(error)]

    began(story)


def test_other_requests_run_in_a_task_from_their_start() -> None:
    async def story() -> None:
        loop = EagerLoop(asyncio.get_running_loop(), lambda: False)
        seen: list[object] = []

        async def request() -> None:
            seen.append(asyncio.current_task())

        task = loop.create_task(request())
        loop.begin()
        assert seen == []
        assert isinstance(task, asyncio.Task)
        await task
        assert seen == [task]

    asyncio.run(story())
