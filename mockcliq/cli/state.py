"""``mockcliq state``, ``reset`` and ``snapshots``: a world as a whole."""

from __future__ import annotations

import json
from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.files import STREAM, read_text, write_text
from mockcliq.cli.groups import group
from mockcliq.cli.printing import print_table, print_text
from mockcliq.cli.target import World, on
from mockcliq.client.transport import LONG_S, segment

state = group("The whole world as a file.")
snapshots = group("Named copies of the world to go back to.", "list")

_name = argument("name", about="The snapshot's name.")


@click.command()
@argument("part", nargs=-1, about="data, tokens, clock, limits, faults, journal; all by default.")
@on(World)
def reset(world: World, part: tuple[str, ...]) -> None:
    """Reset the world, or parts of it, to its start."""
    payload = {"what": part} if part else None
    answer = world.call("POST", "/reset", payload, timeout_s=LONG_S)
    world.show(answer, lambda done: print_text(f"back at the start: {', '.join(done['reset'])}"))


@state.command("export")
@argument("file", default=STREAM, about="The file to write; - is standard output.  [default: -]")
@on(World)
def export_state(world: World, file: str) -> None:
    """Write the world to a file for `serve --world` or `state import`."""
    document = world.client(LONG_S).state()
    write_text(file, json.dumps(document, indent=2, ensure_ascii=False))


@state.command("import")
@argument("file", about="JSON or YAML; - is standard input.")
@on(World)
def import_state(world: World, file: str) -> None:
    """Replace the world by a file; a reset returns to this state from now on."""
    renamed = world.client(LONG_S).import_state(read_text(file))
    world.show({"renamed_tokens": dict(renamed)}, print_renamed)


@snapshots.command("list")
@on(World)
def list_snapshots(world: World) -> None:
    """List the snapshots, with their times by the world's clock."""
    world.show(
        world.call("GET", "/snapshots"),
        lambda answer: print_table(
            ("NAME", "TAKEN AT"), ((each["name"], each["taken_at"]) for each in answer["snapshots"])
        ),
    )


@snapshots.command()
@_name
@on(World)
def save(world: World, name: str) -> None:
    """Take a snapshot; replaces one of the same name."""
    answer = world.call("PUT", f"/snapshots/{segment(name)}", timeout_s=LONG_S)
    world.show(answer, lambda taken: print_text(f"saved {taken['name']}, taken at {taken['taken_at']}"))


@snapshots.command()
@_name
@on(World)
def restore(world: World, name: str) -> None:
    """Restore the world to a snapshot; the journal stays."""
    answer = world.call("POST", f"/snapshots/{segment(name)}/restore", timeout_s=LONG_S)
    world.show(answer, lambda done: print_text(f"restored {done['restored']}"))


@snapshots.command()
@_name
@on(World)
def delete(world: World, name: str) -> None:
    """Delete a snapshot."""
    answer = world.call("DELETE", f"/snapshots/{segment(name)}")
    world.show(answer, lambda done: print_text(f"deleted {done['deleted']}"))


def print_renamed(answer: Any) -> None:
    if answer["renamed_tokens"]:
        print_table(("TOKEN", "IS HERE"), answer["renamed_tokens"].items())
