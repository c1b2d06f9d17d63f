"""A server as a child of this process, of which nothing is loaded here; it ends when this process does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

_COMMAND = (
    sys.executable,
    "-P",  # what lies in the folder that we happen to be in is none of the server's modules
    *("-W", "ignore"),  # the warnings of a test run are not about the server
    *("-m", "mockcliq", "serve", "--port", "0", "--log-format", "json", "--until-stdin-closes", "on"),
)

_PATIENCE_S = 10.0
"""Far more than a server needs to end."""


class NotStarted(Exception):
    """The server did not start; the message is its own line, which says why."""


class ChildServer:
    """A server that runs, or ran.

    Attributes:
        url: Its base URL.
        pid: The process.
    """

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._said = said
        assert process.stdout is not None
        banner = process.stdout.readline()
        if not banner:
            process.wait()
            raise NotStarted(self._last_words().removeprefix("mockcliq: "))
        self.url: str = json.loads(banner)["url"]

    @property
    def epitaph(self) -> str | None:
        """What became of it, where it has ended; None while it runs."""
        code = self._process.poll()
        return None if code is None else f"the server ended with exit code {code}: {self._last_words()}"

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


@contextmanager
def child_server(environment: Mapping[str, str]) -> Iterator[ChildServer]:
    """``mockcliq serve`` on a free port, ready when it is given; what is in flight in the end is finished.

    Args:
        environment: Its variables, which set what flags do not.

    Raises:
        NotStarted: It ended instead.
    """
    with (
        TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - this very program
            _COMMAND,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # Ctrl-C is for this process, which has to clear up before the server ends
        ) as process,
    ):
        assert process.stdin is not None
        try:
            yield ChildServer(process, said)
        finally:
            process.stdin.close()
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
