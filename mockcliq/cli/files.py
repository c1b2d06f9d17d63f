"""Input and output files: a path, or ``-`` for the standard streams."""

from __future__ import annotations

import sys
from pathlib import Path

from mockcliq.cli.printing import BAD_USAGE, REFUSED, fail, print_text
from mockcliq.contract.text import decode

STREAM = "-"


def read_text(name: str) -> str:
    """Read a file or standard input; exits if it cannot be read."""
    source = "standard input" if name == STREAM else name
    try:
        data = sys.stdin.buffer.read() if name == STREAM else Path(name).read_bytes()
        return decode(data)
    except OSError as error:
        fail(f"cannot read {source}: {error.strerror}", BAD_USAGE)
    except UnicodeDecodeError as error:
        fail(
            f"cannot read {source}: it is no text in {error.encoding.upper()} ({error.reason} at byte {error.start})",
            BAD_USAGE,
        )


def write_text(name: str, text: str) -> None:
    """Write to a file or standard output; exits if it cannot be written."""
    if name == STREAM:
        print_text(text)
        return
    try:
        Path(name).write_text(f"{text}\n", "utf-8")
    except OSError as error:
        fail(f"cannot write {name}: {error.strerror}", REFUSED)
