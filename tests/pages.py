"""README.md and the pages of docs/, in parts: what they show, and what a reader who follows them does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.processes import ROOT, clean_environment

README = ROOT / "README.md"
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_GENERATED = re.compile(r"<!-- (?P<name>[\w-]+) -->\n.*?<!-- /(?P=name) -->", re.DOTALL)
_INLINE = re.compile(r"`((?:mockcliq|docker|make) [^`\n]+)`")
_NAME = re.compile(r"(?:#|//|<!--) ([\w./-]+)(?: -->)?(, further down)?")
_UNNAMED = {"console", "sh", "text"}
"""Languages of blocks that need not begin with the name of a file."""


def pages() -> list[Path]:
    """README.md and every page of docs/, but for the decisions, which are about the code."""
    return [README, *(page for page in sorted(DOCS.rglob("*.md")) if "decisions" not in page.parts)]


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).with_suffix("").as_posix()


class Page:
    """One page.

    Attributes:
        text: All of it.
        files: What a reader who follows it has in the end, by path.
        commands: The blocks that a reader runs, in a shell.
        console: The blocks that show commands with their output.
        outputs: The blocks of text, such as what a command prints.
    """

    def __init__(self, path: Path) -> None:
        self.text = path.read_text()
        self.files: dict[str, str] = {}
        self.commands: list[str] = []
        self.console: list[str] = []
        self.outputs: list[str] = []
        for language, block in _BLOCK.findall(self.text):
            named = _NAME.fullmatch(block.partition("\n")[0])
            if named is not None:
                self._add(named[1], named[2] is not None, block)
            elif language == "sh":
                self.commands.append(block)
            elif language == "console":
                self.console.append(block)
            elif language == "text":
                self.outputs.append(block)
            else:
                assert language in _UNNAMED, f"a block that says of no file that it belongs there: {block[:80]}"

    def _add(self, name: str, further: bool, block: str) -> None:
        assert further == (name in self.files), f"{name} begins twice, or goes on before it began"
        if name == "package.json":
            block = block.partition("\n")[2]  # JSON has no comments
        self.files[name] = f"{self.files[name]}\n\n{block}" if further else block

    @property
    def prose(self) -> str:
        """What somebody wrote between the blocks."""
        return _BLOCK.sub("", _GENERATED.sub("", self.text))

    def shell_lines(self) -> Iterator[str]:
        """Every command that the page shows: in its blocks, and within its sentences."""
        for block in self.commands:
            yield from block.replace("\\\n", " ").splitlines()
        for block in self.console:
            yield from (command for command, _ in commands(block))
        yield from _INLINE.findall(self.prose)

    def change(self, name: str, old: str, new: str) -> None:
        """Write something else in one place of a file than the page does."""
        assert self.files[name].count(old) == 1
        self.files[name] = self.files[name].replace(old, new)

    def write(self, folder: Path) -> None:
        """Write its files down."""
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)

    def follow(self, folder: Path, command: str | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Do what the page says, in a folder."""
        self.write(folder)
        if command is None:
            (command,) = self.commands
        return subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=reader_environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )


def reader_environment(**env: str) -> dict[str, str]:
    """The environment of a reader, whose `python` and `mockcliq` are those of the tests."""
    return clean_environment() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **env}


def guide(name: str) -> Page:
    """A page of docs/guides."""
    return Page(DOCS / "guides" / f"{name}.md")


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that stands below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def simple_commands(line: str) -> Iterator[list[str]]:
    """The commands of a line of shell as lists of words, without the assignments before them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("();<>|&"):
            while words and re.match(r"\w+=", words[0]):
                del words[0]
            if words:
                yield words
            words = []
        else:
            words.append(word)
