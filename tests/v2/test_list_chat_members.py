"""Retrieve the members of a chat."""

from __future__ import annotations

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running
from tests.office import ADA, EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, MAX, WITH_DAN, WITHOUT_ADA

pytest_plugins = ("tests.office_server",)

IN_LAUNCH = [
    {"user_id": MAX, "email_id": "max@office.test", "name": "Max Planck"},
    {"user_id": ADA, "email_id": "ada@office.test", "name": "Ada Byron"},
    {"user_id": EVE, "email_id": "eve@office.test", "name": "Eve Novak"},
]
"""In the order they joined, which is neither of names nor of ids."""


def test_all_participants_are_listed_in_the_order_they_joined(office: Running) -> None:
    """The caller included."""
    answer = office.as_("owner").get(f"/chats/{LAUNCH}/members")
    assert_agreed(answer)
    assert answer.json() == {"members": IN_LAUNCH}


def test_every_participant_sees_the_same_members(office: Running) -> None:
    answers = [office.as_(label).get(f"/chats/{LAUNCH}/members").content for label in ("owner", "member", "eve")]
    assert len(set(answers)) == 1


@pytest.mark.parametrize("chat", [EVERYONE, EVERYONE_ALIAS])
def test_a_channel_and_its_alias_have_members_too(chat: str, office: Running) -> None:
    answer = office.as_("owner").get(f"/chats/{chat}/members", params={"fields": "user_id"})
    assert answer.json() == {"members": [{"user_id": MAX}, {"user_id": ADA}, {"user_id": EVE}]}


def test_a_colleague_who_left_the_organisation_is_still_a_member(office: Running) -> None:
    answer = office.as_("owner").get(f"/chats/{WITH_DAN}/members", params={"fields": "name"})
    assert answer.json() == {"members": [{"name": "Dan Gone"}, {"name": "Ada Byron"}]}


@pytest.mark.parametrize("label", ["owner", "member"])
def test_members_and_the_list_agree_on_who_is_in_a_chat(label: str, demo: Running) -> None:
    cliq = demo.as_(label)
    me = {"owner": demo.as_("owner"), "member": demo.as_("member")}[label]
    for row in me.chats(limit=15):
        members = cliq.get(f"/chats/{row['chat_id']}/members").json()["members"]
        assert len(members) == row["participant_count"]
        others = {(each["user_id"], each["name"]) for each in row["recipients_summary"]}
        assert len({(each["user_id"], each["name"]) for each in members} - others) == 1


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ("name", {"name"}),
        ("email_id", {"email_id"}),
        ("user_id", {"user_id"}),
        ("name,user_id", {"name", "user_id"}),
        ("user_id,name", {"name", "user_id"}),
        ("name,email_id,user_id", {"name", "email_id", "user_id"}),
        (" name , email_id ", {"name", "email_id"}),
        ("name,name", {"name"}),
        ("", {"name", "email_id", "user_id"}),
        (" ", {"name", "email_id", "user_id"}),
        (" , ", {"name", "email_id", "user_id"}),
        ("name,", {"name"}),
    ],
)
def test_fields_choose_what_is_shown_of_a_member(fields: str, keys: set[str], office: Running) -> None:
    """Separated by commas, spaces trimmed; none of them means all."""
    answer = office.as_("owner").get(f"/chats/{LAUNCH}/members", params={"fields": fields})
    assert answer.json() == {"members": [{key: member[key] for key in member if key in keys} for member in IN_LAUNCH]}


@pytest.mark.parametrize(
    "fields", ["phone", "name,phone", "Name", "name;user_id", "name user_id", "name|user_id", "*", "name\t"]
)
def test_an_unknown_field_is_refused(fields: str, office: Running) -> None:
    assert_refused(office.as_("owner").get(f"/chats/{LAUNCH}/members", params={"fields": fields}), 400)


def test_unknown_parameters_are_ignored(office: Running) -> None:
    answer = office.as_("owner").get(f"/chats/{LAUNCH}/members", params={"limit": "0", "Fields": "phone", "x": "y"})
    assert answer.json() == {"members": IN_LAUNCH}


def test_who_is_not_in_a_chat_does_not_learn_who_is(office: Running) -> None:
    assert_refused(office.as_("owner").get(f"/chats/{WITHOUT_ADA}/members"), 403)
    assert_refused(office.as_("outsider").get(f"/chats/{LAUNCH}/members"), 403)
