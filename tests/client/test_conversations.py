"""Messages, channels, bots and webhooks by the Python client: what a test of a program that posts says."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

import mockcliq
from mockcliq.client import Client, Refused
from tests.conftest import Running

WITHIN = timedelta(minutes=5)


@pytest.fixture
def world(demo: Running) -> Iterator[Client]:
    """A world of the test's own."""
    with mockcliq.connect(demo.url).worlds.create() as world:
        yield world


def post(url: str, text: str, **more: object) -> None:
    """What any program does that has a webhook."""
    assert httpx.post(url, json={"text": text, **more}, trust_env=False).status_code == 204


def test_a_program_that_posts_by_a_webhook_is_seen_to(world: Client) -> None:
    channel = world.channels.add("Alerts")
    post(world.webhook_url(channel="alerts"), "The disk is full", card={"title": "Disk"})
    (message,) = world.messages(channel="alerts")
    owner = next(user for user in world.users.list() if user.role == "owner")
    assert (message.text, message.sender, message.sender_name) == ("The disk is full", owner.id, owner.name)
    assert (message.card, message.chat, message.deleted) == ({"title": "Disk"}, channel.id, False)
    assert abs(datetime.now(UTC) - message.time) < WITHIN
    assert world.messages(chat=channel) == world.messages(channel=channel) == [message]
    assert world.chats.messages(channel) == [message]


def test_a_channel_may_be_made_as_one_wants_it(world: Client) -> None:
    member = next(user for user in world.users.list() if user.role == "member")
    bot = world.bots.add("deploybot", name="Builds", subscribers=[member])
    made = world.channels.add("ops", members=[member], level="private", description="On call", bots=[bot])
    assert [each.user for each in made.participants] == [member.id]
    own = next(chat["channel"] for chat in world.state()["chats"] if chat["id"] == made.id)
    assert (own["level"], own["description"], own["bots"]) == ("private", "On call", ["deploybot"])
    assert made in world.channels.list()


def test_bots_are_made_listed_and_removed(world: Client) -> None:
    before = world.bots.list()
    bot = world.bots.add("deploybot")
    assert [*before, bot] == world.bots.list()
    post(world.webhook_url(bot=bot), "Deployed")
    assert {message.sender for message in world.messages(bot=bot)} == {bot.id}
    world.bots.remove(bot)
    assert world.bots.list() == before
    with pytest.raises(Refused, match="deploybot"):
        world.bots.remove("deploybot")


def test_an_incoming_webhook_is_a_bot_s_alone(world: Client) -> None:
    world.bots.add("deploybot")
    assert "/bots/deploybot/incoming?zapikey=" in world.webhook_url(bot="deploybot", incoming=True)
    with pytest.raises(ValueError, match="only a bot"):
        world.webhook_url(channel="marketing", incoming=True)


def test_a_webhook_token_is_somebody_s(world: Client) -> None:
    member = next(user for user in world.users.list() if user.role == "member")
    world.channels.add("theirs", members=[member])
    token = world.webhook_token_for(member)
    assert world.webhook_url(channel="theirs").endswith(f"?zapikey={token}")


def test_a_message_that_comes_in_a_moment_is_waited_for(world: Client) -> None:
    world.channels.add("alerts")
    url = world.webhook_url(channel="alerts")
    world.clock.freeze()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(world.wait_for_message, channel="alerts", containing="disk", timeout=60)
        post(url, "The CPU is hot")
        post(url, "The disk is full")
        assert waiting.result(60).text == "The disk is full"


def test_what_did_not_come_is_told_beside_what_was_there(world: Client) -> None:
    world.channels.add("alerts")
    with pytest.raises(AssertionError) as nothing:
        world.wait_for_message(channel="alerts", timeout=0.01)
    assert str(nothing.value) == "expected a message in channel alerts within 0.01 s, but there was\n  no message"
    post(world.webhook_url(channel="alerts"), "The CPU is hot")
    with pytest.raises(AssertionError) as another:
        world.wait_for_message(channel="alerts", containing="disk", timeout=0.01)
    first, line = str(another.value).splitlines()
    assert first == "expected a message in channel alerts containing 'disk' within 0.01 s, but there was"
    assert line.endswith(": 'The CPU is hot'")


def test_a_misspelt_channel_is_told_so(world: Client) -> None:
    world.channels.add("alerts")
    with pytest.raises(AssertionError, match="the nearest is 'alerts'"):
        world.wait_for_message(channel="alrets", timeout=0.01)
    with pytest.raises(Refused, match="the nearest is 'alerts'"):
        world.messages(channel="alrets")
    with pytest.raises(Refused, match="one of channel"):
        world.wait_for_message(timeout=0.01)
