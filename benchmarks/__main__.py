"""Measures MockCliq against FA-static, a FastAPI application that answers the same bytes and does nothing else.

    python -m benchmarks [--quick] [--rounds N] [--check] [--results FOLDER] [PART...]

Linux only: it reads from the system what a server's process has used.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import report
from benchmarks.load import WrongAnswer
from benchmarks.measurements import PARTS, QUICK, QUICK_PARTS, Effort, all_rows
from benchmarks.report import Report
from benchmarks.servers import REPOSITORY, DidNotStart
from mockcliq import __version__

_PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "sqlmodel", "faker")


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write down; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK_PARTS)}, in fewer rounds")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each is measured")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    parser.add_argument(
        "--results", type=Path, metavar="FOLDER", default=REPOSITORY / "build" / "benchmarks", help="where they go"
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what is measured: {', '.join(PARTS)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts).difference(PARTS):
        parser.error(f"there is no part {min(unknown)}; there are {', '.join(PARTS)}")

    effort = QUICK if options.quick else Effort()
    if options.rounds is not None:
        effort = replace(effort, rounds=options.rounds)
    parts = options.parts or (QUICK_PARTS if options.quick else tuple(PARTS))
    try:
        measured = measure(effort, parts)
    except (DidNotStart, WrongAnswer) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    write(measured, options.results)
    print(f"Written to {options.results}: latest.txt, latest.json, latest.svg")
    return 1 if measured.missed and options.check else 0


def measure(effort: Effort, parts: Sequence[str]) -> Report:
    """Measure these parts, and print each row when it is there."""
    began = perf_counter()
    machine = _machine()
    print(report.heading(machine, effort.rounds), flush=True)
    rows = []
    for row in all_rows(effort, parts):
        print(report.line(row), flush=True)
        rows.append(row)
    is_whole = effort == Effort() and set(parts) == set(PARTS)
    measured = Report(machine, is_whole, effort.rounds, perf_counter() - began, rows)
    print(report.closing(measured))
    return measured


def write(measured: Report, folder: Path) -> None:
    """Write a report down: as text, as JSON and as a picture."""
    from benchmarks.picture import draw  # noqa: PLC0415 - who only measures needs no matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.txt").write_text(measured.as_text(), "utf-8")
    (folder / "latest.json").write_text(measured.as_json(), "utf-8")
    draw(measured, folder / "latest.svg")


def _machine() -> dict[str, Any]:
    """What the figures are taken on."""
    information = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in information if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1024**3),
        "load": os.getloadavg()[0],
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "versions": {
            "mockcliq": __version__,
            **{name: version(name) for name in _PACKAGES},
            "sqlite": sqlite3.sqlite_version,
        },
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
