"""``mockcliq faults``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockcliq.control.faults import FaultMatch, FaultThen, FaultWhen
from tests.cli.conftest import Shell
from tests.conftest import Running

UNAVAILABLE = {"match": {"operation": "list_direct_chats"}, "when": {"times": 1}, "then": {"status": 503}}


def test_a_rule_is_made_and_fires(shell: Shell, documentation: Running) -> None:
    head, row = shell.table("faults", "add", json.dumps(UNAVAILABLE))
    assert head == ["ID", "MATCH", "WHEN", "THEN", "HITS", "FIRED"]
    assert row[1:] == ["operation=list_direct_chats", "times=1", "status=503", "0", "0"]
    assert [documentation.as_("owner").get("/chats").status_code for _ in range(2)] == [503, 200]
    assert shell.table("faults")[1][4:] == ["2", "1"]


def test_a_rule_is_read_from_standard_input(shell: Shell, documentation: Running) -> None:
    rule = shell.json("faults", "add", "-", stdin=json.dumps({"then": {"status": 500, "body": {"Ü": ["漢\n字"]}}}))
    assert documentation.as_("owner").get("/chats").json() == {"Ü": ["漢\n字"]}
    assert shell.json("faults") == {"faults": [{**rule, "hits": 1, "fired": 1}]}
    _, row = shell.table("faults")
    assert row[1:4] == ["every call", "always", r'status=500 body={"Ü": ["漢\n字"]}']


def test_one_rule_is_taken_away_or_all(shell: Shell, documentation: Running) -> None:
    ids = [shell.json("faults", "add", json.dumps({"then": {"status": status}}))["id"] for status in (500, 503, 400)]
    assert [row[0] for row in shell.table("faults", "remove", ids[1])[1:]] == [ids[2], ids[0]]
    assert shell.json("faults", "clear") == {"faults": []}
    assert shell.table("faults") == [["ID", "MATCH", "WHEN", "THEN", "HITS", "FIRED"]]
    assert documentation.as_("owner").get("/chats").status_code == 200


@pytest.mark.parametrize("text", ["", "{", "status: 500", "'{}'"])
def test_what_is_no_json_is_bad_usage(shell: Shell, text: str) -> None:
    assert shell.refused("faults", "add", text, code=2).startswith("the rule is no JSON (")
    assert shell.refused("faults", "add", "-", stdin=text, code=2).startswith("the rule is no JSON (")


def test_a_rule_with_a_byte_order_mark_is_read(shell: Shell, documentation: Running) -> None:
    shell.json("faults", "add", "-", stdin=f"\ufeff{json.dumps(UNAVAILABLE)}")
    assert documentation.as_("owner").get("/chats").status_code == 503


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{}", "then"),
        ("[]", "body"),
        ('{"then": {"status": 500}, "then": {"status": 503}}', "line 1, column 27"),
        ('{"then": {"status": 999}}', "status"),
        ('{"than": {"status": 500}}', "than"),
    ],
)
def test_a_rule_that_is_none_is_refused_with_what_to_change(shell: Shell, rule: str, told: str) -> None:
    assert told in shell.refused("faults", "add", rule)


def test_a_rule_that_is_not_there_cannot_be_taken_away(shell: Shell) -> None:
    assert shell.refused("faults", "remove", "no rule") == "there is no fault rule 'no rule'"


@pytest.mark.parametrize(
    ("flags", "rule"),
    [
        (
            ["mute_chat", "--status", "500", "--times", "1"],
            {"match": {"operation": "mute_chat"}, "when": {"times": 1}, "then": {"status": 500}},
        ),
        (
            ["v2.mute_chat", "--connection", "reset"],
            {"match": {"operation": "mute_chat"}, "then": {"connection": "reset"}},
        ),
        (
            ["--path", "/api/v2/chats/*/mute", "--method", "POST", "--delay", "1.5s", "--jitter-ms", "20"],
            {"match": {"path": "/api/v2/chats/*/mute", "method": "POST"}, "then": {"delay_ms": 1500, "jitter_ms": 20}},
        ),
        (
            ["pin_message", "--user", "owner", "--status=503", "--header", "Retry-After: 5", "--header", "X-A:b: c"],
            {
                "match": {"operation": "pin_message", "user": "631830849"},
                "then": {"status": 503, "headers": {"Retry-After": "5", "X-A": "b: c"}},
            },
        ),
        (
            [
                "--chat",
                "2230748224630350194",
                "--delay-ms",
                "7",
                "--apply",
                "after",
                "--probability",
                "0.5",
                "--seed",
                "3",
            ],
            {
                "match": {"chat": "2230748224630350194"},
                "when": {"probability": 0.5, "seed": 3},
                "then": {"delay_ms": 7, "apply": "after"},
            },
        ),
        (
            ["--after", "2", "--every", "3", "--expires-in", "10m", "--status", "400", "--body", '{"code": "x"}'],
            {"when": {"after": 2, "every": 3, "expires_in": 600}, "then": {"status": 400, "body": {"code": "x"}}},
        ),
        (["--status", "400", "--body", "no"], {"then": {"status": 400, "body": "no"}}),
    ],
)
def test_flags_make_the_rule_that_the_python_client_makes(shell: Shell, flags: list[str], rule: dict[str, Any]) -> None:
    made = shell.json("faults", "add", *flags)
    asked = shell.json("faults", "add", json.dumps(rule))
    assert {part: made[part] for part in ("match", "when", "then")} == {
        part: asked[part] for part in ("match", "when", "then")
    }
    for part, values in rule.items():
        assert made[part].items() >= values.items()


def test_a_rule_is_read_from_a_file(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(UNAVAILABLE))
    assert shell.json("faults", "add", str(file))["then"]["status"] == 503
    assert shell.json("faults", "add", file.name, cwd=tmp_path)["then"]["status"] == 503
    assert "No such file" in shell.refused("faults", "add", "other.json", cwd=tmp_path, code=2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "mockcliq faults add mute_chat --status 500"),
        (["mute_chat"], "mockcliq faults add mute_chat --status 500"),
        (['{"then": {"status": 500}}', "--times", "1"], "as JSON and by flags"),
        (["--status", "x"], "--status"),
        (["--connection", "slow"], "--connection"),
        (["--header", "X", "--status", "500"], "is no header"),
        (["--body", "{", "--status", "500"], "is no JSON"),
        (["--delay", "1s", "--delay-ms", "5"], "--delay"),
        (["--delay", "soon"], "--delay"),
    ],
)
def test_flags_that_make_no_rule_are_bad_usage(shell: Shell, arguments: list[str], told: str) -> None:
    assert told in shell.refused("faults", "add", *arguments, code=2)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["mute_chats", "--status", "500"], "mute_chats"),
        (["mute_chat", "--times", "1"], "then"),
        (["--status", "500", "--connection", "reset"], "status"),
    ],
)
def test_what_the_server_does_not_take_is_refused_by_it(shell: Shell, arguments: list[str], told: str) -> None:
    assert told in shell.refused("faults", "add", *arguments)


def test_the_help_has_every_part_of_a_rule(shell: Shell) -> None:
    told = shell.out("faults", "add", "--help")
    for name in (*FaultMatch.model_fields, *FaultWhen.model_fields, *FaultThen.model_fields):
        assert f'"{name}"' in told, name
    for title in ("Match: ", "When: ", "Then: "):
        assert f"\n{title}" in told
