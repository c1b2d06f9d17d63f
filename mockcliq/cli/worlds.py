"""``mockcliq worlds``: the server's worlds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from mockcliq.cli.asking import PATIENT_S, Server, asks, given, group
from mockcliq.cli.files import read_text
from mockcliq.cli.printing import print_facts, print_table, print_text
from mockcliq.cli.state import print_renamed
from mockcliq.client.transport import segment

app = group("The worlds of the server.", "list")

WorldId = Annotated[str, typer.Argument(metavar="ID", help="The world's id.")]


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


@app.command("list")
@asks
def list_worlds(server: Server) -> None:
    """List the worlds, and for how long nobody has asked for each."""
    server.show(server.call("GET", "/worlds"), _print_worlds)


@app.command()
@asks
def show(server: Server, world: WorldId) -> None:
    """Show how to get into a world: its URLs and its fixed tokens."""
    server.show(server.call("GET", f"/worlds/{segment(world)}"), _print_world)


@app.command()
@asks
def create(  # noqa: PLR0913 - one parameter for each option
    server: Server,
    world: Annotated[
        str | None, typer.Option(help="demo, documentation or empty.  [default: the server's own start]")
    ] = None,
    id: Annotated[str | None, typer.Option(help="What it shall be called.")] = None,  # noqa: A002 - the wire's own word
    seed: Annotated[int | None, typer.Option(help="What a demo is made from.")] = None,
    users: Annotated[int | None, typer.Option(help="People in a demo.")] = None,
    chats: Annotated[int | None, typer.Option(help="Conversations in a demo.")] = None,
    messages: Annotated[int | None, typer.Option(help="Messages in a demo.")] = None,
    rate_limit: Annotated[Switch | None, typer.Option(help="The threshold and its lock-out.")] = None,
    state: Annotated[
        str | None, typer.Option(metavar="FILE", help="A world file to make it from, JSON or YAML; - reads it.")
    ] = None,
) -> None:
    """Make a world with tokens, a clock, limits, faults and a journal of its own."""
    order = given(
        world=world,
        id=id,
        seed=seed,
        users=users,
        chats=chats,
        messages=messages,
        rate_limit=None if rate_limit is None else rate_limit is Switch.ON,
        state=None if state is None else read_text(state),
    )
    server.show(server.call("POST", "/worlds", order, timeout_s=PATIENT_S), _print_world)


@app.command()
@asks
def delete(server: Server, world: WorldId) -> None:
    """Delete a world; the default one stays."""
    answer = server.call("DELETE", f"/worlds/{segment(world)}")
    server.show(answer, lambda done: print_text(f"deleted {done['deleted']}"))


def _print_worlds(answer: Any) -> None:
    print_table(
        ("ID", "WORLD", "SEED", "IDLE", "BASE URL"),
        (
            (each["id"], each["world"], each["seed"], f"{each['idle_s']:.0f} s", each["base_url"])
            for each in answer["worlds"]
        ),
    )


def _print_world(world: Any) -> None:
    print_facts(
        [
            ("id", world["id"]),
            ("made from", f"{world['world']} (seed {world['seed']})"),
            ("base URL", world["base_url"]),
            ("control URL", world["control_url"]),
            *((label, token) for label, token in world["tokens"].items()),
            ("refresh", world["refresh_token"]),
            ("people", len(world["users"])),
        ]
    )
    print_renamed(world)
