"""``mockcliq messages`` and ``webhook-url``: what was posted, and where to post to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from mockcliq.cli.durations import read_seconds
from mockcliq.cli.printing import fail, print_table, print_text
from mockcliq.cli.target import ABOUT_USER, World, on
from mockcliq.client.answers import given


@click.command()
@click.option("--channel", help="Of a channel, by its unique name or an id.")
@click.option("--chat", help="Of a chat, by its id or an alias.")
@click.option("--user", help=f"Of a person's chats with one other, and with bots. {ABOUT_USER}.")
@click.option("--bot", help="Of a bot, by its unique name.")
@click.option("--containing", help="Only those with these words.")
@click.option("--limit", type=int, help="Only the latest ones.")
@click.option("--within", type=read_seconds, metavar="SPAN", help="Wait so long for a first one, such as 5s.")
@on(World)
def messages(world: World, user: str | None, within: float | None, **others: Any) -> None:
    """List messages, newest last: of one channel, chat, person or bot.

    With --within none is a failure.
    """
    query = given(user=world.user(user), within_s=within, **others)
    answer = world.call("GET", "/messages", waits_s=within, **query)
    if within is not None and not answer["messages"]:
        fail(f"no such message came within {within:g} s")
    world.show(answer, lambda _: _print_messages(world, answer["messages"]))


@click.command("webhook-url")
@click.option("--channel", help="To post to a channel, by its unique name or an id.")
@click.option("--bot", help="To post as a bot, by its unique name.")
@click.option("--incoming", is_flag=True, help="The bot's incoming webhook, which takes anything and posts nothing.")
@on(World)
def webhook_url(world: World, channel: str | None, bot: str | None, *, incoming: bool) -> None:
    """Print the URL, with a token in it, that messages to a channel or from a bot are posted to."""
    answer = world.call("GET", "/webhooks", channel=channel, bot=bot)
    url = answer["incoming_url" if incoming else "url"]
    if url is None:
        fail("--incoming: only a bot has an incoming webhook; leave it out for a channel")
    world.show(answer, lambda _: print_text(url))


def _print_messages(world: World, messages: Sequence[Any]) -> None:
    names: dict[str, str] = {}
    if any(each["info"] for each in messages):
        names = {user["id"]: user["name"] for user in world.call("GET", "/users")["users"]}
    print_table(
        ("ID", "TIME", "CHAT", "SENDER", "TYPE", "TEXT"),
        (
            (each["id"], each["time"], each["chat"], _sender(each), each["type"], _said(each, names))
            for each in messages
        ),
    )


def _sender(message: Any) -> str:
    return str(message["sender_name"] if message["bot"] is None else message["bot"]["name"])


def _said(message: Any, names: Mapping[str, str]) -> str:
    """A message in a line; its text, or what it has in place of one."""
    file, info, card = message["file"], message["info"], message["card"] or {}
    if message["deleted"]:
        return "(deleted)"
    if file is not None:
        return ": ".join(filter(None, (file["name"], file.get("comment"))))
    if info is not None:
        return f"{info['type'].replace('_', ' ')}: {', '.join(names.get(user, user) for user in info['users'])}"
    return str(message["text"] or card.get("title", ""))
