"""The world's clock on the page: read, moved on, frozen, set back to real time, also by somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.browser import axe
from tests.conftest import Running
from tests.console.driving import console, visit
from tests.console.test_limits import meter

FROZEN = datetime(2025, 6, 2, 9, 41, tzinfo=UTC)


def shown(page: Page) -> Locator:
    """The clock that is always in view."""
    return page.get_by_role("button", name="The world's clock")


def now(server: Running) -> datetime:
    """The world's time."""
    return datetime.fromisoformat(server.control("GET", "/clock")["now"])


def told(moment: datetime) -> str:
    """As the page tells it, in the time zone that the browser has."""
    return moment.astimezone().strftime("%H:%M:%S")


def test_it_is_moved_on_frozen_and_set_back(page: Page, demo: Running) -> None:
    visit(page, demo, "Limits")
    expect(shown(page)).to_contain_text("real time")
    shown(page).click()
    menu = page.locator("#clock-menu")
    expect(menu.get_by_role("button", name="Real")).to_have_attribute("aria-pressed", "true")
    assert axe(page) == []
    before = datetime.now(UTC)
    for step, after in (
        ("+1 minute", timedelta(minutes=1)),
        ("+10 minutes", timedelta(minutes=11)),
        ("+1 hour", timedelta(minutes=71)),
    ):
        menu.get_by_role("button", name=step).click()
        expect(shown(page)).to_contain_text("moved")
        expect(shown(page)).to_contain_text(told(now(demo))[:5])
        assert after <= now(demo) - before < after + timedelta(minutes=1)

    menu.get_by_role("button", name="Frozen").click()
    expect(shown(page)).to_contain_text("frozen")
    stands = now(demo)
    expect(shown(page)).to_contain_text(told(stands))
    menu.get_by_role("button", name="+1 minute").click()
    expect(shown(page)).to_contain_text(told(stands + timedelta(minutes=1)))
    assert now(demo) == stands + timedelta(minutes=1)
    expect(shown(page)).to_contain_text("frozen")

    menu.get_by_role("button", name="Real").click()
    expect(shown(page)).to_contain_text("real time")
    assert demo.control("GET", "/clock")["mode"] == "real"


def test_somebody_else_may_set_it_and_countdowns_stand_while_it_stands(page: Page, demo: Running) -> None:
    part = visit(page, demo, "Limits")
    demo.control("PUT", "/clock", json={"mode": "frozen", "now": FROZEN.isoformat()})
    expect(shown(page)).to_contain_text(told(FROZEN))
    expect(shown(page)).to_contain_text("frozen")
    demo.control("POST", "/limits/exhaust", json={"operation": "mute_chat", "lock": True})
    locked = meter(part, "mute_chat").get_by_text("10:00")
    expect(locked).to_be_visible()
    # The page redraws what counts down four times in a second, and asks the server every two.
    for _ in range(2):
        with page.expect_response("**/overview"):
            pass
        assert locked.is_visible()
    demo.control("PUT", "/clock", json={"mode": "real"})
    expect(shown(page)).to_contain_text("real time")


def test_it_is_set_to_a_moment_and_taken_to_what_comes_next(page: Page, demo: Running) -> None:
    demo.control("PUT", "/clock", json={"mode": "frozen", "now": FROZEN.isoformat()})
    demo.control("POST", "/limits/exhaust", json={"operation": "mute_chat", "lock": True})
    chat = demo.as_("owner").chats()[0]["chat_id"]
    message = demo.as_("owner").post(f"/chats/{chat}/message", json={"text": "Pin me", "sync_message": True})
    pin = {"id": message.json()["message_id"], "expiry_time": 3_600_000}
    assert demo.as_("owner").post(f"/chats/{chat}/stickymessage", json=pin).is_success
    demo.control("POST", "/faults", json={"when": {"expires_in": 7200}, "then": {"status": 500}})
    console(page, demo)
    shown(page).click()
    menu = page.locator("#clock-menu")
    events = menu.get_by_role("listitem")
    expect(events.nth(0)).to_contain_text("In 10:00 the lock of mute_chat for")
    expect(events.nth(1)).to_contain_text("In 1:00:00 the pin in")
    expect(events.nth(2)).to_contain_text("In 2:00:00 the fault rule")
    assert axe(page) == []
    events.nth(1).get_by_role("button").click()
    expect(events.nth(0)).to_contain_text("the fault rule")
    assert timedelta(0) < now(demo) - FROZEN - timedelta(hours=1) < timedelta(seconds=1)
    assert demo.control("GET", "/clock")["mode"] == "frozen", "it stands as before"

    menu.get_by_label("Set it to").fill("2027-01-02T03:04:05")
    menu.get_by_role("button", name="Set", exact=True).click()
    expect(shown(page)).to_contain_text("03:04:05")
    assert (
        now(demo).replace(tzinfo=None).isoformat()
        == datetime(2027, 1, 2, 3, 4, 5).astimezone(UTC).replace(tzinfo=None).isoformat()
    )
