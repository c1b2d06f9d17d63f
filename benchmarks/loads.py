"""Ways to send requests, and what one costs a server on the wire and of the processor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from statistics import quantiles
from typing import Any

from benchmarks.load import Connect, Request, fetch, one_by_one, side_by_side
from benchmarks.servers import OWNER_TOKEN, Server

_POST = b'{"text":"Shift notes are ready."}'


class Calls:
    """The requests that are measured, of a world's owner, with the lengths of that server's answers."""

    def __init__(self, server: Server) -> None:
        listed = "GET /api/v2/chats?limit=20"
        self.list_body = fetch(server.port, Request.to(listed, 200, 0, OWNER_TOKEN))
        self.list = Request.to(listed, 200, len(self.list_body), OWNER_TOKEN)
        chat_id = self.list_body.partition(b'"chat_id":"')[2].partition(b'"')[0].decode()
        self.mute = Request.to(f"POST /api/v2/chats/{chat_id}/mute", 204, 0, OWNER_TOKEN)
        self.unmute = Request.to(f"POST /api/v2/chats/{chat_id}/unmute", 204, 0, OWNER_TOKEN)


class ConversationCalls(Calls):
    """Those of a conversation, too. Posts go to other chats than are read, whose answers have always one length."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        chats = [part.partition(b'"')[0].decode() for part in self.list_body.split(b'"chat_id":"')[1:]]
        read = f"GET /api/v2/chats/{chats[0]}/messages?limit=20"
        self.messages_body = fetch(server.port, Request.to(read, 200, 0, OWNER_TOKEN))
        self.read = Request.to(read, 200, len(self.messages_body), OWNER_TOKEN)
        self.post = Request.to("POST /api/v2/channelsbyname/marketing/message", 204, 0, OWNER_TOKEN, _POST)
        self.post_to_listed = Request.to(f"POST /api/v2/chats/{chats[-1]}/message", 204, 0, OWNER_TOKEN, _POST)
        # From now on the list has the same length after each.
        fetch(server.port, self.post_to_listed)
        self.list_body = fetch(server.port, replace(self.list, length=0))
        self.list = replace(self.list, length=len(self.list_body))

    @property
    def bodies(self) -> bytes:
        """What a yardstick answers: to the list, and to a chat's messages."""
        return self.list_body + b"\n" + self.messages_body


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request took on the wire, and of the server's processor."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Load:
    """A way to send requests.

    Attributes:
        name: What it is called.
        send: Sends so many to a port; returns the seconds that one of those took which it is about.
        cpu_name: What their processor time is called.
        cpu_requests: How many requests that is told for.
        takes_turns: Whether client and server wait for one another, and share a core.
    """

    name: str
    send: Callable[[int, Any, int], float]
    cpu_name: str = "CPU"
    cpu_requests: int = 1
    takes_turns: bool = True

    def measure(self, server: Server, calls: Calls, requests: int) -> Cost:
        """Send so many."""
        with server.sharing_a_core() if self.takes_turns else nullcontext():
            before = server.cpu_s()
            seconds = self.send(server.port, calls, requests)
        return Cost(seconds, (server.cpu_s() - before) * self.cpu_requests / requests)


def _list_one_by_one(port: int, calls: Calls, requests: int) -> float:
    return one_by_one(port, [calls.list], requests)[0] / requests


def _list_side_by_side(port: int, calls: Calls, requests: int) -> float:
    return side_by_side(port, calls.list, 32, requests)[0] / requests


def _mute(port: int, calls: Calls, requests: int) -> float:
    # In turn, so that each has something to write.
    return sum(one_by_one(port, [calls.mute, calls.unmute], requests // 2)) / requests


def _list_after_mute(port: int, calls: Calls, requests: int) -> float:
    _, one, _, other = one_by_one(port, [calls.mute, calls.list, calls.unmute, calls.list], requests // 4)
    return (one + other) / (requests // 2)


def _post(port: int, calls: ConversationCalls, requests: int) -> float:
    return one_by_one(port, [calls.post], requests)[0] / requests


def _read(port: int, calls: ConversationCalls, requests: int) -> float:
    return one_by_one(port, [calls.read], requests)[0] / requests


def _list_after_post(port: int, calls: ConversationCalls, requests: int) -> float:
    _, listed = one_by_one(port, [calls.post_to_listed, calls.list], requests // 2)
    return listed / (requests // 2)


LIST = Load("list 20, 1 connection", _list_one_by_one)


def listed_by(name: str, port: int, connect: Connect) -> Load:
    """The list on one connection of another kind, to another port of the same server; the client has a core of its own.

    On one core its own encryption would be in the way of the server's.
    """

    def send(_port: int, calls: Calls, requests: int) -> float:
        return one_by_one(port, [calls.list], requests, connect)[0] / requests

    return Load(f"{LIST.name}, {name}", send, takes_turns=False)


LIST_SIDE_BY_SIDE = Load("list 20, 32 connections", _list_side_by_side, takes_turns=False)
MUTE = Load("mute, 1 connection", _mute)
LIST_AFTER_MUTE = Load(
    "list 20 after each mute, 1 connection", _list_after_mute, cpu_name="CPU for both", cpu_requests=2
)

POST = Load("post, 1 connection", _post)
READ = Load("read 20 messages, 1 connection", _read)
LIST_AFTER_POST = Load(
    "list 20 after each post, 1 connection", _list_after_post, cpu_name="CPU for both", cpu_requests=2
)


def compared(
    rounds: int, requests: int, loads: Sequence[Load], servers: Mapping[Server, Calls]
) -> dict[tuple[Load, Server], list[Cost]]:
    """What each of these loads costs each of these servers, round by round; a round before them warms up."""
    costs: dict[tuple[Load, Server], list[Cost]] = {(load, server): [] for load in loads for server in servers}
    in_turn = list(servers)
    for number in range(rounds + 1):
        for load in loads:
            for server in in_turn:
                cost = load.measure(server, servers[server], requests)
                if number:
                    costs[load, server].append(cost)
        in_turn.reverse()
    return costs


def rates(costs: Sequence[Cost]) -> list[float]:
    """In requests per second."""
    return [1 / cost.wall_s for cost in costs]


def wall_us(costs: Sequence[Cost]) -> list[float]:
    """On the wire, in microseconds."""
    return microseconds([cost.wall_s for cost in costs])


def cpu_us(costs: Sequence[Cost]) -> list[float]:
    """Of the processor, in microseconds."""
    return microseconds([cost.cpu_s for cost in costs])


def microseconds(seconds: Sequence[float]) -> list[float]:
    """The same in microseconds."""
    return [each * 1_000_000 for each in seconds]


def ninety_ninth(waits: Sequence[float]) -> float:
    """What all but one in a hundred stay below."""
    return quantiles(waits, n=100, method="inclusive")[-1]
