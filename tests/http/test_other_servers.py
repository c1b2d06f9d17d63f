"""The application under other people's servers, as processes: what works there, and what is refused in a line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from mockcliq.app import create_app
from mockcliq.settings import Settings
from tests.conftest import Running
from tests.control.test_problems import problem
from tests.plain_uvicorn import plain_uvicorn
from tests.processes import PATIENCE_S, clean_environment, free_port, until

pytestmark = pytest.mark.slow

UVICORN = "uvicorn --factory mockcliq:create_app --port {port} --log-level warning"
HYPERCORN = "hypercorn application:app --bind 127.0.0.1:{port}"
GUNICORN = "gunicorn application:app --bind 127.0.0.1:{port} --worker-class uvicorn_worker.UvicornWorker"

ONE = [
    UVICORN,
    f"{UVICORN} --reload",
    f"{UVICORN} --lifespan off",
    f"{UVICORN} --root-path /mock",
    HYPERCORN,
    f"{HYPERCORN} --workers 0",
    GUNICORN,
    f"{GUNICORN} --preload",
]
TWO = [
    f"{UVICORN} --workers 2",
    f"{HYPERCORN} --workers 2",
    f"{GUNICORN} --workers 2",
    f"{GUNICORN} --workers 2 --preload",
]
LINE = "another process of this server has a world of its own"


def commands(lines: list[str]) -> pytest.MarkDecorator:
    """Each of these, or a skip where the server is not installed."""

    def of(line: str) -> Any:
        name = line.partition(" ")[0]
        needed = ("gunicorn", "uvicorn_worker") if name == "gunicorn" else (name,)
        missing = [each for each in needed if find_spec(each) is None]
        skip = pytest.mark.skipif(bool(missing), reason=f"needs {' and '.join(missing)}")
        return pytest.param(line, marks=skip, id=line.replace("{port}", "0"))

    return pytest.mark.parametrize("command", [of(line) for line in lines])


@contextmanager
def served(command: str, folder: Path) -> Iterator[Running]:
    """Start a server in a folder, where it leaves its `log`; it is there when it is ready, or one of it is."""
    (folder / "application.py").write_text("import mockcliq\n\napp = mockcliq.create_app()\n")
    port = free_port()
    words = command.format(port=port).split()
    environment = clean_environment() | {
        "PYTHONPATH": os.pathsep.join(map(str, (Path(__file__).parents[2], *sys.path))),
        "MOCKCLIQ_WORLD": "documentation",
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S) as client:
                running = Running(port, client)
                until(lambda: server.poll() is None and status(running) == httpx.codes.OK)
                yield running
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(PATIENCE_S)
            finally:
                if server.poll() is None:
                    os.killpg(server.pid, signal.SIGKILL)


def status(server: Running, path: str = "/_mockcliq/ready", **headers: str) -> int:
    """That of an answer on a connection of its own, which any worker may take; 0 for none."""
    try:
        return httpx.get(server.url + path, headers=headers, trust_env=False, timeout=PATIENCE_S).status_code
    except httpx.TransportError:
        return 0


def is_refused(server: Running, path: str = "/_mockcliq/ready") -> bool:
    """Whether a process that may not serve has got the request."""
    return status(server, path) == httpx.codes.SERVICE_UNAVAILABLE


@commands(ONE)
def test_one_process_works(command: str, tmp_path: Path) -> None:
    with served(command, tmp_path) as server:
        token = server.control("POST", "/tokens", json={"user": "631830849"})["token"]
        authorization = f"Bearer {token}"
        assert {status(server, "/api/v2/chats", Authorization=authorization) for _ in range(9)} == {200}
        assert status(server, "/_mockcliq/ui") == 200
        assert LINE not in (tmp_path / "log").read_text()
        refused = server.http.post("/_mockcliq/faults", json={"then": {"connection": "reset"}})
        assert (refused.status_code, "`mockcliq serve`" in problem(refused)["detail"]) == (422, True)
        cut = {"then": {"connection": "truncate"}, "match": {"path": "/cut"}}
        server.control("POST", "/faults", json=cut)
        with pytest.raises(httpx.RemoteProtocolError):
            server.http.get("/cut")
    assert "Traceback" not in (tmp_path / "log").read_text()


@commands(TWO)
def test_of_several_processes_one_serves_and_the_others_say_why_they_do_not(command: str, tmp_path: Path) -> None:
    with served(command, tmp_path) as server:
        until(partial(is_refused, server))
        until(lambda: status(server) == httpx.codes.OK)
        answers = [httpx.get(f"{server.url}/_mockcliq/ready", trust_env=False, timeout=PATIENCE_S) for _ in range(30)]
        assert {each.status_code for each in answers} <= {200, 503}
        assert all(each.is_success or LINE in problem(each)["detail"] for each in answers)
        for path in ("/api/v2/chats", "/docs", "/_mockcliq/ui", "/_mockcliq/health"):
            until(partial(is_refused, server, path))
    assert (tmp_path / "log").read_text().count(LINE) == 1


def test_two_applications_of_one_process_are_one_server() -> None:
    """Below two paths of a third, say."""
    settings = Settings(world="empty")
    other = create_app(settings)

    def both(app: ASGIApp) -> ASGIApp:
        return Starlette(routes=[Mount("/a", app), Mount("/b", other)])

    with plain_uvicorn(settings, "h11", "asyncio", both) as server:
        for _ in range(2):
            assert [status(server, f"/{each}/_mockcliq/clock") for each in "ab"] == [200, 200]
