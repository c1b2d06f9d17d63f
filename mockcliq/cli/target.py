"""The target of a command: a server or a world, with the options that name it.

Commands call routes of the control API directly: ``--json`` prints a route's answer unchanged.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import click

from mockcliq.cli.address import url_by_variables
from mockcliq.cli.printing import BAD_USAGE, fail, print_json
from mockcliq.client import DEFAULT_URL, Client, NoServer, Refused
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.environment import BadSetting, secret

_QUICK_S = 10.0

ABOUT_USER = "Id, e-mail address or role (owner, member, outsider)"
ABOUT_OPERATION = "The operation's name, such as mute_chat"

url_option = click.option(
    "--url",
    help=f"The server's URL.  [MOCKCLIQ_URL, else by MOCKCLIQ_HOST and MOCKCLIQ_PORT; default: {DEFAULT_URL}]",
)
control_token_option = click.option(
    "--control-token",
    help="The control API's token, if it has one.  [MOCKCLIQ_CONTROL_TOKEN, or MOCKCLIQ_CONTROL_TOKEN_FILE]",
)
world_option = click.option("--world", default=DEFAULT_WORLD, show_default=True, help="The world's id.")
user_option = click.option("--user", help=f"{ABOUT_USER}.")
operation_option = click.option("--operation", help=f"{ABOUT_OPERATION}.")


@dataclass(frozen=True)
class Server:
    """The target server and the output format; each field is an option."""

    OPTIONS: ClassVar[tuple[Callable[..., Any], ...]] = (
        url_option,
        control_token_option,
        click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines."),
    )

    url: str
    control_token: str | None
    as_json: bool

    def client(self, timeout_s: float = _QUICK_S) -> Client:
        return self._client(DEFAULT_WORLD, timeout_s)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        timeout_s: float = _QUICK_S,
        waits_s: float | None = None,
        **query: Any,
    ) -> Any:
        """Call a route of the control API and return the JSON of its answer.

        Args:
            method: The method.
            path: The path below the world's.
            body: What is sent as JSON.
            timeout_s: How long the answer may take.
            waits_s: How long the server is asked to wait before that.
            **query: The query; None is not sent.
        """
        return self.client(timeout_s + (waits_s or 0)).call(method, path, body, **query)

    def show(self, answer: Any, print_text: Callable[[Any], None]) -> None:
        """Print an answer as JSON, or by ``print_text``."""
        (print_json if self.as_json else print_text)(answer)

    def _client(self, world: str, timeout_s: float) -> Client:
        try:
            return Client(self.url, timeout_s, world=world, control_token=self.control_token)
        except UnicodeEncodeError:
            raise
        except ValueError as error:
            fail(str(error), BAD_USAGE)


@dataclass(frozen=True)
class World(Server):
    """The target world."""

    OPTIONS: ClassVar[tuple[Callable[..., Any], ...]] = (
        *Server.OPTIONS,
        world_option,
    )

    world: str

    def client(self, timeout_s: float = _QUICK_S) -> Client:
        if not self.world:
            fail("--world: no world has an empty id; without the option it is the default world", BAD_USAGE)
        return self._client(self.world, timeout_s)

    def user(self, name: str | None) -> str | None:
        """Resolve a role to a user's id; ids and e-mail addresses stay as they are."""
        if name not in _ROLES:
            return name
        users = self.call("GET", "/users")["users"]
        return next((user["id"] for user in users if user["role"] == name), name)


_ROLES = frozenset({"owner", "member", "outsider", "deactivated"})


@contextmanager
def exit_on_failure() -> Iterator[None]:
    """Exit if the server does not answer or refuses, or if a variable names none."""
    try:
        yield
    except BadSetting as error:
        fail(str(error), BAD_USAGE)
    except (NoServer, Refused) as error:
        fail(str(error))


def on(target: type[Server]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command a target as its first parameter, made from the target's options."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            with exit_on_failure():
                if given["url"] is None:
                    given["url"] = url_by_variables()
                given["control_token"] = given["control_token"] or secret("control_token")
                command(target(**{each.name: given.pop(each.name) for each in fields(target)}), **given)

        for option in reversed(target.OPTIONS):
            option(run)
        return run

    return decorate
