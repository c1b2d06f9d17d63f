"""``mockcliq clock``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from tests.conftest import Running

NOON = "2025-06-01T12:00:00.000Z"


def test_it_says_what_time_it_is_and_how_the_clock_runs(shell: Shell) -> None:
    shell.run("clock", "freeze", NOON)
    assert shell.out("clock") == f"{NOON}  frozen\n"
    assert shell.out("clock", "show") == f"{NOON}  frozen\n"
    assert shell.json("clock") == {"mode": "frozen", "now": NOON}


def test_it_stands_still_at_the_present(shell: Shell, documentation: Running) -> None:
    frozen = shell.json("clock", "freeze")
    assert frozen["mode"] == "frozen"
    assert documentation.control("GET", "/clock") == frozen


@pytest.mark.parametrize("noon", [NOON, "2025-06-01 12:00", "2025-06-01T14:00:00+02:00", "1748779200000"])
def test_it_runs_on_from_another_time(shell: Shell, noon: str) -> None:
    now, mode = shell.out("clock", "set", noon).strip().split("  ")
    assert now.startswith("2025-06-01T12:00:0")
    assert mode == "set to that, and running on"
    assert shell.json("clock", "real")["mode"] == "real"


@pytest.mark.parametrize(
    ("span", "then"),
    [
        ("90", "12:01:30.000Z"),
        ("90s", "12:01:30.000Z"),
        ("10m", "12:10:00.000Z"),
        ("1h30m", "13:30:00.000Z"),
        ("1.5h", "13:30:00.000Z"),
        ("250ms", "12:00:00.250Z"),
        ("0", "12:00:00.000Z"),
    ],
)
def test_it_moves_on_by_a_span_as_people_write_it(shell: Shell, span: str, then: str) -> None:
    shell.run("clock", "freeze", NOON)
    assert shell.json("clock", "advance", span) == {"mode": "frozen", "now": f"2025-06-01T{then}"}


def test_it_moves_on_by_days(shell: Shell) -> None:
    shell.run("clock", "freeze", NOON)
    assert shell.out("clock", "advance", "2d") == "2025-06-03T12:00:00.000Z  frozen\n"


@pytest.mark.parametrize("span", ["", "m", "10x", "1h30", "10m!", "10 m", "1e3", "٣m", "ten"])
def test_what_is_no_span_is_bad_usage(shell: Shell, span: str) -> None:
    assert "no span of time; write 90 (seconds)" in shell.refused("clock", "advance", span, code=2)


def test_a_moment_that_is_none_is_refused_by_the_server(shell: Shell) -> None:
    assert "ISO 8601" in shell.refused("clock", "set", "yesterday")
    assert "time" in shell.refused("clock", "set", code=2).lower()


def test_a_lockout_of_ten_minutes_is_over_in_a_moment(shell: Shell, documentation: Running) -> None:
    shell.run("limits", "exhaust", "owner", "list_direct_chats", "--lock")
    assert documentation.as_("owner").get("/chats").status_code == 429
    shell.run("clock", "advance", "10m")
    assert documentation.as_("owner").get("/chats").status_code == 200
