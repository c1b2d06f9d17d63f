"""``mockcliq requests`` and ``request``: the journal, as it is and as it is written."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.cli.conftest import COLUMNS, Shell
from tests.conftest import Running, Serve
from tests.needs import needs
from tests.processes import PATIENCE_S, SERVE, Program, Start, clean_environment, free_port, until

HEAD = ["ID", "TIME", "STATUS", "OPERATION", "USER", "CALL", "REASON"]
CALLS = 3_000
"""More than what all buffers on the way hold; their answers are large."""

CHAT = "/chats/CT_2243173626687865223_P87610291-C4"


def calls(server: Running) -> None:
    """One call that is fine and one that is not, at a known time."""
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00.250Z"})
    server.as_("owner").get("/chats", params={"limit": 3})
    server.as_("readonly").post(f"{CHAT}/mute")


def test_each_call_is_a_line(shell: Shell, documentation: Running) -> None:
    calls(documentation)
    head, first, second = shell.table("requests")
    assert head == HEAD
    user = next(each["id"] for each in documentation.control("GET", "/users")["users"] if each["role"] == "owner")
    assert first[1:] == ["12:00:00.250Z", "200", "list_direct_chats", user, "GET /api/v2/chats?limit=3", "-"]
    refusal = "scope_missing; have=ZohoCliq.Chats.READ; need=ZohoCliq.Chats.UPDATE"
    assert second[1:] == ["12:00:00.250Z", "403", "mute_chat", user, f"POST /api/v2{CHAT}/mute", refusal]


def test_json_is_what_the_route_answers(shell: Shell, documentation: Running) -> None:
    calls(documentation)
    assert shell.json("requests") == documentation.control("GET", "/requests")


@pytest.mark.parametrize(
    ("filters", "operations"),
    [
        (["--operation", "mute_chat"], ["mute_chat"]),
        (["--status", "200"], ["list_direct_chats"]),
        (["--status", "500"], []),
        (["--user", "owner"], ["list_direct_chats", "mute_chat"]),
        (["--user", "member"], []),
        (["--limit", "1"], ["mute_chat"]),
        (["--since", "2025-06-01T12:00:00Z"], ["list_direct_chats", "mute_chat"]),
        (["--since", "2025-06-01T12:00:01Z"], []),
    ],
)
def test_they_are_chosen_by_filters(
    shell: Shell, documentation: Running, filters: list[str], operations: list[str]
) -> None:
    calls(documentation)
    assert [row[3] for row in shell.table("requests", *filters)[1:]] == operations
    assert [each["operation"] for each in shell.json("requests", *filters)["requests"]] == operations


def test_those_of_a_world_that_ended_are_there_and_those_of_all(
    shell: Shell, documentation: Running, tmp_path: Path
) -> None:
    calls(documentation)
    documentation.control("POST", "/worlds", json={"id": "over", "world": "empty"})
    documentation.http.get("/w/over/api/v2/nowhere")
    documentation.control("DELETE", "/worlds/over")
    assert [row[5] for row in shell.table("requests", "--world", "over")[1:]] == ["GET /w/over/api/v2/nowhere"]
    assert {"default", "over"} <= {each["world"] for each in shell.json("requests", "--world", "*")["requests"]}
    shell.out("requests", "--world", "*", "--har", str(tmp_path / "calls.har"))
    archived = json.loads((tmp_path / "calls.har").read_text("utf-8"))["log"]["entries"]
    assert {"default", "over"} <= {each["_world"] for each in archived}
    assert "there is no world 'never'" in shell.refused("requests", "--world", "never")


def test_those_after_one_of_them_are_asked_for_by_its_id(shell: Shell, documentation: Running) -> None:
    calls(documentation)
    first = shell.json("requests")["requests"][0]["id"]
    assert [row[3] for row in shell.table("requests", "--since", first)[1:]] == ["mute_chat"]


def test_they_are_forgotten(shell: Shell, documentation: Running) -> None:
    calls(documentation)
    assert shell.json("requests", "clear") == {"requests": []}
    assert shell.table("requests") == [HEAD]


def test_a_call_that_a_fault_broke_off_says_so(shell: Shell, documentation: Running) -> None:
    fault = shell.json("faults", "add", '{"then": {"status": 503}}')["id"]
    documentation.as_("owner").get("/chats")
    assert shell.table("requests")[1][-1].endswith(f"fault {fault}")


def test_one_call_is_explained_with_what_would_have_worked(shell: Shell, documentation: Running) -> None:
    calls(documentation)
    refused = shell.json("requests")["requests"][1]["id"]
    facts = dict(
        COLUMNS.split(line, maxsplit=1) for line in shell.out("request", refused).split("\n\n")[0].splitlines()
    )
    assert facts["call"] == f"POST /api/v2{CHAT}/mute"
    assert facts["status"] == "403"
    assert facts["rule"] == "scope_missing"
    assert facts["need"] == "ZohoCliq.Chats.UPDATE"
    assert facts["token"] == "1000.mockcliq.owner"
    assert shell.json("request", refused) == documentation.control("GET", f"/requests/{refused}")


@needs("bash", "curl")
def test_the_last_line_of_an_explanation_makes_the_call_work(shell: Shell, documentation: Running) -> None:
    documentation.http.post(f"/api/v2{CHAT}/mute")
    done = shell.paste("""
ID=$(mockcliq requests --status 401 | tail -1 | cut -d ' ' -f 1)
mockcliq request "$ID" | tail -1 | NO_PROXY='*' no_proxy='*' sh
""")
    assert done.stdout.startswith("HTTP/1.1 204 "), done


def test_of_a_lockout_it_says_how_to_end_it(shell: Shell, documentation: Running) -> None:
    shell.run("limits", "exhaust", "owner", "list_direct_chats", "--lock")
    refused = documentation.as_("owner").get("/chats").headers["x-mockcliq-request-id"]
    command = re.search(r"^end it now +mockcliq (.*)$", shell.out("request", refused), re.MULTILINE)
    assert command
    shell.run(*command[1].split())
    assert documentation.as_("owner").get("/chats").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["request", "1a-1"], "'1a-1'"),
        (["requests", "--operation", "mute"], "'mute'"),
        (["requests", "--user", "nobody"], "'nobody'"),
        (["requests", "--since", "yesterday"], "since"),
        (["requests", "--limit", "0"], "limit"),
        (["requests", "--follow", "--operation", "mute"], "'mute'"),
        (["requests", "--follow", "--limit", "0"], "limit"),
    ],
)
def test_what_the_server_refuses_is_its_own_line(shell: Shell, arguments: list[str], told: str) -> None:
    ended = shell.run(*arguments)
    assert ended.code == 1
    assert told in ended.err.removesuffix("\n")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["requests", "--limit", "1", "clear"], ["requests", "--status", "x"], ["request"]]
)
def test_bad_usage_is_one_line_and_exit_2(shell: Shell, arguments: list[str]) -> None:
    shell.refused(*arguments, code=2)


# --follow


def test_following_ends_after_its_timeout(shell: Shell, documentation: Running) -> None:
    documentation.as_("owner").get("/chats")
    ended = shell.run("requests", "--follow", "--since", "0", "--timeout", "0.01")
    assert (ended.code, ended.err) == (0, "")
    assert [COLUMNS.split(line)[3] for line in ended.out.splitlines()] == ["OPERATION", "list_direct_chats"]


@pytest.mark.parametrize("arguments", [["--timeout", "5"], ["--follow", "--timeout", "0"]])
def test_a_timeout_that_waits_for_nothing_is_bad_usage(shell: Shell, arguments: list[str]) -> None:
    assert "--timeout" in shell.refused("requests", *arguments, code=2)


def test_without_a_server_there_is_one_line_and_no_head(shell: Shell) -> None:
    assert "no MockCliq answers" in shell.refused("requests", "--follow", "--url", f"http://127.0.0.1:{free_port()}")


def followed(program: Program) -> list[list[str]]:
    """The rows printed so far, without the head."""
    return [COLUMNS.split(line) for line in program.out.splitlines()[1:]]


def test_calls_are_printed_as_they_happen_until_ctrl_c(shell: Shell, documentation: Running) -> None:
    documentation.as_("owner").get("/chats")
    following = shell.start("requests", "--follow", "--limit", "1")
    until(lambda: len(followed(following)) == 1)
    for number in (2, 3):
        documentation.as_("readonly").post(f"{CHAT}/mute")
        until(lambda number=number: len(followed(following)) == number)  # type: ignore[misc]  # mypy infers no type for a default of a lambda
    ended = following.end_by(signal.SIGINT)
    assert (ended.code, ended.err) == (0, "")
    assert [row[2:4] for row in followed(following)] == [["200", "list_direct_chats"], *[["403", "mute_chat"]] * 2]


def test_for_machines_each_is_a_line_of_json(shell: Shell, documentation: Running) -> None:
    documentation.as_("owner").get("/chats")
    following = shell.start("requests", "--follow", "--since", "0", "--json")
    until(lambda: following.out.count("\n") == 1)
    documentation.as_("owner").get("/chats", params={"limit": "李"})
    until(lambda: following.out.count("\n") == 2)
    assert following.end_by(signal.SIGINT).code == 0
    entries = documentation.control("GET", "/requests")["requests"]
    assert [json.loads(line) for line in following.out.splitlines()] == entries


def test_filters_hold_for_what_happens_too(shell: Shell, documentation: Running) -> None:
    documentation.as_("owner").get("/chats")
    following = shell.start("requests", "-f", "--since", "0", "--user", "owner", "--status", "200")
    until(lambda: len(followed(following)) == 1)
    documentation.as_("member").get("/chats")
    documentation.as_("readonly").post(f"{CHAT}/mute")
    documentation.as_("owner").post(f"{CHAT}/mute")
    documentation.as_("owner").get("/chats", params={"limit": 1})
    until(lambda: len(followed(following)) == 2)
    assert followed(following)[1][5] == "GET /api/v2/chats?limit=1"
    following.end_by(signal.SIGINT)


def test_one_world_is_followed_and_not_another(shell: Shell, documentation: Running) -> None:
    made = shell.json("worlds", "create")
    headers = {"Authorization": f"Bearer {made['token']}"}

    def call() -> None:
        documentation.http.get("/api/v2/chats", headers=headers)

    call()
    following = shell.start("requests", "--follow", "--limit", "5", "--world", made["id"])
    until(lambda: len(followed(following)) == 1)
    documentation.as_("owner").post(f"{CHAT}/mute")
    call()
    until(lambda: len(followed(following)) == 2)
    assert {row[3] for row in followed(following)} == {"list_direct_chats"}
    shell.run("worlds", "delete", made["id"])
    assert following.ended().code == 1


def test_that_the_server_is_gone_is_one_line_and_exit_1(shell: Shell, start: Start) -> None:
    """It does not connect anew in silence: a server that was started again knows of other calls."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        server = start(*SERVE, "--world", "empty")
        url = f"http://127.0.0.1:{server.port}"
        with server.http() as http:
            http.get("/api/v2/chats")
            following = shell.start("requests", "--follow", "--since", "0", "--json", "--url", url)
            until(lambda following=following: following.out)  # type: ignore[misc]  # the same
        server.end_by(how)
        ended = following.ended()
        assert ended.code == 1
        assert ended.err.count("\n") == 1
        assert url in ended.err


@contextmanager
def piped(server: Running) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A command that follows the server into a pipe, and the end of that pipe; one call was read from it."""
    server.as_("owner").get("/chats")
    command = [sys.executable, "-m", "mockcliq", "requests", "--follow", "--since", "0", "--json", "--url", server.url]
    with subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["operation"] == "list_direct_chats"
        try:
            yield following, following.stdout
        finally:
            following.kill()


@pytest.mark.slow
def test_it_says_how_many_calls_it_could_not_show(serve: Serve) -> None:
    """Nobody reads the pipe that it writes to, so it reads no more either; the server does not wait for it."""
    server = serve(rate_limit=False, journal_size=10)
    with piped(server) as (_, out):
        headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
        for _ in range(CALLS):
            server.http.get("/api/v2/chats", headers=headers)
        told, lost = 0, 0
        while told + lost < CALLS:
            line = json.loads(out.readline())
            told += "id" in line
            lost += line.get("lost", 0)
        assert (told + lost, lost > 0) == (CALLS, True)


def test_a_reader_that_has_had_enough_ends_it(documentation: Running) -> None:
    with piped(documentation) as (following, out):
        out.close()
        documentation.as_("owner").get("/chats")
        assert following.wait(PATIENCE_S) == 0
