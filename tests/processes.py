"""``mockcliq`` as processes of their own: started, read, ended by signals.

Most are forked from a process that has its modules loaded already, which saves a second and a half for each: they run
the same ``main`` with arguments, environment, working directory and streams of their own. What the loading itself
matters to is started ``cold``, by a new interpreter.
"""

from __future__ import annotations

import codecs
import contextlib
import itertools
import json
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import httpx

ROOT = Path(__file__).parents[1]
PATIENCE_S = 30.0
"""How long a condition may take before a test gives up on it; far more than any does."""
NOBODY = 65534
"""A user who may do nothing; root becomes it where permissions shall count."""

_PAUSE_S = 0.005

_PORTS = range(20_000, 32_000)
_ports: Iterator[int] = itertools.cycle(
    (*_PORTS[os.getpid() * 97 % len(_PORTS) :], *_PORTS[: os.getpid() * 97 % len(_PORTS)])
)
"""Each process of a run begins elsewhere."""

_warm = multiprocessing.get_context("forkserver")
_warm.set_forkserver_preload(
    [
        "__main__",
        "tests.processes",
        "mockcliq.cli",
        "mockcliq.cli.banner",
        "mockcliq.cli.log",
        "mockcliq.cli.serve",
        "mockcliq.http.server_thread",
        "mockcliq.control.app",
        "mockcliq.seeding.demo",
    ]
)


def until(condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Return once the condition holds; fail if it does not come to that in time."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come to that in time"
        time.sleep(_PAUSE_S)


def free_port() -> int:
    """A port that nobody listens on; the system gives it to nobody else meanwhile, since it chooses from 32768 up."""
    for port in _ports:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("unreachable: the ports come around again")


@contextmanager
def folder_for_all(mode: int = 0o755) -> Iterator[Path]:
    """A folder that anybody can reach, unlike pytest's own, with these permissions."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(mode)
        yield folder
        folder.chmod(0o700)


@dataclass(frozen=True)
class Ended:
    """What a process left: its exit code (minus the signal that killed it), what it wrote, how long it took to end.

    A test that bounds how long it took would fail on a busy machine; `make bench` shows that the end is prompt.
    """

    code: int
    out: str
    err: str
    took_s: float = 0.0

    @property
    def line(self) -> str:
        """The one line that it wrote on stderr, as text where it is JSON, too; fails where it wrote more or less."""
        lines = self.err.split("\n")
        assert (self.out, len(lines), lines[-1]) == ("", 2, ""), self
        return f"mockcliq: {json.loads(lines[0])['message']}" if lines[0].startswith("{") else lines[0]


class _Handle(Protocol):
    """A process, however it was started."""

    @property
    def pid(self) -> int | None: ...

    def kill(self) -> None: ...


class Program:
    """One ``mockcliq`` that runs, or ran, as a process."""

    def __init__(self, handle: _Handle, join: Callable[[float], int | None], folder: Path) -> None:
        self._handle = handle
        self._join = join
        self._folder = folder

    @property
    def pid(self) -> int:
        """Its id."""
        assert self._handle.pid is not None
        return self._handle.pid

    @property
    def out(self) -> str:
        """What it has written to stdout so far."""
        return self._written("out")

    @property
    def err(self) -> str:
        """What it has written to stderr so far."""
        return self._written("err")

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self._join(0) is not None

    def banner(self) -> dict[str, Any]:
        """The JSON line that says that it is ready; waits for it."""
        until(lambda: "\n" in self.out or self.has_ended)
        assert self.out, self.ended()
        banner: dict[str, Any] = json.loads(self.out)
        return banner

    @property
    def port(self) -> int:
        """The port of its banner."""
        return int(self.banner()["url"].rpartition(":")[2])

    @contextmanager
    def http(self) -> Iterator[httpx.Client]:
        """A client of it that sends the owner's token; ready when it is given."""
        headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, trust_env=False) as client:
            yield client

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def end_by(self, number: signal.Signals) -> Ended:
        """Send it a signal that ends it, and wait until it has."""
        self.send(number)
        return self.ended()

    def ended(self, within_s: float = PATIENCE_S) -> Ended:
        """Wait until it ends."""
        began = time.monotonic()
        code = self._join(within_s)
        assert code is not None, f"it still runs after {within_s} s: {self.err}"
        return Ended(code, self.out, self.err, time.monotonic() - began)

    def kill(self) -> None:
        """End it at once, if it runs."""
        self._handle.kill()
        self._join(PATIENCE_S)

    def _written(self, stream: str) -> str:
        file = self._folder / stream
        return file.read_text("utf-8") if file.exists() else ""


@contextmanager
def programs() -> Iterator[Start]:
    """Gives what starts ``mockcliq``; what still runs in the end is killed."""
    with ExitStack() as stack:

        def start(
            *arguments: str | Path,
            env: Mapping[str, str] | None = None,
            cwd: Path | None = None,
            stdin: str = "",
            cold: bool = False,
            file_size: int | None = None,
            memory: int | None = None,
            files: int | None = None,
            as_nobody: bool = False,
            drain_s: float | None = None,
        ) -> Program:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            (folder / "in").write_text(stdin, "utf-8")
            order = _Order(
                arguments=[str(each) for each in arguments],
                environment=clean_environment() | dict(env or {}),
                cwd=str(cwd or folder),
                folder=str(folder),
                limits={resource.RLIMIT_FSIZE: file_size, resource.RLIMIT_AS: memory},
                files=files,
                as_nobody=as_nobody,
                drain_s=drain_s,
            )
            assert not (cold and drain_s), "only a forked process can be told"
            program = (_start_cold if cold else _start_warm)(order)
            stack.callback(program.kill)
            return program

        yield start


class Start(Protocol):
    """Starts ``mockcliq`` with these arguments, in an environment without any of its variables but ``env``.

    ``stdin`` is what it can read; ``file_size`` and ``memory`` are limits in bytes; ``files`` is how many it may have
    open, which it cannot change; ``as_nobody`` gives root's privileges up; ``drain_s`` is how long its end waits for
    what is in flight, in place of a second.
    """

    def __call__(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: str = "",
        cold: bool = False,
        file_size: int | None = None,
        memory: int | None = None,
        files: int | None = None,
        as_nobody: bool = False,
        drain_s: float | None = None,
    ) -> Program: ...


SERVE = ("serve", "--port", "0", "--log-format", "json")
"""A server on a free port, whose banner is JSON."""


def clean_environment() -> dict[str, str]:
    """This environment without the program's own variables, and with this checkout in front."""
    own = {name: value for name, value in os.environ.items() if not name.upper().startswith("MOCKCLIQ_")}
    return own | {"PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class _Order:
    """What to start, and how."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    cwd: str
    folder: str
    limits: Mapping[int, int | None]
    files: int | None
    as_nobody: bool
    drain_s: float | None

    def settle(self) -> None:
        """In the new process: restrict it."""
        for kind, limit in self.limits.items():
            if limit is not None:
                resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))
        if self.files is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))
        if self.as_nobody and os.geteuid() == 0:
            for codec in ("idna", "unicode_escape", "latin-1", "ascii"):
                codecs.lookup(codec)  # nobody might not be allowed to read them later
            os.setuid(NOBODY)


def _start_cold(order: _Order) -> Program:
    with contextlib.ExitStack() as files:
        out, err = (files.enter_context((Path(order.folder) / name).open("wb")) for name in ("out", "err"))
        given = files.enter_context((Path(order.folder) / "in").open("rb"))
        handle = subprocess.Popen(
            [sys.executable, "-m", "mockcliq", *order.arguments],
            preexec_fn=order.settle,  # noqa: PLW1509 - it takes no lock
            env=dict(order.environment),
            cwd=order.cwd,
            stdin=given,
            stdout=out,
            stderr=err,
        )

    def join(within_s: float) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            handle.wait(within_s)
        return handle.poll()

    return Program(handle, join, Path(order.folder))


def _start_warm(order: _Order) -> Program:
    handle = _warm.Process(target=_main, args=(order,), daemon=True)
    handle.start()

    def join(within_s: float) -> int | None:
        handle.join(within_s)
        return handle.exitcode

    return Program(handle, join, Path(order.folder))


def _main(order: _Order) -> None:
    """In the forked process: be ``mockcliq``."""
    from mockcliq.cli import main  # noqa: PLC0415 - the tests' own process need not load it
    from mockcliq.http import server  # noqa: PLC0415 - the same

    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(order.cwd)
    for target, name in ((1, "out"), (2, "err")):
        written = os.open(f"{order.folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(written, target)
        os.close(written)
    os.dup2(os.open(f"{order.folder}/in", os.O_RDONLY), 0)
    sys.stdin = os.fdopen(0)
    order.settle()
    sys.argv = ["mockcliq", *order.arguments]
    if order.drain_s is not None:
        server._DRAIN_TIMEOUT_S = server._EXIT_TIMEOUT_S = order.drain_s
    # What is started in the background ignores Ctrl-C, these tests too and whatever they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
