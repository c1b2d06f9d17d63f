"""Threads: list, follow, close and reopen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.club import ADA, EVE, GREETING, MAX, NAMES, OPEN, OPEN_CHAT, ZOE
from tests.control.worlds import Made, settled

pytest_plugins = ("tests.club_server",)


def begun(club: Made, label: str = "owner", message: str = GREETING, **more: Any) -> str:
    """A thread that somebody begins at a message; gives its chat's id."""
    body = {"text": "Agreed", "thread_message_id": message, **more}
    assert club.as_(label).post(f"/channels/{OPEN}/message", json=body).is_success
    rows = club.as_(label).get(f"/channels/{OPEN}/threads").json()["data"]
    chat: str = next(row["chat_id"] for row in rows if row["thread_message_id"] == message.replace("_", "%20"))
    return chat


def posted(club: Made, text: str) -> str:
    answer = club.as_("owner").post(f"/channels/{OPEN}/message", json={"text": text, "sync_message": True})
    message: str = answer.json()["message_id"]
    return message


def who(club: Made, thread: str, what: str = "followers") -> list[str]:
    answer = club.as_("owner").get(f"/threads/{thread}/{what}")
    assert_agreed(answer)
    return [each["user_id"] for each in answer.json()["data"]]


def test_a_thread_is_listed_with_its_last_message(club: Made) -> None:
    thread = begun(club, thread_title="Mornings")
    answer = club.as_("member").get(f"/channels/{OPEN}/threads")
    assert_agreed(answer)
    listed = answer.json()
    assert (listed["url"], listed["type"], listed["has_more"]) == ("/api/v2/threads", "chat_thread", False)
    assert listed["data"] == [
        {
            "parent_chat_id": OPEN_CHAT,
            "is_follower": False,
            "follower_count": 2,
            "chat_id": thread,
            "message_count": 1,
            "last_message_information": {
                "sender_id": ADA,
                "message_type": "text",
                "time": "2025-06-01T14:00:00+02:00",
                "text": "Agreed",
                "sender_name": "Ada Byron",
            },
            "title": "Mornings",
            "thread_message_id": "1748760000000%201",
            "parent_message_sender": EVE,
            "thread_state_info": {"thread_state": "open"},
        }
    ]
    assert "-T-" in thread
    assert club.as_("member").get(f"/chats/{OPEN_CHAT}/threads").json() == listed


def test_the_main_message_comes_with_the_newest_of_its_thread(club: Made) -> None:
    thread = begun(club, thread_title="Mornings")
    answer = club.as_("owner").get(f"/threads/{thread}/messages/main")
    assert_agreed(answer)
    main = answer.json()
    newest = main.pop("thread_message")
    assert main == {
        "is_read": True,
        "thread_state_info": {"thread_state": "open"},
        "parent_resource_id": "Front Desk",
        "sender": {"name": "Eve Novak", "id": EVE},
        "id": GREETING,
        "time": 1_748_760_000_000,
        "type": "text",
        "content": {"text": "Good morning"},
        "thread_information": {
            "is_follower": True,
            "message_count": 1,
            "follower_count": 2,
            "thread_message_id": "1748760000000%201",
            "title": "Mornings",
            "chat_id": thread,
        },
    }
    assert (newest["msg"], newest["time"]) == ("Agreed", "1748779200000")
    assert newest["id"].startswith("1748779200000_")
    assert newest["msguid"] == newest["id"].replace("_", "%20")


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, ["second", "first"]),
        ({"state": "all"}, ["second", "first"]),
        ({"state": "followed"}, ["first"]),
        ({"state": "not_followed"}, ["second"]),
        ({"type": "open"}, ["first"]),
        ({"type": "closed"}, ["second"]),
        ({"limit": "1"}, ["second"]),
        ({"limit": "5000"}, ["second", "first"]),
    ],
)
def test_a_list_has_what_its_filters_leave(query: dict[str, str], listed: list[str], club: Made) -> None:
    begun(club, "member", thread_title="first")
    second = begun(club, "owner", posted(club, "Lunch"), thread_title="second")
    club.as_("owner").call("PUT", f"/threads/{second}", json={"action": "close"})
    rows = club.as_("member").get(f"/channels/{OPEN}/threads", params=query).json()["data"]
    assert [row["title"] for row in rows] == listed


@pytest.mark.parametrize("query", [{"limit": "0"}, {"state": "mine"}, {"type": "ajar"}, {"next_token": "WzFd"}])
def test_a_query_that_cannot_be_read_is_refused(query: dict[str, str], club: Made) -> None:
    for path in (f"/channels/{OPEN}/threads", f"/chats/{OPEN_CHAT}/threads"):
        assert_refused(club.as_("owner").get(path, params=query), 400)


def test_threads_are_paged_and_told_of_since(club: Made) -> None:
    titles = [f"Thread {number}" for number in range(5)]
    threads = [begun(club, "owner", posted(club, title), thread_title=title) for title in titles]
    ada, query, seen = club.as_("owner"), {"limit": "2"}, []
    for number in range(3):
        page = ada.get(f"/channels/{OPEN}/threads", params=query).json()
        seen += [row["title"] for row in page["data"]]
        assert page["has_more"] is ("next_token" in page) is (number < 2)
        query["next_token"] = page.get("next_token", "")
    assert seen == titles[::-1]
    club.control("POST", "/clock/advance", json={"seconds": 1})
    since = {"sync_token": ada.get(f"/channels/{OPEN}/threads").json()["sync_token"]}
    ada.post(f"/chats/{threads[1]}/message", json={"text": "More"})
    ada.call("PUT", f"/threads/{threads[3]}", json={"action": "close"})
    changed = ada.get(f"/channels/{OPEN}/threads", params=since).json()["data"]
    assert [row["title"] for row in changed] == ["Thread 3", "Thread 1"]


def test_who_begins_it_and_who_wrote_the_message_follow_a_thread(club: Made) -> None:
    thread = begun(club)
    assert who(club, thread) == [ADA, EVE]
    assert who(club, thread, "nonfollowers") == [MAX]
    row = club.as_("owner").get(f"/threads/{thread}/followers").json()
    assert row["data"][0] == {"user_id": ADA, "email_id": "ada@club.test", "name": NAMES[ADA]}
    assert set(row) == {"data"}


def test_a_member_follows_by_asking_by_posting_or_by_somebody_else(club: Made) -> None:
    thread, max_ = begun(club), club.as_("member")
    unfollowed = max_.post(f"/threads/{thread}/unfollow")
    follows: list[tuple[str, str, object]] = [
        ("member", f"/threads/{thread}/follow", None),
        ("member", f"/chats/{thread}/message", {"text": "Me too"}),
        ("owner", f"/threads/{thread}/followers", {"user_ids": [MAX, EVE]}),
    ]
    for label, path, follow in follows:
        assert_agreed(unfollowed, 204)
        assert who(club, thread) == [ADA, EVE]
        for _ in range(2):
            assert_agreed(club.as_(label).post(path, json=follow), 204)
            assert who(club, thread) == [ADA, EVE, MAX]
        body = {"user_ids": MAX}
        unfollowed = club.as_("owner").call("DELETE", f"/threads/{thread}/followers", json=body)
    assert club.as_("owner").get(f"/channels/{OPEN}/threads").json()["data"][0]["follower_count"] == 2


def test_followers_are_paged(club: Made) -> None:
    thread, ada = begun(club), club.as_("owner")
    first = ada.get(f"/threads/{thread}/followers", params={"limit": "1"}).json()
    assert ([each["user_id"] for each in first["data"]], first["has_more"]) == ([ADA], True)
    last = ada.get(f"/threads/{thread}/followers", params={"limit": "1", "next_token": first["next_token"]}).json()
    assert last == {"data": [{"user_id": EVE, "email_id": "eve@club.test", "name": "Eve Novak"}]}


def test_a_token_of_another_channel_or_thread_is_refused(club: Made) -> None:
    ada = club.as_("owner")
    first, second = (begun(club, "owner", posted(club, title)) for title in ("one", "two"))
    other = ada.post("/channels", json={"name": "Other", "level": "organization"}).json()
    listed = ada.get(f"/channels/{OPEN}/threads", params={"limit": "1"}).json()
    followers = ada.get(f"/threads/{first}/followers", params={"limit": "1"}).json()
    if "next_token" not in followers:
        ada.post(f"/threads/{first}/followers", json={"user_ids": [MAX]})
        followers = ada.get(f"/threads/{first}/followers", params={"limit": "1"}).json()
    for path, name, token in (
        (f"/channels/{other['channel_id']}/threads", "next_token", listed["next_token"]),
        (f"/channels/{other['channel_id']}/threads", "sync_token", listed["sync_token"]),
        (f"/threads/{second}/followers", "next_token", followers["next_token"]),
    ):
        refused = ada.get(path, params={name: token})
        assert_refused(refused, 400)
        assert reason_of(refused).startswith(f"invalid_paging_token; have={name}=")


def test_only_who_is_in_the_channel_follows(club: Made) -> None:
    thread, ada = begun(club), club.as_("owner")
    refused = ada.post(f"/threads/{thread}/followers", json={"user_ids": [MAX, ZOE]})
    assert_refused(refused, 400)
    assert reason_of(refused).startswith(f"cannot_follow; have=user {ZOE};")
    assert_refused(ada.post(f"/threads/{thread}/followers", json={"user_ids": ["nobody"]}), 404)
    assert_refused(ada.post(f"/threads/{thread}/followers", json={"user_ids": []}), 400)
    assert who(club, thread) == [ADA, EVE]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/messages/main", None),
        ("GET", "/followers", None),
        ("POST", "/followers", {"user_ids": [MAX]}),
        ("DELETE", "/followers", {"user_ids": [MAX]}),
        ("GET", "/nonfollowers", None),
        ("POST", "/follow", None),
        ("POST", "/unfollow", None),
        ("PUT", "", {"action": "close"}),
    ],
)
def test_a_thread_is_its_channel_s(method: str, path: str, body: object, club: Made) -> None:
    thread = begun(club)
    refused = club.as_("outsider").call(method, f"/threads/{thread}{path}", json=body)
    assert_refused(refused, 403)
    assert reason_of(refused).startswith(f"not_in_threads_chat; have=user {ZOE};")
    assert club.as_("member").call(method, f"/threads/{thread}{path}", json=body).is_success
    for none in (OPEN_CHAT, "CT_1-T-1"):
        refused = club.as_("member").call(method, f"/threads/{none}{path}", json=body)
        assert_refused(refused, 404)
        assert reason_of(refused).startswith("unknown_thread;")


def test_a_closed_thread_takes_no_post_until_it_is_reopened(club: Made) -> None:
    thread, max_ = begun(club), club.as_("member")
    for _ in range(2):
        assert_agreed(max_.call("PUT", f"/threads/{thread}", json={"action": "close"}), 204)
    for path, body in (
        (f"/chats/{thread}/message", {"text": "x"}),
        (f"/channels/{OPEN}/message", {"text": "x", "thread_message_id": GREETING}),
    ):
        refused = max_.post(path, json=body)
        assert_refused(refused, 400)
        assert reason_of(refused).startswith("closed_thread;")
    state = max_.get(f"/threads/{thread}/messages/main").json()["thread_state_info"]
    assert state == {"thread_state": "closed"}
    assert_agreed(max_.call("PUT", f"/threads/{thread}", json={"action": "reopen"}), 204)
    assert max_.post(f"/chats/{thread}/message", json={"text": "x"}).is_success


def test_a_state_is_changed_by_a_known_action_and_a_bot_of_the_channel(club: Made) -> None:
    thread, ada = begun(club), club.as_("owner")
    assert_refused(ada.call("PUT", f"/threads/{thread}", json={"action": "burn"}), 400)
    assert_refused(ada.call("PUT", f"/threads/{thread}?bot_unique_name=nobody", json={"action": "close"}), 404)
    assert_agreed(ada.call("PUT", f"/threads/{thread}?bot_unique_name=porter", json={"action": "close"}), 204)
    ada.post(f"/channels/{OPEN}/archive")
    assert_refused(ada.call("PUT", f"/threads/{thread}", json={"action": "reopen"}), 400)


def test_auto_follow_is_each_member_s_own(club: Made) -> None:
    max_ = club.as_("member")
    answer = max_.call("PUT", f"/channels/{OPEN}", json={"auto_follow_threads": "enable"})
    assert_agreed(answer)
    assert answer.json() == {"status": "enabled"}
    assert who(club, begun(club)) == [ADA, EVE, MAX]
    assert max_.call("PUT", f"/channels/{OPEN}", json={"auto_follow_threads": "disable"}).json() == {
        "status": "disabled"
    }
    assert who(club, begun(club, "owner", posted(club, "Lunch"))) == [ADA]
    for body in ({"auto_follow_threads": "perhaps"}, {"auto_follow_threads": True}):
        assert_refused(max_.call("PUT", f"/channels/{OPEN}", json=body), 400)
    assert_refused(club.as_("outsider").call("PUT", f"/channels/{OPEN}", json={"auto_follow_threads": "enable"}), 403)


@pytest.mark.parametrize(
    "change", [{"description": "Loads"}, {"name": "Elsewhere"}, {"config": {"add_remove_info": "disable"}}]
)
def test_auto_follow_goes_alone_so_that_no_change_is_dropped(club: Made, change: dict[str, object]) -> None:
    owner, path = club.as_("owner"), f"/channels/{OPEN}"
    refused = owner.call("PUT", path, json={"auto_follow_threads": "enable", **change})
    assert_refused(refused, 400)
    assert (
        f"auto_follow_threads alone; {next(iter(change))} in a PUT of its own" in refused.headers["X-Mockcliq-Reason"]
    )
    for body in (change, {"auto_follow_threads": "enable", **dict.fromkeys(change)}):
        assert owner.call("PUT", path, json=body).status_code == 200


def test_who_leaves_the_channel_follows_none_of_its_threads(club: Made) -> None:
    thread = begun(club, "member")
    assert who(club, thread) == [MAX, EVE]
    club.as_("member").post(f"/channels/{OPEN}/leave")
    assert who(club, thread) == [EVE]
    club.as_("member").post(f"/channels/{OPEN}/join")
    assert who(club, thread) == [EVE]
    assert_agreed(club.as_("member").get(f"/chats/{thread}/messages"))


def test_threads_outlive_export_and_import(club: Made) -> None:
    thread = begun(club, thread_title="Kept")
    club.as_("owner").call("PUT", f"/threads/{thread}", json={"action": "close"})
    paths = [f"/channels/{OPEN}/threads", f"/threads/{thread}/messages/main", f"/threads/{thread}/followers"]
    before, document = [club.as_("owner").get(path).json() for path in paths], settled(club)
    club.control("PUT", "/state", json=document)
    club.freeze()
    assert [club.as_("owner").get(path).json() for path in paths] == before
    assert settled(club) == document
