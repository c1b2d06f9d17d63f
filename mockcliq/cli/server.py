"""Commands about a server as a whole: operations, health, OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from mockcliq.cli.address import url_by_variables
from mockcliq.cli.limits import format_lock, format_threshold
from mockcliq.cli.printing import BAD_USAGE, fail, print_json, print_table
from mockcliq.cli.running import running_urls
from mockcliq.cli.target import Server, World, exit_on_failure, on, url_option
from mockcliq.client import Client, NoServer
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.environment import variable, variables


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
        fail(f"no MockCliq is ready at {world.url} after {timeout:g} s; `mockcliq serve` starts one")
    if world.world != DEFAULT_WORLD:  # the default world needs no check, and so no control token
        world.call("GET", "/clock")
    if world.as_json:
        print_json({"status": "ready"})


@click.command()
@url_option
def healthcheck(url: str | None) -> None:
    """Exit 0 if the server is ready, else 1.

    For a container's HEALTHCHECK. Without a URL it is the server that was started here last with the same variables,
    whatever its flags.
    """
    with exit_on_failure():
        failures: list[NoServer] = []
        for target in _probed(url):
            try:
                is_ready = Client(target).ready()
            except NoServer as error:  # one that was killed leaves its URL behind
                failures.append(error)
                continue
            if not is_ready:
                fail(f"{target} is alive, but its world is still being made")
            return
        raise failures[0]


def _probed(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    if variable("url") not in variables():
        yield from running_urls()
    yield url_by_variables()


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
