"""Unmute a chat: idempotent, and for the caller alone."""

from __future__ import annotations

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running
from tests.office import EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, QUIET, WITH_MAX, WITHOUT_ADA, who_muted

pytest_plugins = ("tests.office_server",)


@pytest.mark.parametrize("chat", [WITH_MAX, LAUNCH, QUIET, EVERYONE, EVERYONE_ALIAS])
def test_any_kind_of_chat_can_be_unmuted(chat: str, office: Running) -> None:
    office.as_("owner").post(f"/chats/{chat}/mute")
    assert_agreed(office.as_("owner").post(f"/chats/{chat}/unmute"), 204)


def test_unmuting_what_is_not_muted_is_no_error(office: Running) -> None:
    for _ in range(3):
        assert_agreed(office.as_("owner").post(f"/chats/{LAUNCH}/unmute"), 204)


def test_a_chat_is_unmuted_for_the_caller_alone(office: Running) -> None:
    for label in ("owner", "eve"):
        office.as_(label).post(f"/chats/{LAUNCH}/mute")
    office.as_("owner").post(f"/chats/{LAUNCH}/unmute")
    assert who_muted(LAUNCH, office) == {EVE}
    office.as_("owner").post(f"/chats/{LAUNCH}/unmute")
    assert who_muted(LAUNCH, office) == {EVE}


def test_a_chat_can_be_muted_again(office: Running) -> None:
    for call in ("mute", "unmute", "mute"):
        assert_agreed(office.as_("eve").post(f"/chats/{LAUNCH}/{call}"), 204)
    assert who_muted(LAUNCH, office) == {EVE}


def test_a_chat_of_others_cannot_be_unmuted(office: Running) -> None:
    assert_refused(office.as_("owner").post(f"/chats/{WITHOUT_ADA}/unmute"), 403)
