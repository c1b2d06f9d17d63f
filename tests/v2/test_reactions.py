"""Reactions: added, listed and taken back, each person's own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Cliq, Running
from tests.depot import CRATE, GONE, JONAS, MARA, NOON_MS, PLAIN, YARD

pytest_plugins = ("tests.depot_server",)

MARA_S = f"{NOON_MS}:{MARA}:Mara Lindqvist"
JONAS_S = f"{NOON_MS}:{JONAS}:Jonas Okoye"
WRITTEN = {
    "😀": ["1931204500120:70418890:Jonas Okoye"],
    ":thumbsup:": ["1931204500981:70418890:Jonas Okoye", "1931204501777:70420061:Priti Salgado"],
}


def path(message: str) -> str:
    return f"/chats/{YARD}/messages/{message}/reactions"


def add(who: Cliq, message: str, emoji: object) -> httpx.Response:
    return who.post(path(message), json={"emoji_code": emoji})


def remove(who: Cliq, message: str, emoji: object) -> httpx.Response:
    return who.delete(path(message), json={"emoji_code": emoji})


def reactions(who: Cliq, message: str) -> list[tuple[str, list[str]]]:
    """In their order."""
    answer = who.get(path(message))
    assert_agreed(answer)
    assert set(answer.json()) == {"data"}
    return [*answer.json()["data"].items()]


def test_reactions_are_listed_as_the_reference_shows_them(depot: Running) -> None:
    """By emoji, each as time, user and name; none is an empty object."""
    assert reactions(depot.as_("owner"), CRATE) == [*WRITTEN.items()]
    assert reactions(depot.as_("owner"), PLAIN) == []


@pytest.mark.parametrize("spelling", ["{}_{}", "{}%20{}", "{}%2520{}"])
def test_the_message_s_id_may_be_spelled_in_any_way(spelling: str, depot: Running) -> None:
    first, _, second = CRATE.partition("_")
    assert reactions(depot.as_("owner"), spelling.format(first, second)) == [*WRITTEN.items()]


def test_a_name_and_a_character_are_kept_as_they_were_sent(depot: Running) -> None:
    mara, jonas = depot.as_("owner"), depot.as_("member")
    for who, emoji in ((mara, ":smile:"), (mara, "😄"), (jonas, ":smile:")):
        assert_agreed(add(who, PLAIN, emoji), 204)
    assert reactions(mara, PLAIN) == [(":smile:", [MARA_S, JONAS_S]), ("😄", [MARA_S])]


def test_the_same_emoji_again_changes_nothing(depot: Running) -> None:
    """The first one's time stays."""
    mara = depot.as_("owner")
    add(mara, PLAIN, "👍")
    depot.advance(minutes=1)
    assert_agreed(add(mara, PLAIN, "👍"), 204)
    assert reactions(mara, PLAIN) == [("👍", [MARA_S])]


def test_a_person_s_id_may_have_colons(depot: Running) -> None:
    """As `time:user:name`, whose reaction it is can be told all the same."""
    depot.control("POST", "/users", json={"id": "x:1", "name": "Ada: Nowak"})
    depot.control("POST", "/chats", json={"id": "900", "type": "chat", "members": ["x:1", MARA]})
    said = depot.control("POST", "/chats/900/messages", json={"sender": MARA, "text": "Hi"})["id"]
    token = depot.control("POST", "/tokens", json={"user": "x:1"})["token"]
    ada = Cliq(depot, token)
    where = f"/chats/900/messages/{said}/reactions"
    for _ in range(2):
        assert_agreed(ada.post(where, json={"emoji_code": ":smile:"}), 204)
    assert ada.get(where).json() == {"data": {":smile:": [f"{NOON_MS}:x:1:Ada: Nowak"]}}
    assert_agreed(ada.delete(where, json={"emoji_code": ":smile:"}), 204)
    assert ada.get(where).json() == {"data": {}}


def test_one_takes_back_one_s_own_alone(depot: Running) -> None:
    """The last one takes the emoji along; the order of the others stays."""
    mara, jonas = depot.as_("owner"), depot.as_("member")
    assert_agreed(remove(mara, CRATE, ":thumbsup:"), 204)
    assert reactions(mara, CRATE) == [*WRITTEN.items()]
    add(mara, CRATE, "😀")
    assert_agreed(remove(jonas, CRATE, "😀"), 204)
    assert reactions(mara, CRATE) == [("😀", [MARA_S]), (":thumbsup:", WRITTEN[":thumbsup:"])]
    remove(mara, CRATE, "😀")
    assert_agreed(remove(mara, CRATE, "😀"), 204)
    assert_agreed(remove(mara, CRATE, ":never_used:"), 204)
    assert reactions(mara, CRATE) == [(":thumbsup:", WRITTEN[":thumbsup:"])]


def test_the_message_itself_stays_as_it_is(depot: Running) -> None:
    """It stands where it stood in the list, with its text, its time and its content."""
    mara = depot.as_("owner")
    before = mara.get(f"/chats/{YARD}/messages").json(), mara.chats()
    add(mara, PLAIN, "👍")
    assert (mara.get(f"/chats/{YARD}/messages").json(), mara.chats()) == before
    remove(mara, PLAIN, "👍")
    (chat,) = [each for each in depot.control("GET", "/state")["chats"] if each["id"] == YARD]
    (plain,) = [each for each in chat["messages"] if each["id"] == PLAIN]
    assert "reactions" not in plain
    assert "modified" not in plain


def test_an_edit_leaves_reactions_and_a_deletion_takes_them(depot: Running) -> None:
    mara = depot.as_("owner")
    mara.call("PUT", f"/chats/{YARD}/messages/{CRATE}", json={"text": "It arrived at dock 5."})
    assert reactions(mara, CRATE) == [*WRITTEN.items()]
    mara.delete(f"/chats/{YARD}/messages/{CRATE}")
    assert reactions(mara, CRATE) == []


def test_nobody_reacts_to_a_deleted_message(depot: Running) -> None:
    answer = add(depot.as_("owner"), GONE, "👍")
    assert_refused(answer, 400)
    assert reason_of(answer).startswith(f"deleted_message; have=message {GONE}")
    assert_agreed(remove(depot.as_("owner"), GONE, "👍"), 204)
    assert reactions(depot.as_("owner"), GONE) == []


@pytest.mark.parametrize(
    "emoji", ["👍🏽", "❤️", "1️⃣", "#️⃣", "🇩🇪", "👨‍👩‍👧", "\u2139\ufe0f", "©️", "™", "🫠", ":+1:", ":Zoho_party-2:"]
)
def test_an_emoji_is_whatever_looks_like_one(emoji: str, depot: Running) -> None:
    assert_agreed(add(depot.as_("owner"), PLAIN, emoji), 204)
    assert reactions(depot.as_("owner"), PLAIN) == [(emoji, [MARA_S])]
    assert_agreed(remove(depot.as_("owner"), PLAIN, emoji), 204)


@pytest.mark.parametrize(
    "emoji",
    ["", " ", "smile", ":smile", "smile:", "::", ": :", ":smi le:", "1", "é", "日本", "😀 ", "😀a", "\n", "\x00"],
)
def test_what_is_no_emoji_is_refused(emoji: object, depot: Running) -> None:
    for call in (add, remove):
        answer = call(depot.as_("owner"), PLAIN, emoji)
        assert_refused(answer, 400)
        assert reason_of(answer).endswith("need=an emoji, or its name between colons, such as :smile:")
    assert reactions(depot.as_("owner"), PLAIN) == []


@pytest.mark.parametrize("emoji", [None, 5, True, ["👍"], {"emoji_code": "👍"}, "😀" * 41, f":{'a' * 101}:"])
def test_what_is_no_text_or_too_long_is_refused(emoji: object, depot: Running) -> None:
    assert_refused(add(depot.as_("owner"), PLAIN, emoji), 400)


@pytest.mark.parametrize("arguments", [{}, {"json": {}}, {"json": {"emoji": "👍"}}, {"content": b"\xf0\x9f\x91\x8d"}])
def test_a_body_without_an_emoji_is_refused(arguments: dict[str, Any], depot: Running) -> None:
    assert_refused(depot.as_("owner").post(path(PLAIN), **arguments), 400)
    assert_refused(depot.as_("owner").delete(path(PLAIN), **arguments), 400)


def test_messages_of_nowhere_and_chats_of_others_are_out_of_reach(depot: Running) -> None:
    assert_refused(add(depot.as_("owner"), "1931204410022_1", "👍"), 404)
    assert_refused(add(depot.as_("readonly"), PLAIN, "👍"), 403)
    answer = depot.as_("member").post("/chats/CT_12_9/messages/1_1/reactions", json={"emoji_code": "👍"})
    assert_refused(answer, 403)
    assert reason_of(answer).startswith("not_a_participant; ")


def test_reactions_have_a_threshold_of_their_own(depot: Running) -> None:
    """20 a minute, and five minutes' lock."""
    for _ in range(20):
        assert_agreed(add(depot.as_("owner"), PLAIN, "👍"), 204)
    assert_refused(add(depot.as_("owner"), PLAIN, "👍"), 429)
    assert reactions(depot.as_("owner"), PLAIN)
    depot.advance(minutes=5)
    assert_agreed(add(depot.as_("owner"), PLAIN, "👍"), 204)


def test_reactions_survive_an_export(depot: Running, serve: Any) -> None:
    add(depot.as_("owner"), CRATE, "🎉")
    other = serve(world="empty")
    other.control("PUT", "/state", json=depot.control("GET", "/state"))
    assert reactions(other.as_("owner"), CRATE) == reactions(depot.as_("owner"), CRATE)
    assert reactions(other.as_("owner"), CRATE)[-1] == ("🎉", [MARA_S])
