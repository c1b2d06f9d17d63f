"""Channels: list, create, change, archive, delete, join and leave."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.club import ADA, EMAILS, EVE, LABELS, MAX, NOON, OPEN, OPEN_CHAT, VAULT, VAULT_CHAT
from tests.conftest import Cliq, Running, Serve
from tests.control.worlds import Made, settled, unlimited

pytest_plugins = ("tests.club_server",)

FULL_ROLE = {
    "send_message": True,
    "delete_channel": True,
    "mention_users": True,
    "post_reply": True,
    "sticky_message": True,
}
LESS = {**FULL_ROLE, "delete_channel": False}
PERMISSIONS = {"admin_permission": FULL_ROLE, "moderator_permission": LESS, "member_permission": LESS}

FRONT_DESK: dict[str, Any] = {
    "channel_id": OPEN,
    "name": "#Front Desk",
    "unique_name": "frontdesk",
    "description": "",
    "level": "organization",
    "status": "created",
    "participant_count": 3,
    "creation_time": "2025-05-01T10:00:00+02:00",
    "last_modified_time": "2025-05-01T10:00:00+02:00",
    "creator_id": ADA,
    "creator_name": "Ada Byron",
    "current_user_role": "super_admin",
    "organization_id": "734029118",
    "invite_only": False,
    "joined": True,
    "pinned": True,
    "chat_id": OPEN_CHAT,
    "image_url": "",
    "total_message_count": "1",
    "unread_message_count": "1",
    "unread_time": "",
    "teams": {},
    "last_message_info": {
        "message_id": "1748760000000%201",
        "sender_id": EVE,
        "sender_name": "Eve Novak",
        "message_type": "text",
        "time": "2025-06-01T08:40:00+02:00",
    },
    **PERMISSIONS,
}


def ids(cliq: Cliq, **query: str) -> list[str]:
    answer = cliq.get("/channels", params=query)
    assert_agreed(answer)
    return [row["channel_id"] for row in answer.json()["channels"]]


def created(cliq: Cliq, name: str, level: str = "organization", **more: Any) -> dict[str, Any]:
    answer = cliq.post("/channels", json={"name": name, "level": level, **more})
    assert_agreed(answer)
    row: dict[str, Any] = answer.json()
    return row


def said(cliq: Cliq, chat: str) -> list[dict[str, Any]]:
    answer = cliq.get(f"/chats/{chat}/messages")
    assert_agreed(answer)
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_a_channel_is_read_bare_by_id_and_in_an_envelope_by_name(club: Made) -> None:
    ada = club.as_("owner")
    assert ada.get(f"/channels/{OPEN}").json() == FRONT_DESK
    assert ada.get(f"/channels/{OPEN_CHAT}").json() == FRONT_DESK
    for name in ("frontdesk", "FrontDesk", "%23frontdesk"):
        assert ada.get(f"/channelsbyname/{name}").json() == {"type": "channel", "data": FRONT_DESK}
    assert ada.get("/channels").json()["channels"] == [FRONT_DESK]


def test_a_guest_sees_a_channel_of_the_organisation_and_no_private_one(club: Made) -> None:
    zoe = club.as_("outsider")
    row = zoe.get(f"/channels/{OPEN}").json()
    seen = {key: row[key] for key in ("current_user_role", "joined", "pinned", "unread_message_count")}
    assert seen == {"current_user_role": "", "joined": False, "pinned": False, "unread_message_count": "0"}
    assert ids(zoe) == [OPEN]
    for path in (f"/channels/{VAULT}", "/channelsbyname/vault", f"/channels/{VAULT}/members"):
        refused = zoe.get(path)
        assert_refused(refused, 403)
        assert reason_of(refused).startswith("not_in_channel;")


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, [VAULT, OPEN]),
        ({"name": "desk"}, [OPEN]),
        ({"name": "#VAU"}, [VAULT]),
        ({"status": "archived"}, []),
        ({"status": "pending"}, []),
        ({"level": "private"}, [VAULT]),
        ({"joined": "false"}, []),
        ({"pinned": "true"}, []),
        ({"channel_ids": f"{OPEN},O1"}, [OPEN]),
        ({"chat_ids": VAULT_CHAT}, [VAULT]),
        ({"created_by": ADA}, [OPEN]),
        ({"created_before": "1746172800000"}, [OPEN]),  # the moment in which the vault was made
        ({"created_after": "1746172799999"}, [VAULT]),
        ({"modified_before": "2025-05-01T08:00:00Z"}, []),
        ({"modified_after": "2025-05-01T08:00:00Z"}, [VAULT]),
        ({"order_by": "+creation_time"}, [OPEN, VAULT]),
        ({"order_by": "-creation_time"}, [VAULT, OPEN]),
        ({"limit": "1"}, [VAULT]),
        ({"limit": "1000"}, [VAULT, OPEN]),
        ({"team_ids": "7"}, [VAULT, OPEN]),
    ],
)
def test_a_list_has_what_its_filters_leave(query: dict[str, str], listed: list[str], club: Made) -> None:
    assert ids(club.as_("member"), **query) == listed


def test_a_plus_sign_that_nobody_encoded_is_one(club: Made) -> None:
    answer = club.as_("member").get("/channels?order_by=+creation_time")
    assert [row["channel_id"] for row in answer.json()["channels"]] == [OPEN, VAULT]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "many"},
        {"level": "secret"},
        {"status": "gone"},
        {"joined": "perhaps"},
        {"created_after": "yesterday"},
        {"order_by": "name"},
    ],
)
def test_a_query_that_cannot_be_read_is_refused(query: dict[str, str], club: Made) -> None:
    refused = club.as_("owner").get("/channels", params=query)
    assert_refused(refused, 400)
    assert reason_of(refused).startswith(f"invalid_input; have={next(iter(query))}=")


@pytest.mark.parametrize("order", ["-last_modified_time", "+last_modified_time", "-creation_time", "+creation_time"])
def test_pages_have_every_channel_once_though_new_ones_come(order: str, club: Made) -> None:
    """Most of these are made in one millisecond: the order among them holds, too."""
    ada = club.as_("owner")
    for number in range(6):
        created(ada, f"Room {number}")
    whole = ids(ada, order_by=order)
    query, listed = {"limit": "3", "order_by": order}, []
    for number in range(3):
        answer = ada.get("/channels", params=query).json()
        listed += [row["channel_id"] for row in answer["channels"]]
        assert answer["has_more"] is ("next_token" in answer) is (number < 2)
        if number == 0 and order.startswith("-"):
            club.control("POST", "/clock/advance", json={"seconds": 1})
            created(ada, "Newer than all")
        query["next_token"] = answer.get("next_token", "")
    assert listed == whole


def test_a_sync_token_gives_what_changed_since(club: Made) -> None:
    max_ = club.as_("member")
    token = max_.get("/channels").json()["sync_token"]
    assert ids(max_, sync_token=token) == []
    club.control("POST", "/clock/advance", json={"seconds": 1})
    max_.call("PUT", f"/channels/{VAULT}", json={"description": "Spare keys"})
    assert ids(max_, sync_token=token) == [VAULT]
    assert ids(max_, sync_token=token, order_by="+creation_time") == [VAULT]


def test_a_made_up_token_is_refused(club: Made) -> None:
    ada = club.as_("owner")
    created(ada, "Another")
    answer = ada.get("/channels", params={"limit": "1"}).json()
    following, since = answer["next_token"], answer["sync_token"]
    for query in (
        {"next_token": "dG9rZW4tbmV4dA"},
        {"next_token": f"{following}x"},
        {"next_token": following[:-4]},
        {"next_token": "\x00\u65e5"},
        {"next_token": since},
        {"sync_token": following},
        {"next_token": following, "order_by": "+creation_time"},
    ):
        refused = ada.get("/channels", params=query)
        assert_refused(refused, 400)
        assert reason_of(refused).startswith("invalid_paging_token;")
    assert_refused(ada.get("/channels", params={"next_token": following, "sync_token": since}), 400)


def test_a_new_channel_has_its_people_and_no_message(club: Made) -> None:
    row = created(
        club.as_("owner"),
        "#Signal Desk",
        "private",
        description="Loads",
        user_ids=[MAX, ADA],
        email_ids=EMAILS[EVE],
        invite_only="true",
    )
    assert row["channel_id"][0] == "P"
    assert row["chat_id"].startswith("CT_")
    expected = {
        "name": "#Signal Desk",
        "unique_name": "signaldesk",
        "description": "Loads",
        "level": "private",
        "status": "created",
        "participant_count": 3,
        "creation_time": "2025-06-01T14:00:00+02:00",
        "creator_id": ADA,
        "current_user_role": "super_admin",
        "invite_only": True,
        "total_message_count": "0",
        "unread_message_count": "0",
        "last_message_info": {},
        **PERMISSIONS,
    }
    assert {key: row[key] for key in expected} == expected
    members = club.as_("member").get(f"/channels/{row['channel_id']}/members").json()["members"]
    assert [(each["user_id"], each["user_role"]) for each in members] == [
        (ADA, "super_admin"),
        (MAX, "member"),
        (EVE, "member"),
    ]


@pytest.mark.parametrize(("level", "initial"), [("organization", "O"), ("private", "P"), ("external", "E")])
def test_an_id_begins_with_the_initial_of_the_level(level: str, initial: str, club: Made) -> None:
    assert created(club.as_("owner"), "New", level)["channel_id"][0] == initial
    assert created(club.as_("owner"), "Team", "team", team_ids=["9"])["channel_id"][0] == "T"


@pytest.mark.parametrize(
    ("name", "unique_name"),
    [("Büro & Lager", "bürolager"), ("a-b_C 9", "a-b_c9"), ("日本", "日本"), ("!!!", "channel")],
)
def test_a_unique_name_is_the_name_s_letters_and_digits(name: str, unique_name: str, club: Made) -> None:
    assert created(club.as_("owner"), name)["unique_name"] == unique_name
    assert club.as_("owner").get(f"/channelsbyname/{unique_name}").json()["data"]["name"] == f"#{name}"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "No level"},
        {"level": "private"},
        {"name": " # ", "level": "private"},
        {"name": "x" * 51, "level": "private"},
        {"name": 7, "level": "private"},
        {"name": "Odd", "level": "secret"},
        {"name": "No team", "level": "team"},
        {"name": "Long", "level": "private", "description": "x" * 10_501},
        {"name": "Odd", "level": "private", "config": {"reply_mode": "loud"}},
        {"name": "Odd", "level": "private", "invite_only": "perhaps"},
    ],
)
def test_a_channel_that_cannot_be_is_refused(body: dict[str, Any], club: Made) -> None:
    assert_refused(club.as_("owner").post("/channels", json=body), 400)
    assert ids(club.as_("owner")) == [OPEN]


def test_null_says_nothing(club: Made) -> None:
    row = created(club.as_("owner"), "New", description=None, user_ids=None, email_ids=None, image_data=None)
    assert (row["description"], row["participant_count"]) == ("", 1)


def test_a_channel_of_somebody_unknown_is_not_made(club: Made) -> None:
    refused = club.as_("owner").post("/channels", json={"name": "New", "level": "private", "user_ids": ["nobody"]})
    assert_refused(refused, 404)
    assert reason_of(refused).startswith("unknown_user; have=nobody;")
    assert ids(club.as_("owner")) == [OPEN]


@pytest.mark.parametrize("name", ["Front Desk", "#front desk", "FRONTDESK", "Front-Desk", "Vault"])
def test_a_taken_name_is_refused(name: str, club: Made) -> None:
    """Also that of a channel which the caller cannot see."""
    ada = club.as_("owner")
    refused = ada.post("/channels", json={"name": name, "level": "private"})
    if name == "Front-Desk":
        assert_agreed(refused)
        return
    assert_refused(refused, 400)
    assert reason_of(refused).startswith("channel_name_taken;")
    ada.post("/channels", json={"name": "Other", "level": "private"})
    other = ada.get("/channelsbyname/other").json()["data"]["channel_id"]
    assert_refused(ada.call("PUT", f"/channels/{other}", json={"name": name}), 400)


def test_an_update_changes_what_it_names(club: Made) -> None:
    ada = club.as_("owner")
    club.control("POST", "/clock/advance", json={"seconds": 60})
    body = {"name": "Lobby", "member_permission": {"send_message": False}, "config": {"reply_mode": "threads"}}
    answer = ada.call("PUT", f"/channels/{OPEN}", json=body)
    assert_agreed(answer)
    assert answer.json() == {
        **FRONT_DESK,
        "name": "#Lobby",
        "unique_name": "lobby",
        "last_modified_time": "2025-06-01T14:01:00+02:00",
        "member_permission": {**LESS, "send_message": False},
    }
    assert_refused(ada.get("/channelsbyname/frontdesk"), 404)
    again = ada.call("PUT", f"/channels/{OPEN}", json={"description": "Ask here", "level": "private"})
    assert (again.json()["description"], again.json()["level"], again.json()["channel_id"]) == (
        "Ask here",
        "private",
        OPEN,
    )
    assert again.json()["member_permission"] == {**LESS, "send_message": False}
    # Its own name is not taken.
    assert ada.call("PUT", f"/channels/{OPEN}", json={"name": "LOBBY"}).json()["unique_name"] == "lobby"


CHANGES: list[tuple[str, str, object]] = [
    ("PUT", "", {"description": "x"}),
    ("DELETE", "", None),
    ("POST", "/archive", None),
    ("POST", "/unarchive", None),
    ("POST", "/members", {"user_ids": ["104"]}),
    ("DELETE", "/members", {"user_ids": ["103"]}),
    ("DELETE", "/members/103", None),
    ("PUT", "/members/103", {"role": "admin"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_only_an_admin_changes_a_channel(method: str, path: str, body: object, club: Made) -> None:
    for label, rule in (("member", "not_an_admin"), ("outsider", "not_in_channel")):
        refused = club.as_(label).call(method, f"/channels/{OPEN}{path}", json=body)
        assert_refused(refused, 403)
        assert reason_of(refused).startswith(f"{rule};")
    club.as_("owner").call("PUT", f"/channels/{OPEN}/members/{MAX}", json={"role": "admin"})
    assert club.as_("member").call(method, f"/channels/{OPEN}{path}", json=body).is_success


def test_an_archived_channel_is_read_and_nothing_more(club: Made) -> None:
    ada = club.as_("owner")
    for _ in range(2):
        assert_agreed(ada.post(f"/channels/{OPEN}/archive", json={}), 204)
    assert ada.get(f"/channels/{OPEN}").json()["status"] == "archived"
    assert ids(ada, status="archived") == [OPEN]
    assert len(said(ada, OPEN_CHAT)) == 1
    attempts: list[tuple[str, str, object]] = [("POST", "/message", {"text": "x"}), ("POST", "/join", None)]
    attempts += [("PUT", "", {"description": "x"}), *(each for each in CHANGES if "members" in each[1])]
    for method, path, body in attempts:
        refused = ada.call(method, f"/channels/{OPEN}{path}", json=body)
        assert_refused(refused, 400)
        assert reason_of(refused).startswith("archived_channel;")
    for _ in range(2):
        assert_agreed(ada.post(f"/channels/{OPEN}/unarchive"), 204)
    assert ada.get(f"/channels/{OPEN}").json()["status"] == "created"
    assert ada.post(f"/channels/{OPEN}/message", json={"text": "x"}).is_success


def test_who_joins_is_told_and_gets_the_channel(club: Made) -> None:
    zoe = club.as_("outsider")
    answer = zoe.post(f"/channels/{OPEN}/join")
    assert_agreed(answer)
    row = answer.json()
    assert (row["participant_count"], row["current_user_role"], row["unread_message_count"]) == (4, "member", "0")
    told = said(zoe, OPEN_CHAT)[-1]
    assert (told["type"], told["sender"]["id"]) == ("info", "104")
    assert told["content"] == {"data": {"users": ["104"]}, "type": "user_added"}
    assert club.as_("owner").get(f"/channels/{OPEN}").json()["unread_message_count"] == "2"
    assert zoe.post(f"/channels/{OPEN}/join").json() == row
    assert club.as_("outsider").get("/chats").json()["chats"] == []


def test_a_private_or_invite_only_channel_is_not_joined(club: Made) -> None:
    zoe = club.as_("outsider")
    assert_refused(zoe.post(f"/channels/{VAULT}/join"), 403)
    invited = created(club.as_("owner"), "Invited", invite_only=True)["channel_id"]
    refused = zoe.post(f"/channels/{invited}/join")
    assert_refused(refused, 403)
    assert reason_of(refused).startswith("invite_only;")


@pytest.mark.parametrize("path", [f"/channels/{OPEN}/leave", f"/chats/{OPEN_CHAT}/leave"])
def test_both_ways_out_of_a_channel_do_the_same(path: str, club: Made) -> None:
    max_ = club.as_("member")
    assert_agreed(max_.post(path), 204)
    assert_refused(max_.post(path), 403)
    told = said(club.as_("owner"), OPEN_CHAT)[-1]
    assert told["content"] == {"data": {"users": [MAX]}, "type": "user_removed"}
    assert club.as_("owner").get(f"/channels/{OPEN}").json()["participant_count"] == 2


def test_the_last_super_admin_stays(club: Made) -> None:
    ada, members = club.as_("owner"), f"/channels/{OPEN}/members"
    attempts: list[tuple[str, str, Any]] = [
        ("POST", f"/channels/{OPEN}/leave", None),
        ("PUT", f"{members}/{ADA}", {"role": "admin"}),
        ("DELETE", f"{members}/{EMAILS[ADA]}", None),
        ("DELETE", members, {"user_ids": [MAX, ADA]}),
    ]
    for method, path, body in attempts:
        refused = ada.call(method, path, json=body)
        assert_refused(refused, 400)
        assert reason_of(refused).startswith(f"last_super_admin; have=user {ADA},")
    assert ada.get(f"/channels/{OPEN}").json() == FRONT_DESK
    assert_agreed(ada.call("PUT", f"{members}/{MAX}", json={"role": "super_admin"}), 204)
    assert_agreed(ada.post(f"/channels/{OPEN}/leave"), 204)
    assert club.as_("member").get(f"/channels/{OPEN}").json()["current_user_role"] == "super_admin"


def test_where_the_last_super_admin_leaves_the_chat_another_member_takes_over(club: Made) -> None:
    """Leaving the chat is never refused; a moderator goes before a member who joined earlier."""
    assert_agreed(club.as_("owner").post(f"/chats/{OPEN_CHAT}/leave"), 204)
    members = club.as_("member").get(f"/channels/{OPEN}/members").json()["members"]
    assert [(each["user_id"], each["user_role"]) for each in members[:2]] == [(MAX, "member"), (EVE, "super_admin")]
    row = club.as_("owner").post(f"/channels/{OPEN}/join").json()
    assert row["current_user_role"] == "member"
    assert settled(club)["chats"] == settled(reread(club))["chats"]


def reread(world: Made) -> Made:
    """The world, made anew of its own document; its clock stands still as before."""
    world.control("PUT", "/state", json=world.control("GET", "/state"))
    world.freeze()
    return unlimited(world)


def test_a_channel_can_be_told_to_say_nothing_of_who_comes_and_goes(club: Made) -> None:
    ada, zoe = club.as_("owner"), club.as_("outsider")
    row = created(ada, "Quiet", config={"leave_join_info": "disable"})
    quiet, chat = row["channel_id"], row["chat_id"]
    zoe.post(f"/channels/{quiet}/join")
    zoe.post(f"/channels/{quiet}/leave")
    assert said(ada, chat) == []
    ada.post(f"/channels/{quiet}/members", json={"user_ids": [MAX]})
    assert [each["content"]["type"] for each in said(ada, chat)] == ["user_added"]
    ada.call("PUT", f"/channels/{quiet}", json={"config": {"leave_join_info": "enable", "add_remove_info": "disable"}})
    ada.call("DELETE", f"/channels/{quiet}/members/{MAX}")
    zoe.post(f"/channels/{quiet}/join")
    assert [each["content"]["data"]["users"] for each in said(ada, chat)] == [[MAX], ["104"]]


def test_a_deleted_channel_is_gone_its_ids_are_never_given_out_again_and_its_name_is_free(club: Made) -> None:
    ada = club.as_("owner")
    first = created(ada, "Alerts")
    path = f"/channels/{first['channel_id']}"
    message = ada.post(f"{path}/message", json={"text": "x", "sync_message": True}).json()["message_id"]
    ada.post(f"{path}/message", json={"text": "y", "thread_message_id": message})
    thread = ada.get(f"{path}/threads").json()["data"][0]["chat_id"]
    assert_agreed(ada.call("DELETE", path), 204)
    for gone in (path, "/channelsbyname/alerts", f"/chats/{first['chat_id']}/messages", f"/threads/{thread}/followers"):
        assert_refused(ada.get(gone), 404)
    assert ids(ada) == [OPEN]
    club.control("PUT", "/snapshots/later")
    second = created(ada, "Alerts")
    assert second["unique_name"] == "alerts"
    keys = ("channel_id", "chat_id")
    assert not {first[key] for key in keys} & {second[key] for key in keys}
    assert ada.post("/channelsbyname/alerts/message", json={"text": "again"}).status_code == 204
    club.control("POST", "/snapshots/later/restore")
    assert created(ada, "Alerts")["unique_name"] == "alerts"
    ada.call("DELETE", f"/channels/{second['channel_id']}")
    third = created(reread(club).as_("owner"), "Alerts")
    assert third["unique_name"] == "alerts"
    assert not {first[key] for key in keys} & {third[key] for key in keys}
    assert third["chat_id"] != second["chat_id"]


def test_channels_outlive_export_and_import_and_not_a_reset(club: Made) -> None:
    ada = club.as_("owner")
    row = created(ada, "Kept", invite_only=True, user_ids=[MAX], description="Stays")
    ada.call("PUT", f"/channels/{row['channel_id']}", json={"member_permission": {"send_message": False}})
    ada.call("PUT", f"/channels/{row['channel_id']}", json={"auto_follow_threads": "enable"})
    ada.call("PUT", f"/channels/{row['channel_id']}/members/{MAX}", json={"role": "admin"})
    paths = ["/channels", f"/channels/{row['channel_id']}", f"/channels/{row['channel_id']}/members"]
    before, document = [ada.get(path).json() for path in paths], settled(club)
    assert settled(reread(club)) == document
    after = [club.as_("owner").get(path).json() for path in paths]
    assert after == before


def test_a_reset_brings_channels_back(club: Made) -> None:
    ada = club.as_("owner")
    created(ada, "Short-lived")
    ada.call("DELETE", f"/channels/{OPEN}")
    club.control("POST", "/reset")
    assert ids(ada) == [OPEN]
    assert ada.get(f"/channels/{OPEN}").json() == FRONT_DESK


def test_an_unknown_channel_is_told_by_its_rule(club: Made) -> None:
    for path in ("/channels/O77", "/channelsbyname/nowhere", "/channels/O77/members", "/channels/O77/threads"):
        refused = club.as_("owner").get(path)
        assert_refused(refused, 404)
        assert reason_of(refused).startswith("unknown_channel;")


def test_a_test_arranges_no_second_channel_of_one_name(club: Made) -> None:
    """A program that posts by name would find the first."""
    order = {"type": "channel", "name": "Vault", "members": [ADA]}
    assert club.call("POST", "/chats", json=order).status_code == 409
    assert club.as_("member").get("/channelsbyname/vault").json()["data"]["channel_id"] == VAULT


def test_channels_whose_chats_ids_are_alike_have_ids_of_their_own(serve: Serve) -> None:
    """An id is made of the longest number in the chat's; what a file does not say never leads to another channel."""
    chats = ["general", "random", "x7", "y7", "z-7-z", "a703", "a704"]
    common = {"type": "channel", "creator": "1", "created": 0, "participants": ["1"]}
    names = ["Deploys", "deploys", "Deploys-2", "Deploys-3", "D", "E", "F"]
    state = {
        "mockcliq": 1,
        "users": [{"id": "1", "name": "Ada Nowak", "email": "ada@example.com", "role": "owner"}],
        "chats": [{"id": chat, "name": name, **common} for chat, name in zip(chats, names, strict=True)],
    }
    server = serve(world="empty")
    server.control("POST", "/worlds", json={"id": "alike", "state": state})
    owner = server.control("GET", "/worlds/alike")["tokens"]["owner"]
    headers = {"Authorization": f"Bearer {owner}"}

    def get(path: str) -> Any:
        return server.http.get(f"/api/v2{path}", headers=headers).json()

    listed = get("/channels")["channels"]
    assert sorted(each["chat_id"] for each in listed) == sorted(chats)
    for each in listed:
        assert get(f"/channels/{each['channel_id']}")["chat_id"] == each["chat_id"]
        assert get(f"/channelsbyname/{each['unique_name']}")["data"]["chat_id"] == each["chat_id"]


def test_making_channels_is_limited_apart_from_all_else(demo: Running) -> None:
    demo.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})
    ada = demo.as_("owner")
    channel = created(ada, "Busy")["channel_id"]
    somebody = {"email_ids": [demo.control("GET", "/users")["users"][-1]["email"]]}
    for _ in range(10):
        assert ada.post(f"/channels/{channel}/members", json=somebody).is_success
    assert_refused(ada.post(f"/channels/{channel}/members", json=somebody), 429)
    assert ada.call("DELETE", f"/channels/{channel}/members", json=somebody).is_success


def test_the_tokens_of_the_club_are_those_that_its_page_names(club: Made) -> None:
    assert set(LABELS.values()) <= set(club.answer["tokens"])
