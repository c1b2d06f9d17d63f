"""The servers under measurement, each a process of its own, and what the system says of them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import clock_gettime, perf_counter, sleep

from benchmarks.load import Request, fetch

REPOSITORY = Path(__file__).parent.parent
OWNER_TOKEN = "1000.mockcliq.owner"

_CPU_CLOCK = 2
"""CPUCLOCK_SCHED of Linux: all that a process has run, its threads included, in nanoseconds."""

_POLL_S = 0.002
_START_TIMEOUT_S = 900


class DidNotStart(Exception):
    """A server ended, or never got ready."""


class Unavailable(Exception):
    """Something that cannot be measured here, for the reason in the message."""


class Server:
    """A running server.

    Attributes:
        port: Where it listens.
        start_s: From its start to its first answer that it is ready.
    """

    def __init__(self, command: Sequence[str], port: int, ready: str, body: bytes = b"") -> None:
        began = perf_counter()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(), cwd=REPOSITORY
        )
        self.port = port
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(body)
            self._process.stdin.close()
            self._wait_for(ready)
        except BaseException:
            self.stop()
            raise
        self.start_s = perf_counter() - began

    def cpu_s(self) -> float:
        """How long it has had a processor so far."""
        return clock_gettime((~self._process.pid << 3) | _CPU_CLOCK)

    def rss(self) -> int:
        """How many bytes of memory it occupies."""
        resident = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(resident) * os.sysconf("SC_PAGE_SIZE")

    def peak_rss(self) -> int:
        """How many bytes of memory it has occupied at most."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        (peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(peak) * 1024

    @contextmanager
    def sharing_a_core(self) -> Iterator[None]:
        """Run it and this process on one core, in turn.

        Two that wait for one another wake a sleeping core at every step, which costs more than the work, and depends
        on where the system puts them.
        """
        cores = os.sched_getaffinity(0)
        self._run_on({min(cores)})
        try:
            yield
        finally:
            self._run_on(cores)

    def _run_on(self, cores: set[int]) -> None:
        os.sched_setaffinity(0, cores)
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_for(self, path: str) -> None:
        request = Request.to(f"GET {path}", 200, 0, OWNER_TOKEN).wire
        until = perf_counter() + _START_TIMEOUT_S
        while perf_counter() < until and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=_START_TIMEOUT_S) as connection:
                    answer = b"?"
                    while answer:
                        connection.sendall(request)
                        answer = connection.recv(65536)
                        if answer.startswith(b"HTTP/1.1 200"):
                            return
                        sleep(_POLL_S)
            except ConnectionError:
                sleep(_POLL_S)
        ended = self._process.poll()
        raise DidNotStart("a server was never ready" if ended is None else f"a server ended with exit code {ended}")


@contextmanager
def mockcliq(*arguments: str) -> Iterator[Server]:
    """`mockcliq serve` with these arguments, the threshold out of reach but at work."""
    port = free_port()
    # As a module, so that it is this checkout's, wherever the script leads to.
    command = [sys.executable, "-m", "mockcliq", "serve", "--port", str(port), *arguments]
    server = Server(command, port, "/_mockcliq/ready")
    try:
        raise_threshold(server)
        yield server
    finally:
        server.stop()


@contextmanager
def yardstick(kind: str, body: bytes) -> Iterator[Server]:
    """One of the servers of `benchmarks.yardstick`, with this body for its list."""
    port = free_port()
    server = Server([sys.executable, "-m", "benchmarks.yardstick", kind, str(port)], port, "/api/v2/chats", body)
    try:
        yield server
    finally:
        server.stop()


def raise_threshold(server: Server) -> None:
    """Let every call count, and none be one too many."""
    order = Request.to("PUT /_mockcliq/limits", 200, 0, OWNER_TOKEN, b'{"threshold": 1000000000}')
    fetch(server.port, order)


def seconds_of(command: Sequence[str]) -> float:
    """How long a program takes from its start to its end."""
    began = perf_counter()
    subprocess.run(command, check=True, env=environment(), cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def environment() -> dict[str, str]:
    """Ours, without what would set MockCliq up in another way, or have Python compile everything at each start."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MOCKCLIQ_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
