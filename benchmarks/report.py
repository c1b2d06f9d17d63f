"""A run written down: as JSON, and what is made of that: a table as text, and one for docs/performance.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.rows import Bar, Row

_LINE = "{:<62} {:>9} {:>9} {:<7} {:>6}  {:<12} {:>8} {:>7}  {}"


@dataclass(frozen=True, slots=True)
class Report:
    """All that a run found out.

    Attributes:
        machine: What it ran on, and with which versions.
        is_whole: Whether everything was measured, as thoroughly as the bars want it.
        rounds: How often.
        took_s: How long it took.
        rows: What was measured.
    """

    machine: Mapping[str, Any]
    is_whole: bool
    rounds: int
    took_s: float
    rows: Sequence[Row]

    @property
    def missed(self) -> list[Row]:
        """The rows that miss their bar."""
        return [row for row in self.rows if row.is_missed]

    def as_json(self) -> str:
        """The whole report, each row on a line of its own."""
        about = {"machine": self.machine, "whole": self.is_whole, "rounds": self.rounds, "took_s": round(self.took_s)}
        head = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in about.items())
        rows = ",\n".join(f"    {json.dumps(row.as_json())}" for row in self.rows)
        return f'{{\n{head},\n  "rows": [\n{rows}\n  ]\n}}\n'

    @classmethod
    def read(cls, file: Path) -> Report:
        """A report that was written down before."""
        document = json.loads(file.read_text("utf-8"))
        rows = [Row.of_json(row) for row in document["rows"]]
        return cls(document["machine"], document["whole"], document["rounds"], document["took_s"], rows)

    def as_text(self) -> str:
        """The table for a terminal."""
        lines = [heading(self.machine, self.rounds), *map(line, self.rows), closing(self)]
        return "\n".join(lines) + "\n"

    def as_markdown(self) -> str:
        """The table for docs/performance.md, below what it was measured on."""
        lines = [
            f"{_about(self.machine)}; the run took {self.took_s:.0f} s.",
            f"{_versions(self.machine)}.",
            "",
            "| what / against what | MockCliq | the other | ratio | at least | aim | |",
            "|---|---|---|---|---|---|---|",
            *map(_cells, self.rows),
        ]
        return "\n".join(lines)


def heading(machine: Mapping[str, Any], rounds: int) -> str:
    """What stands above the table."""
    lines = [
        _about(machine),
        _versions(machine),
        f"Medians of {rounds} rounds, fewer of what takes long; each ratio is of two figures of one round.",
        "",
        _LINE.format("", "MockCliq", "other", "unit", "ratio", "middle half", "at least", "aim", "").rstrip(),
    ]
    return "\n".join(lines)


def line(row: Row) -> str:
    """A row of the table."""
    if row.skipped:
        return _LINE.format(row.name, "", "", "", "", "", *_limits(row.bar), row.verdict).rstrip()
    figures, is_ratio = row.figures, bool(row.theirs)
    low, _, high = quantiles(figures, n=4, method="inclusive") if len(figures) > 1 else figures * 3
    return _LINE.format(
        row.name,
        _number(median(row.ours)),
        _number(median(row.theirs)) if is_ratio else "",
        row.unit,
        f"{row.figure:.2f}" if is_ratio else "",
        f"{low:.2f}..{high:.2f}" if is_ratio and len(figures) > 1 else "",
        *_limits(row.bar),
        row.verdict,
    ).rstrip()


def closing(report: Report) -> str:
    """What stands below the table."""
    unknown = sum(row.bar is not None and bool(row.skipped) for row in report.rows)
    missed = f"{len(report.missed)} missed" if report.missed else "None missed"
    return f"\nOf the bars: {missed}, {unknown} could not be measured. It took {report.took_s:.0f} s."


def _about(machine: Mapping[str, Any]) -> str:
    processor = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, load {machine['load']:.2f}"
    return f"{processor}, {machine['system']}, Python {machine['python']}"


def _versions(machine: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {number}" for name, number in machine["versions"].items())


def _cells(row: Row) -> str:
    cells = [row.name]
    if row.skipped:
        cells += ["", "", ""]
    else:
        cells += [f"{_number(median(row.ours))} {row.unit}"]
        cells += [f"{_number(median(row.theirs))} {row.unit}", f"{row.figure:.2f}"] if row.theirs else ["", ""]
    return f"| {' | '.join([*cells, *_limits(row.bar), row.verdict])} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _limits(bar: Bar | None) -> tuple[str, str]:
    if bar is None:
        return "", ""
    sign = "<= " if bar.is_maximum else ""
    return f"{sign}{bar.least:g}", "" if bar.aim is None else f"{sign}{bar.aim:g}"
