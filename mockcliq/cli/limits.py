"""``mockcliq limits``: limits, locks and their usage."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.durations import read_seconds
from mockcliq.cli.groups import group
from mockcliq.cli.printing import BAD_USAGE, fail, print_table
from mockcliq.cli.target import ABOUT_OPERATION, ABOUT_USER, World, on, operation_option, user_option
from mockcliq.client.answers import given

app = group("Limits and locks of users.", "list")

_NONE = "none"


def _read_lock(text: str) -> float | str:
    return _NONE if text == _NONE else read_seconds(text)


@app.command("list")
@user_option
@on(World)
def list_limits(world: World, user: str | None) -> None:
    """List usage and locks of all users; with --user, of one user for every operation."""
    world.show(world.call("GET", "/limits", user=world.user(user)), _print_limits)


@app.command()
@argument("user", about=f"{ABOUT_USER}.")
@argument("operation", about=f"{ABOUT_OPERATION}.")
@click.option("--lock", is_flag=True, help="Start the lock at once.")
@on(World)
def exhaust(world: World, user: str, operation: str, *, lock: bool) -> None:
    """Use up a user's threshold: the next call is refused and starts the lock."""
    payload = {"user": world.user(user), "operation": operation, "lock": lock}
    world.show(world.call("POST", "/limits/exhaust", payload), lambda limit: _print_limits({"limits": [limit]}))


@app.command()
@user_option
@operation_option
@on(World)
def clear(world: World, user: str | None, operation: str | None) -> None:
    """Clear counts and locks and restore the documented limits, of all or of one user or operation."""
    world.show(world.call("DELETE", "/limits", user=world.user(user), operation=operation), _print_limits)


@app.command("set")
@operation_option
@click.option("--threshold", type=int, help="Calls allowed in a window.")
@click.option("--window", type=read_seconds, metavar="SPAN", help="The length of the window, such as 60s.")
@click.option("--lock", type=_read_lock, metavar=f"SPAN|{_NONE}", help="The lock period, such as 10m.")
@on(World)
def set_to(
    world: World, operation: str | None, threshold: int | None, window: float | None, lock: float | str | None
) -> None:
    """Change the limit of one or all operations; omitted values stay."""
    payload = given(threshold=threshold, window_s=window)
    if lock is not None:
        payload["lock_s"] = None if lock == _NONE else lock
    if not payload:
        fail("nothing to change; give --threshold, --window or --lock", BAD_USAGE)
    world.show(world.call("PUT", "/limits", payload | given(operation=operation)), _print_limits)


def _print_limits(answer: Any) -> None:
    head = ("OPERATION", "USER", "CALLS", "LEFT", "THRESHOLD", "LOCK", "FREES AT", "LOCKED UNTIL")
    print_table(
        head,
        (
            (
                each["operation"],
                each["user"],
                each["count"],
                each["remaining"],
                format_threshold(each),
                format_lock(each),
                each["frees_at"],
                each["locked_until"],
            )
            for each in answer["limits"]
        ),
    )


def format_threshold(limit: Any) -> str:
    return _NONE if limit["threshold"] is None else f"{limit['threshold']} in {limit['window_s']:g} s"


def format_lock(limit: Any) -> str:
    return _NONE if limit["lock_s"] is None else f"{limit['lock_s']:g} s"
