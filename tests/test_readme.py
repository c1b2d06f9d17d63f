"""Everything that the README says is run here."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import Running, Serve
from tests.generated import README, ROOT, with_tables
from tests.needs import needs

TEXT = README.read_text()


def blocks(language: str) -> list[str]:
    """The code blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, flags=re.DOTALL | re.MULTILINE)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that stands below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def looks_like(shown: str, output: str) -> bool:
    """Whether an output is the one shown, where `...` stands for anything."""
    pattern = ".*".join(re.escape(part) for part in shown.strip().split("..."))
    return re.fullmatch(pattern, output.replace("\r", "").strip(), flags=re.DOTALL) is not None


def test_its_tables_are_those_of_the_code() -> None:
    """`python -m tests.generated` writes them."""
    assert with_tables(TEXT) == TEXT


@needs("bash", "curl")
@pytest.mark.parametrize("number", range(len(blocks("console"))))
def test_its_commands_give_the_output_that_it_shows(demo: Running, number: int) -> None:
    for command, shown in commands(blocks("console")[number]):
        here = command.replace("localhost:2547", f"127.0.0.1:{demo.port}")
        output = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=30, check=True).stdout
        assert looks_like(shown, output), f"{command}\n{output}"


@pytest.mark.slow
def test_its_pytest_recipe_and_its_program_work(tmp_path: Path) -> None:
    for block in blocks("python"):
        name = block.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block)
    assert {path.name for path in tmp_path.iterdir()} == {"test_bot.py", "steer.py"}
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    assert "1 passed" in run("-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--rootdir", ".", ".")
    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+ 1000\.\S+ [0-9]{19} [0-9]+_1\n", run("steer.py"))


def test_its_world_file_is_served_as_it_says(tmp_path: Path, serve: Serve) -> None:
    (block,) = blocks("yaml")
    file = tmp_path / "mine.yaml"
    file.write_text(block)
    (chat,) = serve(world=str(file)).as_("owner").chats()
    assert (chat["name"], chat["chat_id"], chat["participant_count"]) == ("Release", "1000000000000000001", 2)
    assert chat["last_message_info"]["text"] == "Shall we ship it?"
    assert chat["recipients_summary"] == [{"user_id": "2", "name": "Ben Okafor"}]


@pytest.mark.parametrize(
    ("label", "listing", "muting"),
    [
        ("owner", 200, 204),
        ("member", 200, 204),
        ("outsider", 200, 403),
        ("readonly", 200, 403),
        ("expired", 401, 401),
        ("revoked", 401, 401),
        ("deactivated", 403, 403),
    ],
)
def test_its_tokens_are_for_what_it_says(demo: Running, label: str, listing: int, muting: int) -> None:
    assert f"`1000.mockcliq.{label}`" in TEXT
    assert demo.as_(label).get("/chats").status_code == listing
    assert demo.as_(label).post("/chats/987000000654321/mute").status_code == muting


def test_its_make_targets_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make (\w+)", TEXT, flags=re.MULTILINE))
    assert named
    assert named <= targets


def test_it_names_every_dependency_with_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {re.split(r"[^\w-]", dependency)[0] for dependency in project["dependencies"]}
    section = TEXT.partition("## What it is made of")[2]
    named = {
        name.strip() for row in re.findall(r"^\| ([\w, -]+) \|", section, flags=re.MULTILINE) for name in row.split(",")
    }
    assert named - {"package"} == required


def test_every_command_that_it_lists_is_there_and_none_is_missing() -> None:
    section = TEXT.partition("## Command line\n")[2].partition("\n## ")[0]
    listed = {
        command
        for cell in re.findall(r"^\| (`.*?) \| ", section.replace("\\|", "/"), flags=re.MULTILINE)
        for command in re.findall(r"`([a-z]+)", cell)
    }
    shown = subprocess.run(
        [sys.executable, "-m", "mockcliq", "--help"], capture_output=True, text=True, timeout=30, check=True
    ).stdout
    there = set(re.findall(r"^  ([a-z]+)  ", shown.partition("Commands:\n")[2], flags=re.MULTILINE))
    assert there - {"serve"} == listed


def test_its_documentation_needs_no_network(demo: Running) -> None:
    for page in ("/docs", "/_mockcliq/docs"):
        answer = demo.http.get(page)
        assert answer.status_code == httpx.codes.OK
        assert "//" not in re.sub(r"<!--.*?-->|http-equiv", "", answer.text).replace("// ", "")
