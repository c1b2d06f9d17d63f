"""``mockcliq worlds``: the server's worlds."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.files import read_text
from mockcliq.cli.groups import group
from mockcliq.cli.printing import print_facts, print_table, print_text
from mockcliq.cli.state import print_renamed
from mockcliq.cli.target import Server, on
from mockcliq.client.answers import given
from mockcliq.client.transport import LONG_S, segment

app = group("The worlds of the server.", "list")

_id = argument("world", metavar="ID", about="The world's id.")


@app.command("list")
@on(Server)
def list_worlds(server: Server) -> None:
    """List the worlds and their idle times."""
    server.show(server.call("GET", "/worlds"), _print_worlds)


@app.command()
@_id
@on(Server)
def show(server: Server, world: str) -> None:
    """Show a world's URLs and fixed tokens."""
    server.show(server.call("GET", f"/worlds/{segment(world)}"), _print_world)


@app.command()
@click.option("--world", help="demo, documentation or empty.  [default: the server's own start]")
@click.option("--id", help="The world's id; chosen by the server by default.")
@click.option("--seed", type=int, help="The seed of a demo.")
@click.option("--users", type=int, help="People in a demo.")
@click.option("--chats", type=int, help="Conversations in a demo.")
@click.option("--messages", type=int, help="Messages in a demo.")
@click.option("--present", type=click.Choice(["fixed", "now"]), help="Whether a demo's times are moved to this week.")
@click.option("--rate-limit", type=click.Choice(["on", "off"]), help="Rate limits and locks.")
@click.option("--profile", type=click.Choice(["documented", "observed"]), help="How it refuses.")
@click.option("--state", metavar="FILE", help="A world file, JSON or YAML; - is standard input.")
@on(Server)
def create(server: Server, rate_limit: str | None, state: str | None, **others: Any) -> None:
    """Create a world with its own tokens, clock, limits, faults and journal."""
    payload = given(
        rate_limit=None if rate_limit is None else rate_limit == "on",
        state=None if state is None else read_text(state),
        **others,
    )
    server.show(server.call("POST", "/worlds", payload, timeout_s=LONG_S), _print_world)


@app.command()
@_id
@on(Server)
def delete(server: Server, world: str) -> None:
    """Delete a world; the default one cannot be deleted."""
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
            *(("token", token) for token in world["tokens"].values()),
            ("refresh token", world["refresh_token"]),
            ("people", len(world["users"])),
        ]
    )
    print_renamed(world)
