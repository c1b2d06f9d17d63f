"""From the start of a server to its end: alive before ready, and gone when it is told, whatever it is doing."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Self

import httpx
import pytest

from tests.needs import needs_terminal
from tests.processes import PATIENCE_S, SERVE, Program, Start, clean_environment, free_port, until
from tests.reference import SENTENCES

BIG = "200000"
"""So many chats take a few seconds."""

SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])


def status(port: int, path: str) -> int | None:
    """The status of a control route; None where nobody answers yet."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_mockcliq{path}", trust_env=False, timeout=PATIENCE_S).status_code
    except httpx.ConnectError:
        return None


def seeding(start: Start, *arguments: str) -> tuple[Program, int]:
    """A server that is alive and still makes its world, and its port."""
    port = free_port()
    server = start("serve", "--port", str(port), "--log-format", "json", "--chats", BIG, *arguments)
    until(lambda: server.has_ended or status(port, "/health") == 200)
    assert status(port, "/ready") == 503
    return server, port


# Alive, then ready


def test_a_server_is_alive_while_its_world_is_made_and_ready_when_it_is_there(start: Start) -> None:
    port = free_port()
    server = start("serve", "--port", str(port), "--log-format", "json", "--chats", "6000")
    seen = set()

    def is_ready() -> bool:
        health, ready = status(port, "/health"), status(port, "/ready")
        if health is not None:
            seen.add((health, ready, bool(server.out)))
        return ready == 200

    until(is_ready)
    until(lambda: server.out)
    assert (200, 503, False) in seen, "alive, not ready, and no banner"
    assert {health for health, *_ in seen} == {200}
    assert {ready for _, ready, _ in seen} == {503, 200}
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    assert (
        len(httpx.get(f"http://127.0.0.1:{port}/api/v2/chats", headers=headers, trust_env=False).json()["chats"]) == 100
    )


def test_not_ready_is_a_problem_that_says_when_to_ask_again(start: Start) -> None:
    _, port = seeding(start)
    answer = httpx.get(f"http://127.0.0.1:{port}/_mockcliq/ready", trust_env=False)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["status"] == 503
    assert answer.headers["Retry-After"] == "1"


def test_what_needs_no_world_is_answered_before_there_is_one(start: Start) -> None:
    _, port = seeding(start)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        pages = ("/openapi.json", "/docs", "/_mockcliq/openapi.json", "/_mockcliq/ui")
        for path in ("/_mockcliq/operations", "/_mockcliq/server", *pages):
            assert client.get(path).status_code == 200
        assert client.get("/_mockcliq/ready").status_code == 503


def test_a_call_that_comes_too_early_waits_for_the_world(start: Start) -> None:
    port = free_port()
    start("serve", "--port", str(port), "--chats", "5000")
    until(lambda: status(port, "/health") == 200)
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    answer = httpx.get(f"http://127.0.0.1:{port}/api/v2/chats?limit=1", headers=headers, timeout=30, trust_env=False)
    assert (answer.status_code, len(answer.json()["chats"])) == (200, 1)


@needs_terminal
@pytest.mark.slow
@pytest.mark.parametrize("world", ["demo", "empty"])
def test_on_a_terminal_a_bar_shows_the_making_and_is_over_before_the_banner(world: str) -> None:
    """There is nothing to make of the empty world, whatever size was asked for."""
    with on_a_terminal("--world", world, "--chats", "20000", "--messages", "0") as (server, shown):
        assert server.stdout is not None
        assert select.select([server.stdout], [], [], 60)[0], f"no banner, but {shown[-200:]!r}"
        assert b'"ready"' in server.stdout.readline()
        until(lambda: shown.rfind(HIDE_CURSOR) <= shown.rfind(SHOW_CURSOR))
    assert (b"20000/20000" in shown) == (HIDE_CURSOR in shown) == (world == "demo")


@needs_terminal
def test_ctrl_c_while_a_bar_is_shown_gives_the_terminal_its_cursor_back() -> None:
    with on_a_terminal("--chats", BIG) as (server, shown):
        until(lambda: HIDE_CURSOR in shown)
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    assert shown.endswith(SHOW_CURSOR + b"\r\n")


@contextmanager
def on_a_terminal(*flags: str) -> Iterator[tuple[subprocess.Popen[bytes], bytearray]]:
    """A server whose stderr is a terminal, and what that shows so far."""
    terminal, its_other_end = pty.openpty()
    command = [sys.executable, "-m", "mockcliq", *SERVE, *flags]
    environment = clean_environment() | {"TERM": "xterm"}
    shown = bytearray()

    def watch() -> None:
        with suppress(OSError):  # how a terminal says that nobody writes any more
            while read := os.read(terminal, 65536):
                shown.extend(read)

    watching = threading.Thread(target=watch)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=its_other_end) as server:
        os.close(its_other_end)
        watching.start()
        try:
            yield server, shown
        finally:
            server.terminate()
            server.wait(20)
            watching.join()
            os.close(terminal)


HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"
"""What a bar writes when it is drawn and when it ends."""

# The end


@SIGNALS
def test_a_signal_ends_an_idle_server_with_exit_0(start: Start, number: signal.Signals) -> None:
    """Once by a new interpreter, as a user starts it."""
    server = start(*SERVE, "--world", "empty", cold=number is signal.SIGTERM)
    server.banner()
    ended = server.end_by(number)
    assert (ended.code, ended.err) == (0, "")


@SIGNALS
def test_a_signal_ends_a_server_that_makes_its_world_with_exit_0(start: Start, number: signal.Signals) -> None:
    server, _ = seeding(start)
    ended = server.end_by(number)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_two_signals_end_a_server_that_makes_its_world_at_once(start: Start) -> None:
    server, _ = seeding(start)
    server.send(signal.SIGTERM)
    server.send(signal.SIGINT)  # another one: two of a kind that come together are one
    ended = server.ended()
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@SIGNALS
def test_a_signal_ends_a_server_that_has_not_begun_to_serve_with_exit_0(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    """It reads a world file, which takes seconds."""
    long = tmp_path / "world.yaml"
    users = "".join(f"  - {{id: '{number}', name: A, email: a{number}@x.test}}\n" for number in range(20_000))
    long.write_text(f"mockcliq: 1\nusers:\n{users}")
    port = free_port()
    server = start("serve", "--port", str(port), "--log-format", "json", "--world", long)
    until(lambda: listens(port))
    ended = server.end_by(number)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_an_answer_in_flight_is_finished_before_the_end(start: Start) -> None:
    """The body of a request is on its way when the signal comes; its answer comes after."""
    server = start(*SERVE, "--world", "documentation")
    body = b'{"id": "1573708648341_375412769224"}'
    with HalfSent(server.port, body) as call:
        server.send(signal.SIGTERM)
        until(lambda: not listens(server.port))
        assert not server.has_ended
        call.send_the_rest()
        assert call.answer().startswith(b"HTTP/1.1 200 OK\r\n")
    ended = server.ended()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.slow
def test_a_call_that_never_ends_does_not_keep_the_server(start: Start) -> None:
    """Its client gets the documented refusal or nothing, never a page of the framework; the log has no traceback."""
    server = start(*SERVE, "--world", "documentation")
    with HalfSent(server.port, b"{}") as call:
        ended = server.end_by(signal.SIGTERM)
        answer = call.answer()
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert not answer or SENTENCES[int(answer.split()[1])].encode() in answer


def test_a_second_signal_ends_the_server_at_once(start: Start) -> None:
    """Calls in flight are given no more time, here of ten minutes."""
    server = start(*SERVE, "--world", "documentation", drain_s=600)
    with HalfSent(server.port, b"{}"):
        server.send(signal.SIGTERM)
        until(lambda: not listens(server.port))
        ended = server.end_by(signal.SIGTERM)
    assert ended.code == 0


def test_a_signal_under_load_ends_the_server_and_cuts_no_answer_short(start: Start) -> None:
    """Four clients ask without a pause; each answer that began arrives whole."""
    server = start(*SERVE, "--rate-limit", "off", "--chats", "150")
    url, answers = f"http://127.0.0.1:{server.port}/api/v2/chats", [0] * 4
    cut: list[Exception] = []

    def ask(number: int) -> None:
        headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
        with httpx.Client(headers=headers, trust_env=False, timeout=PATIENCE_S) as client:
            while True:
                try:
                    answer = client.get(url)
                except (httpx.ConnectError, httpx.ReadError):
                    return
                except httpx.RemoteProtocolError as error:
                    if "without sending a response" not in str(error):
                        cut.append(error)
                    return
                if answer.status_code != 200 or len(answer.json()["chats"]) != 100:
                    cut.append(ValueError(answer.text))
                answers[number] += 1

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for client in clients:
        client.start()
    until(lambda: min(answers) > 10)
    ended = server.end_by(signal.SIGTERM)
    for client in clients:
        client.join()
    assert (ended.code, ended.err, cut) == (0, "", [])


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S):
        return True
    return False


class HalfSent:
    """A pin of which the server has read the head and waits for the body."""

    def __init__(self, port: int, body: bytes) -> None:
        self._body = body
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        head = (
            "POST /api/v2/chats/987000000654321/stickymessage HTTP/1.1\r\nHost: cliq.test\r\n"
            f"Authorization: Bearer 1000.mockcliq.owner\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        self._incoming: BinaryIO = self._socket.makefile("rb")
        assert self._incoming.readline().startswith(b"HTTP/1.1 100"), "the server waits for the body"
        assert self._incoming.readline() == b"\r\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._incoming.close()
        self._socket.close()

    def send_the_rest(self) -> None:
        """Send the body."""
        self._socket.sendall(self._body)

    def answer(self) -> bytes:
        """All that the server sends until it closes the connection."""
        with suppress(ConnectionResetError):
            return self._incoming.read()
        return b""


# An address that cannot be had


def test_a_port_that_is_taken_is_one_line_and_exit_2(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start("serve", "--port", str(port)).ended()
    assert ended.code == 2, ended
    assert ended.line == f"mockcliq: cannot listen on 127.0.0.1 port {port}: address already in use"


def test_a_port_is_free_again_as_soon_as_the_server_has_ended(start: Start) -> None:
    port = free_port()
    for _ in range(2):
        server = start("serve", "--port", str(port), "--world", "empty", "--log-format", "json")
        with server.http() as http:
            assert http.get("/api/v2/chats").status_code == 200
            assert server.end_by(signal.SIGTERM).code == 0


@pytest.mark.parametrize(
    "host", ["no-such-host.invalid", "192.0.2.1", "a..b", "x" * 64, "localhost:2547", "two\nlines"]
)
def test_a_host_that_is_none_of_ours_is_one_line_and_exit_2(start: Start, host: str) -> None:
    ended = start("serve", "--port", "0", "--host", host).ended()
    assert ended.code == 2, ended
    assert ended.line.startswith("mockcliq: cannot listen on "), ended.line
    assert host[:3] in ended.line


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", ""),
        ("0.0.0.0", "127.0.0.1"),  # noqa: S104 - what a container sets
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
def test_the_banner_gives_the_address_itself_which_works_here(start: Start, host: str, shown: str) -> None:
    """A name may lead to another address first, where nobody answers, or another program."""
    if ":" in host and not has_ipv6():
        pytest.skip("no IPv6 here")
    url = start(*SERVE, "--world", "empty", "--host", host).banner()["url"]
    assert url.rpartition(":")[0] == f"http://{shown}" if shown else "localhost" not in url
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    assert httpx.get(f"{url}/api/v2/chats", headers=headers, trust_env=False).status_code == 200


def has_ipv6() -> bool:
    """Whether ::1 can be listened on."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
