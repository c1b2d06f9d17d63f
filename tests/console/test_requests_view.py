"""The calls at full width: what a row says, how one of many is found, linked to, and gone through by keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from tests.answers import REQUEST_ID
from tests.browser import axe
from tests.conftest import Running, Serve
from tests.console.driving import marketing, visit
from tests.processes import until
from tests.tls.trusting import secure
from tests.wire import connected

TIMES = "\N{MULTIPLICATION SIGN}"
LOST = {"connection": "reset", "apply": "after"}


def rows(page: Page) -> Locator:
    """The calls that are listed, as far as they are in view."""
    return page.get_by_role("listbox", name="Requests, newest first").get_by_role("option")


def details(page: Page) -> Locator:
    """A call in full."""
    return page.get_by_role("region", name="The request", exact=True)


def told(row: Locator) -> str:
    """What a row says, its columns from left to right."""
    return " ".join(row.inner_text().split())


def look(page: Page, server: Running, fragment: str = "requests") -> Locator:
    """Open the page by such an address; gives the part."""
    page.goto("about:blank")
    page.goto(f"{server.url}/_mockcliq/ui#{fragment}")
    region = page.get_by_role("region", name="Requests", exact=True)
    expect(region).to_be_visible()
    return region


def lose(server: Running, path: str) -> None:
    """Make a call that does its work, and whose answer is lost."""
    server.control("POST", "/faults", json={"when": {"times": 1}, "then": LOST})
    with pytest.raises(httpx.TransportError):
        server.as_("owner").post(path)


def test_it_has_an_address_and_a_key_and_the_whole_width(page: Page, demo: Running) -> None:
    region = look(page, demo)
    box = region.bounding_box()
    assert box is not None
    assert box["width"] == 1280
    expect(page.get_by_role("region", name="Conversations", exact=True)).to_be_hidden()
    expect(page).to_have_url(re.compile("#requests"))
    page.keyboard.press("2")
    expect(page.get_by_role("region", name="Conversations", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("#conversations"))
    page.keyboard.press("1")
    expect(page.get_by_role("region", name="Conversations", exact=True)).to_be_hidden()
    page.get_by_role("navigation").get_by_role("button", name="Chats").click()
    page.go_back()
    expect(page).to_have_url(re.compile("#requests"))
    expect(page.get_by_role("region", name="Conversations", exact=True)).to_be_hidden()


def test_a_row_says_all_as_the_client_saw_it(page: Page, demo: Running) -> None:
    chat = demo.as_("owner").chats()[0]["chat_id"]
    demo.control("DELETE", "/requests")
    demo.as_("readonly").get("/chats", params={"limit": 500, "modified_after": "2025-01-01"})
    lose(demo, f"/chats/{chat}/mute")
    demo.control("POST", "/faults", json={"when": {"times": 1}, "then": {"status": 503, "apply": "after"}})
    demo.as_("owner").post(f"/chats/{chat}/unmute")
    look(page, demo)
    expect(rows(page)).to_have_count(3)
    owner = demo.control("GET", "/users")["users"][0]["name"]
    client = f"python-httpx {'.'.join(httpx.__version__.split('.')[:2])}"
    got, lost, listed = [told(row) for row in rows(page).all()]
    rest = rf"[\d.,]+ {owner} (readonly|owner) {client} default \S+"
    asked = r"/chats\?limit=500&modified_after=2025-01-01 list_direct_chats"
    assert re.fullmatch(rf"400 GET {asked} {rest}", listed), listed
    assert "readonly" in listed
    assert re.fullmatch(rf"no answer POST by a fault /chats/\S+/mute mute_chat {rest}", lost), lost
    assert got.startswith("503 POST by a fault /chats/"), "not the 204 that the work gave"
    rows(page).nth(1).click()
    expect(details(page)).to_contain_text("The client saw no answer.")
    expect(details(page)).to_contain_text("The work was done, and gave 204.")
    rows(page).nth(0).click()
    expect(details(page)).to_contain_text("The work was done, and gave 204; the client saw 503.")


def test_no_answer_finds_lost_answers_too(page: Page, demo: Running) -> None:
    """What was done and never told is under “No answer”, and not under “2xx done”."""
    lose(demo, f"/chats/{marketing(demo)}/mute")
    region = look(page, demo)
    expect(rows(page)).to_have_count(1)
    region.get_by_label("Status").select_option("No answer")
    expect(rows(page)).to_have_count(1)
    region.get_by_label("Status").select_option("2xx done")
    expect(rows(page)).to_have_count(0)


def test_a_text_is_searched_for_and_stays_in_the_address(page: Page, demo: Running) -> None:
    chat = marketing(demo)
    demo.as_("owner").get("/chats", params={"limit": 7})
    demo.as_("owner").post(f"/chats/{chat}/message", json={"text": "The Kiln is hot"})
    demo.as_("readonly").post(f"/chats/{chat}/mute")
    region = look(page, demo)
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("/")
    search = region.get_by_role("searchbox", name="Search requests")
    expect(search).to_be_focused()
    for text, found in (("kiln", "/message"), ("LIMIT=7", "limit=7"), ("scope_missing", "403"), ("readonly", "403")):
        search.fill(text)
        expect(rows(page)).to_have_count(1)
        expect(rows(page)).to_contain_text(found)
    region.get_by_label("Operation", exact=True).select_option("mute_chat")
    expect(page).to_have_url(re.compile(r"#requests&.*q=readonly&operation=mute_chat"))
    expect(region.get_by_text("1 of 3 calls")).to_be_visible()
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(search).to_have_value("readonly")
    search.fill("there is none such")
    region.get_by_role("button", name="Clear the filters").click()
    expect(rows(page)).to_have_count(3)
    assert "q=" not in page.url
    assert axe(page) == []


def test_a_search_reads_what_a_client_has_escaped(page: Page, demo: Running) -> None:
    path = f"/chats/{marketing(demo)}/message"
    for body in (
        rb'{"text": "Gr\u00f6\u00dfe \ud83d\ude00, 5% off, \ud83d"}',
        b"text=Gr%C3%B6%C3%9Fe%20%F0%9F%98%80%FF",
    ):
        demo.as_("owner").post(path, content=body)
    demo.as_("owner").get("/chats")
    region = look(page, demo)
    expect(rows(page)).to_have_count(3)
    for text in ("größe", "GRÖSSE".replace("SS", "ß"), "ße \U0001f600"):
        region.get_by_role("searchbox", name="Search requests").fill(text)
        expect(rows(page)).to_have_count(2)


def test_repeats_are_one_row_that_unfolds(page: Page, demo: Running) -> None:
    with httpx.Client(base_url=demo.url, trust_env=False) as client:
        for _ in range(500):
            client.get("/api/v2/chats", headers={"Authorization": "Bearer 1000.mockcliq.owner"})
    region = look(page, demo)
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(0)).to_contain_text(f"{TIMES} 480")
    assert told(rows(page).nth(0)).startswith(f"429 GET {TIMES} 480 /chats")
    assert told(rows(page).nth(1)).startswith(f"200 GET {TIMES} 20 /chats")
    rows(page).nth(1).click()
    expect(rows(page)).to_have_count(22)
    rows(page).nth(1).click()
    expect(rows(page)).to_have_count(2)
    region.get_by_label("Group repeats").uncheck()
    expect(rows(page).first).to_have_attribute("aria-setsize", "500")
    expect(page).to_have_url(re.compile("groups=off"))
    demo.as_("member").get("/chats")
    region.get_by_label("Group repeats").check()
    expect(rows(page)).to_have_count(3)


def test_a_call_that_was_tried_again_a_few_times_is_one_row(page: Page, demo: Running) -> None:
    owner = demo.as_("owner")
    demo.control("POST", "/faults", json={"when": {"times": 4}, "then": {"status": 429}})
    assert [owner.get("/chats").status_code for _ in range(7)] == [429] * 4 + [200] * 3
    look(page, demo)
    expect(rows(page)).to_have_count(4)
    assert told(rows(page).last).startswith(f"429 GET {TIMES} 4 ")


def test_the_console_s_own_calls_are_marked_and_can_be_hidden(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, demo, "Chats")
    page.get_by_role("button", name="Mute", exact=True).click()
    demo.as_("owner").get("/chats")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(1)).to_contain_text("this console")
    region = page.get_by_role("region", name="Requests", exact=True)
    region.get_by_label("Hide the console's own").check()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("python-httpx")
    expect(page).to_have_url(re.compile("own=hidden"))
    # A line that is copied is nobody's own.
    region.get_by_label("Hide the console's own").uncheck()
    rows(page).nth(1).click()
    details(page).get_by_role("button", name="curl", exact=True).click()
    assert "console" not in page.evaluate("navigator.clipboard.readText()")


def test_a_link_opens_a_call(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    refused = demo.as_("readonly").post(f"/chats/{marketing(demo)}/mute").headers[REQUEST_ID]
    demo.as_("owner").get("/chats")
    look(page, demo, f"request={refused}")
    expect(details(page)).to_contain_text("403")
    expect(rows(page).nth(1)).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile(f"request={refused}"))
    details(page).get_by_role("button", name="Link to this call").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{demo.url}/_mockcliq/ui#request={refused}"
    rows(page).first.click()
    expect(details(page)).to_contain_text("list_direct_chats")
    page.reload()
    expect(details(page)).to_contain_text("list_direct_chats")
    look(page, demo, "request=1-1")
    expect(details(page)).to_contain_text("has no call 1-1")
    # One of another world, whose name is in the link.
    demo.control("POST", "/worlds", json={"id": "other", "world": "documentation"})
    made = demo.http.get("/w/other/api/v2/nowhere").headers[REQUEST_ID]
    look(page, demo, f"request={made}&world=other")
    expect(details(page)).to_contain_text("/w/other/api/v2/nowhere")


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, {"width": 768, "height": 1024}])
def test_an_open_call_of_the_address_is_in_view_in_the_list(page: Page, demo: Running, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    made = [demo.as_("owner").get("/chats", params={"limit": n}).headers[REQUEST_ID] for n in range(1, 90)]
    look(page, demo, f"request={made[4]}")
    expect(details(page)).to_contain_text("limit=5")
    chosen = page.get_by_role("listbox", name="Requests, newest first").locator("[aria-selected=true]")
    expect(chosen).to_contain_text("limit=5")
    expect(chosen).to_be_in_viewport(ratio=0.9)
    # One that comes meanwhile does not push it away, and whoever scrolls is let go.
    demo.as_("owner").get("/chats", params={"limit": 99})
    expect(rows(page).first).to_have_attribute("aria-setsize", "90")
    expect(chosen).to_be_in_viewport(ratio=0.9)
    page.get_by_role("listbox", name="Requests, newest first").hover()
    page.mouse.wheel(0, -20_000)
    expect(rows(page).filter(has_text="limit=99")).to_be_in_viewport()
    demo.as_("owner").get("/chats", params={"limit": 98})
    expect(rows(page).filter(has_text="limit=98")).to_be_in_viewport()


def test_the_answer_comes_first_then_the_reason_once(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    body = {"nested": {"list": [1, 2]}, "x": "<b>no markup</b>"}
    headers = {"X-Mine": "here", "Sec-Fetch-Mode": "cors", "Accept-Language": "de"}
    answer = demo.as_("owner").post(f"/chats/{marketing(demo)}/stickymessage", json=body, headers=headers)
    look(page, demo, f"request={answer.headers[REQUEST_ID]}")
    expect(details(page)).to_be_visible()
    text = details(page).inner_text()
    order = [text.index(each) for each in ("Bad Request", "Answer", "Expected", "Send again", "Body", "Headers")]
    assert order == sorted(order)
    assert text.count("invalid_input") == 1
    top = details(page).get_by_role("region", name="Answer", exact=True)
    # A part that is drawn anew has no place for a moment.
    until(lambda: (box := top.bounding_box()) is not None and box["y"] < 350)
    # Headers that nobody wrote are folded.
    expect(details(page).get_by_text("x-mine")).to_be_visible()
    expect(details(page).get_by_text("accept-language")).to_be_hidden()
    details(page).get_by_text("headers of the client's own").click()
    expect(details(page).get_by_text("accept-language")).to_be_visible()
    # JSON is indented, folds, and is copied as it was sent.
    sent = details(page).get_by_role("region", name="Body", exact=True)
    expect(sent).to_have_text(json.dumps(body, indent=2), use_inner_text=True)
    sent.get_by_role("button").nth(1).click()
    expect(sent).to_have_text('{\n  "nested": {},\n  "x": "<b>no markup</b>"\n}', use_inner_text=True)
    assert axe(page) == []
    details(page).get_by_role("button", name="Copy the body").click()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == body


def test_what_a_call_was_refused_for_is_marked_where_it_was_sent(page: Page, demo: Running) -> None:
    """A key of the body, or a parameter of the query; nothing of a call that was done."""
    owner, chat = demo.as_("owner"), marketing(demo)
    for answer, key in (
        (owner.post(f"/chats/{chat}/message", json={"text": 5, "note": {"text": 5}}), '"text"'),
        (owner.get("/chats", params={"limit": 900}), "limit"),
        (owner.post(f"/chats/{chat}/message", json={"text": "5"}), None),
    ):
        look(page, demo, f"request={answer.headers[REQUEST_ID]}")
        expect(details(page)).to_contain_text("Copy as")
        expect(details(page).locator("mark")).to_have_text([] if key is None else [key])
        assert axe(page) == []


def test_keys_go_through_the_calls_and_close_them(page: Page, demo: Running) -> None:
    for limit in (1, 2, 3):
        demo.as_("owner").get("/chats", params={"limit": limit})
    look(page, demo)
    expect(rows(page)).to_have_count(3)
    for key, limit in (("j", 3), ("j", 2), ("j", 1), ("j", 1), ("k", 2)):
        page.keyboard.press(key)
        expect(details(page)).to_contain_text(f"?limit={limit}")
    # With a call open, the arrows of the list open the next one, too.
    page.get_by_role("listbox", name="Requests, newest first").focus()
    page.keyboard.press("ArrowUp")
    expect(details(page)).to_contain_text("?limit=3")
    page.keyboard.press("Escape")
    expect(details(page)).to_be_hidden()
    assert "request=" not in page.url
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("j, k")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    # What is written is no command.
    page.keyboard.press("/")
    page.keyboard.type("j?1")
    expect(page.get_by_role("searchbox", name="Search requests")).to_have_value("j?1")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("fragment", "name"), [("conversations", "conversations"), ("requests", "list")])
def test_a_divider_is_moved_by_keys_and_by_dragging_and_remembered(
    page: Page, demo: Running, fragment: str, name: str
) -> None:
    answer = demo.as_("owner").get("/chats")
    page.set_viewport_size({"width": 1440, "height": 900})
    look(page, demo, f"{fragment}&request={answer.headers[REQUEST_ID]}")
    expect(details(page)).to_be_visible()
    line = page.get_by_role("separator", name=f"Between the {name}")
    pane = details(page) if name == "list" else page.get_by_role("region", name="Requests", exact=True)

    def width() -> float:
        box = pane.bounding_box()
        assert box is not None
        return box["width"]

    before, share = width(), line.get_attribute("aria-valuenow")
    line.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert abs(width() - before - 48) <= 2
    assert line.get_attribute("aria-valuenow") != share
    assert axe(page) == []
    box = line.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, 600)
    page.mouse.down()
    page.mouse.move(box["x"] - 97, 600)
    page.mouse.up()
    assert abs(width() - before - 148) <= 4
    page.reload()
    expect(details(page)).to_be_visible()
    assert abs(width() - before - 148) <= 4
    line.dblclick()
    assert abs(width() - before) <= 2


def test_clearing_the_journal_asks_first(page: Page, demo: Running) -> None:
    demo.as_("owner").get("/chats")
    region = look(page, demo)
    expect(rows(page)).to_have_count(1)
    region.get_by_role("button", name="Clear", exact=True).click()
    dialog = page.get_by_role("dialog", name="Clear the journal?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Cancel").click()
    expect(rows(page)).to_have_count(1)
    assert len(demo.control("GET", "/requests")["requests"]) == 1


def test_it_says_what_is_gone(page: Page, serve: Serve) -> None:
    """The earliest calls of many, and all that was before a reset."""
    server = serve(journal_size=10)
    for _ in range(15):
        server.as_("owner").get("/chats")
    region = look(page, server)
    expect(region.get_by_text("10 calls, the latest: earlier ones are gone")).to_be_visible()
    server.control("POST", "/reset")
    cleared = "the journal was cleared at .+, and this page alone knows what was before"
    expect(region.get_by_text(re.compile(cleared))).to_be_visible()


def test_the_first_minute_has_four_things_to_try(page: Page, demo: Running) -> None:
    region = look(page, demo)
    expect(region.get_by_role("listitem")).to_have_count(4)
    assert axe(page) == []
    region.get_by_role("button", name="Refuse a call").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("403")
    demo.control("DELETE", "/requests")
    look(page, demo)
    region.get_by_role("button", name="Use a limit up").click()
    expect(page.get_by_role("region", name="Limits", exact=True)).to_contain_text(re.compile(r"Locked (10:00|9:\d\d)"))


def test_the_first_minute_loses_an_answer_and_connects(page: Page, demo: Running, complaints: list[str]) -> None:
    region = look(page, demo)
    region.get_by_role("button", name="Lose an answer").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("no answer")
    assert all("ERR_CONNECTION_RESET" in each for each in complaints)
    complaints.clear()
    demo.control("DELETE", "/requests")
    look(page, demo)
    region.get_by_role("button", name="How to connect").click()
    expect(page.get_by_role("region", name="Connect", exact=True)).to_be_visible()


def test_however_many_windows_are_open_each_shows_what_comes(page: Page, demo: Running) -> None:
    """A browser has six connections for a server; streams must not take them all."""
    pages = [page, *(page.context.new_page() for _ in range(7))]
    for each in pages:
        look(each, demo)
        expect(each.get_by_text("No call yet.")).to_be_visible()
    demo.as_("owner").get("/chats")
    for each in pages:
        expect(rows(each)).to_have_count(1)


def test_a_call_that_came_by_a_strange_client_is_shown_as_text(page: Page, demo: Running) -> None:
    with connected(demo.port) as wire:
        agent = "<img src=x onerror=alert(1)>/9"
        wire.send(f"GET /api/v2/%3Cb%3E?q=%3Ci%3E HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {agent}\r\n\r\n".encode())
        wire.answer()
    look(page, demo)
    expect(rows(page)).to_contain_text("/<b>?q=<i>")
    rows(page).click()
    expect(details(page)).to_contain_text("/api/v2/<b>?q=<i>")
    assert page.locator("#requests b, #requests i, #requests img").count() == 0


def test_a_call_for_another_host_says_what_it_was(page: Page, tmp_path: Path) -> None:
    """No call of an API, so nothing of it can be sent or copied."""
    with secure(tmp_path) as server:
        with server.connected() as wire:
            wire.sendall(b"CONNECT registry.example.com:443 HTTP/1.1\r\nHost: registry.example.com:443\r\n\r\n")
            while wire.recv(4096):
                """Its answer, to the end."""
        look(page, server.server)
        expect(rows(page)).to_have_count(1)
        assert told(rows(page)).startswith("403 CONNECT registry.example.com:443 outside ")
        rows(page).click()
        expect(details(page)).to_contain_text("For another host")
        expect(details(page)).to_contain_text("CONNECT registry.example.com:443")
        expect(details(page)).to_contain_text("The proxy let it no further")
        expect(details(page)).to_contain_text("MOCKCLIQ_PROXY_PASS=registry.example.com")
        for name in ("curl", "Python", "verify", "Send again", "Edit and send", "Fail the next one like this"):
            expect(details(page).get_by_role("button", name=name)).to_have_count(0)
        assert axe(page) == []


def test_what_the_journal_tells_of_the_answer_and_the_client_is_shown(page: Page, demo: Running) -> None:
    """The answer's headers as the request's: those that say something, then the rest, folded; and calls under way."""
    demo.as_("owner").get("/chats")
    [made] = demo.control("GET", "/requests")["requests"]
    told_of = {**made, "client": "my-bot/7.1 (x)", "token_label": "a-label", "in_flight": False}
    told_of["answer_headers"] = {"content-type": "application/json", "retry-after": "60", "date": "today"}
    waiting = {**told_of, "id": "1-9", "status": None, "answer": None, "in_flight": True, "duration_ms": None}

    def stream(route: Route) -> None:
        events = "".join(
            f"event: request\ndata: {json.dumps(each)}\nid: {each['id']}\n\n" for each in (told_of, waiting)
        )
        route.fulfill(body=events, content_type="text/event-stream")

    def one(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(json={**answer.json(), **told_of})

    page.route("**/requests/stream?*", stream)
    page.route(f"**/requests/{made['id']}", one)
    look(page, demo)
    expect(rows(page)).to_have_count(2)
    assert re.search("^under way GET .* my-bot 7.1 default", told(rows(page).first)), told(rows(page).first)
    rows(page).last.click()
    expect(details(page).locator(".facts")).to_contain_text("token a-label")
    expect(details(page).locator(".facts")).to_contain_text("my-bot 7.1")
    expect(details(page).get_by_text("retry-after")).to_be_visible()
    expect(details(page).get_by_text("today", exact=True)).to_be_hidden()
    details(page).get_by_text("2 more headers of the server's own").click()
    expect(details(page).get_by_text("today", exact=True)).to_be_visible()
    assert axe(page) == []
    rows(page).first.click()
    expect(details(page)).to_contain_text("It is under way: there is no answer yet.")
