"""The demo world: the same from the same seed wherever it is made, of any size, and always self-consistent."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from itertools import combinations, pairwise

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.contract.document import Blueprint, Chat
from mockcliq.contract.ids import MessageId
from mockcliq.seeding.demo import Demo
from mockcliq.seeding.errors import BadWorld
from tests.profiles import examples
from tests.seeding.soundness import (
    DOCUMENTED_CHANNEL,
    LISTED,
    assert_chats_are_sound,
    assert_people_are_sound,
    people_of,
    user_with,
)

REVIEW = MessageId("1573641936588_345281288778")
MEETING = MessageId("1573708648341_375412769224")
DOCUMENTED_TOKEN = "1000.41d9xxxxxxxxxxxxxxxxxxxxxxxxc2d1.8fccxxxxxxxxxxxxxxxxxxxxxxxx125f"  # the page's sample

PRINT_FINGERPRINTS = """
from hashlib import sha256
from mockcliq.seeding.demo import Demo
for demo in Demo(7), Demo(7, 8, 130, 500):
    print(sha256(repr([demo.users, demo.tokens, list(demo.chats)]).encode()).hexdigest())
"""


def fingerprint(demo: Demo) -> str:
    """Tells worlds apart by any detail of them."""
    return sha256(repr([demo.users, demo.tokens, list(demo.chats)]).encode()).hexdigest()


@pytest.fixture(scope="module")
def demo() -> Demo:
    return Demo(seed=1)


@pytest.fixture(scope="module")
def chats(demo: Demo) -> list[Chat]:
    return list(demo.chats)


def test_the_seed_alone_decides() -> None:
    """Neither the process, nor its hash seed, nor its time zone."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT_FINGERPRINTS],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed, zone in (("0", "Asia/Kolkata"), ("77", "America/Los_Angeles"))
    ]
    printed = [program.communicate()[0].split() for program in programs]
    assert printed == [[fingerprint(Demo(7)), fingerprint(Demo(7, 8, 130, 500))]] * 2


def test_worlds_do_not_disturb_each_other() -> None:
    """Nor does it matter in which order their parts are read, or how often."""
    expected = [list(Demo(1).chats), list(Demo(2).chats)]
    one, two = Demo(1), Demo(2)
    interleaved = list(zip(one.chats, two.chats, strict=True))
    assert [chat for chat, _ in interleaved] == expected[0]
    assert [chat for _, chat in interleaved] == expected[1]
    assert list(one.chats) == expected[0]
    assert one.users == Demo(1).users


def test_no_shared_chance_is_used_or_changed() -> None:
    """The global generators, Python's and Faker's, stay as they were and change nothing."""
    expected = fingerprint(Demo(3))
    random.seed(5)
    Faker.seed(5)
    before = random.getstate()
    assert fingerprint(Demo(3)) == expected
    assert random.getstate() == before


def test_another_seed_is_another_world() -> None:
    one, two = Demo(1), Demo(2)
    assert {user.name for user in one.users} != {user.name for user in two.users}
    assert {user.id for user in one.users}.isdisjoint(user.id for user in two.users)
    texts = [[message.text for chat in world.chats for message in chat.messages] for world in (one, two, Demo(-1))]
    assert texts[0] != texts[1]
    assert texts[0] != texts[2]


def test_the_defaults_are_the_documented_sizes(demo: Demo, chats: list[Chat]) -> None:
    assert len(demo.users) == 25
    assert len(chats) == demo.chat_count == 60
    assert sum(len(chat.messages) for chat in chats) == demo.total_messages == 720


@pytest.mark.parametrize("seed", range(5))
def test_the_owner_has_forty_conversations_to_list(seed: int) -> None:
    demo = Demo(seed)
    owner = user_with("owner", demo.users).id
    assert sum(owner in people_of(chat) for chat in demo.chats if chat.type in LISTED) >= 40


@pytest.mark.parametrize("seed", range(5))
def test_a_world_has_some_of_everything(seed: int) -> None:
    """What a client may meet: every kind, silence, bots, people who left, pins with and without an end, own views."""
    demo = Demo(seed)
    owner, member = user_with("owner", demo.users).id, user_with("member", demo.users).id
    chats = list(demo.chats)
    messages = [message for chat in chats for message in chat.messages]
    seats = [participant for chat in chats for participant in chat.participants]
    own_seats = [seat for seat in seats if seat.user == owner]

    assert all(Counter(chat.type for chat in chats)[kind] >= 4 for kind in ("dm", "chat", "channel"))
    assert 1 <= sum(not chat.messages for chat in chats) <= 10
    assert (
        sum(seat.read is not None and seat.read < len(chat.messages) for chat in chats for seat in chat.participants)
        >= 5
    )
    assert {message.bot.image_url.split("/")[2] for message in messages if message.bot} == {"img.zylker.example"}
    assert any({message.sender for message in chat.messages} - {*people_of(chat)} for chat in chats)
    assert {chat.pin.expires is None for chat in chats if chat.pin} == {True, False}
    assert len({seat.draft for seat in own_seats if seat.draft}) >= 3
    assert {seat.muted for seat in own_seats} == {seat.pinned for seat in own_seats} == {True, False}
    assert any(seat.muted for seat in seats if seat.user != owner)
    assert any(seat.pinned for seat in seats if seat.user != owner)
    assert sum({owner, member} <= {*people_of(chat)} for chat in chats) >= 10
    assert any(owner not in people_of(chat) and member in people_of(chat) for chat in chats)


def test_pins_do_not_expire_by_themselves(chats: list[Chat]) -> None:
    year_2035 = 2_051_222_400_000
    assert all(chat.pin.expires >= year_2035 for chat in chats if chat.pin and chat.pin.expires)


def test_the_words_are_an_offices(demo: Demo, chats: list[Chat]) -> None:
    """No slot is left open, nothing is Latin, and titles say what a group is about."""
    words = [message.text for chat in chats for message in chat.messages]
    words += [chat.name for chat in chats]
    words += [seat.draft for chat in chats for seat in chat.participants if seat.draft]
    assert not [text for text in words if re.search(r"[{}]|\blorem\b|\bipsum\b|\bdolor\b", text, re.IGNORECASE)]
    assert all(text.strip() == text for text in words)
    assert all(message.text or message.info or message.file for chat in chats for message in chat.messages)
    titles = [chat.name for chat in chats if chat.type in ("chat", "channel")]
    assert all(titles)
    assert len(set(titles)) > 0.9 * len(titles)
    said = Counter(message.text for chat in chats for message in chat.messages)
    assert len(said) > 0.55 * said.total()
    assert max(said.values()) < 0.25 * len(chats)
    assert all(" " in user.name for user in demo.users)


def test_people_who_are_named_are_in_the_conversation() -> None:
    """Thanks go to somebody who spoke or could have: never to the speaker, whose words they are."""
    demo = Demo(4)
    first_names = {user.id: user.name.split(" ")[0] for user in demo.users}
    first_names |= {bot.id: bot.name for bot in demo.bots if bot.id is not None}
    thanks = 0
    for chat in demo.chats:
        there = {first_names[user] for user in (*people_of(chat), *(message.sender for message in chat.messages))}
        for message in chat.messages:
            named = re.search(r"[Tt]hank you ([A-Z][\w'-]+)", message.text)
            if named:
                thanks += 1
                assert named[1] in there
    assert thanks > 5


def test_threads_are_talked_and_days_lie_between_them(chats: list[Chat]) -> None:
    """Most answers come within minutes, and now and then there is a day's silence."""
    times = [[message.time for message in chat.messages] for chat in chats[1:]]
    gaps = [later - earlier for series in times for earlier, later in pairwise(series)]
    minutes, hours = 60_000, 3_600_000
    assert sum(gap <= 5 * minutes for gap in gaps) > 0.5 * len(gaps)
    assert sum(gap > 10 * hours for gap in gaps) > 0.1 * len(gaps)


def test_the_first_chat_is_the_channel_of_the_pin_examples(demo: Demo, chats: list[Chat]) -> None:
    channel = chats[0]
    assert (channel.id, channel.type, channel.aliases) == (DOCUMENTED_CHANNEL, "channel", ["987000000654321"])
    assert channel.created < 1573641936588
    assert len(channel.participants) >= 4
    assert {user_with("owner", demo.users).id, user_with("member", demo.users).id} <= {*people_of(channel)}
    found = {message.id: (message.text, message.time, message.modified) for message in channel.messages}
    assert len(found) > 2
    assert found[REVIEW] == ("Feature review date: 15/11/2019", 1573641936588, 1573641920572)
    assert found[MEETING] == ("meeting at 4", 1573708648341, 1573708493055)
    assert channel.pin is not None
    assert (channel.pin.message, channel.pin.created, channel.pin.modified, channel.pin.expires) == (
        REVIEW,
        1573641961788,
        1573641961788,
        None,
    )


def test_the_tokens_are_the_fixed_ones_and_the_samples(demo: Demo) -> None:
    by_name = {token.token: token for token in demo.tokens}
    labels = ("owner", "member", "outsider", "readonly", "expired", "revoked", "deactivated")
    fixed = {*(f"1000.mockcliq.{label}" for label in labels), "1001.mockcliq.webhook"}
    assert {*by_name} == {DOCUMENTED_TOKEN, *fixed}
    sample = by_name[DOCUMENTED_TOKEN]
    assert sample.user == by_name["1000.mockcliq.owner"].user == user_with("owner", demo.users).id
    assert sample.expires is None
    assert {f"ZohoCliq.Chats.{verb}" for verb in ("CREATE", "DELETE", "READ", "UPDATE")} < {*sample.scopes}


@pytest.mark.parametrize(
    ("sizes", "complaint"),
    [
        ({"user_count": 4}, "users is 4, the least is 5"),
        ({"chat_count": -1}, "chats is -1, the least is 0"),
        ({"message_count": -1}, "messages is -1, the least is 0"),
        ({"chat_count": 0, "message_count": 9}, "messages is 9, but with no chats it can only be 0"),
    ],
)
def test_impossible_sizes_are_refused(sizes: dict[str, int], complaint: str) -> None:
    with pytest.raises(BadWorld, match=f"^{re.escape(complaint)}$"):
        Demo(1, **sizes)


def test_a_large_world_is_made_while_it_is_read() -> None:
    """The first of a million chats is there at once, and the default of messages becomes one a chat."""
    demo = Demo(1, user_count=1000, chat_count=1_000_000)
    assert demo.total_messages == 1_110_000
    assert next(iter(demo.chats)).id == DOCUMENTED_CHANNEL


def test_a_chat_may_have_a_long_history() -> None:
    [channel] = Demo(1, chat_count=1, message_count=20_000).chats
    times = [message.time for message in channel.messages]
    assert len(times) == 20_000
    assert times == sorted(times)


SIZES = st.builds(
    Demo,
    seed=st.integers(),
    user_count=st.integers(5, 40),
    chat_count=st.integers(1, 90),
    message_count=st.none() | st.integers(0, 900),
)


@examples(20)
@given(SIZES)
def test_a_world_of_any_size_is_consistent(demo: Demo) -> None:
    blueprint: Blueprint = demo
    users, chats = blueprint.users, list(blueprint.chats)
    assert (blueprint.name, blueprint.starts_at, str(blueprint.utc_offset)) == ("demo", None, "UTC-07:00")
    assert_people_are_sound(users, demo.user_count)
    assert demo.message_count is None or demo.total_messages == max(2, demo.message_count)
    assert chats[0].id == DOCUMENTED_CHANNEL
    assert chats[0].pin is not None
    assert_chats_are_sound(chats, users, demo.chat_count, demo.total_messages)


def test_a_world_without_chats_has_its_people() -> None:
    demo = Demo(1, user_count=5, chat_count=0)
    assert list(demo.chats) == []
    assert demo.total_messages == 0
    assert_people_are_sound(demo.users, 5)


def test_everybody_gets_a_mailbox_of_their_own() -> None:
    """Where names repeat, as they do among many people, too."""
    users = Demo(1, user_count=5000).users
    assert len({user.name for user in users}) < 5000
    assert_people_are_sound(users, 5000)


def test_when_every_pair_has_its_dm_the_rest_are_groups() -> None:
    """Four people who talk make six pairs."""
    chats = list(Demo(1, user_count=5, chat_count=300).chats)
    pairs = {frozenset(people_of(chat)) for chat in chats if chat.type == "dm"}
    assert len(pairs) == sum(chat.type == "dm" for chat in chats) == len([*combinations(range(4), 2)])
