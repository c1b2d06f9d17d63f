"""The pages on using MockCliq from elsewhere do what they say, file by file."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Running, Serve
from tests.needs import needs
from tests.pages import Page, guide, page_id, pages
from tests.processes import ROOT

pytestmark = pytest.mark.slow


def node_is_here() -> bool:
    """Whether there is a Node that has a test runner."""
    if shutil.which("node") is None:
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    return int(version.removeprefix("v").partition(".")[0]) >= 18


def image_is_here() -> bool:
    """Whether a container engine runs that has the image which the pages have their readers make."""
    if shutil.which("docker") is None:
        return False
    asked = ["docker", "image", "inspect", "mockcliq"]
    return subprocess.run(asked, capture_output=True, timeout=30, check=False).returncode == 0


needs_node = pytest.mark.skipif(not node_is_here(), reason="needs Node 18 or newer")
needs_the_image = pytest.mark.skipif(
    not image_is_here(), reason="needs a container engine, and in it the image `mockcliq`: docker build -t mockcliq ."
)


@contextmanager
def composed(folder: Path) -> Iterator[None]:
    """Around a page's compose project; of its containers nothing stays."""
    try:
        yield
    finally:
        down = ["docker", "compose", "down", "--volumes"]
        subprocess.run(down, cwd=folder, capture_output=True, timeout=120, check=False)


MISSING = """
import sys

SERVER = {"click", "fastapi", "faker", "orjson", "pydantic", "pydantic_settings", "sqlmodel", "starlette", "uvicorn"}


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in SERVER:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Missing())
"""
"""A `sitecustomize.py` of an environment that has not what the server needs."""

STATIC = {"after-the-run", "github-actions", "gitlab", "kubernetes", "proxy"}
"""Pages whose files no test can run; `test_docs.py` reads them."""

FOLLOWED = {
    "compose",
    "compose-unchanged",
    "conversations",
    "faults",
    "go",
    "in-process",
    "java",
    "node",
    "pytest",
    "run",
    "testcontainers",
    "testcontainers-go",
    "testcontainers-java",
    "testcontainers-node",
    "unittest",
    "worlds",
}


def test_no_page_with_files_is_left_untried() -> None:
    there = {page_id(path) for path in pages() if Page(path).files}
    assert there == {"README", *(f"docs/guides/{name}" for name in FOLLOWED | STATIC)}


def test_pytest(tmp_path: Path) -> None:
    run = guide("pytest").follow(tmp_path, MOCKCLIQ_TLS_DIRECTORY=str(tmp_path / "tls"))
    assert run.returncode == 0, run.stdout
    assert "6 passed" in run.stdout


def test_pytest_beside_older_dependencies(demo: Running, tmp_path: Path) -> None:
    """Without one of the server's dependencies, as `pip install --no-deps` leaves them out."""
    page = guide("pytest")
    page.files["sitecustomize.py"] = MISSING
    run = page.follow(
        tmp_path,
        "python -m pytest -p mockcliq.pytest_plugin test_bot.py",
        MOCKCLIQ_URL=demo.url,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        PYTHONPATH=f"{tmp_path}:{ROOT}",
    )
    assert "5 passed" in run.stdout, run.stdout
    assert page.follow(tmp_path, "python -c 'import fastapi'", PYTHONPATH=f"{tmp_path}:{ROOT}").returncode == 1


def test_conversations(tmp_path: Path) -> None:
    run = guide("conversations").follow(tmp_path, "python -m pytest")
    assert "1 passed" in run.stdout


def test_faults(tmp_path: Path) -> None:
    run = guide("faults").follow(tmp_path, "python -m pytest")
    assert "1 passed" in run.stdout, run.stdout


def test_in_process(tmp_path: Path) -> None:
    page = guide("in-process")
    run = page.follow(tmp_path, page.commands[0])
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+ 1000\.\S+ [0-9]{19} [0-9]+_1\n", run.stdout), run.stdout
    run = page.follow(tmp_path, "python without_socket.py")
    assert re.fullmatch(r"200 [1-9][0-9]*\n", run.stdout), run.stdout


def test_worlds(tmp_path: Path, serve: Serve) -> None:
    guide("worlds").write(tmp_path)
    (chat,) = serve(world=str(tmp_path / "mine.yaml")).as_("owner").chats()
    assert (chat["name"], chat["chat_id"], chat["participant_count"]) == ("Release", "1000000000000000001", 2)
    assert chat["last_message_info"]["text"] == "Shall we ship it?"
    assert chat["recipients_summary"] == [{"user_id": "2", "name": "Ben Okafor"}]


def test_unittest(tmp_path: Path) -> None:
    run = guide("unittest").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^Ran 4 tests in .*\n\nOK$", run.stdout, re.MULTILINE), run.stdout
    assert "Warning" not in run.stdout


def test_unittest_notices_a_bot_that_does_not_ask_again(tmp_path: Path) -> None:
    page = guide("unittest")
    page.change("bot.py", "except ConnectionError", "except ZeroDivisionError")
    run = page.follow(tmp_path)
    assert run.returncode == 1
    assert "FAILED (errors=1)" in run.stdout


def test_run(tmp_path: Path) -> None:
    page = guide("run")
    run = page.follow(tmp_path, MOCKCLIQ_TLS_DIRECTORY=str(tmp_path / "tls"))
    assert (run.returncode, run.stdout) == (0, page.outputs[0]), run.stdout


@needs_node
def test_node(tmp_path: Path) -> None:
    run = guide("node").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^\S+ pass 4$", run.stdout, re.MULTILINE), run.stdout


@needs_node
def test_node_notices_a_bot_that_does_not_ask_again(tmp_path: Path) -> None:
    page = guide("node")
    page.change("bot.mjs", ".catch(ask)", "")
    run = page.follow(tmp_path)
    assert run.returncode == 1
    assert re.search(r"^\S+ pass 3$", run.stdout, re.MULTILINE), run.stdout


@needs_node
def test_node_is_told_why_a_server_does_not_start(tmp_path: Path) -> None:
    page = guide("node")
    page.change("mockcliq.mjs", '"serve",', '"serve", "--world", "nowhere",')
    run = page.follow(tmp_path)
    assert run.returncode == 1
    assert "nowhere: no such world or file" in run.stdout
    assert "mockcliq did not start" in run.stdout


@needs_the_image
def test_compose(tmp_path: Path) -> None:
    with composed(tmp_path):
        run = guide("compose").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^.*tests-1 .*\| Ran 4 tests in ", run.stdout, re.MULTILINE), run.stdout


@needs_the_image
def test_compose_ends_with_the_exit_code_of_the_tests(tmp_path: Path) -> None:
    page = guide("compose")
    page.change("bot.py", "error.code != 429", "error.code != 500")
    with composed(tmp_path):
        run = page.follow(tmp_path)
    assert run.returncode == 1, run.stdout
    assert "FAILED (errors=1)" in run.stdout


@needs_the_image
def test_compose_with_zohos_hosts_written_in(tmp_path: Path) -> None:
    with composed(tmp_path):
        run = guide("compose-unchanged").follow(tmp_path)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^.*bot-1 .*\| posted to \w", run.stdout, re.MULTILINE), run.stdout


@needs_the_image
def test_testcontainers(tmp_path: Path) -> None:
    run = guide("testcontainers").follow(tmp_path, TESTCONTAINERS_RYUK_DISABLED="true")  # it would have to be pulled
    assert run.returncode == 0, run.stdout
    assert "4 passed" in run.stdout
    left = ["docker", "ps", "--all", "--quiet", "--filter", "ancestor=mockcliq", "--filter", "label=org.testcontainers"]
    assert subprocess.run(left, capture_output=True, text=True, timeout=30, check=True).stdout == ""


@needs("go")
def test_go(tmp_path: Path) -> None:
    run = guide("go").follow(tmp_path)
    assert run.returncode == 0, run.stdout


@needs("go")
def test_go_notices_a_bot_that_does_not_ask_again(tmp_path: Path) -> None:
    page = guide("go")
    page.change("bot.go", "answer, err = b.call(", "_, _ = b.call(")
    run = page.follow(tmp_path)
    assert run.returncode != 0
    assert "TestItSurvivesALostAnswer" in run.stdout


def followed_by_maven(page: Page, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Do what a page says by Maven; where Maven Central is out of reach, with what is here from before."""
    run = page.follow(folder, **env)
    if "from/to central" in run.stdout:
        run = page.follow(folder, f"{page.commands[0].strip()} --offline", **env)
        if "Cannot access central" in run.stdout:
            pytest.skip("needs Maven Central")
    return run


@needs("javac", "mvn")
def test_java(tmp_path: Path) -> None:
    run = followed_by_maven(guide("java"), tmp_path)
    assert run.returncode == 0, run.stdout
    assert "Tests run: 4, Failures: 0, Errors: 0" in run.stdout


@needs("javac", "mvn")
def test_java_notices_a_bot_that_does_not_ask_again(tmp_path: Path) -> None:
    page = guide("java")
    page.change("src/main/java/Bot.java", "catch (IOException lost)", "catch (ArithmeticException lost)")
    run = followed_by_maven(page, tmp_path)
    assert run.returncode != 0
    assert "Tests run: 4, Failures: 0, Errors: 1" in run.stdout


@needs_the_image
@needs_node
@needs("npm")
def test_testcontainers_for_node(tmp_path: Path) -> None:
    run = guide("testcontainers-node").follow(
        tmp_path, TESTCONTAINERS_RYUK_DISABLED="true", npm_config_prefer_offline="true"
    )
    if re.search(r"npm error code E(AI_AGAIN|NOTFOUND|CONNREFUSED)", run.stdout):
        pytest.skip("needs npm's registry")
    assert run.returncode == 0, run.stdout
    assert re.search(r"^\S+ pass 1$", run.stdout, re.MULTILINE), run.stdout


@needs_the_image
@needs("javac", "mvn")
def test_testcontainers_for_java(tmp_path: Path) -> None:
    run = followed_by_maven(guide("testcontainers-java"), tmp_path, TESTCONTAINERS_RYUK_DISABLED="true")
    assert run.returncode == 0, run.stdout
    assert "Tests run: 1, Failures: 0, Errors: 0" in run.stdout


@needs_the_image
@needs("go")
def test_testcontainers_for_go(tmp_path: Path) -> None:
    run = guide("testcontainers-go").follow(tmp_path, TESTCONTAINERS_RYUK_DISABLED="true")
    if re.search(r"dial tcp: lookup|maximum version supported", run.stdout):
        pytest.skip("needs a proxy of Go modules, and Go as new as the page's go.mod asks for")
    assert run.returncode == 0, run.stdout
