"""What must be true of the people and the chats of any world that is made from a seed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from mockcliq.contract.document import Chat, User
from mockcliq.contract.ids import UserId
from mockcliq.seeding.present import DEMO_NOW

DOCUMENTED_CHANNEL = "CT_2243173626687865223_P87610291-C4"
LISTED = ("dm", "chat", "bot")
"""The types of chats that a list of one's chats has."""
IDS = {
    "channel": r"CT_[1-9]\d{18}_\d{9}",
    "thread": r"CT_([1-9]\d{18})_\d{9}-T-\1",
    "bot": r"CT_[1-9]\d{18}_\d{9}-B\d",
}
"""What the reference shows of the ids of chats that are no bare numbers."""
FEWEST = {"chat": 3, "channel": 3, "dm": 2, "thread": 1, "bot": 1}


def user_with(role: str, users: list[User]) -> User:
    """The one person of that role."""
    [user] = [user for user in users if user.role == role]
    return user


def people_of(chat: Chat) -> list[UserId]:
    """The participants."""
    return [participant.user for participant in chat.participants]


def second_in_the_list(chat: Chat) -> int:
    """The second by which the list sorts and pages: of the last message, or of the chat's creation without one."""
    return max((message.time for message in chat.messages), default=chat.created) // 1000


def assert_chats_are_sound(chats: Sequence[Chat], users: list[User], count: int, messages: int) -> None:
    """So many chats with so many messages together, each at one with itself, and no two in each other's way."""
    assert len(chats) == count
    assert sum(len(chat.messages) for chat in chats) == messages
    assert len({chat.id for chat in chats}) == len(chats)
    assert len({message.id for chat in chats for message in chat.messages}) == messages
    seconds = [second_in_the_list(chat) for chat in chats if chat.type in LISTED]
    assert len(set(seconds)) == len(seconds)
    pairs = [frozenset(people_of(chat)) for chat in chats if chat.type == "dm"]
    assert len(set(pairs)) == len(pairs)
    outsider = user_with("outsider", users).id
    assert all(outsider not in people_of(chat) for chat in chats)
    known = {user.id for user in users} - {outsider}
    for chat in chats:
        assert_chat_is_sound(chat, known)
    told = {chat.id: {message.id: message.time for message in chat.messages} for chat in chats}
    for chat in chats:
        if chat.thread is not None:
            assert told[chat.thread.chat][chat.thread.message] < chat.created


def assert_people_are_sound(users: list[User], count: int) -> None:
    """So many people, and one for each role."""
    assert len(users) == count
    assert len({user.id for user in users}) == len({user.email for user in users}) == count
    assert all(re.fullmatch(r"[1-9][0-9]{8}", user.id) for user in users)
    assert all(re.fullmatch(r"[a-z0-9]+(\.[a-z0-9]+)+@zylker\.example", user.email) for user in users)
    assert Counter(user.role for user in users if user.role) == dict.fromkeys(
        ("owner", "member", "outsider", "deactivated"), 1
    )
    assert [user.role for user in users if not user.active] == ["deactivated"]


def assert_chat_is_sound(chat: Chat, known: set[UserId]) -> None:
    """Its people are some of these, and everything in it came to pass before DEMO_NOW, in its order."""
    people = people_of(chat)
    assert len(set(people)) == len(people)
    assert known >= {*people}
    assert known >= {message.sender for message in chat.messages if not message.sender.startswith("b-")}
    assert chat.creator in people
    assert len(people) >= FEWEST[chat.type]
    assert len(people) <= {"dm": 2, "bot": 1}.get(chat.type, len(people))
    if chat.id != DOCUMENTED_CHANNEL:
        assert re.fullmatch(IDS.get(chat.type, r"[1-9]\d{18}"), chat.id)
    assert all(re.fullmatch(rf"{message.time}_[0-9]{{11,15}}", message.id) for message in chat.messages)

    times = [message.time for message in chat.messages]
    assert times == sorted(set(times))
    assert all(chat.created < time < DEMO_NOW for time in times)
    assert chat.created < DEMO_NOW
    assert chat.modified in {None, chat.created, *times}
    if chat.pin:
        pinned = {message.id: message for message in chat.messages}[chat.pin.message]
        assert pinned.time < chat.pin.created <= chat.pin.modified < DEMO_NOW
        assert chat.pin.creator in people
