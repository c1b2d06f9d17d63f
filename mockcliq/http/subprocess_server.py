"""A server as a subprocess, of which nothing is loaded here; it ends when this process does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from weakref import WeakSet

_PACKAGE = Path(__file__).parents[1] / "__init__.py"

_START = """
import importlib.util, sys
found = importlib.util.find_spec("mockcliq")
own = sys.path if found and found.origin == {package!r} else []
sys.path = own + {path!r}
from mockcliq.__main__ import main
main()
"""
"""Starts the command line of this very MockCliq.

It is found as in any new process, so that no module of a folder of tests comes first; what is not found so, by this
process's path: that of a program which carries its packages along (PEX, Pants, buildout) is written down nowhere else.
"""

_ARGUMENTS = (
    *("serve", "--port", "0", "--tls-port", "0", "--proxy-port", "0"),
    *("--log-format", "json", "--until-stdin-closes", "on"),
    *("--access-log", "off"),  # of its output the banner alone is read
)

_EXIT_TIMEOUT_S = 10.0
"""Far more than a server needs to end."""


_pipes: WeakSet[IO[bytes]] = WeakSet()
"""The servers' standard inputs. A server ends when its own closes, so that no forked process may have it open."""


def _close_in_child() -> None:
    for each in list(_pipes):
        each.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)


class NotStarted(Exception):
    """The server did not start; the message is its own line, which says why."""


class SubprocessServer:
    """A server that runs, or ran.

    Attributes:
        url: Its base URL.
        pid: The process.

    Raises:
        NotStarted: It ended instead.
    """

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._stderr = stderr
        assert process.stdout is not None
        banner = process.stdout.readline()
        if not banner:
            process.wait()
            raise NotStarted(self._last_line())
        self.url: str = json.loads(banner)["url"]

    @property
    def exit_message(self) -> str | None:
        """How it ended, in its own last line; None while it runs."""
        code = self._process.poll()
        return None if code is None else f"the server ended with exit code {code}: {self._last_line()}"

    def _last_line(self) -> str:
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it said nothing"
        with suppress(ValueError, TypeError, KeyError):  # what Python says by itself is no JSON
            return str(json.loads(last)["message"])
        return last.removeprefix("mockcliq: ")


@contextmanager
def subprocess_server(environment: Mapping[str, str]) -> Iterator[SubprocessServer]:
    """``mockcliq serve`` on free ports, ready when it is given; on leaving, answers in flight are finished.

    Args:
        environment: Its variables, which set what flags do not.

    Raises:
        NotStarted: It ended instead.
    """
    with (
        TemporaryFile() as stderr,
        subprocess.Popen(  # noqa: S603 - this very program
            _command(),
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C is for this process, which has to clear up before the server ends
        ) as process,
    ):
        assert process.stdin is not None
        _pipes.add(process.stdin)
        try:
            yield SubprocessServer(process, stderr)
        finally:
            process.stdin.close()
            try:
                process.wait(_EXIT_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _command() -> list[str]:
    start = _START.format(package=str(_PACKAGE), path=[os.path.abspath(each) for each in sys.path])  # noqa: PTH100 - Path.resolve would follow links
    return [
        sys.executable,
        "-P",  # a module in the working directory is none of the server's
        *("-W", "ignore"),  # the warnings of a test run are not about the server
        *("-c", start),
        *_ARGUMENTS,
    ]
