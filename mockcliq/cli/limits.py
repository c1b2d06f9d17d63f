"""``mockcliq limits``: thresholds and locks, and how users stand with them."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.durations import read_seconds
from mockcliq.cli.groups import group
from mockcliq.cli.printing import BAD_USAGE, fail, print_table
from mockcliq.cli.target import ABOUT_OPERATION, ABOUT_USER, World, asks, given, operation_option, user_option

app = group("Thresholds and locks of users.", "list")

_NONE = "none"


def _read_lock(text: str) -> float | str:
    return _NONE if text == _NONE else read_seconds(text)


@app.command("list")
@user_option
@asks(World)
def list_limits(world: World, user: str | None) -> None:
    """List who has calls that count, or a lock; with --user, how that one stands with every operation."""
    world.show(world.call("GET", "/limits", query=given(user=world.user(user))), _print_limits)


@app.command()
@click.argument("user", help=f"{ABOUT_USER}.")
@click.argument("operation", help=f"{ABOUT_OPERATION}.")
@click.option("--lock", is_flag=True, help="Begin the lock at once.")
@asks(World)
def exhaust(world: World, user: str, operation: str, *, lock: bool) -> None:
    """Use up a user's threshold: the next call is the one refused, which begins the lock."""
    order = {"user": world.user(user), "operation": operation, "lock": lock}
    world.show(world.call("POST", "/limits/exhaust", order), lambda limit: _print_limits({"limits": [limit]}))


@app.command()
@user_option
@operation_option
@asks(World)
def clear(world: World, user: str | None, operation: str | None) -> None:
    """Forget counts and locks and return to the documented limits: of all, or of one user or operation."""
    query = given(user=world.user(user), operation=operation)
    world.show(world.call("DELETE", "/limits", query=query), _print_limits)


@app.command("set")
@operation_option
@click.option("--threshold", type=int, help="Calls allowed in a window.")
@click.option("--window", type=read_seconds, metavar="SPAN", help="How long a call counts, such as 60s.")
@click.option("--lock", type=_read_lock, metavar=f"SPAN|{_NONE}", help="How long the lock lasts, such as 10m.")
@asks(World)
def set_to(
    world: World, operation: str | None, threshold: int | None, window: float | None, lock: float | str | None
) -> None:
    """Change the limit of an operation, or of all; what is not given stays."""
    order = given(threshold=threshold, window_s=window)
    if lock is not None:
        order["lock_s"] = None if lock == _NONE else lock
    if not order:
        fail("nothing to change; give --threshold, --window or --lock", BAD_USAGE)
    world.show(world.call("PUT", "/limits", order | given(operation=operation)), _print_limits)


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
                threshold_of(each),
                lock_of(each),
                each["frees_at"],
                each["locked_until"],
            )
            for each in answer["limits"]
        ),
    )


def threshold_of(limit: Any) -> str:
    """How many calls are allowed in what time."""
    if limit["threshold"] is None:
        return _NONE
    return f"{limit['threshold']} in {limit['window_s']:g} s"


def lock_of(limit: Any) -> str:
    """How long its lock lasts."""
    return _NONE if limit["lock_s"] is None else f"{limit['lock_s']:g} s"
