"""What the tests of the console rely on: pages that hide no mistake, beside everything else that tests do."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.login import asked
from tests.browser import Complaints, axe, running_loop
from tests.conftest import Running
from tests.console.conftest import Chromium

HERE = "http://127.0.0.1:1"
"""A page's address; nobody listens there, and nobody is asked."""


def show(page: Page, body: str, policy: str = "default-src 'self' 'unsafe-inline'") -> None:
    """Show a page of the test's own."""
    answer = f'<!doctype html><html lang="en"><title>Here</title><link rel="icon" href="data:,"><main>{body}</main>'
    headers = {"Content-Type": "text/html", "Content-Security-Policy": policy + "; img-src * data:"}
    page.route(HERE + "/", lambda route: route.fulfill(body=answer, headers=headers))
    page.goto(HERE)


def test_a_page_of_a_server_on_a_thread(page: Page, documentation: Running) -> None:
    page.goto(f"{documentation.url}/oauth/v2/auth?{urlencode(asked(prompt=None))}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert documentation.as_("owner").get("/chats").status_code == 200


def test_asyncio_runs_beside_it(chromium: Chromium) -> None:
    """Between two pages the browser is there, and its loop in nobody's way."""
    for _ in range(2):
        with running_loop(chromium.loop), chromium.browser.new_context() as context:
            context.new_page().goto("about:blank")
        assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>console.error('bad')</script>", "console: bad"),
        ("<script>throw new Error('worse')</script>", "thrown: worse"),
        ("<script>Promise.reject(new Error('lost'))</script>", "thrown: lost"),
        ("<script>setTimeout(() => { throw new Error('later'); })</script>", "thrown: later"),
        ("<img src='https://elsewhere.test/x'>", "another origin: GET https://elsewhere.test/x"),
        ("<img src='http://127.0.0.1:2/x'>", "another origin: GET http://127.0.0.1:2/x"),
    ],
)
def test_a_page_s_mistakes_are_complained_of(page: Page, complaints: Complaints, body: str, complaint: str) -> None:
    show(page, body)
    page.evaluate("new Promise((then) => setTimeout(then))")  # after the script's own
    assert complaint in complaints
    complaints.clear()


def test_so_is_what_its_policy_refuses(page: Page, complaints: Complaints) -> None:
    show(page, "<style>p { color: red }</style>", "default-src 'none'")
    page.evaluate("0")
    assert any("Content Security Policy" in each for each in complaints), complaints
    complaints.clear()


def test_and_a_file_that_is_not_there(page: Page, complaints: Complaints, documentation: Running) -> None:
    page.goto(documentation.url + "/docs")
    with page.expect_response("**/nowhere.js"):
        page.evaluate("document.head.append(Object.assign(document.createElement('script'), { src: '/nowhere.js' }))")
    assert complaints == [f"answered 404: {documentation.url}/nowhere.js"]
    complaints.clear()


def test_but_a_refusal_to_its_script_is_not(page: Page, documentation: Running) -> None:
    page.goto(documentation.url + "/docs")
    assert page.evaluate("fetch('/api/v2/chats').then((answer) => answer.status)") == 401


def test_axe_says_what_to_change(page: Page) -> None:
    show(
        page,
        "<h1>Here</h1><img src='data:,'><button style='width: 9px; height: 9px; padding: 0'>a</button>"
        "<button style='width: 9px; height: 9px; padding: 0'>b</button><p style='color: #ccc'>pale</p>",
    )
    found = axe(page)
    assert {each.partition(":")[0] for each in found} == {"image-alt", "color-contrast", "target-size"}
    assert any(each.startswith("color-contrast: p: Fix any of the following: Element has insuf") for each in found)


def test_axe_works_where_the_policy_lets_nothing_in(page: Page) -> None:
    show(page, "<h1>Here</h1><p>There is nothing to change.</p>", "default-src 'none'")
    assert axe(page) == []
