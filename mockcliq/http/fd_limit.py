"""How many files this process may have open: each connection is one."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from math import inf

_LOG = logging.getLogger("mockcliq")

_RESERVE = 32
"""At most so many open files are no connections: the log, databases, the loop's own."""

_MACOS_MOST = 10_240
"""What macOS grants at most where it says that there is no limit."""


def raise_limit() -> None:
    """Raise the limit to what the system grants; shells and engines often begin with far less."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not everywhere

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        for most in (hard, _MACOS_MOST):
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                return


def limit() -> float:
    if sys.platform == "win32":
        return inf
    import resource  # noqa: PLC0415 - not everywhere

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return inf if soft == resource.RLIM_INFINITY else soft


class TooFewFiles(Exception):
    """This process may not have as many open files as a server needs; the message says so."""


def require_files() -> None:
    """Refuse to serve where hardly any connection could be accepted.

    Raises:
        TooFewFiles: It may have fewer than a server needs.
    """
    if limit() < _RESERVE:
        raise TooFewFiles(f"this process may have {limit()} open files (ulimit -n), and a server needs {_RESERVE}")


class FdLimitWarning:
    """Logs when there are as many connections as there can be: once, until half of them have gone.

    The event loop accepts further ones and closes them, without a word.
    """

    def __init__(self) -> None:
        self._most = limit() - _RESERVE
        self._is_logged = False

    def check(self, connections: int) -> None:
        if connections < self._most / 2:
            self._is_logged = False
        elif connections >= self._most and not self._is_logged:
            self._is_logged = True
            _LOG.error(
                "%d connections are open, and this process may have hardly any more files (ulimit -n: %d):"
                " new ones are hung up on until some of these are closed",
                connections,
                limit(),
            )
