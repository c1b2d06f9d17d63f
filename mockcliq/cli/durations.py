"""Parsing of durations."""

from __future__ import annotations

import re

import click

_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "": 1}
_PART = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(ms|[smhd])", re.ASCII)
_BARE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)()", re.ASCII)


def read_seconds(text: str) -> float:
    """Parse a duration such as ``90`` (seconds), ``90s``, ``10m``, ``1h30m`` or ``2d`` into seconds.

    Raises:
        click.BadParameter: It is not a duration.
    """
    parts = _BARE.findall(text) if _BARE.fullmatch(text) else _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise click.BadParameter(f"{text!r} is no span of time; write 90 (seconds), 90s, 10m, 1h30m or 2d")
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)
