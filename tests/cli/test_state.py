"""``mockcliq state``, ``reset`` and ``snapshots``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.conftest import Running, Serve

WORLD = """\
mockcliq: 1
users:
  - {id: "1", name: Zoë Nowak, email: zoe@example.com}
chats: []
"""


def names(server: Running) -> list[str]:
    """Who exists."""
    return [user["name"] for user in server.control("GET", "/users")["users"]]


def test_a_world_goes_from_server_to_server_through_a_pipe(shell: Shell, documentation: Running, serve: Serve) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    documentation.control("POST", "/users", json={"name": "李小龍 🦊", "email": "li@example.com"})
    documentation.as_("owner").post("/chats/987000000654321/mute")
    other = serve(world="empty")
    done = shell.paste('mockcliq state export | mockcliq state import - --url "$OTHER"', OTHER=other.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for server in (documentation, other):
        server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    assert other.control("GET", "/state") == documentation.control("GET", "/state")
    assert "李小龍 🦊" in names(other)
    other.control("POST", "/reset")
    assert "李小龍 🦊" in names(other)


def test_a_world_goes_to_a_file_and_comes_back(shell: Shell, serve: Serve, tmp_path: Path) -> None:
    """On a server of its own: the start of the world is another from then on."""
    server = serve(world="documentation")
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    file = str(tmp_path / "wörld.json")
    assert shell.out("state", "export", file, "--url", server.url) == ""
    before = server.control("GET", "/state")
    assert json.loads(Path(file).read_text("utf-8")) == before
    server.control("POST", "/users", json={"name": "New"})
    assert server.control("GET", "/state") != before
    assert shell.json("state", "import", file, "--url", server.url) == {"renamed_tokens": {}}
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    assert server.control("GET", "/state") == before


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_may_be_yaml_and_come_from_standard_input(shell: Shell, documentation: Running, mark: str) -> None:
    world = shell.json("worlds", "create", "--world", "empty")["id"]
    shell.out("state", "import", "-", "--world", world, stdin=mark + WORLD)
    assert [user["name"] for user in shell.json("users", "--world", world)["users"]] == ["Zoë Nowak"]
    shell.run("worlds", "delete", world)
    assert "Zoë Nowak" not in names(documentation)


def test_tokens_of_another_world_are_told_by_their_new_names(shell: Shell) -> None:
    shell.json("worlds", "create", "--id", "target", "--world", "empty")
    head, *rows = shell.table("state", "import", "-", "--world", "target", stdin=shell.out("state", "export"))
    assert head == ["TOKEN", "IS HERE"]
    assert ["1000.mockcliq.owner", "1000.target.owner"] in rows
    shell.run("worlds", "delete", "target")


def test_a_file_as_powershell_writes_it_is_imported(shell: Shell, documentation: Running, tmp_path: Path) -> None:
    """Its redirection gives UTF-16 with a byte order mark."""
    exported = shell.json("state", "export")
    exported["users"][0]["name"] = "Zoë"
    (tmp_path / "export").write_text(json.dumps(exported, ensure_ascii=False), "utf-16")
    shell.run("worlds", "create", "--id", "wide", "--world", "empty")
    shell.out("state", "import", str(tmp_path / "export"), "--world", "wide")
    assert documentation.control("GET", "/worlds/wide/users")["users"][0]["name"] == "Zoë"
    shell.run("worlds", "delete", "wide")


def test_a_file_that_is_none_is_one_line(shell: Shell, documentation: Running, tmp_path: Path) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    before = documentation.control("GET", "/state")
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    (tmp_path / "list.json").write_text("[]")
    assert "no/such/file" in shell.refused("state", "import", "no/such/file", code=2)
    assert str(tmp_path) in shell.refused("state", "import", str(tmp_path), code=2)
    assert "latin: it is no text in UTF-8" in shell.refused("state", "import", str(tmp_path / "latin"), code=2)
    assert "mockcliq and users" in shell.refused("state", "import", str(tmp_path / "list.json"))
    assert shell.refused("state", "import", "-")
    assert "no/such/file" in shell.refused("state", "export", "no/such/file")
    assert "command" in shell.refused("state", code=2)
    assert documentation.control("GET", "/state") == before


def test_all_goes_back_to_the_start_or_a_part_of_it(shell: Shell, documentation: Running) -> None:
    documentation.control("POST", "/users", json={"name": "New"})
    shell.run("clock", "freeze", "2030-01-01")
    assert shell.out("reset", "clock", "limits") == "back at the start: clock, limits\n"
    assert shell.json("clock")["mode"] == "offset"
    assert "New" in names(documentation)
    assert shell.json("reset") == {"reset": ["data", "tokens", "clock", "limits", "faults", "journal"]}
    assert "New" not in names(documentation)
    assert "'data', 'tokens'" in shell.refused("reset", "everything")


def test_a_snapshot_is_gone_back_to(shell: Shell, documentation: Running) -> None:
    shell.run("clock", "freeze", "2025-06-01T12:00:00Z")
    assert shell.out("snapshots", "save", "before") == "saved before, taken at 2025-06-01T12:00:00.000Z\n"
    documentation.control("POST", "/users", json={"name": "New"})
    assert shell.table("snapshots") == [["NAME", "TAKEN AT"], ["before", "2025-06-01T12:00:00.000Z"]]
    assert shell.json("snapshots") == documentation.control("GET", "/snapshots")
    assert shell.out("snapshots", "restore", "before") == "restored before\n"
    assert "New" not in names(documentation)
    assert shell.json("snapshots", "delete", "before") == {"deleted": "before"}
    assert "'before'; the snapshots are: none" in shell.refused("snapshots", "restore", "before")
