"""Standard input, output and error as a supervisor may leave them: closed, full, or with nobody at the other end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.processes import PATIENCE_S, ROOT, clean_environment, free_port, until

pytestmark = pytest.mark.slow

MOCKCLIQ = f"exec {sys.executable} -m mockcliq"


@contextmanager
def shell(line: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A line of bash, of whose streams we read output and error."""
    environment = clean_environment() | env
    piped = subprocess.PIPE
    with subprocess.Popen(["bash", "-c", line], env=environment, stdin=piped, stdout=piped, stderr=piped) as process:
        try:
            yield process
        finally:
            process.kill()


def serves(port: int) -> bool:
    """Whether a server is ready there."""
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/_mockcliq/ready", trust_env=False).status_code == 200
    return False


@pytest.mark.parametrize("streams", [">&-", "<&-", "<&- >&- 2>&-", ">/dev/full 2>&1"])
def test_a_server_needs_no_streams(streams: str) -> None:
    if "full" in streams and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    port = free_port()
    with shell(f"{MOCKCLIQ} serve --port {port} --world empty {streams}") as server:
        until(lambda: serves(port) or server.poll() is not None)
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, said) == (0, b"")


def test_a_server_goes_on_when_nobody_reads_its_banner() -> None:
    """As in `mockcliq serve | true`."""
    port = free_port()
    reading, writing = os.pipe()
    os.close(reading)
    arguments = [sys.executable, "-m", "mockcliq", "serve", "--port", str(port), "--world", "empty"]
    with subprocess.Popen(arguments, env=clean_environment(), stdout=writing, stderr=subprocess.PIPE) as server:
        os.close(writing)
        until(lambda: serves(port) or server.poll() is not None)
        server.terminate()
        _, said = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, said) == (0, b"")


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    """Whatever somebody wrote to a stream would be written into it."""
    if not Path("/proc").exists():
        pytest.skip("no /proc here")
    port = free_port()
    flags = f"--port {port} --world empty --database {tmp_path / 'cliq.db'}"
    with shell(f"{MOCKCLIQ} serve {flags} <&- >&- 2>&-") as server:
        until(lambda: serves(port) or server.poll() is not None)
        assert {str(Path(f"/proc/{server.pid}/fd/{number}").readlink()) for number in range(3)} == {os.devnull}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("serve --seed x 2>&-", 2),
        ("serve --seed x >&- 2>/dev/full", 2),
        ("operations --url http://127.0.0.1:1 >&- 2>&-", 1),
    ],
)
def test_the_exit_code_says_it_where_standard_error_cannot(line: str, code: int) -> None:
    with shell(f"{MOCKCLIQ} {line}") as ended:
        said = ended.communicate(timeout=PATIENCE_S)
    assert (ended.returncode, *said) == (code, b"", b"")


def test_what_a_stream_never_took_does_not_become_the_exit_code() -> None:
    """Python ends with 120 where what is left cannot be written."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    program = """
import sys
import mockcliq.cli
from mockcliq.__main__ import main

def leaves_something():
    sys.stdout.write("left")
    sys.exit(2)

mockcliq.cli.main = leaves_something
main()
"""
    buffered = {name: value for name, value in clean_environment().items() if name != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=buffered, stdout=full, stderr=full, check=False
        )
    assert done.returncode == 2


def test_a_server_needs_neither_variables_nor_a_folder_to_be_in(tmp_path: Path) -> None:
    port, gone = free_port(), tmp_path / "gone"
    bare = f"exec env -i PYTHONPATH={ROOT} {sys.executable} -m mockcliq"
    with shell(f"mkdir {gone}; cd {gone}; rmdir {gone}; {bare} serve --port {port} --world empty") as server:
        until(lambda: serves(port) or server.poll() is not None)
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, said) == (0, b"")


def test_names_of_another_script_are_printed_and_refused_in_any_locale(tmp_path: Path) -> None:
    file = tmp_path / "w\u00e4lt.json"
    file.write_text('{"mockcliq": 1, "\u6771\u4eac": [], "users": []}', "utf-8")
    with shell(f"{MOCKCLIQ} serve --port 0 --world '{file}'", LC_ALL="C", PYTHONIOENCODING="ascii") as ended:
        _, said = ended.communicate(timeout=PATIENCE_S)
    assert (ended.returncode, said.count(b"\n")) == (2, 1)
    assert rb"w\xe4lt.json: \u6771\u4eac: " in said, said
    database = tmp_path / "\u6771\u4eac.db"
    with shell(f"{MOCKCLIQ} serve --port 0 --world empty --database '{database}'", LC_ALL="C") as server:
        assert server.stdout is not None
        _, facts = [b"".join(iter(server.stdout.readline, b"\n")) for _ in range(2)]
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=PATIENCE_S)
    assert (server.returncode, said) == (0, b"")
    assert database.name.encode() in facts
