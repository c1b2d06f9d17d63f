"""Fixtures: a real server for each test that asks, and verbs to speak with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

import tests.profiles  # noqa: F401 - registers the profiles before hypothesis's plugin chooses one
from mockcliq.http.server_thread import ServerThread
from mockcliq.settings import Settings
from tests.processes import PATIENCE_S, Start, programs


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long `tests/test_durability.py` goes on."""
    parser.addoption("--kills", type=int, default=6, help="at least so many servers are killed in the midst of writes")


@dataclass(frozen=True)
class Running:
    """A server that runs: its port, and a client of it that sends no token unless told so."""

    port: int
    http: httpx.Client

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def as_(self, label: str) -> Cliq:
        """The emulated API, called with the fixed token of that label."""
        return Cliq(self, f"1000.mockcliq.{label}")

    def control(self, method: str, path: str, **arguments: Any) -> Any:
        """Call the control API, which must agree; gives the JSON of its answer."""
        answer = self.http.request(method, f"/_mockcliq{path}", **arguments)
        assert answer.is_success, answer.text
        return answer.json()

    def start_over(self) -> None:
        """Reset the default world, and delete what a reset leaves: its snapshots, and the worlds of other tests."""
        self.control("POST", "/reset")
        for snapshot in self.control("GET", "/snapshots")["snapshots"]:
            self.control("DELETE", f"/snapshots/{snapshot['name']}")
        for world in self.control("GET", "/worlds")["worlds"]:
            if world["id"] != "default":
                self.control("DELETE", f"/worlds/{world['id']}")

    def advance(self, **span: float) -> None:
        """Move the clock on, by `seconds` or `minutes`."""
        self.control("POST", "/clock/advance", json={"seconds": span.get("seconds", 0) + 60 * span.get("minutes", 0)})


@dataclass(frozen=True)
class Cliq:
    """The emulated API as one token's holder sees it; paths are those below /api/v2."""

    server: Running
    token: str

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Make a call; headers of the test's own go before ours."""
        headers = {"Authorization": f"Bearer {self.token}", **(arguments.pop("headers", None) or {})}
        return self.server.http.request(method, f"/api/v2{path}", headers=headers, **arguments)

    def get(self, path: str, **arguments: Any) -> httpx.Response:
        """GET."""
        return self.call("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> httpx.Response:
        """POST."""
        return self.call("POST", path, **arguments)

    def delete(self, path: str, **arguments: Any) -> httpx.Response:
        """DELETE."""
        return self.call("DELETE", path, **arguments)

    def chats(self, **query: Any) -> list[dict[str, Any]]:
        """The rows of the list."""
        answer = self.get("/chats", params=query)
        assert answer.status_code == httpx.codes.OK, answer.headers
        rows: list[dict[str, Any]] = answer.json()["chats"]
        return rows


@contextmanager
def running(settings: Settings) -> Iterator[Running]:
    """Serve on a thread of this process; ready when it is given."""
    server = ServerThread(settings.model_copy(update={"port": 0}))
    try:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=PATIENCE_S) as client:
            yield Running(server.port, client)
    finally:
        server.stop()


class Serve(Protocol):
    """Starts a server with these settings."""

    def __call__(self, **settings: Any) -> Running: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Servers of the test's own, with settings of its own; they end with it."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Running:
            return stack.enter_context(running(Settings(**settings)))

        yield start


@pytest.fixture(scope="session")
def _shared_documentation() -> Iterator[Running]:
    with running(Settings(world="documentation")) as server:
        yield server


@pytest.fixture(scope="session")
def _shared_demo() -> Iterator[Running]:
    with running(Settings()) as server:
        yield server


@pytest.fixture
def documentation(_shared_documentation: Running) -> Running:
    """A server in the documentation's world, at its start."""
    _shared_documentation.start_over()
    return _shared_documentation


@pytest.fixture
def demo(_shared_demo: Running) -> Running:
    """A server in the demo world, at its start."""
    _shared_demo.start_over()
    return _shared_demo


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts commands; what still runs in the end is killed."""
    with programs() as start:
        yield start


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a database may be; the folder holds nothing else."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "cliq.db"
