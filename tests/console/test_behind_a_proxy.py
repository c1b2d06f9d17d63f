"""The console behind a proxy that gives the server another Host than the browser's."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import Complaints
from tests.conftest import Serve
from tests.console.driving import outcome
from tests.proxy import proxied


@pytest.mark.parametrize("prefix", ["", "/team/cliq"])
def test_behind_a_trusted_proxy_all_of_it_works(page: Page, serve: Serve, prefix: str) -> None:
    server = serve(world="demo", trusted_proxies="127.0.0.1")
    with proxied(server.port, prefix) as url:
        page.goto(f"{url}/")
        expect(page).to_have_url(re.compile(f"^{re.escape(url)}/_mockcliq/ui"))
        page.get_by_role("button", name="Mute", exact=True).click()
        expect(outcome(page)).to_contain_text("204")
        page.get_by_role("navigation").get_by_role("button", name="Limits").click()
        page.get_by_role("region", name="Limits").get_by_role("button", name="Exhaust").first.click()
        expect(page.get_by_role("region", name="Limits")).to_contain_text("20 of 20")
        page.goto("about:blank")


def test_what_a_listed_or_public_page_may_do_is_done(page: Page, serve: Serve) -> None:
    server = serve(world="demo", allowed_origins="*")
    with proxied(server.port, tells=False) as url:
        page.goto(f"{url}/_mockcliq/ui#view=limits")
        page.get_by_role("region", name="Limits").get_by_role("button", name="Exhaust").first.click()
        expect(page.get_by_role("region", name="Limits")).to_contain_text("20 of 20")
        page.goto("about:blank")


def test_behind_an_unknown_proxy_the_page_says_what_to_set(page: Page, serve: Serve) -> None:
    server = serve(world="demo")
    with proxied(server.port, tells=False) as url:
        page.goto(f"{url}/_mockcliq/ui#view=limits")
        page.get_by_role("region", name="Limits").get_by_role("button", name="Exhaust").first.click()
        expect(page.get_by_text(f"MOCKCLIQ_ALLOWED_ORIGINS={url}")).to_be_visible()
        page.goto("about:blank")


def test_under_a_name_that_is_not_listed_the_page_says_so_and_does_not_wait(
    page: Page, serve: Serve, complaints: Complaints
) -> None:
    server = serve(world="demo")
    with proxied(server.port, host="mock.example.com", tells=False) as url:
        page.goto(f"{url}/_mockcliq/ui")
        expect(page.get_by_role("alert").filter(has_text="MOCKCLIQ_ALLOWED_HOSTS=mock.example.com")).to_be_visible()
        expect(page.get_by_text("Loading…")).to_be_hidden()
        page.goto("about:blank")
    assert not complaints
