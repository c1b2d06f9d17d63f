"""The pytest plugin, seen by suites that use it: each is written to a folder and run by a pytest of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import mockcliq
from tests.conftest import Serve
from tests.processes import ROOT, clean_environment, until
from tests.report import NAMES, archived, document

pytestmark = pytest.mark.slow

BOT = '''
import json
import urllib.error
import urllib.request


class MyBot:
    """Somebody's program, which knows nothing of mocks."""

    def __init__(self, base_url, token):
        self.base_url, self.token = base_url, token

    def chats(self):
        """The chats, or None where the service will not say."""
        request = urllib.request.Request(
            f"{self.base_url}/api/v2/chats", headers={"Authorization": f"Bearer {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["chats"]
        except urllib.error.HTTPError as error:
            error.close()
            return None
'''

FROM_THE_MANUAL = """
def test_backs_off_when_locked_out(mockcliq):          # a world of its own, safe under xdist
    mockcliq.limits.exhaust("list_direct_chats")
    bot = MyBot(base_url=mockcliq.url, token=mockcliq.token)
    assert bot.chats() is None
    mockcliq.clock.advance(minutes=10)
    assert bot.chats()
    mockcliq.verify("list_direct_chats", times=2)
"""


class Run:
    """A finished run of a suite."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.out = done.stdout
        self.err = done.stderr

    def outcomes(self) -> dict[str, int]:
        """How many passed, failed and so on."""
        (summary,) = re.findall(r"^=+ (.*) in [0-9.]+s =+$", self.out, re.MULTILINE)
        return {name.rstrip("s"): int(number) for number, name in re.findall(r"(\d+) ([a-z]+)", summary)}


RunSuite = Callable[..., Run]

PLUGINS = ("-p", "mockcliq.pytest_plugin", "-p", "xdist", "-p", "no:cacheprovider")
PYTEST = (sys.executable, "-m", "pytest", *PLUGINS, "--strict-markers", "-W", "error", "-ra")
ENVIRONMENT = clean_environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MOCKCLIQ_CHATS": "12"}


@pytest.fixture
def run(tmp_path: Path) -> RunSuite:
    """Writes a suite and runs it, every warning an error, with the plugins that it names and no others."""
    (tmp_path / "bot.py").write_text(BOT)

    def run(suite: str, *arguments: str, conftest: str = "", files: dict[str, str] | None = None, **env: str) -> Run:
        (tmp_path / "test_suite.py").write_text("import pytest\nfrom bot import MyBot\n\n" + textwrap.dedent(suite))
        (tmp_path / "conftest.py").write_text(textwrap.dedent(conftest))
        for name, content in (files or {}).items():
            (tmp_path / name).write_text(content)
        done = subprocess.run(
            [*PYTEST, *arguments],
            cwd=tmp_path,
            env=ENVIRONMENT | env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done)

    return run


WORLDS_APART = (
    FROM_THE_MANUAL
    + '''

def test_leaves(mockcliq):
    """What one test does, no other sees."""
    bot = MyBot(mockcliq.url, mockcliq.token)
    known = {row["name"] for row in bot.chats()}
    added = mockcliq.chats.add(type="chat", name="Only here", members=mockcliq.users.list()[:2])
    mockcliq.chats.add_message(added, added.creator, "hello")
    assert {row["name"] for row in bot.chats()} == known | {"Only here"}
    mockcliq.limits.exhaust("list_direct_chats", lock=True)
    mockcliq.clock.freeze()


@pytest.mark.parametrize("number", range(4))
def test_finds_the_world_at_its_start(mockcliq, number):
    bot = MyBot(mockcliq.url, mockcliq.token)
    assert "Only here" not in {row["name"] for row in bot.chats()}
    assert mockcliq.clock.state().mode != "frozen"
    with open("urls", "a") as urls:
        urls.write(mockcliq.url + "\\n")
'''
)


ALERTS = '''
import json
import threading
import urllib.request


class Alerts:
    """Somebody's program: it posts to a channel by a webhook, in its own time."""

    def __init__(self, webhook_url):
        self.webhook_url = webhook_url

    def fire(self, text):
        threading.Thread(target=self._post, args=({"text": text, "card": {"theme": "modern-inline"}},)).start()

    def _post(self, body):
        request = urllib.request.Request(
            self.webhook_url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(request, timeout=30).close()
'''


def test_a_program_that_posts_is_tested_from_end_to_end(run: RunSuite) -> None:
    suite = """
        from alerts import Alerts

        def test_alerts(mockcliq):
            mockcliq.channels.add("alerts")
            Alerts(mockcliq.webhook_url(channel="alerts")).fire("The disk is full")
            message = mockcliq.wait_for_message(channel="alerts", containing="disk", timeout=30)
            assert message.card == {"theme": "modern-inline"}
            assert mockcliq.messages(channel="alerts") == [message]
            mockcliq.verify("post_message_to_channel_by_name", times=1, status=204, within=30)

        def test_a_bot(mockcliq):
            mockcliq.bots.add("deploybot", subscribers=mockcliq.users.list()[:1])
            Alerts(mockcliq.webhook_url(bot="deploybot")).fire("Passed")
            assert mockcliq.wait_for_message(bot="deploybot", timeout=30).sender_name == "deploybot"

        def test_nothing(mockcliq):
            mockcliq.channels.add("alerts")
            mockcliq.wait_for_message(channel="alerts", containing="disk", timeout=0.01)
    """
    done = run(suite, files={"alerts.py": ALERTS})
    assert done.outcomes() == {"passed": 2, "failed": 1}, done.out
    assert "expected a message in channel alerts containing 'disk' within 0.01 s, but there was" in done.out
    assert "MockCliq journal of world" in done.out


def test_what_is_missing_is_made_where_the_server_may(run: RunSuite) -> None:
    suite = """
        import urllib.request

        def test_a_channel(mockcliq):
            url = f"{mockcliq.url}/api/v2/channelsbyname/nightlies/message?zapikey={mockcliq.webhook_token_for()}"
            request = urllib.request.Request(url, b'{"text": "Passed"}', {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=30).close()
            assert [each.text for each in mockcliq.messages(channel="nightlies")] == ["Passed"]
            assert [each.created for each in mockcliq.requests()] == ["channel nightlies"]
    """
    assert run(suite, MOCKCLIQ_CREATE_MISSING="on").outcomes() == {"passed": 1}


def test_the_manuals_example_runs_to_the_letter_each_test_in_its_own_world(run: RunSuite, tmp_path: Path) -> None:
    done = run(WORLDS_APART, "-p", "randomly")
    assert done.outcomes() == {"passed": 6}, done.out
    (url,) = set((tmp_path / "urls").read_text().split())
    assert not is_alive(url)


def test_each_worker_has_a_server_of_its_own_whatever_the_environment_says(run: RunSuite, tmp_path: Path) -> None:
    """A port or a database file would be one for all."""
    done = run(WORLDS_APART, "-n", "2", "--dist", "each", MOCKCLIQ_PORT="2547", MOCKCLIQ_DATABASE="shared.db")
    assert done.outcomes() == {"passed": 12}, done.out
    urls = set((tmp_path / "urls").read_text().split())
    assert len(urls) == 2
    assert not any(is_alive(url) for url in urls)
    assert not (tmp_path / "shared.db").exists()


def test_settings_of_the_environment_hold_save_those_that_would_keep_the_fixtures_out(run: RunSuite) -> None:
    suite = """
        def test_a(mockcliq):
            assert [row["name"] for row in MyBot(mockcliq.url, mockcliq.token).chats()] == ["Ryan West"]
    """
    settings = {"MOCKCLIQ_WORLD": "documentation", "MOCKCLIQ_CONTROL": "off", "MOCKCLIQ_CONTROL_TOKEN": "open-sesame"}
    assert run(suite, **settings).outcomes() == {"passed": 1}


def test_the_control_token_may_stand_in_a_file(run: RunSuite, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("open-sesame\n")
    suite = "def test_a(mockcliq): assert mockcliq.users.list()"
    assert run(suite, MOCKCLIQ_CONTROL_TOKEN_FILE=str(file)).outcomes() == {"passed": 1}
    done = run(suite, MOCKCLIQ_CONTROL_TOKEN_FILE=str(tmp_path / "none"))
    assert done.outcomes() == {"error": 1}
    assert "\nMockCliq: MOCKCLIQ_CONTROL_TOKEN_FILE: " in done.out


def test_a_server_that_logs_its_calls_does_not_stand_in_the_way(run: RunSuite) -> None:
    suite = "def test_a(mockcliq): MyBot(mockcliq.url, mockcliq.token).chats()"
    assert run(suite, MOCKCLIQ_ACCESS_LOG="text", MOCKCLIQ_PROT="1").outcomes() == {"passed": 1}


@pytest.mark.parametrize("way", ["option", "environment", "ini"])
def test_all_workers_share_the_server_that_is_named(run: RunSuite, tmp_path: Path, way: str) -> None:
    with mockcliq.start(world="documentation") as server:
        arguments = {"option": ["--mockcliq-url", server.url], "ini": ["-o", f"mockcliq_url={server.url}"]}
        environment = {"MOCKCLIQ_URL": server.url} if way == "environment" else {}
        done = run(WORLDS_APART, "-n", "2", *arguments.get(way, []), **environment)
        assert done.outcomes() == {"passed": 6}, done.out
        assert set((tmp_path / "urls").read_text().split()) == {server.url}
        assert [world.id for world in server.worlds.list()] == ["default"]


def test_a_suite_can_bring_its_own_server(run: RunSuite) -> None:
    conftest = """
        import mockcliq
        import pytest

        @pytest.fixture(scope="session")
        def mockcliq_server():
            with mockcliq.start(world="documentation") as server:
                yield server
    """
    suite = """
        import mockcliq

        def test_a(mockcliq: mockcliq.Client):
            assert [row["name"] for row in MyBot(mockcliq.url, mockcliq.token).chats()] == ["Ryan West"]
    """
    assert run(suite, conftest=conftest).outcomes() == {"passed": 1}


def test_the_report_of_a_failed_test_has_its_worlds_journal_and_no_other(run: RunSuite) -> None:
    done = run("""
        def test_fails(mockcliq):
            mockcliq.clock.freeze("2025-06-01T12:00:00Z")
            bot = MyBot(mockcliq.url, mockcliq.token)
            bot.chats()
            fault = mockcliq.faults.add("list_direct_chats", status=500)
            bot.chats()
            MyBot(mockcliq.url + "/network/acme", mockcliq.tokens["revoked"]).chats()
            assert bot.chats() == []

        def test_passes(mockcliq):
            MyBot(mockcliq.url, mockcliq.token).chats()
    """)
    assert done.outcomes() == {"failed": 1, "passed": 1}
    assert done.out.count("MockCliq journal of world") == 1
    section = re.split(r"-+ MockCliq journal of world \S+ -+\n", done.out)[1].split("\n=")[0]
    lines = section.splitlines()
    assert len(lines) == 4, section
    assert lines[0] == "12:00:00.000  GET /api/v2/chats  list_direct_chats  200"
    assert re.fullmatch(
        r"12:00:00\.000  GET /api/v2/chats  list_direct_chats  500  injected_fault.*  fault fault-1", lines[1]
    )


def test_a_failed_verify_is_reported_at_its_own_line(run: RunSuite) -> None:
    """Not at one of ours."""
    done = run("def test_a(mockcliq): mockcliq.verify('mute_chat')")
    assert "E   AssertionError: expected at least 1 call of mute_chat, but there were 0" in done.out
    assert not re.search(r"mockcliq/client/\w+\.py:\d+", done.out), done.out


def test_the_journal_in_a_report_is_bounded(run: RunSuite) -> None:
    done = run("""
        @pytest.mark.mockcliq(world="empty", rate_limit=False)
        def test_fails(mockcliq):
            bot = MyBot(mockcliq.url, mockcliq.token)
            assert not [bot.chats() for _ in range(120)]
    """)
    assert done.out.count("  GET /api/v2/chats  ") == 50


def test_a_marker_chooses_how_calls_are_refused(run: RunSuite) -> None:
    done = run("""
        @pytest.mark.mockcliq(profile="observed")
        def test_a(mockcliq):
            assert mockcliq.call("GET", "/profile") == {"profile": "observed"}

        def test_b(mockcliq):
            assert mockcliq.call("GET", "/profile") == {"profile": "documented"}

        @pytest.mark.mockcliq(profile="live")
        def test_c(mockcliq):
            pass
    """)
    assert done.outcomes() == {"passed": 2, "error": 1}
    assert "profile: Input should be 'documented' or 'observed'" in done.out


def test_a_failing_setup_and_a_silent_world_are_reported_too(run: RunSuite) -> None:
    done = run("""
        @pytest.fixture
        def bot(mockcliq):
            raise RuntimeError("the bot cannot log in")

        def test_errs(bot):
            pass
    """)
    assert done.outcomes() == {"error": 1}
    assert re.search(
        r"MockCliq journal of world \S+ -+\nno call reached it; .* in the journal of the world `default`\n[^m]",
        done.out,
    )


@pytest.mark.parametrize("world", ["empty", "documentation"])
def test_calls_that_went_astray_are_told_with_their_test(run: RunSuite, world: str) -> None:
    """Whatever the time is in the world that they went to."""
    suite = """
        import httpx

        def ask(mockcliq, **headers):
            assert httpx.get(f"{mockcliq.url}/api/v2/chats", headers=headers).status_code == 200

        def test_a(mockcliq):
            ask(mockcliq)

        def test_b(mockcliq):
            ask(mockcliq, Authorization="Bearer 1000.made.up")

        def test_c(mockcliq):
            ask(mockcliq, Authorization=f"Bearer {mockcliq.token}")
            ask(mockcliq)
    """
    done = run(suite, MOCKCLIQ_WORLD=world)
    assert done.outcomes() == {"failed": 3}
    told = re.findall(r"MockCliq journal of world \S+ -+\n(.*?)\n[_=]", done.out, re.DOTALL)
    own, astray = zip(*(part.split("\nmeanwhile the world `default` refused") for part in told), strict=True)
    no_call = "no call reached it; a call whose token no world has is in the journal of the world `default`"
    assert [" 200" in part or part for part in own] == [no_call, no_call, True]
    rules = "token_missing", "token_unknown", "token_missing"
    for part, rule in zip(astray, rules, strict=True):
        assert re.fullmatch(rf", where .*:\n\S+  GET /api/v2/chats  list_direct_chats  401  {rule};.*", part)


WORLD_FILE = """
mockcliq: 1
users: [{id: "1", name: Ada Nowak, email: ada@example.com}]
chats:
  - {id: "1000000000000000001", type: chat, name: Release, creator: "1", created: 2025-05-01T09:00:00Z,
     participants: ["1"]}
"""


def test_the_marker_says_what_the_world_is_made_from(run: RunSuite) -> None:
    done = run(
        """
        from pathlib import Path

        pytestmark = pytest.mark.mockcliq(world="documentation")

        def names(mockcliq):
            return [row["name"] for row in MyBot(mockcliq.url, mockcliq.token).chats()]

        def test_of_the_module(mockcliq):
            assert names(mockcliq) == ["Ryan West"]

        @pytest.mark.mockcliq(rate_limit=False)
        def test_adds_to_the_module_s(mockcliq):
            assert [names(mockcliq) for _ in range(25)] == [["Ryan West"]] * 25

        @pytest.mark.mockcliq(world="empty")
        class TestGroup:
            def test_goes_before_the_module_s(self, mockcliq):
                assert names(mockcliq) == []

            @pytest.mark.mockcliq(world="demo", seed=7, users=6, chats=3, messages=9)
            def test_goes_before_the_class_s(self, mockcliq):
                assert len(mockcliq.users.list()) == 6
                assert sum(chat.messages for chat in mockcliq.chats.list()) >= 9

        @pytest.mark.mockcliq(world=None, state=Path("world.yaml"))
        def test_a_file_beside_the_test(mockcliq):
            assert names(mockcliq) == ["Release"]
        """,
        files={"world.yaml": WORLD_FILE},
    )
    assert done.outcomes() == {"passed": 5}, done.out


WRITTEN_IN = """
import urllib.error
import urllib.request


def status():
    request = urllib.request.Request("https://cliq.zoho.com/api/v2/chats", headers={"Authorization": "Bearer 1000.a.b"})
    try:
        return urllib.request.urlopen(request, timeout=30).status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
"""
"""Somebody's program, which calls the real service with a token of that."""


def test_a_program_with_the_host_written_in_comes_to_the_world_of_the_test(run: RunSuite, tmp_path: Path) -> None:
    suite = """
        import socket
        import written_in

        connect = socket.socket.connect

        @pytest.fixture
        def early():
            return written_in.status()

        @pytest.mark.mockcliq(intercept=True)
        class TestMarked:
            @pytest.mark.parametrize("number", range(4))
            def test_each(self, mockcliq, number):
                assert written_in.status() == 401
                mockcliq.verify(times=1, status=401)

            def test_that_does_not_ask_for_the_world(self):
                assert written_in.status() == 401

            def test_whose_fixture_calls_already(self, early, mockcliq):
                assert early == 401
                mockcliq.verify(times=1)

            @pytest.mark.mockcliq(intercept=False)
            def test_not_this_one(self, mockcliq):
                assert socket.socket.connect == connect

        def test_a_block(mockcliq):
            with mockcliq.intercept():
                assert written_in.status() == 401
            mockcliq.verify(times=1, status=401)
            assert socket.socket.connect == connect
    """
    files = {"written_in.py": WRITTEN_IN}
    done = run(suite, "-n", "2", files=files, MOCKCLIQ_TLS_DIRECTORY=str(tmp_path / "tls"))
    assert done.outcomes() == {"passed": 8}, done.out


INTERCEPTS_AND_DOES_NOT = """
    @pytest.mark.mockcliq(intercept=True)
    def test_a(mockcliq): pass

    def test_b(mockcliq):
        assert MyBot(mockcliq.url, mockcliq.token).chats()
"""
WITHOUT_THE_EXTRA = """
import sys


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"trustme", "cryptography", "platformdirs", "filelock"}:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Missing())
"""


def test_what_interception_misses_is_told_in_one_line_and_other_tests_do_not_mind(
    run: RunSuite, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = run(INTERCEPTS_AND_DOES_NOT, MOCKCLIQ_TLS_DIRECTORY=str(tmp_path / "file" / "tls"))
    assert done.outcomes() == {"passed": 1, "error": 1}
    assert re.search(
        r"^MockCliq: the CA's directory .* cannot be used: .*MOCKCLIQ_TLS_DIRECTORY", done.out, re.MULTILINE
    )
    for name, value, said in (
        ("MOCKCLIQ_PROXY", "off", "MOCKCLIQ_PROXY=on"),
        ("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}", "pip install 'mockcliq\\[tls\\]'"),
    ):
        done = run(INTERCEPTS_AND_DOES_NOT, files={"sitecustomize.py": WITHOUT_THE_EXTRA}, **{name: value})
        assert done.outcomes() == {"passed": 1, "error": 1}, done.out
        assert re.search(f"^MockCliq: .*{said}$", done.out, re.MULTILINE), done.out
        assert "Traceback" not in done.out
        assert "pytest_plugin.py" not in done.out


def test_wrong_arguments_of_the_marker_are_told_in_one_line(run: RunSuite) -> None:
    done = run("""
        @pytest.mark.mockcliq("empty", wrold="empty")
        def test_a(mockcliq): pass

        @pytest.mark.mockcliq(world="nowhere")
        def test_b(mockcliq): pass
    """)
    assert done.outcomes() == {"error": 2}
    assert (
        "@pytest.mark.mockcliq takes, by name, world, seed, users, chats, messages, present, rate_limit, profile,"
        " state, intercept; not 'empty', wrold\n" in done.out
    )
    assert re.search(r"^MockCliq: world: there is no world 'nowhere'", done.out, re.MULTILINE)
    assert "Traceback" not in done.out
    assert "pytest_plugin.py" not in done.out


def test_a_server_that_does_not_start_gives_its_own_line(run: RunSuite) -> None:
    done = run("def test_a(mockcliq): pass\ndef test_b(mockcliq): pass", MOCKCLIQ_WORLD="nowhere")
    assert done.outcomes() == {"error": 2}
    line = "MockCliq: nowhere: no such world or file; the worlds are demo, documentation, empty"
    assert done.out.splitlines().count(line) == 2
    assert "pytest_plugin.py" not in done.out


def test_a_server_that_is_not_there_is_told_in_one_line(run: RunSuite) -> None:
    done = run("def test_a(mockcliq): pass", "--mockcliq-url", "http://127.0.0.1:9")
    assert done.outcomes() == {"error": 1}
    assert (
        "\nMockCliq: no MockCliq answers at http://127.0.0.1:9: connection refused; `mockcliq serve` starts one\n"
        in done.out
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the server in /proc")
def test_a_server_that_dies_is_told_by_each_test_that_needs_it(run: RunSuite) -> None:
    done = run("""
        import os
        import signal

        def test_a_kills_it(mockcliq):
            with open(f"/proc/self/task/{os.getpid()}/children") as children:
                (server,) = children.read().split()
            os.kill(int(server), signal.SIGKILL)
            os.waitid(os.P_PID, int(server), os.WEXITED | os.WNOWAIT)
            raise AssertionError("and fails")

        def test_b_needs_it(mockcliq):
            pass

        def test_c_does_not():
            pass
    """)
    assert done.outcomes() == {"failed": 1, "passed": 1, "error": 2}, done.out
    told = re.findall(
        r"^(?:MockCliq: )?no MockCliq answers at .*; the server ended with exit code -9: .*$", done.out, re.MULTILINE
    )
    assert len(told) == 3, done.out


def test_a_run_that_does_not_ask_loads_nothing(run: RunSuite) -> None:
    conftest = """
        import sys

        def pytest_unconfigure():
            print("loaded", *sys.modules)
    """
    done = run("def test_a(): pass", "-s", conftest=conftest)
    assert done.outcomes()["passed"] == 1
    (loaded,) = re.findall(r"^loaded (.*)$", done.out, re.MULTILINE)
    own = {name for name in loaded.split() if name.partition(".")[0] == "mockcliq"}
    assert own == {"mockcliq", "mockcliq.version", "mockcliq.pytest_plugin"}
    assert {"fastapi", "sqlmodel", "pydantic", "uvicorn", "faker", "yaml"}.isdisjoint(loaded.split())


def test_a_run_that_asks_loads_no_server_either(run: RunSuite) -> None:
    """What a test freezes, patches or forbids in its process does not touch the server."""
    done = run("""
        import sys

        def test_a(mockcliq):
            assert MyBot(mockcliq.url, mockcliq.token).chats()
            assert {"fastapi", "sqlmodel", "pydantic", "uvicorn", "faker"}.isdisjoint(sys.modules)
    """)
    assert done.outcomes() == {"passed": 1}, done.out


def test_the_fixtures_the_marker_and_the_option_explain_themselves(run: RunSuite) -> None:
    fixtures = run("", "--fixtures").out
    assert re.search(r"^mockcliq -- .*\n    A MockCliq world of the test's own", fixtures, re.MULTILINE)
    assert re.search(r"^mockcliq_server \[session scope\] -- ", fixtures, re.MULTILINE)
    assert (
        "@pytest.mark.mockcliq(world=…, seed=…, users=…, chats=…, messages=…, present=…, rate_limit=…, profile=…,"
        " state=…, intercept=…): " in run("", "--markers").out
    )
    assert re.search(r"--mockcliq-url=URL\s+URL of a running MockCliq", run("", "--help").out)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder to put on the path, in which the package is installed as pyproject.toml says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    folder = tmp_path / "site" / "mockcliq-0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: mockcliq\nVersion: 0\n")
    plugins = "\n".join(f"{name} = {module}" for name, module in project["entry-points"]["pytest11"].items())
    (folder / "entry_points.txt").write_text(f"[pytest11]\n{plugins}\n")
    return folder.parent


@pytest.mark.parametrize(("arguments", "is_there"), [([], True), (["-p", "no:mockcliq"], False)])
def test_installing_the_package_is_enough_and_it_can_be_left_out(
    tmp_path: Path, installed: Path, arguments: list[str], *, is_there: bool
) -> None:
    others = [f"-pno:{name}" for name in ("schemathesis", "hypothesispytest", "randomly", "anyio", "faker", "xdist")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *others, *arguments, "--fixtures"],
        cwd=tmp_path,
        env=clean_environment() | {"PYTHONPATH": f"{ROOT}{os.pathsep}{installed}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("A MockCliq world of the test's own" in done.stdout) is is_there, done.stdout + done.stderr


def is_alive(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        return httpx.get(f"{url}/_mockcliq/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


# The report of a run

A_FAILURE = """
def test_refused(mockcliq):
    bot = MyBot(base_url=mockcliq.url, token=mockcliq.tokens["expired"])
    assert bot.chats()


def test_works(mockcliq):
    assert MyBot(base_url=mockcliq.url, token=mockcliq.token).chats()


@pytest.fixture
def broken(mockcliq):
    raise OSError


def test_without_a_fixture(broken):
    pass


def test_skips(mockcliq):
    pytest.skip()
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_a_run_leaves_one_report_of_all_its_tests(run: RunSuite, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(A_FAILURE, "--mockcliq-report", "report", *arguments)
    assert f"MockCliq report: {tmp_path / 'report' / 'report.html'}" in done.out
    assert f"report: {tmp_path / 'report' / 'report.html'}" in done.out.partition("short test summary")[0]
    assert {each.name for each in (tmp_path / "report").iterdir()} == NAMES
    told = document(tmp_path / "report")
    outcomes = {run["test"]: run["outcome"] for run in told["runs"] if run["test"]}
    assert outcomes == {
        "test_suite.py::test_refused": "failed",
        "test_suite.py::test_works": "passed",
        "test_suite.py::test_without_a_fixture": "error",
        "test_suite.py::test_skips": "skipped",
    }
    assert {run["outcome"] for run in told["runs"][:2]} == {"failed", "error"}
    refused = next(run for run in told["runs"] if run["outcome"] == "failed")
    (call,) = (each for each in told["requests"] if each["world"] == refused["world"])
    assert call["explanation"]["advice"]
    assert len(archived(tmp_path / "report")) == 2


NEVER_OVER = """
import time
from pathlib import Path

import pytest
from bot import MyBot


@pytest.mark.parametrize("name", ["one", "other"])
def test_stays(mockcliq, name):
    MyBot(base_url=mockcliq.url, token=mockcliq.token).chats()
    Path(f"begun-{name}").touch()
    while True:
        time.sleep(0.01)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_of_workers_that_is_killed_leaves_one_report(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "test_suite.py").write_text(NEVER_OVER)
    running = subprocess.Popen(
        [*PYTEST, "--mockcliq-report", "report", "-n", "2"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: len(list(tmp_path.glob("begun-*"))) == 2)
    running.send_signal(number)
    running.wait()
    folder = tmp_path / "report"
    until(lambda: (folder / "report.html").exists() and len(document(folder)["requests"]) == 2)
    until(lambda: all(run["ended"] for run in document(folder)["runs"]))
    assert len(archived(folder)) == 2


def test_a_test_that_crashes_its_worker_is_in_the_report(run: RunSuite, tmp_path: Path) -> None:
    suite = """
    import os

    def test_crashes(mockcliq):
        MyBot(base_url=mockcliq.url, token=mockcliq.tokens["expired"]).chats()
        os._exit(1)


    def test_works(mockcliq):
        assert MyBot(base_url=mockcliq.url, token=mockcliq.token).chats()
    """
    run(suite, "-n", "2", "--mockcliq-report", "report")
    folder = tmp_path / "report"
    until(lambda: {each.name for each in folder.iterdir()} == NAMES)
    told = document(folder)
    crashed = told["runs"][0]
    assert (crashed["test"], crashed["outcome"]) == ("test_suite.py::test_crashes", None)
    assert crashed["ended"]
    assert len(told["requests"]) == len(archived(folder)) == 2


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_an_error_after_a_test_is_its_outcome(run: RunSuite, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    suite = """
    @pytest.fixture
    def failing():
        yield
        raise OSError


    def test_one(mockcliq, failing):
        pass


    def test_other(failing, mockcliq):
        pass


    def test_failed(failing, mockcliq):
        assert not mockcliq.url


    def test_alone(failing):
        pass
    """
    run(suite, "--mockcliq-report", "report", *arguments)
    outcomes = {run["test"]: run["outcome"] for run in document(tmp_path / "report")["runs"] if run["test"]}
    assert outcomes == {
        "test_suite.py::test_one": "error",
        "test_suite.py::test_other": "error",
        "test_suite.py::test_failed": "failed",
    }
    run(suite, "-k", "other", "--mockcliq-report", "report", *arguments)
    assert document(tmp_path / "report")["runs"][0]["outcome"] == "error"


def test_a_report_of_an_earlier_run_is_removed_when_one_begins(run: RunSuite, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    for name in NAMES:
        (tmp_path / "report" / name).write_text("of old")
    suite = "def test_makes_no_call():\n    pass\n"
    run(suite, "--mockcliq-report", "report", "--collect-only")
    assert {each.name for each in (tmp_path / "report").iterdir()} == NAMES
    run(suite, "--mockcliq-report", "report")
    assert list((tmp_path / "report").iterdir()) == []


def test_a_report_by_the_variable(run: RunSuite, tmp_path: Path) -> None:
    done = run(A_FAILURE, "-k", "works", MOCKCLIQ_REPORT=str(tmp_path / "report"))
    assert "MockCliq report:" in done.out
    assert [each["outcome"] for each in document(tmp_path / "report")["runs"]] == [None, "passed"]


def test_the_report_of_another_server_is_that_servers(run: RunSuite) -> None:
    done = run(A_FAILURE, "--mockcliq-report", "report", "--mockcliq-url", "http://127.0.0.1:9")
    assert "is not the run's own" in done.err


def test_a_failed_test_links_its_last_refused_call_on_a_server_that_stays(run: RunSuite, serve: Serve) -> None:
    server = serve(world="empty")
    done = run(A_FAILURE, "-k", "refused", "--mockcliq-url", server.url)
    (found,) = re.findall(r"http://\S+/_mockcliq/ui#request=(\S+)", done.out)
    assert server.control("GET", f"/requests/{found}")["status"] == 401
