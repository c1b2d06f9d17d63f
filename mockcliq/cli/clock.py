"""``mockcliq clock``: a world's clock."""

from __future__ import annotations

from typing import Any

from mockcliq.cli.arguments import argument
from mockcliq.cli.durations import read_seconds
from mockcliq.cli.groups import group
from mockcliq.cli.printing import print_text
from mockcliq.cli.target import World, on
from mockcliq.client.answers import given

app = group("The world's clock.", "show")

_MODES = {"real": "real time", "offset": "set to that, and running on", "frozen": "frozen"}

_MOMENT = "Such as 2025-06-01T12:00:00Z, or epoch milliseconds"


@app.command()
@on(World)
def show(world: World) -> None:
    """Show the world's time and the clock's mode."""
    world.show(world.call("GET", "/clock"), _print_clock)


@app.command()
@on(World)
def real(world: World) -> None:
    """Return to real time."""
    _set(world, "real")


@app.command()
@argument("time", required=False, about=f"{_MOMENT}; the present by default.")
@on(World)
def freeze(world: World, time: str | None) -> None:
    """Freeze the clock at a moment, by default the present one."""
    _set(world, "frozen", time)


@app.command("set")
@argument("time", about=f"{_MOMENT}.")
@on(World)
def set_to(world: World, time: str) -> None:
    """Set the clock to a moment and let it run on."""
    _set(world, "offset", time)


@app.command()
@argument("span", type=read_seconds, about="Such as 90 (seconds), 10m or 1h30m.")
@on(World)
def advance(world: World, span: float) -> None:
    """Move the clock on; a frozen clock stays frozen."""
    world.show(world.call("POST", "/clock/advance", {"seconds": span}), _print_clock)


def _set(world: World, mode: str, time: str | None = None) -> None:
    world.show(world.call("PUT", "/clock", given(mode=mode, now=time)), _print_clock)


def _print_clock(clock: Any) -> None:
    print_text(f"{clock['now']}  {_MODES[clock['mode']]}")
