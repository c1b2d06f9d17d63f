"""Messages as a chat app shows them: written by the page, by bots and by others, with all that they have."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Route, ViewportSize, expect

from tests.browser import axe
from tests.conftest import Running, Serve
from tests.console.driving import act_as, chat, console, journal, messages, outcome, thread
from tests.console.test_access import BEYOND
from tests.console.test_conversations import MARKETING

SMALL: ViewportSize = {"width": 320, "height": 568}
MARKUP = '<img src=x onerror="alert(1)">'

OWNER, MEMBER, OLIVIA = "631830849", "631830848", "431930546"
RELEASES, BUILDS, ARCHIVE = "CT_7001_88-C1", "7002", "CT_7003_88-C1"
"""A channel, the owner's chat with a bot, and a channel that is archived."""
BEGUN = "1572602400000_1"
"""The first message of the channel."""

RICH: dict[str, Any] = {
    "text": "Build 41 is out.",
    "card": {"title": f"Build 41 {MARKUP}", "theme": "modern-inline", "thumbnail": "https://pictures.example/41.png"},
    "slides": [
        {
            "type": "table",
            "title": "Suites",
            "data": {"headers": ["Suite", "Result"], "rows": [{"Suite": "unit", "Result": MARKUP}]},
        },
        {"type": "list", "title": "Changes", "data": ["Faster start", "https://changes.example/41"]},
        {"type": "text", "title": "Notes", "data": "Nothing else."},
        {"type": "label", "title": "Facts", "data": [{"Branch": "main"}, {"By": "Olivia"}]},
        {"type": "images", "title": "Charts", "data": ["https://pictures.example/chart.png"]},
        {"type": "graph", "title": "Times", "data": [{"label": "Monday", "value": 7}]},
        "a slide that is none",
        {"type": "text", "data": {"shape": ["of", {"its": None}]}},
    ],
    "buttons": [
        {
            "label": "Open the build",
            "hint": "Its page",
            "type": "+",
            "action": {"type": "open.url", "data": {"web": "https://builds.example/41"}},
        }
    ],
}


@pytest.fixture
def releases(serve: Serve) -> Running:
    """A world with a channel, its bot, an archived one, and a chat with the bot."""
    server = serve(world="documentation")
    state = server.control("GET", "/state")
    state["bots"] = [{"unique_name": "buildbot", "id": "b-1001", "name": "Build bot"}]
    common = {"creator": OWNER, "created": "2019-10-01T08:00:00Z"}
    state["chats"] += [
        {
            **common,
            "id": RELEASES,
            "type": "channel",
            "name": "Release train",
            "participants": [OWNER, MEMBER, OLIVIA],
            "channel": {"unique_name": "release-train", "bots": ["buildbot"]},
            "messages": [
                {"id": BEGUN, "sender": MEMBER, "text": "Shall we release?", "time": "2019-11-01T10:00:00Z"},
            ],
        },
        {**common, "id": BUILDS, "type": "bot", "name": "Build bot", "participants": [OWNER], "bot": "buildbot"},
        {
            **common,
            "id": ARCHIVE,
            "type": "channel",
            "name": "Old train",
            "participants": [OWNER],
            "channel": {"unique_name": "old-train", "status": "archived"},
        },
    ]
    server.control("PUT", "/state", json=state)
    return server


def box(page: Page) -> Locator:
    """Where a message is written."""
    return page.get_by_role("textbox", name="Message")


def post(server: Running, who: str, path: str = f"/chats/{RELEASES}", **body: Any) -> str:
    """Post as the holder of a fixed token; gives the message's id."""
    answer = server.as_(who).post(f"{path}/message", json={"sync_message": True, **body})
    assert answer.status_code == 200, answer.headers
    return str(answer.json().get("message_id", ""))


# Writing


def test_a_message_is_posted_by_enter_and_is_there_at_once(page: Page, demo: Running) -> None:
    console(page, demo, chat=MARKETING)
    box(page).fill("First line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second <b>line</b>")
    page.keyboard.press("Enter")
    text = "First line\nsecond <b>line</b>"
    expect(messages(page).last).to_contain_text(text, use_inner_text=True)
    expect(messages(page).last).to_be_in_viewport()
    expect(outcome(page)).to_contain_text(f"204SentPOST /api/v2/chats/{MARKETING}/message")
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    expect(chat(page, "Marketing").first).to_contain_text("You: First line")
    (entry,) = demo.control("GET", "/requests")["requests"]
    assert (entry["path"], json.loads(entry["body"])["text"]) == (f"/api/v2/chats/{MARKETING}/message", text)
    page.keyboard.press("Enter")
    page.keyboard.type("   ")
    page.keyboard.press("Enter")
    page.keyboard.type("Next")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(messages(page).last).to_contain_text("Next")
    assert len(journal(demo)) == 2, "nothing is said by no words"
    assert axe(page) == []


def test_files_are_shared_by_the_api_chosen_dropped_or_pasted(page: Page, demo: Running) -> None:
    """Each message is there at once, with its file, and the call is one that any client could make."""
    console(page, demo, chat=MARKETING)
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Share files").click()
    files: list[FilePayload] = [
        {"name": "notes <b>.txt", "mimeType": "text/plain", "buffer": b"Shift notes"},
        {"name": "data.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256)) * 8},
    ]
    choosing.value.set_files(files)
    expect(messages(page).last).to_contain_text("data.bin")
    expect(messages(page).nth(-2)).to_contain_text("notes <b>.txt")
    expect(messages(page).last).to_be_in_viewport()
    expect(outcome(page)).to_contain_text("Files shared")
    entry = demo.control("GET", "/requests")["requests"][-1]
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", f"/api/v2/chats/{MARKETING}/files", 204)
    with page.expect_download() as downloading:
        messages(page).nth(-2).get_by_role("button", name="Download").click()
    assert downloading.value.path().read_bytes() == b"Shift notes"
    for number, event in enumerate(("drop", "paste")):
        page.evaluate(
            """([event, name]) => {
                const files = new DataTransfer();
                files.items.add(new File(["x"], name));
                const data = event === "drop" ? { dataTransfer: files } : { clipboardData: files };
                const kind = event === "drop" ? DragEvent : ClipboardEvent;
                document.querySelector(".composer textarea")
                    .dispatchEvent(new kind(event, { bubbles: true, cancelable: true, ...data }));
            }""",
            [event, f"{number}.txt"],
        )
        expect(messages(page).last).to_contain_text(f"{number}.txt")
    assert axe(page) == []


def test_a_file_that_is_refused_is_told_why(page: Page, demo: Running) -> None:
    console(page, demo, chat=MARKETING)
    act_as(page, "readonly")
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Share files").click()
    choosing.value.set_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    expect(outcome(page)).to_contain_text("scope_missing")
    expect(messages(page).filter(has_text="a.txt")).to_have_count(0)


def test_a_thread_is_begun_on_a_message_of_a_channel_and_shown(page: Page, releases: Running) -> None:
    console(page, releases, chat=RELEASES)
    title = "Shall we release?"
    messages(page).first.hover()
    page.get_by_role("button", name=f"Begin a thread on “{title}”").click()
    dialog = page.get_by_role("dialog", name="Begin a thread")
    expect(dialog).to_contain_text(title)
    expect(dialog.get_by_label("First answer")).to_be_focused()
    assert axe(page) == []
    page.keyboard.type("Yes, at noon.")
    releases.control("POST", "/faults", json={"match": {"operation": "post_message_to_chat"}, "then": {"status": 500}})
    dialog.get_by_role("button", name="Begin the thread").click()
    expect(dialog).to_have_count(0)
    expect(outcome(page)).to_contain_text("500")
    # What was refused is not lost.
    page.get_by_role("button", name=f"Begin a thread on “{title}”").click()
    expect(dialog.get_by_label("First answer")).to_have_value("Yes, at noon.")
    releases.control("DELETE", "/faults")
    dialog.get_by_role("button", name="Begin the thread").click()
    expect(dialog).to_have_count(0)
    expect(thread(page).get_by_role("region", name="What the thread is about")).to_contain_text(title)
    expect(messages(page).last).to_contain_text("Yes, at noon.")
    posted = releases.control("GET", "/requests")["requests"][-1]
    assert json.loads(posted["body"]) == {"text": "Yes, at noon.", "thread_message_id": BEGUN}
    # Back in the channel the message leads there, and begins no other.
    thread(page).get_by_role("button", name="Back to Release train").click()
    expect(page.get_by_role("button", name="Thread · 1 message")).to_be_visible()
    expect(page.get_by_role("button", name="Begin a thread on")).to_have_count(0)


def test_who_reads_earlier_messages_is_led_to_what_they_post(page: Page, demo: Running) -> None:
    page.set_viewport_size({"width": 1360, "height": 420})
    console(page, demo, chat=MARKETING)
    expect(messages(page).last).to_be_in_viewport()
    messages(page).first.scroll_into_view_if_needed()
    box(page).fill("Down here")
    page.keyboard.press("Enter")
    expect(messages(page).last).to_contain_text("Down here")
    expect(messages(page).last).to_be_in_viewport()


def test_a_refused_message_is_explained_and_not_lost(page: Page, demo: Running) -> None:
    console(page, demo, **{"as": "readonly"}, chat=MARKETING)
    box(page).fill("Not with this token")
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("scope_missing")
    expect(box(page)).to_have_value("Not with this token")
    # It waits while another conversation is looked at, and for somebody who may.
    chat(page, "#general").click()
    expect(box(page)).to_have_value("")
    chat(page, "#marketing").click()
    expect(box(page)).to_have_value("Not with this token")
    act_as(page, "owner")
    box(page).press("Enter")
    expect(messages(page).last).to_contain_text("Not with this token")
    expect(box(page)).to_have_value("")


def test_what_is_typed_while_a_message_is_on_its_way_is_the_next_one(page: Page, demo: Running) -> None:
    console(page, demo, chat=MARKETING)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/message", hold)
    box(page).fill("One")
    with page.expect_request("**/message"):
        page.keyboard.press("Enter")
    page.keyboard.type("Two")
    expect(box(page)).to_have_value("Two")
    held[0].fulfill(status=503, json={})
    page.unroute("**/message", hold)
    expect(box(page)).to_have_value("One\nTwo")
    page.keyboard.press("Enter")
    expect(messages(page).last).to_contain_text("One\nTwo", use_inner_text=True)
    expect(box(page)).to_have_value("")


def test_where_nobody_may_write_the_page_says_why(page: Page, releases: Running) -> None:
    console(page, releases, chat=ARCHIVE)
    expect(thread(page)).to_contain_text("The channel is archived: nobody can write here.")
    expect(box(page)).to_be_disabled()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    assert axe(page) == []
    chat(page, "Release train").click()
    expect(box(page)).to_be_enabled()
    act_as(page, "outsider")
    expect(thread(page)).to_contain_text("Outsider is not in this conversation, and cannot write here.")
    expect(box(page)).to_be_disabled()
    act_as(page, "owner")
    expect(box(page)).to_be_enabled()
    releases.control("PUT", "/limits", json={"operation": "post_message_to_chat", "threshold": 1})
    box(page).fill("One")
    page.keyboard.press("Enter")
    expect(messages(page).last).to_contain_text("One")
    box(page).fill("Two")
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("429")


# Reading


def test_what_a_bot_posts_is_drawn_and_asks_nobody_else(page: Page, releases: Running) -> None:
    console(page, releases, chat=RELEASES)
    expect(page.get_by_role("heading", name="Release train")).to_be_visible()
    post(releases, "member", "/channelsbyname/release-train", **RICH)
    shown = messages(page).last
    expect(shown).to_contain_text("Build 41 is out.")
    releases.as_("owner").post("/channelsbyname/release-train/message?bot_unique_name=buildbot", json=RICH)
    expect(messages(page)).to_have_count(3)
    expect(shown).to_contain_text("Build bot bot")
    expect(shown).to_contain_text(f"Build 41 {MARKUP}")
    expect(shown.get_by_role("table").get_by_role("row")).to_have_text(["SuiteResult", f"unit{MARKUP}"])
    expect(shown.get_by_role("listitem").filter(has_text="Faster start")).to_be_visible()
    for told in ("Nothing else.", "Branchmain", "ByOlivia", "labelMonday", "value7", "a slide that is none"):
        expect(shown).to_contain_text(told)
    expect(shown).not_to_contain_text("{")
    expect(shown.get_by_role("link")).to_have_text(
        ["https://pictures.example/41.png", "https://changes.example/41", "https://pictures.example/chart.png"]
    )
    assert page.locator("#thread img").count() == 0
    assert axe(page) == []
    before = journal(releases)
    shown.get_by_role("button", name="Open the build").click()
    dialog = page.get_by_role("dialog", name="The button “Open the build”")
    expect(dialog).to_contain_text("typeopen.urldata webhttps://builds.example/41")
    assert axe(page) == []
    page.keyboard.press("Escape")
    assert journal(releases) == before
    expect(chat(page, "Release train")).to_contain_text("Build: Build 41 is out.")
    page.set_viewport_size(SMALL)
    expect(shown).to_be_visible()
    assert page.evaluate(BEYOND) == []
    assert axe(page) == []


def test_reactions_are_counted_added_and_taken_back(page: Page, releases: Running) -> None:
    path = f"/chats/{RELEASES}/messages/{BEGUN}/reactions"
    releases.as_("member").post(path, json={"emoji_code": ":rocket:"})
    console(page, releases, chat=RELEASES)
    shown = messages(page).filter(has_text="Shall we release?")
    rocket = shown.get_by_role("button", name=":rocket:")
    expect(rocket).to_have_accessible_name(":rocket: 1: Ryan West")
    rocket.focus()
    page.keyboard.press("Enter")
    expect(rocket).to_have_accessible_name(":rocket: 2: Ryan West, Scott Fisher")
    expect(rocket).to_have_attribute("aria-pressed", "true")
    expect(rocket).to_be_focused()
    page.keyboard.press("Enter")
    expect(rocket).to_have_attribute("aria-pressed", "false")
    shown.hover()
    shown.get_by_role("button", name="React").click()
    page.get_by_role("dialog", name="React").get_by_role("button", name="🎉").click()
    expect(shown.get_by_role("button", name="🎉 1: Scott Fisher")).to_be_visible()
    assert releases.as_("owner").get(path).json()["data"].keys() == {":rocket:", "🎉"}
    releases.as_("member").post(path, json={"emoji_code": "🎉"})
    expect(shown.get_by_role("button", name="🎉 2: Scott Fisher, Ryan West")).to_be_visible()
    # A name that programs send is drawn, one that nobody knows is told.
    releases.as_("member").post(path, json={"emoji_code": ":thumbsup:"})
    thumb = shown.get_by_role("button", name="👍 1: Ryan West")
    expect(thumb).to_have_text("👍 1")
    expect(thumb).to_have_attribute("title", ":thumbsup: Ryan West")
    expect(shown.get_by_role("button", name=":rocket:")).to_have_text(":rocket: 1")
    assert axe(page) == []


def test_a_thread_is_led_to_and_leads_back(page: Page, releases: Running) -> None:
    console(page, releases, chat=RELEASES)
    body = {"text": "Yes, today.", "thread_message_id": BEGUN, "thread_title": "Release today"}
    post(releases, "member", **body)
    messages(page).first.get_by_role("button", name="Thread · 1 message").click()
    expect(page.get_by_role("heading", name="Release today")).to_be_visible()
    about = page.get_by_role("region", name="What the thread is about")
    expect(about).to_contain_text("Ryan West Shall we release?")
    expect(messages(page)).to_contain_text(["Yes, today."])
    # Whoever is in the channel may write there, and follows it from then on.
    box(page).fill("Agreed")
    page.keyboard.press("Enter")
    expect(messages(page).last).to_contain_text("Agreed")
    expect(chat(page, "Release today")).to_contain_text("thread in Release train")
    assert axe(page) == []
    about.get_by_role("button", name="Back to Release train").click()
    expect(page.get_by_role("heading", name="Release train")).to_be_visible()
    expect(messages(page).first.get_by_role("button", name="Thread · 2 messages")).to_be_visible()
    chat(page, "Release today").click()
    (found,) = [each["id"] for each in releases.control("GET", "/chats")["chats"] if each["type"] == "thread"]
    assert releases.as_("owner").call("PUT", f"/threads/{found}", json={"action": "close"}).is_success
    expect(thread(page)).to_contain_text("The thread is closed: nobody can write here.")
    expect(box(page)).to_be_disabled()


def test_answers_quote_what_is_deleted_says_so_and_who_came_is_told(page: Page, releases: Running) -> None:
    console(page, releases, chat=RELEASES)
    expect(messages(page)).to_have_count(1)
    answer = post(releases, "member", text="It is time.", reply_to=BEGUN)
    expect(messages(page).last.get_by_role("blockquote")).to_have_text("Ryan West Shall we release?")
    expect(messages(page).last).to_contain_text("It is time.")
    releases.as_("member").call("PUT", f"/chats/{RELEASES}/messages/{answer}", json={"text": "It was time."})
    expect(messages(page).last).to_contain_text("It was time.")
    releases.as_("member").delete(f"/chats/{RELEASES}/messages/{answer}")
    expect(messages(page).last).to_contain_text("This message was deleted.")
    expect(messages(page).last.get_by_role("button")).to_have_count(0)
    expect(chat(page, "Release train")).to_contain_text("Ryan: This message was deleted.")
    (channel,) = (releases.as_("owner").get("/channelsbyname/release-train").json(),)
    people = f"/channels/{channel['data']['channel_id']}/members"
    assert releases.as_("owner").post(people, json={"user_ids": ["690440148"]}).is_success
    expect(messages(page).last).to_contain_text("Scott Fisher added Scott Fisher")
    releases.as_("member").post(f"/channels/{channel['data']['channel_id']}/leave")
    expect(messages(page).last).to_contain_text("Ryan West left")
    expect(chat(page, "Release train")).to_contain_text("Ryan West left")
    assert axe(page) == []


def test_a_file_is_downloaded_by_the_api_with_the_token_of_who_acts(
    page: Page, releases: Running, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 8
    file = {"file": ("notes <1>.bin", content, "application/octet-stream")}
    shared = releases.as_("member").post(f"/chats/{RELEASES}/files", files=file, data={"comments": '["All of it"]'})
    assert shared.status_code == 204, shared.headers
    console(page, releases, chat=RELEASES)
    shown = messages(page).last
    expect(shown).to_contain_text("notes <1>.bin2 KB · application/octet-streamAll of it")
    expect(chat(page, "Release train")).to_contain_text("Ryan: File: notes <1>.bin")
    with page.expect_download() as download:
        shown.get_by_role("button", name="Download notes <1>.bin").click()
    kept = tmp_path / "kept"
    download.value.save_as(kept)
    assert kept.read_bytes() == content
    expect(outcome(page)).to_contain_text("200Downloaded")
    assert journal(releases)[-1][:3] == ("GET", re.sub("^", "/api/v2/files/", _file(releases)), OWNER)
    assert axe(page) == []
    act_as(page, "readonly")
    shown.get_by_role("button", name="Download notes <1>.bin").click()
    expect(outcome(page)).to_contain_text("scope_missing")


def _file(server: Running) -> str:
    found: str = server.control("GET", f"/chats/{RELEASES}/messages")["messages"][-1]["file"]["id"]
    return found


def test_unread_messages_are_counted_until_one_answers(page: Page, releases: Running) -> None:
    console(page, releases, chat=ARCHIVE)
    row = chat(page, "Release train")
    expect(row).to_contain_text("Release train#release-train")
    for count in (1, 2):
        post(releases, "member", text=f"No. {count}")
        expect(row).to_contain_text(f"{count} unread")
    row.click()
    expect(messages(page).last).to_contain_text("No. 2")
    expect(row).to_contain_text("2 unread")
    box(page).fill("Seen")
    page.keyboard.press("Enter")
    expect(messages(page).last).to_contain_text("Seen")
    expect(row).not_to_contain_text("unread")


def test_a_chat_with_a_bot_is_shown_as_one(page: Page, releases: Running) -> None:
    console(page, releases, chat=BUILDS)
    expect(chat(page, "Build bot")).to_contain_text("Build botbot")
    expect(page.get_by_role("button", name="Bot · 1 person")).to_be_visible()
    post(releases, "owner", "/bots/buildbot", text="Build 42 is out.", userids=OWNER)
    expect(messages(page).last).to_contain_text("Build 42 is out.")
    expect(messages(page).last).to_contain_text("Build bot bot")
    expect(chat(page, "Build bot")).to_contain_text("Build 42 is out.")
    chat(page, "Release train").click()
    expect(page.get_by_text("#release-train", exact=True).last).to_be_visible()


def test_on_a_small_screen_one_writes_and_reads_on(page: Page, releases: Running) -> None:
    console(page, releases, chat=RELEASES)
    page.set_viewport_size(SMALL)
    for number in range(12):
        box(page).fill(f"Line {number}")
        page.keyboard.press("Enter")
        expect(messages(page).last).to_contain_text(f"Line {number}")
        expect(messages(page).last).to_be_in_viewport()
        expect(box(page)).to_be_focused()
    assert page.evaluate(BEYOND) == []
    assert axe(page) == []
