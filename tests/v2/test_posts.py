"""Posts: to chats, channels and people, with a token or a webhook token; and what each changes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running, Serve
from tests.profiles import examples

MARKETING = "CT_2243173626687865223_P87610291-C4"
"""The demo's channel of the reference's examples, also known by its alias and its unique name."""
ALIAS = "987000000654321"
WEBHOOK = "1001.mockcliq.webhook"
TO_MARKETING = "/channelsbyname/marketing/message"


def person(server: Running, role: str | None) -> dict[str, Any]:
    """Somebody with that role, or with none."""
    users = server.control("GET", "/users")["users"]
    found: dict[str, Any] = next(user for user in users if user["role"] == role and user["active"])
    return found


def texts(server: Running, chat: str = ALIAS, label: str = "owner") -> list[str]:
    """The latest texts of a chat, oldest first."""
    rows = server.as_(label).get(f"/chats/{chat}/messages", params={"limit": 5}).json()["data"]
    return [row["content"]["text"] for row in rows]


def webhook(server: Running, path: str, token: str = WEBHOOK, **arguments: Any) -> httpx.Response:
    """A call with a webhook token in the query and no header."""
    return server.http.post(f"/api/v2{path}", params={"zapikey": token}, **arguments)


@pytest.mark.parametrize("path", [f"/chats/{ALIAS}/message", f"/chats/{MARKETING}/message", TO_MARKETING])
def test_a_post_is_in_the_chat_and_answers_nothing(path: str, demo: Running) -> None:
    assert_agreed(demo.as_("owner").post(path, json={"text": "Shift notes are ready."}), 204)
    assert texts(demo)[-1] == "Shift notes are ready."


def test_a_channel_is_found_by_its_own_id_too(demo: Running) -> None:
    chats = demo.control("GET", "/state")["chats"]
    channel = next(chat["channel"] for chat in chats if chat["id"] == MARKETING)
    assert channel["unique_name"] == "marketing"
    assert_agreed(demo.as_("owner").post(f"/channels/{channel['channel_id']}/message", json={"text": "By id."}), 204)
    assert texts(demo)[-1] == "By id."


@pytest.mark.parametrize("name", ["marketing", "Marketing", "#marketing", "%23MARKETING"])
def test_a_channel_s_name_is_taken_in_any_case_and_with_a_hash(name: str, demo: Running) -> None:
    path = f"/channelsbyname/{name.replace('#', '%23')}/message"
    assert_agreed(demo.as_("owner").post(path, json={"text": "Here."}), 204)


@pytest.mark.parametrize("asked", [True, "true", "True"])
def test_the_id_is_told_where_it_is_asked_for(asked: object, demo: Running) -> None:
    answer = demo.as_("owner").post(TO_MARKETING, json={"text": "Told.", "sync_message": asked})
    assert_agreed(answer)
    rows = demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"]
    assert answer.json() == {"message_id": rows[-1]["id"]}


@pytest.mark.parametrize("prefix", ["/api/v2", "/network/zylker/api/v2", "/company/731440/api/v2"])
@pytest.mark.parametrize("world", ["", "/w/default"])
def test_any_prefix_leads_there(prefix: str, world: str, demo: Running) -> None:
    url = f"{world}{prefix}{TO_MARKETING}"
    assert_agreed(demo.http.post(url, params={"zapikey": WEBHOOK}, json={"text": "Hello."}), 204)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "  "},
        {"text": "x" * 5001},
        {"text": 5},
        {"card": {"title": "A card alone"}},
        {"slides": [{"type": "text", "data": "alone"}]},
        {"text": "x", "sync_message": "perhaps"},
        {"text": "x", "reply_to": "no id"},
        {"text": "x", "card": "no card"},
    ],
)
def test_a_body_that_will_not_do_is_refused_and_nothing_is_posted(body: dict[str, object], demo: Running) -> None:
    before = texts(demo)
    assert_refused(demo.as_("owner").post(TO_MARKETING, json=body), 400)
    assert texts(demo) == before


@pytest.mark.parametrize(
    ("body", "need"),
    [
        ({"text": " ", "card": {"title": "t"}}, "need=a text of 1 to 5000 characters, since card cannot replace text"),
        ({"text": None, "slides": [1]}, "need=a text of 1 to 5000 characters, since slides cannot replace text"),
        ({"slides": [1], "card": {"title": "t"}}, "need=a value, since card and slides cannot replace text"),
    ],
)
def test_a_card_does_not_replace_the_text_and_the_refusal_says_so(
    body: dict[str, object], need: str, demo: Running
) -> None:
    refused = demo.as_("owner").post(TO_MARKETING, json=body)
    assert_refused(refused, 400)
    assert need in reason_of(refused)


@pytest.mark.parametrize("key", ["txt", "Text", "text "])
def test_a_misspelt_key_is_told_beside_the_one_that_is_missing(key: str, demo: Running) -> None:
    refused = demo.as_("owner").post(TO_MARKETING, json={key: "Hi", "bot": {"name": "b"}})
    assert_refused(refused, 400)
    assert f"have=text=missing; need=a value by this name, not by {key}".strip() in reason_of(refused)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": ""},
        {"text": "", "card": None, "slides": []},
        {"text": "x" * 5001, "card": {"title": "t"}},
        {"text": "x", "card": "no card"},
    ],
)
def test_only_a_text_that_is_empty_beside_a_card_is_refused_in_those_words(
    body: dict[str, object], demo: Running
) -> None:
    refused = demo.as_("owner").post(TO_MARKETING, json=body)
    assert_refused(refused, 400)
    assert "replace" not in reason_of(refused)


def test_the_longest_text_is_taken(demo: Running) -> None:
    assert_agreed(demo.as_("owner").post(TO_MARKETING, json={"text": "ä" * 5000}), 204)


def test_a_rich_message_is_one_row_with_all_that_was_sent(demo: Running) -> None:
    rich = {
        "card": {"title": "Build 7", "theme": "modern-inline", "thumbnail": "https://img.test/7.png"},
        "slides": [{"type": "table", "title": "Steps", "data": {"headers": ["a"], "rows": [{"a": "1"}]}}],
        "buttons": [{"label": "Open", "type": "+", "action": {"type": "open.url", "data": {"web": "https://ci.test"}}}],
    }
    before = len(demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"])
    assert_agreed(demo.as_("owner").post(TO_MARKETING, json={"text": "Passed", **rich}), 204)
    rows = demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"]
    assert (len(rows), rows[-1]["type"], rows[-1]["content"]) == (before + 1, "card", {"text": "Passed", **rich})


def test_a_name_and_a_picture_of_its_own_are_shown(demo: Running) -> None:
    look = {"name": "Deploys", "image": "https://img.test/d.png"}
    assert_agreed(demo.as_("owner").post(TO_MARKETING, json={"text": "Out.", "bot": look}), 204)
    row = demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"][-1]
    assert row["sender"] == {"name": "Deploys", "id": person(demo, "owner")["id"]}


def test_a_reply_names_a_message_of_the_chat(demo: Running) -> None:
    owner = demo.as_("owner")
    first = owner.get(f"/chats/{ALIAS}/messages").json()["data"][0]["id"]
    for spelt in (first, first.replace("_", "%20"), first.replace("_", " ")):
        assert_agreed(owner.post(TO_MARKETING, json={"text": "Yes.", "reply_to": spelt}), 204)
    refused = owner.post(TO_MARKETING, json={"text": "Yes.", "reply_to": "1_1"})
    assert_refused(refused, 404)
    assert reason_of(refused).startswith("unknown_parent; have=reply_to=1_1")


@pytest.mark.parametrize("key", ["reply_to", "thread_message_id"])
@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_message_id_is_none(key: str, nothing: str | None, demo: Running) -> None:
    assert_agreed(demo.as_("owner").post(TO_MARKETING, json={"text": "No answer.", key: nothing}), 204)
    row = demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"][-1]
    assert row["content"] == {"text": "No answer."}


def test_a_bot_that_is_nowhere_near_is_told_where_it_would_have_to_be(demo: Running) -> None:
    owner = demo.as_("owner")
    chat = next(row["chat_id"] for row in owner.get("/chats").json()["chats"] if row["chat_type"] == "dm")
    refused = owner.post(f"/chats/{chat}/message", params={"bot_unique_name": "buildbot"}, json={"text": "x"})
    assert reason_of(refused) == "bot_not_member; have=bot buildbot; need=a bot of a channel"


def test_people_and_new_channels_are_of_one_organisation(demo: Running) -> None:
    owner = demo.as_("owner")
    made = owner.post("/channels", json={"name": "Kiln", "level": "organization"}).json()
    (first, *_) = owner.get("/users").json()["data"]
    assert made["organization_id"] == first["organization_id"]


# Who may


def test_who_is_no_member_cannot_post_to_a_channel(demo: Running) -> None:
    for path in (TO_MARKETING, f"/chats/{MARKETING}/message"):
        assert_refused(demo.as_("outsider").post(path, json={"text": "Let me in."}), 403)


def test_a_channel_that_nobody_has_is_told_with_the_line_that_makes_it(demo: Running) -> None:
    refused = demo.as_("owner").post("/channelsbyname/alerts/message", json={"text": "x"})
    assert_refused(refused, 404)
    assert reason_of(refused).startswith("unknown_channel; have=alerts; need=the unique name of a channel")
    latest = demo.control("GET", "/requests?limit=1")["requests"][0]["id"]
    explanation = demo.control("GET", f"/requests/{latest}")["explanation"]
    assert '"name": "alerts"' in explanation["advice"]


def test_the_scope_is_the_webhooks_one(demo: Running) -> None:
    refused = demo.as_("readonly").post(TO_MARKETING, json={"text": "x"})
    assert_refused(refused, 403)
    assert "need=ZohoCliq.Webhooks.CREATE" in reason_of(refused)


# Webhook tokens


def test_a_webhook_token_posts_as_its_owner(demo: Running) -> None:
    assert_agreed(webhook(demo, TO_MARKETING, json={"text": "From a hook."}), 204)
    row = demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"][-1]
    assert (row["content"]["text"], row["sender"]["id"]) == ("From a hook.", person(demo, "owner")["id"])


def test_a_header_goes_before_a_webhook_token(demo: Running) -> None:
    params = {"zapikey": WEBHOOK}
    assert_agreed(demo.as_("member").call("POST", TO_MARKETING, params=params, json={"text": "Mine."}), 204)
    row = demo.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"][-1]
    assert row["sender"]["id"] == person(demo, "member")["id"]
    refused = demo.http.post(
        f"/api/v2{TO_MARKETING}", params=params, json={"text": "x"}, headers={"Authorization": "Bearer 1000.nobody"}
    )
    assert_refused(refused, 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/chats"), ("GET", f"/chats/{ALIAS}/messages"), ("POST", f"/chats/{ALIAS}/mute")],
)
def test_elsewhere_a_webhook_token_is_refused(method: str, path: str, demo: Running) -> None:
    refused = demo.http.request(method, f"/api/v2{path}", params={"zapikey": WEBHOOK})
    assert_refused(refused, 401)
    assert reason_of(refused).startswith("webhook_token_not_taken;")


@pytest.mark.parametrize("token", ["", "1001.nobody", "1000.mockcliq.owner"])
def test_what_is_no_webhook_token_is_refused(token: str, demo: Running) -> None:
    refused = webhook(demo, TO_MARKETING, token, json={"text": "x"})
    assert_refused(refused, 401)
    assert reason_of(refused).startswith("no_webhook_token;")
    assert "1000.mockcliq.owner" not in reason_of(refused)


def test_a_webhook_token_is_none_for_the_header(demo: Running) -> None:
    headers = {"Authorization": f"Zoho-oauthtoken {WEBHOOK}"}
    refused = demo.http.post(f"/api/v2{TO_MARKETING}", headers=headers, json={"text": "x"})
    assert_refused(refused, 401)
    assert reason_of(refused).startswith("webhook_token_in_header;")


@pytest.mark.parametrize("how", ["query", "header"])
def test_the_authtoken_is_retired(how: str, demo: Running) -> None:
    params = {"authtoken": "0123456789abcdef"} if how == "query" else {}
    headers = {} if how == "query" else {"Authorization": "Zoho-authtoken 0123456789abcdef"}
    refused = demo.http.post(f"/api/v2{TO_MARKETING}", params=params, headers=headers, json={"text": "x"})
    assert_refused(refused, 401)
    assert reason_of(refused).startswith("authtoken_retired;")


def test_secrets_of_the_query_are_shown_nowhere(demo: Running) -> None:
    params = {
        "zapikey": "1001.0123456789abcdef0123456789abcdef.fedcba",
        "appkey": "appkey0123456789",
        "authtoken": "a" * 32,
    }
    demo.http.post(f"/api/v2{TO_MARKETING}", params=params, json={"text": "x"})
    shown = demo.http.get("/_mockcliq/requests?limit=1").text
    entry = demo.control("GET", "/requests?limit=1")["requests"][0]["id"]
    shown += demo.http.get(f"/_mockcliq/requests/{entry}").text
    for secret in params.values():
        assert secret not in shown


def test_a_made_world_has_a_webhook_token_of_its_own_that_leads_there(demo: Running) -> None:
    made = demo.control("POST", "/worlds", json={"id": "hooked", "world": "demo"})
    assert made["tokens"]["webhook"] == "1001.hooked.webhook"
    before = texts(demo)
    assert_agreed(webhook(demo, TO_MARKETING, "1001.hooked.webhook", json={"text": "In the other world."}), 204)
    assert texts(demo) == before
    rows = demo.http.get(
        f"/api/v2/chats/{ALIAS}/messages", headers={"Authorization": "Bearer 1000.hooked.owner"}
    ).json()["data"]
    assert rows[-1]["content"]["text"] == "In the other world."


# One person to another


def test_a_message_to_somebody_begins_their_chat(demo: Running) -> None:
    """It is found in both lists, at the top."""
    made = demo.control("POST", "/worlds", json={"id": "quiet", "world": "empty"})
    owner, member = (made["tokens"][label] for label in ("owner", "member"))
    people = {user["role"]: user for user in made["users"]}

    def call(token: str, method: str, path: str, **arguments: Any) -> httpx.Response:
        return demo.http.request(method, f"/api/v2{path}", headers={"Authorization": f"Bearer {token}"}, **arguments)

    for key in (people["member"]["email"], people["member"]["id"]):
        answer = call(owner, "POST", f"/buddies/{key}/message", json={"text": "Hello", "sync_message": True})
        assert set(answer.json()) == {"message_id"}
    for token, other in ((owner, "member"), (member, "owner")):
        (chat,) = call(token, "GET", "/chats").json()["chats"]
        assert (chat["chat_type"], chat["participant_count"], chat["name"]) == ("dm", 2, people[other]["name"])
        assert chat["last_message_info"]["text"] == "Hello"
        rows = call(token, "GET", f"/chats/{chat['chat_id']}/messages").json()["data"]
        assert [row["content"]["text"] for row in rows] == ["Hello", "Hello"]


def test_nobody_writes_to_themselves(demo: Running) -> None:
    refused = demo.as_("owner").post(f"/buddies/{person(demo, 'owner')['email']}/message", json={"text": "x"})
    assert_refused(refused, 400)
    assert reason_of(refused).startswith("self_message;")


def test_a_person_that_there_is_not_is_told(demo: Running) -> None:
    refused = demo.as_("owner").post("/buddies/nobody@zylker.example/message", json={"text": "x"})
    assert_refused(refused, 404, code="operation_failed")
    assert reason_of(refused).startswith("unknown_user; have=nobody@zylker.example")


# What a post changes


def test_a_post_moves_the_chat_to_the_top_of_each_one_s_list(demo: Running) -> None:
    owner = demo.as_("owner")
    chat = next(row for row in reversed(owner.chats()) if row["chat_type"] == "chat" and "last_message_info" in row)
    assert_agreed(owner.post(f"/chats/{chat['chat_id']}/message", json={"text": "Back to this."}), 204)
    top = owner.chats()[0]
    assert (top["chat_id"], top["last_message_info"]["text"]) == (chat["chat_id"], "Back to this.")
    assert top["last_message_info"]["sender_id"] == person(demo, "owner")["id"]


def test_a_reset_takes_posts_back(demo: Running) -> None:
    before = demo.as_("owner").get(f"/chats/{ALIAS}/messages").content
    demo.as_("owner").post(TO_MARKETING, json={"text": "Gone soon."})
    demo.control("POST", "/reset")
    assert demo.as_("owner").get(f"/chats/{ALIAS}/messages").content == before


@pytest.fixture
def own(serve: Serve) -> Running:
    """A demo of the test's own: an import becomes what a reset goes back to."""
    return serve(rate_limit=False)


@given(
    posts=st.lists(
        st.tuples(st.text(min_size=1, max_size=40).filter(str.strip), st.sampled_from(["owner", "member"])),
        min_size=1,
        max_size=5,
    )
)
@examples(30)
def test_what_is_posted_is_read_in_its_order_and_survives_an_export(posts: list[tuple[str, str]], own: Running) -> None:
    own.start_over()
    for text, label in posts:
        assert_agreed(own.as_(label).post(TO_MARKETING, json={"text": text}), 204)
    written = own.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"][-len(posts) :]
    sent = [(text, person(own, label)["id"]) for text, label in posts]
    assert [(row["content"]["text"], row["sender"]["id"]) for row in written] == sent
    state = own.control("GET", "/state")
    own.control("PUT", "/state", json=state)
    assert own.as_("owner").get(f"/chats/{ALIAS}/messages").json()["data"][-len(posts) :] == written


def test_posts_have_a_threshold_of_fifty_and_a_lock_of_ten_minutes(demo: Running) -> None:
    demo.control("POST", "/limits/exhaust", json={"operation": "post_message_to_channel_by_name"})
    assert_refused(demo.as_("owner").post(TO_MARKETING, json={"text": "x"}), 429)
    (row,) = (
        each
        for each in demo.control("GET", "/limits")["limits"]
        if each["operation"] == "post_message_to_channel_by_name"
    )
    assert (row["threshold"], row["window_s"], row["lock_s"]) == (50, 60, 600)


# Threads


def test_a_post_at_a_message_begins_a_thread_which_goes_on(demo: Running) -> None:
    owner = demo.as_("owner")
    parent = owner.post(TO_MARKETING, json={"text": "Who takes this?", "sync_message": True}).json()["message_id"]
    for text in ("I do.", "Thank you."):
        assert_agreed(owner.post(TO_MARKETING, json={"text": text, "thread_message_id": parent}), 204)
    begun = {"chat": MARKETING, "message": parent}
    threads = [chat for chat in demo.control("GET", "/state")["chats"] if chat.get("thread") == begun]
    assert [chat["type"] for chat in threads] == ["thread"]
    thread = threads[0]["id"]
    assert texts(demo, thread) == ["I do.", "Thank you."]
    assert_agreed(owner.post(f"/chats/{thread}/message", json={"text": "Done.", "post_in_parent": True}), 204)
    assert (texts(demo, thread)[-1], texts(demo)[-1]) == ("Done.", "Done.")
    assert thread not in {chat["chat_id"] for chat in owner.chats()}


def test_no_thread_begins_in_a_thread(demo: Running) -> None:
    owner = demo.as_("owner")
    parent = owner.post(TO_MARKETING, json={"text": "Who?", "sync_message": True}).json()["message_id"]
    owner.post(TO_MARKETING, json={"text": "I", "thread_message_id": parent})
    chats = demo.control("GET", "/state")["chats"]
    thread = next(chat for chat in chats if chat.get("thread", {}).get("message") == parent)
    path, answer = f"/chats/{thread['id']}/message", thread["messages"][0]["id"]
    refused = owner.post(path, json={"text": "No", "thread_message_id": answer})
    assert_refused(refused, 400)
    assert reason_of(refused).startswith("thread_in_thread;")
    # What answers a message of the thread is shown in the channel without it.
    assert_agreed(owner.post(path, json={"text": "Both", "reply_to": answer, "post_in_parent": True}), 204)
    assert (texts(demo, thread["id"])[-1], texts(demo)[-1]) == ("Both", "Both")


@pytest.mark.parametrize("place", ["a channel", "two people"])
def test_a_closed_thread_takes_no_posts(place: str, demo: Running) -> None:
    owner = demo.as_("owner")
    path = TO_MARKETING if place == "a channel" else f"/buddies/{person(demo, 'member')['id']}/message"
    parent = owner.post(path, json={"text": "Who?", "sync_message": True}).json()["message_id"]
    owner.post(path, json={"text": "I", "thread_message_id": parent})
    chats = demo.control("GET", "/state")["chats"]
    thread = next(chat["id"] for chat in chats if chat.get("thread", {}).get("message") == parent)
    assert_agreed(owner.call("PUT", f"/threads/{thread}", json={"action": "close"}), 204)
    refused = owner.post(f"/chats/{thread}/message", json={"text": "Late"})
    assert_refused(refused, 400)
    assert reason_of(refused).startswith("closed_thread;")
    assert texts(demo, thread) == ["I"]


# What is refused changes nothing


@pytest.mark.parametrize("levels", [98, 99, 200, 254, 5000])
@pytest.mark.parametrize("key", ["slides", "card", "buttons"])
def test_json_is_nested_so_deep_and_no_deeper(levels: int, key: str, demo: Running) -> None:
    """What is taken can be read again, everywhere."""
    value = '{"a":' * levels + "1" + "}" * levels if key == "card" else "[" * levels + "1" + "]" * levels
    body = f'{{"text": "deep", "{key}": {value}}}'
    answer = demo.as_("owner").post(TO_MARKETING, content=body.encode())
    if levels < 99:  # the body and the number at the bottom are levels, too
        assert_agreed(answer, 204)
    else:
        assert_refused(answer, 400)
        assert "at most 100 levels" in reason_of(answer) or "a JSON object" in reason_of(answer)
    assert_agreed(demo.as_("owner").get(f"/chats/{ALIAS}/messages"))
    assert demo.http.get("/_mockcliq/state").status_code == 200


def test_a_bot_s_message_reaches_all_or_nobody(demo: Running) -> None:
    owner, member = person(demo, "owner"), person(demo, "member")
    sent = (
        demo.as_("owner")
        .post("/bots/buildbot/message", json={"text": "One", "userids": owner["id"], "sync_message": True})
        .json()["message_details"][owner["id"]]
    )
    before = demo.control("GET", "/state")
    answered = {"text": "x", "userids": f"{owner['id']},{member['id']}", "reply_to": sent["message_id"]}
    assert_refused(demo.as_("owner").post("/bots/buildbot/message", json=answered), 404)
    assert demo.control("GET", "/state")["chats"] == before["chats"]


@pytest.mark.parametrize("nobody", ["", [], ",", " , "])
def test_userids_of_nobody_are_refused(nobody: object, demo: Running) -> None:
    before = demo.control("GET", "/state")["chats"]
    assert_refused(demo.as_("owner").post("/bots/buildbot/message", json={"text": "x", "userids": nobody}), 400)
    assert demo.control("GET", "/state")["chats"] == before


def test_an_archived_channel_changes_no_more(demo: Running) -> None:
    owner = demo.as_("owner")
    made = owner.post("/channels", json={"name": "Old news", "level": "organization"}).json()
    mine = owner.post(f"/chats/{made['chat_id']}/message", json={"text": "Mine", "sync_message": True}).json()
    assert_agreed(owner.post(f"/channels/{made['channel_id']}/archive"), 204)
    message = f"/chats/{made['chat_id']}/messages/{mine['message_id']}"
    for refused in (
        owner.call("PUT", message, json={"text": "Changed"}),
        owner.delete(message),
        owner.post(f"{message}/reactions", json={"emoji_code": ":smile:"}),
        owner.post(f"/chats/{made['chat_id']}/message", json={"text": "More"}),
    ):
        assert_refused(refused, 400)
        assert reason_of(refused).startswith("archived_channel;")


def test_an_address_is_found_in_any_case(demo: Running) -> None:
    address = person(demo, "member")["email"].upper()
    assert_agreed(demo.as_("owner").post(f"/buddies/{address}/message", json={"text": "Hello"}), 204)
    assert demo.as_("owner").get(f"/users/{address}").json()["data"]["id"] == person(demo, "member")["id"]


def test_a_post_with_the_clock_set_back_stands_where_its_time_is(demo: Running) -> None:
    people = [person(demo, "owner")["id"], person(demo, "member")["id"], person(demo, None)["id"]]
    chat = demo.control("POST", "/chats", json={"type": "chat", "name": "Empty", "members": people})["id"]
    for label in ("owner", "member"):
        assert demo.as_(label).chats(limit=3)[0]["chat_id"] == chat
    demo.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-05-20T00:00:00Z"})
    assert_agreed(demo.as_("owner").post(f"/chats/{chat}/message", json={"text": "Old"}), 204)
    for label in ("owner", "member"):
        whole = [row["chat_id"] for row in demo.as_(label).chats(modified_after=1)]
        with_message = [row["chat_id"] for row in demo.as_(label).chats() if "last_message_info" in row]
        assert with_message == whole
