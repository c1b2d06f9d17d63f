"""Programs run by `mockcliq run`, most of them beside one server that has a proxy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.processes import Ended, Program, Start


@dataclass(frozen=True)
class Runner:
    """Somebody who runs programs.

    Attributes:
        server: The server that they use.
        env: What names it, and its CA.
    """

    server: Running
    env: dict[str, str]
    _start: Start

    def start(self, *arguments: str | Path, env: dict[str, str] | None = None, **more: Any) -> Program:
        """Start `mockcliq run` with these arguments."""
        return self._start("run", *arguments, env={**self.env, **(env or {})}, **more)

    def run(self, *arguments: str | Path, **more: Any) -> Ended:
        """Run it to its end."""
        return self.start(*arguments, **more).ended()

    def python(self, code: str, *flags: str, **more: Any) -> Program:
        """Start a program in Python."""
        return self.start(*flags, "--", sys.executable, "-c", code, **more)


@pytest.fixture(scope="session")
def tls_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of these tests' own CA."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="session")
def _shared_server(tls_directory: Path) -> Iterator[Running]:
    settings = Settings(world="documentation", proxy=True, proxy_port=0, tls_directory=tls_directory, rate_limit=False)
    with running(settings) as server:
        yield server


@pytest.fixture
def runner(_shared_server: Running, tls_directory: Path, start: Start) -> Runner:
    """A runner beside a server in the documentation's world, at its start."""
    _shared_server.start_over()
    env = {"MOCKCLIQ_URL": _shared_server.url, "MOCKCLIQ_TLS_DIRECTORY": str(tls_directory)}
    return Runner(_shared_server, env, start)
