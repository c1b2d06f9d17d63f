"""The keep-alive timer: the same as the event loop's own, at a fraction of its cost."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any, cast
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.http.connection import HttpConnection
from mockcliq.http.idle_timer import IdleTimer
from mockcliq.http.limits import Timeouts
from tests.http.test_slow_clients import LIST, patient_for
from tests.processes import until
from tests.wire import connected

SECONDS = 5


class _Loop:
    """A loop whose time a test moves."""

    def __init__(self) -> None:
        self.now = 0
        self.timers: list[_Timer] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object]) -> _Timer:
        timer = _Timer(self, self.now + delay, callback)
        self.timers.append(timer)
        return timer

    def pass_second(self) -> None:
        self.now += 1
        for timer in [each for each in self.timers if each.at <= self.now]:
            self.timers.remove(timer)
            timer.callback()


class _Timer:
    def __init__(self, loop: _Loop, at: float, callback: Callable[[], object]) -> None:
        self.at = at
        self.callback = callback
        self._loop = loop

    def cancel(self) -> None:
        if self in self._loop.timers:
            self._loop.timers.remove(self)


@given(st.lists(st.sampled_from(["start", "cancel", "second"]), max_size=50))
def test_it_runs_out_when_the_loops_own_timer_would(steps: list[str]) -> None:
    loop, own_loop = _Loop(), _Loop()
    idle_timer = IdleTimer(cast("Any", loop))
    own: _Timer | None = None
    ended: list[int] = []
    own_ended: list[int] = []
    for step in [*steps, *["second"] * SECONDS]:
        if step == "second":
            loop.pass_second()
            own_loop.pass_second()
        else:
            idle_timer.cancel()
            if own is not None:
                own.cancel()
        if step == "start":
            idle_timer.start(SECONDS, lambda: ended.append(loop.now))
            own = own_loop.call_later(SECONDS, lambda: own_ended.append(own_loop.now))
        assert ended == own_ended
        assert len(loop.timers) <= 1
    idle_timer.drop()
    assert not loop.timers


@pytest.mark.slow
def test_a_connection_that_ended_is_not_kept_for_its_timer() -> None:
    def connections() -> list[HttpConnection]:
        gc.collect()
        return [each for each in gc.get_objects() if type(each) is HttpConnection]

    with patient_for(Timeouts(idle=3600)) as server:
        before = set(map(ref, connections()))
        with connected(server.port) as plain, connected(server.port) as odd:
            plain.send(LIST)
            odd.send(LIST)
            assert plain.answer().status_code == odd.answer().status_code == 200
            odd.send(b"ODD / HTTP/1.1\r\nHost: here\r\n\r\n")  # from here on another parser's
            assert odd.answer().status_code == 404
            ours = set(map(ref, connections())) - before
            assert len(ours) >= 2
        until(lambda: connections() is not None and not any(each() for each in ours))
