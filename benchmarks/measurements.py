"""What is measured.

Absolute figures differ from machine to machine and from minute to minute. So every figure is a ratio of two that were
taken one after the other in the same round, the order changing from round to round, and what counts is the median.
"""

from __future__ import annotations

import resource
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from benchmarks.install import installed_bytes
from benchmarks.load import Request, by_proxy, by_tls, fetch, idle, one_by_one, side_by_side
from benchmarks.loads import (
    LIST,
    LIST_AFTER_MUTE,
    LIST_AFTER_POST,
    LIST_SIDE_BY_SIDE,
    MUTE,
    POST,
    READ,
    Calls,
    ConversationCalls,
    Load,
    compared,
    cpu_us,
    listed_by,
    microseconds,
    ninety_ninth,
    rates,
    wall_us,
)
from benchmarks.peers import PEERS
from benchmarks.rows import Row
from benchmarks.servers import (
    OWNER_TOKEN,
    REPOSITORY,
    Server,
    Unavailable,
    environment,
    free_port,
    mockcliq,
    raise_threshold,
    seconds_of,
    yardstick,
)

KILOBYTE = 1024
MEGABYTE = 1024 * KILOBYTE

_FEW_CHATS = 1_000
_MESSAGES_PER_CHAT = 10

_TIMES_SIDE_BY_SIDE = 5

_OWN_FILES = 100
"""Files that the load generator, or a server, has open beside its connections."""

_IMPORTS = (sys.executable, "-c", "import fastapi, sqlmodel")
"""What no start of this program can do without, as a program of its own."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How thoroughly to measure.

    Attributes:
        rounds: How often each thing is measured; what takes long, less often.
        requests: How many are sent in a round, of each kind.
        memory_after: How many requests memory is looked at after.
        journal: How many fill the journal with answers of which no two are the same object.
        warm_up: How many requests other makers' servers get before they are measured: some compile while they run.
        clients: How many are many clients at once.
        idle: How many connections are many that do nothing.
        chats: How many chats are many.
        faker_chats: How many of those Faker makes row by row; what it would take for all of them follows.
    """

    rounds: int = 20
    requests: int = 1_000
    memory_after: int = 100_000
    journal: int = 2_000
    warm_up: int = 4_000
    clients: int = 500
    idle: int = 2_000
    chats: int = 1_000_000
    faker_chats: int = 20_000

    @property
    def few_rounds(self) -> int:
        """For what takes a second or so."""
        return max(1, self.rounds // 3)

    @property
    def fewest_rounds(self) -> int:
        """For what takes many."""
        return max(1, self.rounds // 10)


def request_rows(effort: Effort) -> Iterator[Row]:
    """Requests of the emulated API against the same answers of FA-static, and the memory that they leave behind."""
    loads = (LIST, MUTE, LIST_AFTER_MUTE)
    with ExitStack() as servers:
        ours = servers.enter_context(mockcliq())
        calls = Calls(ours)
        theirs = servers.enter_context(yardstick("fastapi", calls.list_body))
        raw = servers.enter_context(yardstick("raw", calls.list_body))
        at_first = ours.rss()
        yield from _against_fa_static(loads, effort.rounds, effort.requests, ours, theirs, calls)

        sent = (effort.rounds + 1) * len(loads) * effort.requests
        more = max(effort.memory_after - sent, effort.journal)
        own_rss, other_rss = (_rss_after(server, calls, more, effort.journal) for server in (ours, theirs))
        after = _short(sent + more)
        yield Row(f"memory after {after} requests", "MB", [own_rss / MEGABYTE], "FA-static", [other_rss / MEGABYTE])
        yield Row(f"growth of memory in {after} requests", "MB", [(own_rss - at_first) / MEGABYTE])

        # A thousand are over before so many connections have come to rest.
        many = _TIMES_SIDE_BY_SIDE * effort.requests
        yield from _against_fa_static((LIST_SIDE_BY_SIDE,), effort.rounds, many, ours, theirs, calls)
        for load in (LIST, LIST_SIDE_BY_SIDE):
            ceiling = load.measure(raw, calls, effort.requests)
            yield Row(f"the load generator's own ceiling: {load.name}", "req/s", rates([ceiling]))


def _against_fa_static(  # noqa: PLR0913 - who is measured, how, and how often
    loads: Sequence[Load], rounds: int, requests: int, ours: Server, theirs: Server, calls: Calls
) -> Iterator[Row]:
    """What these loads cost both."""
    costs = compared(rounds, requests, loads, {ours: calls, theirs: calls})
    for load in loads:
        own, other = costs[load, ours], costs[load, theirs]
        yield Row(load.name, "req/s", rates(own), "FA-static", rates(other))
        yield Row(f"{load.name}: {load.cpu_name}", "us", cpu_us(own), "FA-static", cpu_us(other))


def post_rows(effort: Effort) -> Iterator[Row]:
    """Posts and reads of messages against a FastAPI route that takes the same JSON, or gives the same bytes."""
    loads = (READ, POST, LIST_AFTER_POST)
    with mockcliq() as ours:
        calls = ConversationCalls(ours)
        with yardstick("fastapi", calls.bodies) as theirs:
            yield from _against_fa_static(loads, effort.rounds, effort.requests, ours, theirs, calls)


def secure_rows(effort: Effort) -> Iterator[Row]:
    """The list by TLS, and behind a CONNECT to the proxy, against the plain port: connections are kept alive."""
    with TemporaryDirectory() as folder:
        ports = free_port(), free_port()
        tls = ("--tls", "on", "--tls-port", str(ports[0]), "--tls-directory", folder)
        with mockcliq(*tls, "--proxy", "on", "--proxy-port", str(ports[1])) as ours:
            calls = Calls(ours)
            context = ssl.create_default_context(cafile=Path(folder) / "ca.pem")
            ways = {"by TLS": (ports[0], by_tls(context)), "by the proxy": (ports[1], by_proxy(context))}
            loads = [
                replace(LIST, takes_turns=False),
                *(listed_by(name, port, connect) for name, (port, connect) in ways.items()),
            ]
            costs = compared(effort.rounds, effort.requests, loads, {ours: calls})
            plain = costs[loads[0], ours]
            for load in loads[1:]:
                cost = costs[load, ours]
                yield Row(load.name, "us", wall_us(cost), "by HTTP", wall_us(plain))
                yield Row(f"{load.name}: {load.cpu_name}", "us", cpu_us(cost), "by HTTP", cpu_us(plain))


def peer_rows(effort: Effort) -> Iterator[Row]:
    """Lists against those of other makers' mock servers, which have no state, no tokens and no limits."""
    # Their threads are many, and one core would be no place for them.
    loads = (replace(LIST, takes_turns=False), LIST_SIDE_BY_SIDE)
    with mockcliq() as ours:
        calls = Calls(ours)
        for name, serve in PEERS.items():
            try:
                with serve(ours, calls.list_body) as peer:
                    servers = {ours: calls, peer: Calls(peer)}
                    for server, its_calls in servers.items():
                        LIST_SIDE_BY_SIDE.measure(server, its_calls, effort.warm_up)
                    costs = compared(effort.few_rounds, effort.requests, loads, servers)
                    for load in loads:
                        own, other = costs[load, ours], costs[load, peer]
                        yield Row(load.name, "req/s", rates(own), name, rates(other))
                        yield Row(f"{load.name}: {load.cpu_name}", "us", cpu_us(own), name, cpu_us(other))
            except Unavailable as why:
                for load in loads:
                    yield Row(load.name, against=name, skipped=str(why))


def reset_rows(effort: Effort) -> Iterator[Row]:
    """A reset of the demo world after a write, over HTTP, against a list."""
    resets, lists = [], []
    with mockcliq() as server:
        calls = Calls(server)
        order = Request.to("POST /_mockcliq/reset", 200, 0, OWNER_TOKEN)
        order = replace(order, length=len(fetch(server.port, order)))
        for _ in range(effort.rounds):
            *_, reset = one_by_one(server.port, [calls.unmute, calls.mute, order], 10)
            resets.append(reset / 10)
            raise_threshold(server)
            lists.append(one_by_one(server.port, [calls.list], 100)[0] / 100)
    yield Row("reset, demo world", "us", microseconds(resets), "list 20", microseconds(lists))


def new_world_rows(effort: Effort) -> Iterator[Row]:
    """A world of the demo's size made over HTTP and deleted again, of which the making counts, against a list."""
    made, lists = [], []
    with mockcliq() as server:
        calls = Calls(server)
        make = Request.to("POST /_mockcliq/worlds", 201, 0, OWNER_TOKEN, b'{"id":"one"}')
        delete = Request.to("DELETE /_mockcliq/worlds/one", 200, 0, OWNER_TOKEN)
        make, delete = (replace(each, length=len(fetch(server.port, each))) for each in (make, delete))
        for _ in range(effort.rounds):
            made.append(one_by_one(server.port, [make, delete], 10)[0] / 10)
            lists.append(one_by_one(server.port, [calls.list], 100)[0] / 100)
    yield Row("new world, demo size", "us", microseconds(made), "list 20", microseconds(lists))


def cold_start_rows(effort: Effort) -> Iterator[Row]:
    """The start of the program to its first answer that it is ready, against the imports that it cannot do without."""
    starts, imports = [], []
    for _ in range(effort.few_rounds):
        with mockcliq() as server:
            starts.append(server.start_s)
        imports.append(seconds_of(_IMPORTS))
    yield Row("cold start, demo world", "s", starts, "import fastapi, sqlmodel", imports)


def crowd_rows(effort: Effort) -> Iterator[Row]:
    """Many clients at once, and many connections that do nothing."""
    many = max(effort.clients, effort.idle) + _OWN_FILES
    idle_memory = f"memory of each of {effort.idle:,} idle connections"
    busy = f"list 20, {effort.clients:,} connections"
    try:
        _allow_open_files(many)
    except Unavailable as why:
        yield from (Row(what, against="FA-static", skipped=str(why)) for what in (idle_memory, busy))
        return
    with mockcliq() as ours:
        calls = Calls(ours)
        with yardstick("fastapi", calls.list_body) as theirs:
            own, other = (_idle_bytes(server, calls, effort) for server in (ours, theirs))
            yield Row(idle_memory, "KB", [own / KILOBYTE], "FA-static", [other / KILOBYTE])

            answered: dict[Server, list[tuple[float, float]]] = {ours: [], theirs: []}
            requests = 4 * effort.clients
            for _ in range(effort.few_rounds):
                for server in (ours, theirs):
                    seconds, waits = side_by_side(server.port, calls.list, effort.clients, requests)
                    answered[server].append((requests / seconds, ninety_ninth(waits) * 1000))
            own_figures, other_figures = (list(zip(*answered[server], strict=True)) for server in (ours, theirs))
            yield Row(busy, "req/s", own_figures[0], "FA-static", other_figures[0])
            yield Row(f"{busy}: 99th percentile", "ms", own_figures[1], "FA-static", other_figures[1])


def scale_rows(effort: Effort) -> Iterator[Row]:
    """A great many chats in memory: how fast they are made, and how fast the list of 20 of them is."""
    many_chats, few_chats = _short(effort.chats), _short(_FEW_CHATS)
    made = []
    for _ in range(effort.fewest_rounds - 1):
        with mockcliq("--chats", str(effort.chats)) as server:
            made.append(_seeding(server, effort, ":memory:"))
    with mockcliq("--chats", str(effort.chats)) as many, mockcliq("--chats", str(_FEW_CHATS)) as few:
        made.append(_seeding(many, effort, ":memory:"))
        yield from _seeding_rows(f"seeding of {many_chats} chats", made, effort)
        yield Row(f"memory at most while seeding {many_chats} chats", "MB", [many.peak_rss() / MEGABYTE])
        servers = {many: Calls(many), few: Calls(few)}
        costs = compared(effort.rounds, effort.requests, (LIST, LIST_AFTER_MUTE), servers)
        for load, name in ((LIST, "list 20"), (LIST_AFTER_MUTE, "list 20 after each mute")):
            own, other = wall_us(costs[load, many]), wall_us(costs[load, few])
            yield Row(f"{name} at {many_chats} chats", "us", own, f"at {few_chats}", other)


def conversation_rows(effort: Effort) -> Iterator[Row]:
    """A post and a read where there are a great many chats and messages."""
    many_chats, few_chats = _short(effort.chats), _short(_FEW_CHATS)

    def sizes(chats: int) -> tuple[str, ...]:
        return "--chats", str(chats), "--messages", str(chats * _MESSAGES_PER_CHAT)

    with mockcliq(*sizes(effort.chats)) as many, mockcliq(*sizes(_FEW_CHATS)) as few:
        servers = {many: ConversationCalls(many), few: ConversationCalls(few)}
        costs = compared(effort.few_rounds, effort.requests, (READ, POST), servers)
        for load, name in ((READ, "read 20 messages"), (POST, "post")):
            own, other = wall_us(costs[load, many]), wall_us(costs[load, few])
            yield Row(f"{name} at {many_chats} chats, ten messages each", "us", own, f"at {few_chats}", other)


def file_rows(effort: Effort) -> Iterator[Row]:
    """A great many chats served from a database file, against the demo world in another."""
    many_chats = f"a file of {_short(effort.chats)} chats"
    with TemporaryDirectory() as folder:
        to_many, to_few = (("--database", str(Path(folder, name))) for name in ("many.db", "few.db"))
        with mockcliq("--chats", str(effort.chats), *to_many) as many:
            made = _seeding(many, effort, str(Path(folder, "faker.db")))
            yield from _seeding_rows(f"seeding of {many_chats}", [made], effort)
            yield Row(f"memory at most while seeding {many_chats}", "MB", [many.peak_rss() / MEGABYTE])
        with mockcliq(*to_few):
            pass
        with mockcliq(*to_many) as many, mockcliq(*to_few) as few:
            yield Row(f"start from {many_chats}", "s", [many.start_s], "of the demo world", [few.start_s])
            servers = {many: Calls(many), few: Calls(few)}
            costs = compared(effort.few_rounds, effort.requests, (LIST, LIST_AFTER_MUTE), servers)
            own, other = wall_us(costs[LIST, many]), wall_us(costs[LIST, few])
            yield Row(f"list 20 from {many_chats}", "us", own, "of the demo world", other)
            memory = [server.rss() / MEGABYTE for server in (many, few)]
            yield Row(f"memory, served from {many_chats}", "MB", memory[:1], "of the demo world", memory[1:])


def install_rows(_effort: Effort) -> Iterator[Row]:
    """What a user's disk has to hold."""
    for extra, what in (("", "install size over a bare venv"), ("[tls]", "install size with the extra tls")):
        try:
            yield Row(what, "MB", [installed_bytes(extra) / MEGABYTE])
        except Unavailable as why:
            yield Row(what, skipped=str(why))


PARTS: Mapping[str, Callable[[Effort], Iterator[Row]]] = MappingProxyType(
    {
        "requests": request_rows,
        "posts": post_rows,
        "tls": secure_rows,
        "peers": peer_rows,
        "reset": reset_rows,
        "worlds": new_world_rows,
        "start": cold_start_rows,
        "crowd": crowd_rows,
        "scale": scale_rows,
        "conversations": conversation_rows,
        "file": file_rows,
        "install": install_rows,
    }
)
"""All that can be measured, by the name of the part."""

QUICK_PARTS = ("requests", "reset", "worlds", "start")
QUICK = Effort(rounds=8, memory_after=20_000)
"""For daily work: what takes seconds, and needs nothing that is not here."""


@dataclass(frozen=True, slots=True)
class _Seeding:
    """How many chats a second were made, and what each took of the processor: MockCliq's, start included; Faker's."""

    rate: float
    cpu_us: float
    faker_rate: float
    faker_cpu_us: float


def _seeding(server: Server, effort: Effort, database: str) -> _Seeding:
    """What a server that has just started took to make its chats, and Faker to fill a database row by row."""
    cpu_s = server.cpu_s()
    command = [sys.executable, "-m", "benchmarks.faker_rows", str(effort.faker_chats), database]
    ended = subprocess.run(
        command, check=True, env=environment(), cwd=REPOSITORY, stdout=subprocess.PIPE, encoding="ascii"
    )
    faker_s, faker_cpu_s = map(float, ended.stdout.split())
    return _Seeding(
        effort.chats / server.start_s,
        cpu_s * 1_000_000 / effort.chats,
        effort.faker_chats / faker_s,
        faker_cpu_s * 1_000_000 / effort.faker_chats,
    )


def _seeding_rows(what: str, made: Sequence[_Seeding], effort: Effort) -> Iterator[Row]:
    faker = f"Faker row by row, {_short(effort.faker_chats)} of them"
    yield Row(what, "chats/s", [each.rate for each in made], faker, [each.faker_rate for each in made])
    yield Row(f"{what}: CPU", "us", [each.cpu_us for each in made], faker, [each.faker_cpu_us for each in made])


def _rss_after(server: Server, calls: Calls, requests: int, unlike: int) -> int:
    """The memory after so many more requests, so many of them at the end unlike each other."""
    if requests > unlike:
        LIST_SIDE_BY_SIDE.measure(server, calls, requests - unlike)
    LIST_AFTER_MUTE.measure(server, calls, unlike)
    return server.rss()


def _idle_bytes(server: Server, calls: Calls, effort: Effort) -> float:
    """What a server keeps for each connection that does nothing."""
    # The journal is full before, so that what it keeps of the requests does not count.
    LIST.measure(server, calls, effort.journal)
    before = server.rss()
    with idle(server.port, calls.list, effort.idle):
        return (server.rss() - before) / effort.idle


def _allow_open_files(count: int) -> None:
    """Have this process, and those that it starts from now on, open so many files."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < count:
        raise Unavailable(f"no more than {most} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, count), most))


def _short(count: int) -> str:
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:g}{letter}"
    return str(count)


def all_rows(effort: Effort, parts: Sequence[str]) -> Iterator[Row]:
    """Measure these parts, one thing after another."""
    for part in parts:
        for row in PARTS[part](effort):
            yield row.rounded()
