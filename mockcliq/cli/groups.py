"""Groups of commands."""

from __future__ import annotations

import click


class Group(click.Group):
    """A group that lists its commands in the order of their definition."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return list(self.commands)


class _GroupWithDefault(Group):
    """A group whose first command is the default: ``clock`` is ``clock show``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default command if none is named, but not for a shell's completion."""
        is_named = args and (args[0] in ctx.help_option_names or not args[0].startswith("-"))
        if not (is_named or ctx.resilient_parsing):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def group(about: str, default: str | None = None) -> click.Group:
    """Make a group; ``default`` names its first command if that is the default one."""
    return (Group if default is None else _GroupWithDefault)(
        help=about,
        epilog=None if default is None else f"Without a command it is `{default}`; see its --help for more options.",
        no_args_is_help=False,
    )
