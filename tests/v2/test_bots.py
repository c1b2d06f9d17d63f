"""Bots: in channels, their subscribers, and their calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Cliq, Running
from tests.depot import DEPOTBOT, IDLEBOT, JONAS, MARA, PICKYBOT, PRITI

pytest_plugins = ("tests.depot_server",)


def bots_in(channel: str, depot: Running) -> list[str]:
    """The bots of the channel with that name."""
    (found,) = [each for each in depot.control("GET", "/state")["chats"] if each.get("name") == channel]
    bots: list[str] = found["channel"].get("bots", [])
    return bots


def associate(who: Cliq, bot: str, channel: object) -> httpx.Response:
    return who.post(f"/bots/{bot}/associate?appkey=x", json={"channel_unique_name": channel})


# In channels


@pytest.mark.parametrize("name", ["marketing", "#marketing", "Marketing"])
def test_a_bot_is_added_to_a_channel_and_posts_there(name: str, depot: Running) -> None:
    mara = depot.as_("owner")
    post = f"/channelsbyname/marketing/message?bot_unique_name={DEPOTBOT}"
    assert_refused(mara.post(post, json={"text": "Hi"}), 400)
    assert_agreed(associate(mara, DEPOTBOT, name), 204)
    assert bots_in("Marketing", depot) == [PICKYBOT, DEPOTBOT]
    assert_agreed(mara.post(post, json={"text": "Hi"}), 204)


def test_a_bot_that_is_there_already_is_refused(depot: Running) -> None:
    answer = associate(depot.as_("owner"), PICKYBOT, "marketing")
    assert_refused(answer, 400)
    assert reason_of(answer).startswith("bot_already_member; have=bot pickybot, which is in channel marketing; ")
    assert bots_in("Marketing", depot) == [PICKYBOT]


def test_a_channel_takes_ten_bots(depot: Running) -> None:
    answer = associate(depot.as_("owner"), DEPOTBOT, "crowded")
    assert_refused(answer, 400)
    assert reason_of(answer) == (
        "too_many_bots; have=channel crowded with 10 bots; need=a channel with fewer than 10 bots"
    )
    assert_refused(associate(depot.as_("owner"), "crowdbot9", "crowded"), 400)
    assert len(bots_in("Crowded", depot)) == 10


@pytest.mark.parametrize(
    ("label", "bot", "channel", "status", "rule"),
    [
        ("owner", "nobot", "marketing", 404, "unknown_bot"),
        ("owner", DEPOTBOT, "nowhere", 404, "unknown_channel"),
        ("member", DEPOTBOT, "crowded", 403, "not_in_channel"),
        ("owner", DEPOTBOT, "oldstock", 400, "archived_channel"),
        ("owner", DEPOTBOT, "", 400, "invalid_input"),
        ("owner", DEPOTBOT, None, 400, "invalid_input"),
        ("owner", DEPOTBOT, ["marketing"], 400, "invalid_input"),
        ("readonly", DEPOTBOT, "marketing", 403, "scope_missing"),
    ],
)
def test_a_bot_is_added_to_nothing_else(
    label: str, bot: str, channel: object, status: int, rule: str, depot: Running
) -> None:
    answer = associate(depot.as_(label), bot, channel)
    assert_refused(answer, status)
    assert reason_of(answer).startswith(f"{rule}; ")


# Subscribers


def test_a_bot_s_subscribers_are_listed(depot: Running) -> None:
    answer = depot.as_("owner").get(f"/bots/{PICKYBOT}/subscribers?appkey=x")
    assert_agreed(answer)
    listed = answer.json()
    assert listed.pop("sync_token")
    assert listed == {
        "url": "/api/v2/bots/pickybot/subscribers",
        "type": "bot_subscriber",
        "data": [
            {"email_id": "priti@kelpworks.example", "user_id": PRITI, "name": "Priti Salgado"},
            {"email_id": "mara@kelpworks.example", "user_id": MARA, "name": "Mara Lindqvist"},
        ],
    }


def subscribers(who: Cliq, bot: str, **query: Any) -> tuple[list[str], dict[str, Any]]:
    """Who is in a page, and its tokens."""
    answer = who.get(f"/bots/{bot}/subscribers", params=query)
    assert_agreed(answer)
    page = answer.json()
    return [each["user_id"] for each in page["data"]], {name: page[name] for name in page if name.endswith("_token")}


def test_pages_have_a_next_token_and_the_last_one_a_sync_token(depot: Running) -> None:
    """Without subscribers of its own a bot has all active people."""
    jonas = depot.as_("member")
    people, tokens = subscribers(jonas, DEPOTBOT, limit=2)
    assert (people, set(tokens)) == ([MARA, JONAS], {"next_token"})
    people, tokens = subscribers(jonas, DEPOTBOT, limit=2, next_token=tokens["next_token"])
    assert (people, set(tokens)) == ([PRITI], {"sync_token"})
    again, _ = subscribers(jonas, DEPOTBOT, sync_token=tokens["sync_token"])
    assert again == [MARA, JONAS, PRITI]


def test_a_bot_without_anybody_has_an_empty_page(depot: Running) -> None:
    people, tokens = subscribers(depot.as_("owner"), IDLEBOT)
    assert (people, set(tokens)) == ([], {"sync_token"})


def test_its_creator_and_the_owner_see_them_and_nobody_else(depot: Running) -> None:
    for label in ("owner", "member"):
        assert subscribers(depot.as_(label), DEPOTBOT)[0] == [MARA, JONAS, PRITI]
    answer = depot.as_("member").get(f"/bots/{PICKYBOT}/subscribers")
    assert_refused(answer, 403)
    assert reason_of(answer) == (
        f"not_the_bots_admin; have=user {JONAS}; need=the creator of bot pickybot, or the owner of the organisation"
    )


@pytest.mark.parametrize("name", ["next_token", "sync_token"])
def test_a_bad_token_is_refused(name: str, depot: Running) -> None:
    """Also that of another list, or of another bot's."""
    mara = depot.as_("owner")
    others = [
        mara.get("/users?limit=1").json()["next_token"],
        subscribers(mara, DEPOTBOT, limit=2)[1]["next_token"],
        subscribers(mara, DEPOTBOT)[1]["sync_token"],
    ]
    for token in ("nonsense", *others):
        answer = mara.get(f"/bots/{PICKYBOT}/subscribers", params={name: token})
        assert_refused(answer, 400)
        assert reason_of(answer).startswith(f"invalid_paging_token; have={name}=")


def test_the_two_tokens_do_not_go_together(depot: Running) -> None:
    mara = depot.as_("owner")
    tokens = {**subscribers(mara, PICKYBOT, limit=1)[1], **subscribers(mara, PICKYBOT)[1]}
    assert_refused(mara.get(f"/bots/{PICKYBOT}/subscribers", params=tokens), 400)


@pytest.mark.parametrize(("limit", "status"), [("1000", 200), ("0", 400), ("many", 400)])
def test_a_limit_above_the_maximum_is_the_maximum(limit: str, status: int, depot: Running) -> None:
    assert depot.as_("owner").get(f"/bots/{DEPOTBOT}/subscribers?limit={limit}").status_code == status


# Calls


def call(depot: Running, **body: Any) -> httpx.Response:
    return depot.as_("member").post(f"/bots/{PICKYBOT}/calls", json=body)


def test_a_call_names_whom_it_calls(depot: Running) -> None:
    """All subscribers, or those named by id or address; each call has an id of its own, and nothing else changes."""
    before = depot.control("GET", "/state")
    everybody = call(depot, text="The kiln is too hot.")
    assert_agreed(everybody)
    assert everybody.json()["user_ids"] == [PRITI, MARA]
    named = call(
        depot,
        text="The kiln is too hot.",
        user_ids=["jonas@kelpworks.example", PRITI, JONAS],
        retry=3,
        loop=1,
        actions=[{"label": "Stop", "key": "1", "action": {"type": "open.url", "data": {"web": "http://kiln.test"}}}],
    )
    assert_agreed(named)
    assert named.json()["user_ids"] == [JONAS, PRITI]
    assert call(depot, text="x", user_ids=[]).json()["user_ids"] == [PRITI, MARA]
    assert set(named.json()) == {"user_ids", "id"}
    assert UUID(named.json()["id"]) != UUID(everybody.json()["id"])
    assert depot.control("GET", "/state") == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"text": ""}, 400),
        ({"text": "x" * 501}, 400),
        ({"text": 5}, 400),
        ({"text": "x", "user_ids": ["5"]}, 404),
        ({"text": "x", "user_ids": [MARA] * 11}, 400),
        ({"text": "x", "retry": 4}, 400),
        ({"text": "x", "loop": -1}, 400),
        ({"text": "x", "actions": [{}] * 6}, 400),
        ({"text": "x", "actions": {}}, 400),
    ],
)
def test_what_is_no_call_is_refused(body: dict[str, Any], status: int, depot: Running) -> None:
    assert_refused(call(depot, **body), status)


def test_a_bot_calls_ten_times_in_five_minutes(depot: Running) -> None:
    for _ in range(10):
        assert_agreed(call(depot, text="x" * 500))
        depot.advance(seconds=25)
    assert_refused(call(depot, text="x"), 429)
    depot.advance(minutes=29)
    assert_refused(call(depot, text="x"), 429)
    depot.advance(minutes=1)
    assert_agreed(call(depot, text="x"))
