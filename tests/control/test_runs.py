"""What worlds leave behind when they end, and how many worlds there may be."""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import mockcliq
from tests.answers import REQUEST_ID
from tests.conftest import Running, Serve
from tests.control.test_requests_stream import reading
from tests.control.worlds import make
from tests.processes import until


def runs(server: Running) -> list[dict[str, Any]]:
    """The worlds that ended, the latest first."""
    found: list[dict[str, Any]] = server.control("GET", "/runs")["runs"]
    return found


def end(server: Running, world: str) -> None:
    """Delete a world."""
    server.control("DELETE", f"/worlds/{world}")


@pytest.fixture
def server(serve: Serve) -> Running:
    """A server whose worlds are quickly made."""
    return serve(world="empty")


def test_a_world_that_ended_is_a_run_with_its_test_and_outcome(server: Running) -> None:
    before = datetime.now(UTC)
    world = make(server, test="tests/test_bot.py::test_retries")
    world.freeze("1999-01-01T00:00:00Z")
    world.as_("owner").get("/chats")
    world.as_("expired").get("/chats")
    assert world.control("PUT", "/outcome", json={"outcome": "failed"})["outcome"] == "failed"
    assert runs(server) == []
    end(server, world.id)
    (run,) = runs(server)
    assert (run["world"], run["calls"], run["failed"], run["dropped"]) == (world.id, 2, 1, 0)
    assert (run["test"], run["outcome"]) == ("tests/test_bot.py::test_retries", "failed")
    started, ended = (datetime.fromisoformat(run[key]) for key in ("started", "ended"))
    assert before.replace(microsecond=0) <= started <= ended <= datetime.now(UTC)
    end(server, make(server).id)
    latest = runs(server)[0]
    assert (latest["test"], latest["outcome"], latest["calls"]) == (None, None, 0)


def test_each_run_of_a_world_s_name_has_its_own_journal(server: Running) -> None:
    def calls(**filters: str) -> list[str]:
        return [each["path"] for each in server.control("GET", "/requests", params=filters)["requests"]]

    for path in ("/first", "/second"):
        world = make(server, id="again")
        server.http.get(f"/w/again/api/v2{path}")
        end(server, world.id)
    make(server, id="again")
    server.http.get("/w/again/api/v2/third")
    second, first = (run["run"] for run in runs(server))
    assert [calls(run=run) for run in (first, second)] == [["/w/again/api/v2/first"], ["/w/again/api/v2/second"]]
    assert calls(world="again") == ["/w/again/api/v2/third"]
    assert "second" in server.http.get("/_mockcliq/requests.har", params={"run": second}).text
    for filters, status, said in (
        ({"run": "none"}, 404, "GET /runs"),
        ({"run": first, "world": "*"}, 422, "leave world"),
    ):
        answer = server.http.get("/_mockcliq/requests", params=filters)
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True)


def test_an_outcome_is_one_of_four(server: Running) -> None:
    answer = server.http.put("/_mockcliq/outcome", json={"outcome": "flaky"})
    assert (answer.status_code, "outcome" in answer.json()["detail"]) == (422, True)


def test_the_outcome_of_a_test_may_be_known_after_its_world_s_end(server: Running) -> None:
    def tell(outcome: str) -> httpx.Response:
        return server.http.put("/_mockcliq/worlds/again/outcome", json={"outcome": outcome})

    assert tell("error").status_code == httpx.codes.NOT_FOUND
    for test in ("test_first", "test_second"):
        end(server, make(server, id="again", test=test).id)
    assert tell("error").json() == {"world": "again", "test": "test_second", "outcome": "error"}
    assert [run["outcome"] for run in runs(server)] == ["error", None]
    make(server, id="again", test="test_third")
    assert tell("passed").json()["test"] == "test_third"


def test_of_a_world_that_ended_the_journal_alone_is_there(server: Running) -> None:
    world = make(server)
    refused = world.as_("owner").get("/chats/1/members")
    end(server, world.id)
    (entry,) = server.control("GET", "/requests", params={"world": world.id})["requests"]
    assert (entry["world"], entry["token_label"]) == (world.id, "owner")
    assert world.answer["token"] in entry["headers"]["authorization"], "it stays in sight"
    alone = server.control("GET", f"/requests/{refused.headers[REQUEST_ID]}")
    assert alone["explanation"]["advice"]
    assert "curl" in alone["explanation"]["curl"]
    for method, path in (("GET", ""), ("GET", "/requests"), ("GET", "/state"), ("POST", "/reset")):
        answer = server.http.request(method, f"/_mockcliq/worlds/{world.id}{path}", json={})
        assert answer.status_code == httpx.codes.NOT_FOUND, path
    assert world.as_("owner").get("/chats").status_code == httpx.codes.UNAUTHORIZED


def test_the_calls_of_a_failed_test_stay_explained_as_they_were(serve: Serve) -> None:
    server = serve(world="documentation")
    world = make(server)
    refused = world.as_("owner").get("/chats/987000000654322/members")
    here = server.control("GET", f"/worlds/{world.id}/requests/{refused.headers[REQUEST_ID]}")["explanation"]
    assert here["nearest_chat"]
    world.control("PUT", "/outcome", json={"outcome": "failed"})
    end(server, world.id)
    assert server.control("GET", f"/requests/{refused.headers[REQUEST_ID]}")["explanation"] == here


def test_a_name_that_is_used_again_is_the_world_that_is_there(server: Running) -> None:
    for _ in range(2):
        world = make(server, id="again")
        world.as_("owner").get("/chats")
        end(server, "again")
    assert len({run["run"] for run in runs(server)}) == 2
    make(server, id="again")
    assert server.control("GET", "/requests", params={"world": "again"})["requests"] == []
    assert len(server.control("GET", "/requests", params={"world": "*"})["requests"]) == 2


def test_a_world_that_nobody_used_is_a_run(serve: Serve) -> None:
    server = serve(world="empty", world_idle=0.05)
    world = make(server)
    until(lambda: runs(server))
    assert [(run["world"], run["ended_by"]) for run in runs(server)] == [(world.id, "idle")]


def test_the_runs_beyond_the_number_are_dropped_and_that_is_told(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"):
        server = serve(world="empty", kept_runs=2)
        made = [make(server).id for _ in range(5)]
        for each in made:
            end(server, each)
    answer = server.control("GET", "/runs")
    assert ([run["world"] for run in answer["runs"]], answer["dropped"]) == ([made[4], made[3]], 3)
    assert server.http.get("/_mockcliq/requests", params={"world": made[0]}).status_code == httpx.codes.NOT_FOUND
    assert sum("MOCKCLIQ_KEPT_RUNS" in message for message in caplog.messages) == 1


def test_runs_of_failed_tests_are_dropped_last(serve: Serve) -> None:
    server = serve(world="empty", kept_runs=3)
    outcomes: list[str | None] = ["failed", None, "passed", "error", "passed", "passed"]
    for outcome in outcomes:
        world = make(server, test=f"test_{outcome}")
        if outcome is not None:
            world.control("PUT", "/outcome", json={"outcome": outcome})
        end(server, world.id)
    assert [run["outcome"] for run in runs(server)] == ["error", None, "failed"]
    end(server, make(server, test="test_cut_short").id)
    assert [run["test"] for run in runs(server)] == ["test_cut_short", "test_error", "test_None"]
    assert server.control("GET", "/runs")["dropped"] == 4


def test_without_runs_the_journal_ends_with_its_world(serve: Serve) -> None:
    server = serve(world="empty", kept_runs=0)
    world = make(server)
    world.as_("owner").get("/chats")
    end(server, world.id)
    assert runs(server) == []
    assert server.control("GET", "/requests", params={"world": "*"})["requests"] == []
    assert server.control("GET", "/server")["memory"]["journals"]["used"] == 0


def test_the_journals_of_ended_worlds_share_the_bytes(serve: Serve) -> None:
    server = serve(world="empty", journal_bytes=500_000)
    for _ in range(200):
        world = make(server)
        for _ in range(2):
            world.as_("owner").get("/x", params={"q": "x" * 3000})
        end(server, world.id)
        assert server.control("GET", "/server")["memory"]["journals"]["used"] <= 500_000
    found = runs(server)
    assert len(found) == 200
    assert [run["dropped"] for run in found][-1] == 2, "the oldest one's calls are gone"
    kept = len(server.control("GET", "/requests", params={"world": "*"})["requests"])
    assert kept == sum(run["calls"] - run["dropped"] for run in found)


def test_a_world_that_ended_is_not_kept_with_its_data(server: Running) -> None:
    from mockcliq.worlds.world import World  # noqa: PLC0415 - of this test alone

    def alive() -> int:
        gc.collect()
        return sum(isinstance(each, World) for each in gc.get_objects())

    before = alive()
    for _ in range(20):
        world = make(server)
        world.as_("expired").get("/chats")
        world.control("PUT", "/outcome", json={"outcome": "failed"})
        end(server, world.id)
    assert alive() <= before + 2


def test_the_control_token_is_asked_for(serve: Serve) -> None:
    server = serve(world="empty", control_token="let-me-in")
    assert server.http.get("/_mockcliq/runs").status_code == httpx.codes.UNAUTHORIZED


# How many worlds there may be


def test_the_world_that_is_unused_for_longest_makes_room(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "mockcliq"):
        server = serve(world="empty", max_worlds=2)
        used, unused = make(server), make(server)
        used.as_("owner").get("/chats")
        third = make(server)
    assert [each["id"] for each in server.control("GET", "/worlds")["worlds"]] == ["default", used.id, third.id]
    assert [(run["world"], run["ended_by"]) for run in runs(server)] == [(unused.id, "max_worlds")]
    assert sum("MOCKCLIQ_MAX_WORLDS" in message for message in caplog.messages) == 1


def test_where_all_worlds_are_in_use_another_is_refused(serve: Serve) -> None:
    server = serve(world="empty", max_worlds=1)
    with reading(server):
        make(server).as_("owner").get("/chats")
        refused = server.http.post("/_mockcliq/worlds", json={})
    assert (refused.status_code, "MOCKCLIQ_MAX_WORLDS" in refused.json()["detail"]) == (507, True)


# The client


def test_the_client_lists_runs_and_reads_their_journals(server: Running) -> None:
    client = mockcliq.connect(server.url)
    with client.worlds.create(test="test_night") as world:
        httpx.get(f"{world.world_url}/api/v2/chats")
        world.set_outcome("passed")
    (run,) = client.worlds.runs()
    assert (run.test, run.outcome, run.calls, run.ended_by) == ("test_night", "passed", 1, "deleted")
    (exchange,) = client.requests(world=run.world, search="CHATS")
    assert (exchange.answer_headers["content-type"], exchange.in_flight) == ("application/json;charset=UTF-8", False)
