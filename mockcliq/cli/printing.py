"""Output and errors of commands: plain text, never wrapped or coloured, or JSON."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn, TextIO

from mockcliq.contract.quoting import one_line

REFUSED = 1
"""The exit code if there is no server, or it refuses."""
BAD_USAGE = 2


def print_text(text: str) -> None:
    """Print one or several lines and flush; exits if the output is closed."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe: not a failure.
        discard_output()
        sys.exit(0)


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """Print JSON, escaped as far as the output's encoding needs it."""
    is_unicode = sys.stdout.encoding.lower().startswith("utf")
    print_text(json.dumps(document, indent=indent, ensure_ascii=not is_unicode))


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table with aligned columns."""
    table = [head, *([format_cell(cell) for cell in row] for row in rows)]
    widths = [max(_width(cell) for cell in column) for column in zip(*table, strict=True)]
    print_text("\n".join(align(row, widths) for row in table))


def print_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print names and values, a line for each value that is not None."""
    rows = [(name, format_cell(value)) for name, value in facts if value is not None]
    width = max(len(name) for name, _ in rows)
    print_text("\n".join(align(fact, [width, 0]) for fact in rows))


def align(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Join cells to a line with columns of at least these widths."""
    return "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)).rstrip()


def format_cell(value: object) -> str:
    """Format a value for a line: a dash for none, and escapes for what does not print."""
    if value is None or value == "":
        return "-"
    return one_line(value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value))


def escape_unencodable_output() -> None:
    """Escape characters that the output's encoding lacks."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def replace_closed_streams() -> None:
    """Open os.devnull for closed standard streams, so that no other file takes their descriptors."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole command


def fail(message: str, code: int = REFUSED) -> NoReturn:
    print_error(message)
    sys.exit(code)


def print_error(message: str) -> None:
    """Print one line on standard error."""
    try:
        sys.stderr.write(f"mockcliq: {one_line(message)}\n")
        sys.stderr.flush()
    except OSError:  # the exit code tells the error, too
        _discard(sys.stderr)


def discard_output() -> None:
    """Redirect standard output to os.devnull."""
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    # Flushing it at exit would fail again, and some Pythons make an exit code of that.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _width(text: str) -> int:
    """The width in terminal columns: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )
