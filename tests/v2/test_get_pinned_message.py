"""Retrieve a pinned message."""

from __future__ import annotations

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running
from tests.office import (
    ADA,
    EVE,
    EVERYONE,
    EVERYONE_ALIAS,
    LAUNCH,
    NOON_MS,
    QUIET,
    WITH_MAX,
    WITH_MAX_LUNCH,
    WITHOUT_ADA,
    pin_body,
)

pytest_plugins = ("tests.office_server",)


@pytest.mark.parametrize("chat", [LAUNCH, WITH_MAX, QUIET, EVERYONE, EVERYONE_ALIAS])
def test_with_nothing_pinned_the_data_is_empty(chat: str, office: Running) -> None:
    """Not an error: the chat is there, a pin is not."""
    answer = office.as_("owner").get(f"/chats/{chat}/stickymessage")
    assert_agreed(answer)
    assert answer.json() == {"type": "stickymessage", "data": {}}


def test_the_pinned_message_is_told_as_the_reference_shows_it(office: Running) -> None:
    """The pin's own times are numbers, those of its message strings, the id has its encoded space."""
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    answer = office.as_("owner").get(f"/chats/{LAUNCH}/stickymessage")
    assert_agreed(answer)
    assert answer.json() == {
        "type": "stickymessage",
        "data": {
            "expiry_time": -1,
            "creator": {"name": "Ada Byron", "id": ADA},
            "message": {
                "msg": "We launch at noon",
                "sender": EVE,
                "lmsgtime": "1748689200000",
                "msguid": "1748689200000%207001",
                "time": "1748689200000",
                "dname": "Eve Novak",
            },
            "created_time": NOON_MS,
            "last_modified_time": NOON_MS,
            "chat_id": LAUNCH,
        },
    }


def test_every_participant_sees_the_pin(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    seen = {office.as_(label).get(f"/chats/{LAUNCH}/stickymessage").content for label in ("owner", "member", "eve")}
    assert len(seen) == 1
    assert b"We launch at noon" in seen.pop()


def test_a_pin_belongs_to_its_chat_alone(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    assert office.as_("owner").get(f"/chats/{WITH_MAX}/stickymessage").json()["data"] == {}


def test_a_pin_keeps_its_times_while_time_goes_by(office: Running) -> None:
    office.as_("owner").post(f"/chats/{WITH_MAX}/stickymessage", json=pin_body(WITH_MAX_LUNCH))
    office.advance(minutes=90)
    assert office.as_("member").get(f"/chats/{WITH_MAX}/stickymessage").json()["data"]["created_time"] == NOON_MS


def test_asking_does_not_change_what_is_pinned(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    first, second = (office.as_("owner").get(f"/chats/{LAUNCH}/stickymessage").content for _ in range(2))
    assert first == second


def test_a_pin_is_not_told_to_who_is_not_in_the_chat(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    assert_refused(office.as_("outsider").get(f"/chats/{LAUNCH}/stickymessage"), 403)
    assert_refused(office.as_("owner").get(f"/chats/{WITHOUT_ADA}/stickymessage"), 403)


def test_a_chat_is_called_by_its_own_id_whatever_it_was_asked_for_by(documentation: Running) -> None:
    """The placeholder of the reference's samples is another id of the channel in its answers."""
    answer = documentation.as_("owner").get("/chats/987000000654321/stickymessage")
    assert answer.json()["data"]["chat_id"] == "CT_2243173626687865223_P87610291-C4"
