"""The first five minutes of somebody who has read nothing."""

from __future__ import annotations

import re
import subprocess
import sys

from playwright.sync_api import Page, expect

from tests.browser import Complaints
from tests.conftest import Running


def test_a_newcomer_s_first_five_minutes(  # noqa: PLR0915 - one story, told in one go
    page: Page, demo: Running, complaints: Complaints
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    parts = page.get_by_role("navigation", name="Parts of the console")
    requests = page.get_by_role("listbox", name="Requests, newest first")

    # Opens the address that the banner says, and sees a conversation.
    page.goto(demo.url)
    expect(page).to_have_url(re.compile("/_mockcliq/ui"))
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    expect(page.get_by_role("region", name="Messages").get_by_role("article").first).to_be_visible()
    expect(page.get_by_role("region", name="Pinned message")).to_contain_text("Feature review date")
    expect(page.get_by_text("No call yet.")).to_be_visible()

    # Mutes as read-only, and understands the 403.
    page.get_by_role("button", name="Acting as").click()
    page.get_by_role("dialog").get_by_role("button", name="readonly").click()
    page.get_by_role("button", name="Mute", exact=True).click()
    told = page.get_by_role("region", name="Conversations").get_by_role("status")
    expect(told).to_contain_text("403")
    expect(told).to_contain_text("The user does not have enough permission")
    expect(told).to_contain_text("FoundZohoCliq.Chats.READ")
    expect(told).to_contain_text("ExpectedZohoCliq.Chats.UPDATE")
    expect(requests.get_by_role("option")).to_have_count(1)
    expect(requests.get_by_role("option")).to_contain_text("mute_chat")
    (call,) = demo.control("GET", "/requests")["requests"]
    assert (call["operation"], call["status"]) == ("mute_chat", 403)

    # Does what the page advises, and it works.
    told.get_by_role("button", name="Act as owner").click()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert demo.control("GET", "/requests")["requests"][-1]["status"] == 204

    # Exhausts a limit, is locked out, skips the lock.
    parts.get_by_role("button", name="Limits").click()
    limits = page.get_by_role("region", name="Limits")
    meter = limits.get_by_role("row").filter(has=page.get_by_label("unmute_chat: calls that count", exact=True))
    meter.get_by_role("button", name="Exhaust").click()
    expect(meter).to_contain_text("20 of 20")
    expect(meter).to_contain_text("The next call is refused")
    page.get_by_role("button", name="Unmute", exact=True).click()
    expect(told).to_contain_text("429")
    expect(meter).to_contain_text(re.compile(r"Locked (10:00|9:\d\d)"))
    meter.get_by_role("button", name="Skip 10 minutes").click()
    expect(meter).to_contain_text("0 of 20")
    assert demo.control("GET", "/clock")["mode"] == "offset"
    page.get_by_role("button", name="Unmute", exact=True).click()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()

    # Injects a lost answer: the call did its work, and nobody was told.
    parts.get_by_role("button", name="Faults").click()
    page.get_by_role("button", name="Lost answer").click()
    line = page.get_by_role("region", name="Active faults")
    expect(line).to_contain_text("A fault is active")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(told).to_contain_text("The answer was lost.")
    expect(told).to_contain_text("The server did the work all the same, and answered 204")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    expect(line).to_be_hidden()
    assert any("ERR_CONNECTION_RESET" in each for each in complaints), complaints
    complaints.clear()

    # Copies a program, runs it, and watches its call arrive.
    parts.get_by_role("button", name="Connect").click()
    page.get_by_role("button", name="Python", exact=True).click()
    page.get_by_role("button", name="Copy these lines").click()
    expect(page.get_by_role("button", name="Copy these lines")).to_contain_text("Copied")
    program = page.evaluate("navigator.clipboard.readText()")
    parts.get_by_role("button", name="Requests").click()
    latest = requests.get_by_role("option").first
    expect(latest).to_contain_text("mute_chat")
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, stdout=subprocess.DEVNULL)
    expect(latest).to_contain_text("list_direct_chats")
    latest.click()
    call_in_full = page.get_by_role("region", name="The request")
    expect(call_in_full).to_contain_text("Python-urllib")
    expect(call_in_full).to_contain_text("200")
