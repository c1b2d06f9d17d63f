"""A program as a process of its own, in this one's place: its terminal, its streams, its signals, its exit code."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from shutil import which

from mockcliq.contract.quoting import cause_of

NOT_FOUND = 127
NOT_EXECUTABLE = 126
_KILLED = 128
"""What a shell adds to the number of the signal that ended a program."""


class NotRun(Exception):
    """The program could not be started; the message says why.

    Attributes:
        code: What a shell would exit with.
    """

    def __init__(self, program: str, error: OSError) -> None:
        said = cause_of(error)
        if isinstance(error, FileNotFoundError) and which(program) is not None:
            said = "the interpreter that it names is not there; a carriage return in its first line is part of the name"
        super().__init__(f"{program or repr(program)}: cannot be run: {said}")
        self.code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE


def run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
    """Run a program to its end, and hand signals on to it; returns its exit code, 128 + n after a signal.

    Signals stay blocked afterwards: one that came twice changes nothing of what the program ended with.

    Raises:
        NotRun: It is not there, or is no program.
    """
    if not command[0]:
        raise NotRun(command[0], FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if sys.platform == "win32":
        return _run_on_windows(command, environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who ignores it is not told how a child ended
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HANDED_ON | {signal.SIGCHLD})
    try:
        # Not by subprocess: what blocks signals here must not block them there.
        pid = os.posix_spawnp(
            command[0], command, environment, setsigmask=before, setsigdef=(signal.SIGPIPE, signal.SIGXFSZ)
        )
    except OSError as error:
        raise NotRun(command[0], error) from error
    while True:
        number, is_known = _next_signal()
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else _KILLED - code
        elif not is_known:
            os.kill(pid, number)


if sys.platform == "win32":

    def _run_on_windows(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
        try:
            with subprocess.Popen(command, env=dict(environment)) as program:  # noqa: S603 - what the user runs
                while True:
                    try:
                        return program.wait()
                    except KeyboardInterrupt:  # the program got it, too
                        continue
        except OSError as error:
            raise NotRun(command[0], error) from error

else:
    _HANDED_ON = frozenset(
        {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
    )

    def _next_signal() -> tuple[int, bool]:
        """Wait for a signal; gives its number, and whether the program has got it as well, from the terminal."""
        expected = _HANDED_ON | {signal.SIGCHLD}
        if sys.platform == "linux":
            told = signal.sigwaitinfo(expected)
            return told.si_signo, told.si_code > 0  # from the kernel, which asks all processes of the terminal
        number = signal.sigwait(expected)
        return number, number in {signal.SIGINT, signal.SIGQUIT} and sys.stdin.isatty()
