"""Positional arguments that say what they are."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

_HELP_IS_KNOWN = "help" in inspect.signature(click.Argument).parameters
"""From click 8.5 on."""


def argument(name: str, *, about: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """Declare an argument with its help; under an older click that is a line of the command's own help."""
    if _HELP_IS_KNOWN:
        return click.argument(name, help=about, **attributes)

    def declare(command: _Command) -> _Command:
        shown = attributes.get("metavar", name.upper())
        command.__doc__ = f"{inspect.cleandoc(command.__doc__ or '')}\n\n{shown}: {about}"
        return click.argument(name, **attributes)(command)

    return declare
