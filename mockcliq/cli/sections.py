"""Commands whose help has its options in sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    _TextType = click.ParamType[str]
else:
    _TextType = click.ParamType  # an older click's takes no parameter


class SectionOption(click.Option):
    """An option that stands in a section of its own in the help."""

    def __init__(self, param_decls: Sequence[str], *, section: str, **attributes: Any) -> None:
        super().__init__(param_decls, **attributes)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help lists each `SectionOption` in its section, and the other options under "Options"."""

    def sections(self, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
        """The names and texts of each section."""
        found: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx) if isinstance(each, click.Option) else None
            if record is not None:
                found.setdefault(each.section if isinstance(each, SectionOption) else "Options", []).append(record)
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, records in self.sections(ctx).items():
            with formatter.section(title):
                formatter.write_dl(records)


class Words(_TextType):
    """Text that the shell completes to one of some words; whether it is one of them is judged elsewhere."""

    name = "text"

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002 - click passes them
        return [CompletionItem(each) for each in self._words if each.startswith(incomplete)]
