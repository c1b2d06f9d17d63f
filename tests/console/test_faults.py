"""Faults by a click and by the form: what they do to a real client, and that nobody can overlook them."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import Complaints, axe
from tests.conftest import Running
from tests.console.driving import chat, outcome, turn_to, visit
from tests.processes import PATIENCE_S, until


def line(page: Page) -> Locator:
    """What says on every part of the page that a fault is active."""
    return page.get_by_role("region", name="Active faults")


def preset(page: Page, name: str) -> None:
    """Press one, and see that it is active."""
    page.get_by_role("region", name="Faults", exact=True).get_by_role("button", name=name).click()
    expect(line(page)).to_be_visible()


def clear(page: Page) -> None:
    """Take all faults away by the line."""
    line(page).get_by_role("button", name="Remove all").click()
    expect(line(page)).to_be_hidden()


def rules(server: Running) -> list[dict[str, Any]]:
    """Those that the server has."""
    found: list[dict[str, Any]] = server.control("GET", "/faults")["faults"]
    return found


def test_presets_do_what_they_say(page: Page, demo: Running) -> None:
    part = visit(page, demo, "Faults")
    owner = demo.as_("owner")
    expect(line(page)).to_be_hidden()
    assert axe(page) == []

    preset(page, "Slow")
    expect(line(page)).to_contain_text("A fault is active: Every call of any operation: 2000 ms late")
    assert owner.get("/chats").elapsed.total_seconds() >= 2
    clear(page)
    assert rules(demo) == []

    preset(page, "Flaky")
    expect(line(page)).to_contain_text("Every 3rd call of any operation: answers 500")
    assert [owner.get("/chats").status_code for _ in range(6)] == [200, 200, 500] * 2
    expect(part.get_by_text("met 6 calls · fired 2")).to_be_visible()
    part.get_by_role("button", name="Remove fault-").click()
    expect(line(page)).to_be_hidden()

    preset(page, "Outage")
    assert [owner.get("/chats").status_code for _ in range(2)] == [500, 500]
    clear(page)

    preset(page, "Reset connection")
    expect(line(page)).to_contain_text("Next call of any operation: the connection is reset")
    assert axe(page) == []
    with pytest.raises(httpx.TransportError):
        owner.get("/chats")
    expect(line(page)).to_be_hidden()
    expect(part.get_by_text("met 1 call · fired 1 of 1 · done")).to_be_visible()
    assert owner.get("/chats").is_success

    chat = owner.chats()[0]["chat_id"]
    preset(page, "Lost answer")
    expect(line(page)).to_contain_text("Next call of any operation: works, then the connection is reset")
    with pytest.raises(httpx.TransportError):
        owner.post(f"/chats/{chat}/mute")
    assert is_muted(demo, chat)
    expect(line(page)).to_be_hidden()


def is_muted(server: Running, chat: str) -> bool:
    """Whether the owner has muted it."""
    owner = server.control("GET", "/users")["users"][0]["id"]
    people = server.control("GET", f"/chats/{chat}")["participants"]
    return any(each["muted"] for each in people if each["user"] == owner)


def test_a_preset_can_be_for_one_operation_alone(page: Page, demo: Running) -> None:
    part = visit(page, demo, "Faults")
    part.get_by_label("for", exact=True).select_option("mute_chat")
    preset(page, "Outage")
    expect(line(page)).to_contain_text("mute_chat: answers 500")
    assert demo.as_("owner").get("/chats").is_success
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Internal Server Error")).to_contain_text("Fault rule")
    preset(page, "Slow")
    expect(line(page)).to_contain_text("2 faults are active")
    turn_to(page, "Worlds")
    line(page).get_by_role("button", name="2 faults are active").click()
    expect(part.get_by_text("mute_chat: 2000 ms late")).to_be_visible()


def test_a_fault_of_somebody_else_is_not_overlooked(page: Page, demo: Running) -> None:
    visit(page, demo, "Connect")
    order = {"when": {"after": 1, "times": 2}, "then": {"status": 403}}
    demo.control("POST", "/faults", json=order)
    expect(line(page)).to_contain_text(
        "A fault is active: Next 2 calls of any operation, after the first 1: answers 403"
    )
    for _ in range(2):
        demo.as_("owner").get("/chats")
    expect(line(page)).to_be_visible()
    demo.as_("owner").get("/chats")
    expect(line(page)).to_be_hidden()

    demo.control("PUT", "/clock", json={"mode": "frozen"})
    demo.control("POST", "/faults", json={"when": {"expires_in": 90}, "then": {"status": 403}})
    expect(line(page)).to_be_visible()
    expect(turn_to(page, "Faults").get_by_text("ends in 1:30")).to_be_visible()
    demo.advance(seconds=90)
    expect(line(page)).to_be_hidden()


def test_the_form_shows_what_it_sends(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    demo.control("PUT", "/clock", json={"mode": "frozen"})
    part = visit(page, demo, "Faults")
    member = demo.control("GET", "/users")["users"][1]
    part.get_by_text("A rule of your own").click()
    shown = part.get_by_role("region", name="The JSON that is sent")
    assert json.loads(shown.inner_text()) == {"then": {"status": 500}}
    part.get_by_label("Operation").select_option("mute_chat")
    part.get_by_label("User (id or e-mail)").fill(member["email"])
    part.get_by_label("Then", exact=True).select_option("empty: the connection is closed without an answer")
    part.get_by_label("When").select_option("after the work (lost answer)")
    for label, value in (
        ("Delay, ms", "1"),
        ("Jitter, ms", "2"),
        ("Let the first … pass", "3"),
        ("Of the rest, 1 in …", "4"),
        ("At most … times", "5"),
        ("Chance, 0 to 1", "0.5"),
        ("Ends after, s", "600"),
    ):
        part.get_by_label(label).fill(value)
    assert axe(page) == []
    order = {
        "match": {"operation": "mute_chat", "user": member["email"]},
        "when": {"after": 3, "every": 4, "times": 5, "probability": 0.5, "expires_in": 600},
        "then": {"connection": "empty", "delay_ms": 1, "jitter_ms": 2, "apply": "after"},
    }
    assert json.loads(shown.inner_text()) == order
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/faults")) as sent:
        part.get_by_role("button", name="Add this rule").click()
    assert sent.value.post_data_json == order
    expect(line(page)).to_contain_text(f"5 times the 4th call of mute_chat, by {member['name']}, after the first 3")
    (rule,) = rules(demo)
    given = order | {"match": {"operation": "mute_chat", "user": member["id"]}}
    assert {key: {name: rule[key][name] for name in values} for key, values in given.items()} == given

    if shutil.which("curl"):
        part.get_by_role("button", name="Copy as curl").click()
        expect(part.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        subprocess.run(["sh", "-c", copied], capture_output=True, timeout=PATIENCE_S, check=True)
        again, _ = rules(demo)
        assert {**again, "id": rule["id"]} == rule
        expect(line(page)).to_contain_text("2 faults are active")


def test_a_rule_that_the_server_refuses_is_explained(page: Page, demo: Running) -> None:
    part = visit(page, demo, "Faults")
    part.get_by_text("A rule of your own").click()
    part.get_by_label("User (id or e-mail)").fill("it's nobody")
    part.get_by_role("button", name="Add this rule").click()
    expect(part.get_by_role("alert")).to_contain_text("it's nobody")
    part.get_by_label("User (id or e-mail)").fill("")
    part.get_by_label("Then", exact=True).select_option("only late")
    part.get_by_role("button", name="Add this rule").click()
    expect(part.get_by_role("alert")).to_contain_text("a fault needs a `status`")
    assert rules(demo) == []
    assert axe(page) == []
    part.get_by_label("Delay, ms").fill("1")
    part.get_by_role("button", name="Add this rule").click()
    expect(line(page)).to_contain_text("Every call of any operation: 1 ms late")
    expect(part.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("before", [0, 1])
def test_a_lost_answer_of_the_page_s_own_call(page: Page, demo: Running, complaints: Complaints, before: int) -> None:
    """A browser whose kept connection breaks makes the call again by itself; the page must not let it."""
    visit(page, demo, "Faults")
    for button in ("Mute", "Unmute")[: 2 * before]:
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("button", name=button, exact=True)).to_have_count(0)
    owner = demo.control("GET", "/users")["users"][0]["id"]
    chat = demo.control("GET", f"/users/{owner}/chats?limit=1")["chats"][0]["id"]
    demo.control("DELETE", "/requests")

    preset(page, "Lost answer")
    page.get_by_role("button", name="Mute", exact=True).click()
    outcome = page.get_by_role("status").filter(has_text="The answer was lost.")
    expect(outcome).to_contain_text("The server did the work all the same, and answered 204: is a retry safe?")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert is_muted(demo, chat)
    assert [(each["operation"], bool(each["fault"])) for each in journal(demo)] == [("mute_chat", True)]
    assert axe(page) == []

    preset(page, "Reset connection")
    page.get_by_role("button", name="Unmute", exact=True).click()
    outcome = page.get_by_role("status").filter(has_text="No answer came.")
    expect(outcome).to_contain_text("The server did not do the work.")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert is_muted(demo, chat)
    assert [each["operation"] for each in journal(demo)] == ["mute_chat", "unmute_chat"]
    outcome.get_by_role("button", name="See the call").click()
    expect(page.get_by_role("region", name="The request", exact=True)).to_contain_text("The client saw no answer.")
    assert complaints
    assert all("net::ERR_CONNECTION_RESET" in each for each in complaints), complaints
    complaints.clear()


def journal(server: Running) -> list[dict[str, Any]]:
    """What the server has written down."""
    entries: list[dict[str, Any]] = server.control("GET", "/requests")["requests"]
    return entries


def test_a_call_that_is_never_answered_need_not_be_waited_for(page: Page, demo: Running) -> None:
    visit(page, demo, "Chats")
    demo.control("POST", "/faults", json={"match": {"operation": "mute_chat"}, "then": {"connection": "hang"}})
    expect(line(page)).to_be_visible()
    mute, stop = (page.get_by_role("button", name=name, exact=True) for name in ("Mute", "Stop waiting"))
    mute.click()
    mute.click()
    expect(page.get_by_text("Waiting for the answer…")).to_have_count(1)
    # One call at a time, wherever one is; what it was about is not told of another conversation.
    chat(page, "Announcements").click()
    expect(page.get_by_role("heading", name="Announcements")).to_be_visible()
    expect(stop).to_have_count(0)
    mute.click()
    assert axe(page) == []
    stop.click()
    expect(outcome(page)).to_be_empty()
    assert [entry["path"].rpartition("/")[2] for entry in calls(demo, 1)] == ["mute"]

    mute.click()
    stop.focus()
    page.keyboard.press("Enter")
    expect(outcome(page)).to_contain_text("No answer came until you stopped waiting.")
    expect(outcome(page).get_by_role("button", name="Dismiss")).to_be_focused()
    line(page).get_by_role("button", name="Remove all").click()
    expect(line(page)).to_be_hidden()
    mute.click()
    expect(outcome(page)).to_contain_text("204Muted")


def calls(server: Running, count: int) -> list[dict[str, Any]]:
    """What the journal has once it has so many calls; one that hangs is written down when its client has gone."""
    until(lambda: server.control("GET", "/overview")["journal"]["held"] == count)
    found: list[dict[str, Any]] = server.control("GET", "/requests")["requests"]
    return found


def test_no_click_on_a_preset_moves_anything_that_was_there(page: Page, demo: Running) -> None:
    """Neither the next preset under the pointer nor the page below the line that tells of the fault."""
    part = visit(page, demo, "Faults")
    lost = part.get_by_role("button", name="Lost answer")
    slow = part.get_by_role("button", name="Slow")
    places = [lost.bounding_box(), slow.bounding_box(), page.get_by_role("main").bounding_box()]
    lost.dblclick()
    expect(line(page)).to_be_visible()
    expect(part.get_by_role("article")).to_have_count(2)
    assert [lost.bounding_box(), slow.bounding_box(), page.get_by_role("main").bounding_box()] == places
    assert {each["then"]["connection"] for each in rules(demo)} == {"reset"}, "twice the same, and no other"
    expect(line(page)).to_contain_text("Next call of any operation: works, then the connection is reset")
    page.set_viewport_size({"width": 390, "height": 844})
    before = page.get_by_role("main").bounding_box()
    line(page).get_by_role("button", name="Remove all").click()
    expect(line(page)).to_be_hidden()
    assert page.get_by_role("main").bounding_box() == before


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("429", {"status": 429}),
        ("401", {"status": 401}),
        ("Hang", {"connection": "hang"}),
        ("Slow", {"delay_ms": 2000}),
        ("Lost answer", {"connection": "reset", "apply": "after"}),
    ],
)
def test_what_most_are_looked_for_are_presets(page: Page, demo: Running, name: str, then: dict[str, Any]) -> None:
    part = visit(page, demo, "Faults")
    part.get_by_role("combobox", name="for").select_option("mute_chat")
    preset(page, name)
    (rule,) = rules(demo)
    assert rule["match"]["operation"] == "mute_chat"
    assert then.items() <= rule["then"].items()


BLOCKED = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("Access is denied", "SecurityError"); } });
"""


@pytest.mark.parametrize("storage", ["", BLOCKED], ids=["kept", "blocked"])
def test_rules_are_kept_under_a_name_and_used_again(page: Page, demo: Running, storage: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(storage)
    part = visit(page, demo, "Faults")
    part.get_by_text("Scenarios: rules under a name").click()
    save = part.get_by_role("button", name="Save the scenario")
    part.get_by_label("Name", exact=True).fill("a bad evening")
    save.click()
    expect(part.get_by_text("There is no rule to save")).to_be_visible()
    preset(page, "Slow")
    preset(page, "Flaky")
    expect(part.get_by_role("article")).to_have_count(2)
    save.click()
    expect(part.get_by_role("button", name="Use a bad evening")).to_be_visible()
    assert axe(page) == []
    ordered = [{name: rule[name] for name in ("match", "when", "then")} for rule in rules(demo)]
    clear(page)
    part.get_by_role("button", name="Use a bad evening").click()
    expect(part.get_by_role("article")).to_have_count(2)
    assert [{name: rule[name] for name in ("match", "when", "then")} for rule in rules(demo)] == ordered
    # As JSON it goes to another browser.
    part.get_by_role("button", name="JSON of a bad evening").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    part.get_by_label("Name", exact=True).fill("pasted")
    part.get_by_label("Rules in JSON").fill("no JSON")
    save.click()
    expect(part.get_by_text("This is no list of rules")).to_be_visible()
    part.get_by_label("Rules in JSON").fill(copied)
    save.click()
    clear(page)
    part.get_by_role("button", name="Use pasted").click()
    expect(part.get_by_role("article")).to_have_count(2)
    page.reload()
    part.get_by_text("Scenarios: rules under a name").click()
    expect(part.get_by_role("button", name="Use pasted")).to_have_count(0 if storage else 1)
