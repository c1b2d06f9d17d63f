"""``mockcliq worlds``, and --world."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import COLUMNS, Shell
from tests.conftest import Cliq, Running, Serve
from tests.needs import needs
from tests.reference import EMULATED


@pytest.fixture
def world(documentation: Running) -> Iterator[str]:
    """The id of a world beside the default one."""
    made: str = documentation.control("POST", "/worlds", json={"world": "empty"})["id"]
    yield made
    documentation.http.delete(f"/_mockcliq/worlds/{made}")


def test_a_world_is_made_in_the_present(shell: Shell, documentation: Running) -> None:
    newest = {}
    for present in ("now", "fixed"):
        made = shell.json("worlds", "create", "--world", "demo", "--present", present)
        [row] = Cliq(documentation, made["token"]).chats(limit=1)
        newest[present] = datetime.fromisoformat(row["last_message_info"]["time"])
        documentation.http.delete(f"/_mockcliq/worlds/{made['id']}")
    assert newest["fixed"].year == 2025
    assert (newest["now"] - newest["fixed"]) % timedelta(weeks=1) == timedelta(0)
    assert newest["now"] > newest["fixed"]


def test_a_world_is_made_shown_listed_and_deleted(shell: Shell, documentation: Running) -> None:
    made = shell.json(
        "worlds", "create", "--id", "mine", "--world", "demo", "--users", "7", "--chats", "3", "--seed", "5"
    )
    assert (made["id"], made["world"], made["seed"], len(made["users"])) == ("mine", "demo", 5, 7)
    assert shell.json("worlds", "show", "mine") == made
    facts = [COLUMNS.split(line, maxsplit=1) for line in shell.out("worlds", "show", "mine").splitlines()]
    assert ["id", "mine"] in facts
    assert ["made from", "demo (seed 5)"] in facts
    assert ["token", "1000.mine.owner"] in facts
    assert ["refresh token", "1000.mine.refresh"] in facts
    head, *rows = shell.table("worlds")
    assert head == ["ID", "WORLD", "SEED", "IDLE", "BASE URL"]
    assert rows[0][0] == "default"
    assert ["mine", "demo", "5"] in [row[:3] for row in rows]
    assert shell.out("worlds", "delete", "mine") == "deleted mine\n"
    assert "mine" not in [each["id"] for each in documentation.control("GET", "/worlds")["worlds"]]


def test_it_can_be_made_to_refuse_as_observed(shell: Shell, documentation: Running) -> None:
    made = shell.json("worlds", "create", "--profile", "observed")
    assert documentation.control("GET", f"/worlds/{made['id']}/profile") == {"profile": "observed"}


def test_its_limits_can_be_off_and_its_people_those_of_a_file(
    shell: Shell, documentation: Running, tmp_path: Path
) -> None:
    file = tmp_path / "world.yaml"
    file.write_text('mockcliq: 1\nusers: [{id: "1", name: Ann, email: a@example.com}]\n')
    made = shell.json("worlds", "create", "--state", str(file), "--rate-limit", "off")
    assert [user["name"] for user in made["users"]] == ["Ann"]
    headers = {"Authorization": f"Bearer {made['token']}"}
    statuses = {documentation.http.get("/api/v2/chats", headers=headers).status_code for _ in range(25)}
    assert statuses == {200}
    shell.run("worlds", "delete", made["id"])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["create", "--id", "default"], 1, "'default'"),
        (["create", "--world", "nowhere"], 1, "'nowhere'"),
        (["create", "--chats", "-1"], 1, "chats"),
        (["create", "--rate-limit", "maybe"], 2, "--rate-limit"),
        (["create", "--state", "/no/such/file"], 2, "/no/such/file"),
        (["show", "nowhere"], 1, "'nowhere'"),
        (["delete", "default"], 1, "default world stays"),
        (["delete"], 2, "id"),
    ],
)
def test_what_cannot_be_is_one_line(shell: Shell, arguments: list[str], code: int, told: str) -> None:
    assert told in shell.refused("worlds", *arguments, code=code).lower()


def test_every_command_about_a_world_asks_the_one_that_is_named(
    shell: Shell, documentation: Running, world: str
) -> None:
    here = ("--world", world)
    token = shell.out("token", "member", *here).strip()
    assert token.startswith(f"1000.{world}.")
    documentation.http.get("/api/v2/chats", headers={"Authorization": f"Bearer {token}"})
    assert [each["world"] for each in shell.json("requests", *here)["requests"]] == [world]
    shell.run("clock", "freeze", "2030-01-01", *here)
    shell.run("limits", "exhaust", "owner", "mute_chat", *here)
    shell.run("faults", "add", '{"then": {"status": 500}}', *here)
    shell.run("snapshots", "save", "one", *here)
    assert shell.json("clock", *here) == {"mode": "frozen", "now": "2030-01-01T00:00:00.000Z"}
    assert shell.json("clock")["mode"] == "offset"
    assert shell.json("requests") == {"requests": []}
    assert shell.json("faults") == {"faults": []}
    assert shell.json("snapshots") == {"snapshots": []}
    assert {each["operation"]: each["remaining"] for each in shell.json("limits")["limits"]} == {
        each.name: each.threshold for each in EMULATED
    }
    assert shell.json("users", *here) != shell.json("users")
    shell.run("reset", *here)
    assert shell.json("faults", *here) == {"faults": []}
    assert shell.out("wait", *here) == ""


@pytest.mark.parametrize(
    "command",
    ["users", "token", "reset", "clock", "limits", "faults", "snapshots", "state export", "wait", "env"],
)
def test_a_world_that_is_not_there_is_refused(shell: Shell, command: str) -> None:
    assert shell.refused(*command.split(), "--world", "nowhere") == "there is no world 'nowhere'"


def test_a_world_that_never_was_has_no_requests_either(shell: Shell) -> None:
    told = shell.refused("requests", "--world", "nowhere")
    assert told == "world: there is no world 'nowhere', and it is none of those that ended last; * is all of them"


def test_an_empty_name_is_no_world(shell: Shell, documentation: Running) -> None:
    """As in `mockcliq reset --world "$WORLD"` where that was never set: the default world must not pay for it."""
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2030-01-01"})
    assert shell.refused("reset", "--world", "", code=2).startswith("--world: ")
    assert documentation.control("GET", "/clock")["mode"] == "frozen"


@needs("bash", "curl")
def test_env_points_a_client_at_a_world(shell: Shell, documentation: Running, world: str) -> None:
    assert shell.json("env", "--world", world) == {
        "MOCKCLIQ_URL": documentation.url,
        "MOCKCLIQ_TOKEN": f"1000.{world}.owner",
        "ZOHO_CLIQ_BASE_URL": f"{documentation.url}/w/{world}",
        "ZOHO_CLIQ_ACCOUNTS_URL": f"{documentation.url}/w/{world}",
        "ZOHO_ACCOUNTS_DOMAIN": f"{documentation.url}/w/{world}",
        "ZOHO_CLIQ_CLIENT_ID": "1000.MOCKCLIQ",
        "ZOHO_CLIQ_CLIENT_SECRET": "mockcliq-secret",
        "ZOHO_CLIQ_REFRESH_TOKEN": f"1000.{world}.refresh",
    }
    done = shell.paste(f"""
eval "$(mockcliq env --world {world})"
curl --silent --noproxy '*' -H "Authorization: Bearer $MOCKCLIQ_TOKEN" "$ZOHO_CLIQ_BASE_URL/api/v2/chats"
""")
    assert (done.stdout, done.stderr) == ('{"chats":[]}', "")


@needs("bash", "curl")
@pytest.mark.parametrize("world", ["default", "made"])
def test_what_env_prints_logs_a_client_in(shell: Shell, documentation: Running, world: str) -> None:
    if world == "made":
        documentation.control("POST", "/worlds", json={"id": "made", "world": "empty"})
    done = shell.paste(f"""
eval "$(mockcliq env --world {world})"
curl --silent --noproxy '*' "$ZOHO_CLIQ_ACCOUNTS_URL/oauth/v2/token" -d grant_type=refresh_token \\
  -d client_id="$ZOHO_CLIQ_CLIENT_ID" -d client_secret="$ZOHO_CLIQ_CLIENT_SECRET" \\
  -d refresh_token="$ZOHO_CLIQ_REFRESH_TOKEN"
""")
    token = json.loads(done.stdout)["access_token"]
    documentation.http.get("/api/v2/chats", headers={"Authorization": f"Bearer {token}"})
    assert shell.table("requests", "--world", world)[-1][2:4] == ["200", "list_direct_chats"]
    documentation.http.delete("/_mockcliq/worlds/made")


def test_a_secret_with_a_quote_is_still_one_word_of_a_shell(shell: Shell, serve: Serve) -> None:
    state = {
        "mockcliq": 1,
        "users": [{"id": "1", "name": "Ann", "email": "a@example.com"}],
        "clients": [{"client_id": "it", "client_secret": "it's$HOME"}],
    }
    server = serve(world="empty")
    server.control("PUT", "/state", json=state)
    done = shell.paste('eval "$(mockcliq env)"; echo "$ZOHO_CLIQ_CLIENT_SECRET"', MOCKCLIQ_URL=server.url)
    assert (done.stdout, done.stderr) == ("it's$HOME\n", "")
