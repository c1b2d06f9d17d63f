"""The messages of a chat: read, edited, deleted."""

from __future__ import annotations

import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running

ALIAS = "987000000654321"
MESSAGES = f"/chats/{ALIAS}/messages"
POST = f"/chats/{ALIAS}/message"


def posted(server: Running, text: str, label: str = "owner") -> str:
    """Post, and give the message's id."""
    answer = server.as_(label).post(POST, json={"text": text, "sync_message": True})
    return str(answer.json()["message_id"])


def test_a_row_is_as_the_reference_shows_it(demo: Running) -> None:
    """Oldest first; its time is a number."""
    rows = demo.as_("owner").get(MESSAGES).json()["data"]
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    message = posted(demo, "The crate arrived at dock 4.")
    row = demo.as_("owner").get(MESSAGES).json()["data"][-1]
    assert list(row) == ["sender", "id", "time", "type", "content"]
    assert (row["id"], row["time"], row["type"]) == (message, int(message.partition("_")[0]), "text")
    assert row["content"] == {"text": "The crate arrived at dock 4."}
    assert demo.as_("owner").get(f"{MESSAGES}/{message}").json() == row


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (3, 3), (100, 100), (1000, 100), (None, 100)])
def test_the_newest_are_given_up_to_the_limit(limit: int | None, expected: int, demo: Running) -> None:
    demo.control("PUT", "/limits", json={"threshold": 1_000_000})
    for number in range(101):
        posted(demo, str(number))
    query = {} if limit is None else {"limit": str(limit)}
    rows = demo.as_("owner").get(MESSAGES, params=query).json()["data"]
    assert [row["content"]["text"] for row in rows] == [str(number) for number in range(101 - expected, 101)]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.5"])
def test_a_limit_below_one_is_refused(limit: str, demo: Running) -> None:
    assert_refused(demo.as_("owner").get(MESSAGES, params={"limit": limit}), 400)


def test_a_time_s_bounds_are_inclusive(demo: Running) -> None:
    rows = demo.as_("owner").get(MESSAGES).json()["data"]
    first, last = rows[2]["time"], rows[4]["time"]
    found = demo.as_("owner").get(MESSAGES, params={"fromtime": first, "totime": last}).json()["data"]
    assert found == rows[2:5]
    newest = demo.as_("owner").get(MESSAGES, params={"fromtime": first, "totime": last, "limit": 2}).json()["data"]
    assert newest == rows[3:5]
    assert demo.as_("owner").get(MESSAGES, params={"fromtime": last, "totime": first}).json() == {"data": []}


def test_a_message_is_edited_by_its_author_alone(demo: Running) -> None:
    message = posted(demo, "Frist")
    for spelt in (message, message.replace("_", "%20"), message.replace("_", "%2520")):
        assert_agreed(demo.as_("owner").call("PUT", f"{MESSAGES}/{spelt}", json={"text": f"First {len(spelt)}"}), 204)
        row = demo.as_("owner").get(f"{MESSAGES}/{message}").json()
        assert row["content"] == {"text": f"First {len(spelt)}"}
    refused = demo.as_("member").call("PUT", f"{MESSAGES}/{message}", json={"text": "Mine"})
    assert_refused(refused, 403)
    assert reason_of(refused).startswith("not_the_author;")


def test_an_edit_that_adds_a_card_makes_a_card_of_it(demo: Running) -> None:
    owner = demo.as_("owner")
    path = f"{MESSAGES}/{posted(demo, 'Built')}"
    assert_agreed(owner.call("PUT", path, json={"text": "Built again"}), 204)
    assert owner.get(path).json()["type"] == "text"
    assert_agreed(owner.call("PUT", path, json={"text": "Built", "card": {"title": "Build 7"}}), 204)
    row = owner.get(path).json()
    assert (row["type"], row["content"]) == ("card", {"text": "Built", "card": {"title": "Build 7"}})
    owner.call("PUT", path, json={"text": "Built well"})
    assert owner.get(path).json()["type"] == "card"


def test_of_a_file_the_caption_is_edited(demo: Running) -> None:
    owner = demo.as_("owner")
    owner.post(f"/chats/{ALIAS}/files", files=[("file", ("plan.txt", b"x"))], data={"comment": "The plan"})
    path = f"{MESSAGES}/{owner.get(MESSAGES).json()['data'][-1]['id']}"
    assert_agreed(owner.call("PUT", path, json={"text": "The new plan"}), 204)
    row = owner.get(path).json()
    assert (row["type"], row["content"]["comment"], "text" in row["content"]) == ("file", "The new plan", False)
    told = demo.control("GET", f"/messages?chat={ALIAS}&limit=1")["messages"][0]
    assert (told["text"], told["file"]["comment"]) == ("", "The new plan")
    refused = owner.call("PUT", path, json={"text": "x", "card": {"title": "t"}})
    assert_refused(refused, 400)
    assert "have=card=given; need=text alone" in reason_of(refused)


def test_what_tells_of_who_came_is_nobody_s_to_edit(demo: Running) -> None:
    owner = demo.as_("owner")
    row = owner.post("/channels", json={"name": "Night shift", "level": "organization"}).json()
    demo.as_("member").post(f"/channels/{row['channel_id']}/join")
    path = f"/chats/{row['chat_id']}/messages"
    (info,) = owner.get(path).json()["data"]
    refused = demo.as_("member").call("PUT", f"{path}/{info['id']}", json={"text": "Not me"})
    assert_refused(refused, 400)
    assert reason_of(refused).startswith("info_message; ")
    assert owner.get(path).json()["data"] == [info]
    assert demo.control("GET", f"/messages?chat={row['chat_id']}")["messages"][0]["text"] == ""


def test_a_deleted_message_stays_as_a_row_without_content(demo: Running) -> None:
    message = posted(demo, "Never mind")
    assert_agreed(demo.as_("owner").delete(f"{MESSAGES}/{message}"), 204)
    row = demo.as_("owner").get(MESSAGES).json()["data"][-1]
    assert (row["id"], row["content"]) == (message, {"text": ""})
    refused = demo.as_("owner").call("PUT", f"{MESSAGES}/{message}", json={"text": "Back"})
    assert_refused(refused, 400)
    assert_agreed(demo.as_("owner").delete(f"{MESSAGES}/{message}"), 204)


def test_a_message_of_another_chat_or_none_is_not_found(demo: Running) -> None:
    other = next(row for row in demo.as_("owner").chats() if "last_message_info" in row)["chat_id"]
    theirs = demo.as_("owner").get(f"/chats/{other}/messages").json()["data"][0]["id"]
    for message in (theirs, "1_1"):
        refused = demo.as_("owner").get(f"{MESSAGES}/{message}")
        assert_refused(refused, 404)
        assert reason_of(refused).startswith("no_such_message;")
    assert_refused(demo.as_("owner").get(f"{MESSAGES}/nonsense"), 400)


def test_who_is_not_in_the_chat_reads_nothing(demo: Running) -> None:
    assert_refused(demo.as_("outsider").get(MESSAGES), 403)
