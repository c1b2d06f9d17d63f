"""The command line: parses arguments and prints; what it prints comes from the server or its client.

A module for each thing that there are commands about. What goes wrong is one line on standard error and an exit code:
1 where no server is there or it refuses, 2 for what was not to be asked.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from mockcliq.cli import clock, faults, journal, limits, people, server, state, worlds
from mockcliq.cli.env import env
from mockcliq.cli.printing import (
    BAD_USAGE,
    discard_output,
    escape_what_the_terminal_cannot_show,
    fail,
    print_text,
    replace_closed_streams,
)
from mockcliq.cli.serve import serve
from mockcliq.client import NoServer, Refused
from mockcliq.version import __version__

_INTERRUPTED = 130

app = typer.Typer(
    name="mockcliq",
    help="A local server that behaves as Zoho Cliq's Chats API does. Not affiliated with Zoho.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(serve)
for command in (server.wait, server.healthcheck, env, server.operations, server.openapi):
    app.command()(command)
for command in (people.users, people.token, people.revoke):
    app.command()(command)
app.add_typer(clock.app, name="clock")
app.add_typer(limits.app, name="limits")
app.add_typer(faults.app, name="faults")
app.add_typer(journal.app, name="requests")
app.command()(journal.request)
app.command()(state.reset)
app.add_typer(state.state, name="state")
app.add_typer(state.snapshots, name="snapshots")
app.add_typer(worlds.app, name="worlds")


def _version(is_asked: bool) -> None:  # noqa: FBT001 - typer gives it so
    if is_asked:
        print_text(f"mockcliq {__version__}")
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
        print_text(context.get_help())


def main() -> None:
    """Run the command line; what goes wrong is one line and an exit code."""
    replace_closed_streams()
    escape_what_the_terminal_cannot_show()
    try:
        code = app(standalone_mode=False)
    except Abort:
        code = _INTERRUPTED
    except TyperException as error:
        message = error.format_message()
        fail(message[:1].lower() + message[1:], error.exit_code)
    except (NoServer, Refused) as error:
        fail(str(error))
    except UnicodeEncodeError as error:
        fail(f"{error.object!r} is no text in UTF-8", BAD_USAGE)
    except OSError as error:
        discard_output()
        fail(f"cannot write: {error.strerror}")
    sys.exit(code)
