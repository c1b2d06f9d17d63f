"""``--create-missing``: a post makes the channel, bot or person that nobody has; without it the refusal says how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.settings import Settings
from tests.answers import REQUEST_ID, assert_agreed, assert_refused, reason_of
from tests.conftest import Running, Serve, running
from tests.profiles import examples

WEBHOOK = {"zapikey": "1001.mockcliq.webhook"}
MISSING = [
    ("/channelsbyname/alerts/message", "channel alerts", {"channel": "alerts"}),
    ("/channelsbyname/%23Alerts/message", "channel #Alerts", {"channel": "alerts"}),
    ("/channels/O2243173626687869999/message", "channel O2243173626687869999", {"channel": "O2243173626687869999"}),
    ("/bots/deploybot/message", "bot deploybot", {"bot": "deploybot"}),
    ("/buddies/mara.lind@kelp.example/message", "user mara.lind@kelp.example", {"user": "mara.lind@kelp.example"}),
    ("/buddies/70412233/message", "user 70412233", {"user": "70412233"}),
]


@pytest.fixture
def eager(serve: Serve) -> Running:
    """A server that makes what is missing."""
    return serve(create_missing=True)


def post(server: Running, path: str, text: str = "Hello.", **more: Any) -> httpx.Response:
    """Post with the owner's webhook token."""
    return server.http.post(f"/api/v2{path}", params=WEBHOOK, json={"text": text, **more})


def created(server: Running) -> list[str | None]:
    """What each call in the journal made."""
    return [each.get("created") for each in server.control("GET", "/requests")["requests"]]


@pytest.mark.parametrize(("path", "made", "where"), MISSING)
def test_a_post_makes_what_nobody_has_and_the_journal_says_so(
    path: str, made: str, where: dict[str, str], eager: Running
) -> None:
    assert_agreed(post(eager, path), 204)
    assert_agreed(post(eager, path, "Again."), 204)
    assert created(eager) == [made, None]
    texts = [each["text"] for each in eager.control("GET", "/messages", params=where)["messages"]]
    # A bot says it to everybody.
    assert list(dict.fromkeys(texts)) == ["Hello.", "Again."]


def test_whoever_is_of_the_organisation_is_in_a_channel_that_was_made(eager: Running) -> None:
    post(eager, "/channelsbyname/alerts/message")
    assert_agreed(eager.as_("member").post("/channelsbyname/alerts/message", json={"text": "Me too."}), 204)
    assert_refused(eager.as_("outsider").post("/channelsbyname/alerts/message", json={"text": "And me?"}), 403)


def test_whom_a_post_names_besides_is_made_too(eager: Running) -> None:
    assert_agreed(post(eager, "/bots/deploybot/message", userids="a@kelp.example,b@kelp.example"), 204)
    assert_agreed(
        eager.http.post(
            "/api/v2/channelsbyname/alerts/message",
            params={**WEBHOOK, "bot_unique_name": "deploybot"},
            json={"text": "Deployed."},
        ),
        204,
    )
    assert created(eager) == ["bot deploybot, user a@kelp.example, user b@kelp.example", "channel alerts"]
    people = {each["email"]: each["name"] for each in eager.control("GET", "/users")["users"]}
    assert people["a@kelp.example"] == "A"


def test_a_bot_that_is_there_has_to_be_in_a_channel_that_is_there(eager: Running) -> None:
    eager.control("POST", "/bots", json={"unique_name": "idle"})
    answer = eager.as_("owner").post("/channelsbyname/marketing/message?bot_unique_name=idle", json={"text": "x"})
    assert_refused(answer, 400)
    assert reason_of(answer).startswith("bot_not_member;")


@pytest.mark.parametrize("path", ["/channelsbyname/a.b/message", "/channelsbyname/%23/message", "/bots/_x/message"])
def test_what_no_channel_or_bot_can_be_called_is_not_made(path: str, eager: Running) -> None:
    assert_refused(post(eager, path), 404)
    assert created(eager) == [None]


def test_what_is_no_post_makes_nothing(eager: Running) -> None:
    assert_refused(post(eager, "/chats/CT_nope/message"), 404)
    assert_refused(post(eager, "/channelsbyname/alerts/message", text=""), 400)
    assert created(eager) == [None, None]
    assert all(chat["name"] != "alerts" for chat in eager.control("GET", "/chats")["chats"])


def test_what_was_made_is_in_the_state_and_gone_after_a_reset(eager: Running) -> None:
    for path, _, _ in MISSING:
        post(eager, path)
    state = eager.control("GET", "/state")
    eager.control("PUT", "/state", json=state)
    assert eager.control("GET", "/state")["chats"] == state["chats"]
    assert eager.control("GET", "/messages?user=70412233")["messages"][-1]["text"] == "Hello."


@pytest.mark.parametrize(
    ("path", "rule", "near", "makes"),
    [
        (
            "/channelsbyname/marketin/message",
            "unknown_channel",
            "marketing",
            'POST /_mockcliq/chats {"type": "channel"',
        ),
        ("/bots/buildbto/message", "unknown_bot", "buildbot", 'POST /_mockcliq/bots {"unique_name": "buildbto"}'),
    ],
)
def test_without_it_the_refusal_names_the_nearest_and_how_to_make_it(
    path: str, rule: str, near: str, makes: str, demo: Running
) -> None:
    if all(bot["unique_name"] != "buildbot" for bot in demo.control("GET", "/bots")["bots"]):
        demo.control("POST", "/bots", json={"unique_name": "buildbot"})
    answer = post(demo, path)
    assert_refused(answer, 404)
    assert (reason_of(answer).partition(";")[0], reason_of(answer).rpartition(", such as ")[2]) == (rule, near)
    entry = demo.control("GET", "/requests")["requests"][-1]
    assert makes in demo.control("GET", f"/requests/{entry['id']}")["explanation"]["advice"]


def test_a_person_s_address_that_is_misspelt_is_told_too(demo: Running) -> None:
    email = demo.control("GET", "/users")["users"][1]["email"]
    answer = post(demo, f"/buddies/{email[:-1]}/message")
    assert reason_of(answer).endswith(f", such as {email}")


@pytest.fixture(scope="module")
def eager_for_all() -> Iterator[Running]:
    """A server that makes what is missing, without limits."""
    with running(Settings(create_missing=True, rate_limit=False, chats=0)) as server:
        yield server


@examples(60)
@given(kind=st.sampled_from(["channelsbyname", "channels", "bots", "buddies"]), name=st.text(min_size=1, max_size=12))
def test_whatever_is_named_is_made_and_found_again_or_refused(kind: str, name: str, eager_for_all: Running) -> None:
    path = f"/{kind}/{quote(name, safe='')}/message"
    first, second = (post(eager_for_all, path) for _ in range(2))
    assert first.status_code in (204, 400, 404), reason_of(first)
    assert second.status_code == first.status_code
    made = created(eager_for_all)[-1]
    assert made is None


@pytest.mark.parametrize(
    "path", ["/channelsbyname/alerts/message", "/channelsbyname/Ops-2/message", "/bots/NoBot/message"]
)
def test_the_line_that_makes_it_makes_it(path: str, demo: Running) -> None:
    refused = post(demo, path)
    advice = demo.control("GET", f"/requests/{refused.headers[REQUEST_ID]}")["explanation"]["advice"]
    (control, body) = re.findall(r"POST (/_mockcliq/\w+) ({.*?})", advice)[0]
    assert demo.http.post(control, content=body).status_code == 201
    assert post(demo, path).status_code == 204


@pytest.mark.parametrize(
    "path", ["/channelsbyname/a.b/message", "/channelsbyname/Ops%20Alerts/message", "/channels/O12/message"]
)
def test_what_nothing_can_make_is_told_without_such_a_line(path: str, demo: Running, eager: Running) -> None:
    for server in (demo, eager):
        refused = post(server, path)
        if "/channels/" in path and server is eager:
            continue  # it is made
        assert_refused(refused, 404)
        advice = server.control("GET", f"/requests/{refused.headers[REQUEST_ID]}")["explanation"]["advice"]
        assert ("POST" in advice, "GET /channels lists all" in advice) == (False, True)
