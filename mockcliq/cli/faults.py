"""``mockcliq faults``: fault rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.durations import read_seconds
from mockcliq.cli.files import STREAM, read_text
from mockcliq.cli.groups import group
from mockcliq.cli.printing import BAD_USAGE, fail, print_table
from mockcliq.cli.sections import SectionedCommand, SectionOption
from mockcliq.cli.target import ABOUT_USER, World, on
from mockcliq.client.answers import given
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

_MATCH = ("user", "method", "path", "chat")
_WHEN = ("after", "times", "every", "probability", "seed", "expires_in")
_THEN = ("status", "connection", "body", "headers", "delay_ms", "jitter_ms", "apply")
"""The flags of each part of a rule."""

_OPERATION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?", re.ASCII)
_EXAMPLE = "mockcliq faults add mute_chat --status 500 --times 1"


@app.command("list")
@on(World)
def list_faults(world: World) -> None:
    """List the rules, newest first, which is the order of precedence."""
    world.show(world.call("GET", "/faults"), _print_faults)


def _read_body(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        if text.startswith(("{", "[", '"')):
            raise click.BadParameter(f"it is no JSON ({error})") from error
        return text


def _read_header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise click.BadParameter(f"{text!r} is no header; write one like 'Retry-After: 5'")
    return name.strip(), value.strip()


def _read_ms(text: str) -> int:
    return round(read_seconds(text) * 1000)


def _match(flag: str, **attributes: Any) -> Any:
    return click.option(flag, cls=SectionOption, section="Match: which calls (all by default)", **attributes)


def _when(flag: str, **attributes: Any) -> Any:
    return click.option(flag, cls=SectionOption, section="When: which of them (each by default)", **attributes)


def _then(*flags: str, **attributes: Any) -> Any:
    return click.option(*flags, cls=SectionOption, section="Then: the effect", **attributes)


_RULE_FLAGS = (
    _match("--user", help=f"The caller: {ABOUT_USER[:1].lower()}{ABOUT_USER[1:]}."),
    _match("--method", help="The HTTP method."),
    _match("--path", metavar="GLOB", help="Such as '/api/v2/chats/*/mute'."),
    _match("--chat", metavar="ID", help="The chat in the path."),
    _when("--after", type=int, help="Calls that pass first."),
    _when("--times", type=int, help="Firings at most."),
    _when("--every", type=int, help="Fire on every k-th call."),
    _when("--probability", type=float, help="From 0 to 1, drawn from the seed."),
    _when("--seed", type=int, help="The seed of the probability."),
    _when("--expires-in", type=read_seconds, metavar="SPAN", help="By the world's clock, such as 90s or 10m."),
    _then("--status", type=int, help="The answer's status; without a body it has the documented one."),
    _then(
        "--connection",
        type=click.Choice(["reset", "empty", "truncate", "garbage", "hang"]),
        help="How the connection breaks, instead of an answer.",
    ),
    _then("--body", type=_read_body, metavar="JSON", help="The answer's body; what is no JSON is text."),
    _then(
        "--header",
        "headers",
        type=_read_header,
        multiple=True,
        metavar="'NAME: VALUE'",
        help="An additional header of the answer; repeatable.",
    ),
    _then("--delay", type=_read_ms, metavar="SPAN", help="In real time, such as 500ms or 2s."),
    _then("--delay-ms", type=int, help="The same in milliseconds."),
    _then("--jitter", type=_read_ms, metavar="SPAN", help="A random addition to the delay, at most."),
    _then("--jitter-ms", type=int, help="The same in milliseconds."),
    _then(
        "--apply",
        type=click.Choice(["before", "after"]),
        help="after carries the call out first, and loses only its answer.",
    ),
)
"""The parts of a rule, as `Faults.add` of the Python client has them."""


def _rule_flags(command: Any) -> Any:
    for flag in reversed(_RULE_FLAGS):
        command = flag(command)
    return command


@app.command(cls=SectionedCommand)
@argument(
    "rule",
    required=False,
    metavar="[OPERATION|JSON|FILE]",
    about="The operation's name, such as mute_chat; or the whole rule as JSON, in a file such as rule.json, or by -.",
)
@_rule_flags
@on(World)
def add(world: World, rule: str | None, **flags: Any) -> None:
    """Add a rule, by flags or as JSON, and print it.

    Such as: mockcliq faults add mute_chat --status 500 --times 1.

    As JSON a rule has three keys: {"match": {"operation", "user", "method", "path", "chat"}, "when": {"after", "times",
    "every", "probability", "seed", "expires_in"}, "then": {"status" or "connection", "body", "headers", "delay_ms",
    "jitter_ms", "apply"}}.
    """
    flags = {name: value for name, value in flags.items() if value not in (None, ())}
    if (rule is not None and _OPERATION.fullmatch(rule) is None) or (rule or "").endswith(".json"):
        payload: Any = _read_rule(rule or "")
        if flags:
            fail("the rule is given as JSON and by flags; give it in one of these ways", BAD_USAGE)
    else:
        payload = _made_rule(world, rule, flags)
    world.show(world.call("POST", "/faults", payload), lambda fault: _print_faults({"faults": [fault]}))


def _read_rule(text: str) -> bytes:
    is_file = text == STREAM or text.endswith(".json") or ("/" in text and not text.lstrip().startswith(("{", "[")))
    text = read_text(text) if is_file else text
    try:
        json.loads(text)
    except ValueError as error:
        fail(f'the rule is no JSON ({error}); write one like {{"then": {{"status": 500}}}}, or {_EXAMPLE}', BAD_USAGE)
    # As it stands: what was parsed would have lost a key that is given twice.
    return text.encode()


def _made_rule(world: World, operation: str | None, flags: dict[str, Any]) -> dict[str, Any]:
    for name in ("delay", "jitter"):
        span = flags.pop(name, None)
        if span is not None and flags.setdefault(f"{name}_ms", span) != span:
            fail(f"--{name} and --{name}-ms say the same; give one of them", BAD_USAGE)
    if not flags:
        fail(f"the rule has no effect; say one, as in {_EXAMPLE}", BAD_USAGE)
    if "headers" in flags:
        flags["headers"] = dict(flags["headers"])
    if "user" in flags:
        flags["user"] = world.user(flags["user"])
    parts = {
        part: {name: flags[name] for name in names if name in flags}
        for part, names in (("match", _MATCH), ("when", _WHEN), ("then", _THEN))
    }
    parts["match"] |= given(operation=operation)
    return parts


@app.command()
@argument("fault", metavar="ID", about="The rule's id.")
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
