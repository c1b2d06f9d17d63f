"""Measures MockCliq against FA-static, a FastAPI application that answers the same bytes and does nothing else.

    python -m benchmarks [--rounds N] [--full] [--check] [--json FILE]

Linux only: it reads from the system what a server's process has used.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.load import WrongAnswer
from benchmarks.measurements import Bar, Row, all_rows
from benchmarks.servers import DidNotStart

_PACKAGES = ("mockcliq", "fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "sqlmodel")

_LINE = "{:<54} {:>9} {:>9} {:<6} {:>6}  {:<12} {:>8} {:>7}  {}"


def main(arguments: Sequence[str]) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="how often everything is measured (%(default)s)")
    parser.add_argument("--full", action="store_true", help="also lists at a million chats, which takes a while")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)

    machine = _machine()
    print(f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']:.2f}, Python {machine['python']}")
    print(", ".join(f"{name} {number}" for name, number in machine["versions"].items()))
    print(f"Medians of {options.rounds} rounds (cold start: a third); each ratio is of two figures of one round.\n")
    print(_LINE.format("", "MockCliq", "against", "unit", "ratio", "middle half", "at least", "aim", ""))
    rows = []
    try:
        for row in all_rows(options.rounds, full=options.full):
            print(_line(row), flush=True)
            rows.append(row)
    except (DidNotStart, WrongAnswer) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    missed = [row.what.strip() for row in rows if row.is_missed]
    print(f"\n{f'{len(missed)} bars missed' if missed else 'Every bar is reached'}.")
    if options.json is not None:
        document = {"machine": machine, "rounds": options.rounds, "rows": [_as_json(row) for row in rows]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 1 if missed and options.check else 0


def _line(row: Row) -> str:
    figures, bar = row.figures, row.bar
    is_ratio = bool(row.theirs)
    low, _, high = quantiles(figures, n=4, method="inclusive") if len(figures) > 1 else figures * 3
    what = f"{row.what} / {row.against}" if is_ratio and row.against != "FA-static" else row.what
    return _LINE.format(
        what,
        _number(median(row.ours)),
        _number(median(row.theirs)) if is_ratio else "",
        row.unit,
        f"{row.figure:.2f}" if is_ratio else "",
        f"{low:.2f}..{high:.2f}" if is_ratio and len(figures) > 1 else "",
        _limit(bar, None if bar is None else bar.least),
        _limit(bar, None if bar is None else bar.aim),
        _verdict(row),
    ).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def _limit(bar: Bar | None, value: float | None) -> str:
    return "" if bar is None or value is None else f"{'<= ' if bar.is_maximum else ''}{value:g}"


def _verdict(row: Row) -> str:
    if row.bar is None:
        return ""
    return "MISSED" if row.is_missed else "pass, and the aim" if row.bar.aim_reached(row.figure) else "pass"


def _as_json(row: Row) -> dict[str, Any]:
    bar = row.bar
    return {
        "what": row.what.strip(),
        "unit": row.unit,
        "mockcliq": list(row.ours),
        "against": row.against or None,
        "theirs": list(row.theirs) or None,
        "figure": row.figure,
        "at_least": None if bar is None else bar.least,
        "aim": None if bar is None else bar.aim,
        "less_is_better": None if bar is None else bar.is_maximum,
        "passed": None if bar is None else not row.is_missed,
    }


def _machine() -> dict[str, Any]:
    """What the figures were taken on."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in information if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {**{name: version(name) for name in _PACKAGES}, "sqlite": sqlite3.sqlite_version},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
