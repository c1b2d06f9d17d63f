"""The page to pick who you are, as a browser shows it: no script, nothing from elsewhere, nothing unescaped."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.accounts.login import HOME, asked, authorize, listing, redeem, sent_back
from tests.browser import browsed, needs_chromium
from tests.conftest import Running, Serve

EVIL = "\"'><img/src=x/onerror=document.title=1>"
"""What a careless page would take for an element; there is no space in it, so that it can be in a URI, too."""


def links(page: str) -> dict[str, str]:
    """Where the page leads, by the text of each link."""
    found = re.findall(r'<a href="([^"]*)">(.*?)</a>', page)
    return {re.sub("<[^>]*>", "", text): unescape(there) for there, text in found}


def test_it_says_who_asks_for_what_and_lists_who_may_agree(documentation: Running) -> None:
    answer = authorize(documentation, prompt=None, scope="ZohoCliq.Chats.READ,ZohoCliq.Users.READ")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html;charset=UTF-8")
    for said in ("1000.MOCKCLIQ", "ZohoCliq.Chats.READ", "ZohoCliq.Users.READ"):
        assert f"<code>{said}</code>" in answer.text
    users = documentation.control("GET", "/users")["users"]
    people = [f"{user['name']} {user['email']}" for user in users if user["active"]]
    assert list(links(answer.text)) == [*people, "Refuse"]
    assert len(people) < len(users)


def test_its_policy_lets_nothing_in(documentation: Running) -> None:
    policy = authorize(documentation, prompt=None).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_who_is_picked_has_agreed(documentation: Running) -> None:
    asking = documentation.http.build_request("GET", "/oauth/v2/auth", params=asked(prompt=None, state="s"))
    page = documentation.http.send(asking)
    there = links(page.text)["Olivia - Content Writer olivia.palmer@zylcal.com"]
    said = sent_back(documentation.http.get(asking.url.join(there)))
    assert said["state"] == "s"
    token = redeem(documentation, said["code"])["access_token"]
    assert listing(documentation, token) == (200, "")


def test_picking_keeps_what_was_asked_for(documentation: Running) -> None:
    asking = documentation.http.build_request(
        "GET", "/w/default/oauth/v2/auth", params=asked(prompt="consent", access_type="offline")
    )
    for _ in range(2):
        there = next(iter(links(documentation.http.send(asking).text).values()))
        told = redeem(documentation, sent_back(documentation.http.get(asking.url.join(there)))["code"])
        assert "refresh_token" in told


def test_who_refuses_says_so(documentation: Running) -> None:
    there = links(authorize(documentation, prompt=None, state="a&b").text)["Refuse"]
    assert there.startswith(f"{HOME}?")
    assert parse_qs(urlsplit(there).query) == {"error": ["access_denied"], "state": ["a&b"]}


@pytest.fixture
def evil(serve: Serve, tmp_path: Path) -> Running:
    """A server of a world in which everything that a page shows looks like an element."""
    file = tmp_path / "evil.json"
    users = [{"id": EVIL, "name": EVIL, "email": EVIL}]
    clients = [{"client_id": EVIL, "client_secret": "s"}]
    file.write_text(json.dumps({"mockcliq": 1, "users": users, "clients": clients}))
    return serve(world=str(file))


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("known", [True, False], ids=["consent", "refusal"])
def test_a_browser_finds_no_element_in_what_it_quotes(evil: Running, tmp_path: Path, *, known: bool) -> None:
    there = f"http://127.0.0.1/{EVIL}" if known else f"javascript:{EVIL}"
    parameters = asked(client_id=EVIL, redirect_uri=there, scope="a", state=EVIL, prompt=None)
    url = str(httpx.URL(f"{evil.url}/oauth/v2/auth", params=parameters))
    page, complaints = browsed(url, tmp_path / "browser")
    assert ("Who are you?" if known else "This cannot be asked") in page
    assert "&lt;img/src=x" in page
    assert "<img" not in page
    assert not re.search("Content Security Policy|Refused to", complaints), complaints


@pytest.mark.slow
@needs_chromium
def test_a_browser_goes_where_it_is_sent(documentation: Running, tmp_path: Path) -> None:
    parameters = asked(redirect_uri=f"{documentation.url}/docs")
    page, _ = browsed(str(httpx.URL(f"{documentation.url}/oauth/v2/auth", params=parameters)), tmp_path / "browser")
    assert "<title>MockCliq: Cliq API</title>" in page
