"""The pages of docs/: their files are written and their command is run, as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT, clean_environment

DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"(?:#|//) ([\w.-]+)(, further down)?")


class Page:
    """One page.

    Attributes:
        text: All of it.
        files: What a reader who follows it has in the end, by name.
        commands: What the reader runs there.
    """

    def __init__(self, name: str) -> None:
        self.text = (DOCS / f"{name}.md").read_text()
        self.files: dict[str, str] = {}
        self.commands: list[str] = []
        for language, block in _BLOCK.findall(self.text):
            if language == "sh":
                self.commands.append(block)
            else:
                self._add(block)

    def _add(self, block: str) -> None:
        first = block.partition("\n")[0]
        named = _NAME.fullmatch(first)
        assert named is not None, f"a block that says of no file that it belongs there: {first}"
        name, further = named.groups()
        assert (further is not None) == (name in self.files), f"{name} begins twice, or goes on before it began"
        self.files[name] = f"{self.files[name]}\n\n{block}" if further else block

    def change(self, name: str, old: str, new: str) -> None:
        """Write something else in one place of a file than the page does."""
        assert self.files[name].count(old) == 1
        self.files[name] = self.files[name].replace(old, new)

    def follow(self, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Do what the page says, in a folder; its `python` and its `mockcliq` are those of the tests."""
        for name, content in self.files.items():
            (folder / name).write_text(content)
        (command,) = self.commands
        return subprocess.run(
            ["sh", "-c", command],
            cwd=folder,
            env=clean_environment() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
