"""Unpin a message."""

from __future__ import annotations

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running
from tests.office import (
    EVERYONE,
    EVERYONE_ALIAS,
    LAUNCH,
    LAUNCH_OLDER,
    QUIET,
    WITH_MAX,
    WITH_MAX_LUNCH,
    WITHOUT_ADA,
    pin_body,
)

pytest_plugins = ("tests.office_server",)

NOTHING = {"type": "stickymessage", "data": {}}


def test_what_is_unpinned_is_gone_for_everyone(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    assert_agreed(office.as_("owner").delete(f"/chats/{LAUNCH}/stickymessage"), 204)
    for label in ("owner", "member"):
        assert office.as_(label).get(f"/chats/{LAUNCH}/stickymessage").json() == NOTHING


@pytest.mark.parametrize("label", ["member", "eve"])
def test_any_participant_may_unpin(label: str, office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    assert_agreed(office.as_(label).delete(f"/chats/{LAUNCH}/stickymessage"), 204)
    assert office.as_("owner").get(f"/chats/{LAUNCH}/stickymessage").json() == NOTHING


@pytest.mark.parametrize("chat", [LAUNCH, WITH_MAX, QUIET, EVERYONE, EVERYONE_ALIAS])
def test_unpinning_with_nothing_pinned_is_no_error(chat: str, office: Running) -> None:
    for _ in range(2):
        assert_agreed(office.as_("owner").delete(f"/chats/{chat}/stickymessage"), 204)


def test_an_expired_pin_can_be_unpinned(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body(expiry_time=1000))
    office.advance(minutes=1)
    assert_agreed(office.as_("owner").delete(f"/chats/{LAUNCH}/stickymessage"), 204)


def test_unpinning_in_one_chat_leaves_the_pins_of_others_alone(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    office.as_("owner").post(f"/chats/{WITH_MAX}/stickymessage", json=pin_body(WITH_MAX_LUNCH))
    office.as_("owner").delete(f"/chats/{LAUNCH}/stickymessage")
    pinned = office.as_("owner").get(f"/chats/{WITH_MAX}/stickymessage").json()["data"]
    assert pinned["message"]["msg"] == "Lunch?"


def test_after_unpinning_another_message_can_be_pinned(office: Running) -> None:
    cliq = office.as_("owner")
    cliq.post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    cliq.delete(f"/chats/{LAUNCH}/stickymessage")
    assert_agreed(cliq.post(f"/chats/{LAUNCH}/stickymessage", json=pin_body(LAUNCH_OLDER)))
    assert cliq.get(f"/chats/{LAUNCH}/stickymessage").json()["data"]["message"]["msg"] == "When?"


def test_who_is_not_in_the_chat_cannot_unpin(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=pin_body())
    assert_refused(office.as_("outsider").delete(f"/chats/{LAUNCH}/stickymessage"), 403)
    assert_refused(office.as_("owner").delete(f"/chats/{WITHOUT_ADA}/stickymessage"), 403)
    assert office.as_("owner").get(f"/chats/{LAUNCH}/stickymessage").json() != NOTHING
