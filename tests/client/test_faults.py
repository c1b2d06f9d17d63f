from __future__ import annotations

import httpx
import pytest

import mockcliq
from tests.conftest import Running


@pytest.fixture
def world(documentation: Running) -> mockcliq.Client:
    return mockcliq.connect(documentation.url)


def test_the_second_and_third_call_of_one_person_fail(documentation: Running, world: mockcliq.Client) -> None:
    owner = next(user for user in world.users.list() if user.role == "owner")
    fault = world.faults.add(
        "list_direct_chats", user=owner, after=1, times=2, status=500, body={"lost": True}, headers={"X-Cause": "test"}
    )
    answers = [documentation.as_("owner").get("/chats") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 500, 500, 200]
    assert (answers[1].json(), answers[1].headers["x-cause"]) == ({"lost": True}, "test")
    assert documentation.as_("member").get("/chats").status_code == 200
    (seen,) = world.faults.list()
    assert (seen.id, seen.hits, seen.fired, seen.expires_at) == (fault.id, 4, 2, None)
    assert (seen.match["operation"], seen.when["after"], seen.then["status"]) == ("list_direct_chats", 1, 500)


def test_the_newest_rule_is_first_and_rules_can_be_taken_away(documentation: Running, world: mockcliq.Client) -> None:
    first = world.faults.add(status=500)
    second = world.faults.add(path="/api/v2/chats", method="get", status=429)
    assert [each.id for each in world.faults.list()] == [second.id, first.id]
    assert [each.id for each in world.faults.remove(second)] == [first.id]
    assert documentation.as_("owner").get("/chats").status_code == 500
    world.faults.clear()
    assert documentation.as_("owner").get("/chats").status_code == 200


def test_a_rule_can_be_given_as_the_control_api_writes_it(world: mockcliq.Client) -> None:
    fault = world.faults.add_rule({"match": {"chat": "987000000654321"}, "when": {"every": 3}, "then": {"status": 403}})
    assert (fault.match["chat"], fault.when["every"], fault.then["status"]) == (
        "CT_2243173626687865223_P87610291-C4",
        3,
        403,
    )


def test_a_rule_that_does_nothing_is_refused(world: mockcliq.Client) -> None:
    with pytest.raises(mockcliq.Refused, match="a fault needs"):
        world.faults.add("mute_chat")


def test_a_connection_that_breaks_is_seen_in_the_journal(documentation: Running, world: mockcliq.Client) -> None:
    fault = world.faults.add(connection="empty", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        documentation.as_("owner").get("/chats")
    (exchange,) = world.requests()
    assert (exchange.status, exchange.fault) == (None, fault.id)
    assert "list_direct_chats  broken off" in str(exchange)
