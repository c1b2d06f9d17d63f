"""The command line: parses arguments and prints; what it prints comes from the server or its client.

A module for each thing that there are commands about, loaded when one of them is asked for. What goes wrong is one line
on standard error and an exit code: 1 where no server is there or it refuses, 2 for what was not to be asked.
"""

from __future__ import annotations

import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import click

from mockcliq.cli.groups import Group
from mockcliq.cli.printing import (
    BAD_USAGE,
    discard_output,
    escape_what_the_terminal_cannot_show,
    fail,
    print_text,
    replace_closed_streams,
)
from mockcliq.version import __version__

_INTERRUPTED = 130

_HOMES = {
    "serve": "serve.serve",
    "wait": "server.wait",
    "healthcheck": "server.healthcheck",
    "env": "env.env",
    "operations": "server.operations",
    "openapi": "server.openapi",
    "users": "people.users",
    "token": "people.token",
    "revoke": "people.revoke",
    "request": "journal.request",
    "reset": "state.reset",
    "clock": "clock.app",
    "limits": "limits.app",
    "faults": "faults.app",
    "requests": "journal.app",
    "state": "state.state",
    "snapshots": "state.snapshots",
    "worlds": "worlds.app",
}
"""Where each command is, or each group of commands: module and name, below `mockcliq.cli`."""


class _Commands(UserDict[str, Any]):
    """The commands by their names, each loaded when it is looked at: `serve` needs no other, nor their client."""

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = super().__getitem__(name).partition(".")
        return getattr(import_module(f"mockcliq.cli.{module}"), attribute)


@click.group(cls=Group, commands=_Commands(_HOMES), invoke_without_command=True)
@click.version_option(__version__, message="%(prog)s %(version)s", help="Print the version.")
@click.pass_context
def app(context: click.Context) -> None:
    """A local server that behaves as Zoho Cliq's Chats API does. Not affiliated with Zoho."""
    if context.invoked_subcommand is None:
        print_text(context.get_help())


def main() -> None:
    """Run the command line; what goes wrong is one line and an exit code."""
    replace_closed_streams()
    escape_what_the_terminal_cannot_show()
    try:
        code = app(prog_name="mockcliq", standalone_mode=False)
    except click.Abort:
        code = _INTERRUPTED
    except click.ClickException as error:
        message = error.format_message()
        fail(message[:1].lower() + message[1:], error.exit_code)
    except UnicodeEncodeError as error:
        fail(f"{error.object!r} is no text in UTF-8", BAD_USAGE)
    except OSError as error:
        discard_output()
        fail(f"cannot write: {error.strerror}")
    sys.exit(code)
