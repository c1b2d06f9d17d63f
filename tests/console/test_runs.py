"""Worlds that ended: listed with their tests, failed ones first, and their calls read as if they were there."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import axe
from tests.conftest import Running, Serve
from tests.console.driving import marketing, requests, turn_to
from tests.console.test_requests_view import details, look, told
from tests.console.test_worlds import worlds

HOSTILE = "</script><img src=x onerror=alert(1)>"


def run(world: str, **other: Any) -> dict[str, Any]:
    """A run as the control API gives it, of no test."""
    return {
        "run": f"run-of-{world}",
        "world": world,
        "started": "2025-06-02T09:41:00.000Z",
        "ended": "2025-06-02T09:41:07.000Z",
        "calls": 2,
        "failed": 0,
        "test": None,
        "outcome": None,
        **other,
    }


RUNS = [
    run("gw1-3", test="tests/test_pin.py::test_pins", outcome="passed", failed=1),
    run("scratch"),
    run("gw0-7", test=f"tests/test_mute.py::test_mutes[{HOSTILE}]", outcome="failed", failed=1),
    run("by-hand", failed=2),
]


@pytest.fixture
def ended(page: Page, demo: Running) -> list[dict[str, Any]]:
    """A server that keeps four worlds that ended; gives the calls of one, the oldest first."""
    demo.control("POST", "/worlds", json={"id": "gw0-7", "world": "documentation"})
    demo.http.get("/w/gw0-7/api/v2/nowhere", headers={"X-Mine": HOSTILE})
    demo.http.post("/w/gw0-7/api/v2/chats")
    listed = demo.control("GET", "/worlds/gw0-7/requests")["requests"]
    explained = {each["id"]: demo.control("GET", f"/worlds/gw0-7/requests/{each['id']}") for each in listed}
    demo.control("DELETE", "/worlds/gw0-7")

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        asked = parse_qs(url.query)
        of = asked.get("world", asked.get("run", [""]))[0]
        one = explained.get(url.path.rpartition("/")[2])
        if url.path == "/_mockcliq/runs":
            route.fulfill(json={"runs": RUNS})
        elif one is not None and url.path.startswith("/_mockcliq/requests/"):
            route.fulfill(json=one)
        elif url.path == "/_mockcliq/requests" and of:
            here = demo.control("GET", "/requests")["requests"] if of == "*" else []
            route.fulfill(json={"requests": [*(listed if of in ("*", "run-of-gw0-7") else []), *here]})
        else:
            route.fallback()

    page.route(re.compile("/_mockcliq/(runs|requests)"), answer)
    return list(listed)


def rows(page: Page) -> Locator:
    """The runs that are listed."""
    return page.get_by_role("region", name="Runs", exact=True).get_by_role("listitem")


@pytest.mark.usefixtures("ended")
def test_failed_ones_come_first_with_their_tests(page: Page, demo: Running) -> None:
    look(page, demo)
    region = turn_to(page, "Runs")
    expect(rows(page)).to_have_count(4)
    expect(page).to_have_url(re.compile("#runs"))
    failed, by_hand, passed, scratch = [told(row) for row in rows(page).all()]
    assert failed.startswith(f"failed tests/test_mute.py::test_mutes[{HOSTILE}] gw0-7 · 2 calls, 1 failed · ")
    assert by_hand.startswith("ended World by-hand 2 calls, 2 failed · ")
    assert passed.startswith("passed tests/test_pin.py::test_pins gw1-3")
    assert scratch.startswith("ended World scratch 2 calls · ")
    assert axe(page) == []
    page.reload()
    expect(region).to_be_visible()
    expect(rows(page)).to_have_count(4)


def test_its_calls_are_read_as_if_it_were_there(page: Page, demo: Running, ended: list[dict[str, Any]]) -> None:
    look(page, demo)
    demo.as_("owner").get("/chats")
    turn_to(page, "Runs")
    rows(page).first.get_by_role("button").click()
    region = page.get_by_role("region", name="Requests", exact=True)
    expect(requests(page)).to_have_count(2)
    expect(requests(page).last).to_contain_text("404")
    expect(region.get_by_label("World")).to_have_value("run=run-of-gw0-7")
    # It is over: nothing comes, nothing is cleared, and nothing is sent there.
    for name in ("Pause", "Clear"):
        expect(region.get_by_role("button", name=name, exact=True)).to_be_hidden()
    requests(page).last.click()
    expect(details(page)).to_contain_text("unknown_path")
    expect(details(page)).to_contain_text(HOSTILE)
    expect(details(page).get_by_role("button", name="curl", exact=True)).to_be_visible()
    expect(details(page).get_by_role("button", name="Send again")).to_have_count(0)
    expect(details(page).get_by_role("button", name="verify")).to_have_count(0)
    assert axe(page) == []
    # The address leads there again.
    expect(page).to_have_url(re.compile(rf"calls=run%3Drun-of-gw0-7|request={ended[0]['id']}"))
    page.reload()
    expect(requests(page)).to_have_count(2)
    expect(details(page)).to_contain_text("unknown_path")
    # And so does a link to the call alone, though its world is gone.
    look(page, demo, f"request={ended[0]['id']}&world=gw0-7")
    expect(details(page)).to_contain_text("unknown_path")
    region.get_by_label("World").select_option("World default")
    expect(requests(page)).to_have_count(1)
    expect(requests(page)).to_contain_text("200")


@pytest.mark.usefixtures("ended")
def test_the_calls_of_all_worlds_are_one_list_that_goes_on(page: Page, demo: Running) -> None:
    region = look(page, demo)
    demo.as_("owner").get("/chats")
    expect(requests(page)).to_have_count(1)
    region.get_by_label("World").select_option("All worlds")
    expect(requests(page)).to_have_count(3)
    assert [told(row).split()[-2] for row in requests(page).all()] == ["default", "gw0-7", "gw0-7"]
    demo.as_("readonly").post(f"/chats/{marketing(demo)}/mute")
    expect(requests(page)).to_have_count(4)
    expect(requests(page).first).to_contain_text("403")
    region.get_by_label("Status").select_option("4xx refused")
    expect(requests(page)).to_have_count(3)
    expect(page).to_have_url(re.compile(r"calls=\*|calls=%2A"))
    region.get_by_label("World").select_option("World default")
    expect(requests(page)).to_have_count(1)


def test_who_keeps_nothing_of_them_has_no_such_part(page: Page, demo: Running) -> None:
    page.route("**/_mockcliq/runs", lambda route: route.fulfill(status=404, json={"detail": "there is no /runs"}))
    part = worlds(page, demo)
    expect(part).to_be_visible()
    navigation = page.get_by_role("navigation")
    expect(navigation.get_by_role("button", name="Worlds")).to_be_visible()
    expect(navigation.get_by_role("button", name="Runs")).to_have_count(0)
    region = turn_to(page, "Requests")
    expect(region.get_by_label("Status")).to_be_visible()
    expect(region.get_by_label("World", exact=True)).to_have_count(0)
    page.goto(f"{demo.url}/_mockcliq/ui#runs")
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()


def test_two_runs_of_one_world_s_name_have_calls_of_their_own(page: Page, serve: Serve) -> None:
    server = serve(world="demo")
    for paths in (["first"], ["second", "third"]):
        server.control("POST", "/worlds", json={"id": "again", "world": "empty"})
        for path in paths:
            server.http.get(f"/w/again/api/v2/{path}")
        server.control("DELETE", "/worlds/again")
    look(page, server)
    for place, count, last in ((0, 2, "third"), (1, 1, "first")):
        turn_to(page, "Runs")
        mine = rows(page).filter(has_text="World again")
        expect(mine).to_have_count(2)
        mine.nth(place).get_by_role("button").click()
        expect(requests(page)).to_have_count(count)
        expect(requests(page).first).to_contain_text(last)
        expect(page.get_by_label("World", exact=True).locator("option:checked")).to_contain_text("World again (run ")
    page.reload()
    expect(requests(page)).to_have_count(1)


def test_a_world_that_ended_can_be_chosen_among_the_others(page: Page, serve: Serve) -> None:
    server = serve(world="demo")

    def end(world: str) -> None:
        server.control("POST", "/worlds", json={"id": world, "world": "empty"})
        server.http.get(f"/w/{world}/api/v2/of-{world}")
        server.control("DELETE", f"/worlds/{world}")

    end("first")
    choice = look(page, server).get_by_label("World", exact=True)
    offered = choice.locator("option")
    first = offered.filter(has_text=re.compile(r"^World first \(run "))
    expect(first).to_have_count(1)
    choice.select_option(str(first.get_attribute("value")))
    expect(requests(page)).to_have_count(1)
    expect(requests(page)).to_contain_text("of-first")
    # One more ends meanwhile: whoever opens the choice finds it, and what was chosen stays chosen.
    end("second")
    choice.focus()
    expect(offered.filter(has_text="World second")).to_have_count(1)
    expect(choice.locator("option:checked")).to_contain_text("World first")
    expect(requests(page)).to_contain_text("of-first")
    for number in range(25):
        end(f"one-of-many-{number}")
    page.reload()
    expect(offered.filter(has_text="World one-of-many-")).to_have_count(20)
    expect(offered.filter(has_text="World one-of-many-24")).to_have_count(1)
    expect(choice.locator("option:checked")).to_contain_text("(run ")
    expect(requests(page)).to_contain_text("of-first")
