"""Which server a command asks: by flag, by URL, by the variables that the server itself was given."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path

import pytest

from tests.conftest import Running
from tests.processes import Start, free_port

COMMANDS = (
    ("wait", "--timeout", "5"),
    ("env",),
    ("operations",),
    ("openapi",),
    ("users",),
    ("token", "owner"),
    ("limits",),
    ("faults",),
    ("clock",),
    ("requests",),
    ("state", "export"),
    ("snapshots",),
    ("worlds",),
    ("reset",),
    ("healthcheck",),
)

FOLDER = Path("/tmp") / f"mockcliq-{os.getuid()}"  # noqa: S108 - where servers say that they are


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_asks_the_port_and_host_that_the_variables_name(
    start: Start, documentation: Running, command: tuple[str, ...]
) -> None:
    env = {"MOCKCLIQ_PORT": str(documentation.port), "MOCKCLIQ_HOST": "0.0.0.0"}  # noqa: S104 - as in a container
    assert start(*command, env=env).ended().code == 0
    elsewhere = {"MOCKCLIQ_PORT": str(free_port()), "MOCKCLIQ_HOST": "127.0.0.1"}
    assert start(*command, env={**elsewhere, "MOCKCLIQ_URL": documentation.url}).ended().code == 0
    nowhere = {**elsewhere, "MOCKCLIQ_URL": "http://127.0.0.1:1"}
    assert start(*command, "--url", documentation.url, env=nowhere).ended().code == 0


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1"),
        ("::1", "http://[::1]:1"),
        ("::", "http://[::1]:1"),
        ("mock.test", "http://mock.test:1"),
    ],
)
def test_who_does_not_answer_is_named_and_how_to_start_one(start: Start, host: str, url: str) -> None:
    ended = start("users", env={"MOCKCLIQ_HOST": host, "MOCKCLIQ_PORT": "1"}).ended()
    assert ended.code == 1
    assert ended.line.startswith(f"mockcliq: no MockCliq answers at {url}: ")
    assert ended.line.endswith("; `mockcliq serve` starts one")


@pytest.mark.parametrize("port", ["x", "-1", "65536", "2547.5", "0"])
@pytest.mark.parametrize("command", ["users", "wait", "healthcheck"])
def test_a_port_that_is_none_is_one_line_that_names_the_variable(start: Start, command: str, port: str) -> None:
    ended = start(command, env={"MOCKCLIQ_PORT": port, "MOCKCLIQ_HOST": f"nobody-{port}.test"}).ended()
    assert ended.code == 2
    assert ended.line.startswith("mockcliq: MOCKCLIQ_PORT: ")


# healthcheck without a URL


def probe(start: Start, **variables: str) -> int:
    return start("healthcheck", env=variables).ended().code


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::", "localhost", "127.0.0.7"])  # noqa: S104 - one of several
def test_a_probe_finds_the_server_whatever_flags_it_was_given(start: Start, host: str) -> None:
    # Of this test alone, and where nobody listens.
    variables = {"MOCKCLIQ_PORT": str(free_port())}
    assert probe(start, **variables) == 1
    server = start("serve", "--port", "0", "--host", host, "--world", "empty", "--log-format", "json", env=variables)
    server.banner()
    assert probe(start, **variables) == 0
    server.end_by(signal.SIGTERM)
    assert probe(start, **variables) == 1


def test_a_probe_does_not_take_another_server_for_its_own(start: Start) -> None:
    other = {"MOCKCLIQ_PORT": str(free_port())}
    start("serve", "--port", "0", "--world", "empty", "--log-format", "json", env=other).banner()
    assert probe(start, **other) == 0
    assert probe(start, MOCKCLIQ_PORT=str(free_port())) == 1
    assert probe(start, **other, MOCKCLIQ_URL="http://127.0.0.1:1") == 1


def test_a_server_that_was_killed_leaves_nothing_that_misleads(start: Start) -> None:
    variables = {"MOCKCLIQ_PORT": str(free_port())}
    flags = ("serve", "--port", "0", "--world", "empty", "--log-format", "json")
    first = start(*flags, env=variables)
    first.banner()
    second = start(*flags, env=variables)
    second.banner()
    second.end_by(signal.SIGKILL)
    assert probe(start, **variables) == 0
    first.end_by(signal.SIGKILL)
    assert probe(start, **variables) == 1
    by_variable = start("serve", "--world", "empty", "--log-format", "json", env=variables)
    by_variable.banner()
    assert probe(start, **variables) == 0
    assert not (FOLDER / f"{first.pid}.json").exists()


def test_the_file_is_its_user_s_own_and_says_the_url(start: Start) -> None:
    server = start("serve", "--port", "0", "--world", "empty", "--log-format", "json")
    port = server.port
    assert json.loads((FOLDER / f"{server.pid}.json").read_text())["url"] == f"http://127.0.0.1:{port}"
    assert stat.S_IMODE(FOLDER.stat().st_mode) == 0o700
    server.end_by(signal.SIGTERM)
    assert not (FOLDER / f"{server.pid}.json").exists()
