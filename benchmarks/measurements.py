"""What is measured, and the bars that it should reach.

Absolute figures differ from machine to machine and from minute to minute. So every figure is a ratio of two that were
taken one after the other in the same round, the order changing from round to round, and what counts is the median.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median

from benchmarks.load import Request, fetch, one_by_one, side_by_side
from benchmarks.servers import OWNER_TOKEN, Server, mockcliq, raise_threshold, seconds_of, yardstick

MEGABYTE = 1024 * 1024

_MEMORY_AFTER = 50_000
_MEMORY_AFTER_IN_FULL = 100_000
"""Requests after which memory is looked at."""

_MANY_CHATS = 1_000_000

_IMPORTS = (sys.executable, "-c", "import fastapi, sqlmodel")
"""What no start of this program can do without, as a program of its own."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure should reach, and what it aims at; as a maximum where less is better."""

    least: float
    aim: float | None = None
    is_maximum: bool = False

    def reached(self, figure: float) -> bool:
        """Whether the figure is good enough."""
        return self._is_within(figure, self.least)

    def aim_reached(self, figure: float) -> bool:
        """Whether it is as good as it should become."""
        return self.aim is not None and self._is_within(figure, self.aim)

    def _is_within(self, figure: float, limit: float) -> bool:
        return figure <= limit if self.is_maximum else figure >= limit


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured, once in each round.

    Attributes:
        what: What it is.
        unit: What ours and theirs are measured in.
        ours: MockCliq's.
        against: What theirs are.
        theirs: What ours is divided by, round by round; nothing where ours is the figure itself.
        bar: What is wanted of the figure; None where nothing is.
    """

    what: str
    unit: str
    ours: Sequence[float]
    against: str = ""
    theirs: Sequence[float] = ()
    bar: Bar | None = None

    @property
    def figures(self) -> list[float]:
        """What is compared with the bar, round by round."""
        if not self.theirs:
            return list(self.ours)
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def figure(self) -> float:
        """What is compared with the bar."""
        return median(self.figures)

    @property
    def is_missed(self) -> bool:
        """Whether it should be better."""
        return self.bar is not None and not self.bar.reached(self.figure)


def all_rows(rounds: int, *, full: bool) -> Iterator[Row]:
    """Measure everything, one thing after another.

    Args:
        rounds: How often each is measured; what takes long, less often.
        full: Also what takes very long: a million chats.
    """
    yield from load_rows(rounds, _MEMORY_AFTER_IN_FULL if full else _MEMORY_AFTER)
    yield reset_row(rounds)
    yield new_world_row(rounds)
    yield cold_start_row(max(1, rounds // 3))
    if full:
        yield from many_chats_rows(rounds)


def load_rows(rounds: int, memory_after: int) -> Iterator[Row]:
    """Requests of the emulated API against the same answers of FA-static, and the memory that they leave behind."""
    with ExitStack() as servers:
        ours = servers.enter_context(mockcliq())
        calls = _Calls(ours)
        theirs = servers.enter_context(yardstick("fastapi", calls.list_body))
        raw = servers.enter_context(yardstick("raw", calls.list_body))
        at_first = ours.rss() / MEGABYTE
        costs = _compared(rounds, _LOADS, {ours: calls, theirs: calls})
        ceilings = [load.measure(raw, calls) for load in _LOADS[:2]]
        for load in _LOADS:
            own, other = costs[load, ours], costs[load, theirs]
            yield Row(load.name, "req/s", _rates(own), "FA-static", _rates(other), load.throughput)
            yield Row(f"  {load.cpu_name}", "us", _cpu_us(own), "FA-static", _cpu_us(other), load.cpu)
        for load, ceiling in zip(_LOADS, ceilings, strict=False):
            yield Row(f"the generator's own ceiling: {load.name}", "req/s", _rates([ceiling]))

        sent = (rounds + 1) * sum(load.requests for load in _LOADS)
        more = max(memory_after - sent, _UNLIKE)
        memory = [_memory_after(server, calls, more) for server in (ours, theirs)]
        what = f"memory after {sent + more:,} requests"
        yield Row(what, "MB", memory[:1], "FA-static", memory[1:], Bar(1.7, 1.3, is_maximum=True))
        yield Row("  growth", "MB", [memory[0] - at_first], bar=Bar(25, is_maximum=True))


def reset_row(rounds: int) -> Row:
    """A reset of the demo world after a write, over HTTP, against a list."""
    resets, lists = [], []
    with mockcliq() as server:
        calls = _Calls(server)
        order = Request.to("POST /_mockcliq/reset", 200, 0, OWNER_TOKEN)
        order = replace(order, length=len(fetch(server.port, order)))
        for _ in range(rounds):
            *_, reset = one_by_one(server.port, [calls.unmute, calls.mute, order], 10)
            resets.append(reset / 10)
            raise_threshold(server)
            lists.append(one_by_one(server.port, [calls.list], 100)[0] / 100)
    bar = Bar(4, 2, is_maximum=True)
    return Row("reset, demo world", "us", _microseconds(resets), "list 20", _microseconds(lists), bar)


def new_world_row(rounds: int) -> Row:
    """A world of the demo's size made over HTTP and deleted again, of which the making counts, against a list."""
    made, lists = [], []
    with mockcliq() as server:
        calls = _Calls(server)
        raise_threshold(server)
        make = Request.to("POST /_mockcliq/worlds", 201, 0, OWNER_TOKEN, b'{"id":"one"}')
        delete = Request.to("DELETE /_mockcliq/worlds/one", 200, 0, OWNER_TOKEN)
        make, delete = (replace(each, length=len(fetch(server.port, each))) for each in (make, delete))
        for _ in range(rounds):
            made.append(one_by_one(server.port, [make, delete], 10)[0] / 10)
            lists.append(one_by_one(server.port, [calls.list], 100)[0] / 100)
    return Row(
        "new world, demo size", "us", _microseconds(made), "list 20", _microseconds(lists), Bar(10, 4, is_maximum=True)
    )


def cold_start_row(rounds: int) -> Row:
    """The start of the program to its first answer that it is ready, against the imports that it cannot do without."""
    starts, imports = [], []
    for _ in range(rounds):
        with mockcliq() as server:
            starts.append(server.start_s)
        imports.append(seconds_of(_IMPORTS))
    bar = Bar(1.5, 1.0, is_maximum=True)
    return Row("cold start, demo world", "s", starts, "import fastapi, sqlmodel", imports, bar)


def many_chats_rows(rounds: int) -> Iterator[Row]:
    """Lists at a million chats against a thousand."""
    with mockcliq("--chats", str(_MANY_CHATS)) as many, mockcliq("--chats", "1000") as few:
        yield Row("a million chats made, and ready", "s", [many.start_s])
        yield Row("  memory at most meanwhile", "MB", [many.peak_rss() / MEGABYTE])
        loads = (_LIST, _LIST_AFTER_MUTE)
        costs = _compared(rounds, loads, {many: _Calls(many), few: _Calls(few)})
        for load in loads:
            at_many, at_few = (_microseconds([cost.wall_s for cost in costs[load, server]]) for server in (many, few))
            bar = Bar(1.3, 1.1, is_maximum=True)
            yield Row(f"{load.name}, 1M chats", "us", at_many, "1k", at_few, bar)


class _Calls:
    """The requests that are measured, of a world's owner, with the lengths of that world's answers."""

    def __init__(self, server: Server) -> None:
        listed = "GET /api/v2/chats?limit=20"
        self.list_body = fetch(server.port, Request.to(listed, 200, 0, OWNER_TOKEN))
        self.list = Request.to(listed, 200, len(self.list_body), OWNER_TOKEN)
        chat_id = self.list_body.partition(b'"chat_id":"')[2].partition(b'"')[0].decode()
        self.mute = Request.to(f"POST /api/v2/chats/{chat_id}/mute", 204, 0, OWNER_TOKEN)
        self.unmute = Request.to(f"POST /api/v2/chats/{chat_id}/unmute", 204, 0, OWNER_TOKEN)


@dataclass(frozen=True, slots=True)
class _Cost:
    """What one request took on the wire, and of the server's processor."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class _Load:
    """A way to send requests.

    Attributes:
        name: What it is called.
        requests: How many are sent in a round.
        send: Sends so many to a port; returns the seconds that one of those took which it is about.
        throughput: What is wanted of their rate.
        cpu: What is wanted of their processor time.
        cpu_name: What that is called.
        cpu_requests: How many requests it is told for.
    """

    name: str
    requests: int
    send: Callable[[int, _Calls, int], float]
    throughput: Bar | None = None
    cpu: Bar | None = None
    cpu_name: str = "CPU for each"
    cpu_requests: int = 1

    def measure(self, server: Server, calls: _Calls) -> _Cost:
        """Send them."""
        before = server.cpu_s()
        seconds = self.send(server.port, calls, self.requests)
        return _Cost(seconds, (server.cpu_s() - before) * self.cpu_requests / self.requests)


def _list_one_by_one(port: int, calls: _Calls, requests: int) -> float:
    return one_by_one(port, [calls.list], requests)[0] / requests


def _list_side_by_side(port: int, calls: _Calls, requests: int) -> float:
    return side_by_side(port, calls.list, 32, requests) / requests


def _mute(port: int, calls: _Calls, requests: int) -> float:
    # In turn, so that each has something to write.
    return sum(one_by_one(port, [calls.mute, calls.unmute], requests // 2)) / requests


def _list_after_mute(port: int, calls: _Calls, requests: int) -> float:
    _, one, _, other = one_by_one(port, [calls.mute, calls.list, calls.unmute, calls.list], requests // 4)
    return (one + other) / (requests // 2)


_LIST_CPU = Bar(1.8, 1.1, is_maximum=True)
_LIST = _Load("list 20, 1 connection", 250, _list_one_by_one, Bar(0.70, 1.2), _LIST_CPU)
_LIST_AFTER_MUTE = _Load(
    "list 20 after each mute, 1 connection",
    200,
    _list_after_mute,
    cpu_name="CPU for the mute and the list",
    cpu_requests=2,
)
_LOADS = (
    _LIST,
    _Load("list 20, 32 connections", 400, _list_side_by_side, Bar(0.55, 0.9), _LIST_CPU),
    _Load("mute, 1 connection", 250, _mute, Bar(0.75, 1.2), Bar(1.5, is_maximum=True)),
    _LIST_AFTER_MUTE,
)

_UNLIKE = 2_000
"""Requests that fill the journal, so that it holds answers of which no two are the same object."""


def _memory_after(server: Server, calls: _Calls, requests: int) -> float:
    """The memory in MB after so many more requests."""
    if requests > _UNLIKE:
        side_by_side(server.port, calls.list, 32, requests - _UNLIKE)
    _list_after_mute(server.port, calls, _UNLIKE)
    return server.rss() / MEGABYTE


def _compared(
    rounds: int, loads: Sequence[_Load], servers: Mapping[Server, _Calls]
) -> dict[tuple[_Load, Server], list[_Cost]]:
    """What each of these loads costs each of these servers, round by round; a round before them warms up."""
    costs: dict[tuple[_Load, Server], list[_Cost]] = {(load, server): [] for load in loads for server in servers}
    in_turn = list(servers)
    for number in range(rounds + 1):
        for load in loads:
            for server in in_turn:
                cost = load.measure(server, servers[server])
                if number:
                    costs[load, server].append(cost)
        in_turn.reverse()
    return costs


def _rates(costs: Sequence[_Cost]) -> list[float]:
    return [1 / cost.wall_s for cost in costs]


def _cpu_us(costs: Sequence[_Cost]) -> list[float]:
    return _microseconds([cost.cpu_s for cost in costs])


def _microseconds(seconds: Sequence[float]) -> list[float]:
    return [each * 1_000_000 for each in seconds]
