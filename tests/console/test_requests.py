"""The calls of a developer's own program, as they arrive on the page: listed, filtered, opened, copied, missed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from mockcliq.http.server_thread import ServerThread
from mockcliq.settings import Settings
from tests.answers import REQUEST_ID
from tests.browser import Complaints, axe
from tests.conftest import Running, Serve
from tests.console.driving import marketing, turn_to, unanswered, visit
from tests.needs import needs
from tests.processes import PATIENCE_S, free_port, until


def listed(page: Page) -> Locator:
    """The list of the calls."""
    return page.get_by_role("listbox", name="Requests, newest first")


def rows(page: Page) -> Locator:
    """The calls that are listed, as far as they are in view."""
    return listed(page).get_by_role("option")


def details(page: Page) -> Locator:
    """A call in full."""
    return page.get_by_role("region", name="The request", exact=True)


def a_chat(server: Running) -> str:
    """One that the owner can mute."""
    chat: str = server.as_("owner").chats()[0]["chat_id"]
    server.control("DELETE", "/requests")
    return chat


def journal(server: Running) -> list[dict[str, Any]]:
    """What the server has written down."""
    entries: list[dict[str, Any]] = server.control("GET", "/requests")["requests"]
    return entries


def test_the_calls_of_an_sdk_appear_the_moment_they_arrive(page: Page, demo: Running) -> None:
    demo.as_("owner").get("/chats")  # before the page was open
    requests = visit(page, demo, "Requests")
    expect(rows(page)).to_have_count(1)
    with unanswered(page, "**/overview"):  # what the page asks every two seconds
        chat, owner = demo.as_("owner").chats()[0]["chat_id"], demo.control("GET", "/users")["users"][0]
        demo.as_("owner").post(f"/chats/{chat}/mute")
        demo.as_("readonly").post(f"/chats/{chat}/unmute")
        demo.as_("nobody").get("/chats")
        demo.http.get("/api/v2/nowhere")
        demo.http.post("/oauth/v2/token", data={"grant_type": "refresh_token"})
        # U+2028 ends a line for JavaScript, though for nobody else.
        demo.as_("member").get("/chats", params={"modified_before": "\u2028"})
        expect(rows(page)).to_have_count(8)
    expect(requests.get_by_text("8 calls")).to_be_visible()
    told = [" ".join(row.inner_text().split()) for row in rows(page).all()]
    client = r"python-httpx \S+ default [\d:]{8}"
    expected = [
        rf"400 GET /chats\?modified_before= list_direct_chats [\d.]+ .+ member {client}",
        rf"200 POST /oauth/v2/token issue_token [\d.]+ nobody known {client}",
        rf"404 GET /nowhere no operation [\d.]+ nobody known {client}",
        rf"401 GET /chats list_direct_chats [\d.]+ nobody known \S+ {client}",
        rf"403 POST /chats/.+/unmute unmute_chat [\d.]+ {owner['name']} readonly {client}",
        rf"204 POST /chats/.+/mute mute_chat [\d.]+ {owner['name']} owner {client}",
        rf"200 GET /chats list_direct_chats [\d.]+ {owner['name']} owner {client}",
        rf"200 GET /chats list_direct_chats [\d.]+ {owner['name']} owner {client}",
    ]
    for row, pattern in zip(told, expected, strict=True):
        assert re.fullmatch(pattern, row), (row, pattern)
    requests.get_by_label("Operation", exact=True).select_option("issue_token")
    expect(rows(page)).to_have_count(1)
    assert axe(page) == []


@needs("curl", "node")
def test_a_click_opens_a_call_which_is_copied_and_made_again(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat = a_chat(demo)
    visit(page, demo, "Requests")
    demo.as_("readonly").post(f"/chats/{chat}/mute")
    rows(page).first.click()
    opened = details(page)
    expect(opened.get_by_text("ZohoCliq.Chats.UPDATE", exact=True)).to_be_visible()
    demo.control("DELETE", "/requests")

    made = demo.as_("owner").post(f"/chats/{chat}/stickymessage", json={"id": "it's 1"}, headers={"X-Mine": "here"})
    rows(page).filter(has_text="pin_message").click()
    for text in ("400", "pin_message", "Bad Request", f"POST /api/v2/chats/{chat}/stickymessage", "x-mine", "here"):
        expect(opened.get_by_text(text, exact=True).first).to_be_visible()
    for name, text in (
        ("Body", '{\n  "id": "it\'s 1"\n}'),
        ("Answer", json.dumps(made.json(), indent=2)),
    ):
        expect(opened.get_by_role("region", name=name, exact=True)).to_have_text(text, use_inner_text=True)
    expect(opened.get_by_text("invalid_input", exact=True)).to_be_visible()
    assert axe(page) == []

    for name, command in (
        ("curl", ["sh", "-c"]),
        ("Python", [sys.executable, "-c"]),
        ("JavaScript", ["node", "--input-type=module", "--eval"]),
    ):
        opened.get_by_role("button", name=name, exact=True).click()
        expect(opened.get_by_role("button", name="Copied")).to_be_visible()
        program = page.evaluate("navigator.clipboard.readText()")
        said = subprocess.run([*command, program], capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        assert "400" in said.stdout
        expect(opened.get_by_role("button", name=name, exact=True)).to_be_visible()  # it says "Copied" for a while
    expect(rows(page).filter(has_text="pin_message")).to_have_count(4)
    told = {tuple(str(entry[key]) for key in ("method", "path", "body", "status", "user")) for entry in journal(demo)}
    assert len(told) == 1
    assert {entry["headers"]["x-mine"] for entry in journal(demo)} == {"here"}

    opened.get_by_role("button", name="Close the request").click()
    expect(opened).to_be_hidden()
    listed(page).focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(opened).to_be_visible()


def test_filters_let_some_through_also_of_what_comes(page: Page, demo: Running) -> None:
    chat = a_chat(demo)
    users = demo.control("GET", "/users")["users"]
    names = {user["role"]: user["name"] for user in users}
    demo.as_("owner").get("/chats")
    demo.as_("member").get("/chats")
    demo.as_("readonly").post(f"/chats/{chat}/mute")
    requests = visit(page, demo, "Requests")
    operation, user, status = (requests.get_by_label(name, exact=True) for name in ("Operation", "User", "Status"))
    expect(rows(page)).to_have_count(3)

    operation.select_option("list_direct_chats")
    expect(rows(page)).to_have_count(2)
    user.select_option(names["member"])
    expect(rows(page)).to_have_count(1)
    expect(requests.get_by_text("1 of 3 calls")).to_be_visible()
    status.select_option("4xx refused")
    expect(requests.get_by_text("No call is let through by the filters.")).to_be_visible()
    for _ in range(20):
        demo.as_("member").get("/chats")
    expect(rows(page)).to_have_count(1)
    status.select_option("429 locked out")
    expect(rows(page)).to_contain_text("429")
    status.select_option("2xx done")
    expect(requests.get_by_text("20 of 23 calls")).to_be_visible()

    operation.select_option("Any operation")
    user.select_option("Anybody")
    status.select_option("With a fault")
    expect(listed(page)).to_be_hidden()
    for then in ({"status": 500}, {"connection": "reset"}):
        demo.control("POST", "/faults", json={"when": {"times": 1}, "then": then})
    with pytest.raises(httpx.TransportError):
        demo.as_("owner").get("/chats")
    demo.as_("outsider").get("/chats")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first.get_by_text("by a fault")).to_be_attached()
    status.select_option("5xx failed")
    expect(rows(page)).to_contain_text("500")
    status.select_option("No answer")
    expect(rows(page)).to_contain_text("no answer")
    rows(page).click()
    expect(details(page)).to_contain_text("The client saw no answer.")


def test_it_can_be_paused_and_cleared(page: Page, demo: Running) -> None:
    requests = visit(page, demo, "Requests")
    expect(requests.get_by_text("No call yet.")).to_be_visible()
    demo.as_("owner").get("/chats")
    expect(rows(page)).to_have_count(1)
    requests.get_by_role("button", name="Pause").click()
    demo.as_("owner").get("/chats")
    demo.as_("owner").get("/chats")
    expect(requests.get_by_role("button", name="Resume (2 new)")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    requests.get_by_role("button", name="Resume").click()
    expect(rows(page)).to_have_count(3)
    expect(requests.get_by_role("button", name="Pause")).to_be_visible()

    rows(page).first.click()
    expect(details(page)).to_be_visible()
    requests.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog", name="Clear the journal?").get_by_role("button", name="Clear the journal").click()
    expect(requests.get_by_text("No call yet.")).to_be_visible()
    expect(details(page)).to_be_hidden()
    until(lambda: journal(demo) == [])
    demo.as_("owner").get("/chats")
    expect(rows(page)).to_have_count(1)
    requests.get_by_role("button", name="How to connect").wait_for(state="hidden")


def test_of_a_call_that_the_journal_forgot_it_shows_what_it_heard(page: Page, serve: Serve) -> None:
    server = serve(journal_size=1)
    visit(page, server, "Requests")
    server.as_("readonly").post(f"/chats/{server.as_('owner').chats()[0]['chat_id']}/mute")
    expect(rows(page)).to_have_count(2)
    rows(page).last.click()
    expect(details(page)).to_contain_text("The journal no longer has this call")
    expect(details(page).get_by_role("region", name="Answer")).to_contain_text('"chats"')
    rows(page).first.click()
    expect(details(page).get_by_role("button", name="curl")).to_be_visible()


def test_without_a_journal_it_shows_what_comes_while_it_is_open(page: Page, serve: Serve) -> None:
    server = serve(journal_size=0)
    server.as_("owner").get("/chats")
    requests = visit(page, server, "Requests")
    expect(requests.get_by_text("The journal is off (MOCKCLIQ_JOURNAL_SIZE=0)")).to_be_visible()
    server.as_("outsider").get("/chats")
    expect(rows(page)).to_have_count(1)
    rows(page).click()
    expect(details(page)).to_contain_text("The journal no longer has this call")


def test_calls_that_were_lost_are_told_of_and_can_be_loaded(
    page: Page, demo: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = visit(page, demo, "Requests")
    demo.as_("owner").get("/chats")
    expect(rows(page)).to_have_count(1)
    with monkeypatch.context() as patch:
        patch.setattr("mockcliq.runtime.journal.READER_LIMIT", 0)  # any page is too slow for that
        demo.as_("owner").get("/chats")
        demo.as_("member").get("/chats")
        expect(requests.get_by_text("2 calls came too fast to be shown.")).to_be_visible()
    demo.as_("outsider").get("/chats")
    expect(rows(page)).to_have_count(2)
    assert axe(page) == []
    requests.get_by_role("button", name="Load them").click()
    expect(rows(page)).to_have_count(4)
    expect(requests.get_by_role("button", name="Load them")).to_have_count(0)
    demo.as_("outsider").get("/chats")
    expect(rows(page)).to_have_count(5)


@contextmanager
def hidden(page: Page) -> Iterator[None]:
    """Let another page stand before it, which Chromium without a screen does not do by itself."""
    change = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    change += " document.dispatchEvent(new Event('visibilitychange')); }"
    with page.expect_event("requestfailed", lambda request: "/requests/stream" in request.url):
        page.evaluate(change, arg=True)
    yield
    page.evaluate(change, arg=False)


@pytest.mark.parametrize("before", [0, 1])
def test_whoever_comes_back_to_the_page_finds_what_they_missed(page: Page, demo: Running, before: int) -> None:
    visit(page, demo, "Requests")
    for _ in range(before):
        demo.as_("owner").get("/chats")
    expect(rows(page)).to_have_count(before)
    with hidden(page):
        missed = [demo.as_("owner").get("/chats", params={"limit": n}).headers[REQUEST_ID] for n in (1, 2, 3)]
        assert rows(page).count() == before
    expect(rows(page)).to_have_count(before + len(missed))
    demo.as_("owner").get("/chats")
    expect(rows(page)).to_have_count(before + len(missed) + 1)


def test_what_was_looked_at_stays_when_one_answer_was_missed(page: Page, demo: Running) -> None:
    visit(page, demo, "Chats")
    requests = page.get_by_role("region", name="Requests", exact=True)
    demo.as_("owner").get("/chats")
    rows(page).click()
    expect(details(page)).to_contain_text("list_direct_chats")
    requests.get_by_label("Operation").select_option("list_direct_chats")
    requests.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name=re.compile(r"\d+ people")).click()
    page.route("**/overview", lambda route: route.fulfill(status=503, json={"detail": "Too busy."}))
    line = page.get_by_role("alert").filter(has_text="Too busy.")
    expect(line).to_be_visible()
    demo.as_("owner").post(f"/chats/{marketing(demo)}/mute")
    page.unroute("**/overview")
    expect(line).to_be_hidden()
    # Nothing is begun again, and what has changed meanwhile is shown.
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="People")).to_be_visible()
    expect(details(page)).to_contain_text("list_direct_chats")
    expect(requests.get_by_label("Operation")).to_have_value("list_direct_chats")
    expect(requests.get_by_role("button", name="Resume (1 new)")).to_be_visible()
    expect(rows(page)).to_have_count(1)


def test_it_goes_on_by_itself_when_the_server_is_back(page: Page, complaints: Complaints) -> None:
    settings = Settings(port=free_port())
    first = ServerThread(settings)
    with httpx.Client(base_url=first.url, trust_env=False) as client:
        server = Running(first.port, client)
        requests = visit(page, server, "Requests")
        server.as_("owner").get("/chats")
        expect(rows(page)).to_have_count(1)
        requests.get_by_label("Operation").select_option("list_direct_chats")
        first.stop()
        line = page.get_by_role("alert").filter(has_text="The server does not answer.")
        expect(line).to_be_visible()
        requests.get_by_role("button", name="Clear").click()
        page.get_by_role("dialog").get_by_role("button", name="Clear the journal").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(line).to_have_count(1)  # said once, for as long as it lasts
        again = ServerThread(settings)
        try:
            missed = server.as_("member").get("/chats")
            assert missed.status_code == httpx.codes.OK
            expect(
                requests.get_by_text(re.compile("all since a new start at .+: what was before is gone"))
            ).to_be_visible()
            expect(page.get_by_role("alert").filter(has_text="The server does not answer.")).to_have_count(0)
            expect(page.locator("#connection")).to_be_hidden()
            expect(rows(page)).to_have_count(1)
            server.as_("outsider").get("/chats")
            expect(rows(page)).to_have_count(2)
            expect(requests.get_by_label("Operation")).to_have_value("list_direct_chats")
            rows(page).last.click()
            expect(details(page).get_by_role("button", name="curl")).to_be_visible()
        finally:
            again.stop()
    assert complaints
    assert all("net::ERR_" in each for each in complaints), complaints
    complaints.clear()


def test_a_thousand_calls_are_no_burden(page: Page, serve: Serve) -> None:
    server = serve(rate_limit="off")
    requests = visit(page, server, "Requests")
    for _ in range(1010):
        server.http.get("/api/v2/nowhere")
    requests.get_by_label("Group repeats").uncheck()
    last = server.as_("owner").get("/chats")
    assert last.status_code == httpx.codes.OK
    expect(requests.get_by_text("1,000 calls, the latest: earlier ones are gone")).to_be_visible()
    expect(rows(page).first).to_contain_text("list_direct_chats")
    assert rows(page).count() < 50
    listed(page).focus()
    page.keyboard.press("End")
    expect(rows(page).last).to_have_attribute("aria-posinset", "1000")
    expect(rows(page).last).to_be_in_viewport()
    server.as_("owner").get("/chats")
    expect(rows(page).last).to_have_attribute("aria-posinset", "1000")
    assert rows(page).count() < 50

    page.reload()
    requests = turn_to(page, "Requests")
    expect(requests.get_by_text("1,000 calls, the latest: earlier ones are gone")).to_be_visible()
    requests.get_by_label("Status").select_option("2xx done")
    expect(rows(page)).to_have_count(2)
