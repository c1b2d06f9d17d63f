"""What a report tells of runs that did not end well: tests without an outcome, and runs that are gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.console.driving import requests
from tests.console.test_report import Opening, call, document, runs
from tests.console.test_requests_view import told
from tests.console.test_runs import run


@pytest.fixture
def opened(page: Page, context: BrowserContext, tmp_path: Path) -> Opening:
    """A browser without a network."""
    context.set_offline(True)
    return Opening(page, tmp_path)


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
