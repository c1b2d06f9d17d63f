"""The end of a process that cannot end itself: a thread of it holds Python's lock and does not give it back."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_EXIT_TIMEOUT_S = 1.8
"""How long a process may take from the signal on; two seconds are promised."""

_WATCH = f'read -r told && sleep {_EXIT_TIMEOUT_S} && kill -9 "$1"'
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def watchdog() -> Iterator[None]:
    """Have this process killed if it does not end in time after SIGTERM or SIGINT, whose handlers are set already.

    Python's own handlers wait for the lock. faulthandler's write to a pipe at once, and then call Python's; a shell
    reads the pipe, and is no thread of ours. Without a shell, and as PID 1, which nothing within its container can
    kill, there is none.
    """
    shell = "/bin/sh"
    if os.name != "posix" or os.getpid() == 1 or not os.access(shell, os.X_OK):
        yield
        return
    heard, told = os.pipe()
    with os.fdopen(told, "wb", buffering=0) as pipe:
        # Of its own group: the Ctrl-C of a terminal is for the server alone.
        watching = subprocess.Popen(  # noqa: S603 - no text of a user's
            [shell, "-c", _WATCH, shell, str(os.getpid())],
            stdin=heard,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={"PATH": os.defpath},
        )
        os.close(heard)
        for each in _SIGNALS:
            faulthandler.register(each, file=pipe, all_threads=False, chain=True)
        try:
            yield
        finally:
            for each in _SIGNALS:
                faulthandler.unregister(each)
            watching.kill()
            watching.wait()
