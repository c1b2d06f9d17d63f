"""``mockcliq help`` and ``mockcliq schema``: what there is to read."""

from __future__ import annotations

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.printing import print_text


@click.command("help")
@argument("command", nargs=-1, about="Such as serve, or clock advance; the list of all by default.")
@click.pass_context
def show_help(context: click.Context, command: tuple[str, ...]) -> None:
    """Show the help of a command."""
    found = context.find_root()
    rest = list(command)
    while rest:
        if not isinstance(found.command, click.Group):
            raise click.UsageError(f"{found.command_path} has no command {rest[0]!r}")
        name, inner, rest = found.command.resolve_command(found, rest)
        assert inner is not None
        found = click.Context(inner, info_name=name, parent=found)
    print_text(found.get_help())


@click.command()
def schema() -> None:
    """Print the JSON Schema of world files, for editors and validators."""
    from mockcliq.seeding.named import own_world_file  # noqa: PLC0415 - this command alone needs it

    print_text(own_world_file("world.schema").read_text("utf-8").rstrip())
