"""Commands about one thing, as groups of them."""

from __future__ import annotations

import click


class Group(click.Group):
    """Commands that are listed in the order in which they are written."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        """Their names."""
        return list(self.commands)


class _GroupWithDefault(Group):
    """Commands the first of which is meant where none is named: ``clock`` is ``clock show``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the first one, where none is; but not where a shell asks how the line might go on."""
        is_named = args and (args[0] == "--help" or not args[0].startswith("-"))
        if not (is_named or ctx.resilient_parsing):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def group(about: str, default: str | None = None) -> click.Group:
    """Commands about one thing; ``default`` is the first of them, if it is meant where none is named."""
    return (Group if default is None else _GroupWithDefault)(
        help=about,
        epilog=None if default is None else f"Without a command it is `{default}`; see its --help for more options.",
        no_args_is_help=False,
    )
