"""Leave a group chat."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Cliq, Running
from tests.office import (
    ADA,
    EVE,
    EVERYONE,
    EVERYONE_ALIAS,
    LAUNCH,
    LAUNCH_NOON,
    LAUNCH_OLDER,
    MAX,
    QUIET,
    WITH_DAN,
    WITH_MAX,
    pin_body,
)
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)


def members(chat: str, cliq: Cliq) -> list[str]:
    answer = cliq.get(f"/chats/{chat}/members", params={"fields": "user_id"})
    assert_agreed(answer)
    return [member["user_id"] for member in answer.json()["members"]]


def test_who_leaves_is_gone_from_the_members(office: Running) -> None:
    assert_agreed(office.as_("owner").post(f"/chats/{LAUNCH}/leave"), 204)
    assert members(LAUNCH, office.as_("eve")) == [MAX, EVE]


def test_who_leaves_is_gone_from_count_and_recipients_of_the_others_lists(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    (row,) = [row for row in office.as_("member").chats() if row["chat_id"] == LAUNCH]
    assert row["participant_count"] == 2
    assert row["recipients_summary"] == [{"user_id": EVE, "name": "Eve Novak"}]


def test_who_leaves_no_longer_lists_the_chat(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    assert LAUNCH not in {row["chat_id"] for row in office.as_("owner").chats()}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "members"),
        ("POST", "mute"),
        ("POST", "unmute"),
        ("POST", "stickymessage"),
        ("GET", "stickymessage"),
        ("DELETE", "stickymessage"),
        ("POST", "leave"),
    ],
)
def test_who_has_left_is_refused(method: str, path: str, office: Running) -> None:
    """On every operation on the chat, leaving included."""
    assert office.as_("owner").post(f"/chats/{LAUNCH}/leave").is_success
    assert_refused(office.as_("owner").call(method, f"/chats/{LAUNCH}/{path}", json=pin_body()), 403)


@pytest.mark.parametrize("chat", [EVERYONE, EVERYONE_ALIAS])
def test_a_channel_can_be_left_too(chat: str, office: Running) -> None:
    assert_agreed(office.as_("owner").post(f"/chats/{chat}/leave"), 204)
    assert members(EVERYONE, office.as_("eve")) == [MAX, EVE]
    assert_refused(office.as_("owner").get(f"/chats/{EVERYONE_ALIAS}/members"), 403)


def test_who_made_a_group_can_leave_it(office: Running) -> None:
    assert_agreed(office.as_("member").post(f"/chats/{LAUNCH}/leave"), 204)
    assert members(LAUNCH, office.as_("owner")) == [ADA, EVE]


@pytest.mark.parametrize("chat", [WITH_MAX, WITH_DAN])
def test_a_one_to_one_chat_cannot_be_left(chat: str, office: Running) -> None:
    assert_refused(office.as_("owner").post(f"/chats/{chat}/leave"), 400)
    assert len(members(chat, office.as_("owner"))) == 2


def test_what_was_said_stays_when_its_sender_leaves(office: Running) -> None:
    """The last message of the group, and a message to pin."""
    office.as_("eve").post(f"/chats/{LAUNCH}/leave")
    (row,) = [row for row in office.as_("owner").chats() if row["chat_id"] == LAUNCH]
    assert row["last_message_info"]["sender_name"] == "Eve Novak"
    pinned = office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body(LAUNCH_NOON))
    assert pinned.json()["data"]["message"]["sender"] == EVE


def test_a_pin_stays_when_its_creator_leaves(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body(LAUNCH_OLDER))
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    pinned = office.as_("eve").get(f"/chats/{LAUNCH}/stickymessage").json()["data"]
    assert pinned["creator"] == {"name": "Ada Byron", "id": ADA}


def test_a_group_can_be_left_by_all(office: Running) -> None:
    """The last one to go leaves a chat that is there, and nobody in it."""
    for label in ("owner", "eve"):
        assert_agreed(office.as_(label).post(f"/chats/{QUIET}/leave"), 204)
    assert_refused(office.as_("owner").get(f"/chats/{QUIET}/members"), 403)


def test_of_many_simultaneous_leaves_one_is_the_first(office: Running) -> None:
    """The others come too late, and the count falls by one."""
    with ExitStack() as stack:
        wires = [stack.enter_context(connected(office.port)) for _ in range(15)]
        for wire in wires:
            wire.send(request("POST", f"/api/v2/chats/{LAUNCH}/leave", "Content-Length: 2"))
        for wire in wires:
            wire.send(b"{}")
        statuses = [wire.answer().status_code for wire in wires]
    assert sorted(statuses) == [204] + [403] * 14
    (row,) = [row for row in office.as_("eve").chats() if row["chat_id"] == LAUNCH]
    assert row["participant_count"] == 2


def test_leaving_one_chat_leaves_the_others_alone(office: Running) -> None:
    before = [row for row in office.as_("owner").chats() if row["chat_id"] != LAUNCH]
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    assert office.as_("owner").chats() == before


def test_a_reset_brings_back_who_left(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    office.control("POST", "/reset")
    assert members(LAUNCH, office.as_("owner")) == [MAX, ADA, EVE]
