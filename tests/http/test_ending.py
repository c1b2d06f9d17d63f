"""A server told to end while it is busy: who asked before is answered, what never ends is cut off, and it is gone."""

from __future__ import annotations

import json
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

import mockcliq
from tests.processes import PATIENCE_S, SERVE, Program, Start, until
from tests.wire import connected, request

pytestmark = pytest.mark.slow

CHANNEL = "/api/v2/chats/987000000654321"
LIST = request("GET", "/api/v2/chats")
MUTE = request("POST", f"{CHANNEL}/mute")
STREAM = request("GET", "/_mockcliq/requests/stream", token=None)
MEMBERS = request("GET", f"{CHANNEL}/members")
PIN = request("GET", f"{CHANNEL}/stickymessage")
HALF_A_PIN = request("POST", f"{CHANNEL}/stickymessage", body=b"{}")[:-1]
HALF_AN_IMPORT = request("PUT", "/_mockcliq/state", token=None, body=b"{}")[:-1]


class Asked(NamedTuple):
    """A request: when it was sent, and all that came back until the answer was whole or the connection over."""

    sent: float
    answer: bytes
    is_whole: bool


def ask(connection: socket.socket, request: bytes) -> Asked:
    """Send it, and read one answer."""
    sent, read = float("inf"), b""
    try:
        connection.sendall(request)
        sent = time.monotonic()
        while not (is_whole := has_ended(read)) and (chunk := connection.recv(65536)):
            read += chunk
    except ConnectionError:
        is_whole = False
    return Asked(sent, read, is_whole)


def has_ended(answer: bytes) -> bool:
    """Whether an answer is there to its last byte."""
    head, _, body = answer.partition(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"content-length: ")
    return b"\r\n\r\n" in answer and len(body) == int(length.split(b"\r\n")[0] or 0)


class Load:
    """Clients that ask without a pause, until they are told to go or find nobody."""

    def __init__(self, server: Program, how_many: int) -> None:
        self.served = [0] * how_many
        self._server = server
        self._pool = ThreadPoolExecutor(how_many)
        self._last: list[Future[Asked]] = []

    def ask(self, client: Callable[[Load, int], Asked]) -> None:
        """Set them to it; returns once each was answered a few times."""
        self._last = [self._pool.submit(client, self, number) for number in range(len(self.served))]
        until(lambda: min(self.served) > 2)

    def over_one_connection(self, number: int) -> Asked:
        """The last that a client asked."""
        with socket.create_connection(("127.0.0.1", self._server.port), timeout=20) as connection:
            while (asked := ask(connection, (LIST, MUTE)[number % 2])).is_whole:
                self.served[number] += 1
                if b"connection: close" in asked.answer.lower():
                    break
            return asked

    def over_a_new_connection_each(self, number: int) -> Asked:
        """The same; whoever cannot connect has asked nothing."""
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self._server.port), timeout=20) as connection:
                    asked = ask(connection, (LIST, MUTE)[number % 2])
            except ConnectionError:
                return Asked(float("inf"), b"", is_whole=False)
            if not asked.is_whole:
                return asked
            self.served[number] += 1

    def last(self) -> list[Asked]:
        """What became of each client's last request."""
        with self._pool:
            return [each.result() for each in self._last]


@pytest.mark.parametrize("client", [Load.over_one_connection, Load.over_a_new_connection_each])
def test_whoever_asked_before_the_signal_is_answered_and_no_answer_is_cut(
    start: Start, client: Callable[[Load, int], Asked]
) -> None:
    """Of 32 clients; one over one connection is told that the answer is its last."""
    server = start(*SERVE, "--world", "documentation", "--rate-limit", "off")
    load = Load(server, 32)
    load.ask(client)
    told = time.monotonic()
    ended = server.end_by(signal.SIGTERM)
    last = load.last()
    assert (ended.code, ended.err) == (0, "")
    assert [each for each in last if each.sent < told and not each.is_whole] == []
    assert [each for each in last if each.answer and not each.is_whole] == []
    if client is Load.over_one_connection:
        assert any(each.is_whole for each in last), "nobody was told"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_what_never_ends_is_cut_off_in_time_and_without_a_word(start: Start, number: signal.Signals) -> None:
    """A call that hangs, one that is delayed, uploads that stand still, idle connections; streams end in good order."""
    server = start(*SERVE, "--world", "documentation", "--rate-limit", "off")
    with server.http() as http, ExitStack() as stack:
        for operation, then in (
            ("list_chat_members", {"connection": "hang"}),
            ("get_pinned_message", {"status": 500, "delay_ms": 10_000}),
        ):
            rule = {"match": {"operation": operation}, "then": then}
            assert http.post("/_mockcliq/faults", json=rule).status_code == 201
        streams = [stack.enter_context(connected(server.port)) for _ in range(3)]
        for each in streams:
            each.send(STREAM)
        others = [stack.enter_context(connected(server.port)) for _ in range(6)]
        for wire, sent in zip(others, (MEMBERS, PIN, HALF_A_PIN, HALF_AN_IMPORT, b"", b"GET /half-a-he"), strict=True):
            wire.send(sent)
        assert http.get("/api/v2/chats").status_code == 200
        ended = server.end_by(number)
        assert (ended.code, ended.err) == (0, "")
        for each in streams:
            assert each.rest()[0].endswith(b"\r\n0\r\n\r\n")
        assert [each.rest()[0] for each in others] == [b""] * 6


def big_import() -> bytes:
    """A request that imports what takes several seconds to be read: YAML, in pure Python."""
    people = ",".join(f'{{id: "{number}", name: N, email: e{number}@x.test}}' for number in range(1, 40_000))
    return request("PUT", "/_mockcliq/state", token=None, body=f"mockcliq: 1\nusers: [{people}]\n".encode())


def big_world() -> bytes:
    """A request that makes a world for a second or more."""
    body = json.dumps({"world": "demo", "seed": 7, "chats": 20_000, "messages": 200_000}).encode()
    return request("POST", "/_mockcliq/worlds", token=None, body=body)


@pytest.mark.parametrize("work", [big_import, big_world])
def test_what_a_thread_is_busy_with_is_not_waited_for(start: Start, work: Callable[[], bytes]) -> None:
    server = start(*SERVE, "--world", "documentation")
    with connected(server.port) as wire, server.http() as http:
        wire.send(work())
        assert http.get("/_mockcliq/health").status_code == 200
        ended = server.end_by(signal.SIGTERM)
        assert wire.rest()[0] == b""
    assert (ended.code, ended.err) == (0, "")


def test_a_second_signal_does_not_wait_for_a_thread(start: Start) -> None:
    """Nor for calls in flight, which have ten minutes here."""
    server = start(*SERVE, "--world", "documentation", drain_s=600)
    with connected(server.port) as wire, server.http() as http:
        wire.send(big_import())
        assert http.get("/_mockcliq/health").status_code == 200
        server.send(signal.SIGINT)
        ended = server.end_by(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_amid_the_loading_of_the_program_ends_it_with_exit_0(start: Start, number: signal.Signals) -> None:
    """As soon as the interpreter has come to our first line: the first process of a container ignores it before."""
    server = start(*SERVE, cold=True)
    until(lambda: catches(server.pid, number) or server.has_ended)
    ended = server.end_by(number)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process handles a signal by itself; SIGINT Python always does, and SIGTERM when we do."""
    if not Path("/proc").exists():
        pytest.skip("no /proc here")
    lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    caught = int(lines.get("SigCgt", "0"), 16)
    return all(caught >> each - 1 & 1 for each in (number, signal.SIGTERM))


def test_a_server_in_this_process_ends_under_load_quickly_and_quietly(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()
    with mockcliq.start(world="documentation", rate_limit=False) as mock, ThreadPoolExecutor(10) as pool:
        port = int(mock.url.rpartition(":")[2])
        answers: list[int] = []

        def hammer() -> None:
            with httpx.Client(base_url=mock.url, trust_env=False) as http:
                while not stop.is_set():
                    try:
                        answers.append(http.get("/_mockcliq/clock").status_code)
                    except httpx.TransportError:
                        return

        with connected(port) as stream, connected(port) as half:
            stream.send(STREAM)
            half.send(HALF_AN_IMPORT)
            for _ in range(8):
                pool.submit(hammer)
            until(lambda: len(answers) > 50)
            pool.submit(mock.close).result(PATIENCE_S)
            stop.set()
    assert set(answers) == {200}
    assert capfd.readouterr() == ("", "")
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
