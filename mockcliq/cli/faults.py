"""``mockcliq faults``: which calls fail, when and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from mockcliq.cli.files import read_text
from mockcliq.cli.groups import group
from mockcliq.cli.printing import BAD_USAGE, fail, print_table
from mockcliq.cli.target import World, asks
from mockcliq.client.transport import segment

app = group("Which calls fail, when and how.", "list")

_AS_IF_ABSENT = {
    "after": 0,
    "every": 1,
    "probability": 1.0,
    "seed": 0,
    "delay_ms": 0,
    "jitter_ms": 0,
    "apply": "before",
}
"""What a part of a rule is where nobody has said it."""


@app.command("list")
@asks(World)
def list_faults(world: World) -> None:
    """List the rules, newest first, which is the order in which they are asked."""
    world.show(world.call("GET", "/faults"), _print_faults)


@app.command()
@click.argument("rule", metavar="JSON", help="""Such as '{"then": {"status": 500}}'; - reads it.""")
@asks(World)
def add(world: World, rule: str) -> None:
    """Make a rule, of match (which calls), when (which of those) and then (what happens to them)."""
    text = read_text(rule) if rule == "-" else rule
    try:
        order = json.loads(text)
    except ValueError as error:
        fail(f"""the rule is no JSON ({error}); write one like '{{"then": {{"status": 500}}}}'""", BAD_USAGE)
    world.show(world.call("POST", "/faults", order), lambda fault: _print_faults({"faults": [fault]}))


@app.command()
@click.argument("fault", metavar="ID", help="The rule's id.")
@asks(World)
def remove(world: World, fault: str) -> None:
    """Take a rule away; lists those that remain."""
    world.show(world.call("DELETE", f"/faults/{segment(fault)}"), _print_faults)


@app.command()
@asks(World)
def clear(world: World) -> None:
    """Take all rules away."""
    world.show(world.call("DELETE", "/faults"), _print_faults)


def _print_faults(answer: Any) -> None:
    print_table(
        ("ID", "MATCH", "WHEN", "THEN", "HITS", "FIRED"),
        (
            (
                each["id"],
                _said(each["match"]) or "every call",
                _said(each["when"]) or "always",
                _said(each["then"]),
                each["hits"],
                each["fired"],
            )
            for each in answer["faults"]
        ),
    )


def _said(part: Mapping[str, Any]) -> str:
    """A part of a rule, without what goes without saying."""
    said = {name: value for name, value in part.items() if value is not None and value != _AS_IF_ABSENT.get(name)}
    return " ".join(f"{name}={_written(value)}" for name, value in said.items())


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
