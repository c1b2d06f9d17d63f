"""``mockcliq state``, ``reset`` and ``snapshots``: a world as a whole."""

from __future__ import annotations

import json
from typing import Any

import click

from mockcliq.cli.files import STREAM, read_text, write_text
from mockcliq.cli.groups import group
from mockcliq.cli.printing import print_table, print_text
from mockcliq.cli.target import World, asks
from mockcliq.client.transport import LONG_S, segment

state = group("The whole world as a file.")
snapshots = group("Named copies of the world to go back to.", "list")

_name = click.argument("name", help="The snapshot's name.")


@click.command()
@click.argument("part", nargs=-1, help="data, tokens, clock, limits, faults, journal; by default all.")
@asks(World)
def reset(world: World, part: tuple[str, ...]) -> None:
    """Bring the world, or parts of it, back to its start."""
    order = {"what": part} if part else None
    answer = world.call("POST", "/reset", order, timeout_s=LONG_S)
    world.show(answer, lambda done: print_text(f"back at the start: {', '.join(done['reset'])}"))


@state.command("export")
@click.argument("file", default=STREAM, help="Where to; - is standard output.  [default: -]")
@asks(World)
def export_state(world: World, file: str) -> None:
    """Write the world to a file, which `serve --world` and `state import` take."""
    document = world.client(LONG_S).state()
    write_text(file, json.dumps(document, indent=2, ensure_ascii=False))


@state.command("import")
@click.argument("file", help="JSON or YAML; - is standard input.")
@asks(World)
def import_state(world: World, file: str) -> None:
    """Begin the world anew from a file; a reset returns to that from now on."""
    renamed = world.client(LONG_S).import_state(read_text(file))
    world.show({"renamed_tokens": dict(renamed)}, print_renamed)


@snapshots.command("list")
@asks(World)
def list_snapshots(world: World) -> None:
    """List the snapshots, and when they were taken by the world's clock."""
    world.show(
        world.call("GET", "/snapshots"),
        lambda answer: print_table(
            ("NAME", "TAKEN AT"), ((each["name"], each["taken_at"]) for each in answer["snapshots"])
        ),
    )


@snapshots.command()
@_name
@asks(World)
def save(world: World, name: str) -> None:
    """Keep the world as it is now; one of the same name is replaced."""
    answer = world.call("PUT", f"/snapshots/{segment(name)}", timeout_s=LONG_S)
    world.show(answer, lambda taken: print_text(f"saved {taken['name']}, taken at {taken['taken_at']}"))


@snapshots.command()
@_name
@asks(World)
def restore(world: World, name: str) -> None:
    """Bring the world back to what it was then; the journal goes on."""
    answer = world.call("POST", f"/snapshots/{segment(name)}/restore", timeout_s=LONG_S)
    world.show(answer, lambda done: print_text(f"restored {done['restored']}"))


@snapshots.command()
@_name
@asks(World)
def delete(world: World, name: str) -> None:
    """Forget a snapshot."""
    answer = world.call("DELETE", f"/snapshots/{segment(name)}")
    world.show(answer, lambda done: print_text(f"deleted {done['deleted']}"))


def print_renamed(answer: Any) -> None:
    """Print which tokens got new names, if any did."""
    if answer["renamed_tokens"]:
        print_table(("TOKEN", "IS HERE"), answer["renamed_tokens"].items())
