"""What a benchmark's result is made of: rows of figures, and the bars that they should reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure should reach, and what it aims at; as a maximum where less is better."""

    least: float
    aim: float | None = None
    is_maximum: bool = False

    def reached(self, figure: float) -> bool:
        """Whether the figure is good enough."""
        return self._is_within(figure, self.least)

    def aim_reached(self, figure: float) -> bool:
        """Whether it is as good as it should become."""
        return self.aim is not None and self._is_within(figure, self.aim)

    def _is_within(self, figure: float, limit: float) -> bool:
        return figure <= limit if self.is_maximum else figure >= limit


def _at_most(least: float, aim: float | None = None) -> Bar:
    return Bar(least, aim, is_maximum=True)


BARS: Mapping[str, Bar] = MappingProxyType(
    {
        "list 20, 1 connection / FA-static": Bar(1.2, 1.6),
        "list 20, 1 connection: CPU / FA-static": _at_most(1.8, 1.1),
        "list 20, 32 connections / FA-static": Bar(1.2, 1.6),
        "list 20, 32 connections: CPU / FA-static": _at_most(1.8, 1.1),
        "mute, 1 connection / FA-static": Bar(1.1, 1.4),
        "mute, 1 connection: CPU / FA-static": _at_most(1.5),
        "read 20 messages, 1 connection / FA-static": Bar(1.0, 1.3),
        "post, 1 connection / FA-static": Bar(0.8, 1.1),
        "list 20 after each post, 1 connection / FA-static": Bar(1.0),
        "list 20, 1 connection, by TLS: CPU / by HTTP": _at_most(1.5),
        "list 20, 1 connection, by the proxy: CPU / by HTTP": _at_most(1.5),
        "read 20 messages at 1M chats, ten messages each / at 1k": _at_most(1.2),
        "post at 1M chats, ten messages each / at 1k": _at_most(1.2),
        "memory after 100k requests / FA-static": _at_most(1.6, 1.3),
        "growth of memory in 100k requests": _at_most(25),
        "list 20, 1 connection / Prism": Bar(2, 4),
        "list 20, 32 connections / Prism": Bar(4, 9),
        "reset, demo world / list 20": _at_most(3, 2),
        "new world, demo size / list 20": _at_most(5, 4),
        "cold start, demo world / import fastapi, sqlmodel": _at_most(0.9),
        "list 20 at 1M chats / at 1k": _at_most(1.1),
        "seeding of 1M chats / Faker row by row, 20k of them": Bar(4, 8),
        "memory, served from a file of 1M chats / of the demo world": _at_most(1.1),
        "install size over a bare venv": _at_most(110, 80),
    }
)
"""What is wanted of a row, by its name; the one of a file's memory is our own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured, once in each round.

    Attributes:
        what: What it is.
        unit: What ours and theirs are measured in.
        ours: MockCliq's.
        against: What theirs are.
        theirs: What ours is divided by, round by round; nothing where ours is the figure itself.
        skipped: Why it could not be measured; empty where it was.
    """

    what: str
    unit: str = ""
    ours: Sequence[float] = ()
    against: str = ""
    theirs: Sequence[float] = ()
    skipped: str = ""

    @property
    def name(self) -> str:
        """What is compared with what."""
        return f"{self.what} / {self.against}" if self.against else self.what

    @property
    def bar(self) -> Bar | None:
        """What is wanted of the figure; None where nothing is."""
        return BARS.get(self.name)

    @property
    def figures(self) -> list[float]:
        """What is compared with the bar, round by round."""
        if not self.theirs:
            return list(self.ours)
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def figure(self) -> float:
        """What is compared with the bar."""
        return median(self.figures)

    @property
    def is_missed(self) -> bool:
        """Whether it should be better."""
        return self.bar is not None and not self.skipped and not self.bar.reached(self.figure)

    @property
    def verdict(self) -> str:
        """What its bar says of it; nothing where it has none."""
        if self.skipped:
            return f"skipped: {self.skipped}"
        if self.bar is None:
            return ""
        return "MISSED" if self.is_missed else "pass, and the aim" if self.bar.aim_reached(self.figure) else "pass"

    def rounded(self) -> Row:
        """The same with as many digits as it deserves, so that what is written down is what was shown."""
        ours, theirs = ([float(f"{each:.6g}") for each in figures] for figures in (self.ours, self.theirs))
        return replace(self, ours=ours, theirs=theirs)

    def as_json(self) -> dict[str, Any]:
        """The row written down, with what follows from it for those who read no further."""
        bar = self.bar
        return {
            "what": self.what,
            "unit": self.unit,
            "mockcliq": list(self.ours),
            "against": self.against,
            "theirs": list(self.theirs),
            "figure": None if self.skipped else self.figure,
            "at_least": None if bar is None else bar.least,
            "aim": None if bar is None else bar.aim,
            "less_is_better": None if bar is None else bar.is_maximum,
            "passed": None if bar is None or self.skipped else not self.is_missed,
            "skipped": self.skipped,
        }

    @classmethod
    def of_json(cls, row: Mapping[str, Any]) -> Row:
        """The row that was written down so."""
        return cls(row["what"], row["unit"], row["mockcliq"], row["against"], row["theirs"], row["skipped"])
