"""For whom the page is there: keyboards, screen readers, small screens, a slow start, and who has the control token."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import Complaints, axe
from tests.conftest import Running, Serve
from tests.console.driving import act_as, chat, console
from tests.pictures import SIZES, STORIES, THEMES, begin, the_call
from tests.pictures import own_fault as fault_form
from tests.processes import PATIENCE_S

PARTS = ("Requests", "Limits", "Faults", "Connect", "Worlds")
"""Those whose region is called the same."""

each_size = pytest.mark.parametrize("size", SIZES)

BEYOND = """
() => [...document.querySelectorAll("body *")].filter((element) => {
  const { overflowX } = getComputedStyle(element);
  const canScroll = (overflowX === "auto" || overflowX === "scroll") && !element.matches(".slide > .table");
  return canScroll && element.scrollWidth > element.clientWidth + 1;
}).concat(document.documentElement.scrollWidth > innerWidth ? [document.documentElement] : [])
  .map((element) => element.outerHTML.slice(0, 120))
"""
"""What can be scrolled sideways, but for the tables of messages, whose words stay whole."""

FOCUSED = """
() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { width, height, top, left, bottom, right } = element.getBoundingClientRect();
  const name = element.getAttribute("aria-label") || element.textContent || element.id;
  return {
    name: name.trim().slice(0, 60),
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inView: width > 2 && height > 2 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
  };
}
"""
"""What has the focus, and whether one can see that."""


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_axe_finds_nothing_to_change_and_nothing_scrolls_sideways(
    page: Page, demo: Running, complaints: Complaints, story: Callable[[Page], None]
) -> None:
    """At each size and in both themes, which move nothing; a page that is turned or widened goes on as it is."""
    page.set_viewport_size(SIZES["phone"])
    page.emulate_media(reduced_motion="reduce")
    begin(page, demo)
    story(page)
    if story.__name__ == "lost_answer":
        assert all("ERR_CONNECTION_RESET" in each for each in complaints), complaints
        complaints.clear()
    for size, theme in zip(("phone", "middle", "wide"), cycle(THEMES)):
        page.set_viewport_size(SIZES[size])
        page.emulate_media(color_scheme=theme)
        assert axe(page) == [], (size, theme)
        assert page.evaluate(BEYOND) == [], (size, theme)


def test_the_top_bar_is_there_before_any_script_has_run(page: Page, demo: Running) -> None:
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/main.js", hold)
    page.goto(f"{demo.url}/_mockcliq/ui", wait_until="commit")
    expect(page.get_by_role("heading", level=1, name="MockCliq")).to_be_visible()
    expect(page.get_by_text("Loading…")).to_be_visible()
    bar = page.get_by_role("banner").bounding_box()
    assert bar is not None
    assert (bar["width"], 48 <= bar["height"] <= 64) == (1280, True)
    waiting[0].continue_()
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    assert page.get_by_role("banner").bounding_box() == bar, "nothing jumps"


def test_without_scripts_it_says_where_to_go(page: Page, demo: Running) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False) as context:
        bare = context.new_page()
        bare.goto(f"{demo.url}/_mockcliq/ui")
        bare.get_by_role("link", name="the reference of the control API").click()
        expect(bare).to_have_url(f"{demo.url}/_mockcliq/docs")


def test_who_wants_no_motion_gets_none(page: Page, demo: Running) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{demo.url}/_mockcliq/ui#as=readonly")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_text("scope_missing").first).to_be_visible()
    moves = """() => [...document.querySelectorAll("*")].filter((element) => {
        const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
        return animationName !== "none" || parseFloat(transitionDuration) > 0 || scrollBehavior === "smooth";
    }).length"""
    assert page.evaluate(moves) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moves) == 1, "the card rises"


def test_the_theme_is_the_system_s_or_chosen_and_remembered(page: Page, demo: Running) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{demo.url}/_mockcliq/ui")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    theme = page.get_by_role("button", name="Theme")
    expect(theme).to_have_accessible_name("Theme: as the system, dark")
    seen = [page.evaluate(background)]
    theme.click()
    expect(theme).to_have_accessible_name("Theme: light")
    seen.append(page.evaluate(background))
    page.reload()
    expect(theme).to_have_accessible_name("Theme: light")
    assert page.evaluate(background) == seen[1]
    # What the system has anyway is followed again, also when it changes.
    theme.click()
    expect(theme).to_have_accessible_name("Theme: as the system, dark")
    assert page.evaluate(background) == seen[0] != seen[1]
    page.emulate_media(color_scheme="light")
    expect(theme).to_have_accessible_name("Theme: as the system, light")
    assert page.evaluate(background) == seen[1]
    theme.click()
    expect(theme).to_have_accessible_name("Theme: dark")
    assert page.evaluate(background) == seen[0]


# By keyboard


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Go on until that has the focus; wherever the focus is on the way, it is seen."""
    for _ in range(80):
        page.keyboard.press(key)
        focused: dict[str, Any] | None = page.evaluate(FOCUSED)
        if focused is None:
            continue
        assert focused["outlined"], focused
        assert focused["inView"], focused
        if re.search(name, focused["name"]):
            return
    pytest.fail(f"no way to {name}")


@each_size
def test_all_of_it_is_reached_by_keyboard(page: Page, demo: Running, size: str) -> None:
    page.set_viewport_size(SIZES[size])
    page.goto(f"{demo.url}/_mockcliq/ui")
    expect(page.get_by_role("option").first).to_be_visible()
    # The clock's menu opens by Enter and closes by Escape, and the focus is where it was.
    tab_to(page, "The world's clock")
    page.keyboard.press("Enter")
    tab_to(page, r"\+10 minutes")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="The world's clock")).to_be_hidden()
    expect(page.get_by_role("button", name="The world's clock")).to_be_focused()
    assert demo.control("GET", "/clock")["mode"] == "offset"
    # Each part: Enter shows it and leads into it.
    for part in PARTS:
        tab_to(page, f"^{part}", "Shift+Tab")
        page.keyboard.press("Enter")
        region = page.get_by_role("region", name=part, exact=True)
        expect(region).to_be_focused()
        for _ in range(6):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            assert focused is None or (focused["outlined"] and focused["inView"]), (part, focused)
        region.focus()
    # Somebody else to act as, by a dialog that Escape closes.
    tab_to(page, "Chats", "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, "Acting as")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Act as")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Acting as")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, "readonly")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Acting as")).to_contain_text("readonly")
    expect(page.get_by_role("option").first).to_be_visible()
    # A conversation by arrows, a call by Enter, its refusal put away by Enter.
    tab_to(page, "Conversations")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Builds")).to_be_visible()
    tab_to(page, "Mute")
    page.keyboard.press("Enter")
    card = page.get_by_role("status").filter(has_text="Forbidden")
    expect(card).to_contain_text("ZohoCliq.Chats.UPDATE")
    tab_to(page, "Dismiss")
    page.keyboard.press("Enter")
    expect(card).to_have_count(0)
    expect(page.get_by_role("region", name="Messages")).to_be_focused()


# The control token


def test_with_a_control_token_it_asks_for_it_then_all_works(page: Page, serve: Serve) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    server = serve(world="documentation", control_token="secret-of-ours")
    server.http.headers["Authorization"] = "Bearer secret-of-ours"
    page.goto(f"{server.url}/_mockcliq/ui")
    dialog = page.get_by_role("dialog", name="The control API needs its token")
    expect(dialog).to_contain_text("MOCKCLIQ_CONTROL_TOKEN")
    assert axe(page) == []
    # There is no way past it, and one can type at once; a wrong one is asked for again, and it says why.
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("button")).to_have_count(1)
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("MOCKCLIQ_CONTROL_TOKEN")).to_have_value("")
    expect(dialog).to_contain_text("That is not the token.")
    dialog.get_by_label("MOCKCLIQ_CONTROL_TOKEN").fill("wröng→")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("This token cannot be sent")
    page.reload()
    expect(dialog).to_be_visible()
    dialog.get_by_label("MOCKCLIQ_CONTROL_TOKEN").fill(" secret-of-ours ")
    dialog.get_by_role("button", name="Open the console").click()
    expect(dialog).to_have_count(0)
    # Calls, the stream of them, a file.
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    expect(page.get_by_role("listbox", name="Requests, newest first")).to_contain_text("mute_chat")
    server.http.get("/api/v2/chats", headers={"Authorization": "Bearer 1000.mockcliq.member"})
    expect(page.get_by_role("listbox", name="Requests, newest first")).to_contain_text("list_direct_chats")
    page.get_by_role("button", name="Worlds", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download state").click()
    assert '"mockcliq"' in download.value.path().read_text()
    # Which a browser cannot open by a link.
    expect(page.get_by_role("link", name="Reference of the emulated API")).to_be_visible()
    expect(page.get_by_role("link", name="Reference of the control API")).to_have_count(0)
    # A line to paste has not the token in it, and works where the environment has.
    console(page, server, **{"as": "outsider"})
    page.get_by_role("button", name="Copy a curl line that makes a conversation").first.click()
    line = page.evaluate("navigator.clipboard.readText()")
    assert "secret" not in line
    environment = {**os.environ, "MOCKCLIQ_CONTROL_TOKEN": "secret-of-ours"}
    subprocess.run(["sh", "-c", f"{line} --noproxy '*' -fsS"], env=environment, check=True, timeout=PATIENCE_S)
    expect(chat(page, "First conversation")).to_be_visible()
    act_as(page, "owner")
    chat(page, "#marketing").click()


def test_a_control_token_is_told_to_other_tabs_and_kept_nowhere(page: Page, serve: Serve) -> None:
    """While one is open that has it; the browser keeps it for that tab alone."""
    server = serve(world="documentation", control_token="secret-of-ours")
    page.goto(f"{server.url}/_mockcliq/ui")
    page.get_by_label("MOCKCLIQ_CONTROL_TOKEN").fill("secret-of-ours")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    assert page.evaluate("JSON.stringify(localStorage)").find("secret") == -1
    other = page.context.new_page()
    other.goto(f"{server.url}/_mockcliq/ui")
    expect(other.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    expect(other.get_by_role("dialog")).to_have_count(0)
    other.close()
    page.goto("about:blank")
    alone = page.context.new_page()
    alone.goto(f"{server.url}/_mockcliq/ui")
    expect(alone.get_by_role("dialog", name="The control API needs its token")).to_be_visible()


BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("Access is denied", "SecurityError"); } });
"""
FULL = """
Storage.prototype.setItem = () => { throw new DOMException("It is full", "QuotaExceededError"); };
"""


@pytest.mark.parametrize("storage", [BLOCKED, FULL], ids=["blocked", "full"])
def test_a_browser_that_keeps_nothing_shows_the_page_and_remembers_until_it_is_closed(
    page: Page, serve: Serve, storage: str
) -> None:
    """As with all cookies blocked: the theme and the token are asked for again after a reload."""
    server = serve(control_token="secret-of-ours")
    page.add_init_script(storage)
    for _ in range(2):
        page.goto(f"{server.url}/_mockcliq/ui")
        dialog = page.get_by_role("dialog", name="The control API needs its token")
        dialog.get_by_label("MOCKCLIQ_CONTROL_TOKEN").fill("secret-of-ours")
        dialog.get_by_role("button", name="Open the console").click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
        page.get_by_role("button", name="Mute", exact=True).click()
        page.get_by_role("button", name="Unmute", exact=True).click()
        page.get_by_role("button", name="Theme: as the system, light").click()
        expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
        page.goto("about:blank")


def test_what_is_drawn_is_not_cut_off_at_its_narrowest(page: Page, demo: Running) -> None:
    """At 320 px, which is 1280 px at 400 %: nothing is lost or scrolls sideways."""
    page.set_viewport_size({"width": 320, "height": 640})
    begin(page, demo)
    assert page.evaluate(BEYOND) == []
    the_call(page)
    assert page.evaluate(BEYOND) == []
    fault_form(page)
    assert page.evaluate(BEYOND) == []


@pytest.mark.parametrize("size", ["phone", "wide"])
def test_a_question_about_a_long_name_can_be_answered(page: Page, demo: Running, size: str) -> None:
    me = demo.control("GET", "/users")["users"][0]["id"]
    other = demo.control("GET", "/users")["users"][1]["id"]
    name = "W" * 300
    made = demo.control("POST", "/chats", json={"type": "chat", "name": name, "members": [me, other]})
    page.set_viewport_size(SIZES[size])
    console(page, demo, chat=made["id"]) if size == "wide" else page.goto(f"{demo.url}/_mockcliq/ui#chat={made['id']}")
    page.get_by_role("button", name="Leave").click()
    dialog = page.get_by_role("dialog")
    for button in ("Stay", "Leave"):
        expect(dialog.get_by_role("button", name=button, exact=True)).to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("button", name="Stay")).to_be_focused()
    assert page.evaluate(BEYOND) == []
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def test_a_long_conversation_is_few_stops_of_the_tab_key(page: Page, demo: Running) -> None:
    chat_id = demo.control("GET", f"/users/{demo.control('GET', '/users')['users'][0]['id']}/chats?limit=1")["chats"][
        0
    ]["id"]
    sender = demo.control("GET", "/users")["users"][1]["id"]
    for number in range(60):
        demo.control("POST", f"/chats/{chat_id}/messages", json={"sender": sender, "text": f"Message {number}"})
    console(page, demo)
    messages = page.get_by_role("region", name="Messages")
    expect(messages.get_by_text("Message 59", exact=True)).to_be_visible()
    stops = "element => [...element.querySelectorAll('button, a[href]')].filter((each) => each.tabIndex >= 0).length"
    assert messages.evaluate(stops) <= 6
    # The arrows go through the messages, and their buttons with them.
    messages.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(messages.get_by_role("button", name="React to “Message 58”")).to_be_focused()
    assert messages.evaluate(stops) <= 6
    assert axe(page) == []


def test_on_a_phone_an_open_conversation_says_who_acts(page: Page, demo: Running) -> None:
    page.set_viewport_size(SIZES["phone"])
    begin(page, demo)
    owner = demo.control("GET", "/users")["users"][0]["name"]
    expect(page.get_by_text(f"as {owner} (owner)")).to_be_visible()
