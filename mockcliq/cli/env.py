"""``mockcliq env``: variables that point clients at the server."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mockcliq.cli.asking import World, asks
from mockcliq.cli.printing import print_text
from mockcliq.client.transport import segment
from mockcliq.spec import DEFAULT_WORLD


class Shell(StrEnum):
    """A shell, by the way it sets variables."""

    SH = "sh"
    FISH = "fish"
    POWERSHELL = "powershell"
    DOTENV = "dotenv"


_FORMS = {
    Shell.SH: "export {}='{}'",
    Shell.FISH: "set -gx {} '{}'",
    Shell.POWERSHELL: "$Env:{} = '{}'",
    Shell.DOTENV: "{}={}",
}
"""How a variable is set; no URL that was reached and no token has a quote."""


@asks
def env(world: World, shell: Annotated[Shell, typer.Option(help="The shell to print for.")] = Shell.SH) -> None:
    """Print a shell's settings for clients.

    They point a client at the server: eval "$(mockcliq env)".

    MOCKCLIQ_URL is the server, for these commands; MOCKCLIQ_TOKEN the owner's token of the world; ZOHO_CLIQ_BASE_URL
    the base URL that clients put /api/v2 behind.
    """
    access = world.call("GET", f"/worlds/{segment(world.world)}")
    client = world.client()
    base = client.url if world.world == DEFAULT_WORLD else client.world_url
    variables = {"MOCKCLIQ_URL": client.url, "MOCKCLIQ_TOKEN": access["token"], "ZOHO_CLIQ_BASE_URL": base}
    there = {name: value for name, value in variables.items() if value is not None}
    world.show(there, lambda _: print_text("\n".join(_FORMS[shell].format(*each) for each in there.items())))
