"""The command line: parses arguments and prints; what it prints comes from the server or its client."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.exceptions import Abort, TyperException

from mockcliq.client import Client, NoServer, Refused
from mockcliq.spec import DEFAULT_WORLD, one_line
from mockcliq.version import DEFAULT_PORT, __version__

NO_SERVER = 1
BAD_USAGE = 2

app = typer.Typer(
    name="mockcliq",
    help="A local server that behaves as Zoho Cliq's Chats API does. Not affiliated with Zoho.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Url = Annotated[str, typer.Option("--url", envvar="MOCKCLIQ_URL", help="The server to ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Flag = str | None
"""A setting's flag; read and judged together with the environment."""

Answered = TypeVar("Answered")

DEFAULT_URL = f"http://localhost:{DEFAULT_PORT}"


class Shell(StrEnum):
    """A shell, by the way it sets variables."""

    SH = "sh"
    FISH = "fish"
    POWERSHELL = "powershell"
    DOTENV = "dotenv"


@app.command()
def serve(  # noqa: PLR0913 - one parameter for each flag
    host: Annotated[Flag, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[Flag, typer.Option(help="Port to listen on; 0 takes a free one.  [default: 2547]")] = None,
    world: Annotated[Flag, typer.Option(help="demo, documentation, empty, or a file's path.  [default: demo]")] = None,
    seed: Annotated[Flag, typer.Option(help="What the demo is made from: same seed, same bytes.  [default: 1]")] = None,
    users: Annotated[Flag, typer.Option(help="People in the demo.  [default: 25]")] = None,
    chats: Annotated[Flag, typer.Option(help="Conversations in the demo, up to a million.  [default: 60]")] = None,
    messages: Annotated[Flag, typer.Option(help="Messages in the demo.  [default: by its chats]")] = None,
    database: Annotated[Flag, typer.Option(help="File that keeps the world across restarts.")] = None,
    rate_limit: Annotated[Flag, typer.Option(help="The threshold and its lock-out, on or off.  [default: on]")] = None,
    log_format: Annotated[Flag, typer.Option(help="text or json.  [default: text]")] = None,
    until_stdin_closes: Annotated[
        Flag, typer.Option(help="End when standard input does, on or off.  [default: off]")
    ] = None,
) -> None:
    """Serve the mock until Ctrl-C. Every flag has its variable MOCKCLIQ_<FLAG>; a flag goes before it."""
    # As the first process of a container there is no default action for SIGTERM, and loading takes a moment.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    # What is loaded now stays; collecting amid it only costs time. The server collects again once it is ready.
    gc.disable()

    from mockcliq.settings import BadSetting, read_settings  # noqa: PLC0415 - only serve needs it

    try:
        settings = read_settings(
            host=host,
            port=port,
            world=world,
            seed=seed,
            users=users,
            chats=chats,
            messages=messages,
            database=database,
            rate_limit=rate_limit,
            log_format=log_format,
            until_stdin_closes=until_stdin_closes,
        )
    except BadSetting as error:
        _fail(str(error), BAD_USAGE)

    from mockcliq.embedded import Unservable  # noqa: PLC0415 - loaded by the server already
    from mockcliq.serving import serve_in_foreground  # noqa: PLC0415 - brings the whole server

    try:
        serve_in_foreground(settings)
    except Unservable as error:
        _fail(str(error), BAD_USAGE)


@app.command()
def operations(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """List the emulated operations and their contracts."""
    found = _ask(url, Client.operations)
    if as_json:
        _print_json({"operations": found})
        return
    rows = [("OPERATION", "METHOD", "PATH", "SCOPE", "THRESHOLD", "LOCK")]
    rows += [
        (
            each["operation"],
            each["method"],
            each["path"],
            each["scope"],
            f"{each['threshold']} in {each['window_s']:g} s",
            "none" if each["lock_s"] is None else f"{each['lock_s']:g} s",
        )
        for each in found
    ]
    _print_table(rows)


@app.command()
def wait(
    url: Url = DEFAULT_URL,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait at most.")] = 30.0,
) -> None:
    """Wait until the server is there and its world is ready."""
    if not Client(url).wait(timeout):
        _fail(f"no MockCliq is ready at {url} after {timeout:g} s", NO_SERVER)


@app.command()
def healthcheck(
    url: Annotated[str | None, typer.Option("--url", envvar="MOCKCLIQ_URL", help="The server to ask.")] = None,
    port: Annotated[str, typer.Option(envvar="MOCKCLIQ_PORT", hidden=True)] = str(DEFAULT_PORT),
) -> None:
    """Exit 0 if the server is ready, else 1; what a container's HEALTHCHECK runs, so it knows the server's own port."""
    asked = f"http://localhost:{port}" if url is None else url
    if not _ask(asked, Client.ready):
        _fail(f"{asked} is alive, but its world is still being made", NO_SERVER)


@app.command()
def openapi(url: Url = DEFAULT_URL) -> None:
    """Print the OpenAPI document of the emulated API."""
    _print_json(_ask(url, Client.openapi))


@app.command()
def env(
    url: Url = DEFAULT_URL,
    shell: Annotated[Shell, typer.Option(help="The shell to print for.")] = Shell.SH,
    as_json: AsJson = False,
) -> None:
    """Print variables that point a client at the server: eval "$(mockcliq env)"."""
    _ask(url, Client.health)
    from mockcliq.seeding.tokens import token_name  # noqa: PLC0415 - no other command needs to know of worlds

    base = Client(url).url
    variables = {
        "MOCKCLIQ_URL": base,
        "MOCKCLIQ_TOKEN": token_name(DEFAULT_WORLD, "owner"),
        "ZOHO_CLIQ_BASE_URL": base,
    }
    if as_json:
        _print_json(variables)
        return
    form = {
        Shell.SH: "export {}='{}'",
        Shell.FISH: "set -gx {} '{}'",
        Shell.POWERSHELL: "$Env:{} = '{}'",
        Shell.DOTENV: "{}={}",
    }[shell]
    for name, value in variables.items():
        _print(form.format(name, value))


def _version(is_asked: bool) -> None:  # noqa: FBT001 - typer gives it so
    if is_asked:
        _print(f"mockcliq {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def common(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A local server that behaves as Zoho Cliq's Chats API does. Not affiliated with Zoho."""
    if context.invoked_subcommand is None:
        _print(context.get_help())


def main() -> None:
    """Run the command line; what goes wrong is one line and an exit code."""
    try:
        code = app(standalone_mode=False)
    except Abort:
        code = 130
    except TyperException as error:
        message = error.format_message()
        _fail(message[:1].lower() + message[1:], error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has had enough.
        _discard_output()
        code = 0
    except OSError as error:
        _discard_output()
        _fail(f"cannot write: {error.strerror}", NO_SERVER)
    sys.exit(code)


def _discard_output() -> None:
    """Send what Python would still flush nowhere: writing it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ask(url: str, question: Callable[[Client], Answered]) -> Answered:
    try:
        return question(Client(url))
    except (NoServer, Refused) as error:
        _fail(str(error), NO_SERVER)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _print_json(document: Any) -> None:
    _print(json.dumps(document, indent=2, ensure_ascii=False))


def _print_table(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        _print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _fail(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"mockcliq: {one_line(message)}\n")
    sys.exit(code)
