"""The meters: how far whoever acts has used each threshold up, the lock after it, and how that ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import Complaints, axe
from tests.conftest import Running, Serve
from tests.console.driving import journal, turn_to, unanswered, visit
from tests.pictures import SIZES, begin, locked_out

NOON = "2025-06-02T12:00:00Z"


def meter(part: Locator, operation: str) -> Locator:
    """That of an operation of whoever acts: its row of the table."""
    return part.get_by_role("row").filter(
        has=part.page.get_by_role("meter", name=f"{operation}: calls that count", exact=True)
    )


def of(part: Locator, operation: str, name: str) -> Locator:
    """That of an operation of somebody else."""
    label = f"{operation} of {name}: calls that count"
    return part.get_by_role("row").filter(has=part.page.get_by_role("meter", name=label, exact=True))


def limits(server: Running, operation: str = "list_direct_chats") -> list[dict[str, Any]]:
    """How everybody who has calls that count stands with it."""
    return [each for each in server.control("GET", "/limits")["limits"] if each["operation"] == operation]


@pytest.fixture
def noon(demo: Running) -> Running:
    """A server whose clock stands, so that what counts down says the same whenever it is looked at."""
    demo.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})
    return demo


def test_a_threshold_is_used_up_crossed_and_the_lock_skipped(page: Page, noon: Running) -> None:
    part = visit(page, noon, "Limits")
    shown = meter(part, "list_direct_chats")
    expect(shown).to_contain_text("0 of 20")
    call = part.get_by_role("button", name="Call list_direct_chats")
    call.click()
    expect(shown).to_contain_text("200")
    expect(shown).to_contain_text("1 of 20")
    for _ in range(16):
        noon.as_("owner").get("/chats")
    noon.advance(seconds=18)
    expect(shown).to_contain_text("17 of 20")
    expect(shown).to_contain_text("one less in 0:42")
    assert axe(page) == []

    shown.get_by_role("button", name="Exhaust").click()
    expect(shown).to_contain_text("20 of 20")
    expect(shown).to_contain_text("The next call is refused; one less in 1:00")
    expect(shown.get_by_role("button", name="Exhaust")).to_have_count(0)
    assert [each["count"] for each in limits(noon)] == [20]
    shown.get_by_role("button", name="Make the next call").click()
    expect(shown).to_contain_text("429")
    expect(shown).to_contain_text("Locked 10:00")
    assert limits(noon)[0]["locked_until"] == "2025-06-02T12:10:18.000Z"
    noon.advance(seconds=2)
    expect(shown).to_contain_text("Locked 9:58")
    assert axe(page) == []

    shown.get_by_role("button", name="Skip 10 minutes").click()
    expect(shown).to_contain_text("0 of 20")
    call.click()
    expect(shown).to_contain_text("1 of 20")
    expect(shown).to_contain_text("200")
    assert noon.as_("owner").get("/chats").is_success


@pytest.mark.parametrize("operation", ["mute_chat", "leave_chat"])
def test_the_call_that_crosses_it_can_be_made_from_the_meter(page: Page, noon: Running, operation: str) -> None:
    """Of every operation: one that would do harm, if it passed, is called on no chat."""
    shown = meter(visit(page, noon, "Limits"), operation)
    shown.get_by_role("button", name="Exhaust").click()
    shown.get_by_role("button", name="Make the next call").click()
    expect(shown).to_contain_text("429")
    expect(shown).to_contain_text("Locked 10:00")
    assert [each[3] for each in journal(noon)] == [429]


def test_a_call_that_passes_after_all_does_no_harm(page: Page, noon: Running) -> None:
    """The minute may be over before the page knows."""
    shown = meter(visit(page, noon, "Limits"), "leave_chat")
    shown.get_by_role("button", name="Exhaust").click()
    expect(shown).to_contain_text("The next call is refused")
    with unanswered(page, "**/overview"):
        noon.advance(minutes=2)
        shown.get_by_role("button", name="Make the next call").click()
        expect(shown).to_contain_text("404")
    assert noon.as_("owner").get("/chats/987000000654321/members").is_success


def test_the_call_that_is_refused_says_so_and_ends_the_lock(page: Page, demo: Running) -> None:
    """By the button in the chat, and by the one beside the call's explanation."""
    part = visit(page, demo, "Limits")
    for number, button in enumerate(("Mute", "Unmute")):
        meter(part, f"{button.lower()}_chat").get_by_role("button", name="Exhaust").click()
        expect(meter(part, f"{button.lower()}_chat")).to_contain_text("The next call is refused")
        page.get_by_role("button", name=button, exact=True).click()
        outcome = page.get_by_role("status").filter(has_text="Too Many Requests")
        expect(outcome).to_contain_text(re.compile(r"Locked for (10:00|9:5\d)"))
        expect(page.get_by_role("navigation").get_by_role("button", name="Limits")).to_have_class("alert")
        if number == 1:
            outcome.get_by_role("button", name="See the call").click()
            outcome = page.get_by_role("region", name="The request", exact=True)
        outcome.get_by_role("button", name="Skip 10 minutes").click()
        expect(meter(turn_to(page, "Limits"), f"{button.lower()}_chat")).to_contain_text("0 of 20")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("button", name=button, exact=True)).to_have_count(0)


def test_a_call_that_is_never_answered_can_be_given_up(page: Page, noon: Running, complaints: Complaints) -> None:
    part = visit(page, noon, "Limits")
    order = {"match": {"operation": "mute_chat"}, "when": {"times": 1}, "then": {"connection": "hang"}}
    noon.control("POST", "/faults", json=order)
    shown, other = meter(part, "mute_chat"), meter(part, "list_direct_chats")
    call = shown.get_by_role("button", name="Call mute_chat")
    call.click()
    expect(shown.get_by_role("button", name="Stop waiting")).to_be_visible()
    call.click()  # one at a time
    other.get_by_role("button", name="Call list_direct_chats").click()
    expect(other).to_contain_text("200")
    assert axe(page) == []
    shown.get_by_role("button", name="Stop waiting").click()
    expect(shown).to_contain_text("no answer")
    call.click()
    expect(shown).to_contain_text("204")
    calls = [(path.rpartition("/")[2], status) for _, path, _, status in journal(noon)]
    assert [each for each in calls if each[1] is not None] == [("chats", 200), ("mute", 204)]
    assert calls.count(("mute", None)) == 1
    complaints.clear()


@pytest.mark.parametrize(
    ("lock_s", "label"), [(30, "Skip 10 minutes"), (600, "Skip 10 minutes"), (1230, "Skip 21 minutes")]
)
def test_a_lock_is_skipped_however_long_it_is(page: Page, noon: Running, lock_s: int, label: str) -> None:
    """By the meter, and by what is said of the call that was refused."""
    noon.control("PUT", "/limits", json={"operation": "mute_chat", "lock_s": lock_s})
    shown = meter(visit(page, noon, "Limits"), "mute_chat")
    for place in (shown, page.get_by_role("status").filter(has_text="Too Many Requests")):
        noon.control("POST", "/limits/exhaust", json={"operation": "mute_chat", "lock": True})
        expect(shown).to_contain_text("locked")
        # A call that is still on its way would be counted after the lock was skipped.
        with page.expect_response(re.compile("/mute$")):
            page.get_by_role("button", name="Mute", exact=True).click()
        place.get_by_role("button", name=label).click()
        expect(shown).to_contain_text("0 of 20")


def test_on_a_phone_the_way_out_is_in_view(page: Page, demo: Running) -> None:
    """However long the explanation above it is."""
    page.set_viewport_size(SIZES["phone"])
    begin(page, demo)
    locked_out(page)
    for way_out in ("Skip 10 minutes", "Act as member", "See the call"):
        expect(page.get_by_role("button", name=way_out)).to_be_in_viewport(ratio=1)


def test_other_people_s_meters_changed_thresholds_and_clearing_them(page: Page, noon: Running) -> None:
    part = visit(page, noon, "Limits")
    names = {user["role"]: user["name"] for user in noon.control("GET", "/users")["users"]}
    noon.as_("member").get("/chats")
    users = {user["role"]: user["id"] for user in noon.control("GET", "/users")["users"]}
    noon.control("POST", "/limits/exhaust", json={"operation": "pin_message", "user": users["outsider"], "lock": True})
    expect(of(part, "list_direct_chats", names["member"])).to_contain_text("1 of 20")
    expect(of(part, "pin_message", names["outsider"])).to_contain_text("Locked 10:00")
    of(part, "pin_message", names["outsider"]).get_by_role("button", name="Clear pin_message").click()
    expect(of(part, "pin_message", names["outsider"])).to_have_count(0)

    page.get_by_role("button", name="Acting as").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^member ")).click()
    expect(part.get_by_role("heading", name=names["member"])).to_be_visible()
    expect(meter(part, "list_direct_chats")).to_contain_text("1 of 20")
    expect(of(part, "list_direct_chats", names["member"])).to_have_count(0)

    noon.control("PUT", "/limits", json={"operation": "list_direct_chats", "threshold": 3, "window_s": 5})
    expect(meter(part, "list_direct_chats")).to_contain_text("1 of 3")
    noon.control("PUT", "/limits", json={"operation": "leave_chat", "threshold": 0})
    expect(meter(part, "leave_chat")).to_contain_text("0 of 0")
    expect(meter(part, "leave_chat")).to_contain_text("The next call is refused")

    part.get_by_role("button", name="Clear all").click()
    expect(meter(part, "list_direct_chats")).to_contain_text("0 of 20")
    expect(meter(part, "leave_chat")).to_contain_text("0 of 20")
    expect(part.get_by_text(names["outsider"])).to_have_count(0)
    assert {each["user"] for operation in ("pin_message", "leave_chat") for each in limits(noon, operation)} == {None}


def test_where_nobody_is_locked_out_it_says_so(page: Page, serve: Serve) -> None:
    server = serve(rate_limit="off")
    part = visit(page, server, "Limits")
    expect(part.get_by_text("Limits are off (MOCKCLIQ_RATE_LIMIT=off): nobody is locked out.")).to_be_visible()


def test_it_is_one_table_whose_used_rows_come_first(page: Page, noon: Running) -> None:
    noon.as_("owner").get("/me")
    for _ in range(3):
        noon.as_("owner").get("/users")
    noon.control("POST", "/limits/exhaust", json={"operation": "leave_chat", "lock": True})
    part = visit(page, noon, "Limits")
    named = part.get_by_role("rowheader")
    expect(named.first).to_contain_text("leave_chat")
    expect(named.nth(1)).to_contain_text("list_users")
    expect(named.nth(2)).to_contain_text("get_me")
    assert part.get_by_role("table").count() == 1
    heights = [row.bounding_box() for row in part.get_by_role("row").all()[4:12]]
    assert all(box is not None and box["height"] <= 44 for box in heights)
    # What one is about to press stays where it is.
    unpin = part.get_by_role("button", name="Exhaust unpin_message")
    unpin.hover()
    before = unpin.bounding_box()
    noon.as_("owner").get("/channels")
    expect(meter(part, "list_channels")).to_contain_text("1 of 20")
    assert unpin.bounding_box() == before
    page.mouse.move(10, 10)
    expect(named.nth(3)).to_contain_text("list_channels")


def test_what_a_lock_refused_is_not_told_after_it(page: Page, noon: Running) -> None:
    part = visit(page, noon, "Limits")
    shown = meter(part, "mute_chat")
    shown.get_by_role("button", name="Exhaust").click()
    shown.get_by_role("button", name="Make the next call").click()
    expect(shown).to_contain_text("429")
    shown.get_by_role("button", name="Skip 10 minutes").click()
    expect(shown).to_contain_text("0 of 20")
    expect(shown).not_to_contain_text("429")
