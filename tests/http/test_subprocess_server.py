"""Servers that other programs start: how they begin, and that none is left over."""

from __future__ import annotations

import json
import os
import signal
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mockcliq.http.subprocess_server import NotStarted, subprocess_server
from tests.processes import PATIENCE_S, ROOT, clean_environment, until

SERVE = (sys.executable, "-m", "mockcliq", "serve", "--port", "0", "--log-format", "json", "--world", "empty")


@contextmanager
def served(*flags: str, stdin: int = subprocess.PIPE, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server whose standard input is the test's to close."""
    environment = clean_environment() | env
    with subprocess.Popen([*SERVE, *flags], env=environment, stdin=stdin, stdout=subprocess.PIPE) as server:
        try:
            yield server
        finally:
            server.kill()


def banner(server: subprocess.Popen[bytes]) -> dict[str, object]:
    """The line that says that it is ready."""
    assert server.stdout is not None
    told: dict[str, object] = json.loads(server.stdout.readline())
    return told


def test_a_server_ends_with_its_standard_input_if_it_is_told_to() -> None:
    with served("--until-stdin-closes", "on") as server:
        url = banner(server)["url"]
        assert server.stdin is not None
        server.stdin.write(b"what is written there does not matter\n")
        server.stdin.flush()
        assert httpx.get(f"{url}/_mockcliq/health", trust_env=False).is_success
        server.stdin.close()
        assert server.wait(PATIENCE_S) == 0


def test_it_ends_so_while_its_world_is_still_being_made() -> None:
    with served("--world", "demo", "--chats", "1000000", MOCKCLIQ_UNTIL_STDIN_CLOSES="on") as server:
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(PATIENCE_S) == 0


def test_it_ends_at_once_where_standard_input_is_empty() -> None:
    with served("--until-stdin-closes", "on", stdin=subprocess.DEVNULL) as server:
        assert server.wait(PATIENCE_S) == 0


def test_a_server_that_is_not_told_to_does_not_mind() -> None:
    with served(stdin=subprocess.DEVNULL) as server:
        url = banner(server)["url"]
        assert httpx.get(f"{url}/_mockcliq/ready", trust_env=False).is_success


def test_a_child_is_ready_when_it_is_given_and_gone_afterwards() -> None:
    with subprocess_server(clean_environment() | {"MOCKCLIQ_WORLD": "documentation"}) as child:
        assert httpx.get(f"{child.url}/_mockcliq/state", trust_env=False).json()["utc_offset"] == "-07:00"
        assert child.exit_message is None
        assert child.url.startswith("http://127.0.0.1:"), "a name may lead to ::1 first, where nobody answers"
    assert not is_alive(child.url)


def test_a_child_that_cannot_start_tells_why_in_its_own_words() -> None:
    with (
        pytest.raises(NotStarted, match=r"^nowhere: no such world or file; the worlds are demo, "),
        subprocess_server(clean_environment() | {"MOCKCLIQ_WORLD": "nowhere"}),
    ):
        pass


def test_a_child_is_not_touched_by_what_is_meant_for_the_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings that are errors there, a module of the folder that is called like one of the server's, Ctrl-C."""
    (tmp_path / "fastapi.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    with subprocess_server(clean_environment() | {"MOCKCLIQ_WORLD": "empty", "PYTHONWARNINGS": "error"}) as child:
        assert os.getsid(child.pid) != os.getsid(0)
        assert is_alive(child.url)


@pytest.mark.parametrize("python_path", ["", "another"], ids=["none", "another"])
def test_a_child_is_the_mockcliq_that_its_parent_has_found(tmp_path: Path, python_path: str) -> None:
    """As in a PEX: the interpreter itself has none, or another; only the running process's path leads to this."""
    interpreter = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not interpreter.exists():
        pytest.skip(f"needs {interpreter}, which this environment was made from")
    program = f"""
import os, sys
sys.path[:0] = {[str(ROOT), *site.getsitepackages()]!r}
from mockcliq.http.subprocess_server import subprocess_server
with subprocess_server(os.environ) as child:
    print(child.exit_message)
"""
    (tmp_path / "another").mkdir()
    (tmp_path / "another" / "mockcliq.py").write_text("raise SystemExit('another MockCliq')")
    environment = clean_environment() | {"MOCKCLIQ_WORLD": "empty", "PYTHONPATH": python_path}
    done = subprocess.run(
        [interpreter, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr


def test_a_child_ends_by_itself_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = """
import os, time
from mockcliq.http.subprocess_server import subprocess_server
with subprocess_server(os.environ) as child:
    print(child.url, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment() | {"MOCKCLIQ_WORLD": "empty"},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert is_alive(url)
        parent.send_signal(signal.SIGKILL)
        until(lambda: not is_alive(url))


def test_what_became_of_a_child_that_was_killed_is_told() -> None:
    with subprocess_server(clean_environment() | {"MOCKCLIQ_WORLD": "empty"}) as child:
        os.kill(child.pid, signal.SIGKILL)
        until(lambda: child.exit_message)
        assert child.exit_message == "the server ended with exit code -9: it said nothing"


def is_alive(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        return httpx.get(f"{url}/_mockcliq/health", trust_env=False).is_success
    except httpx.TransportError:
        return False
