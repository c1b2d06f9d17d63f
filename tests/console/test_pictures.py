"""The pictures of README.md and docs/: they are there, small, and made by a script."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from mockcliq.settings import Settings
from tests.browser import running_loop
from tests.conftest import running
from tests.console.conftest import Chromium
from tests.pages import README
from tests.pictures import LABEL, SIZES, take_for_documentation
from tests.processes import ROOT


def size(picture: Path) -> tuple[int, int]:
    """Width and height, as a PNG's head says them."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:])
    return width, height


def test_they_are_there_and_the_script_makes_them_anew(chromium: Chromium, tmp_path: Path) -> None:
    named = re.findall(r'src(?:set)?="(docs/pictures/[^"]+)"', README.read_text())
    assert named == ["docs/pictures/console-dark.png", "docs/pictures/console-light.png"]
    with running_loop(chromium.loop), running(Settings(label=LABEL)) as server:
        take_for_documentation(chromium.browser, server, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [Path(each).name for each in named]
    for each in named:
        shown = ROOT / each
        assert size(shown) == size(tmp_path / shown.name) == (SIZES["wide"]["width"], SIZES["wide"]["height"])
        assert shown.stat().st_size < 250_000
