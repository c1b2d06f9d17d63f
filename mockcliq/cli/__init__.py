"""The command line: a module for each topic, loaded when one of its commands runs.

Errors are one line on standard error and an exit code: 1 if there is no server or it refuses, 2 for bad usage.
"""

from __future__ import annotations

import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import click

from mockcliq.cli.groups import Group
from mockcliq.cli.misspelt import misspelt_variables
from mockcliq.cli.printing import (
    BAD_USAGE,
    discard_output,
    escape_unencodable_output,
    fail,
    print_error,
    print_text,
    replace_closed_streams,
)
from mockcliq.version import __version__

_INTERRUPTED = 130

_COMMANDS = {
    "serve": "serve.serve",
    "run": "run.run",
    "wait": "server.wait",
    "healthcheck": "server.healthcheck",
    "env": "env.env",
    "ca": "ca.ca",
    "operations": "server.operations",
    "openapi": "server.openapi",
    "schema": "help.schema",
    "users": "people.users",
    "token": "people.token",
    "code": "people.code",
    "revoke": "people.revoke",
    "webhook-url": "messages.webhook_url",
    "messages": "messages.messages",
    "request": "journal.request",
    "verify": "journal.verify",
    "reset": "state.reset",
    "clock": "clock.app",
    "limits": "limits.app",
    "faults": "faults.app",
    "bots": "bots.app",
    "requests": "journal.app",
    "state": "state.state",
    "snapshots": "state.snapshots",
    "worlds": "worlds.app",
    "help": "help.show_help",
}
"""The module and name of each command or group, below `mockcliq.cli`."""


class _LazyCommands(UserDict[str, Any]):
    """The commands by name, each loaded on first use: `serve` needs neither the others nor the client."""

    def __getitem__(self, name: str) -> Any:
        module, _, attribute = super().__getitem__(name).partition(".")
        return getattr(import_module(f"mockcliq.cli.{module}"), attribute)


_SILENT = frozenset({None, "serve", "healthcheck"})
"""Who does not warn here of what `serve` has warned of by itself; a probe would every few seconds."""


@click.group(
    cls=Group,
    commands=_LazyCommands(_COMMANDS),
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s", help="Print the version.")
@click.pass_context
def app(context: click.Context) -> None:
    """A local server that behaves as Zoho Cliq's API does. Not affiliated with Zoho."""
    if context.invoked_subcommand is None:
        print_text(context.get_help())
    if context.invoked_subcommand not in _SILENT:
        for line in misspelt_variables():
            print_error(line)


def main() -> None:
    replace_closed_streams()
    escape_unencodable_output()
    try:
        code = app(prog_name="mockcliq", standalone_mode=False)
    except click.Abort:
        code = _INTERRUPTED
    except click.ClickException as error:
        message = error.format_message()
        if isinstance(error, click.NoSuchOption) and error.ctx is not None and error.ctx.parent is None:
            message += " The options of a command stand behind its name, as in `mockcliq serve --world empty`."
        fail(message[:1].lower() + message[1:], error.exit_code)
    except UnicodeEncodeError as error:
        fail(f"{error.object!r} is no text in UTF-8", BAD_USAGE)
    except OSError as error:
        discard_output()
        fail(f"cannot write: {error.strerror}")
    sys.exit(code)
