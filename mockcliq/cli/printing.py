"""How a command prints and fails: plain text that no pipe wraps or colours, or JSON."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from mockcliq.contract.quoting import one_line

REFUSED = 1
"""The exit code where no server is there, or it refuses."""
BAD_USAGE = 2


def print_text(text: str) -> None:
    """Print one line, or several, and hand them on at once; ends the command once nobody reads them."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has had enough, which is no failure.
        discard_output()
        sys.exit(0)


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """Print JSON that the output's encoding can carry."""
    is_unicode = sys.stdout.encoding.lower().startswith("utf")
    print_text(json.dumps(document, indent=indent, ensure_ascii=not is_unicode))


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print aligned columns, a row to the line."""
    table = [head, *([shown(cell) for cell in row] for row in rows)]
    widths = [max(_width(cell) for cell in column) for column in zip(*table, strict=True)]
    print_text("\n".join(aligned(row, widths) for row in table))


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and what is to be said of them, a line for each that there is anything to say of."""
    told = [(name, shown(value)) for name, value in facts if value is not None]
    width = max(len(name) for name, _ in told)
    print_text("\n".join(aligned(fact, [width, 0]) for fact in told))


def aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    """The cells in columns of at least these widths."""
    return "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)).rstrip()


def shown(value: object) -> str:
    """A value as it stands in a line: a dash where there is none, and nothing that would break or colour the line."""
    if value is None or value == "":
        return "-"
    return one_line(value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value))


def escape_what_the_terminal_cannot_show() -> None:
    """Let no name of another script end a command."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def replace_closed_streams() -> None:
    """Put nothing where a stream was closed when the command began, lest a file that it opens take that place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole command


def fail(message: str, code: int = REFUSED) -> NoReturn:
    """End with one line on standard error."""
    tell(message)
    sys.exit(code)


def tell(message: str) -> None:
    """Say something beside the output."""
    with suppress(OSError):  # the exit code says it, too
        sys.stderr.write(f"mockcliq: {one_line(message)}\n")
        sys.stderr.flush()


def discard_output() -> None:
    """Send what Python would still flush nowhere: writing it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _width(text: str) -> int:
    """How many columns of a terminal it takes: wide letters take two, accents that join a letter none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
