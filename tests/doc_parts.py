"""The parts of README.md and docs/ that follow from the code and from the last benchmarks, each as Markdown."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import click
import httpx

from benchmarks.report import Report
from mockcliq import gateway
from mockcliq.apis import v2
from mockcliq.app import APIS, create_app
from mockcliq.cli import app as cli
from mockcliq.contract.api import Register
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Rule
from mockcliq.gateway.answers import JSON_TYPE
from mockcliq.gateway.styles.observed import SEEN
from mockcliq.launch.variables import VARIABLES
from mockcliq.seeding.tokens import LABELS, token_name
from mockcliq.settings import Settings, setting_list
from tests.schemas import world_file_schema

RESULTS = Path(__file__).parents[1] / "benchmarks" / "results" / "latest.json"

CONTROL = "/_mockcliq"
"""Where the control API stands."""

SERVER_ROUTES = ("/health", "/ready", "/server", "/operations", "/worlds")
"""What belongs to the server and not to one of its worlds."""


_TOKENS = {
    "owner": "everything: all scopes, most chats",
    "member": "a second person in many of the owner's chats",
    "outsider": "403: in the organisation, but in none of these chats",
    "readonly": "403: the owner with `Chats.READ` alone",
    "expired": "401",
    "revoked": "401",
    "deactivated": "403: no longer active in the organisation",
    "webhook": "webhook URLs: in the query, as `zapikey`",
}


_GROUPS: Mapping[str, Sequence[str]] = {
    "chats: list, mute, pin, leave": ("chats", "members", "pins"),
    "posts to chats, channels, threads and people, as a bot, by a webhook": ("posts", "webhooks"),
    "messages: read, edit, delete": ("messages",),
    "reactions": ("reactions",),
    "files: share, download": ("files",),
    "channels and their members": ("channels", "channel_members"),
    "threads: list, follow, close": ("threads",),
    "bots: associate, subscribers, calls": ("bots",),
    "users": ("users",),
    "statuses": ("statuses",),
}
"""What is emulated, each with the modules of ``mockcliq.apis.v2`` that have its operations."""


def covered() -> str:
    """What is emulated, at a glance."""
    modules = Counter(each.handler.__module__.rpartition(".")[2] for each in _documented())
    assert set(modules) == {module for group in _GROUPS.values() for module in group}
    rows = ((group, str(sum(modules[module] for module in of))) for group, of in _GROUPS.items())
    return table("what", "operations", *rows)


def tokens() -> str:
    """The fixed tokens."""
    assert set(_TOKENS) == set(LABELS)
    rows = ((f"`{token_name(DEFAULT_WORLD, label)}`", purpose) for label, purpose in _TOKENS.items())
    return table("token", "is for", *rows)


def operations() -> str:
    """The contract of each operation."""
    rows = (
        (
            f"`{each.label}`",
            f"{each.method} {each.path}",
            _scopes(each),
            _limit(each),
            "" if each.limit is None else each.limit.source,
            str(each.success),
            each.source,
        )
        for each in _documented()
    )
    headings = ("operation", "method, path", "scope", "threshold, lock", "threshold's source", "success", "source")
    return table(*headings, *rows)


def refusals() -> str:
    """Every reason to refuse a call to the Chats API."""
    rules = {rule.name: rule for rule in all_rules().values()}
    rows = (
        (f"`{rule.name}`", str(rule.status), _code(rule.need), rule.advice.replace("{control}", CONTROL))
        for rule in rules.values()
    )
    return table("reason", "status", "needs", "what to change", *rows)


def profiles() -> str:
    """What the observed profile answers, where it differs from the documented one."""
    rules = all_rules()
    rows = []
    for key, (row, weight, source) in SEEN.items():
        message = "the documented sentence" if row.message is None else row.message
        shown = f"{row.media_type.decode()}: `{message!r}`" if row.media_type != JSON_TYPE else message
        statuses = (str(rules[key].status), str(row.status))
        rows.append((f"`{key}`", *statuses, _code(row.code or "") or "none", shown, weight, source))
    return table("refusal", "documented", "observed", "code", "message", "weight", "source", *rows)


def all_rules() -> dict[str, Rule]:
    """Every rule by which a call to the Chats API is refused, by its key."""
    modules = [
        import_module(each.name)
        for package in (gateway, v2)
        for each in walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return {rule.key: rule for module in modules for rule in vars(module).values() if isinstance(rule, Rule)}


def settings() -> str:
    """Every setting, by group."""
    schemas = Settings.model_json_schema()["properties"]
    groups: dict[str, list[tuple[str, ...]]] = {}
    for each in setting_list():
        flag = "" if each.is_secret else f"`{each.flag}`"
        kind = _kind(schemas[each.name]).replace("boolean", "`on`, `off`")
        default = "" if each.default is None else f"`{each.default}`"
        row = (f"`{each.variable}`", flag, kind, default, each.description)
        groups.setdefault(each.group.value, []).append(row)
    tables = {group: table("variable", "flag", "type", "default", "what", *rows) for group, rows in groups.items()}
    return "\n\n".join(f"## {group}\n\n{rows}" for group, rows in tables.items())


def commands() -> str:
    """Every command with its arguments and options, as its `--help` tells them."""
    found = list(_commands(cli, click.Context(cli, info_name="mockcliq")))
    counts = Counter(option for _, context in found for option in _options(context))
    shared = [option for option, count in counts.items() if count > len(found) / 2]
    options = table("option", "what", *shared)
    return "\n\n".join(["## Options of most commands", options, *(_command(*each, shared) for each in found)])


def run_variables() -> str:
    """The variables that `mockcliq run` sets."""
    rows = ((", ".join(map(_code, each.names)), each.about) for each in VARIABLES)
    return table("variable", "what", *rows)


def control_api() -> str:
    """Every route of the control API, by its groups, then the bodies that it takes."""
    document = control_document()
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    groups: dict[str, list[str]] = {}
    bodies: dict[str, Any] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_route(method, path, operation, schemas))
            bodies |= _schemas_below(operation.get("requestBody"), schemas)
    sections = [f"## {group}\n\n" + "\n\n".join(routes) for group, routes in groups.items()]
    parts = [_schema(name, schema) for name, schema in bodies.items()]
    return "\n\n".join([*sections, "## Bodies", *parts])


def world_file() -> str:
    """Every key of a world file, from its JSON Schema."""
    document = world_file_schema()
    definitions: Mapping[str, Any] = document["$defs"]
    return "\n\n".join(_schema(name, schema) for name, schema in {"The file": document, **definitions}.items())


def speed() -> str:
    """The last whole run of the benchmarks."""
    return Report.read(RESULTS).as_markdown()


PARTS = {
    "covered": covered,
    "tokens": tokens,
    "operations": operations,
    "refusals": refusals,
    "profiles": profiles,
    "settings": settings,
    "commands": commands,
    "run-variables": run_variables,
    "control-api": control_api,
    "world-file": world_file,
    "speed": speed,
}
"""By the name that stands in the comments around the part."""


def table(*cells: str | tuple[str, ...]) -> str:
    """A table: the headings, then the rows."""
    headings = [cell for cell in cells if isinstance(cell, str)]
    rows = [row for row in cells if isinstance(row, tuple)]
    lines = [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _documented() -> list[Operation]:
    return Register(APIS).documented


def _scopes(operation: Operation) -> str:
    return " or ".join(map(str, operation.scopes))


def _limit(operation: Operation) -> str:
    limit = operation.limit
    if limit is None:
        return "none"
    lock = "none" if limit.lock_ms is None else f"{limit.lock_ms / 60_000:g} min"
    return f"{limit.calls} in {limit.window_ms / 1000:g} s, {lock}"


def _commands(command: click.Command, context: click.Context) -> Iterator[tuple[click.Command, click.Context]]:
    """The commands below one, each in its context."""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                inside = click.Context(inner, parent=context, info_name=name)
                yield inner, inside
                yield from _commands(inner, inside)


def _options(context: click.Context) -> list[tuple[str, str]]:
    """The arguments and options of a command, as its ``--help`` tells them."""
    records = [each.get_help_record(context) for each in context.command.get_params(context)]
    rows = [(f"`{record[0]}`", _as_it_is(record[1])) for record in records if record is not None]
    return [row for row in rows if not row[0].endswith("--help`")]


def _command(command: click.Command, context: click.Context, shared: Sequence[tuple[str, str]]) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    about = _as_it_is(inspect.cleandoc(command.help or "").replace("\b\n", ""))
    options = _options(context)
    own = [row for row in options if row not in shared]
    others = ", ".join(
        f"`{option.strip('`').partition(' ')[0]}`" for option, what in options if (option, what) in shared
    )
    parts = [
        f"## {context.command_path}",
        f"```text\n{usage}\n```",
        about,
        _as_it_is(command.epilog),
        table("argument, option", "what", *own) if own else "",
        f"And {others}." if others else "",
    ]
    return "\n\n".join(filter(None, parts))


def _as_it_is(text: str | None) -> str:
    """Text as Markdown that shows it as it is; what stands between backticks is code already."""
    parts = (text or "").split("`")
    parts[::2] = (part.replace("<", "&lt;").replace("*", "\\*").replace("$", "&#36;") for part in parts[::2])
    return "`".join(parts)


@cache
def control_document() -> dict[str, Any]:
    """The OpenAPI document of the control API."""

    async def asked() -> Any:
        app = create_app(Settings(world="empty"))
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                return (await client.get(f"{CONTROL}/openapi.json")).json()
        finally:
            await app.startup.end()

    document: dict[str, Any] = asyncio.run(asked())
    return document


def _route(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parts = [f"### {operation['summary']}", f"`{method.upper()} {CONTROL}{path}`", operation.get("description", "")]
    rows = [
        (f"`{each['name']}`", each["in"], _kind(each["schema"]), each.get("description", ""))
        for each in operation.get("parameters", [])
    ]
    parts.append(table("parameter", "in", "type", "what", *rows) if rows else "")
    body = next(iter(_schemas_below(operation.get("requestBody"), schemas)), None)
    parts.append(f"Body: {_link(body)}" if body else "")
    return "\n\n".join(filter(None, parts))


def _schemas_below(part: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that a part of a document refers to, and those to which they refer, by name."""
    found: dict[str, Any] = {}

    def look(part: Any) -> None:
        if isinstance(part, Mapping):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in schemas and name not in found:
                found[name] = schemas[name]
                look(schemas[name])
            part = list(part.values())
        if isinstance(part, list):
            for each in part:
                look(each)

    look(part)
    return found


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    about = str(schema.get("description", "")).replace("``", "`")
    required = schema.get("required", ())
    rows = [
        (
            f"`{key}`",
            _kind(value),
            "required" if key in required else _json_default(value),
            value.get("description", ""),
        )
        for key, value in schema.get("properties", {}).items()
        if not key.startswith("$")
    ]
    fields = table("key", "type", "default", "what", *rows) if rows else f"{_kind(schema)}"
    return "\n\n".join(filter(None, [f"### {name}", about, fields]))


def _json_default(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    if default in (None, [], "") or isinstance(default, dict):  # an object's own keys tell theirs
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _kind(schema: Mapping[str, Any]) -> str:
    """What a schema admits, in words."""
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema or "oneOf" in schema:
        kinds = (_kind(each) for each in schema.get("anyOf", schema.get("oneOf")) if each.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    least, most = schema.get("minimum"), schema.get("maximum")
    bounds = (f" from {_number(least)}" if least is not None else "") + (
        f" to {_number(most)}" if most is not None else ""
    )
    return (" or ".join(kind) if isinstance(kind, list) else str(kind)) + bounds


def _number(number: float) -> str:
    return f"{int(number) if int(number) == number else number:,}"


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
