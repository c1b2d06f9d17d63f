"""Commands about a server as a whole: whether it is there, and what it serves."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mockcliq.cli.asking import Server, World, answered, asks
from mockcliq.cli.limits import lock_of, threshold_of
from mockcliq.cli.printing import fail, print_json, print_table
from mockcliq.client import Client
from mockcliq.spec import DEFAULT_WORLD
from mockcliq.version import DEFAULT_PORT


@asks
def operations(server: Server) -> None:
    """List the emulated operations and their contracts."""
    server.show({"operations": server.client().operations()}, _print_operations)


@asks
def wait(world: World, timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 30.0) -> None:
    """Wait until the server is ready.

    With --world, that world must be there as well.
    """
    if not world.client().wait(timeout):
        fail(f"no MockCliq is ready at {world.url} after {timeout:g} s")
    if world.world != DEFAULT_WORLD:  # which is there when the server is ready, and needs no control token to be so
        world.call("GET", "/clock")
    if world.as_json:
        print_json({"status": "ready"})


def healthcheck(
    url: Annotated[str | None, typer.Option("--url", envvar="MOCKCLIQ_URL", help="The server to ask.")] = None,
    port: Annotated[str, typer.Option(envvar="MOCKCLIQ_PORT", hidden=True)] = str(DEFAULT_PORT),
) -> None:
    """Exit 0 if the server is ready, else 1.

    It is what a container's HEALTHCHECK runs, so it knows the server's own port.
    """
    asked = f"http://localhost:{port}" if url is None else url
    with answered():
        is_ready = Client(asked).ready()
    if not is_ready:
        fail(f"{asked} is alive, but its world is still being made")


@asks
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
