"""Commands about a server as a whole: operations, health, OpenAPI document."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.limits import format_lock, format_threshold
from mockcliq.cli.printing import BAD_USAGE, fail, print_json, print_table
from mockcliq.cli.target import Server, World, exit_on_failure, on, url_option
from mockcliq.client import Client
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.version import DEFAULT_PORT


@click.command()
@on(Server)
def operations(server: Server) -> None:
    """List the emulated operations and their contracts."""
    server.show({"operations": server.client().operations()}, _print_operations)


@click.command()
@click.option("--timeout", type=float, default=30.0, show_default=True, help="The timeout in seconds.")
@on(World)
def wait(world: World, timeout: float) -> None:
    """Wait until the server is ready.

    With --world, that world must exist as well.
    """
    if not timeout >= 0:  # also refuses nan
        fail(f"--timeout: {timeout:g} is no number of seconds to wait", BAD_USAGE)
    if not world.client().wait(timeout):
        fail(f"no MockCliq is ready at {world.url} after {timeout:g} s")
    if world.world != DEFAULT_WORLD:  # the default world needs no check, and so no control token
        world.call("GET", "/clock")
    if world.as_json:
        print_json({"status": "ready"})


@click.command()
@url_option()
@click.option("--port", envvar="MOCKCLIQ_PORT", default=str(DEFAULT_PORT), hidden=True)
def healthcheck(url: str | None, port: str) -> None:
    """Exit 0 if the server is ready, else 1.

    For a container's HEALTHCHECK; the port is that of MOCKCLIQ_PORT.
    """
    target = f"http://localhost:{port}" if url is None else url
    with exit_on_failure():
        if not Client(target).ready():
            fail(f"{target} is alive, but its world is still being made")


@click.command()
@on(Server)
def openapi(server: Server) -> None:
    """Print the OpenAPI document of the emulated API."""
    print_json(server.client().openapi())


def _print_operations(answer: Any) -> None:
    print_table(
        ("OPERATION", "METHOD", "PATH", "SCOPE", "THRESHOLD", "LOCK"),
        (
            (each["operation"], each["method"], each["path"], each["scope"], format_threshold(each), format_lock(each))
            for each in answer["operations"]
        ),
    )
