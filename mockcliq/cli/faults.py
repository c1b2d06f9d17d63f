"""``mockcliq faults``: fault rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from mockcliq.cli.files import STREAM, read_text
from mockcliq.cli.groups import group
from mockcliq.cli.printing import BAD_USAGE, fail, print_table
from mockcliq.cli.target import World, on
from mockcliq.client.transport import segment

app = group("Fault rules: which calls fail, when and how.", "list")

_DEFAULTS = {
    "after": 0,
    "every": 1,
    "probability": 1.0,
    "seed": 0,
    "delay_ms": 0,
    "jitter_ms": 0,
    "apply": "before",
}
"""The default values of a rule, which are not printed."""


@app.command("list")
@on(World)
def list_faults(world: World) -> None:
    """List the rules, newest first, which is the order of precedence."""
    world.show(world.call("GET", "/faults"), _print_faults)


@app.command()
@click.argument("rule", metavar="JSON", help="""Such as '{"then": {"status": 500}}'; - is standard input.""")
@on(World)
def add(world: World, rule: str) -> None:
    """Add a rule with match (which calls), when (which of them) and then (the effect)."""
    text = read_text(rule) if rule == STREAM else rule
    try:
        payload = json.loads(text)
    except ValueError as error:
        fail(f"""the rule is no JSON ({error}); write one like '{{"then": {{"status": 500}}}}'""", BAD_USAGE)
    world.show(world.call("POST", "/faults", payload), lambda fault: _print_faults({"faults": [fault]}))


@app.command()
@click.argument("fault", metavar="ID", help="The rule's id.")
@on(World)
def remove(world: World, fault: str) -> None:
    """Remove a rule and list the others."""
    world.show(world.call("DELETE", f"/faults/{segment(fault)}"), _print_faults)


@app.command()
@on(World)
def clear(world: World) -> None:
    """Remove all rules."""
    world.show(world.call("DELETE", "/faults"), _print_faults)


def _print_faults(answer: Any) -> None:
    print_table(
        ("ID", "MATCH", "WHEN", "THEN", "HITS", "FIRED"),
        (
            (
                each["id"],
                _format_part(each["match"]) or "every call",
                _format_part(each["when"]) or "always",
                _format_part(each["then"]),
                each["hits"],
                each["fired"],
            )
            for each in answer["faults"]
        ),
    )


def _format_part(part: Mapping[str, Any]) -> str:
    """Format a part of a rule, without default values."""
    values = {name: value for name, value in part.items() if value is not None and value != _DEFAULTS.get(name)}
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in values.items()
    )
