"""What every command has in common that asks a server: where, as whom, and how it fails."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain

import pytest

from tests.cli.conftest import Shell
from tests.conftest import Running, Serve
from tests.processes import ROOT, Start, free_port

RULE = '{"then": {"status": 500}}'

READING = [
    ["operations"],
    ["users"],
    ["clock"],
    ["limits"],
    ["faults"],
    ["requests"],
    ["snapshots"],
    ["worlds"],
    ["worlds", "show", "default"],
    ["state", "export"],
    ["env"],
]
CHANGING = [
    ["token", "owner"],
    ["revoke", "1000.mockcliq.member"],
    ["reset"],
    ["clock", "real"],
    ["clock", "freeze"],
    ["clock", "set", "2025-06-01"],
    ["clock", "advance", "1s"],
    ["limits", "exhaust", "owner", "mute_chat"],
    ["limits", "clear"],
    ["limits", "set", "--threshold", "20"],
    ["faults", "add", RULE],
    ["faults", "clear"],
    ["requests", "clear"],
    ["snapshots", "save", "it"],
    ["snapshots", "restore", "it"],
    ["snapshots", "delete", "it"],
    ["worlds", "create", "--id", "it"],
    ["worlds", "delete", "it"],
]
OTHERS = [
    ["openapi"],
    ["requests", "--follow"],
    ["request", "1a-1"],
    ["faults", "remove", "1"],
    ["state", "import", "-"],
]

EVERY = [pytest.param(command, id=" ".join(command)) for command in chain(READING, CHANGING, OTHERS)]


@pytest.mark.parametrize("command", EVERY)
def test_no_server_is_one_line_and_exit_1(start: Start, command: list[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    ended = start(*command, "--url", url).ended()
    assert ended.code == 1
    assert ended.err.startswith(f"mockcliq: no MockCliq answers at {url}: ")
    assert ended.err.count("\n") == 1


def test_the_server_s_control_token_comes_from_the_environment_or_a_flag(start: Start, serve: Serve) -> None:
    url = serve(world="empty", control_token="me-in").url
    for command in chain(READING, CHANGING):
        asked = start(*command, "--json", "--url", url, env={"MOCKCLIQ_CONTROL_TOKEN": "me-in"}).ended()
        assert (asked.code, asked.err) == (0, ""), command
        json.loads(asked.out)
    assert start("users", "--url", url, "--control-token", "me-in").ended().code == 0


@pytest.mark.slow
@pytest.mark.parametrize("command", [each for each in EVERY if each.id != "openapi"])
def test_without_it_the_server_s_word_is_passed_on(start: Start, locked: Running, command: list[str]) -> None:
    ended = start(*command, "--url", locked.url, env={"MOCKCLIQ_CONTROL_TOKEN": ""}).ended()
    assert ended.code == 1
    assert "token" in ended.err
    assert ended.err.count("\n") == 1


@pytest.fixture
def locked(serve: Serve) -> Running:
    """A server whose control API asks for a token."""
    return serve(world="empty", control_token="secret-of-ours")


def test_a_wrong_token_is_refused_and_one_that_no_header_carries_is_bad_usage(shell: Shell, locked: Running) -> None:
    told = shell.refused("users", "--url", locked.url, "--control-token", "somebody-elses-1234")
    assert "somebody" not in told
    assert "control_token" in shell.refused("users", "--url", locked.url, "--control-token", "two words", code=2)


def test_wait_needs_no_token(shell: Shell, locked: Running) -> None:
    assert shell.out("wait", "--url", locked.url) == ""
    assert shell.json("wait", "--url", locked.url) == {"status": "ready"}


def test_output_is_never_wrapped_or_coloured_in_a_pipe(shell: Shell, documentation: Running) -> None:
    name = "Ann " * 45
    documentation.control("POST", "/users", json={"name": name.strip(), "email": "ann@example.com"})
    out = shell.out("users", env={"COLUMNS": "20", "TERM": "xterm-256color"})
    assert "\x1b" not in out
    line = next(line for line in out.splitlines() if "ann@example.com" in line)
    assert name.strip() in line


@pytest.mark.parametrize("command", ["users", "limits", "state export", "requests --json"])
def test_a_reader_that_has_had_enough_is_survived(shell: Shell, documentation: Running, command: str) -> None:
    documentation.as_("owner").get("/chats")
    done = shell.paste(f"mockcliq {command} | head -1; mockcliq {command} | true; echo ${{PIPESTATUS[0]}}")
    assert done.stderr == ""
    assert done.stdout.splitlines()[1:] == ["0"]


def test_output_that_cannot_be_written_is_one_line_and_exit_1(shell: Shell) -> None:
    done = shell.paste("mockcliq users > /dev/full")
    assert (done.returncode, done.stderr) == (1, "mockcliq: cannot write: No space left on device\n")


def test_a_terminal_of_another_encoding_gets_what_it_can_show(shell: Shell, documentation: Running) -> None:
    documentation.control("POST", "/users", json={"name": "Zoë 李", "email": "zoe@example.com"})
    done = shell.paste("mockcliq users; mockcliq users --json", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"Zo\xeb \u674e" in done.stdout
    assert json.loads(done.stdout[done.stdout.index("{") :])["users"][-1]["name"] == "Zoë 李"


def test_an_argument_that_is_no_text_is_bad_usage(shell: Shell) -> None:
    for command in (r"revoke $'\xff'", r"users --world $'\xff'", r"limits --user $'\xff'"):
        done = shell.paste(f"mockcliq {command}")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done
        assert done.stderr.endswith("is no text in UTF-8\n")


def test_asking_loads_no_web_framework(documentation: Running) -> None:
    """A shell script asks often: what only the server needs stays away."""
    commands = [*READING, *CHANGING, ["openapi"], ["healthcheck"], ["wait"]]
    program = f"""
import contextlib, io, os, sys
from mockcliq.cli import main
for command in {commands!r}:
    sys.argv = ["mockcliq", *command, "--url", "{documentation.url}"]
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), "utf-8")):
        try:
            main()
        except SystemExit as end:
            assert not end.code, command
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = "fastapi starlette sqlmodel sqlalchemy uvicorn faker yaml httpx pydantic pydantic_settings orjson"
    assert set(heavy.split()) & set(done.stdout.split()) == set()


@pytest.mark.parametrize("command", [[], *EVERY])
def test_every_command_explains_itself(start: Start, command: list[str]) -> None:
    ended = start(*[word for word in command if not word.startswith("-")], "--help").ended()
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Usage: ")
