"""``mockcliq requests``, ``request`` and ``verify``: the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.durations import read_seconds
from mockcliq.cli.groups import group
from mockcliq.cli.printing import (
    BAD_USAGE,
    align,
    fail,
    format_cell,
    print_error,
    print_facts,
    print_json,
    print_table,
    print_text,
)
from mockcliq.cli.target import ABOUT_OPERATION, World, on, operation_option, user_option
from mockcliq.client import Refused
from mockcliq.client.answers import given
from mockcliq.client.transport import LONG_S, segment
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.quoting import cause_of
from mockcliq.environment import PREFIX

app = group("The journal of calls and answers.", "list")

_HEAD = ("ID", "TIME", "STATUS", "OPERATION", "USER", "CALL", "REASON")
_WIDTHS = (14, 13, 9, 18, 9, 40, 0)
"""The widths of the columns of a stream."""

_BEGINNING = "0"
_CONFLICT = 409


@app.command("list")
@click.option("--follow", "-f", is_flag=True, help="Print calls as they happen, until Ctrl-C.")
@operation_option
@click.option("--status", type=int, help="Only answers with this status.")
@user_option
@click.option("--since", metavar="TIME|ID", help="Only calls from a moment on, or after this one.")
@click.option("--limit", type=int, help="Only the latest ones.")
@click.option("--search", help="Only calls that have this in path, query, body or reason.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="With --follow: end after so many seconds.")
@click.option("--har", type=click.Path(path_type=Path), help="Write them to this file as an HTTP Archive (HAR 1.2).")
@on(World)
def list_requests(  # noqa: PLR0913 - an option each
    world: World,
    *,
    follow: bool,
    user: str | None,
    limit: int | None,
    timeout: float | None,
    har: Path | None,
    **others: Any,
) -> None:
    """List calls and their answers; with --follow also new ones, after those of --since or --limit."""
    filters = given(user=world.user(user), **others)
    if not follow and world.world != DEFAULT_WORLD:
        # Asked for by name, one that has ended is found too, and `*` is all of them.
        filters["world"], world = world.world, replace(world, world=DEFAULT_WORLD)
    if har is not None:
        if follow or timeout is not None:
            fail("--har: a file has what was called so far; leave --follow and --timeout out", BAD_USAGE)
        _archive(world, har, filters | given(limit=limit))
        return
    if follow:
        _follow(world, filters, limit, timeout)
    elif timeout is not None:
        fail("--timeout: without --follow nothing is waited for; add --follow, or leave it out", BAD_USAGE)
    else:
        world.show(world.client().journal(**filters, limit=limit), _print_requests)


@app.command()
@on(World)
def clear(world: World) -> None:
    """Clear the journal."""
    world.show(world.call("DELETE", "/requests"), _print_requests)


@click.command()
@argument("request_id", metavar="ID", about="The X-Mockcliq-Request-Id of the answer.")
@on(World)
def request(world: World, request_id: str) -> None:
    """Explain one call: why it was refused, what would have worked, and a curl line that makes it again."""
    world.show(world.call("GET", f"/requests/{segment(request_id)}"), _print_request)


@click.command()
@argument("operation", required=False, about=f"{ABOUT_OPERATION}; all by default.")
@click.option("--times", type=int, help="Exactly so many.")
@click.option("--at-least", type=int, help="So many or more.  [default: 1]")
@click.option("--at-most", type=int, help="So many or fewer.")
@user_option
@click.option("--method", help="Only calls with this method.")
@click.option("--path", help="Only calls to a path like this one, such as '/api/v2/chats/*/mute'.")
@click.option("--chat", help="Only calls on this chat, by its id or an alias.")
@click.option("--status", type=int, help="Only answers with this status.")
@click.option(
    "--within", type=read_seconds, metavar="SPAN", help="Wait so long for calls that are missing; 60s at most."
)
@on(World)
def verify(  # noqa: PLR0913 - an option each
    world: World,
    user: str | None,
    times: int | None,
    at_least: int | None,
    at_most: int | None,
    within: float | None,
    **others: Any,
) -> None:
    """Verify that calls were made; if not, end with 1 and say what was called instead."""
    match = given(user=world.user(user), **others)
    payload = given(match=match, times=times, at_least=at_least, at_most=at_most, within_s=within)
    try:
        verified = world.call("POST", "/verify", payload, waits_s=within)
    except Refused as refused:
        if refused.status != _CONFLICT:
            raise
        first, *lines = str(refused).splitlines()
        if world.as_json:
            print_json(refused.problem)
        elif lines:
            print_text("\n".join(lines))
        fail(first)
    world.show(verified, lambda done: print_text(f"verified: {done['count']} call{'' if done['count'] == 1 else 's'}"))


def _archive(world: World, file: Path, filters: dict[str, Any]) -> None:
    archive = world.client(LONG_S).har(**filters)
    try:
        file.write_text(archive, "utf-8")
    except OSError as error:
        fail(f"--har: {file} cannot be written: {cause_of(error)}", BAD_USAGE)
    count = len(json.loads(archive)["log"]["entries"])
    print_text(f"{file}: {count} call{'' if count == 1 else 's'}")


def _follow(world: World, filters: dict[str, Any], limit: int | None, timeout: float | None) -> None:
    end = inf if timeout is None else monotonic() + timeout
    try:
        # Also to be refused, or find no server, before anything is printed.
        latest = world.client().journal(**filters, limit=1 if limit is None else limit)["requests"]
        if not world.as_json:
            print_text(align(_HEAD, _WIDTHS))
        for name, data in _events(world, filters | given(within_s=timeout), None if limit is None else latest):
            if world.as_json:
                print_json(data, indent=None)
            elif name == "lost":
                print_error(f"{data['lost']} calls came faster than they were read, and are not shown")
            else:
                print_text(align([format_cell(cell) for cell in _row(data)], _WIDTHS))
    except KeyboardInterrupt:
        return
    if monotonic() < end:
        fail(f"the stream from {world.url} ended: the server stopped, or the world is gone")


def _events(world: World, filters: dict[str, Any], latest: list[dict[str, Any]] | None) -> Iterator[tuple[str, Any]]:
    """The events of the stream, after the ``latest`` entries of the journal, if those are wanted."""
    if latest is not None:
        yield from (("request", entry) for entry in latest)
        filters = filters | {"since": latest[-1]["id"] if latest else filters.get("since", _BEGINNING)}
    yield from world.client().events("/requests/stream", **filters)


def _print_requests(answer: Any) -> None:
    print_table(_HEAD, (_row(entry) for entry in answer["requests"]))
    if "dropped" in answer:
        print_error(f"{answer['dropped']} earlier calls are gone: all journals take at most {PREFIX}JOURNAL_BYTES")


def _row(entry: Mapping[str, Any]) -> tuple[object, ...]:
    created = entry.get("created")
    reasons = (entry["reason"], entry["fault"] and f"fault {entry['fault']}", created and f"created {created}")
    return (
        entry["id"],
        entry["time"].partition("T")[2],
        _status(entry, "broken"),
        entry["operation"],
        entry["user"],
        _call(entry),
        ", ".join(filter(None, reasons)),
    )


def _status(entry: Mapping[str, Any], broken_off: str) -> object:
    if entry["status"] is None:
        return "in flight" if entry.get("in_flight") else broken_off
    return entry["status"]


def _call(entry: Mapping[str, Any]) -> str:
    query = urlencode(entry["query"], doseq=True, safe=":,/")
    return f"{entry['method']} {entry['path']}{'?' if query else ''}{query}"


def _print_request(entry: Any) -> None:
    explanation = entry["explanation"]
    route, chat = explanation["nearest_route"], explanation["nearest_chat"]
    advance = explanation["advance"]
    print_facts(
        [
            ("id", entry["id"]),
            ("time", entry["time"]),
            ("world", entry["world"]),
            ("user", entry["user"]),
            ("by token", entry["token_label"]),
            ("client", entry["client"]),
            ("operation", entry["operation"]),
            ("call", _call(entry)),
            *((f"  {name}", value) for name, value in entry["headers"].items()),
            ("body", entry["body"]),
            ("status", _status(entry, "none: the connection was broken off")),
            *((f"  {name}", value) for name, value in entry["answer_headers"].items()),
            ("answer", entry["answer"]),
            ("took", f"{entry['duration_ms']:g} ms"),
            ("reason", entry["reason"]),
            ("created", entry.get("created")),
            ("fault", entry["fault"]),
            ("what it did", explanation["fault"]),
            ("rule", explanation["rule"]),
            ("have", explanation["have"]),
            ("need", explanation["need"]),
            ("advice", explanation["advice"]),
            ("nearest route", route and f"{route['method']} {route['path']} ({route['operation']})"),
            ("nearest chat", chat and f"{chat['id']} ({chat['name']})"),
            ("token", explanation["token"]),
            ("lock ends", explanation["lock_ends"]),
            ("end it now", advance and f"mockcliq clock advance {advance:g}"),
        ]
    )
    print_text(f"\n{explanation['curl']}")
