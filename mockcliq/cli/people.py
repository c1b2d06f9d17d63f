"""``mockcliq users``, ``token``, ``code`` and ``revoke``: users, their tokens and codes."""

from __future__ import annotations

from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.durations import read_seconds
from mockcliq.cli.printing import print_table, print_text
from mockcliq.cli.target import ABOUT_USER, World, on, user_option
from mockcliq.client.answers import given
from mockcliq.client.transport import segment

scope_option = click.option("--scope", multiple=True, help="Such as ZohoCliq.Chats.READ; repeatable.  [default: all]")


@click.command()
@on(World)
def users(world: World) -> None:
    """List the users of the organisation."""
    world.show(world.call("GET", "/users"), _print_users)


@click.command()
@argument("user", required=False, about=f"{ABOUT_USER}; the owner by default.")
@scope_option
@click.option("--expires-in", type=read_seconds, metavar="SPAN", help="By the world's clock, such as 3600 or 1h.")
@on(World)
def token(world: World, user: str | None, scope: tuple[str, ...], expires_in: float | None) -> None:
    """Mint a token and print it.

    Use: TOKEN=$(mockcliq token owner).
    """
    payload = given(user=world.user(user), scopes=scope or None, expires_in=expires_in)
    world.show(world.call("POST", "/tokens", payload), lambda minted: print_text(minted["token"]))


@click.command()
@user_option
@click.option("--client", help="The client's id.  [default: the first of the world's]")
@scope_option
@click.option(
    "--expires-in", type=read_seconds, metavar="SPAN", help="By the world's clock, such as 10m.  [default: 3m]"
)
@on(World)
def code(world: World, user: str | None, client: str | None, scope: tuple[str, ...], expires_in: float | None) -> None:
    """Make a code for a self client and print it.

    As Zoho's API console generates it: for /oauth/v2/token, without a redirect URI. The owner's by default.
    """
    payload = given(user=world.user(user), client=client, scopes=scope or None, expires_in=expires_in)
    world.show(world.call("POST", "/codes", payload), lambda made: print_text(made["code"]))


@click.command()
@argument("token", about="A token of this world.")
@on(World)
def revoke(world: World, token: str) -> None:
    """Revoke a token."""
    world.show(world.call("DELETE", f"/tokens/{segment(token)}"), lambda done: print_text(f"revoked {done['revoked']}"))


def _print_users(answer: Any) -> None:
    print_table(
        ("ID", "NAME", "E-MAIL", "ROLE", "STATE"),
        (
            (each["id"], each["name"], each["email"], each["role"], "active" if each["active"] else "deactivated")
            for each in answer["users"]
        ),
    )
