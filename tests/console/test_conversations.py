"""The conversations as a chat app shows them: looking at them costs nothing, and what is done is a real call."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import axe
from tests.conftest import Running, Serve
from tests.console.driving import (
    chat,
    chats,
    console,
    freeze,
    journal,
    messages,
    outcome,
    owner,
    requests,
    thread,
)
from tests.processes import PATIENCE_S

MARKETING = "CT_2243173626687865223_P87610291-C4"
CALENDAR = "2061628969350444262"
"""The group "Webinar: the shared calendar" of the demo; the owner has a draft there, and has pinned it in the list."""

TALL: ViewportSize = {"width": 1360, "height": 4000}
"""So high that all of the demo's conversations are in view."""


# Looking


def test_the_list_is_that_of_who_acts_as_the_api_has_it(page: Page, demo: Running) -> None:
    page.set_viewport_size(TALL)
    console(page, demo)
    listed = demo.control("GET", f"/users/{owner(demo)}/chats")["chats"]
    rows = chats(page).get_by_role("option")
    expect(rows).to_contain_text([_row(each, owner(demo)) for each in listed])
    assert rows.count() == len(listed)
    times = [each["last_message"]["time"] for each in listed if each["last_message"]]
    assert rows.get_by_role("time").evaluate_all("all => all.map((each) => each.dateTime)") == times
    by_the_api = [each["name"] for each in demo.as_("owner").chats(limit=100)]
    assert [each["name"] for each in listed if each["type"] not in ("channel", "thread")] == by_the_api


def _row(listed: dict[str, Any], me: str) -> re.Pattern[str]:
    """What the row of a conversation says, picture, name, marks, time, and what was said last, one after the other."""
    last = listed["last_message"]
    if listed["draft"] is not None:
        said = f"Draft: {listed['draft']}"
    elif last is None:
        said = "No message yet"
    elif last["sender"] == me and not last["bot"]:
        said = f"You: {last['text']}"
    elif listed["type"] in ("dm", "bot"):
        said = last["text"]
    else:
        author = last["bot"]["name"] if last["bot"] else last["sender_name"]
        said = f"{author.split()[0]}: {last['text']}"
    picture = "#" if listed["type"] == "channel" else r"\w{1,2}"
    kinds = {"channel": f"#{listed['channel']}", "thread": f"thread in {listed['parent']}", "bot": "bot"}
    aside = kinds.get(listed["type"], "")
    aside += f"{listed['unread']} unread" if listed["unread"] else ""
    marks = "pinned in the list" * listed["pinned"] + "muted" * listed["muted"]
    time = r"[\w :/,]+" if last else ""
    return re.compile(f"^{picture}{re.escape(listed['name'] + aside)}{marks}{time}{re.escape(said)}$")


def test_looking_makes_no_call_and_uses_up_nothing(page: Page, demo: Running) -> None:
    """It opens chats, people, dialogs, other parts of the page, and somebody else's list."""
    page.set_viewport_size(TALL)
    console(page, demo)
    told = demo.control("GET", f"/chats/{MARKETING}/messages")["messages"]
    expect(page.get_by_role("heading", name="Marketing", exact=True)).to_be_visible()
    expect(messages(page)).to_contain_text([each["text"] for each in told])
    times = [each["time"] for each in told]
    assert messages(page).get_by_role("time").evaluate_all("all => all.map((each) => each.dateTime)") == times

    page.get_by_role("button", name="Channel · 6 people").click()
    people = page.get_by_role("region", name="People").get_by_role("listitem")
    involved = demo.control("GET", f"/chats/{MARKETING}")["participants"]
    expect(people).to_contain_text([each["name"] for each in involved])
    expect(people.filter(has_text="Ann-Marie Forsberg")).to_contain_text("you")
    assert axe(page) == []
    page.get_by_role("button", name="Channel · 6 people").click()
    expect(people).to_have_count(0)

    chat(page, "Cirino Salmerón").click()
    expect(page.get_by_role("heading", name="Cirino Salmerón")).to_be_visible()
    expect(thread(page).get_by_text("No message yet.")).to_be_visible()
    chat(page, "Achille Castellitto").click()
    expect(page.get_by_role("button", name="Direct conversation · 2 people")).to_be_visible()
    for part in ("Limits", "Faults", "People", "Connect", "Worlds", "Requests", "Chats"):
        page.get_by_role("navigation").get_by_role("button", name=part).click()
    page.get_by_role("button", name="Leave", exact=True).click()
    page.get_by_role("button", name="Stay").click()
    page.get_by_role("button", name="Acting as").click()
    page.get_by_role("button", name=re.compile("^member ")).click()
    expect(page.get_by_role("button", name="Acting as Bridget Cisneros")).to_be_visible()
    expect(page.get_by_text("No call yet.")).to_be_visible()
    assert journal(demo) == []
    assert demo.control("GET", "/overview")["limits"] == []


def test_search_takes_a_part_of_the_name_in_whatever_case(page: Page, demo: Running) -> None:
    console(page, demo)
    field = page.get_by_role("searchbox", name="Search conversations")
    rows = chats(page).get_by_role("option")
    for written in ("Söding", "SÖDING", "  söd", "karoline s"):
        field.fill(written)
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("Karoline Söding")
        field.fill("")
        expect(chat(page, "Announcements")).to_be_visible()
    field.fill("<b>nobody")
    expect(page.get_by_text("No conversation of Ann-Marie Forsberg has “<b>nobody” in its name.")).to_be_visible()
    expect(rows).to_have_count(0)


def test_a_conversation_that_there_is_not_can_be_left_for_another(page: Page, demo: Running) -> None:
    page.set_viewport_size(TALL)
    console(page, demo, chat="<b>12345")
    expect(page.get_by_text("This conversation is gone.")).to_be_visible()
    chat(page, "Cirino Salmerón").click()
    expect(page.get_by_role("heading", name="Cirino Salmerón")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Cirino Salmerón")).to_be_visible()
    expect(chat(page, "Cirino Salmerón")).to_have_attribute("aria-selected", "true")


def test_an_empty_world_says_what_to_do_and_shows_what_is_made_there(page: Page, serve: Serve) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    server = serve(world="empty")
    console(page, server)
    expect(page.get_by_text("Scott Fisher is in no conversation.")).to_be_visible()
    expect(thread(page)).to_contain_text("No conversation yet.")
    assert axe(page) == []
    thread(page).get_by_role("button", name="Copy a curl line").click()
    _run(page)
    # It is opened by itself, and what is arranged in it shows up.
    expect(page.get_by_role("heading", name="First conversation")).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("Hello")
    page.keyboard.press("Enter")
    expect(messages(page)).to_contain_text("Hello")
    order = {"type": "dm", "members": [owner(server), "631830848"]}
    made = server.control("POST", "/chats", json=order)
    row = chat(page, "Ryan West")
    expect(row).to_contain_text("No message yet")
    row.click()
    expect(page.get_by_role("heading", name="Ryan West")).to_be_visible()
    expect(thread(page).get_by_text("No message yet.")).to_be_visible()
    server.control("POST", f"/chats/{made['id']}/messages", json={"sender": "631830848", "text": "Hello\nthere"})
    expect(messages(page)).to_contain_text("Hello\nthere", use_inner_text=True)
    expect(row).to_contain_text("Hello there", use_inner_text=True)


def test_thousands_of_messages_are_shown_from_the_end(page: Page, serve: Serve) -> None:
    documentation = serve(world="documentation")
    state = documentation.control("GET", "/state")
    long = next(each for each in state["chats"] if each["id"] == MARKETING)
    said = [
        {"id": f"{1_600_000_000_000 + number}_1", "sender": owner(documentation), "text": f"Number {number}."}
        | {"time": 1_600_000_000_000 + 60_000 * number}
        for number in range(2000)
    ]
    long["messages"] += said
    documentation.control("PUT", "/state", json=state)
    console(page, documentation, chat=MARKETING)
    expect(messages(page)).to_have_count(200)
    expect(messages(page).last).to_be_in_viewport()
    expect(messages(page).last).to_contain_text("Number 1999.")
    # The pinned one is not among them, and is shown all the same.
    expect(page.get_by_role("region", name="Pinned message")).to_contain_text("Feature review date: 15/11/2019")
    oldest = messages(page).filter(has_text="Number 1800.")
    oldest.scroll_into_view_if_needed()
    page.get_by_role("button", name="Show 1,000 of 1,802 earlier messages").click()
    expect(messages(page)).to_have_count(1200)
    expect(oldest).to_be_in_viewport()  # whoever reads goes on where they were
    page.get_by_role("button", name="Show 802 earlier messages").click()
    expect(messages(page)).to_have_count(2002)
    expect(messages(page).filter(has_text="Number 800.")).to_be_in_viewport()
    expect(page.get_by_role("region", name="Messages")).to_be_focused()
    page.keyboard.press("Home")
    expect(messages(page).first).to_be_in_viewport()
    expect(messages(page).first).to_contain_text("Feature review date")
    # What changes nothing about them leaves them as they are on the page.
    kept = messages(page).first.element_handle()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert kept is not None
    assert kept.evaluate("each => each.isConnected")
    expect(messages(page).first).to_be_in_viewport()
    page.get_by_role("region", name="Messages").focus()
    # New ones do not take them away from there.
    documentation.control("POST", f"/chats/{MARKETING}/messages", json={"sender": owner(documentation), "text": "New"})
    expect(messages(page)).to_have_count(2003)
    expect(messages(page).first).to_be_in_viewport()
    page.keyboard.press("End")
    expect(messages(page).last).to_be_in_viewport()
    documentation.control("POST", f"/chats/{MARKETING}/messages", json={"sender": owner(documentation), "text": "Next"})
    expect(messages(page)).to_have_count(2004)
    expect(messages(page).last).to_be_in_viewport()


# Doing


def test_mute_and_unmute_are_calls_of_who_acts(page: Page, demo: Running) -> None:
    console(page, demo)
    expect(page.get_by_role("heading", name="Marketing", exact=True)).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(outcome(page)).to_contain_text(f"204MutedPOST /api/v2/chats/{MARKETING}/mute")
    row = chats(page).get_by_role("option").first
    expect(row.get_by_text("muted", exact=True)).to_have_count(1)
    assert _is_muted(demo)
    assert journal(demo) == [("POST", f"/api/v2/chats/{MARKETING}/mute", owner(demo), 204)]
    expect(requests(page)).to_have_count(1)
    expect(requests(page).first).to_contain_text("mute_chat")
    expect(requests(page).first).to_contain_text("Ann-Marie Forsberg")

    # By keys alone; the focus stays where it is, though the button says something else now.
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_focused()
    expect(row.get_by_text("muted", exact=True)).to_have_count(0)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_focused()
    expect(requests(page)).to_have_count(3)
    assert [path.rpartition("/")[2] for _, path, _, _ in journal(demo)] == ["mute", "unmute", "mute"]
    assert _is_muted(demo)
    page.get_by_role("button", name="See the call").click()
    expect(page.get_by_role("region", name="The request", exact=True)).to_contain_text(
        f"POST /api/v2/chats/{MARKETING}"
    )


def test_a_pin_counts_down_on_the_worlds_clock(page: Page, demo: Running) -> None:
    freeze(demo)
    console(page, demo, chat=CALENDAR)
    (last,) = demo.control("GET", f"/chats/{CALENDAR}/messages?limit=1")["messages"]
    message, banner = messages(page).last, page.get_by_role("region", name="Pinned message")
    dialog = page.get_by_role("dialog", name="Pin this message?")
    for choice, body, left, later, then in (
        ("never", {}, "never expires", 3 * 86_400, "never expires"),
        ("in 1 minute", {"expiry_time": 60_000}, "expires in 1:00", 45, "expires in 0:15"),
        ("in 10 minutes", {"expiry_time": 600_000}, "expires in 10:00", 61, "expires in 8:59"),
        ("in 1 hour", {"expiry_time": 3_600_000}, "expires in 1:00:00", 1, "expires in 59:59"),
        ("in 1 day", {"expiry_time": 86_400_000}, "expires in 24:00:00", 3600, "expires in 23:00:00"),
    ):
        demo.control("DELETE", "/requests")
        message.hover()
        message.get_by_role("button", name="Pin").click()
        expect(dialog).to_contain_text(last["text"])
        dialog.get_by_role("combobox", name="Expires").select_option(choice)
        dialog.get_by_role("button", name="Pin", exact=True).click()
        expect(banner).to_contain_text(f"{last['text']}Pinned by Ann-Marie Forsberg · {left}")
        expect(message.get_by_role("button", name="Pin")).to_be_focused()
        (call,) = demo.control("GET", "/requests")["requests"]
        target = ("POST", f"/api/v2/chats/{CALENDAR}/stickymessage", owner(demo))
        assert (call["method"], call["path"], call["user"]) == target
        assert json.loads(call["body"]) == {"id": last["id"], **body}
        demo.advance(seconds=later)
        expect(banner).to_contain_text(then)
    assert axe(page) == []
    demo.advance(seconds=86_400 - 3600)
    expect(banner).to_have_count(0)
    assert demo.control("GET", f"/chats/{CALENDAR}")["pin"] is None
    freeze(demo, "2025-06-05T12:03:00Z")  # back to before its end
    expect(banner).to_contain_text(last["text"])


def test_pin_unpin_and_leave_by_keys_alone(page: Page, demo: Running) -> None:
    page.set_viewport_size(TALL)
    console(page, demo, chat=CALENDAR)
    pin, path = messages(page).last.get_by_role("button", name="Pin"), f"/api/v2/chats/{CALENDAR}"
    pin.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Expires")).to_be_focused()
    page.keyboard.press("Escape")
    expect(pin).to_be_focused()
    page.keyboard.press("Enter")
    for key in ("ArrowDown", "ArrowDown", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("region", name="Pinned message")).to_contain_text(re.compile("expires in (10:00|9:5)"))
    expect(pin).to_be_focused()

    page.get_by_role("button", name="Unpin").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Pinned message")).to_have_count(0)
    expect(page.get_by_role("region", name="Messages")).to_be_focused()

    leave, asked = page.get_by_role("button", name="Leave", exact=True), page.get_by_role("dialog", name="Leave ")
    leave.focus()
    page.keyboard.press("Enter")
    expect(asked).to_contain_text("Ann-Marie Forsberg no longer sees it")
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(leave).to_be_focused()
    expect(chat(page, "Webinar: the shared calendar")).to_have_count(1)
    page.keyboard.press("Enter")
    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    expect(chat(page, "Webinar: the shared calendar")).to_have_count(0)
    expect(page.get_by_text("Ann-Marie Forsberg is not in this conversation.")).to_be_visible()
    expect(leave).to_be_focused()
    assert owner(demo) not in [each["user"] for each in demo.control("GET", f"/chats/{CALENDAR}")["participants"]]
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(outcome(page)).to_contain_text("403Forbidden")
    me = owner(demo)
    assert journal(demo) == [
        ("POST", f"{path}/stickymessage", me, 200),
        ("DELETE", f"{path}/stickymessage", me, 204),
        ("POST", f"{path}/leave", me, 204),
        ("POST", f"{path}/leave", me, 403),
    ]


def test_what_others_do_shows_up_by_itself(page: Page, demo: Running) -> None:
    page.set_viewport_size(TALL)
    console(page, demo, chat=CALENDAR)
    first = chats(page).get_by_role("option").first
    row = chat(page, "Webinar: the shared calendar")
    expect(messages(page).last).to_be_in_viewport()
    demo.as_("owner").post(f"/chats/{CALENDAR}/mute")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    expect(row.get_by_text("muted", exact=True)).to_have_count(1)
    said = {"sender": owner(demo), "text": "Written by a script", "time": "2025-06-01T12:00:00Z"}
    demo.control("POST", f"/chats/{CALENDAR}/messages", json=said)
    expect(messages(page).last).to_contain_text("Written by a script")
    expect(messages(page).last).to_be_in_viewport()
    expect(first).to_contain_text("Webinar: the shared calendar")
    demo.control("POST", f"/chats/{CALENDAR}/drafts", json={"user": owner(demo), "text": ""})
    expect(row).to_contain_text("You: Written by a script")
    demo.control("POST", "/chats", json={"type": "chat", "name": "Made just now", "members": [owner(demo)]})
    expect(first).to_contain_text("Made just now")
    first.click()
    expect(page.get_by_role("heading", name="Made just now")).to_be_visible()
    demo.control("POST", "/reset")
    expect(page.get_by_role("heading", name="Marketing", exact=True)).to_be_visible()
    expect(first).to_contain_text("Marketing")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(row).to_contain_text("Draft: ")
    expect(row.get_by_text("muted", exact=True)).to_have_count(0)


def _run(page: Page) -> None:
    """Run the line that was copied."""
    line = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    subprocess.run([*line, "--noproxy", "*", "-fsS"], check=True, timeout=PATIENCE_S, stdout=subprocess.DEVNULL)


def _is_muted(server: Running) -> bool:
    involved = server.control("GET", f"/chats/{MARKETING}")["participants"]
    muted: bool = next(each["muted"] for each in involved if each["user"] == owner(server))
    return muted


def test_a_name_of_blanks_and_a_text_from_right_to_left(page: Page, demo: Running) -> None:
    people = [user["id"] for user in demo.control("GET", "/users")["users"][:2]]
    made = demo.control("POST", "/chats", json={"type": "chat", "name": "   ", "members": people})
    demo.control("POST", f"/chats/{made['id']}/messages", json={"sender": people[1], "text": "שלום עולם"})
    console(page, demo, chat=made["id"])
    expect(page.get_by_role("heading", level=2, name="Without a name")).to_be_visible()
    expect(chat(page, "Without a name")).to_be_visible()
    text = messages(page).get_by_text("שלום עולם")
    assert text.evaluate("element => getComputedStyle(element).direction") == "rtl"


def test_one_of_the_same_name_is_told_apart(page: Page, demo: Running) -> None:
    """Their messages stand on the left though they seem to be one's own."""
    me = demo.control("GET", "/users")["users"][0]
    other = demo.control("POST", "/users", json={"name": me["name"], "id": "4711"})
    made = demo.control("POST", "/chats", json={"type": "dm", "members": [me["id"], other["id"]]})
    demo.control("POST", f"/chats/{made['id']}/messages", json={"sender": "4711", "text": "Hello, me"})
    console(page, demo, chat=made["id"])
    expect(messages(page)).to_contain_text(f"{me['name']} another one, 4711")


@pytest.mark.parametrize("kind", ["Direct conversation", "Group", "Channel"])
def test_a_conversation_is_made_by_a_form(page: Page, demo: Running, kind: str) -> None:
    console(page, demo)
    page.get_by_role("button", name="New conversation").click()
    dialog = page.get_by_role("dialog", name="New conversation")
    dialog.get_by_label("Kind").select_option(kind)
    users = demo.control("GET", "/users")["users"]
    if kind == "Direct conversation":
        dialog.get_by_label("With").select_option([users[1]["name"], users[2]["name"]])
        dialog.get_by_role("button", name="Make it").click()
        expect(dialog.get_by_role("alert")).to_have_text("A direct conversation is with one other person: choose one.")
    else:
        dialog.get_by_label("Name").fill("Kiln watch")
    assert axe(page) == []
    dialog.get_by_label("With").select_option(users[2]["name"])
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog).to_have_count(0)
    name = users[2]["name"] if kind == "Direct conversation" else "Kiln watch"
    expect(thread(page).get_by_role("heading", level=2, name=name)).to_be_visible()
    expect(chat(page, name).first).to_be_visible()
    if kind == "Channel":
        expect(thread(page).get_by_text("#kilnwatch")).to_be_visible()


def test_a_direct_conversation_has_the_colour_of_the_other_one_in_it(page: Page, demo: Running) -> None:
    console(page, demo, view="conversations")
    row = chat(page, "Bridget Cisneros")
    row.click()
    expect(thread(page)).to_contain_text("Direct conversation")
    theirs = messages(page).locator(".avatar").first
    expect(theirs).to_be_visible()
    colour = "(each) => getComputedStyle(each).backgroundColor"
    assert row.locator(".avatar").evaluate(colour) == theirs.evaluate(colour)
    assert thread(page).locator("header .avatar").evaluate(colour) == theirs.evaluate(colour)
