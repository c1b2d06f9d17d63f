"""What the commands have in common that ask a server: their options, and how they reach it.

They ask by the routes of the control API, for what ``--json`` prints is a route's answer to the letter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import click

from mockcliq.cli.printing import BAD_USAGE, fail, print_json
from mockcliq.client import DEFAULT_URL, Client, NoServer, Refused
from mockcliq.contract.ids import DEFAULT_WORLD

_QUICK_S = 10.0

ABOUT_USER = "Id, e-mail address or role (owner, member, outsider)"
ABOUT_OPERATION = "The operation's name, such as mute_chat"

url_option = functools.partial(
    click.option, "--url", envvar="MOCKCLIQ_URL", show_envvar=True, help="The server to ask."
)
user_option = click.option("--user", help=f"{ABOUT_USER}.")
operation_option = click.option("--operation", help=f"{ABOUT_OPERATION}.")


@dataclass(frozen=True)
class Server:
    """The server that a command asks, and the form that it prints the answer in; each field is an option."""

    OPTIONS: ClassVar[tuple[Callable[..., Any], ...]] = (
        url_option(default=DEFAULT_URL, show_default=True),
        click.option(
            "--control-token",
            envvar="MOCKCLIQ_CONTROL_TOKEN",
            show_envvar=True,
            help="What its control API asks for, if it does.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines."),
    )

    url: str
    control_token: str | None
    as_json: bool

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

    OPTIONS: ClassVar[tuple[Callable[..., Any], ...]] = (
        *Server.OPTIONS,
        click.option("--world", default=DEFAULT_WORLD, show_default=True, help="The world's id."),
    )

    world: str

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


def asks(whom: type[Server]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command ask: its first parameter is a `Server` or a `World`, made from the options of that."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            with answered():
                command(whom(**{each.name: given.pop(each.name) for each in fields(whom)}), **given)

        for option in reversed(whom.OPTIONS):
            option(run)
        return run

    return decorate


def given(**values: Any) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in values.items() if value is not None}
