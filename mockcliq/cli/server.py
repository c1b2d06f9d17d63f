"""Commands about a server as a whole: whether it is there, and what it serves."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.limits import lock_of, threshold_of
from mockcliq.cli.printing import BAD_USAGE, fail, print_json, print_table
from mockcliq.cli.target import Server, World, answered, asks, url_option
from mockcliq.client import Client
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.version import DEFAULT_PORT


@click.command()
@asks(Server)
def operations(server: Server) -> None:
    """List the emulated operations and their contracts."""
    server.show({"operations": server.client().operations()}, _print_operations)


@click.command()
@click.option("--timeout", type=float, default=30.0, show_default=True, help="Seconds to wait at most.")
@asks(World)
def wait(world: World, timeout: float) -> None:
    """Wait until the server is ready.

    With --world, that world must be there as well.
    """
    if not timeout >= 0:  # as nan is not, either
        fail(f"--timeout: {timeout:g} is no number of seconds to wait", BAD_USAGE)
    if not world.client().wait(timeout):
        fail(f"no MockCliq is ready at {world.url} after {timeout:g} s")
    if world.world != DEFAULT_WORLD:  # which is there when the server is ready, and needs no control token to be so
        world.call("GET", "/clock")
    if world.as_json:
        print_json({"status": "ready"})


@click.command()
@url_option()
@click.option("--port", envvar="MOCKCLIQ_PORT", default=str(DEFAULT_PORT), hidden=True)
def healthcheck(url: str | None, port: str) -> None:
    """Exit 0 if the server is ready, else 1.

    It is what a container's HEALTHCHECK runs, so it knows the server's own port.
    """
    asked = f"http://localhost:{port}" if url is None else url
    with answered():
        is_ready = Client(asked).ready()
    if not is_ready:
        fail(f"{asked} is alive, but its world is still being made")


@click.command()
@asks(Server)
def openapi(server: Server) -> None:
    """Print the OpenAPI document of the emulated API."""
    print_json(server.client().openapi())


def _print_operations(answer: Any) -> None:
    print_table(
        ("OPERATION", "METHOD", "PATH", "SCOPE", "THRESHOLD", "LOCK"),
        (
            (each["operation"], each["method"], each["path"], each["scope"], threshold_of(each), lock_of(each))
            for each in answer["operations"]
        ),
    )
