"""Commands run as processes of their own, against a server of this one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Running
from tests.processes import Ended, Program, Start, clean_environment

COLUMNS = re.compile(r" {2,}")


@dataclass(frozen=True)
class Shell:
    """Somebody at a shell, whose commands ask one server."""

    url: str
    _start: Start

    def start(self, *arguments: str, **more: Any) -> Program:
        """Start a command."""
        return self._start(*arguments, **{**more, "env": {"MOCKCLIQ_URL": self.url, **more.get("env", {})}})

    def run(self, *arguments: str, **more: Any) -> Ended:
        """Run a command to its end."""
        return self.start(*arguments, **more).ended()

    def out(self, *arguments: str, **more: Any) -> str:
        """What a command prints that has nothing to complain of."""
        ended = self.run(*arguments, **more)
        assert (ended.code, ended.err) == (0, ""), ended
        return ended.out

    def json(self, *arguments: str, **more: Any) -> Any:
        """The JSON that it prints for machines."""
        return json.loads(self.out(*arguments, "--json", **more))

    def table(self, *arguments: str, **more: Any) -> list[list[str]]:
        """The cells of the table that it prints for people, the head first."""
        return [COLUMNS.split(line) for line in self.out(*arguments, **more).splitlines()]

    def refused(self, *arguments: str, code: int = 1, **more: Any) -> str:
        """The one line of a command that ends so, after the program's name."""
        ended = self.run(*arguments, **more)
        assert ended.code == code, ended
        assert ended.line.startswith("mockcliq: "), ended.line
        return ended.line.removeprefix("mockcliq: ")

    def paste(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Paste lines into a bash; `mockcliq` there is this checkout's."""
        command = f'mockcliq() {{ {sys.executable} -m mockcliq "$@"; }}\n{script}'
        environment = clean_environment() | {"MOCKCLIQ_URL": self.url} | env
        return subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture
def shell(documentation: Running, start: Start) -> Shell:
    """A shell beside a server in the documentation's world, at its start."""
    return Shell(documentation.url, start)
