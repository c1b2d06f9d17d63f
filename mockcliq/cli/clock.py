"""``mockcliq clock``: what a world's clock shows, and how it runs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mockcliq.cli.asking import World, asks, given, group
from mockcliq.cli.durations import Span
from mockcliq.cli.printing import print_text

app = group("What time it is in the world.", "show")

_MODES = {"real": "real time", "offset": "set to that, and running on", "frozen": "frozen"}

_MOMENT = "Such as 2025-06-01T12:00:00Z, or epoch milliseconds"


@app.command()
@asks
def show(world: World) -> None:
    """Show the world's time, and how its clock runs."""
    world.show(world.call("GET", "/clock"), _print_clock)


@app.command()
@asks
def real(world: World) -> None:
    """Show real time again."""
    _set(world, "real")


@app.command()
@asks
def freeze(
    world: World,
    time: Annotated[str | None, typer.Argument(metavar="TIME", help=f"{_MOMENT}; the present by default.")] = None,
) -> None:
    """Stand still, at a moment or at the present."""
    _set(world, "frozen", time)


@app.command("set")
@asks
def set_to(world: World, time: Annotated[str, typer.Argument(metavar="TIME", help=f"{_MOMENT}.")]) -> None:
    """Show another time, and run on from there."""
    _set(world, "offset", time)


@app.command()
@asks
def advance(world: World, span: Span) -> None:
    """Move the clock on; one that is frozen stays so."""
    world.show(world.call("POST", "/clock/advance", {"seconds": span}), _print_clock)


def _set(world: World, mode: str, time: str | None = None) -> None:
    world.show(world.call("PUT", "/clock", given(mode=mode, now=time)), _print_clock)


def _print_clock(clock: Any) -> None:
    print_text(f"{clock['now']}  {_MODES[clock['mode']]}")
