"""Many at once: five hundred clients that all work, ten thousand connections that all wait, and more than can be."""

from __future__ import annotations

import asyncio
import json
import random
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.processes import SERVE, Program, Start, until
from tests.wire import connected, request

pytestmark = pytest.mark.slow

CLIENTS = 500
IDLE = 10_000
OTHERS = 200
"""Files that either side has open beside the connections; far more than it does."""
CHAT = "987000000654321"
MESSAGE = "1573641936588_345281288778"
MIB = 1024 * 1024


def serve(start: Start, **options: Any) -> Program:
    return start(*SERVE, "--world", "documentation", "--rate-limit", "off", **options)


def ended_well(program: Program) -> None:
    """It has said nothing, and ends when told to."""
    ended = program.end_by(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")


# Five hundred clients


class Client:
    """One of many: a keep-alive connection, and a world of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._token = ""
        self.control = ""
        self.asked: list[tuple[str, int]] = []

    async def call(self, method: str, path: str, document: Any = None) -> Any:
        """One exchange, all of it written down; gives the JSON of the answer."""
        body = b"" if document is None else json.dumps(document).encode()
        self._writer.write(request(method, path, token=self._token or None, body=body))
        head = await self._reader.readuntil(b"\r\n\r\n")
        status = int(head.split()[1])
        assert status < 400, (path, head)
        if path.startswith("/api"):
            self.asked.append((f"{method} {path.partition('?')[0]}", status))
        if status == 204:
            return None
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        return json.loads(await self._reader.readexactly(length))

    async def begin(self) -> None:
        """Have a world made."""
        made = await self.call("POST", "/_mockcliq/worlds", {"world": "documentation"})
        self._token = made["token"]
        self.control = "/_mockcliq" + made["control_url"].partition("/_mockcliq")[2]

    async def work(self) -> None:
        """Make calls of each kind, and see that the answers are this world's."""
        chat = f"/api/v2/chats/{CHAT}"
        assert len((await self.call("GET", "/api/v2/chats"))["chats"]) == 1
        await self.call("POST", f"{chat}/mute")
        assert len((await self.call("GET", f"{chat}/members"))["members"])
        await self.call("DELETE", f"{chat}/stickymessage")
        assert (await self.call("GET", f"{chat}/stickymessage"))["data"] == {}
        pinned = await self.call("POST", f"{chat}/stickymessage", {"id": MESSAGE})
        assert (await self.call("GET", f"{chat}/stickymessage"))["data"] == pinned["data"]
        await self.call("POST", f"{chat}/unmute")

    async def assert_written_down(self) -> None:
        """Its world's journal has its calls, in their order, and nobody else's."""
        entries = (await self.call("GET", f"{self.control}/requests"))["requests"]
        assert [(f"{each['method']} {each['path']}", each["status"]) for each in entries] == self.asked


def test_five_hundred_clients_at_once_are_all_answered_rightly(start: Start) -> None:
    program = serve(start)

    async def all_at_once(port: int) -> None:
        connections = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(CLIENTS)))
        clients = [Client(*each) for each in connections]
        for step in (Client.begin, Client.work, Client.assert_written_down):
            await asyncio.gather(*(step(client) for client in clients))
        for _, writer in connections:
            writer.close()
            await writer.wait_closed()

    asyncio.run(all_at_once(program.port))
    ended_well(program)


# Ten thousand connections


@contextmanager
def as_many_files_as_may_be(wanted: int) -> Iterator[None]:
    """Raise this process's own limit for a while; skips where that is not enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"at most {hard} files may be open here (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def files(program: Program) -> int:
    """How many it has open."""
    return sum(1 for _ in Path(f"/proc/{program.pid}/fd").iterdir())


def memory(program: Program) -> int:
    """How many bytes it holds."""
    return int(Path(f"/proc/{program.pid}/statm").read_text().split()[1]) * resource.getpagesize()


def served(connection: socket.socket) -> bool:
    """Whether it is answered as it should be."""
    connection.sendall(request("GET", "/api/v2/chats?limit=1"))
    answer = b""
    while b'"chats"' not in answer:
        chunk = connection.recv(4096)
        if not chunk:
            return False
        answer += chunk
    return answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="it looks into /proc")
def test_ten_thousand_idle_connections_are_nothing_to_the_others(start: Start) -> None:
    """Half of them have asked once, half never; all are good for a call, and nothing of them stays."""
    with as_many_files_as_may_be(IDLE + OTHERS):
        program = serve(start)
        with program.http() as old:
            for round_ in range(2):
                assert old.get("/api/v2/chats").status_code == 200
                files_before, memory_before = files(program), memory(program)
                with ExitStack() as stack:
                    idle = [
                        stack.enter_context(closing(socket.create_connection(("127.0.0.1", program.port))))
                        for _ in range(IDLE)
                    ]
                    assert all(served(each) for each in idle[::2])
                    until(lambda before=files_before: files(program) == before + IDLE)  # type: ignore[misc]  # bound now
                    if round_:
                        # What the first ones took has been given back, so that these need no more.
                        assert memory(program) - memory_before < 16 * MIB
                    for _ in range(50):
                        assert old.get("/api/v2/chats").status_code == 200
                    assert all(served(each) for each in random.Random(1).sample(idle, 500))  # noqa: S311 - a sample
                until(lambda before=files_before: files(program) == before)  # type: ignore[misc]  # bound now
        ended_well(program)


def test_more_connections_than_there_can_be_are_told_of_once_and_hurt_nobody(start: Start) -> None:
    """Those that are open are served; once some are gone, so are new ones."""
    program = serve(start, files=80)
    with program.http() as old:
        assert old.get("/api/v2/chats").status_code == 200
        with ExitStack() as stack:
            opened = [
                stack.enter_context(closing(socket.create_connection(("127.0.0.1", program.port)))) for _ in range(150)
            ]
            until(lambda: "ulimit" in program.err)
            assert served(opened[0])
            for _ in range(20):
                assert old.get("/api/v2/chats").status_code == 200

        def is_served() -> bool:
            with connected(program.port) as wire:
                wire.send(request("GET", "/api/v2/chats"))
                try:
                    return wire.answer().status_code == 200
                except (AssertionError, OSError):
                    return False

        until(is_served)
    ended = program.end_by(signal.SIGTERM)
    assert ended.code == 0
    (line,) = ended.err.splitlines()
    assert "hardly any more files (ulimit -n: 80)" in json.loads(line)["message"]


@pytest.mark.parametrize("path", ["/_mockcliq/ui", "/_mockcliq/clock", "/docs/swagger-ui.css"])
def test_a_page_that_cannot_be_read_for_want_of_files_says_so(start: Start, path: str) -> None:
    """What is read, or loaded, at the first request; later there are files again, and it is."""
    program = serve(start, files=64, cold=True)
    with program.http() as http:
        assert http.get("/_mockcliq/health").status_code == 200
        with ExitStack() as stack:
            while files(program) < 64:
                stack.enter_context(closing(socket.create_connection(("127.0.0.1", program.port))))
            refused = http.get(path)
            assert (refused.status_code, refused.headers["Content-Type"]) == (503, "application/problem+json")
            assert "too many open files" in refused.json()["detail"]
        until(lambda: http.get(path).status_code == 200)
    assert "Traceback" not in program.end_by(signal.SIGTERM).err


def test_a_process_that_may_have_hardly_any_files_is_refused_in_one_line(start: Start) -> None:
    ended = serve(start, files=10).ended()
    assert (ended.code, ended.line) == (
        2,
        "mockcliq: this process may have 10 open files (ulimit -n), and a server needs 32",
    )


def test_a_server_takes_all_the_files_that_it_may_have(start: Start) -> None:
    """However few it was given to begin with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 500), hard))
    try:
        program = serve(start, cold=True)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    program.banner()
    assert resource.prlimit(program.pid, resource.RLIMIT_NOFILE) == (hard, hard)
