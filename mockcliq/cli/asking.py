"""What the commands have in common that ask a server: their options, and how they reach it.

They ask by the routes of the control API, for what ``--json`` prints is a route's answer to the letter.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mockcliq.cli.printing import BAD_USAGE, fail, print_json
from mockcliq.client import DEFAULT_URL, Client, NoServer, Refused
from mockcliq.spec import DEFAULT_WORLD

_QUICK_S = 10.0

User = Annotated[str | None, typer.Option("--user", help="Id, e-mail address or role (owner, member, outsider).")]
Operation = Annotated[str | None, typer.Option("--operation", help="The operation's name, such as mute_chat.")]


@dataclass(frozen=True)
class Server:
    """The server that a command asks, and the form that it prints the answer in; each field is an option."""

    url: Annotated[str, typer.Option("--url", envvar="MOCKCLIQ_URL", help="The server to ask.")] = DEFAULT_URL
    control_token: Annotated[
        str | None,
        typer.Option(
            "--control-token", envvar="MOCKCLIQ_CONTROL_TOKEN", help="What its control API asks for, if it does."
        ),
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False

    def client(self, timeout_s: float = _QUICK_S) -> Client:
        """A client of it, whose calls may take that long."""
        return self._client(DEFAULT_WORLD, timeout_s)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        timeout_s: float = _QUICK_S,
    ) -> Any:
        """Call a route of the control API; gives the JSON of its answer."""
        return self.client(timeout_s).call(method, path, body, **(query or {}))

    def show(self, answer: Any, people: Callable[[Any], None]) -> None:
        """Print an answer, for machines or for people."""
        (print_json if self.as_json else people)(answer)

    def _client(self, world: str, timeout_s: float) -> Client:
        try:
            return Client(self.url, timeout_s, world=world, control_token=self.control_token or None)
        except UnicodeEncodeError:
            raise
        except ValueError as error:
            fail(str(error), BAD_USAGE)


@dataclass(frozen=True)
class World(Server):
    """A world of the server that a command asks."""

    world: Annotated[str, typer.Option("--world", help="The world's id.", show_default=True)] = DEFAULT_WORLD

    def client(self, timeout_s: float = _QUICK_S) -> Client:
        """A client of that world."""
        if not self.world:
            fail("--world: no world has an empty id; without the option it is the default world", BAD_USAGE)
        return self._client(self.world, timeout_s)

    def user(self, name: str | None) -> str | None:
        """The user of that id, e-mail address or role, as the routes take it."""
        if name not in _ROLES:
            return name
        users = self.call("GET", "/users")["users"]
        return next((user["id"] for user in users if user["role"] == name), name)


_ROLES = frozenset({"owner", "member", "outsider", "deactivated"})


@contextmanager
def answered() -> Iterator[None]:
    """Around the asking of a server: ends the command where none is there, or it refuses."""
    try:
        yield
    except (NoServer, Refused) as error:
        fail(str(error))


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command ask: in place of its first parameter, a `Server` or a `World`, it takes the options of that."""
    signature = inspect.signature(command, eval_str=True)
    asked, *own = signature.parameters.values()
    options = inspect.signature(asked.annotation, eval_str=True).parameters

    @functools.wraps(command)
    def run(**given: Any) -> None:
        with answered():
            command(asked.annotation(**{name: given.pop(name) for name in options}), **given)

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *options.values())]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # inspect reads it
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


class _Group(TyperGroup):
    """Commands about one thing, the first of which is meant where none is named: ``clock`` is ``clock show``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the first one, where none is."""
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def group(about: str, default: str | None = None) -> typer.Typer:
    """Commands about one thing; ``default`` is the first of them, if it is meant where none is named."""
    return typer.Typer(
        cls=TyperGroup if default is None else _Group,
        help=about,
        epilog=None if default is None else f"Without a command it is `{default}`; see its --help for more options.",
        add_completion=False,
        rich_markup_mode=None,
    )


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}
