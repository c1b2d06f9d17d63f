"""How many files this process may have open: each connection is one."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from math import inf

_LOG = logging.getLogger("mockcliq")

_OURS = 32
"""At most so many files that are no connections are open: the log, databases, the loop's own."""

_MACOS_MOST = 10_240
"""What macOS grants at most where it says that there is no limit."""


def raise_limit() -> None:
    """Have as many open as the system lets this process; shells and engines often begin with far fewer."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not everywhere

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        for most in (hard, _MACOS_MOST):
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
                return


def limit() -> float:
    """How many may be open."""
    if sys.platform == "win32":
        return inf
    import resource  # noqa: PLC0415 - not everywhere

    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return inf if soft == resource.RLIM_INFINITY else soft


class Crowding:
    """Says in the log when there are as many connections as there can be: once, until half of them have gone.

    The event loop accepts further ones and hangs up on them, without a word.
    """

    def __init__(self) -> None:
        self._most = limit() - _OURS
        self._is_told = False

    def see(self, connections: int) -> None:
        """So many are open."""
        if connections < self._most / 2:
            self._is_told = False
        elif connections >= self._most and not self._is_told:
            self._is_told = True
            _LOG.error(
                "%d connections are open, and this process may have hardly any more files (ulimit -n: %d):"
                " new ones are hung up on until some of these are closed",
                connections,
                limit(),
            )
