"""``mockcliq bots``: the bots of a world."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.groups import group
from mockcliq.cli.printing import print_table, print_text
from mockcliq.cli.target import World, on
from mockcliq.client.answers import given
from mockcliq.client.transport import segment

app = group("Bots, which messages come from.", "list")

_ABOUT_BOT = "The bot's unique name, such as buildbot."


@app.command("list")
@on(World)
def list_bots(world: World) -> None:
    """List the bots."""
    world.show(world.call("GET", "/bots"), _print_bots)


@app.command()
@argument("unique_name", about=_ABOUT_BOT)
@click.option("--name", help="What it is called.  [default: the unique name]")
@click.option("--description", help="What it is for.")
@click.option("--subscriber", multiple=True, help="Whom it speaks to; repeatable.  [default: all active people]")
@on(World)
def add(world: World, unique_name: str, name: str | None, description: str | None, subscriber: tuple[str, ...]) -> None:
    """Make a bot."""
    subscribers = [world.user(each) for each in subscriber] or None
    payload = given(unique_name=unique_name, name=name, description=description, subscribers=subscribers)
    world.show(world.call("POST", "/bots", payload), lambda bot: _print_bots({"bots": [bot]}))


@app.command()
@argument("unique_name", about=_ABOUT_BOT)
@on(World)
def remove(world: World, unique_name: str) -> None:
    """Remove a bot, from its channels too; what it said stays."""
    done = world.call("DELETE", f"/bots/{segment(unique_name)}")
    world.show(done, lambda each: print_text(f"removed {each['removed']}"))


def _print_bots(answer: Any) -> None:
    head = ("UNIQUE NAME", "ID", "NAME", "SUBSCRIBERS", "DESCRIPTION")
    print_table(
        head,
        (
            (each["unique_name"], each["id"], each["name"], len(each["subscribers"]), each["description"])
            for each in answer["bots"]
        ),
    )
