"""The messages of a channel, a chat, a person or a bot, and waiting for one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Running
from tests.control.worlds import Made, make, told
from tests.office import ADA, EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, MAX, WITH_EVE
from tests.processes import until

pytest_plugins = ["tests.office_server"]


@pytest.fixture
def world(office: Running) -> Made:
    """The office as a world of the test's own, with a channel and a bot."""
    world = make(office, rate_limit=False)
    world.control("POST", "/bots", json={"unique_name": "buildbot"})
    world.control("POST", "/chats", json={"type": "channel", "name": "alerts", "channel": {"bots": ["buildbot"]}})
    return world


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    """Does things meanwhile."""
    with ThreadPoolExecutor() as pool:
        yield pool


def say(world: Made, path: str, text: str, **more: Any) -> None:
    """Post as the owner."""
    assert world.as_("owner").post(path, json={"text": text, **more}).status_code == 204


def texts(world: Made, **where: Any) -> list[str]:
    """What was said there, oldest first."""
    return [each["text"] for each in world.control("GET", "/messages", params=where)["messages"]]


def test_messages_of_a_channel_are_told_with_all_that_was_posted(world: Made) -> None:
    rich = {"card": {"title": "Build 7"}, "slides": [{"type": "label"}], "buttons": [{"label": "Open"}]}
    say(world, "/channelsbyname/alerts/message", "Plain")
    say(world, "/channelsbyname/alerts/message", "Rich", **rich, bot={"name": "CI", "image": "https://ci.test/i.png"})
    plain, message = world.control("GET", "/messages?channel=alerts")["messages"]
    assert (plain["text"], plain["card"], plain["bot"]) == ("Plain", None, None)
    assert {key: message[key] for key in rich} == rich
    assert message["bot"] == {"name": "CI", "image_url": "https://ci.test/i.png"}
    assert (message["sender"], message["type"], message["deleted"]) == (ADA, "card", False)
    own = world.as_("owner").delete(f"/chats/{message['chat']}/messages/{message['id']}")
    assert own.status_code == 204
    gone = world.control("GET", "/messages?channel=alerts&limit=1")["messages"][0]
    assert (gone["text"], gone["card"], gone["deleted"]) == ("", None, True)


def test_a_channel_is_named_in_any_way_it_is_known_by(world: Made) -> None:
    say(world, f"/chats/{EVERYONE}/message", "To all")
    assert texts(world, chat=EVERYONE_ALIAS, limit=1) == texts(world, channel=EVERYONE, limit=1) == ["To all"]
    say(world, "/channelsbyname/alerts/message", "Here")
    assert texts(world, channel="#Alerts") == texts(world, channel="alerts") == ["Here"]


def test_a_person_s_are_those_that_reached_them_alone(world: Made) -> None:
    before = texts(world, user=MAX)
    world.freeze("2030-01-01T00:00:00Z")
    say(world, "/buddies/max@office.test/message", "Just you")
    world.freeze("2030-01-01T00:00:01Z")
    say(world, "/bots/buildbot/message", "Built", userids=MAX)
    say(world, f"/chats/{LAUNCH}/message", "All of us")
    say(world, "/channelsbyname/alerts/message", "Everybody")
    assert texts(world, user="max@office.test") == [*before, "Just you", "Built"]


def test_a_bot_s_are_those_of_its_chats_and_what_it_said_in_channels(world: Made) -> None:
    world.freeze("2030-01-01T00:00:00Z")
    say(world, "/bots/buildbot/message", "Built", userids=MAX)
    world.freeze("2030-01-01T00:00:01Z")
    say(world, "/channelsbyname/alerts/message?bot_unique_name=buildbot", "Deployed")
    say(world, "/channelsbyname/alerts/message", "Thanks")
    assert texts(world, bot="buildbot") == ["Built", "Deployed"]


def test_words_and_a_limit_choose_among_them(world: Made) -> None:
    for text in ("one", "two", "One more", "one 100% more"):
        say(world, "/channelsbyname/alerts/message", text)
    assert texts(world, channel="alerts", limit=2) == ["One more", "one 100% more"]
    assert texts(world, channel="alerts", containing="one") == ["one", "one 100% more"]
    assert texts(world, channel="alerts", containing="100%") == ["one 100% more"]
    assert texts(world, channel="alerts", containing="nothing") == []


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 422, "one of channel"),
        ("channel=alerts&user=101", 422, "one of channel"),
        ("channel=alrets", 404, "the nearest is 'alerts'"),
        ("chat=nope", 404, "'nope'"),
        ("user=nobody", 404, "'nobody'"),
        ("bot=nobot", 404, "'nobot'"),
        ("channel=alerts&limit=0", 422, "limit"),
        ("channel=alerts&within_s=61", 422, "within_s"),
        ("channel=alerts&since=0", 422, "'since'"),
    ],
)
def test_a_question_that_will_not_do_is_refused(world: Made, query: str, status: int, said: str) -> None:
    answered, detail = told(world.call("GET", f"/messages?{query}"))
    assert (answered, said in detail) == (status, True), detail


def wait_for(world: Made, aside: ThreadPoolExecutor, **where: Any) -> Future[list[str]]:
    """Ask meanwhile for a message that is not there yet."""
    return aside.submit(texts, world, **where, within_s=60)


def waits(world: Made, wanted: Future[Any]) -> bool:
    """Whether the server is known to wait: it does what was asked of it before."""
    world.control("GET", "/clock")
    return not wanted.done()


def test_a_message_is_waited_for_whoever_writes_it(world: Made, aside: ThreadPoolExecutor) -> None:
    world.freeze()
    wanted = wait_for(world, aside, channel="alerts", containing="disk")
    say(world, "/channelsbyname/alerts/message", "The CPU is hot")
    assert waits(world, wanted)
    say(world, "/channelsbyname/alerts/message", "The disk is full")
    assert wanted.result(60) == ["The disk is full"]
    wanted = wait_for(world, aside, chat=WITH_EVE, containing="arranged")
    world.control("POST", f"/chats/{WITH_EVE}/messages", json={"sender": EVE, "text": "arranged"})
    assert wanted.result(60) == ["arranged"]
    assert texts(world, channel="alerts", containing="disk", within_s=60) == ["The disk is full"]


def test_who_goes_and_a_large_file_wake_who_waits(world: Made, aside: ThreadPoolExecutor) -> None:
    """The message of who went is the channel's own, that of a large file is written on a thread."""
    channel = world.as_("owner").get("/channelsbyname/alerts").json()["data"]
    wanted = wait_for(world, aside, channel="alerts")
    assert waits(world, wanted)
    assert world.as_("member").post(f"/channels/{channel['channel_id']}/leave").is_success
    assert wanted.result(60) == [""]
    world.control("POST", "/chats", json={"type": "channel", "name": "files"})
    wanted = wait_for(world, aside, channel="files")
    assert waits(world, wanted)
    files = [("file", ("large.bin", bytes(1024 * 1024)))]
    assert world.as_("owner").post("/channelsbyname/files/files", files=files).status_code == 204
    assert wanted.result(60) == [""]


def test_a_channel_that_is_not_there_yet_is_waited_for_too(world: Made, aside: ThreadPoolExecutor) -> None:
    wanted = wait_for(world, aside, channel="later")
    world.control("POST", "/chats", json={"type": "channel", "name": "later"})
    say(world, "/channelsbyname/later/message", "Here now")
    assert wanted.result(60) == ["Here now"]


def test_what_does_not_come_is_told_when_the_time_is_over(world: Made) -> None:
    assert texts(world, channel="alerts", within_s=0.01) == []
    assert told(world.call("GET", "/messages?channel=nope&within_s=0.01"))[0] == 404


def test_a_world_that_ends_ends_the_waiting(world: Made, aside: ThreadPoolExecutor) -> None:
    wanted = aside.submit(world.call, "GET", "/messages?channel=alerts&within_s=60")

    def has_ended() -> bool:
        world.server.http.delete(f"/_mockcliq/worlds/{world.id}")
        return wanted.done()

    until(has_ended)
    assert told(wanted.result())[0] == 404
