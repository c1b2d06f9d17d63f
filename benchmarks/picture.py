"""The picture of a run: how many times better than its bar each figure is, and how lists compare with others'."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report import Report
from benchmarks.rows import Bar, Row

_INK = "#7d8590"
"""A grey that can be read on white as well as on black, as the colours can; the ground is left out."""
_OURS, _THEIRS = "#3d8bd4", "#9aa4b0"
_MISSED, _REACHED, _AIM_REACHED = "#d9534f", "#3d8bd4", "#2da44e"

_WIDEST = 8
"""What is still better than its bar ends here."""

_LISTS = ("list 20, 1 connection", "list 20, 32 connections")


def draw(report: Report, file: Path) -> None:
    """Draw it as an SVG, the same bytes for the same report."""
    lists = [row for row in report.rows if row.what in _LISTS and not row.skipped]
    barred = [row for row in report.rows if row.bar is not None and not row.skipped]
    with mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "mockcliq",
            "font.family": "sans-serif",
            "font.size": 9,
            "text.color": _INK,
            "axes.labelcolor": _INK,
            "axes.edgecolor": _INK,
            "xtick.color": _INK,
            "ytick.color": _INK,
        }
    ):
        heights = [1 + len(lists), 1 + len(barred)]
        figure = Figure(figsize=(9, 1.6 + 0.27 * sum(heights)), layout="constrained")
        above, below = figure.subplots(2, 1, height_ratios=heights)
        _draw_lists(above, lists)
        _draw_bars(below, barred)
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})


def _draw_lists(axes: Axes, rows: Sequence[Row]) -> None:
    axes.set_title("Throughput of others on a list of 20 chats (the line is MockCliq)", loc="left")
    others = [1 / row.figure for row in rows]
    bars = axes.barh([row.name for row in rows], others, color=_THEIRS, height=0.6)
    axes.bar_label(bars, [f" {other:.2f}" for other in others])
    axes.axvline(1, color=_OURS, linewidth=2)
    _tidy(axes)


def _draw_bars(axes: Axes, rows: Sequence[Row]) -> None:
    axes.set_title("How many times better than its bar (diamond: the aim)", loc="left")
    axes.set_xscale("log", base=2)
    axes.axvline(1, color=_INK, linewidth=1)
    for place, row in enumerate(rows):
        bar = row.bar
        assert bar is not None
        margin = _margin(bar, row.figure)
        colour = _MISSED if row.is_missed else _AIM_REACHED if bar.aim_reached(row.figure) else _REACHED
        axes.plot([1, margin], [place, place], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot(margin, place, "o", color=colour)
        if bar.aim is not None:
            axes.plot(_margin(bar, bar.aim), place, "D", markerfacecolor="none", markeredgecolor=_INK, markersize=5)
    axes.set_yticks(range(len(rows)), [f"{row.name}:  {row.figure:.2f}" for row in rows])
    axes.xaxis.set_major_formatter("{x:g}")
    _tidy(axes)


def _margin(bar: Bar, figure: float) -> float:
    """How many times better than the least that is wanted, as far as the picture goes."""
    if bar.is_maximum:
        return min(bar.least / figure, _WIDEST) if figure > 0 else _WIDEST
    return min(figure / bar.least, _WIDEST)


def _tidy(axes: Axes) -> None:
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
