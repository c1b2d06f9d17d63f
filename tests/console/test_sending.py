"""Calls that are made from the page, again, changed or tried, and what a call becomes: a rule, a line, a test."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.answers import REQUEST_ID
from tests.browser import axe
from tests.conftest import Running
from tests.console.driving import marketing
from tests.needs import needs
from tests.processes import PATIENCE_S, ROOT


def open_call(page: Page, server: Running, answer: httpx.Response) -> Locator:
    """Open a call by its link; gives its details."""
    page.goto(f"{server.url}/_mockcliq/ui#request={answer.headers[REQUEST_ID]}")
    found = page.get_by_role("region", name="The request", exact=True)
    expect(found).to_be_visible()
    return found


def rows(page: Page) -> Locator:
    """The calls that are listed, as far as they are in view."""
    return page.get_by_role("listbox", name="Requests, newest first").get_by_role("option")


def latest(server: Running) -> dict[str, Any]:
    """The latest call that the journal has."""
    entry: dict[str, Any] = server.control("GET", "/requests")["requests"][-1]
    return entry


def test_a_call_is_sent_again_as_it_was(page: Page, demo: Running) -> None:
    chat = marketing(demo)
    first = demo.as_("member").post(f"/chats/{chat}/message", json={"text": "Grüße"}, headers={"X-Mine": "here"})
    details = open_call(page, demo, first)
    details.get_by_role("button", name="Send again").click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_have_attribute("aria-selected", "true")
    again = latest(demo)
    assert (again["status"], again["path"]) == (204, f"/api/v2/chats/{chat}/message")
    assert json.loads(again["body"]) == {"text": "Grüße"}
    assert again["headers"]["x-mine"] == "here"
    assert again["headers"]["authorization"] == "Bearer 1000.mockcliq.member"
    expect(rows(page).first).to_contain_text("this console")


@pytest.mark.parametrize(
    ("sent", "known", "again"),
    [
        ({}, "none", None),
        ({"Authorization": "Bearer 1000.of.somewhere-else"}, "masked: no world knows it", "Bearer ...else"),
    ],
)
def test_a_call_without_a_good_token_is_sent_again_without_one(
    page: Page, demo: Running, sent: dict[str, str], known: str, again: str | None
) -> None:
    """It gets its 401 again, and not the owner's answer."""
    details = open_call(page, demo, demo.http.get("/api/v2/chats", headers=sent))
    details.get_by_role("button", name="Send again").click()
    expect(rows(page)).to_have_count(2)
    assert (latest(demo)["status"], latest(demo)["headers"].get("authorization")) == (401, again)
    details.get_by_role("button", name="Edit and send").click()
    dialog = page.get_by_role("dialog", name="Edit and send")
    same = dialog.get_by_label("As", exact=True).locator("option:checked")
    expect(same).to_have_text(f"the same token as before ({known})")
    dialog.get_by_label("Query").fill("limit=3")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(rows(page)).to_have_count(3)
    entry = latest(demo)
    assert (entry["status"], entry["query"], entry["headers"].get("authorization")) == (401, {"limit": "3"}, again)


def test_a_call_is_changed_and_sent(page: Page, demo: Running) -> None:
    chat = marketing(demo)
    details = open_call(page, demo, demo.as_("member").post(f"/chats/{chat}/message", json={"text": "One"}))
    details.get_by_role("button", name="Edit and send").click()
    dialog = page.get_by_role("dialog", name="Edit and send")
    expect(dialog.get_by_label("Path")).to_have_value(f"/api/v2/chats/{chat}/message")
    expect(dialog.get_by_label("Body")).to_have_value('{"text":"One"}')
    expect(dialog.get_by_label("As", exact=True).locator("option:checked")).to_have_text("the same token as before")
    assert axe(page) == []
    dialog.get_by_label("As", exact=True).select_option("owner")
    dialog.get_by_label("Body").fill('{"text": "Two", "sync_message": true}')
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(details).to_contain_text("message_id")
    assert (latest(demo)["status"], latest(demo)["headers"]["authorization"]) == (200, "Bearer 1000.mockcliq.owner")
    # Of nobody, with another query, by another method.
    details.get_by_role("button", name="Edit and send").click()
    dialog.get_by_label("As", exact=True).select_option("nobody: without a token")
    dialog.get_by_label("Method").select_option("GET")
    dialog.get_by_label("Path").fill("/api/v2/chats")
    dialog.get_by_label("Query").fill("limit=3")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("A browser sends no body with GET")
    dialog.get_by_label("Body").fill("")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(details).to_contain_text("401")
    assert (latest(demo)["query"], "authorization" in latest(demo)["headers"]) == ({"limit": "3"}, False)


@pytest.mark.parametrize("content", [b"Lines\r\nof text\r\n", b"\x89PNG\r\n\xff\x00"])
def test_a_form_with_a_file_is_edited_and_its_body_sent_as_it_was(page: Page, demo: Running, content: bytes) -> None:
    chat = marketing(demo)
    sent = demo.as_("owner").post(f"/chats/{chat}/files", files={"files": ("it.bin", content, "text/plain")})
    assert sent.status_code in (200, 204)
    details = open_call(page, demo, sent)
    details.get_by_role("button", name="Edit and send").click()
    dialog = page.get_by_role("dialog", name="Edit and send")
    expect(dialog).to_contain_text("it is sent as it was")
    expect(dialog.get_by_label("Body")).to_have_count(0)
    dialog.get_by_label("Method").select_option("GET")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("A browser sends no body with GET: choose another method")
    dialog.get_by_label("Method").select_option("POST")
    dialog.get_by_label("As", exact=True).select_option("member")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(rows(page)).to_have_count(2)
    first, again = demo.control("GET", "/requests")["requests"]
    assert (again["status"], again["body"]) == (first["status"], first["body"])
    file = demo.control("GET", f"/chats/{chat}/messages?limit=1")["messages"][-1]["file"]
    assert demo.as_("owner").get(f"/files/{file['id']}").content == content


def test_every_operation_can_be_tried(page: Page, demo: Running) -> None:
    page.goto(f"{demo.url}/_mockcliq/ui#requests&chat={marketing(demo)}")
    page.get_by_role("button", name="Send a call").click()
    dialog = page.get_by_role("dialog", name="Send a call")
    operations = demo.control("GET", "/operations")["operations"]
    offered = dialog.get_by_label("Operation").locator("option").all_inner_texts()
    assert offered[1:] == [each["operation"] for each in operations]
    assert axe(page) == []
    dialog.get_by_label("Operation").select_option("pin_message")
    expect(dialog.get_by_label("Path")).to_have_value(f"/api/v2/chats/{marketing(demo)}/stickymessage")
    expect(dialog.get_by_label("Body")).to_have_value(re.compile('"id": "'))
    dialog.get_by_label("Operation").select_option("get_message")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("Put an id in place of {MESSAGE_ID}.")
    dialog.get_by_label("Operation").select_option("list_direct_chats")
    dialog.get_by_label("Query").fill("limit=500")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("region", name="The request", exact=True)).to_contain_text("limit=500")
    assert (latest(demo)["operation"], latest(demo)["status"]) == ("list_direct_chats", 400)


def test_a_call_without_a_token_is_the_world_s_that_is_looked_at(page: Page, demo: Running) -> None:
    demo.control("POST", "/worlds", json={"id": "other", "world": "documentation"})
    page.goto(f"{demo.url}/_mockcliq/ui#requests&world=other")
    for who, path in (("nobody: without a token", "/w/other/api/v2/chats"), ("owner (", "/api/v2/chats")):
        page.get_by_role("button", name="Send a call").click()
        dialog = page.get_by_role("dialog", name="Send a call")
        dialog.get_by_label("Operation").select_option("list_direct_chats")
        option = dialog.get_by_label("As", exact=True).locator("option").filter(has_text=who).first
        dialog.get_by_label("As", exact=True).select_option(str(option.get_attribute("value")))
        dialog.get_by_role("button", name="Send", exact=True).click()
        expect(dialog).to_have_count(0)
        assert demo.control("GET", "/worlds/other/requests")["requests"][-1]["path"] == path
    assert demo.control("GET", "/requests")["requests"] == []


def test_files_are_sent_with_what_is_said_of_them(page: Page, demo: Running) -> None:
    chat = marketing(demo)
    page.goto(f"{demo.url}/_mockcliq/ui#requests&chat={chat}")
    page.get_by_role("button", name="Send a call").click()
    dialog = page.get_by_role("dialog", name="Send a call")
    expect(dialog.get_by_label("Files")).to_be_hidden()
    dialog.get_by_label("Operation").select_option("share_files_to_chat")
    dialog.get_by_label("Files").set_input_files(
        [FilePayload(name=f"{name}.bin", mimeType="image/png", buffer=name.encode()) for name in ("one", "two")]
    )
    assert axe(page) == []
    for other in ("[1", "[1]", "5", "Here it is"):
        dialog.get_by_label("Other fields").fill(other)
        dialog.get_by_role("button", name="Send", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("no JSON object")
    dialog.get_by_label("Other fields").fill('{"comments": ["The first", "The second"], "mark_as_read": true}')
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_have_count(0)
    assert (latest(demo)["operation"], latest(demo)["status"]) == ("share_files_to_chat", 204)
    shared = demo.control("GET", f"/chats/{chat}/messages?limit=2")["messages"]
    assert [each["file"]["name"] for each in shared] == ["one.bin", "two.bin"]
    assert [each["file"]["comment"] for each in shared] == ["The first", "The second"]
    contents = [demo.as_("owner").get(f"/files/{each['file']['id']}").content for each in shared]
    assert contents == [b"one", b"two"]
    page.get_by_role("button", name="Send a call").click()
    dialog.get_by_label("Operation").select_option("share_files_to_chat")
    expect(dialog.get_by_label("Files")).to_be_visible()
    dialog.get_by_label("Operation").select_option("pin_message")
    expect(dialog.get_by_label("Files")).to_be_hidden()
    expect(dialog.get_by_label("Body")).to_have_value(re.compile('"id": "'))


def test_the_next_call_like_this_one_fails_as_chosen(page: Page, demo: Running) -> None:
    chat = marketing(demo)
    details = open_call(page, demo, demo.as_("owner").post(f"/chats/{chat}/mute"))
    details.get_by_role("button", name="Fail the next one like this").click()
    dialog = page.get_by_role("dialog", name="Fail the next one like this")
    assert axe(page) == []
    dialog.get_by_role("button", name="429 It is told to wait.").click()
    # The call stays in sight, and says so.
    expect(details.get_by_role("status")).to_contain_text("The next call like this one fails: 429")
    expect(rows(page)).to_have_count(1)
    assert axe(page) == []
    details.get_by_role("button", name="See it in Faults").click()
    expect(page.get_by_role("region", name="Faults", exact=True)).to_contain_text("Next call of mute_chat")
    assert demo.as_("member").post(f"/chats/{chat}/mute").status_code == 204, "of somebody else"
    assert demo.as_("owner").get("/chats").status_code == 200, "another operation"
    assert demo.as_("owner").post(f"/chats/{chat}/mute").status_code == 429
    assert demo.as_("owner").post(f"/chats/{chat}/mute").status_code == 204, "once"


@needs("curl")
def test_a_line_verifies_that_the_call_was_made(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    details = open_call(page, demo, demo.as_("readonly").post(f"/chats/{marketing(demo)}/mute"))
    details.get_by_role("button", name="verify line").click()
    line = page.evaluate("navigator.clipboard.readText()")

    def run() -> tuple[int, dict[str, Any]]:
        said = subprocess.run(
            ["sh", "-c", f"{line} --noproxy '*' -sS"], capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        return said.returncode, json.loads(said.stdout)

    assert run() == (0, {"verified": True, "count": 1})
    demo.control("DELETE", "/requests")
    code, said = run()
    assert "but there were 0" in said["detail"]
    assert code != 0, "so that a script notices"


TOKENLESS: dict[str, tuple[str, str, dict[str, str]]] = {
    "no token": ("GET", "/chats", {}),
    "unknown token": ("GET", "/chats", {"Authorization": "Zoho-oauthtoken 1000.of.somewhere-else"}),
    "revoked token": ("GET", "/chats", {"Authorization": "Bearer 1000.mockcliq.revoked"}),
    "no token, nowhere": ("GET", "/nowhere?q=a%20b", {}),
    "webhook": ("POST", "/channelsbyname/announcements/message?zapikey=1001.mockcliq.webhook&x=1", {}),
    "webhook, unknown": ("POST", "/channelsbyname/announcements/message?zapikey=1001.of.somewhere-else", {}),
}
"""Calls whose world is not told by a token in a header, or by none that a test can have."""


@pytest.mark.parametrize("case", ["refused", "posted", "locked", "lost", "failed", "nowhere", *TOKENLESS])
def test_the_test_that_it_gives_passes(page: Page, demo: Running, tmp_path: Path, case: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat = marketing(demo)
    if case == "refused":
        demo.as_("readonly").post(f"/chats/{chat}/mute")
    elif case == "posted":
        demo.as_("owner").post(f"/chats/{chat}/message", json={"text": "It's “hot”\n", "sync_message": True})
    elif case == "locked":
        for _ in range(21):
            demo.as_("owner").get(f"/chats/{chat}/members")
    elif case == "nowhere":
        demo.as_("owner").get("/nowhere", params={"q": "a b"})
    elif case in TOKENLESS:
        method, path, headers = TOKENLESS[case]
        body = {"text": "Hello"} if method == "POST" else None
        demo.http.request(method, f"/api/v2{path}", headers=headers, json=body)
    else:
        then = {"connection": "reset", "apply": "after"} if case == "lost" else {"status": 503, "body": {"is": None}}
        demo.control("POST", "/faults", json={"when": {"times": 1}, "then": then})
        try:
            demo.as_("owner").post(f"/chats/{chat}/mute")
        except httpx.TransportError:
            assert case == "lost"
    made = demo.control("GET", "/requests")["requests"]
    page.goto(f"{demo.url}/_mockcliq/ui#requests")
    rows(page).first.click()
    expect(page.get_by_role("region", name="The request", exact=True)).to_be_visible()
    page.get_by_role("button", name="pytest test that says this").click()
    file = tmp_path / "test_it.py"
    file.write_text(page.evaluate("navigator.clipboard.readText()"))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--mockcliq-url", demo.url, str(file)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=False,
    )
    assert ran.returncode == 0, (file.read_text(), ran.stdout, ran.stderr)
    assert "1 passed" in ran.stdout
    assert demo.control("GET", "/requests")["requests"] == made, "and none of its calls came here"
