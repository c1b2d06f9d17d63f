"""``mockcliq limits``."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from tests.conftest import Running
from tests.reference import EMULATED

HEAD = ["OPERATION", "USER", "CALLS", "LEFT", "THRESHOLD", "LOCK", "FREES AT", "LOCKED UNTIL"]
NOON = "2025-06-01T12:00:00.000Z"


def owner(server: Running) -> str:
    """The owner's id."""
    users = server.control("GET", "/users")["users"]
    return next(str(user["id"]) for user in users if user["role"] == "owner")


def test_they_are_the_documented_ones_at_first(shell: Shell) -> None:
    head, *rows = shell.table("limits")
    assert head == HEAD
    assert rows == [
        [
            each.name,
            "-",
            "0",
            str(each.threshold),
            f"{each.threshold} in {each.window_s:g} s",
            f"{each.lock_s:g} s",
            "-",
            "-",
        ]
        for each in EMULATED
    ]


def test_json_is_what_the_route_answers(shell: Shell, documentation: Running) -> None:
    documentation.as_("owner").get("/chats")
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})
    assert shell.json("limits") == documentation.control("GET", "/limits")
    email = documentation.control("GET", "/users")["users"][0]["email"]
    assert shell.json("limits", "--user", email) == documentation.control("GET", "/limits", params={"user": email})


@pytest.mark.parametrize("name", ["role", "id", "email"])
def test_a_user_is_named_by_role_id_or_address(shell: Shell, documentation: Running, name: str) -> None:
    users = documentation.control("GET", "/users")["users"]
    member = next(user for user in users if user["role"] == "member")
    limit = shell.json("limits", "exhaust", member[name], "mute_chat")
    assert (limit["user"], limit["operation"], limit["remaining"]) == (member["id"], "mute_chat", 0)


def test_the_next_call_of_an_exhausted_user_is_the_one_refused(shell: Shell, documentation: Running) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})
    head, row = shell.table("limits", "exhaust", "owner", "list_direct_chats")
    assert head == HEAD
    free = "2025-06-01T12:01:00.000Z"
    assert row == ["list_direct_chats", owner(documentation), "20", "0", "20 in 60 s", "600 s", free, "-"]
    assert documentation.as_("owner").get("/chats").status_code == 429
    assert documentation.as_("member").get("/chats").status_code == 200


def test_a_lock_begins_at_once_and_says_when_it_ends(shell: Shell, documentation: Running) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})
    _, row = shell.table("limits", "exhaust", "owner", "mute_chat", "--lock")
    assert row[-2:] == ["-", "2025-06-01T12:10:00.000Z"]


def test_they_are_cleared_for_one_user_and_operation_or_for_all(shell: Shell, documentation: Running) -> None:
    for role in ("owner", "member"):
        for operation in ("list_direct_chats", "mute_chat"):
            shell.run("limits", "exhaust", role, operation)

    def exhausted(*arguments: str) -> int:
        return sum(row[3] == "0" for row in shell.table("limits", *arguments))

    assert exhausted("clear", "--user", "owner", "--operation", "mute_chat") == 3
    assert exhausted("clear", "--user", "member") == 1
    assert exhausted("clear") == 0
    assert documentation.as_("owner").get("/chats").status_code == 200


def test_an_option_before_a_command_is_no_option_of_that_command(shell: Shell) -> None:
    """`limits --user owner clear` must not clear everybody's."""
    shell.run("limits", "exhaust", "member", "mute_chat")
    assert "clear" in shell.refused("limits", "--user", "owner", "clear", code=2)
    assert any(row[3] == "0" for row in shell.table("limits"))


def test_they_can_be_changed_for_one_operation_or_for_all(shell: Shell, documentation: Running) -> None:
    _, row = shell.table("limits", "set", "--operation", "list_direct_chats", "--threshold", "1", "--window", "2m")
    assert row == ["list_direct_chats", "-", "0", "1", "1 in 120 s", "600 s", "-", "-"]
    statuses = [documentation.as_("owner").get("/chats").status_code for _ in range(2)]
    assert statuses == [200, 429]
    assert {row[5] for row in shell.table("limits", "set", "--lock", "none")[1:]} == {"none"}
    assert {each["lock_s"] for each in shell.json("limits", "set", "--lock", "5m")["limits"]} == {300.0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["set"], "nothing to change"),
        (["set", "--lock", "forever"], "no span of time"),
        (["set", "--threshold", "many"], "--threshold"),
        (["exhaust", "owner"], "operation"),
        (["exhaust"], "user"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(shell: Shell, arguments: list[str], told: str) -> None:
    assert told in shell.refused("limits", *arguments, code=2).lower()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["exhaust", "nobody@example.com", "mute_chat"], "nobody@example.com"),
        (["exhaust", "owner", "mute"], "no operation 'mute' here; there are list_direct_chats"),
        (["clear", "--operation", "mute"], "'mute'"),
        (["--user", "nobody"], "'nobody'"),
        (["set", "--threshold", "-1"], "threshold"),
    ],
)
def test_what_the_server_refuses_is_its_own_line_and_exit_1(shell: Shell, arguments: list[str], told: str) -> None:
    assert told in shell.refused("limits", *arguments)
