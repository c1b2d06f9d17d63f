"""``mockcliq faults``."""

from __future__ import annotations

import json

import pytest

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


@pytest.mark.parametrize(
    ("rule", "told"),
    [("{}", "then"), ("[]", "body"), ('{"then": {"status": 999}}', "status"), ('{"than": {"status": 500}}', "than")],
)
def test_a_rule_that_is_none_is_refused_with_what_to_change(shell: Shell, rule: str, told: str) -> None:
    assert told in shell.refused("faults", "add", rule)


def test_a_rule_that_is_not_there_cannot_be_taken_away(shell: Shell) -> None:
    assert shell.refused("faults", "remove", "no rule") == "there is no fault rule 'no rule'"
