"""Bots that a test arranges: they post, are removed, and come back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Running
from tests.control.worlds import Made, make, settled, told
from tests.office import ADA, EVE, MAX, OLGA

pytest_plugins = ["tests.office_server"]


@pytest.fixture
def world(office: Running) -> Made:
    """The office as a world of the test's own."""
    world = make(office, rate_limit=False)
    world.freeze()
    return world


def post_as(world: Made, bot: str, text: str = "Passed", **more: Any) -> int:
    """Post as a bot, with the owner's token; gives the status."""
    return world.as_("owner").post(f"/bots/{bot}/message", json={"text": text, **more}).status_code


def texts(world: Made, **where: str) -> list[str]:
    """What was said there."""
    return [each["text"] for each in world.control("GET", "/messages", params=where)["messages"]]


def test_a_bot_speaks_to_all_active_people_unless_told_otherwise(world: Made) -> None:
    made = world.control("POST", "/bots", json={"unique_name": "buildbot", "name": "Builds", "description": "CI"})
    assert made == {
        "unique_name": "buildbot",
        "id": made["id"],
        "name": "Builds",
        "description": "CI",
        "subscribers": [ADA, MAX, OLGA, EVE],
    }
    assert world.control("GET", "/bots") == {"bots": [made]}
    assert post_as(world, "buildbot") == 204
    message = world.control("GET", "/messages", params={"user": EVE})["messages"][-1]
    assert (message["text"], message["sender"], message["sender_name"]) == ("Passed", made["id"], "Builds")


def test_subscribers_are_named_by_id_or_address(world: Made) -> None:
    order = {"unique_name": "b", "subscribers": [EVE, "max@office.test", "eve@office.test"]}
    assert world.control("POST", "/bots", json=order)["subscribers"] == [EVE, MAX]
    assert post_as(world, "b") == 204
    assert len(texts(world, bot="b")) == 2


@pytest.mark.parametrize(
    ("order", "status", "said"),
    [
        ({}, 422, "unique_name"),
        ({"unique_name": "Build Bot"}, 422, "unique_name"),
        ({"unique_name": "x", "subscribers": ["nobody"]}, 422, "'nobody'"),
        ({"unique_name": "x", "colour": "red"}, 422, "colour"),
        ({"unique_name": "taken"}, 409, "'taken'"),
    ],
)
def test_a_bot_that_cannot_be_is_refused(world: Made, order: dict[str, Any], status: int, said: str) -> None:
    world.control("POST", "/bots", json={"unique_name": "taken"})
    before = world.control("GET", "/bots")
    answered, detail = told(world.call("POST", "/bots", json=order))
    assert (answered, said in detail) == (status, True), detail
    assert world.control("GET", "/bots") == before


def test_a_removed_bot_leaves_its_messages_and_comes_back_under_its_id(world: Made) -> None:
    made = world.control("POST", "/bots", json={"unique_name": "buildbot"})
    channel = {"type": "channel", "name": "alerts", "channel": {"bots": ["buildbot"]}}
    world.control("POST", "/chats", json=channel)
    in_channel = "/channelsbyname/alerts/message?bot_unique_name=buildbot"
    assert world.as_("owner").post(in_channel, json={"text": "In the channel"}).status_code == 204
    assert post_as(world, "buildbot", userids=EVE) == 204
    assert world.control("DELETE", "/bots/buildbot") == {"removed": "buildbot"}
    assert (world.control("GET", "/bots"), post_as(world, "buildbot")) == ({"bots": []}, 404)
    assert texts(world, channel="alerts") == ["In the channel"]
    assert world.as_("owner").post(in_channel, json={"text": "Again"}).status_code == 404
    world.control("PUT", "/state", json=settled(world))
    assert texts(world, user=EVE)[-1] == "Passed"
    assert world.control("POST", "/bots", json={"unique_name": "buildbot"})["id"] == made["id"]
    assert sorted(texts(world, bot="buildbot")) == ["In the channel", "Passed"]
    assert world.as_("owner").post(in_channel, json={"text": "Again"}).status_code == 400


def test_a_bot_that_is_not_there_is_a_404_that_names_the_nearest(world: Made) -> None:
    world.control("POST", "/bots", json={"unique_name": "buildbot"})
    status, detail = told(world.call("DELETE", "/bots/buildbto"))
    assert (status, "the nearest is 'buildbot'" in detail) == (404, True), detail
    answer = world.as_("owner").post("/bots/BuildBto/message", json={"text": "x"})
    assert answer.headers["X-Mockcliq-Reason"].endswith("such as buildbot")
