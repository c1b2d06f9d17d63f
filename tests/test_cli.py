"""The command line: what it prints, to whom, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from mockcliq.settings import BadSetting, Settings, read_settings
from tests.conftest import Running
from tests.needs import needs
from tests.processes import ROOT, SERVE, Ended, Program, Start, clean_environment, free_port, until
from tests.reference import EMULATED

OWNER = "1000.mockcliq.owner"


def run(start: Start, *arguments: str, env: dict[str, str] | None = None) -> Ended:
    """Run a command to its end."""
    return start(*arguments, env=env).ended()


def failed(ended: Ended, code: int) -> str:
    """The one line of a command that failed so, after the program's name."""
    assert ended.code == code, ended
    assert ended.line.startswith("mockcliq: "), ended.line
    return ended.line.removeprefix("mockcliq: ")


def paste(text: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Paste lines into a bash; `mockcliq` there is this checkout's."""
    command = f'mockcliq() {{ {sys.executable} -m mockcliq "$@"; }}\n{text}'
    environment = clean_environment() | env
    return subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def printed(server: Program) -> str:
    """The banner in text, once it is complete."""
    until(lambda: server.has_ended or re.search(r"^  limits .*\n", server.out, re.MULTILINE))
    return server.out


def fact(banner: str, name: str) -> str:
    """What the banner says of one thing."""
    found = re.search(rf"^  {name} +(.*)$", banner, re.MULTILINE)
    assert found, banner
    return found[1]


# serve: the banner


@needs("bash", "curl")
def test_the_banner_says_all_that_a_first_call_needs(start: Start) -> None:
    banner = printed(start("serve", "--port", "0"))
    url = fact(banner, "URL")
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", url)
    assert fact(banner, "token") == OWNER
    assert fact(banner, "world") == "demo (seed 1)"
    assert fact(banner, "limits").startswith("on")
    pasted = paste(fact(banner, "try it"), http_proxy="")
    assert pasted.returncode == 0, pasted.stderr
    assert len(json.loads(pasted.stdout)["chats"]) == 3
    assert httpx.get(fact(banner, "reference"), trust_env=False).status_code == 200


def test_the_banner_names_world_seed_database_and_limits_as_they_are(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "cliq.db"
    arguments = ("--world", "documentation", "--seed", "9", "--rate-limit", "off", "--database", str(file))
    banner = printed(start("serve", "--port", "0", *arguments))
    assert fact(banner, "world") == "documentation (seed 9)"
    assert fact(banner, "kept in") == str(file)
    assert fact(banner, "limits") == "off"


def test_the_banner_goes_to_a_pipe_at_once_and_in_whole_lines(start: Start) -> None:
    """Whoever starts the server waits for it."""
    lines = printed(start("serve", "--port", "0", "--world", "empty", env={"COLUMNS": "20"})).splitlines()
    assert max(map(len, lines)) > 80
    assert "\x1b" not in "".join(lines)


def test_with_json_the_banner_is_one_line_of_json(start: Start) -> None:
    server = start("serve", "--port", "0", "--log-format", "json", "--world", "empty", "--seed", "3")
    banner = server.banner()
    assert {name: banner[name] for name in ("event", "token", "world", "seed", "database", "rate_limit")} == {
        "event": "ready",
        "token": OWNER,
        "world": "empty",
        "seed": 3,
        "database": None,
        "rate_limit": True,
    }
    answer = httpx.get(f"{banner['url']}/api/v2/chats", headers={"Authorization": f"Bearer {OWNER}"}, trust_env=False)
    assert answer.json() == {"chats": []}
    ended = server.end_by(signal.SIGTERM)
    assert (ended.out.count("\n"), ended.err) == (1, "")


# serve: flag, environment, default


def test_a_flag_beats_the_environment_which_beats_the_default(start: Start) -> None:
    def settings(*flags: str, **env: str) -> list[object]:
        banner = start(*SERVE, *flags, env=env).banner()
        return [banner[name] for name in ("world", "seed", "rate_limit", "database")]

    env = {
        "MOCKCLIQ_WORLD": "empty",
        "MOCKCLIQ_SEED": "5",
        "MOCKCLIQ_RATE_LIMIT": "off",
        "MOCKCLIQ_DATABASE": "a.db",
    }
    flags = ("--world", "documentation", "--seed", "7", "--rate-limit", "on", "--database", "b.db")
    assert settings() == ["demo", 1, True, None]
    assert settings(**env) == ["empty", 5, False, "a.db"]
    assert settings(*flags, **env) == ["documentation", 7, True, "b.db"]
    assert settings("--seed", "7", **env) == ["empty", 7, False, "a.db"]


def test_the_port_and_the_format_come_from_the_environment_too(start: Start) -> None:
    port = free_port()
    env = {"MOCKCLIQ_PORT": str(port), "MOCKCLIQ_LOG_FORMAT": "json", "MOCKCLIQ_WORLD": "empty"}
    assert start("serve", env=env).banner()["url"] == f"http://127.0.0.1:{port}"
    other = start("serve", "--port", "0", "--log-format", "text", env=env)
    assert fact(printed(other), "URL") != f"http://127.0.0.1:{port}"


def test_an_empty_variable_is_as_none(start: Start) -> None:
    """As a compose file sets what the shell has not."""
    env = dict.fromkeys(("MOCKCLIQ_WORLD", "MOCKCLIQ_SEED", "MOCKCLIQ_DATABASE", "MOCKCLIQ_RATE_LIMIT"), "")
    banner = start(*SERVE, env=env).banner()
    assert (banner["world"], banner["seed"], banner["database"], banner["rate_limit"]) == ("demo", 1, None, True)


# serve: what will not do

BAD_VALUES = {
    "profile": ["live", "Observed"],
    "port": ["x", "-1", "65536", "1.5"],
    "seed": ["x", "-1", str(2**63)],
    "present": ["tomorrow", "Now"],
    "users": ["x", "4", "100001"],
    "chats": ["x", "-1", "1000001"],
    "messages": ["x", "-1", "20000001"],
    "rate_limit": ["x", "2"],
    "create_missing": ["x", "2"],
    "rate_limit_headers": ["x", "on"],
    "debug_headers": ["x"],
    "prefer": ["x"],
    "journal_size": ["x", "-1"],
    "journal_bytes": ["x", "-1", "1.5", str(2**40 + 1)],
    "state_bytes": ["x", "1.5", str(2**20 - 1), str(2**30 + 1)],
    "snapshots_bytes": ["x", "-1", str(2**40 + 1)],
    "templates_bytes": ["x", "-1", str(2**40 + 1)],
    "uploads_bytes": ["x", str(2**20 - 1), str(2**40 + 1)],
    "files_bytes": ["x", "-1", "1.5", str(2**40 + 1)],
    "state_file_bytes": ["x", "-1", "1.5", str(2**25 + 1)],
    "world_idle": ["x", "-1", "nan"],
    "control": ["x"],
    "ui": ["x", "2"],
    "label": ["two\nlines", "a" * 81, " ", "\u202egnp.exe"],
    "allowed_hosts": ["x:1"],
    "allowed_origins": ["x:1", "http://x/y", "null"],
    "public_url": ["x:1", "ftp://x", "http://x?y"],
    "trusted_proxies": ["x", "10.0.0.0/33"],
    "client_id": ["two words", "a" * 201],
    "token_limit": ["x", "2"],
    "log_format": ["x", "JSON\n"],
    "access_log": ["x", "on"],
    "until_stdin_closes": ["x", "2"],
    "kept_runs": ["x", "-1", "100001"],
    "max_worlds": ["x", "0", "1000001"],
    "tls": ["x", "yes"],
    "tls_port": ["x", "-1", "65536"],
    "proxy": ["x", "2"],
    "proxy_port": ["x", "-1", "65536"],
    "proxy_pass": ["x:1", "*", "10.0.0.1", "a b", "cliq.zoho.com", "Accounts.Zoho.EU"],
}


def test_no_setting_but_plain_text_is_missing_here() -> None:
    kinds = Settings.model_json_schema()["properties"]
    texts = {"database", "control_token", "client_secret", "tls_directory", "tls_certificate", "tls_key", "report"}
    assert {name for name, kind in kinds.items() if kind.get("type") != "string" or "enum" in kind} - texts <= set(
        BAD_VALUES
    )


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD_VALUES.items() for value in values])
def test_a_variable_that_will_not_do_is_one_line_that_names_it(start: Start, name: str, value: str) -> None:
    line = failed(run(start, "serve", env={f"MOCKCLIQ_{name.upper()}": value}), 2)
    assert line.startswith(f"MOCKCLIQ_{name.upper()}: {value!r} will not do: ")


def test_a_client_is_an_id_and_a_secret_which_no_message_shows(start: Start) -> None:
    told = failed(run(start, "serve", env={"MOCKCLIQ_CLIENT_ID": "mine"}), 2)
    assert told == "MOCKCLIQ_CLIENT_SECRET is missing: MOCKCLIQ_CLIENT_ID and MOCKCLIQ_CLIENT_SECRET go together"
    told = failed(run(start, "serve", env={"MOCKCLIQ_CLIENT_SECRET": "mine"}), 2)
    assert told == "MOCKCLIQ_CLIENT_ID is missing: MOCKCLIQ_CLIENT_ID and MOCKCLIQ_CLIENT_SECRET go together"
    env = {"MOCKCLIQ_CLIENT_ID": "mine", "MOCKCLIQ_CLIENT_SECRET": "very secret1234"}
    told = failed(run(start, "serve", env=env), 2)
    assert told.startswith("MOCKCLIQ_CLIENT_SECRET: ...1234 will not do: ")
    assert "very" not in told


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD_VALUES for value in BAD_VALUES[name]])
def test_a_flag_that_will_not_do_is_one_line_that_names_it(start: Start, name: str, value: str) -> None:
    flag = f"--{name.replace('_', '-')}"
    line = failed(run(start, "serve", f"{flag}={value}"), 2)
    assert line.startswith(f"{flag}: {value!r} will not do: ")


@pytest.mark.parametrize("flag", ["--host", "--world", "--database"])
def test_an_empty_flag_will_not_do(start: Start, flag: str) -> None:
    assert failed(run(start, "serve", f"{flag}="), 2).startswith(f"{flag}: '' will not do: ")


@given(
    name=st.sampled_from(sorted(Settings.model_fields)),
    # What a shell can hand on: anything but NUL, and bytes that are no UTF-8 as Python writes them.
    text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff")),
    as_flag=st.booleans(),
)
def test_any_text_for_a_setting_is_taken_or_refused_by_its_name(name: str, text: str, as_flag: bool) -> None:
    """As a flag also what only has a variable: both are read in one way."""
    variable = f"MOCKCLIQ_{name.upper()}"
    with pytest.MonkeyPatch.context() as patch:
        for each in [each for each in os.environ if each.upper().startswith("MOCKCLIQ_")]:
            patch.delenv(each)
        if not as_flag:
            patch.setenv(variable, text)
        try:
            read_settings(**({name: text} if as_flag else {}))
        except BadSetting as error:
            told = str(error)
            spelt = f"--{name.replace('_', '-')}" if as_flag else variable
            assert told.startswith(f"{spelt}: ") or re.search(
                r"is missing: MOCKCLIQ_\w+ and MOCKCLIQ_\w+ go together", told
            )
            assert "will not do: " in told or "go together" in told
            assert name not in ("control_token", "client_secret") or len(text) < 9 or text not in told


def test_the_flag_is_named_where_the_variable_is_bad_as_well(start: Start) -> None:
    line = failed(run(start, "serve", "--seed", "x", env={"MOCKCLIQ_SEED": "y"}), 2)
    assert line.startswith("--seed: 'x' will not do: ")


def test_sizes_that_contradict_each_other_are_one_line_that_names_one(start: Start) -> None:
    line = failed(run(start, "serve", "--port", "0", "--chats", "0", "--messages", "5"), 2)
    assert "messages" in line
    assert "chats" in line


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nope"], "nope"),
        (["--nope"], "--nope"),
        (["serve", "--nope"], "--nope"),
        (["serve", "extra"], "extra"),
        (["serve", "--port"], "--port"),
        (["operations", "--nope"], "--nope"),
        (["wait", "--timeout", "x"], "--timeout"),
        (["wait", "--timeout", "-1"], "--timeout"),
        (["wait", "--timeout", "nan"], "--timeout"),
        (["limits", "set", "--lock", "soon"], "--lock"),
        (["state"], "command"),
        (["env", "--shell", "tcsh"], "--shell"),
        (["env", "two\nlines"], "two"),
    ],
)
def test_a_command_or_flag_that_is_none_is_one_line_and_exit_2(start: Start, arguments: list[str], named: str) -> None:
    assert named in failed(run(start, *arguments), 2)


@pytest.mark.skipif(Version(version("click")) < Version("8.4"), reason="needs click 8.4, which knows what was meant")
@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["serv"], "serve"),
        (["clock", "freze"], "freeze"),
        (["serve", "--prot", "0"], "--port"),
        (["users", "--jsn"], "--json"),
    ],
)
def test_a_slip_of_the_keyboard_is_told_what_was_meant(start: Start, arguments: list[str], meant: str) -> None:
    told = failed(run(start, *arguments), 2)
    assert arguments[-2 if arguments[-1] == "0" else -1] in told
    assert "Did you mean" in told
    assert f"'{meant}'" in told


def test_an_option_before_its_command_is_told_where_it_stands(start: Start) -> None:
    """As in `docker run mockcliq --world empty`."""
    told = failed(run(start, "--world", "empty"), 2)
    assert "--world" in told
    assert "`mockcliq serve --world empty`" in told


def test_without_a_command_there_is_the_help_to_read(start: Start) -> None:
    ended = run(start)
    assert ended.code in (0, 2)
    assert re.search(r"^  serve +\S", ended.out + ended.err, re.MULTILINE), ended


def test_help_lists_every_command(start: Start) -> None:
    ended = run(start, "--help")
    assert (ended.code, ended.err) == (0, "")
    for command in ("serve", "operations", "wait", "healthcheck", "openapi", "env"):
        assert re.search(rf"^  {command} +\S", ended.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ([], ["--help"]),
        (["serve"], ["serve", "--help"]),
        (["clock"], ["clock", "--help"]),
        (["clock", "advance"], ["clock", "advance", "-h"]),
    ],
)
def test_help_may_be_asked_for_by_a_word(start: Start, words: list[str], same: list[str]) -> None:
    asked, expected = run(start, "help", *words), run(start, *same)
    assert (asked.code, asked.err) == (0, "")
    assert asked.out == expected.out


@pytest.mark.parametrize("words", [["serv"], ["clock", "freze"], ["serve", "port"]])
def test_help_of_what_is_no_command_is_bad_usage(start: Start, words: list[str]) -> None:
    assert words[-1] in failed(run(start, "help", *words), 2)


def test_the_schema_of_world_files_is_printed(start: Start) -> None:
    assert json.loads(run(start, "schema").out) == json.loads(
        (ROOT / "fixtures" / "worlds" / "world.schema.json").read_text()
    )


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_is_one_line(start: Start, flag: str) -> None:
    ended = run(start, flag)
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"mockcliq [0-9]+\.[0-9]+\.[0-9]+\S*\n", ended.out)


def test_the_module_runs_as_the_command_does() -> None:
    done = paste("mockcliq --version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("mockcliq ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["mockcliq", "cl"], ["clock"]),
        (["mockcliq", "clock", ""], ["show", "real", "freeze", "set", "advance"]),
        (["mockcliq", "env", "--sh"], ["--shell"]),
        (["mockcliq", "env", "--shell", "f"], ["fish"]),
    ],
)
def test_a_shell_completes_a_line(tmp_path: Path, line: list[str], offered: list[str]) -> None:
    program = tmp_path / "mockcliq"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mockcliq "$@"\n')
    program.chmod(0o755)
    script = f"""
eval "$(_MOCKCLIQ_COMPLETE=bash_source mockcliq)"
COMP_WORDS=({shlex.join(line)}) COMP_CWORD={len(line) - 1}
_mockcliq_completion mockcliq
echo "${{COMPREPLY[@]}}"
"""
    environment = clean_environment()
    environment["PATH"] = f"{tmp_path}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    assert done.stdout.split() == offered


# Against a running server


def test_operations_prints_a_table_that_a_pipe_does_not_wrap(start: Start, documentation: Running) -> None:
    ended = run(start, "operations", "--url", documentation.url, env={"COLUMNS": "30"})
    assert (ended.code, ended.err) == (0, "")
    head, *rows = ended.out.splitlines()
    paths = [each["path"] for each in documentation.control("GET", "/operations")["operations"]]
    assert head.split() == ["OPERATION", "METHOD", "PATH", "SCOPE", "THRESHOLD", "LOCK"]
    assert [re.split(r" {2,}", row.strip()) for row in rows] == [
        [
            each.name,
            each.method,
            path,
            " or ".join(each.scopes) or "-",
            f"{each.threshold} in {each.window_s:g} s",
            f"{each.lock_s:g} s",
        ]
        for each, path in zip(EMULATED, paths, strict=True)
    ]


def test_operations_prints_json_for_machines(start: Start, documentation: Running) -> None:
    ended = run(start, "operations", "--json", "--url", documentation.url)
    assert json.loads(ended.out) == documentation.control("GET", "/operations")


def test_openapi_prints_the_document(start: Start, documentation: Running) -> None:
    ended = run(start, "openapi", "--url", documentation.url)
    assert json.loads(ended.out) == documentation.http.get("/openapi.json").json()


def test_the_server_to_ask_may_stand_in_the_environment(start: Start, documentation: Running) -> None:
    assert run(start, "operations", env={"MOCKCLIQ_URL": documentation.url}).code == 0
    unreachable = {"MOCKCLIQ_URL": "http://127.0.0.1:1"}
    assert run(start, "operations", "--url", documentation.url, env=unreachable).code == 0
    assert run(start, "operations", "--url", f"{documentation.url}/").code == 0


def test_a_proxy_is_not_asked_the_way(start: Start, documentation: Running) -> None:
    proxy = {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    assert run(start, "healthcheck", "--url", documentation.url, env=proxy).code == 0


@pytest.mark.parametrize("command", ["operations", "healthcheck", "openapi", "env", "wait"])
def test_no_server_is_one_line_and_exit_1(start: Start, command: str) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    more = ("--timeout", "0.2") if command == "wait" else ()
    assert url in failed(run(start, command, "--url", url, *more), 1)


@pytest.mark.parametrize(
    "url", ["nonsense", "http://", "http://[::1", "ftp://localhost", "http://two\nlines", "http://a..b"]
)
def test_a_url_that_is_none_is_one_line_and_exit_1(start: Start, url: str) -> None:
    failed(run(start, "operations", "--url", url), 1)


@contextmanager
def other_server(status: int, body: bytes) -> Iterator[str]:
    """The URL of a server that is no MockCliq: it answers every GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"no such page"), (200, b"<html></html>"), (200, b"{}"), (200, b"[]"), (500, b"\xff")]
)
@pytest.mark.parametrize("command", ["operations", "healthcheck", "wait"])
def test_another_program_s_server_is_one_line_and_exit_1(start: Start, command: str, status: int, body: bytes) -> None:
    """On a port where MockCliq was meant to be."""
    more = ("--timeout", "0.2") if command == "wait" else ()
    with other_server(status, body) as url:
        failed(run(start, command, "--url", url, *more), 1)


def test_wait_returns_as_soon_as_the_server_is_ready(start: Start) -> None:
    """It may be started before the server is."""
    port = free_port()
    waiting = start("wait", "--url", f"http://127.0.0.1:{port}")
    server = start("serve", "--port", str(port), "--chats", "3000", "--log-format", "json")
    ended = waiting.ended()
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert server.banner()["event"] == "ready"


def test_wait_gives_up_after_its_time(start: Start) -> None:
    port = free_port()
    start("serve", "--port", str(port), "--chats", "200000")
    url = f"http://127.0.0.1:{port}"
    assert url in failed(start("wait", "--url", url, "--timeout", "0.5").ended(), 1)


def test_wait_gives_up_after_its_time_on_a_server_that_never_answers(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert url in failed(start("wait", "--url", url, "--timeout", "0.5").ended(), 1)


@pytest.mark.slow
def test_healthcheck_is_0_once_the_server_is_ready_and_not_before(start: Start) -> None:
    port = free_port()
    server = start("serve", "--port", str(port), "--chats", "6000")
    url = f"http://127.0.0.1:{port}"
    until(lambda: is_alive(url))
    assert url in failed(run(start, "healthcheck", "--url", url), 1)
    until(lambda: server.out)
    ended = run(start, "healthcheck", "--url", url)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_healthcheck_asks_on_the_port_that_the_container_s_server_was_given(
    start: Start, documentation: Running
) -> None:
    assert run(start, "healthcheck", env={"MOCKCLIQ_PORT": str(documentation.port)}).code == 0


def is_alive(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        return httpx.get(f"{url}/_mockcliq/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_healthcheck_loads_no_web_framework(documentation: Running) -> None:
    """It runs every few seconds in a container."""
    program = f"""
import sys
from mockcliq.cli import main
sys.argv = ["mockcliq", "healthcheck", "--url", "{documentation.url}"]
try:
    main()
except SystemExit as end:
    print(end.code or 0, *sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    code, *modules = done.stdout.split()
    assert code == "0"
    heavy = {
        "fastapi",
        "starlette",
        "sqlmodel",
        "sqlalchemy",
        "uvicorn",
        "faker",
        "yaml",
        "httpx",
        "pydantic",
        "pydantic_settings",
    }
    assert heavy.isdisjoint(modules)


# env


@needs("bash", "curl")
def test_env_sets_up_a_shell(documentation: Running) -> None:
    """As its help says: eval "$(mockcliq env)"; then a client finds the server."""
    script = """
eval "$(mockcliq env)"
curl --silent --noproxy '*' -H "Authorization: Bearer $MOCKCLIQ_TOKEN" "$ZOHO_CLIQ_BASE_URL/api/v2/chats"
echo
python3 -c 'import os; print(os.environ["MOCKCLIQ_URL"])'
"""
    done = paste(script, MOCKCLIQ_URL=documentation.url)
    assert (done.returncode, done.stderr) == (0, "")
    answer, url = done.stdout.splitlines()
    assert [row["chat_id"] for row in json.loads(answer)["chats"]] == ["2230748224630350194"]
    assert url == documentation.url


def test_env_gives_a_base_url_to_put_a_path_behind(start: Start, documentation: Running) -> None:
    """Also where the server was named with a slash at its end."""
    variables = json.loads(run(start, "env", "--json", "--url", f"{documentation.url}/").out)
    assert variables["ZOHO_CLIQ_BASE_URL"] == documentation.url


@pytest.mark.parametrize(
    ("shell", "form"),
    [
        ("sh", "export {}='{}'"),
        ("fish", "set -gx {} '{}'"),
        ("powershell", "$Env:{} = '{}'"),
        ("dotenv", "{}={}"),
    ],
)
def test_env_speaks_four_shells(start: Start, documentation: Running, shell: str, form: str) -> None:
    ended = run(start, "env", "--shell", shell, "--url", documentation.url)
    assert (ended.code, ended.err) == (0, "")
    values = {
        "MOCKCLIQ_URL": documentation.url,
        "MOCKCLIQ_TOKEN": OWNER,
        "ZOHO_CLIQ_BASE_URL": documentation.url,
        "ZOHO_CLIQ_ACCOUNTS_URL": documentation.url,
        "ZOHO_ACCOUNTS_DOMAIN": documentation.url,
        "ZOHO_CLIQ_CLIENT_ID": "1000.MOCKCLIQ",
        "ZOHO_CLIQ_CLIENT_SECRET": "mockcliq-secret",
        "ZOHO_CLIQ_REFRESH_TOKEN": "1000.mockcliq.refresh",
    }
    assert ended.out.splitlines() == [form.format(name, value) for name, value in values.items()]


@pytest.mark.parametrize(("shell", "program"), [("sh", "sh"), ("fish", "fish"), ("powershell", "pwsh")])
def test_what_env_prints_is_understood_by_the_shell_itself(
    start: Start, documentation: Running, shell: str, program: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here")
    lines = run(start, "env", "--shell", shell, "--url", documentation.url).out
    show = "echo $Env:MOCKCLIQ_TOKEN" if shell == "powershell" else 'echo "$MOCKCLIQ_TOKEN"'
    done = subprocess.run(
        [program, "-c", f"{lines}{show}"], env=clean_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == OWNER


# Pipes


@pytest.mark.parametrize("command", ["openapi", "operations"])
def test_output_survives_a_reader_that_has_had_enough(documentation: Running, command: str) -> None:
    """Both who reads one line and who reads none."""
    done = paste(f"mockcliq {command} | head -1; mockcliq {command} | true", MOCKCLIQ_URL=documentation.url)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_a_full_disk_is_no_traceback(documentation: Running) -> None:
    if not os.path.exists("/dev/full"):  # noqa: PTH110 - a device
        pytest.skip("no /dev/full here")
    done = paste("mockcliq operations > /dev/full", MOCKCLIQ_URL=documentation.url)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1, done.stderr
