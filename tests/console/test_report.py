"""The report: one file that a browser opens from a disk, without a network, and that shows what happened."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from mockcliq.report_files import embeddable
from mockcliq.ui.report import MARKER, in_one_scope, report_page
from tests.browser import Complaints, axe
from tests.console.driving import requests, turn_to
from tests.console.test_access import BEYOND
from tests.console.test_requests_view import details, told
from tests.console.test_runs import HOSTILE, RUNS, run

REASON = "scope_missing; have=ZohoCliq.Chats.READ; need=ZohoCliq.Chats.UPDATE"
SIZES = {"tiny": (320, 568), "phone": (390, 844), "middle": (900, 720), "wide": (1440, 900), "huge": (2560, 1440)}


def call(number: int, world: str = "gw0-7", **other: Any) -> dict[str, Any]:
    """An entry as `GET /requests/{id}` gives it, of a call that was done."""
    path = other.get("path", f"/api/v2/chats/{number:019}/mute")
    replay = {
        "method": "POST",
        "origin": "http://127.0.0.1:2547",
        "target": path,
        "headers": [["authorization", "Bearer 1000.mockcliq.owner"]],
        "body": '{"a":1}',
        "body_base64": None,
    }
    empty = dict.fromkeys(
        ("rule", "have", "need", "advice", "nearest_route", "nearest_chat", "token", "lock_ends", "advance", "fault")
    )
    return {
        "id": f"1-{number}",
        "run": f"run-of-{world}",
        "time": "2025-06-02T09:41:05.250Z",
        "world": world,
        "user": "64396901",
        "operation": "mute_chat",
        "method": "POST",
        "path": path,
        "query": {},
        "headers": {"authorization": "Bearer 1000.mockcliq.owner", "user-agent": "my-bot/1.0", "x-mine": HOSTILE},
        "body": '{"a":1}',
        "status": 204,
        "answer": None,
        "duration_ms": 1.25,
        "reason": None,
        "fault": None,
        "token_label": "owner",
        "client": "my-bot/1.0",
        "explanation": {**empty, "curl": f"curl -X POST http://127.0.0.1:2547{path}", "call": replay},
        **other,
    }


def refused(number: int, world: str = "gw0-7") -> dict[str, Any]:
    """One that was refused for its scope, with a text that would end the page's script."""
    entry = call(number, world, status=403, reason=REASON, answer=json.dumps({"message": HOSTILE}), body=HOSTILE)
    entry["explanation"] |= {
        "rule": "scope_missing",
        "have": "ZohoCliq.Chats.READ",
        "need": "ZohoCliq.Chats.UPDATE",
        "advice": f"Use another token: mint one with POST /_mockcliq/tokens. {HOSTILE}",
    }
    return entry


def outside(number: int) -> dict[str, Any]:
    """One that the proxy refused."""
    entry = call(number, method="CONNECT", path="registry.example.com:443", operation="outside", status=403, body=None)
    entry["explanation"] |= {"rule": "outside", "have": "registry.example.com", "curl": None, "call": None}
    return entry


def document(*calls: dict[str, Any], **other: Any) -> dict[str, Any]:
    """What stands in a report."""
    return {
        "version": "1.2.3",
        "written": "2025-06-02T09:41:09.000Z",
        "runs": RUNS,
        "requests": list(calls),
        "dropped": 0,
        **other,
    }


STORY = document(
    call(1, "gw1-3"),
    refused(2, "gw1-3"),
    call(3),
    refused(4),
    refused(5),
    outside(6),
    call(7, status=None, client_status=None, fault="f1", explanation=None),
    call(8, "by-hand", status=500, answer="<b>no markup</b>"),
    dropped=12,
)


class Opening:
    """Opens a report from a file."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._file = folder / "report.html"

    def __call__(self, content: Any, fragment: str = "") -> None:
        """Write the file, and open it."""
        text = content if isinstance(content, str) else json.dumps(content)
        self._file.write_text(report_page().replace(MARKER, embeddable(text.encode()).decode(), 1), encoding="utf-8")
        self._page.goto("about:blank")
        self._page.goto(f"{self._file.as_uri()}{fragment}")
        expect(self._page.get_by_role("heading", level=1)).to_have_text("MockCliq report")


@pytest.fixture
def opened(page: Page, context: BrowserContext, tmp_path: Path) -> Opening:
    """A browser without a network."""
    context.set_offline(True)
    return Opening(page, tmp_path)


def runs(page: Page) -> Locator:
    """The runs, after the line for all calls."""
    return page.get_by_role("region", name="Runs", exact=True).get_by_role("listitem")


def test_it_opens_with_failed_ones_first_their_tests_and_reasons(page: Page, opened: Opening) -> None:
    opened(STORY)
    expect(runs(page)).to_have_count(5)
    everything, failed, by_hand, passed, scratch = [told(row) for row in runs(page).all()]
    assert everything == "All calls (8)"
    assert failed.startswith(f"failed tests/test_mute.py::test_mutes[{HOSTILE}] gw0-7 · 2 calls, 1 failed · ")
    assert f"403 mute_chat \N{MULTIPLICATION SIGN} 2 {REASON}" in failed
    assert by_hand.startswith("ended World by-hand ")
    assert passed.endswith(f"403 mute_chat {REASON}")
    assert "scratch" in scratch
    top = page.get_by_role("banner")
    expect(top).to_contain_text("4 runs · 1 failed · 8 calls · written ")
    expect(top).to_contain_text("by MockCliq 1.2.3")
    expect(requests(page)).to_have_count(8)
    expect(page.get_by_text("8 calls; 12 earlier ones are gone")).to_be_visible()
    for name in ("Send a call", "Pause", "Clear"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    assert axe(page) == []


def test_of_many_reasons_a_run_tells_the_first(page: Page, opened: Opening) -> None:
    calls = [call(number, "busy", status=400, reason=f"invalid_input; have={number}; need=x") for number in range(9)]
    opened(document(*calls, runs=[run("busy", failed=9)]))
    expect(runs(page).last).to_contain_text("have=8; need=x")
    expect(runs(page).last).to_contain_text("and 4 more reasons")
    expect(runs(page).last.locator("code")).to_have_count(5)


def test_a_run_is_chosen_and_its_calls_searched_and_read(page: Page, opened: Opening) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(STORY)
    runs(page).nth(1).get_by_role("button").click()
    expect(requests(page)).to_have_count(5)
    expect(runs(page).nth(1).get_by_role("button")).to_have_attribute("aria-pressed", "true")
    region = page.get_by_role("region", name="Requests", exact=True)
    region.get_by_label("Status").select_option("4xx refused")
    expect(requests(page)).to_have_count(3)
    region.get_by_role("searchbox").fill("CHATS.update")
    expect(requests(page)).to_have_count(2)
    requests(page).first.click()
    text = details(page).inner_text()
    order = [text.index(each) for each in ("Forbidden", "Answer", "Expected", "Copy as", "Body", "Headers")]
    assert order == sorted(order)
    assert text.count("ZohoCliq.Chats.UPDATE") == 1
    assert text.count(HOSTILE) == 4, "the answer, the advice, the body and a header, as text"
    assert "POST /_mockcliq/tokens" in text, "there is no console to do it in"
    expect(details(page)).to_contain_text("token owner")
    for name, part in (("curl", "curl -X POST"), ("Python", "HTTPConnection"), ("JavaScript", "await fetch(")):
        details(page).get_by_role("button", name=name, exact=True).click()
        assert part in page.evaluate("navigator.clipboard.readText()")
    for name in ("Send again", "Edit and send", "Fail the next one", "verify", "pytest"):
        expect(details(page).get_by_role("button", name=name)).to_have_count(0)
    assert axe(page) == []
    # All of it is in the address.
    page.reload()
    expect(requests(page)).to_have_count(2)
    expect(details(page)).to_contain_text("Forbidden")
    expect(page).to_have_url(re.compile(r"request=1-5.*calls=run%3Drun-of-gw0-7"))
    runs(page).first.get_by_role("button").click()
    region.get_by_role("searchbox").fill("")
    region.get_by_label("Status").select_option("Any status")
    expect(requests(page)).to_have_count(8)


def test_keys_go_through_it(page: Page, opened: Opening) -> None:
    opened(STORY)
    page.keyboard.press("j")
    expect(details(page)).to_contain_text("<b>no markup</b>")
    page.keyboard.press("j")
    expect(details(page)).to_contain_text("The client saw no answer.")
    expect(details(page)).to_contain_text("there is no explanation")
    page.keyboard.press("j")
    expect(details(page)).to_contain_text("CONNECT registry.example.com:443")
    expect(details(page)).to_contain_text("The proxy let it no further")
    page.keyboard.press("Escape")
    expect(details(page)).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("1 to 2")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_screen_in_both_themes(page: Page, opened: Opening, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    opened(STORY)
    expect(page.get_by_text(REASON).first).to_be_visible()
    for theme, fragment in (("light", ""), ("dark", "#request=1-5")):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        opened(STORY, fragment)
        if fragment:
            expect(details(page)).to_contain_text("Forbidden")
        assert axe(page) == [], theme
        assert page.evaluate(BEYOND) == [], theme
    if width < 1100:
        expect(page.get_by_role("region", name="Runs", exact=True)).to_be_hidden()
        turn_to(page, "Runs")
        runs(page).nth(3).get_by_role("button").click()
        expect(requests(page)).to_have_count(2)
        expect(page.get_by_role("region", name="Runs", exact=True)).to_be_hidden()
        assert page.evaluate(BEYOND) == []


def test_two_thousand_large_calls_open_and_are_searched(page: Page, opened: Opening) -> None:
    """Only what is in view is drawn."""
    page.set_default_timeout(120_000)
    many = [call(number, body="x" * 65_536, answer=f'"{"y" * 65_000}{number}"') for number in range(2000)]
    opened(document(*many, runs=[run(f"world-{number}", test=f"test_{number}") for number in range(200)]))
    expect(requests(page).first).to_have_attribute("aria-setsize", "2000")
    assert requests(page).count() < 100
    page.get_by_role("searchbox").fill("yyy1234")
    expect(requests(page)).to_have_count(1)
    requests(page).click()
    expect(details(page).get_by_role("region", name="Body", exact=True)).to_contain_text("xxx")


def test_a_file_that_was_cut_off_says_so(page: Page, opened: Opening) -> None:
    opened('{"version": "1.2.3", "runs": [')
    expect(page.get_by_text("This report is not whole")).to_be_visible()


def test_the_page_runs_its_own_script_alone(page: Page, opened: Opening, complaints: Complaints) -> None:
    """Whatever would get into it: an element with a script does nothing."""
    opened(STORY)
    page.evaluate("""() => {
        const script = document.createElement("script");
        try { script.text = "document.title = 'taken'"; } catch { return; }
        document.body.append(script);
    }""")
    expect(page).to_have_title("MockCliq report")
    assert any("TrustedScript" in each for each in complaints), complaints
    complaints.clear()


def test_the_page_has_one_place_for_the_document_and_asks_for_no_file() -> None:
    page = report_page()
    assert page.count(MARKER) == 1
    assert page.count("</script>") == 2
    assert not re.search(r"""(?:src|href)="(?!data:)|^\s*import\b""", page, re.MULTILINE)
    assert "default-src 'none'; script-src 'sha256-" in page
    assert "unsafe" not in page


def test_a_module_that_cannot_be_put_in_is_told_when_the_page_is_made(tmp_path: Path) -> None:
    """Not by a blank page when somebody needs it."""
    for line, told_as in (
        ('import { a } from "./two.js";\n', "two.js imports itself|one.js imports itself"),
        ('import everything from "./two.js";\n', "import everything"),
        ("export let changing = 1;\n", "export let changing"),
        ("export default 1;\n", "export default 1"),
    ):
        for name, other in (("one", "two"), ("two", "one")):
            (tmp_path / f"{name}.js").write_text(line.replace("two", other) + "export const a = 1;\n")
        with pytest.raises(ValueError, match=told_as):
            in_one_scope(tmp_path / "one.js")


def test_a_test_without_an_outcome_is_among_the_failed_ones(page: Page, opened: Opening) -> None:
    opened(
        document(
            runs=[
                run("w1", test="test_passed", outcome="passed"),
                run("w2", test="test_runs", ended=None),
                run("w3", failed=1),
                run("w4", test="test_crashed"),
            ]
        )
    )
    assert [told(row).partition(" w")[0].partition(" World")[0] for row in runs(page).all()[1:]] == [
        "no outcome test_crashed",
        "ended",
        "passed test_passed",
        "running test_runs",
    ]


def test_the_number_of_runs_that_are_gone_is_told(page: Page, opened: Opening) -> None:
    region = page.get_by_role("region", name="Runs", exact=True)
    opened(document(call(1), dropped_runs=1234))
    expect(region).to_contain_text("Earlier ones are gone: 1,234.")
    opened(document(call(1), dropped_runs=0))
    expect(requests(page)).to_have_count(1)
    expect(region).not_to_contain_text("gone")
