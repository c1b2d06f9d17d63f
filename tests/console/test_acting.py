"""Who acts: each fixed token shows what it is for, people without one get one, and names are but text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, Route, expect

from tests.browser import axe
from tests.conftest import Running, Serve
from tests.console.driving import act_as, chats, console, journal, messages, outcome, owner, person, requests
from tests.profiles import examples

MARKETING = "CT_2243173626687865223_P87610291-C4"
MUTE = f"/api/v2/chats/{MARKETING}/mute"


def test_read_only_and_mute_is_refused_with_the_way_out(page: Page, demo: Running) -> None:
    console(page, demo)
    act_as(page, "readonly")
    expect(page.get_by_role("button", name="Acting as Ann-Marie Forsberg token readonly")).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).click()
    card = outcome(page)
    expect(card).to_contain_text(f"403ForbiddenPOST {MUTE}")
    expect(card.get_by_role("definition")).to_have_text(["scope_missing", "ZohoCliq.Chats.READ", re.compile("UPDATE")])
    expect(card.get_by_role("term")).to_have_text(["Rule", "Found", "Expected"])
    (call,) = demo.control("GET", "/requests")["requests"]
    assert (call["status"], call["user"], call["headers"]["authorization"]) == (
        403,
        owner(demo),
        "Bearer 1000.mockcliq.readonly",
    )
    assert axe(page) == []
    # A page that is opened at this address acts as the same.
    assert "as=readonly" in page.url
    page.reload()
    expect(page.get_by_role("button", name="Acting as Ann-Marie Forsberg token readonly")).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).click()
    card.get_by_role("button", name="Act as owner").click()
    expect(page.get_by_role("button", name="Acting as Ann-Marie Forsberg token owner")).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(card).to_contain_text(f"204MutedPOST {MUTE}")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert [status for *_, status in journal(demo)] == [403, 403, 204]


def test_what_every_other_token_is_for(page: Page, demo: Running) -> None:
    console(page, demo, chat=MARKETING)
    refused = {
        "outsider": (403, "Forbidden", "not_a_participant"),
        "expired": (401, "Unauthorized", "token_expired"),
        "revoked": (401, "Unauthorized", "token_revoked"),
        "deactivated": (403, "Forbidden", "user_not_active"),
    }
    for label, (status, title, rule) in refused.items():
        act_as(page, label)
        page.get_by_role("button", name="Mute", exact=True).click()
        expect(outcome(page)).to_contain_text(f"{status}{title}POST {MUTE}")
        expect(outcome(page).get_by_role("definition").first).to_have_text(rule)
        expect(requests(page).first).to_contain_text(str(status))
    expect(page.get_by_text("Achille Castellitto is not in this conversation.")).to_be_visible()
    act_as(page, "member")
    members = demo.control("GET", f"/users/{person(demo, 'member')['id']}/chats?limit=5")["chats"]
    expect(chats(page).get_by_role("option").nth(4)).to_contain_text(members[4]["name"])
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(outcome(page)).to_contain_text(f"204MutedPOST {MUTE}")
    sent = [entry["headers"]["authorization"] for entry in demo.control("GET", "/requests")["requests"]]
    assert sent == [f"Bearer 1000.mockcliq.{label}" for label in (*refused, "member")]


def test_somebody_without_a_token_gets_one_once_and_again_after_a_reset(page: Page, demo: Running) -> None:
    console(page, demo, chat=MARKETING)
    page.get_by_role("button", name="Acting as").click()
    dialog = page.get_by_role("dialog", name="Act as")
    # By keys alone.
    dialog.get_by_role("searchbox", name="Search people").fill("joanna")
    expect(dialog.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Acting as Joanna Scholtz")).to_be_focused()
    with page.expect_request("**/tokens") as minted:
        page.get_by_role("button", name="Mute", exact=True).click()
        expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert minted.value.post_data_json == {"user": "786948119"}
    mints: list[str] = []
    page.on("request", lambda request: mints.append(request.url) if request.url.endswith("/tokens") else None)
    page.get_by_role("button", name="Unmute", exact=True).click()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    assert mints == []
    assert journal(demo) == [
        ("POST", MUTE, "786948119", 204),
        ("POST", MUTE.replace("mute", "unmute"), "786948119", 204),
    ]

    demo.control("POST", "/reset")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(outcome(page)).to_contain_text(f"204MutedPOST {MUTE}")
    assert len(mints) == 1
    assert [call[2:] for call in journal(demo)] == [(None, 401), ("786948119", 204)]

    # Whoever came while the page was open can act too.
    demo.control("POST", "/users", json={"name": "Özlem Newcomer", "id": "777"})
    page.get_by_role("button", name="Acting as").click()
    dialog.get_by_role("searchbox", name="Search people").fill("özlem")
    dialog.get_by_role("option", name="Özlem Newcomer").click()
    expect(page.get_by_text("Özlem Newcomer is in no conversation.")).to_be_visible()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(outcome(page).get_by_role("definition").first).to_have_text("not_a_participant")
    assert "as=777" in page.url


# Names are text


MARKUP = "<img src=x onerror=alert(1)>"
NASTY = (
    MARKUP,
    "\"'`</span><script>alert(1)</script>&amp;",
    "right \u202eot tfel\u202c and \u2067back",
    "W" * 180,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308 \U0001d544arcus e\u0301\u0301\u0301",
)


@pytest.fixture
def nasty(serve: Serve) -> Running:
    """A world in which everything has names that would rather be markup."""
    documentation = serve(world="documentation")
    state = documentation.control("GET", "/state")
    for user, name in zip(state["users"], NASTY * 2, strict=False):
        user["name"] = name
    me, other = state["users"][0]["id"], state["users"][1]["id"]
    state["chats"] = [_nasty_chat(number, name, [me, other]) for number, name in enumerate(NASTY)]
    documentation.control("PUT", "/state", json=state)
    return documentation


def _nasty_chat(number: int, name: str, members: list[str]) -> dict[str, Any]:
    said = [
        {"id": f"{1_600_000_000_000 + place}_{number}", "sender": member, "text": f"{name} says {name}"}
        | {"time": 1_600_000_000_000 + place}
        for place, member in enumerate(members)
    ]
    return {
        "id": str(10**18 + number),
        "type": "chat",
        "name": name,
        "creator": members[0],
        "created": 1_600_000_000_000 - number,
        "participants": [{"user": member, "draft": name if number == 1 else None} for member in members],
        "messages": said,
        "pin": {"message": said[0]["id"], "creator": members[0], "created": 10**12, "modified": 10**12},
    }


def test_names_are_shown_as_the_text_that_they_are(page: Page, nasty: Running) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))  # nobody answers: the page would stand still
    console(page, nasty)
    me = person(nasty, "owner")["name"]
    assert me == MARKUP
    for name in NASTY:
        row = chats(page).get_by_role("option").filter(has=page.get_by_text(name, exact=True))
        row.first.click()
        expect(page.get_by_role("heading", level=2).filter(has_text=name)).to_be_visible()
        expect(messages(page)).to_contain_text([f"{name} says {name}"] * 2)
        expect(page.get_by_role("region", name="Pinned message")).to_contain_text(
            f"{name} says {name}Pinned by {me} · "
        )
    page.get_by_role("button", name="Group · 2 people").click()
    expect(page.get_by_role("region", name="People").get_by_role("listitem")).to_contain_text([NASTY[0], NASTY[1]])
    messages(page).last.hover()
    messages(page).last.get_by_role("button", name="Pin").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"{NASTY[-1]} says {NASTY[-1]} {NASTY[1]}")
    page.keyboard.press("Escape")
    chats(page).get_by_role("option").filter(has_text=MARKUP).first.click()
    page.get_by_role("button", name="Leave", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Leave {MARKUP}?")
    expect(page.get_by_role("dialog")).to_contain_text(f"{MARKUP} no longer sees it")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(requests(page).first).to_contain_text(MARKUP)
    expect(page.get_by_role("combobox", name="User")).to_contain_text(MARKUP)
    requests(page).first.click()
    expect(page.get_by_role("region", name="The request", exact=True)).to_contain_text(MARKUP)
    page.get_by_role("navigation").get_by_role("button", name="Limits").click()
    expect(page.get_by_role("region", name="Limits").get_by_role("heading", name=MARKUP)).to_be_visible()
    page.get_by_role("button", name="Acting as").click()
    dialog = page.get_by_role("dialog", name="Act as")
    expect(dialog.get_by_role("button", name=re.compile("^owner "))).to_contain_text(f"owner {MARKUP}")
    expect(dialog.get_by_role("option").first).to_contain_text(MARKUP)
    dialog.get_by_role("button", name=re.compile("^member ")).click()
    expect(page.get_by_role("button", name=f"Acting as {NASTY[1]}")).to_be_visible()
    expect(page.get_by_role("region", name="Limits")).to_contain_text(MARKUP)
    page.get_by_role("searchbox", name="Search conversations").fill(MARKUP[:-1] + "x")
    expect(page.get_by_text(f"has “{MARKUP[:-1]}x” in its name.")).to_be_visible()
    assert page.locator("img[src=x], #conversations script, main script").count() == 0
    assert asked == []
    assert axe(page) == []


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


def test_names_of_any_kind(page: Page, serve: Serve) -> None:
    """Many in one world, one page."""
    documentation = serve(world="documentation")
    page.set_viewport_size({"width": 1360, "height": 4000})
    console(page, documentation)
    rows = chats(page).get_by_role("option")

    @examples(3)
    @given(st.lists(TEXTS, min_size=40, max_size=40))
    def shown(names: list[str]) -> None:
        state = documentation.control("GET", "/state")
        me = state["users"][0]["id"]
        state["chats"] = [_nasty_chat(number, name, [me]) for number, name in enumerate(names)]
        documentation.control("PUT", "/state", json=state)
        page.reload()
        expect(rows).to_have_count(len(names))
        listed = rows.locator(".name").evaluate_all("all => all.map((each) => each.textContent)")
        assert sorted(listed) == sorted(names)

    shown()


def test_what_is_pressed_before_another_conversation_is_read_does_nothing(page: Page, demo: Running) -> None:
    """Else it would be done to the one that was open before, and told under the other."""
    console(page, demo)
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    mute = page.get_by_role("button", name="Mute", exact=True)
    waiting: list[Route] = []
    page.route(re.compile("/chats/[^/]+/messages"), lambda route: waiting.append(route))  # noqa: PLW0108 - it is given attributes
    chats(page).get_by_role("option").filter(has_text="#announcements").click()
    expect(page.locator("#thread")).to_have_attribute("inert", "")  # it is neither pressed nor tabbed to
    box = page.locator("#thread .title button", has_text="Mute").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 9, box["y"] + 9)
    for each in waiting:
        each.continue_()
    page.unroute_all()
    expect(page.get_by_role("heading", level=2, name="Announcements")).to_be_visible()
    mute.click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    (call,) = demo.control("GET", "/requests")["requests"]
    assert MARKETING not in call["path"]


def test_a_refusal_goes_when_its_cause_has_gone(page: Page, demo: Running) -> None:
    console(page, demo, **{"as": "readonly"})
    refused = outcome(page).get_by_text("Forbidden")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(refused).to_be_visible()
    act_as(page, "owner")
    expect(refused).to_have_count(0)
    act_as(page, "readonly")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(refused).to_be_visible()
    # Somebody else, elsewhere, does it with a token that may.
    demo.as_("owner").post(f"/chats/{MARKETING}/mute")
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    expect(refused).to_have_count(0)
    page.get_by_role("button", name="Unmute", exact=True).click()
    expect(refused).to_be_visible()
    # The clock is moved: a lock may be over.
    demo.advance(minutes=10)
    expect(refused).to_have_count(0)


def test_escape_closes_what_is_said_then_the_call(page: Page, demo: Running) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    console(page, demo, **{"as": "readonly"})
    page.get_by_role("button", name="Mute", exact=True).click()
    outcome(page).get_by_role("button", name="See the call").click()
    details = page.get_by_role("region", name="The request", exact=True)
    expect(details).to_contain_text("403")
    # It opens where the calls stand: beside the conversation, which stays.
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    page.keyboard.press("Escape")
    expect(outcome(page)).to_be_empty()
    expect(details).to_be_visible()
    page.keyboard.press("Escape")
    expect(details).to_be_hidden()
