"""Mute a chat: idempotent, and for the caller alone."""

from __future__ import annotations

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running
from tests.office import ADA, EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, MAX, QUIET, WITH_MAX, WITHOUT_ADA, who_muted

pytest_plugins = ("tests.office_server",)


@pytest.mark.parametrize("chat", [WITH_MAX, LAUNCH, QUIET, EVERYONE, EVERYONE_ALIAS])
def test_any_kind_of_chat_can_be_muted(chat: str, office: Running) -> None:
    assert_agreed(office.as_("owner").post(f"/chats/{chat}/mute"), 204)


def test_muting_again_is_no_error(office: Running) -> None:
    for _ in range(3):
        assert_agreed(office.as_("owner").post(f"/chats/{LAUNCH}/mute"), 204)


def test_a_chat_is_muted_for_the_caller_alone(office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/mute")
    assert who_muted(LAUNCH, office) == {ADA}
    office.as_("eve").post(f"/chats/{LAUNCH}/mute")
    office.as_("eve").post(f"/chats/{LAUNCH}/mute")
    assert who_muted(LAUNCH, office) == {ADA, EVE}
    assert who_muted(WITH_MAX, office) == set()


def test_muting_changes_nothing_that_the_api_shows(office: Running) -> None:
    before = [office.as_(label).chats() for label in ("owner", "member")]
    office.as_("owner").post(f"/chats/{LAUNCH}/mute")
    assert [office.as_(label).chats() for label in ("owner", "member")] == before


def test_what_stands_in_the_body_is_not_read(office: Running) -> None:
    """The reference documents no argument."""
    assert_agreed(office.as_("owner").post(f"/chats/{LAUNCH}/mute", content=b"{nonsense"), 204)


def test_a_chat_of_others_cannot_be_muted(office: Running) -> None:
    assert_refused(office.as_("owner").post(f"/chats/{WITHOUT_ADA}/mute"), 403)
    assert who_muted(WITHOUT_ADA, office) == set()


def test_a_reset_brings_the_sound_back(office: Running) -> None:
    office.as_("member").post(f"/chats/{LAUNCH}/mute")
    assert who_muted(LAUNCH, office) == {MAX}
    office.control("POST", "/reset")
    assert who_muted(LAUNCH, office) == set()
