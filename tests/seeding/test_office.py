"""What every demo world has by name, whatever its seed, as its people see it."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.contract.document import Chat
from mockcliq.seeding.demo import Demo
from mockcliq.seeding.picture import bar_chart
from tests.conftest import Running
from tests.seeding.soundness import people_of, user_with

NAMES = {
    "marketing",
    "builds",
    "general",
    "announcements",
    "incidents",
    "engineering",
    "support",
    "sales",
    "random",
    "design",
    "partners",
    "website-relaunch",
}


def channels_of(demo: Demo) -> dict[str, Chat]:
    """Those with a name of their own."""
    return {
        chat.channel.unique_name: chat for chat in demo.chats if chat.channel is not None and chat.channel.unique_name
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_channels_with_names_are_the_same_for_every_seed(seed: int) -> None:
    demo = Demo(seed)
    channels = channels_of(demo)
    assert set(channels) == NAMES
    own = [chat.channel for chat in channels.values() if chat.channel is not None]
    assert {channel.level for channel in own} == {"organization", "team", "private", "external"}
    assert {role for channel in own for role in channel.roles.values()} == {"super_admin", "admin", "moderator"}
    assert [channel.unique_name for channel in own if channel.status == "archived"] == ["website-relaunch"]
    assert all(channel.description for channel in own)
    people = [people_of(chat) for chat in channels.values()]
    owner, member, outsider = (user_with(role, demo.users).id for role in ("owner", "member", "outsider"))
    assert sum(owner in each for each in people) >= 10
    assert 6 <= sum(member in each for each in people) < 12
    assert not any(outsider in each for each in people)
    assert all(role in people_of(chat) for chat in channels.values() if chat.channel for role in chat.channel.roles)


@given(st.builds(Demo, seed=st.integers(), user_count=st.integers(5, 30), chat_count=st.integers(1, 90)))
def test_a_small_world_has_the_first_of_them_and_other_chats_as_well(demo: Demo) -> None:
    chats = list(demo.chats)
    named = channels_of(demo)
    assert "marketing" in named
    assert len(named) <= (demo.chat_count + 1) // 2
    assert set(named) <= NAMES
    names = {bot.unique_name for bot in demo.bots}
    assert {chat.bot for chat in chats if chat.bot} <= names
    assert {bot for chat in chats if chat.channel for bot in chat.channel.bots} <= names


def test_a_world_without_chats_has_no_bots_and_statuses() -> None:
    demo = Demo(1, chat_count=0)
    assert (demo.bots, demo.statuses) == ([], [])


def messages_in(server: Running, channel: str) -> list[dict[str, Any]]:
    """The messages of a channel, as its owner reads them."""
    chats = server.control("GET", "/state")["chats"]
    [chat] = [each["id"] for each in chats if each.get("channel", {}).get("unique_name") == channel]
    messages: list[dict[str, Any]] = server.as_("owner").get(f"/chats/{chat}/messages").json()["data"]
    return messages


def test_a_bot_posts_builds_as_cards_with_buttons(demo: Running) -> None:
    builds = [each for each in messages_in(demo, "builds") if each["sender"]["name"] == "Build Bot"]
    assert len(builds) >= 10
    for build in builds:
        assert build["sender"]["id"].startswith("b-")
        assert build["type"] == "card"
        assert build["content"]["card"]["title"].startswith("Build ")
        assert [button["action"]["type"] for button in build["content"]["buttons"]] == ["open.url", "open.url"]
        assert ".example/" in build["content"]["buttons"][0]["action"]["data"]["web"]


def test_people_answer_react_join_and_share_a_picture(demo: Running) -> None:
    builds, general = messages_in(demo, "builds"), messages_in(demo, "general")
    by_id = {each["id"]: each for each in builds}
    answers = [each for each in builds if "reply_to" in each["content"]]
    assert answers
    assert all("failed" in by_id[each["content"]["reply_to"]]["content"]["text"] for each in answers)
    [joined] = [each for each in builds if each["type"] == "info"]
    assert (joined["content"]["type"], len(joined["content"]["data"]["users"])) == ("user_added", 3)
    reactions = [
        message["reactions"]
        for chat in demo.control("GET", "/state")["chats"]
        for message in chat["messages"]
        if "reactions" in message
    ]
    assert len(reactions) > 10
    [shared] = [each for each in general if each["type"] == "file"]
    assert shared["content"]["comment"] == "Sign-ups this week: the best since March"
    file = shared["content"]["file"]
    answer = demo.as_("owner").get(f"/files/{file['id']}")
    assert answer.headers["Content-Type"] == file["type"] == "image/png"
    assert len(answer.content) == file["dimensions"]["size"]
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n")


def test_conversations_with_bots_are_in_the_list_and_channels_and_threads_are_not(demo: Running) -> None:
    bots = {bot["id"]: bot["name"] for bot in demo.control("GET", "/state")["bots"]}
    for label in ("owner", "member"):
        rows = demo.as_(label).chats()
        assert {row["chat_type"] for row in rows} == {"dm", "chat", "bot"}
        for row in (row for row in rows if row["chat_type"] == "bot"):
            [recipient] = row["recipients_summary"]
            assert row["name"] == recipient["name"] == bots[recipient["user_id"]]
            assert set(row) == set(rows[0]) | {"last_message_info"}
            assert row["participant_count"] == 1
    assert demo.as_("outsider").chats() == []


def test_the_documentation_has_no_conversations_with_bots(documentation: Running) -> None:
    assert {row["chat_type"] for row in documentation.as_("owner").chats()} <= {"dm", "chat"}


def test_some_messages_are_not_read_and_threads_begin_at_messages(demo: Running) -> None:
    document = demo.control("GET", "/state")
    told = {chat["id"]: {message["id"]: message for message in chat["messages"]} for chat in document["chats"]}
    threads = [chat for chat in document["chats"] if chat["type"] == "thread"]
    assert len(threads) == 2
    for thread in threads:
        assert told[thread["thread"]["chat"]][thread["thread"]["message"]]["text"].startswith(thread["name"])
        assert thread["messages"]
    unread = [seat for chat in document["chats"] for seat in chat["participants"] if "read" in seat]
    assert len(unread) >= 10
    assert {status["code"] for status in document["statuses"] if status.get("current")} == {"available", "busy"}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_a_picture_is_one_that_others_read(values: list[float]) -> None:
    """By the rules of PNG and zlib, whatever compresses."""
    picture = bar_chart(values)
    parts, at = {}, 8
    while at < len(picture):
        (size,) = struct.unpack(">I", picture[at : at + 4])
        name, content = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + size]
        assert struct.pack(">I", zlib.crc32(name + content)) == picture[at + 8 + size : at + 12 + size]
        parts[name], at = content, at + 12 + size
    assert list(parts) == [b"IHDR", b"IDAT", b"IEND"]
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    assert len(zlib.decompress(parts[b"IDAT"])) == height * (width + 1)
