"""`mockcliq run`: how it begins, what it hands on, how it ends, and what it says."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.test_ca import WITHOUT_THE_EXTRA
from tests.conftest import Serve
from tests.needs import needs_terminal
from tests.processes import ROOT, SERVE, Start, clean_environment, free_port, until
from tests.report import archived, document
from tests.run.conftest import Runner

CALL = """
import sys, urllib.error, urllib.request
for url in sys.argv[1:]:
    request = urllib.request.Request(url, headers={"Authorization": "Bearer 1000.mockcliq.owner"})
    try:
        with urllib.request.urlopen(request) as answer:
            print(answer.status)
    except urllib.error.HTTPError as error:
        print(error.code)
    except urllib.error.URLError as error:
        print(error.reason)
"""
"""A program that calls the URLs of its arguments."""

COUNT = """
import os, signal, sys
woken, waker = os.pipe()
os.set_blocking(waker, False)
signal.set_wakeup_fd(waker)  # signal.pause would sleep on if one came just before it
counts = dict.fromkeys(("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"), 0)
def count(number, _):
    name = signal.Signals(number).name
    counts[name] += 1
    os.write(1, f"{name} {counts[name]}\\n".encode())  # print could be interrupted by itself
for name in counts:
    signal.signal(getattr(signal, name), count)
os.write(1, b"ready\\n")
while not counts["SIGUSR2"]:
    os.read(woken, 1)
sys.exit(5)
"""
"""A program that counts the signals that it gets, and ends by SIGUSR2."""

CHATS = "https://cliq.zoho.com/api/v2/chats"


# What it says


def test_it_says_what_was_called_and_what_was_refused_with_counts(runner: Runner) -> None:
    urls = (CHATS, CHATS, "https://cliq.zoho.eu/api/v2/chats/1/mute", "https://example.com/a?b=secret")
    others = ("https://b.example.com", "https://192.0.2.1/", "https://cliq.zoho.com:8443/")
    ended = runner.run("--", sys.executable, "-c", CALL, *urls, *others)
    assert ended.code == 0
    assert ended.out.splitlines()[:3] == ["200", "200", "405"]
    assert ended.err.splitlines() == [
        "mockcliq: 3 calls came here:",
        "mockcliq:     2  GET /api/v2/chats 200",
        "mockcliq:     1  GET /api/v2/chats/1/mute 405 method_not_allowed; have=GET; need=POST",
        "mockcliq: 4 calls for other hosts refused:",
        "mockcliq:     1  CONNECT example.com:443 403 outside; have=example.com; need=one of Zoho's hosts",
        "mockcliq:     1  CONNECT b.example.com:443 403 outside; have=b.example.com; need=one of Zoho's hosts",
        "mockcliq:     1  CONNECT 192.0.2.1:443 403 outside_address; have=192.0.2.1; need=a host's name",
        "mockcliq:     1  CONNECT cliq.zoho.com:8443 403 outside_port; have=cliq.zoho.com:8443; need=port 443 or 80",
        "mockcliq: MOCKCLIQ_PROXY_PASS=b.example.com,example.com lets them through, set where the server starts",
    ]


def test_it_tells_what_came_during_the_run_alone(runner: Runner) -> None:
    runner.server.as_("owner").get("/chats")
    ended = runner.run("--", sys.executable, "-c", CALL, CHATS)
    assert "mockcliq: 1 call came here:" in ended.err.splitlines()


@pytest.mark.parametrize("direct", [False, True])
def test_a_program_that_does_not_go_by_the_proxy_is_told_of_it(runner: Runner, direct: bool) -> None:
    """Whether it calls nobody, or the server by its own URL."""
    urls = [f"{runner.server.url}/api/v2/chats"] if direct else []
    ended = runner.run("--", sys.executable, "-c", CALL, *urls)
    assert ended.out == "200\n" * direct
    assert ended.err.splitlines()[-1].startswith("mockcliq: nothing came through the proxy: ")
    assert "HTTPS_PROXY" in ended.err
    assert "docs/guides/run.md" in ended.err


@pytest.mark.parametrize("host", ["cliq.zoho.com.", "CLIQ.ZOHO.COM", "cliq.zoho.com:80"])
def test_a_host_may_be_written_in_any_way(runner: Runner, host: str) -> None:
    ended = runner.run("--", sys.executable, "-c", CALL, f"http://{host}/api/v2/chats")
    assert ended.err.splitlines() == ["mockcliq: 1 call came here:", "mockcliq:     1  GET /api/v2/chats 200"]


def test_quiet_says_nothing(runner: Runner) -> None:
    ended = runner.run("--quiet", "--", sys.executable, "-c", CALL, CHATS, "https://example.com/")
    assert (ended.code, ended.err) == (0, "")


def test_a_journal_that_is_too_small_is_said(serve: Serve, runner: Runner) -> None:
    directory = Path(runner.env["MOCKCLIQ_TLS_DIRECTORY"])
    for size, line in ((1, "the latest 1 calls alone are known"), (0, "the server keeps no journal")):
        server = serve(world="empty", proxy=True, proxy_port=0, tls_directory=directory, journal_size=size)
        ended = runner.run("--", sys.executable, "-c", CALL, CHATS, CHATS, env={"MOCKCLIQ_URL": server.url})
        assert ended.out == "200\n200\n"
        assert line in ended.err.splitlines()[0]


# What it hands on


def test_the_streams_are_the_program_s(runner: Runner) -> None:
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1]); sys.stderr.write('mine\\n')"
    ended = runner.python(code, "--quiet", stdin="\n\x00abc").ended()
    assert (ended.out, ended.err) == ("cba\x00\n", "mine\n")


@pytest.mark.parametrize("dashes", [(), ("--",)])
def test_what_stands_behind_the_program_is_the_program_s(runner: Runner, dashes: tuple[str, ...]) -> None:
    code = "import sys; print(sys.argv[1:])"
    ended = runner.run("--quiet", *dashes, sys.executable, "-c", code, "--quiet", "--", "-h", "--world", "")
    assert ended.out == "['--quiet', '--', '-h', '--world', '']\n"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1"])
def test_signals_are_handed_on_once_and_the_program_decides(runner: Runner, name: str) -> None:
    program = runner.python(COUNT)
    until(lambda: program.out == "ready\n")
    program.send(signal.Signals[name])
    until(lambda: f"{name} 1\n" in program.out)
    ended = program.end_by(signal.SIGUSR2)
    assert (ended.code, ended.out) == (5, f"ready\n{name} 1\nSIGUSR2 1\n")


def test_the_server_of_a_run_lives_as_long_as_its_program(start: Start, tls_directory: Path) -> None:
    code = f"""
import signal, time
def late(*_):
    {CALL.replace(chr(10), chr(10) + "    ")}
    sys.exit(3)
signal.signal(signal.SIGTERM, late)
print("ready", flush=True)
while True:
    time.sleep(0.05)  # signal.pause would sleep on if it came just before
"""
    env = {"MOCKCLIQ_TLS_DIRECTORY": str(tls_directory), "MOCKCLIQ_WORLD": "documentation"}
    program = start("run", "--", sys.executable, "-c", code, CHATS, env=env)
    until(lambda: program.out == "ready\n")
    ended = program.end_by(signal.SIGTERM)
    assert (ended.code, ended.out) == (3, "ready\n200\n")
    assert "mockcliq: 1 call came here:" in ended.err


def test_a_report_of_the_run_is_left(start: Start, tls_directory: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    env = {"MOCKCLIQ_TLS_DIRECTORY": str(tls_directory)}
    ended = start(
        "run", "--report", folder, "--", sys.executable, "-c", CALL, CHATS, "https://example.com/", env=env
    ).ended()
    assert ended.code == 0
    called = [(each["operation"], each["status"]) for each in document(folder)["requests"]]
    assert called == [("list_direct_chats", 200), ("outside", 403)]
    assert len(archived(folder)) == 2


def test_a_report_is_for_the_server_that_is_started_for_the_run(runner: Runner, tmp_path: Path) -> None:
    ended = runner.run("--report", tmp_path / "report", "--", sys.executable, "-c", "pass")
    assert (ended.code, ended.out) == (2, "")
    assert "--report: the server at" in ended.err
    assert not (tmp_path / "report").exists()


@needs_terminal
def test_ctrl_c_reaches_the_program_once(runner: Runner) -> None:
    pid, terminal = pty.fork()
    if pid == 0:  # in the new process
        os.environ.clear()
        os.environ.update(clean_environment() | runner.env)
        os.execv(  # noqa: S606 - a terminal of its own
            sys.executable, [sys.executable, "-m", "mockcliq", "run", "--", sys.executable, "-c", COUNT]
        )
    shown = b""
    try:
        for awaited in (b"ready", b"SIGINT 1", b"SIGUSR2 1"):
            with suppress(OSError):  # the last one has closed the terminal
                while awaited not in shown:
                    shown += os.read(terminal, 1024)
            assert awaited in shown, shown
            if awaited == b"ready":
                os.write(terminal, b"\x03")
            elif awaited == b"SIGINT 1":
                os.kill(pid, signal.SIGUSR2)  # handed on behind a second SIGINT, if there is one
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
        assert b"SIGINT 2" not in shown
    finally:
        os.close(terminal)


# How it ends


@pytest.mark.parametrize("code", [0, 1, 77, 255])
def test_it_ends_as_the_program_does(runner: Runner, code: int) -> None:
    assert runner.run("--", "sh", "-c", f"exit {code}").code == code


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE])
def test_a_program_that_a_signal_ends_is_128_and_its_number(runner: Runner, number: signal.Signals) -> None:
    assert runner.run("--", "sh", "-c", f"kill -{int(number)} $$").code == 128 + number


def test_a_program_that_is_not_there_is_127(runner: Runner) -> None:
    for program in ("no-such-program", "./no-such-program"):
        ended = runner.run("--", program)
        assert (ended.code, ended.line) == (127, f"mockcliq: {program}: cannot be run: no such file or directory")


def test_an_empty_name_is_that_of_no_program(runner: Runner) -> None:
    ended = runner.run("--", "")
    assert (ended.code, ended.line) == (127, "mockcliq: '': cannot be run: no such file or directory")


@pytest.mark.parametrize("first_line", ["#!/no/such/interpreter\n", "#!/bin/sh\r\n"])
def test_a_program_without_its_interpreter_is_told_apart_from_none(
    runner: Runner, tmp_path: Path, first_line: str
) -> None:
    (tmp_path / "file").write_text(first_line, newline="")
    (tmp_path / "file").chmod(0o755)
    ended = runner.run("--", tmp_path / "file")
    assert ended.code == 127
    assert "the interpreter that it names is not there" in ended.line


def test_a_program_that_is_none_is_126(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    ended = runner.run("--", tmp_path / "file")
    assert (ended.code, ended.line) == (126, f"mockcliq: {tmp_path}/file: cannot be run: permission denied")
    (tmp_path / "file").chmod(0o755)
    assert runner.run("--", tmp_path / "file").code == 126
    assert runner.run("--", tmp_path).code == 126


@pytest.mark.parametrize("arguments", [(), ("--",), ("--quiet",), ("--no-such-option", "true")])
def test_without_a_program_or_with_an_unknown_option_it_is_2(runner: Runner, arguments: tuple[str, ...]) -> None:
    ended = runner.run(*arguments)
    assert ended.code == 2
    assert ended.line.startswith("mockcliq: ")


# Where it cannot begin


def refused(runner: Runner, *flags: str, **more: object) -> tuple[int, str]:
    """The exit code and the line of a run whose program would write a file, which it must not have done."""
    ended = runner.run(*flags, "--", "echo", "it was started", **more)
    return ended.code, ended.line.removeprefix("mockcliq: ")


def test_a_server_that_has_no_proxy_is_told_in_a_line(start: Start, runner: Runner) -> None:
    url = start(*SERVE, "--world", "empty").banner()["url"]
    told = (1, f"the server at {url} has no proxy; start it with --proxy, or MOCKCLIQ_PROXY=on")
    assert refused(runner, env={"MOCKCLIQ_URL": url}) == told
    assert refused(runner, "--url", url) == told


def test_a_server_that_does_not_answer_is_told_in_a_line(runner: Runner) -> None:
    code, line = refused(runner, "--url", f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert line.startswith("no MockCliq answers at ")


def test_a_world_that_is_not_there_is_told_in_a_line(runner: Runner) -> None:
    code, line = refused(runner, "--world", "nowhere")
    assert (code, "nowhere" in line) == (1, True)
    assert refused(runner, "--world", "")[0] == 2
    code, line = refused(runner, "--world", "nowhere", env={"MOCKCLIQ_URL": ""})
    assert code == 2
    assert "MOCKCLIQ_URL" in line


def test_a_server_that_cannot_be_started_says_why(runner: Runner) -> None:
    code, line = refused(runner, env={"MOCKCLIQ_URL": "", "MOCKCLIQ_WORLD": "nowhere"})
    assert (code, "nowhere: no such world or file" in line) == (2, True)


def test_without_the_extra_it_says_what_to_install(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_THE_EXTRA)
    env = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    told = (2, "TLS needs packages that are not installed: pip install 'mockcliq[tls]'")
    assert refused(runner, env=env, cold=True) == told


# Worlds, and what is left


def test_two_runs_in_two_worlds_of_one_server_do_not_cross(runner: Runner) -> None:
    code = """
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], headers={"Authorization": "Bearer 1000.nobody.issued-it"})
for url in (request, sys.argv[2]):
    try:
        urllib.request.urlopen(url)
    except urllib.error.URLError as error:
        print(getattr(error, "code", error.reason), flush=True)
"""
    for world in ("alpha", "beta"):
        runner.server.control("POST", "/worlds", json={"id": world, "world": "empty"})
    programs = {
        world: runner.start(
            "--world",
            world,
            "--",
            sys.executable,
            "-c",
            code,
            f"https://cliq.zoho.com/{world}",
            f"https://{world}.test",
        )
        for world in ("alpha", "beta")
    }
    for world, other in (("alpha", "beta"), ("beta", "alpha")):
        ended = programs[world].ended()
        assert ended.code == 0
        assert f"GET /{world} " in ended.err
        assert f"CONNECT {world}.test:443 403" in ended.err
        assert other not in ended.err
        (_, outside) = runner.server.control("GET", f"/worlds/{world}/requests")["requests"]
        assert (outside["operation"], outside["path"]) == ("outside", f"{world}.test:443")
    assert runner.server.control("GET", "/requests")["requests"] == []


def test_of_a_run_nothing_is_left(runner: Runner, tmp_path: Path) -> None:
    env = {"TMPDIR": str(tmp_path)}
    code = "import os; print(os.environ['SSL_CERT_FILE'])"
    ended = runner.python(code, "--quiet", env=env).ended()
    assert re.fullmatch(re.escape(str(tmp_path)) + r"/mockcliq-run-\w+/ca-0\.pem\n", ended.out)
    assert list(tmp_path.iterdir()) == []
    program = runner.python(COUNT, env=env)
    until(lambda: program.out == "ready\n")
    assert program.end_by(signal.SIGUSR2).code == 5
    assert list(tmp_path.iterdir()) == []
    assert runner.run("--", "no-such-program", env=env).code == 127
    assert list(tmp_path.iterdir()) == []


def test_a_run_within_a_run_uses_the_same_server(runner: Runner) -> None:
    inner = [sys.executable, "-m", "mockcliq", "run", "--quiet", "--", sys.executable, "-c", CALL, CHATS]
    ended = runner.run("--", *inner)
    assert (ended.code, ended.out) == (0, "200\n")
    assert "mockcliq: 1 call came here:" in ended.err


def test_it_needs_no_terminal_and_no_standard_input(runner: Runner) -> None:
    env = clean_environment() | runner.env
    command = [sys.executable, "-m", "mockcliq", "run", "--", sys.executable, "-c", CALL, CHATS]
    ended = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "200\n"


def test_a_control_token_is_for_the_server_that_asks_for_it(
    start: Start, serve: Serve, runner: Runner, tls_directory: Path
) -> None:
    command = ("run", "--", sys.executable, "-c", CALL, CHATS)
    own = {"MOCKCLIQ_TLS_DIRECTORY": str(tls_directory), "MOCKCLIQ_CONTROL_TOKEN": "open-sesame"}
    ended = start(*command, env={**own, "MOCKCLIQ_WORLD": "empty", "MOCKCLIQ_PROXY": "off"}).ended()
    assert (ended.out, ended.err.count("\n")) == ("200\n", 2)
    server = serve(world="empty", proxy=True, proxy_port=0, tls_directory=tls_directory, control_token="open-sesame")
    assert start(*command, env={**own, "MOCKCLIQ_URL": server.url}).ended().out == "200\n"
    code, line = refused(runner, "--url", server.url)
    assert (code, "MOCKCLIQ_CONTROL_TOKEN" in line) == (1, True)
    code, _ = refused(runner, "--url", server.url, "--control-token", "wrong")
    assert code == 1
