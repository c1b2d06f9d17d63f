"""How to connect: what can be copied from the page is what a person would paste, and it is run here as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from mockcliq.settings import Settings
from tests.browser import axe
from tests.conftest import Running, Serve
from tests.pages import DOCS
from tests.processes import ROOT, clean_environment
from tests.test_docs_pages import composed, needs_node, needs_the_image

TABS = ("curl", "Python", "Node", "pytest", "compose")


@pytest.fixture
def page(page: Page) -> Page:
    """A page that may use the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


def connect(page: Page, server: Running, told: str = "") -> None:
    """Open the part of the page that says how."""
    page.goto(f"{server.url}/_mockcliq/ui#view=connect&{told}")
    expect(page.get_by_role("region", name="The lines to paste")).to_contain_text("curl")


def copied(page: Page, what: str) -> str:
    """What a button copies."""
    button = page.get_by_role("button", name=f"Copy {what}", exact=True)
    page.evaluate("navigator.clipboard.writeText('')")
    button.click()
    expect(button).to_contain_text("Copied")
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def snippet(page: Page, tab: str) -> str:
    """The lines of a tab."""
    page.get_by_role("group", name="For").get_by_role("button", name=tab).click()
    expect(page.get_by_role("button", name=tab, pressed=True)).to_be_focused()
    lines = copied(page, "these lines")
    assert lines == page.get_by_role("region", name="The lines to paste").text_content()
    return lines


def run(command: list[str], folder: Path, *, fails: bool = False) -> str:
    """Run a program as a person does; gives what it printed."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env=clean_environment() | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode != 0) == fails, ended.stdout
    return ended.stdout


def last(server: Running, world: str = "default") -> dict[str, Any]:
    """The latest call of a world."""
    entry: dict[str, Any] = server.control("GET", f"/worlds/{world}/requests?limit=1")["requests"][0]
    return entry


def names(server: Running, label: str) -> list[str]:
    """What the first conversations are called."""
    return [chat["name"] for chat in server.as_(label).chats(limit=3)]


def test_base_url_and_tokens_are_copied(page: Page, demo: Running) -> None:
    connect(page, demo)
    assert copied(page, "the base URL") == demo.url
    tokens = demo.control("GET", "/worlds/default")["tokens"]
    assert len(tokens) >= 7
    for label, token in tokens.items():
        assert copied(page, f"the token {label}") == token
    login = page.get_by_role("listitem").filter(has_text="1000.mockcliq.refresh")
    expect(login).to_contain_text("refresh token")


def test_where_the_clipboard_has_no_interface_it_copies_all_the_same(page: Page, demo: Running) -> None:
    """Over plain HTTP from another machine."""
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    connect(page, demo)
    assert copied(page, "the base URL") == demo.url


def test_curl(page: Page, demo: Running, tmp_path: Path) -> None:
    connect(page, demo)
    answer = run(["sh", "-c", snippet(page, "curl")], tmp_path)
    assert "HTTP/1.1 200 OK" in answer
    assert names(demo, "owner")[0] in answer
    page.get_by_role("button", name="Requests", exact=True).click()
    expect(page.get_by_role("listbox", name="Requests, newest first")).to_contain_text("list_direct_chats")


def test_python(page: Page, demo: Running, tmp_path: Path) -> None:
    connect(page, demo)
    (tmp_path / "chats.py").write_text(snippet(page, "Python"))
    assert run([sys.executable, "chats.py"], tmp_path).splitlines() == names(demo, "owner")


@needs_node
def test_node(page: Page, demo: Running, tmp_path: Path) -> None:
    connect(page, demo)
    (tmp_path / "chats.mjs").write_text(snippet(page, "Node"))
    expect(page.get_by_text("node chats.mjs")).to_be_visible()
    assert run(["node", "chats.mjs"], tmp_path).splitlines() == names(demo, "owner")


def test_pytest(page: Page, demo: Running, tmp_path: Path) -> None:
    """A suite of its own against this server, by the command that its first line says."""
    connect(page, demo)
    suite = snippet(page, "pytest")
    name, command = re.findall(r"# (\S+); to run it: pytest (.*)", suite)[0]
    (tmp_path / name).write_text(suite)
    here = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--rootdir", "."]
    assert "1 passed" in run([*here, *command.split()], tmp_path)
    assert [world["id"] for world in demo.control("GET", "/worlds")["worlds"]] == ["default"], "it left nothing"
    (tmp_path / name).write_text(suite.replace("minutes=10", "minutes=9"))
    assert "1 failed" in run([*here, *command.split()], tmp_path, fails=True)


def test_compose_s_file_says_what_the_image_and_its_page_say(page: Page, demo: Running) -> None:
    connect(page, demo)
    ours = yaml.safe_load(snippet(page, "compose"))["services"]
    documented = yaml.safe_load(
        re.findall(r"```yaml\n(.*?)```", (DOCS / "guides" / "compose.md").read_text(), re.DOTALL)[0]
    )
    theirs = documented["services"]
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert ours["mockcliq"]["image"] == theirs["mockcliq"]["image"] == "mockcliq"
    assert set(ours["mockcliq"]["environment"]) == {"MOCKCLIQ_WORLD"}
    assert ours["mockcliq"]["environment"]["MOCKCLIQ_WORLD"] == Settings().world == "demo"
    assert ours["bot"]["depends_on"] == theirs["tests"]["depends_on"]
    assert "HEALTHCHECK" in dockerfile
    url = ours["bot"]["command"][-1]
    assert url == theirs["tests"]["environment"]["MOCKCLIQ_URL"]
    assert f"EXPOSE {url.rpartition(':')[2]} " in dockerfile
    assert 'ENTRYPOINT ["mockcliq"]' in dockerfile
    expect(page.get_by_text("docker build -t mockcliq .")).to_be_visible()
    assert "`docker build -t mockcliq .`" in (DOCS / "guides" / "compose.md").read_text()


@needs_the_image
def test_compose(page: Page, demo: Running, tmp_path: Path) -> None:
    connect(page, demo)
    (tmp_path / "compose.yaml").write_text(snippet(page, "compose"))
    with composed(tmp_path):
        said = run(["docker", "compose", "up", "--exit-code-from", "bot"], tmp_path)
    assert re.search(r"^.*bot-1 .*\| .*owner", said, re.MULTILINE), said


def test_as_somebody_else_the_lines_carry_their_token(page: Page, demo: Running, tmp_path: Path) -> None:
    member, readonly = (f"1000.mockcliq.{label}" for label in ("member", "readonly"))
    connect(page, demo, "as=member")
    lines = {tab: snippet(page, tab) for tab in TABS[:3]}
    assert all(member in each for each in lines.values()), lines
    (tmp_path / "chats.py").write_text(lines["Python"])
    assert run([sys.executable, "chats.py"], tmp_path).splitlines() == names(demo, "member")
    assert last(demo)["user"] == person(demo, "member")
    # By a click on this page; the lines that are shown change with it.
    snippet(page, "curl")
    page.get_by_role("button", name="Acting as").click()
    page.get_by_role("dialog").get_by_role("button", name="readonly").click()
    expect(page.get_by_role("region", name="The lines to paste")).to_contain_text(readonly)
    # Somebody without a fixed token gets one of their own.
    page.get_by_role("button", name="Acting as").click()
    other = demo.control("GET", "/users")["users"][5]
    page.get_by_label("Search people", exact=True).fill(other["email"])
    page.get_by_role("listbox", name="Everyone").get_by_role("option").click()
    expect(page.get_by_role("region", name="The lines to paste")).not_to_contain_text(readonly)
    run(["sh", "-c", snippet(page, "curl")], tmp_path)
    assert (last(demo)["status"], last(demo)["user"]) == (200, other["id"])


def person(server: Running, role: str) -> str:
    """The id of who has a role."""
    found: str = next(user["id"] for user in server.control("GET", "/users")["users"] if user["role"] == role)
    return found


def test_in_another_world_everything_leads_there(page: Page, demo: Running, tmp_path: Path) -> None:
    demo.control("POST", "/worlds", json={"id": "docs", "world": "documentation"})
    try:
        connect(page, demo, "world=docs")
        lines = {tab: snippet(page, tab) for tab in TABS}
        assert all("1000.docs.owner" in lines[tab] for tab in TABS[:3]), lines
        assert yaml.safe_load(lines["compose"])["services"]["mockcliq"]["environment"] == {
            "MOCKCLIQ_WORLD": "documentation"
        }
        assert copied(page, "the token member") == "1000.docs.member"
        run(["sh", "-c", lines["curl"]], tmp_path)
        assert last(demo, "docs")["status"] == 200
        assert demo.control("GET", "/requests")["requests"] == []
        assert log_in(page, demo)["access_token"].startswith("1000.")
        assert last(demo, "docs")["path"] == "/oauth/v2/token"
    finally:
        demo.control("DELETE", "/worlds/docs")


def log_in(page: Page, server: Running) -> dict[str, str]:
    """A token, by what the page gives to SDKs."""
    url = copied(page, "the accounts URL")
    assert url == server.url
    given = {
        "client_id": copied(page, "the client id"),
        "client_secret": copied(page, "the client secret"),
        "refresh_token": copied(page, "the refresh token"),
    }
    answer = server.http.post(f"{url}/oauth/v2/token", data={"grant_type": "refresh_token", **given})
    told: dict[str, str] = answer.json()
    return told


def test_sdks_log_in_by_what_it_shows(page: Page, demo: Running) -> None:
    connect(page, demo)
    token = log_in(page, demo)["access_token"]
    answer = demo.http.get("/api/v2/chats", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, last(demo)["user"]) == (200, person(demo, "owner"))


# Webhooks


def webhook(page: Page, language: str) -> str:
    """The lines that post to what is chosen."""
    page.get_by_role("combobox", name="Lines in").select_option(language)
    return copied(page, "the lines that post")


def said(server: Running, channel: str) -> list[str]:
    """What was said in a channel since the page was opened."""
    (chat,) = [each["id"] for each in server.control("GET", "/chats")["chats"] if each["name"] == channel]
    told = server.control("GET", f"/chats/{chat}/messages")["messages"]
    return [each["text"] for each in told if each["text"] == "Hello"]


@needs_node
def test_the_lines_of_a_webhook_post_to_the_channel_that_is_chosen(page: Page, demo: Running, tmp_path: Path) -> None:
    connect(page, demo)
    for count, (channel, unique_name) in enumerate([("Marketing", "marketing"), ("General", "general")]):
        page.get_by_role("combobox", name="Channel or bot").select_option(unique_name)
        url = f"{demo.url}/api/v2/channelsbyname/{unique_name}/message?zapikey=1001.mockcliq.webhook"
        assert copied(page, "the webhook URL") == url
        assert "HTTP/1.1 204" in run(["sh", "-c", webhook(page, "curl")], tmp_path)
        (tmp_path / "post.py").write_text(webhook(page, "Python"))
        assert run([sys.executable, "post.py"], tmp_path) == "204\n"
        (tmp_path / "post.mjs").write_text(webhook(page, "Node"))
        assert run(["node", "post.mjs"], tmp_path) == "204\n"
        assert said(demo, channel) == ["Hello"] * 3, count


def test_the_webhook_of_a_bot_in_a_world_of_its_own(page: Page, serve: Serve, tmp_path: Path) -> None:
    server = serve(world="documentation")
    state = server.control("GET", "/state")
    me = state["users"][0]["id"]
    state["bots"] = [{"unique_name": "buildbot", "name": "Build bot"}]
    state["chats"].append(
        {"id": "7002", "type": "bot", "creator": me, "created": state["chats"][0]["created"], "participants": [me]}
        | {"bot": "buildbot"}
    )
    server.control("POST", "/worlds", json={"id": "mine", "state": state})
    connect(page, server, "world=mine")
    choice = page.get_by_role("combobox", name="Channel or bot")
    expect(choice.get_by_role("option")).to_have_text(["marketing", "buildbot"])
    choice.select_option("buildbot")
    url = f"{server.url}/api/v2/bots/buildbot"
    assert copied(page, "the webhook URL") == f"{url}/message?zapikey=1001.mine.webhook"
    assert copied(page, "the incoming webhook URL") == f"{url}/incoming?zapikey=1001.mine.webhook"
    assert "HTTP/1.1 204" in run(["sh", "-c", webhook(page, "curl")], tmp_path)
    assert [each["text"] for each in server.control("GET", "/worlds/mine/chats/7002/messages")["messages"]] == ["Hello"]
    assert axe(page) == []


def test_a_world_without_channel_and_bot_has_no_webhook(page: Page, serve: Serve) -> None:
    server = serve(world="empty")
    connect(page, server)
    expect(page.get_by_text("This world has no channel and no bot")).to_be_visible()
    expect(page.get_by_role("combobox", name="Channel or bot")).to_be_hidden()
    # What is made meanwhile is there at once.
    members = [server.control("GET", "/users")["users"][0]["id"]]
    server.control("POST", "/chats", json={"type": "channel", "name": "Made just now", "members": members})
    expect(page.get_by_role("combobox", name="Channel or bot").get_by_role("option")).to_have_text(["madejustnow"])


def test_with_a_control_token_pytest_s_lines_say_where_it_goes(page: Page, serve: Serve) -> None:
    server = serve(control_token="secret-of-ours")
    page.goto(f"{server.url}/_mockcliq/ui#view=connect")
    page.get_by_label("MOCKCLIQ_CONTROL_TOKEN").fill("secret-of-ours")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="pytest").click()
    lines = page.get_by_role("region", name="The lines to paste")
    expect(lines).to_contain_text("export MOCKCLIQ_CONTROL_TOKEN=")
    expect(lines).not_to_contain_text("secret-of-ours")
