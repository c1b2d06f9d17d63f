"""Chats, messages and drafts that a test arranges: the very next read of the emulated API shows them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Running, Serve
from tests.control.worlds import Made, make, refusal, told
from tests.office import ADA, EVE, EVERYONE, EVERYONE_ALIAS, LAUNCH, MAX, OLGA, QUIET, WITH_EVE, WITH_MAX
from tests.profiles import examples

pytest_plugins = ["tests.office_server"]

NOON_MS = 1_748_779_200_000


@pytest.fixture
def world(office: Running) -> Made:
    """The office as a world of the test's own, at noon."""
    world = make(office, rate_limit=False)
    world.freeze()
    return world


def listed(world: Made, label: str = "owner", **query: Any) -> list[str]:
    """The ids of somebody's list."""
    return [row["chat_id"] for row in world.as_(label).chats(**query)]


def row(world: Made, chat: str, label: str = "owner") -> dict[str, Any]:
    """A chat as somebody's list shows it."""
    return next(each for each in world.as_(label).chats() if each["chat_id"] == chat)


def say(world: Made, chat: str, sender: str, text: str = "Hello", **more: Any) -> Any:
    """Write a message."""
    return world.control("POST", f"/chats/{chat}/messages", json={"sender": sender, "text": text, **more})


# Chats


@pytest.mark.parametrize(("kind", "name"), [("dm", "Eve Novak"), ("chat", "Plans")])
def test_a_new_chat_stands_in_its_people_s_lists_at_once(world: Made, kind: str, name: str) -> None:
    assert listed(world)
    made = world.control("POST", "/chats", json={"type": kind, "name": "Plans", "members": ["ada@office.test", EVE]})
    assert next(iter(made)) == "id"
    assert listed(world)[0] == listed(world, "eve")[0] == made["id"]
    assert made["id"] not in listed(world, "member")
    shown = row(world, made["id"])
    assert (shown["name"], shown["chat_type"], shown["participant_count"]) == (name, kind, 2)
    assert shown["recipients_summary"] == [{"user_id": EVE, "name": "Eve Novak"}]
    assert shown["creator_id"] == ADA
    assert "last_message_info" not in shown
    members = world.as_("owner").get(f"/chats/{made['id']}/members").json()["members"]
    assert [each["user_id"] for each in members] == [ADA, EVE]


def test_a_channel_is_in_no_list_but_can_be_called(world: Made) -> None:
    made = world.control("POST", "/chats", json={"type": "channel", "name": "#new", "members": [MAX, ADA]})
    assert made["id"] not in listed(world)
    assert made["id"].startswith("CT_")
    assert len(world.as_("owner").get(f"/chats/{made['id']}/members").json()["members"]) == 2
    assert made["id"] in [each["id"] for each in world.control("GET", f"/chats?user={ADA}")["chats"]]


def test_a_chat_may_have_an_id_of_ones_choice(world: Made) -> None:
    assert world.control("POST", "/chats", json={"type": "chat", "members": [ADA], "id": 7})["id"] == "7"
    assert world.as_("owner").post("/chats/7/mute").status_code == 204
    made = [world.control("POST", "/chats", json={"type": "chat", "members": [ADA]})["id"] for _ in range(3)]
    assert len({*made, "7"}) == 4


@pytest.mark.parametrize("chat_id", [LAUNCH, EVERYONE, EVERYONE_ALIAS])
def test_an_id_or_alias_that_is_taken_is_a_409(world: Made, chat_id: str) -> None:
    status, detail = told(world.call("POST", "/chats", json={"type": "chat", "members": [ADA], "id": chat_id}))
    assert (status, repr(chat_id) in detail) == (409, True)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ({"type": "dm", "members": [ADA]}, "members"),
        ({"type": "dm", "members": [ADA, ADA]}, "members"),
        ({"type": "dm", "members": [ADA, "ada@office.test"]}, "members"),
        ({"type": "dm", "members": [ADA, MAX, EVE]}, "members"),
        ({"type": "chat", "members": []}, "members"),
        ({"type": "chat", "members": [ADA, "nobody@office.test"]}, "nobody@office.test"),
        ({"type": "chat", "members": [ADA, ""]}, "user"),
        ({"type": "thread", "members": [ADA]}, "type"),
        ({"type": "chat", "members": [ADA], "id": "a b"}, "id"),
        ({"type": "chat", "members": [ADA], "id": ""}, "id"),
        ({"type": "chat", "members": [ADA], "title": "x"}, "title"),
        ({"members": [ADA]}, "type"),
        ({"type": "chat"}, "members"),
    ],
)
def test_a_chat_that_cannot_be_is_refused_and_not_made(world: Made, order: dict[str, Any], key: str) -> None:
    before = world.control("GET", "/chats")
    status, detail = told(world.call("POST", "/chats", json=order))
    assert (status, key in detail) == (422, True), detail
    assert world.control("GET", "/chats") == before


def test_a_channel_is_made_as_a_world_file_has_it(world: Made) -> None:
    world.control("POST", "/bots", json={"unique_name": "buildbot"})
    own = {
        "channel_id": "P77",
        "unique_name": "ops-2",
        "level": "private",
        "description": "On call",
        "roles": {"ada@office.test": "moderator", MAX: "super_admin"},
        "bots": ["buildbot"],
    }
    order = {"type": "channel", "name": "Ops", "members": [MAX, ADA], "channel": own}
    made = world.control("POST", "/chats", json=order)
    document = next(each for each in world.control("GET", "/state")["chats"] if each["id"] == made["id"])
    assert document["channel"] == {**own, "status": "created", "roles": {ADA: "moderator", MAX: "super_admin"}}
    for path in ("/channels/P77/message", "/channelsbyname/ops-2/message?bot_unique_name=buildbot"):
        assert world.as_("owner").post(path, json={"text": "Hello"}).status_code == 204


def test_a_channel_of_nobody_in_particular_is_the_owner_s_and_everybody_s_but_the_outsider_s(world: Made) -> None:
    made = world.control("POST", "/chats", json={"type": "channel", "name": "Build Alerts"})
    assert [each["user"] for each in made["participants"]] == [ADA, MAX, EVE]
    assert made["creator"] == ADA
    for label, status in (("owner", 204), ("member", 204), ("outsider", 403)):
        answer = world.as_(label).post("/channelsbyname/buildalerts/message", json={"text": "Hello"})
        assert answer.status_code == status


def test_channels_without_names_are_told_apart(world: Made) -> None:
    made = [world.control("POST", "/chats", json={"type": "channel"})["id"] for _ in range(3)]
    chats = {each["id"]: each for each in world.control("GET", "/state")["chats"]}
    assert len({chats[chat]["channel"]["unique_name"] for chat in made}) == 3


@pytest.mark.parametrize(
    ("order", "status", "said"),
    [
        ({"name": "ALERTS"}, 409, "name: there is a channel 'alerts'"),
        ({"name": "x", "channel": {"unique_name": "alerts"}}, 409, "channel.unique_name"),
        ({"name": "x", "channel": {"channel_id": "T5"}}, 409, "channel.channel_id"),
        ({"name": "x", "channel": {"unique_name": "Two Words"}}, 422, "channel.unique_name"),
        ({"name": "x", "channel": {"bots": ["nobot"]}}, 422, "'nobot'"),
        ({"name": "x", "channel": {"roles": {"nobody": "admin"}}}, 422, "'nobody'"),
        ({"name": "x", "channel": {"level": "galaxy"}}, 422, "level"),
        ({"name": "x", "channel": {"colour": "red"}}, 422, "colour"),
        ({"type": "chat", "members": [ADA], "channel": {}}, 422, "channel"),
        ({"type": "bot", "members": [ADA]}, 422, "type"),
    ],
)
def test_a_channel_that_cannot_be_is_refused(world: Made, order: dict[str, Any], status: int, said: str) -> None:
    there = {"channel_id": "T5", "level": "team"}
    world.control("POST", "/chats", json={"type": "channel", "name": "alerts", "channel": there})
    before = world.control("GET", "/chats")
    answered, detail = told(world.call("POST", "/chats", json={"type": "channel", **order}))
    assert (answered, said in detail) == (status, True), detail
    assert world.control("GET", "/chats") == before


# What is there


def test_chats_are_shown_as_they_are_whoever_looks(world: Made) -> None:
    assert world.as_("owner").post(f"/chats/{LAUNCH}/mute").status_code == 204
    launch = world.control("GET", f"/chats/{LAUNCH}")
    assert launch["participants"] == [
        {"user": MAX, "name": "Max Planck", "muted": False, "pinned": False, "draft": "Wait"},
        {"user": ADA, "name": "Ada Byron", "muted": True, "pinned": True, "draft": None},
        {"user": EVE, "name": "Eve Novak", "muted": False, "pinned": False, "draft": None},
    ]
    assert (launch["name"], launch["creator"], launch["messages"]) == ("Launch", MAX, 2)
    assert launch["created"] == "2025-05-02T08:00:00.000Z"
    assert launch["last_message"]["text"] == "We launch at noon"
    assert world.control("GET", f"/chats/{EVERYONE_ALIAS}") == world.control("GET", f"/chats/{EVERYONE}")
    assert world.control("GET", f"/chats/{EVERYONE}")["aliases"] == [EVERYONE_ALIAS]


def test_a_pin_is_shown_until_its_time_is_over(world: Made) -> None:
    body = {"id": "1748689200000_7001", "expiry_time": 60_000}
    assert world.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=body).status_code == 200
    launch = world.control("GET", f"/chats/{LAUNCH}")
    assert launch["pinned_message"] == "1748689200000_7001"
    assert launch["pin"] == {
        "message": "1748689200000_7001",
        "text": "We launch at noon",
        "creator": ADA,
        "creator_name": "Ada Byron",
        "created": "2025-06-01T12:00:00.000Z",
        "expires": "2025-06-01T12:01:00.000Z",
    }
    listed_chats = world.control("GET", f"/chats?user={EVE}")["chats"]
    assert any(each.items() <= launch.items() for each in listed_chats), "one alone is shown with more"
    world.control("POST", "/clock/advance", json={"seconds": 60})
    launch = world.control("GET", f"/chats/{LAUNCH}")
    assert (launch["pinned_message"], launch["pin"]) == (None, None)


def test_a_pin_that_is_for_ever_has_no_end_and_is_that_of_the_latest_who_pinned(world: Made) -> None:
    for label in ("owner", "member"):
        body = {"id": "1748685600000_7002"}
        assert world.as_(label).post(f"/chats/{LAUNCH}/stickymessage", json=body).status_code == 200
        world.control("POST", "/clock/advance", json={"seconds": 1})
    pin = world.control("GET", f"/chats/{LAUNCH}")["pin"]
    assert (pin["creator_name"], pin["created"], pin["expires"]) == ("Max Planck", "2025-06-01T12:00:01.000Z", None)
    assert world.as_("eve").delete(f"/chats/{LAUNCH}/stickymessage").status_code == 204
    assert world.control("GET", f"/chats/{LAUNCH}")["pin"] is None


@pytest.mark.parametrize(("label", "user"), [("owner", ADA), ("member", "max@office.test"), ("eve", EVE)])
def test_the_control_api_and_the_lists_agree(world: Made, label: str, user: str) -> None:
    """In order too; it shows the channels beside."""
    say(world, QUIET, EVE)
    say(world, EVERYONE, MAX)
    world.control("POST", "/chats", json={"type": "chat", "members": [ADA, MAX, EVE]})
    shown = world.control("GET", f"/chats?user={user}")["chats"]
    direct = [each for each in shown if each["type"] != "channel"]
    rows = world.as_(label).chats()
    assert len(shown) > len(direct)
    assert [each["id"] for each in direct] == [each["chat_id"] for each in rows]
    for chat, listing in zip(direct, rows, strict=True):
        assert len(chat["participants"]) == listing["participant_count"]
        assert chat["creator"] == listing["creator_id"]
        last = None if chat["last_message"] is None else chat["last_message"]["text"]
        assert last == listing.get("last_message_info", {}).get("text")


def test_a_limit_cuts_the_list_of_chats(world: Made) -> None:
    everything = world.control("GET", "/chats")["chats"]
    assert len(everything) == 7
    assert world.control("GET", "/chats?limit=2")["chats"] == everything[:2]
    for query in ("limit=0", "limit=10001", "limit=x", "user=nobody"):
        assert told(world.call("GET", f"/chats?{query}"))[0] == 422


@pytest.mark.parametrize("path", ["", "/messages"])
def test_an_unknown_chat_is_a_404(world: Made, path: str) -> None:
    assert told(world.call("GET", f"/chats/nope{path}"))[0] == 404
    orders = [("/messages", {"sender": ADA, "text": "x"}), ("/drafts", {"user": ADA, "text": "x"})]
    for where, order in orders:
        assert told(world.call("POST", f"/chats/nope{where}", json=order))[0] == 404


# What else there is


def test_channels_threads_and_chats_with_bots_are_told_as_such(serve: Serve) -> None:
    server = serve(world="documentation")
    state = server.control("GET", "/state")
    me, other = (each["id"] for each in state["users"][:2])
    state["bots"] = [{"unique_name": "kilnbot", "id": "b-1", "name": "Kiln"}]
    said = {"id": "1573000000000_1", "sender": other, "text": "How hot?", "time": 1_573_000_000_000}
    begun = {"creator": me, "created": 1_572_000_000_000}
    channel = {"unique_name": "kiln-room", "description": "Clay", "bots": ["kilnbot"]}
    state["chats"] += [
        {**begun, "id": "CT_5_1", "type": "channel", "name": "Kiln room", "channel": channel, "messages": [said]}
        | {"participants": [{"user": me, "read": 0}, other]},
        {**begun, "id": "CT_5_1-T-6", "type": "thread", "name": "Heat", "participants": [other]}
        | {"thread": {"chat": "CT_5_1", "message": said["id"], "closed": True}},
        {**begun, "id": "7", "type": "bot", "name": "Kiln", "bot": "kilnbot", "participants": [me]},
    ]
    server.control("PUT", "/state", json=state)

    shown = server.control("GET", "/chats/CT_5_1")
    assert (shown["thread"], shown["bot"], shown["unread"]) == (None, None, {me: 1})
    told = ("unique_name", "level", "description", "status")
    assert [shown["channel"][name] for name in told] == ["kiln-room", "organization", "Clay", "created"]
    thread = server.control("GET", "/chats/CT_5_1-T-6")["thread"]
    message = thread.pop("message")
    assert (thread, message["id"], message["text"]) == ({"chat": "CT_5_1", "closed": True}, said["id"], "How hot?")
    assert server.control("GET", "/chats/7")["bot"] == "kilnbot"
    rows = {each["id"]: each for each in server.control("GET", f"/users/{me}/chats")["chats"]}
    assert (rows["CT_5_1"]["channel"], rows["CT_5_1"]["unread"], rows["7"]["bot"]) == ("kiln-room", 1, "kilnbot")
    (listed_thread,) = server.control("GET", f"/users/{other}/chats?type=thread")["chats"]
    assert (listed_thread["id"], listed_thread["parent"]) == ("CT_5_1-T-6", "Kiln room")
    assert [each["id"] for each in server.control("GET", f"/users/{me}/chats?type=bot&search=ki")["chats"]] == ["7"]


def test_a_message_is_shown_with_all_that_it_has_and_nothing_else(serve: Serve) -> None:
    server = serve(world="documentation")
    owner, chat = server.as_("owner"), "987000000654321"
    plain = owner.post(f"/chats/{chat}/message", json={"text": "Plain", "sync_message": True}).json()["message_id"]
    rich = {"card": {"title": None}, "slides": [{"type": "text", "data": [None]}], "buttons": [{"label": "Go"}]}
    owner.post(f"/chats/{chat}/message", json={"text": "Rich", "reply_to": plain, "bot": {"name": "Kiln"}, **rich})
    owner.post(f"/chats/{chat}/messages/{plain}/reactions", json={"emoji_code": ":fire:"})
    owner.post(f"/chats/{chat}/files", files={"file": ("glaze.txt", b"blue", "text/plain")})
    first, second, third = server.control("GET", f"/chats/{chat}/messages?limit=3")["messages"]
    common = {"id", "chat", "sender", "sender_name", "text", "time", "modified", "type"}
    assert first.keys() - common == {"reactions"}
    assert first["reactions"].keys() == {":fire:"}
    assert second.keys() - common == {"card", "slides", "buttons", "bot", "reply_to", "quoted"}
    assert {name: second[name] for name in rich} == rich
    assert second["bot"]["name"] == "Kiln"
    assert (second["reply_to"], second["quoted"]["text"]) == (plain, "Plain")
    assert third.keys() - common == {"file"}
    assert (third["file"]["name"], third["file"]["size"]) == ("glaze.txt", 4)
    assert owner.delete(f"/chats/{chat}/messages/{third['id']}").status_code == 204
    (last,) = server.control("GET", f"/chats/{chat}/messages?limit=1")["messages"]
    assert last.keys() - common == {"deleted"}
    row = server.control("GET", f"/users/{first['sender']}/chats?limit=1")["chats"][0]["last_message"]
    assert (row["deleted"], row["file"], row["info"]) == (True, None, None)


# Messages


def test_a_message_moves_its_chat_up_at_once(world: Made) -> None:
    assert listed(world)[0] != WITH_EVE
    made = say(world, WITH_EVE, "eve@office.test", "News")
    assert made == {
        "id": f"{NOON_MS}_2",
        "chat": WITH_EVE,
        "sender": EVE,
        "sender_name": "Eve Novak",
        "text": "News",
        "time": "2025-06-01T12:00:00.000Z",
        "modified": "2025-06-01T12:00:00.000Z",
        "type": "text",
    }
    assert listed(world)[0] == listed(world, "eve")[0] == WITH_EVE
    assert row(world, WITH_EVE)["last_message_info"]["text"] == "News"


def test_an_older_message_changes_nothing_of_the_list(world: Made) -> None:
    before = world.as_("owner").get("/chats").content
    say(world, LAUNCH, MAX, "Long ago", time="2025-05-01T00:00:00Z")
    assert world.as_("owner").get("/chats").content == before
    texts = [each["text"] for each in world.control("GET", f"/chats/{LAUNCH}/messages")["messages"]]
    assert texts == ["Long ago", "When?", "We launch at noon"]


def test_a_later_time_is_where_the_chat_stands(world: Made) -> None:
    say(world, QUIET, ADA, time=NOON_MS + 5000)
    say(world, WITH_MAX, ADA, time="2025-06-01T14:00:04+02:00")
    assert listed(world)[:2] == [QUIET, WITH_MAX]
    assert listed(world, modified_after="2025-06-01T12:00:04Z") == [QUIET]


def test_of_messages_in_one_millisecond_the_last_written_is_the_last(world: Made) -> None:
    made = [say(world, LAUNCH, EVE, f"No. {number}") for number in range(12)]
    assert len({each["id"] for each in made}) == 12
    assert row(world, LAUNCH)["last_message_info"]["text"] == "No. 11"
    assert world.control("GET", f"/chats/{LAUNCH}/messages")["messages"][2:] == made


@examples(20)
@given(limit=st.integers(1, 40))
def test_a_limit_leaves_the_latest_messages_the_oldest_first(demo: Running, limit: int) -> None:
    longest = max(demo.control("GET", "/chats")["chats"], key=lambda chat: int(chat["messages"]))
    everything = demo.control("GET", f"/chats/{longest['id']}/messages")["messages"]
    assert len(everything) == longest["messages"] > 10
    latest = demo.control("GET", f"/chats/{longest['id']}/messages?limit={limit}")["messages"]
    assert latest == everything[-limit:]
    assert latest[-1]["id"] == longest["last_message"]["id"]


def test_of_messages_in_one_millisecond_a_limit_leaves_those_written_last(world: Made) -> None:
    made = [say(world, LAUNCH, EVE, f"No. {number}") for number in range(12)]
    assert world.control("GET", f"/chats/{LAUNCH}/messages?limit=5")["messages"] == made[-5:]


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1000001", "9" * 30, ""])
def test_a_limit_of_messages_that_cannot_be_is_refused(world: Made, limit: str) -> None:
    status, detail = told(world.call("GET", f"/chats/{LAUNCH}/messages?limit={limit}"))
    assert (status, "limit" in detail) == (422, True)


def test_a_message_can_be_pinned_by_its_id(world: Made) -> None:
    made = say(world, EVERYONE_ALIAS, ADA, "Read this")
    assert made["chat"] == EVERYONE
    pinned = world.as_("member").post(f"/chats/{EVERYONE}/stickymessage", json={"id": made["id"]})
    assert pinned.status_code == 200
    shown = world.as_("eve").get(f"/chats/{EVERYONE}/stickymessage").json()["data"]["message"]
    assert (shown["msg"], shown["msguid"]) == ("Read this", made["id"].replace("_", "%20"))
    assert world.control("GET", f"/chats/{EVERYONE}")["pinned_message"] == made["id"]


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ({"sender": OLGA, "text": "x"}, "sender"),
        ({"sender": "nobody", "text": "x"}, "nobody"),
        ({"sender": ADA}, "text"),
        ({"text": "x"}, "sender"),
        ({"sender": ADA, "text": "x", "time": "noon"}, "time"),
        ({"sender": ADA, "text": "x", "time": -1}, "time"),
        ({"sender": ADA, "text": "x", "time": "1969-12-31"}, "time"),
        ({"sender": ADA, "text": None}, "text"),
    ],
)
def test_a_message_that_cannot_be_is_refused_and_not_written(world: Made, order: dict[str, Any], key: str) -> None:
    before = world.control("GET", f"/chats/{LAUNCH}/messages")
    status, detail = told(world.call("POST", f"/chats/{LAUNCH}/messages", json=order))
    assert (status, key in detail) == (422, True), detail
    assert world.control("GET", f"/chats/{LAUNCH}/messages") == before


def test_who_has_left_cannot_write(world: Made) -> None:
    assert world.as_("owner").post(f"/chats/{LAUNCH}/leave").status_code == 204
    order = {"sender": ADA, "text": "x"}
    assert told(world.call("POST", f"/chats/{LAUNCH}/messages", json=order))[0] == 422
    assert [each["user"] for each in world.control("GET", f"/chats/{LAUNCH}")["participants"]] == [MAX, EVE]


# Drafts


def test_a_draft_is_found_by_its_writer_alone_until_it_is_emptied(world: Made) -> None:
    def leave(text: str) -> Any:
        return world.control("POST", f"/chats/{WITH_MAX}/drafts", json={"user": "ada@office.test", "text": text})

    assert WITH_MAX not in listed(world, drafts="true")
    assert leave("Dear Max") == {"chat": WITH_MAX, "user": ADA, "text": "Dear Max"}
    assert WITH_MAX in listed(world, drafts="true")
    assert WITH_MAX not in listed(world, "member", drafts="true")
    assert leave("Max!")["text"] == "Max!"
    assert world.control("GET", f"/chats/{WITH_MAX}")["participants"][0]["draft"] == "Max!"
    assert leave("")["text"] is None
    assert WITH_MAX not in listed(world, drafts="true")


def test_an_outsider_leaves_no_draft(world: Made) -> None:
    status, detail = told(world.call("POST", f"/chats/{WITH_MAX}/drafts", json={"user": OLGA, "text": "x"}))
    assert (status, OLGA in detail) == (422, True)


# People


def test_a_person_who_is_added_can_be_in_chats_and_have_tokens(world: Made) -> None:
    person = world.control("POST", "/users", json={"name": "Nia New"})
    assert person["active"] is True
    chat = world.control("POST", "/chats", json={"type": "dm", "members": [person["id"], ADA]})["id"]
    assert row(world, chat)["name"] == "Nia New"
    minted = world.control("POST", "/tokens", json={"user": person["email"]})["token"]
    nia = type(world.as_("owner"))(world.server, minted)
    assert [each["chat_id"] for each in nia.chats()] == [chat]
    assert person in world.control("GET", "/users")["users"]


@pytest.mark.parametrize(
    "taken", [{"id": ADA}, {"email": "ada@office.test"}, {"id": "ada@office.test"}, {"email": MAX}]
)
def test_an_id_or_address_that_names_somebody_is_a_409(world: Made, taken: dict[str, str]) -> None:
    status, detail = told(world.call("POST", "/users", json={"name": "Double", **taken}))
    assert (status, repr(next(iter(taken.values()))) in detail) == (409, True)
    assert len(world.control("GET", "/users")["users"]) == 5


@pytest.mark.parametrize("order", [{}, {"name": ""}, {"name": "x", "email": ""}, {"name": "x", "role": "owner"}])
def test_a_person_that_cannot_be_is_a_422(world: Made, order: dict[str, str]) -> None:
    assert told(world.call("POST", "/users", json=order))[0] == 422


def test_a_person_who_is_deactivated_is_refused_whatever_the_token_until_activated_again(world: Made) -> None:
    for user in (ADA, "ada@office.test"):
        assert world.control("PATCH", f"/users/{user}", json={"active": False})["active"] is False
        for label in ("owner", "readonly", "all"):
            assert refusal(world.as_(label).get("/chats")) == (403, "user_not_active")
        assert world.as_("member").get("/chats").status_code == 200
        assert world.control("PATCH", f"/users/{user}", json={"active": True})["active"] is True
        assert world.as_("owner").get("/chats").status_code == 200


def test_a_new_name_shows_wherever_the_person_does(world: Made) -> None:
    """But for what was written under the old one."""
    pin = {"id": "1748685600500_7003"}
    assert world.as_("member").post(f"/chats/{WITH_MAX}/stickymessage", json=pin).status_code == 200
    assert row(world, WITH_MAX)["name"] == "Max Planck"
    assert world.control("PATCH", f"/users/{MAX}", json={"name": "Moritz"})["name"] == "Moritz"
    assert row(world, WITH_MAX)["name"] == "Moritz"
    assert row(world, LAUNCH)["recipients_summary"][0] == {"user_id": MAX, "name": "Moritz"}
    members = world.as_("eve").get(f"/chats/{EVERYONE}/members").json()["members"]
    assert members[0]["name"] == "Moritz"
    pinned = world.as_("owner").get(f"/chats/{WITH_MAX}/stickymessage").json()["data"]
    assert "Moritz" in str(pinned)
    assert world.control("GET", f"/chats/{LAUNCH}")["participants"][0]["name"] == "Moritz"
    messages = world.control("GET", f"/chats/{WITH_MAX}/messages")["messages"]
    assert messages[0]["sender_name"] == "Max Planck"
    assert say(world, WITH_MAX, MAX)["sender_name"] == "Moritz"


def test_an_unknown_person_is_a_404(world: Made) -> None:
    status, detail = told(world.call("PATCH", "/users/nobody", json={"name": "x"}))
    assert (status, "nobody" in detail) == (404, True)
