"""The worlds: another one to look at, a new one, back to a start or a snapshot, and a world as a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import FilePayload, Locator, Page, Route, expect

from tests.conftest import Running, Serve
from tests.console.driving import console
from tests.processes import until

CHANNEL = "987000000654321"


def worlds(page: Page, server: Running, told: str = "") -> Locator:
    """Open the part of the page that is about them."""
    page.goto(f"{server.url}/_mockcliq/ui#view=worlds&{told}")
    part = page.get_by_role("region", name="Worlds")
    expect(part.get_by_role("button", name="Reset")).to_be_visible()
    return part


def chats(server: Running, world: str) -> list[str]:
    """What its conversations are called."""
    return [chat["name"] for chat in server.control("GET", f"/worlds/{world}/chats")["chats"]]


def is_muted(server: Running) -> bool:
    """Whether the owner has muted the channel."""
    listed = server.control("GET", f"/users/{owner(server)}/chats")["chats"]
    muted: bool = next(chat["muted"] for chat in listed if chat["name"] == "Marketing")
    return muted


def owner(server: Running) -> str:
    """Whose list the page shows at first."""
    found: str = server.control("GET", "/users")["users"][0]["id"]
    return found


def state(*names: str) -> dict[str, Any]:
    """A world of one person, who is in chats of these names."""
    return {
        "mockcliq": 1,
        "users": [{"id": "1", "name": "Ada Reyes", "email": "ada@zylker.example"}],
        "chats": [
            {
                "id": str(100 + number),
                "type": "chat",
                "name": name,
                "creator": "1",
                "created": "2025-05-01T09:00:00Z",
                "participants": ["1"],
            }
            for number, name in enumerate(names)
        ],
    }


def upload(page: Page, name: str, text: str) -> None:
    """Choose a file, in the dialog that the button opens, and agree that it takes the place of what is there."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload state").click()
    chooser.value.set_files(FilePayload(name=name, mimeType="", buffer=text.encode()))
    page.get_by_role("dialog", name="Replace the world").get_by_role("button", name="Upload").click()


def test_a_world_is_made_and_gone_to_and_switched_from(page: Page, demo: Running) -> None:
    part = worlds(page, demo)
    part.get_by_text("Make a world").click()
    part.get_by_label("Name", exact=True).fill("mine")
    part.get_by_label("Start").select_option("documentation")
    part.get_by_label("Seed").fill("7")
    part.get_by_role("button", name="Make it, and go there").click()
    expect(page.get_by_role("button", name="World mine")).to_be_visible()
    expect(part.get_by_role("heading", name="World mine")).to_be_visible()
    (made,) = (each for each in demo.control("GET", "/worlds")["worlds"] if each["id"] == "mine")
    assert (made["world"], made["seed"]) == ("documentation", 7)
    expect(part.get_by_role("listitem").filter(has_text="mine")).to_contain_text("documentation · seed 7")
    # What is clicked happens there, and nowhere else.
    page.get_by_role("option", name=re.compile("^Marketing ")).click()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    (call,) = demo.control("GET", "/worlds/mine/requests")["requests"]
    assert (call["operation"], call["status"]) == ("mute_chat", 204)
    assert demo.control("GET", "/requests")["requests"] == []
    # The address leads there again, to the same conversation.
    expect(part).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="World mine")).to_be_visible()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    part.get_by_role("button", name="Switch to default").click()
    expect(page.get_by_role("button", name="World default")).to_be_visible()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    # An address that is pasted over it leads there, too.
    page.goto(f"{demo.url}/_mockcliq/ui#world=mine")
    expect(page.get_by_role("button", name="World mine")).to_be_visible()


def test_a_name_that_is_taken_or_wrong_is_explained(page: Page, demo: Running) -> None:
    part = worlds(page, demo)
    part.get_by_text("Make a world").click()
    name = part.get_by_label("Name", exact=True)
    name.fill("default")
    part.get_by_role("button", name="Make it, and go there").click()
    expect(part.get_by_role("alert")).to_contain_text("choose another id")
    name.fill("No Capitals")
    part.get_by_role("button", name="Make it, and go there").click()
    expect(part.get_by_role("alert")).to_contain_text("id: ")
    assert len(demo.control("GET", "/worlds")["worlds"]) == 1
    name.fill("")
    part.get_by_role("button", name="Make it, and go there").click()
    expect(part.get_by_role("heading", name="World default")).to_have_count(0)
    expect(part.get_by_role("alert")).to_have_count(0)
    assert len(demo.control("GET", "/worlds")["worlds"]) == 2


def test_a_reset_asks_first(page: Page, demo: Running) -> None:
    demo.as_("owner").post(f"/chats/{CHANNEL}/mute")
    part = worlds(page, demo)
    part.get_by_role("button", name="Reset").click()
    dialog = page.get_by_role("dialog", name="Reset the world default?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert is_muted(demo)
    part.get_by_role("button", name="Reset").click()
    dialog.get_by_role("button", name="Reset").click()
    expect(part.get_by_role("status")).to_have_text("Reset to its start.")
    assert not is_muted(demo)
    expect(page.get_by_role("region", name="Requests")).to_be_hidden()
    page.get_by_role("button", name="Requests", exact=True).click()
    expect(page.get_by_text("No call yet.")).to_be_visible()


def test_a_snapshot_is_taken_gone_back_to_and_deleted(page: Page, demo: Running) -> None:
    part = worlds(page, demo)
    part.get_by_label("Name of the snapshot").fill("before")
    part.get_by_role("button", name="Take a snapshot").click()
    expect(part.get_by_role("status")).to_have_text("Taken: before.")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    assert is_muted(demo)
    part.get_by_role("button", name="Restore before").click()
    expect(part.get_by_role("status")).to_have_text("Back to before.")
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    assert not is_muted(demo)
    # Deleted by somebody else meanwhile, before the page has seen it: said, and nothing else.
    listed = demo.control("GET", "/snapshots")
    page.route("**/default/snapshots", lambda route: route.fulfill(json=listed))
    demo.control("DELETE", "/snapshots/before")
    part.get_by_role("button", name="Restore before").click()
    page.unroute("**/default/snapshots")
    notice = page.get_by_role("alert").filter(has_text="no snapshot")
    expect(notice).to_be_visible()
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    part.get_by_label("Name of the snapshot").fill("again")
    part.get_by_role("button", name="Take a snapshot").click()
    part.get_by_role("button", name="Delete again").click()
    expect(part.get_by_text("None yet.")).to_be_visible()
    assert demo.control("GET", "/snapshots")["snapshots"] == []


def test_a_state_is_downloaded_and_uploaded(page: Page, demo: Running, tmp_path: Path) -> None:
    demo.control("POST", "/worlds", json={"id": "files"})
    part = worlds(page, demo, "world=files")
    with page.expect_download() as download:
        part.get_by_role("button", name="Download state").click()
    assert download.value.suggested_filename == "mockcliq-files.json"
    download.value.save_as(tmp_path / "state.json")
    text = (tmp_path / "state.json").read_text()
    before = chats(demo, "files")
    assert {chat["name"] for chat in json.loads(text)["chats"] if chat.get("name")} <= set(before)
    assert json.loads(text) == demo.control("GET", "/worlds/files/state")
    upload(page, "mine.yaml", yaml.safe_dump(state("Release")))
    expect(part.get_by_role("status")).to_have_text("mine.yaml is the world's start now.")
    expect(page.get_by_role("option", name="Release")).to_be_visible()
    expect(page.get_by_role("button", name="Acting as Ada Reyes")).to_be_visible()
    assert chats(demo, "files") == ["Release"]
    upload(page, "state.json", text)
    expect(part.get_by_role("status")).to_have_text("state.json is the world's start now.")
    expect(page.get_by_role("option", name="Marketing").first).to_be_visible()
    assert chats(demo, "files") == before


def test_a_file_that_will_not_do_is_explained_and_changes_nothing(page: Page, demo: Running) -> None:
    demo.control("POST", "/worlds", json={"id": "files"})
    part = worlds(page, demo, "world=files")
    before = demo.control("GET", "/worlds/files/state")
    for name, text in (("bad.json", "{"), ("bad.yaml", "a: [b"), ("chat.json", '{"chats": [{"id": 5}]}')):
        upload(page, name, text)
        told = part.get_by_role("status")
        expect(told).not_to_have_text(f"Reading {name}…")
        expect(told).not_to_be_empty()
        expect(told).not_to_contain_text("start now")
        assert demo.control("GET", "/worlds/files/state") == before
    # The same file once it is mended.
    upload(page, "chat.json", json.dumps(state("Release")))
    expect(part.get_by_role("status")).to_have_text("chat.json is the world's start now.")
    upload(page, "chat.json", json.dumps(state("Release", "Lunch")))
    expect(page.get_by_role("option", name="Lunch")).to_be_visible()


def test_a_world_is_deleted_after_a_question(page: Page, demo: Running) -> None:
    for name in ("first", "second"):
        demo.control("POST", "/worlds", json={"id": name})
    part = worlds(page, demo, "world=first")
    part.get_by_role("button", name="Delete second").click()
    page.get_by_role("dialog", name="Delete the world second?").get_by_role("button", name="Delete").click()
    expect(part.get_by_role("status")).to_have_text("Deleted: second.")
    expect(page.get_by_role("button", name="World first")).to_be_visible()
    expect(part.get_by_role("button", name="Switch to second")).to_have_count(0)
    # The one that is looked at: on to the default one, which cannot be deleted.
    part.get_by_role("button", name="Delete first").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="World default")).to_be_visible()
    expect(part.get_by_role("button", name="Delete")).to_have_count(0)
    assert [each["id"] for each in demo.control("GET", "/worlds")["worlds"]] == ["default"]


def test_a_world_that_somebody_else_deletes_is_said_to_be_gone(page: Page, demo: Running) -> None:
    demo.control("POST", "/worlds", json={"id": "brief"})
    worlds(page, demo, "world=brief")
    demo.control("DELETE", "/worlds/brief")
    line = page.get_by_role("alert").filter(has_text="The world “brief” is gone")
    expect(line).to_be_visible()
    # A call would reach another world: none can be made, and the way out is all that is left.
    expect(page.locator("#chats")).to_have_attribute("inert", "")
    line.get_by_role("button", name="To the default world").click()
    expect(page.get_by_role("button", name="World default")).to_be_visible()
    expect(line).to_be_hidden()
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    expect(page.locator("#chats")).not_to_have_attribute("inert", "")
    # An address of it from before leads to the default one, too, and says why.
    page.goto("about:blank")
    page.goto(f"{demo.url}/_mockcliq/ui#world=brief")
    expect(page.get_by_role("alert").filter(has_text="no world 'brief'")).to_be_visible()
    expect(page.get_by_role("button", name="World default")).to_be_visible()


def test_of_two_quick_switches_the_second_counts(page: Page, demo: Running) -> None:
    for name in ("first", "second"):
        demo.control("POST", "/worlds", json={"id": name, "world": "documentation"})
    part = worlds(page, demo)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/worlds/first", hold)
    with page.expect_request("**/worlds/first"):
        part.get_by_role("button", name="Switch to first").click()
    part.get_by_role("button", name="Switch to second").click()
    expect(page.get_by_role("button", name="World second")).to_be_visible()
    with page.expect_response("**/worlds/first"):
        held[0].continue_()
    page.get_by_role("option", name=re.compile("^Marketing ")).click()
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="World second")).to_be_visible()
    assert [each["status"] for each in demo.control("GET", "/worlds/second/requests")["requests"]] == [204]


def test_it_says_what_server_it_is_and_whose_it_is_not(page: Page, serve: Serve) -> None:
    server = serve(world="documentation", label="CI of the <b>bot</b> team")
    part = worlds(page, server)
    expect(page).to_have_title("CI of the <b>bot</b> team - MockCliq")
    expect(page.get_by_role("banner")).to_contain_text("CI of the <b>bot</b> team")
    version = server.control("GET", "/server")["version"]
    expect(part).to_contain_text(f"CI of the <b>bot</b> team · MockCliq {version}")
    expect(part).to_contain_text("Not affiliated with Zoho; nothing leaves this machine.")
    for link in ("Reference of the emulated API", "Reference of the control API"):
        address = part.get_by_role("link", name=link).evaluate("link => link.href")
        assert server.http.get(address).status_code == 200, address


def test_who_leaves_a_world_that_ends_at_that_moment_gets_to_the_other(page: Page, demo: Running) -> None:
    """What was asked of the one that is gone, and is told so, leads nobody back to it."""
    demo.control("POST", "/worlds", json={"id": "ending", "world": "documentation"})
    console(page, demo, world="ending", view="worlds")
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/worlds/default", hold)
    with page.expect_request("**/worlds/default"):
        page.get_by_role("button", name="Switch to default").click()
    demo.control("DELETE", "/worlds/ending")
    with page.expect_response("**/worlds/ending/users/*/chats?*"):
        page.evaluate("document.querySelector('[type=search]').dispatchEvent(new Event('input'))")
    held[0].continue_()
    expect(page.get_by_role("button", name="World default")).to_be_visible()
    expect(page.get_by_role("heading", level=2, name="Marketing")).to_be_visible()


def test_what_others_make_shows_up_by_itself(page: Page, demo: Running) -> None:
    part = worlds(page, demo)
    demo.control("POST", "/worlds", json={"id": "made-elsewhere"})
    demo.control("PUT", "/snapshots/taken-elsewhere")
    expect(part.get_by_role("button", name="Switch to made-elsewhere")).to_be_visible()
    expect(part.get_by_role("button", name="Restore taken-elsewhere")).to_be_visible()
    demo.control("DELETE", "/worlds/made-elsewhere")
    expect(part.get_by_role("button", name="Switch to made-elsewhere")).to_have_count(0)


def test_the_call_one_was_reading_in_a_world_that_is_gone_can_be_copied(page: Page, demo: Running) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    demo.control("POST", "/worlds", json={"id": "brief"})
    made = demo.http.get("/w/brief/api/v2/nowhere")
    page.goto(f"{demo.url}/_mockcliq/ui#request={made.headers['X-Mockcliq-Request-Id']}&world=brief")
    details = page.get_by_role("region", name="The request", exact=True)
    expect(details).to_contain_text("/w/brief/api/v2/nowhere")
    demo.control("DELETE", "/worlds/brief")
    expect(page.get_by_role("alert").filter(has_text="The world “brief” is gone")).to_be_visible()
    details.get_by_role("button", name="curl", exact=True).click()
    assert "nowhere" in page.evaluate("navigator.clipboard.readText()")
    # It looks as if nothing could be done there, and so it is: a call would reach another world.
    acts = page.locator(".details .acts")
    until(lambda: float(acts.evaluate("element => getComputedStyle(element).opacity")) < 1)
    expect(acts).to_have_attribute("inert", "")
