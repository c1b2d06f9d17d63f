"""A process whose threads give Python's lock to nobody ends all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.processes import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX's signals")

SERVE_AND_HOG = """
import ctypes, os, sys, threading
from mockcliq.__main__ import main

def hog():
    sys.stdin.readline()
    os.write(1, b"holding\\n")
    ctypes.PyDLL(None).sleep(3600)  # which keeps the lock, as a long regular expression does

threading.Thread(target=hog, daemon=True).start()
sys.argv = ["mockcliq", "serve", "--port", "0", "--world", "empty"]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_server_whose_lock_is_held_for_an_hour(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE_AND_HOG], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        try:
            assert server.stdin is not None
            assert server.stdout is not None
            while b"is ready" not in server.stdout.readline():
                pass
            server.stdin.write(b"now\n")
            server.stdin.flush()
            while server.stdout.readline() != b"holding\n":
                pass
            server.send_signal(number)
            assert server.wait(PATIENCE_S) == -signal.SIGKILL
        finally:
            server.kill()
