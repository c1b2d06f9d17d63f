"""Members of channels: list, add, remove, change their roles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.club import ADA, BOT, EMAILS, EVE, MAX, OPEN, OPEN_CHAT, VAULT, ZOE
from tests.control.worlds import Made

pytest_plugins = ("tests.club_server",)

MEMBERS = f"/channels/{OPEN}/members"


def roles(club: Made, label: str = "owner") -> dict[str, str]:
    answer = club.as_(label).get(MEMBERS)
    assert_agreed(answer)
    return {each["user_id"]: each["user_role"] for each in answer.json()["members"]}


def infos(club: Made) -> list[tuple[str, list[str]]]:
    """What the channel was told of who came and went."""
    rows = club.as_("owner").get(f"/chats/{OPEN_CHAT}/messages").json()["data"]
    return [(row["content"]["type"], row["content"]["data"]["users"]) for row in rows if row["type"] == "info"]


def test_people_are_listed_with_their_roles_and_bots_behind_them(club: Made) -> None:
    answer = club.as_("outsider").get(MEMBERS)
    assert_agreed(answer)
    assert answer.json() == {
        "members": [
            {"user_id": ADA, "email_id": "ada@club.test", "name": "Ada Byron", "user_role": "super_admin"},
            {"user_id": MAX, "email_id": "max@club.test", "name": "Max Planck", "user_role": "member"},
            {"user_id": EVE, "email_id": "eve@club.test", "name": "Eve Novak", "user_role": "moderator"},
            {
                "bot_unique_name": "porter",
                "user_id": BOT,
                "name": "Porter",
                "user_role": "bot",
                "store_app_id": -1,
            },
        ]
    }


@pytest.mark.parametrize(
    "body",
    [
        {"user_ids": [ZOE]},
        {"user_ids": ZOE},
        {"email_ids": [EMAILS[ZOE], EMAILS[ZOE]]},
        {"user_ids": [MAX, EMAILS[ZOE]]},
    ],
)
def test_people_are_added_by_id_or_address_each_once(body: dict[str, Any], club: Made) -> None:
    assert_agreed(club.as_("owner").post(MEMBERS, json=body), 204)
    assert roles(club, "outsider") == {ADA: "super_admin", MAX: "member", EVE: "moderator", ZOE: "member", BOT: "bot"}
    assert infos(club) == [("user_added", [ZOE])]
    row = club.as_("outsider").get(f"/channels/{OPEN}").json()
    assert (row["participant_count"], row["unread_message_count"]) == (4, "1")


def test_who_is_in_it_already_changes_nothing(club: Made) -> None:
    before = roles(club)
    assert_agreed(club.as_("owner").post(MEMBERS, json={"user_ids": [MAX, EVE]}), 204)
    assert (roles(club), infos(club)) == (before, [])


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(
    "body", [{}, {"user_ids": []}, {"user_ids": ""}, {"user_ids": [str(each) for each in range(101)]}, []]
)
def test_a_body_that_names_nobody_or_too_many_is_refused(method: str, body: object, club: Made) -> None:
    assert_refused(club.as_("owner").call(method, MEMBERS, json=body), 400)


@pytest.mark.parametrize(("method", "rule"), [("POST", "unknown_user"), ("DELETE", "unknown_member")])
def test_one_unknown_person_and_nobody_is_changed(method: str, rule: str, club: Made) -> None:
    before = roles(club)
    whom = [ZOE if method == "POST" else MAX, "nobody@club.test"]
    refused = club.as_("owner").call(method, MEMBERS, json={"user_ids": whom})
    assert_refused(refused, 404)
    assert reason_of(refused).startswith(f"{rule}; have=nobody@club.test;")
    assert roles(club) == before


def test_several_are_removed_at_once(club: Made) -> None:
    body = {"user_ids": [MAX], "email_ids": [EMAILS[EVE]]}
    assert_agreed(club.as_("owner").call("DELETE", MEMBERS, json=body), 204)
    assert roles(club) == {ADA: "super_admin", BOT: "bot"}
    assert infos(club) == [("user_removed", [MAX, EVE])]
    assert club.as_("owner").get(f"/channels/{OPEN}").json()["participant_count"] == 1
    assert_refused(club.as_("member").get(f"/chats/{OPEN_CHAT}/messages"), 403)


@pytest.mark.parametrize("silent", [True, "true"])
def test_a_silent_removal_is_told_to_nobody(silent: object, club: Made) -> None:
    assert_agreed(club.as_("owner").call("DELETE", MEMBERS, json={"user_ids": [MAX], "silent": silent}), 204)
    assert MAX not in roles(club)
    assert infos(club) == []


@pytest.mark.parametrize(("key", "gone"), [(MAX, MAX), (EMAILS[EVE], EVE), (BOT, BOT)])
def test_one_is_removed_by_id_address_or_bot_id(key: str, gone: str, club: Made) -> None:
    before = roles(club)
    assert_agreed(club.as_("owner").call("DELETE", f"{MEMBERS}/{key}"), 204)
    assert roles(club) == {user: role for user, role in before.items() if user != gone}
    assert infos(club) == ([] if gone == BOT else [("user_removed", [gone])])
    again = club.as_("owner").call("DELETE", f"{MEMBERS}/{key}")
    assert_refused(again, 404)
    assert reason_of(again).startswith("unknown_member;")


def test_a_role_changes_what_somebody_may_do(club: Made) -> None:
    ada, max_ = club.as_("owner"), club.as_("member")
    for role, status in (("moderator", 403), ("admin", 200), ("super_admin", 200), ("member", 403)):
        assert_agreed(ada.call("PUT", f"{MEMBERS}/{MAX}", json={"role": role}), 204)
        assert roles(club)[MAX] == role
        answer = max_.call("PUT", f"/channels/{OPEN}", json={"description": role})
        assert answer.status_code == status
        assert max_.get(f"/channels/{OPEN}").json()["current_user_role"] == role


def test_a_role_that_is_none_or_of_nobody_in_the_channel_is_refused(club: Made) -> None:
    ada = club.as_("owner")
    for body in ({"role": "king"}, {}, {"role": None}):
        assert_refused(ada.call("PUT", f"{MEMBERS}/{MAX}", json=body), 400)
    assert_refused(ada.call("PUT", f"{MEMBERS}/{ZOE}", json={"role": "admin"}), 404)
    refused = ada.call("PUT", f"{MEMBERS}/{BOT}", json={"role": "admin"})
    assert_refused(refused, 400)
    assert reason_of(refused).startswith("bot_without_role; have=bot porter;")


def test_a_reset_and_a_snapshot_bring_members_back(club: Made) -> None:
    before = roles(club)
    club.as_("owner").post(MEMBERS, json={"user_ids": [ZOE]})
    later = roles(club)
    club.control("PUT", "/snapshots/later")
    club.control("POST", "/reset")
    assert roles(club) == before
    club.control("POST", "/snapshots/later/restore")
    assert roles(club) == later


def test_members_of_a_private_channel_are_told_to_members_alone(club: Made) -> None:
    assert_refused(club.as_("owner").get(f"/channels/{VAULT}/members"), 403)
    assert_agreed(club.as_("member").get(f"/channels/{VAULT}/members"))
