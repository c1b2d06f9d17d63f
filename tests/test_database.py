"""``--database FILE``: what was answered survives any end of the process; a file that will not do stays as it was."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockcliq.http.server_thread import ServerThread
from mockcliq.settings import Settings
from mockcliq.store.database import SCHEMA_VERSION
from tests.generated import DATABASE_SCHEMA
from tests.processes import NOBODY, SERVE, Ended, Program, Start, folder_for_all, free_port, programs, until
from tests.reference import SENTENCES
from tests.schemas import database_schema

pytestmark = pytest.mark.slow

CHANNEL = "987000000654321"
MEETING = "1573708648341_375412769224"
"""The documentation's channel, and its message that is not pinned at the start."""

KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE


@pytest.fixture(scope="module")
def closed_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the documentation's world that a server has left in order; to be copied."""
    file = tmp_path_factory.mktemp("closed") / "cliq.db"
    with programs() as start:
        server = start(*SERVE, "--world", "documentation", "--database", file)
        server.banner()
        assert server.end_by(signal.SIGTERM).code == 0
    return file


def content(folder: Path) -> dict[str, bytes | None]:
    """Every file in a folder with its bytes; None for what is no file."""
    return {each.name: each.read_bytes() if each.is_file() else None for each in folder.iterdir()}


def control(client: httpx.Client, method: str, path: str, **body: Any) -> Any:
    """Call the control API, which must agree."""
    answer = client.request(method, f"/_mockcliq{path}", json=body or None)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def refused(start: Start, file: Path, *arguments: str, **conditions: Any) -> str:
    """Serve from the file, which must be refused with exit 2 and one line that names it; gives the line's rest."""
    ended = start(*SERVE, "--world", "empty", "--database", file, *arguments, **conditions).ended()
    assert ended.code == 2, ended
    assert ended.line.startswith(f"mockcliq: {file}: "), ended.line
    return ended.line.removeprefix(f"mockcliq: {file}: ")


def test_a_new_database_is_made_as_the_models_have_it() -> None:
    """`python -m tests.generated` writes the statements down."""
    assert DATABASE_SCHEMA.read_text("utf-8") == database_schema()


# What survives


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "kill -9"])
def test_the_world_its_locks_and_its_clock_survive_the_process(start: Start, file: Path, end: signal.Signals) -> None:
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "PUT", "/clock", mode="frozen", now="2025-06-01T10:00:00Z")
        control(http, "POST", "/limits/exhaust", operation="list_chat_members")
        assert http.get(f"/api/v2/chats/{CHANNEL}/members").status_code == 429
        pinned = http.post(f"/api/v2/chats/{CHANNEL}/stickymessage", json={"id": MEETING}).json()["data"]
        assert http.post("/api/v2/chats/2230748224630350194/mute").status_code == 204
    server.end_by(end)

    with start(*SERVE, "--world", "documentation", "--database", file).http() as http:
        assert control(http, "GET", "/clock") == {"mode": "frozen", "now": "2025-06-01T10:00:00.000Z"}
        assert http.get(f"/api/v2/chats/{CHANNEL}/members").status_code == 429
        kept = http.get(f"/api/v2/chats/{CHANNEL}/stickymessage").json()["data"]
        assert kept["message"]["msg"] == "meeting at 4"
        assert kept["created_time"] == pinned["created_time"]
        control(http, "POST", "/clock/advance", seconds=599)
        assert http.get(f"/api/v2/chats/{CHANNEL}/members").status_code == 429
        control(http, "POST", "/clock/advance", seconds=1)
        assert http.get(f"/api/v2/chats/{CHANNEL}/members").status_code == 200


def test_a_clock_that_runs_ahead_does_so_after_a_restart(start: Start, file: Path) -> None:
    """The documentation's clock starts in 2025 again only when it is told to."""
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "PUT", "/clock", mode="offset", now="2031-01-01T00:00:00Z")
    server.end_by(signal.SIGKILL)
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        assert control(http, "GET", "/clock")["mode"] == "offset"
        assert control(http, "GET", "/clock")["now"].startswith("2031-01-01T00:0")
        control(http, "PUT", "/clock", mode="real")
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--world", "documentation", "--database", file).http() as http:
        assert control(http, "GET", "/clock")["mode"] == "real"


def test_tokens_that_were_minted_and_revoked_stay_so(start: Start, file: Path) -> None:
    def status(http: httpx.Client, token: str) -> int:
        return http.get("/api/v2/chats", headers={"Authorization": f"Bearer {token}"}).status_code

    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        minted = control(http, "POST", "/tokens", user="ryan.west@zylcal.com", scopes=["ZohoCliq.Chats.READ"])["token"]
        brief = control(http, "POST", "/tokens", user="631830849", expires_in=60)["token"]
        control(http, "DELETE", "/tokens/1000.mockcliq.outsider")
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--database", file).http() as http:
        assert [status(http, token) for token in (minted, brief, "1000.mockcliq.outsider")] == [200, 200, 401]
        control(http, "POST", "/clock/advance", seconds=60)
        assert [status(http, token) for token in (minted, brief, "1000.mockcliq.outsider")] == [200, 401, 401]


def test_every_answered_write_survives_kill_9(start: Start, file: Path) -> None:
    """Three clients write as fast as they can when the process is killed; what was answered 204 or 200 is there."""
    server = start(*SERVE, "--chats", "400", "--seed", "5", "--rate-limit", "off", "--database", file)
    port = server.port
    with closing(sqlite3.connect(copied(file))) as seeded:
        owner, member = (role_holder(seeded, role) for role in ("owner", "member"))
        muted = chats_of(seeded, owner, "muted = 0")
        pins = [(chat, message) for chat, message in first_messages(seeded, owner)]
        left = chats_of(seeded, member, "type <> 'dm'")
    assert min(len(muted), len(pins), len(left)) > 60

    def mute(client: httpx.Client, chat: str) -> httpx.Response:
        return client.post(f"/api/v2/chats/{chat}/mute")

    def pin(client: httpx.Client, chat_and_message: tuple[str, str]) -> httpx.Response:
        chat, message = chat_and_message
        return client.post(f"/api/v2/chats/{chat}/stickymessage", json={"id": message, "expiry_time": 10**9})

    def leave(client: httpx.Client, chat: str) -> httpx.Response:
        return client.post(f"/api/v2/chats/{chat}/leave")

    answered: dict[str, list[Any]] = {"mute": [], "pin": [], "leave": []}

    def hammer(name: str, write: Callable[[httpx.Client, Any], httpx.Response], targets: list[Any], token: str) -> None:
        headers = {"Authorization": f"Bearer 1000.mockcliq.{token}"}
        with (
            suppress(httpx.TransportError),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client,
        ):
            for target in targets:
                assert write(client, target).is_success
                answered[name].append(target)

    writers = [
        threading.Thread(target=hammer, args=each)
        for each in (("mute", mute, muted, "owner"), ("pin", pin, pins, "owner"), ("leave", leave, left, "member"))
    ]
    for writer in writers:
        writer.start()
    until(lambda: min(map(len, answered.values())) >= 20)
    server.end_by(signal.SIGKILL)
    for writer in writers:
        writer.join()
    assert len(answered["mute"]) < len(muted), "the process was killed too late to be in the middle of anything"

    with start(*SERVE, "--rate-limit", "off", "--database", file).http() as http:
        for chat, message in answered["pin"]:
            data = http.get(f"/api/v2/chats/{chat}/stickymessage").json()["data"]
            assert data["message"]["msguid"] == message.replace("_", "%20")
        gone = {"Authorization": "Bearer 1000.mockcliq.member"}
        assert {http.get(f"/api/v2/chats/{chat}/members", headers=gone).status_code for chat in answered["leave"]} == {
            403
        }
    with closing(sqlite3.connect(copied(file))) as reopened:
        assert reopened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert set(answered["mute"]) <= set(chats_of(reopened, owner, "muted"))
        counted = "SELECT chat_id, count(*) FROM participation GROUP BY chat_id"
        kept = reopened.execute("SELECT id, participant_count FROM chat WHERE participant_count > 0").fetchall()
        assert dict(kept) == dict(reopened.execute(counted).fetchall())


def test_a_checkpoint_that_a_kill_9_cut_off_is_finished_by_the_next_start(start: Start, file: Path) -> None:
    """Of the pages that go back into the file the first is there, and says how long the file will be."""
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "POST", f"/chats/{CHANNEL}/messages", sender="631830849", text="x" * 50_000)
    server.end_by(signal.SIGKILL)
    whole = copied(file)
    with closing(sqlite3.connect(whole)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert whole.stat().st_size > file.stat().st_size
    with file.open("r+b") as cut_off:
        cut_off.write(whole.read_bytes()[:4096])
    with start(*SERVE, "--database", file).http() as http:
        (*_, last) = control(http, "GET", f"/chats/{CHANNEL}/messages")["messages"]
        assert len(last["text"]) == 50_000


def copied(file: Path) -> Path:
    """A copy of a database as it is now, its log included; the original is locked by who serves from it."""
    copy = file.parent.parent / f"copy-{file.name}"
    shutil.copy(file, copy)
    log = file.with_name(f"{file.name}-wal")
    if log.exists():
        shutil.copy(log, copy.with_name(f"{copy.name}-wal"))
    return copy


def role_holder(database: sqlite3.Connection, role: str) -> str:
    """The id of the person behind a fixed token."""
    return str(database.execute("SELECT id FROM user WHERE role = ?", (role,)).fetchone()[0])


def chats_of(database: sqlite3.Connection, user: str, condition: str) -> list[str]:
    """The ids of a person's chats of which the condition holds."""
    mine = "SELECT chat_id, muted, type FROM participation JOIN chat ON chat.id = chat_id WHERE user_id = ?"
    return [row[0] for row in database.execute(f"{mine} AND {condition} ORDER BY chat_id", (user,))]


def first_messages(database: sqlite3.Connection, user: str) -> list[tuple[str, str]]:
    """A message of each of a person's chats that have one."""
    return database.execute(
        "SELECT chat_id, min(id) FROM message WHERE chat_id IN (SELECT chat_id FROM participation WHERE user_id = ?)"
        " GROUP BY chat_id",
        (user,),
    ).fetchall()


def test_after_an_orderly_end_the_file_alone_is_the_whole_world(
    start: Start, file: Path, closed_database: Path
) -> None:
    """It can be copied and moved; nothing lies beside it."""
    assert list(content(closed_database.parent)) == [closed_database.name]
    shutil.copy(closed_database, file)
    with start(*SERVE, "--database", file).http() as http:
        assert [chat["chat_id"] for chat in http.get("/api/v2/chats").json()["chats"]] == ["2230748224630350194"]


def test_the_world_in_the_file_goes_before_the_one_asked_for_and_the_banner_says_so(
    start: Start, file: Path, closed_database: Path
) -> None:
    """What was asked for is what a *new* file is made from."""
    shutil.copy(closed_database, file)
    server = start(*SERVE, "--world", "empty", "--seed", "7", "--database", file)
    with server.http() as http:
        assert len(http.get("/api/v2/chats").json()["chats"]) == 1
    assert server.banner()["world"] == "documentation"


def test_a_reset_brings_a_world_in_a_file_back_to_its_start_for_good(start: Start, file: Path) -> None:
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        pinned = http.get(f"/api/v2/chats/{CHANNEL}/stickymessage").content
        members = http.get(f"/api/v2/chats/{CHANNEL}/members").content
        assert http.delete(f"/api/v2/chats/{CHANNEL}/stickymessage").status_code == 204
        assert http.post(f"/api/v2/chats/{CHANNEL}/leave").status_code == 204
        control(http, "POST", "/limits/exhaust", operation="mute_chat", lock=True)
        control(http, "POST", "/reset")
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--world", "documentation", "--database", file).http() as http:
        assert http.get(f"/api/v2/chats/{CHANNEL}/stickymessage").content == pinned
        assert http.get(f"/api/v2/chats/{CHANNEL}/members").content == members
        assert http.post(f"/api/v2/chats/{CHANNEL}/mute").status_code == 204
        assert control(http, "GET", "/clock")["now"].startswith("2025-06-01T00:0")


def test_a_lock_outlives_a_reset_of_the_data_alone_and_the_process(start: Start, file: Path) -> None:
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "POST", "/limits/exhaust", operation="mute_chat", lock=True)
        control(http, "POST", "/reset", what=["data", "tokens"])
        assert http.post(f"/api/v2/chats/{CHANNEL}/mute").status_code == 429
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--database", file).http() as http:
        assert http.post(f"/api/v2/chats/{CHANNEL}/mute").status_code == 429


# Changed as a whole, or not at all

NINE: dict[str, Any] = {
    "mockcliq": 1,
    "starts_at": "2033-01-01T00:00:00Z",
    "users": [{"id": "1", "name": "Ann", "email": "ann@x.test"}],
    "chats": [{"id": "9", "type": "chat", "name": "Nine", "creator": "1", "created": 0, "participants": ["1"]}],
}


def names(http: httpx.Client) -> list[str]:
    """The names of the owner's chats."""
    return [chat["name"] for chat in http.get("/api/v2/chats").json()["chats"]]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "kill -9"])
def test_an_import_survives_the_process_and_is_what_a_reset_goes_back_to(
    start: Start, file: Path, end: signal.Signals
) -> None:
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "PUT", "/clock", mode="frozen", now="2040-01-01")
        control(http, "POST", "/limits/exhaust", operation="list_direct_chats", lock=True)
        control(http, "PUT", "/state", **NINE)
        assert http.post("/api/v2/chats/9/leave").status_code == 204
    server.end_by(end)
    for _ in range(2):
        server = start(*SERVE, "--world", "documentation", "--database", file)
        with server.http() as http:
            assert control(http, "GET", "/clock")["now"].startswith("2033-01-01T00:0")
            assert names(http) == []
            control(http, "POST", "/reset")
            assert names(http) == ["Nine"]
            assert http.post("/api/v2/chats/9/leave").status_code == 204
        server.end_by(end)


def test_a_restored_snapshot_survives_the_process(start: Start, file: Path) -> None:
    """With the clock that it shows then, and the start that was its own."""
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "PUT", "/clock", mode="offset", now="2031-01-01")
        control(http, "POST", "/limits/exhaust", operation="mute_chat", lock=True)
        control(http, "PUT", "/snapshots/s")
        control(http, "PUT", "/state", **NINE)
        control(http, "PUT", "/clock", mode="offset", now="2050-01-01")
        control(http, "POST", "/snapshots/s/restore")
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--database", file).http() as http:
        assert control(http, "GET", "/clock")["now"].startswith("2031-01-01T00:0")
        assert http.post(f"/api/v2/chats/{CHANNEL}/mute").status_code == 429
        assert http.get(f"/api/v2/chats/{CHANNEL}/stickymessage").json()["data"]
        control(http, "POST", "/reset")
        assert control(http, "GET", "/clock")["now"].startswith("2025-06-01T00:0")
        assert names(http) != ["Nine"]


def test_a_kill_9_in_the_middle_of_changes_leaves_one_whole_world(start: Start, file: Path) -> None:
    """Resets, imports and restores follow each other without a pause; each world is told by all that is in it."""
    server = start(*SERVE, "--world", "documentation", "--database", file)
    port = server.port
    with server.http() as http:
        control(http, "PUT", "/clock", mode="frozen", now="2045-01-01")
        control(http, "POST", "/limits/exhaust", operation="mute_chat", lock=True)
        control(http, "DELETE", "/tokens/1000.mockcliq.outsider")
        control(http, "PUT", "/snapshots/s")
    rounds: list[int] = []

    def hammer() -> None:
        with (
            suppress(httpx.TransportError),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
        ):
            while True:
                control(client, "PUT", "/state", **NINE)
                control(client, "POST", "/snapshots/s/restore")
                control(client, "POST", "/reset")
                rounds.append(1)

    hammering = threading.Thread(target=hammer)
    hammering.start()
    until(lambda: len(rounds) >= 15)
    server.end_by(signal.SIGKILL)
    hammering.join()
    with start(*SERVE, "--database", file).http() as http:
        year = control(http, "GET", "/clock")["now"][:4]
        revoked = [
            token["revoked"] for token in control(http, "GET", "/state")["tokens"] if "outsider" in token["token"]
        ]
        locks = [each["locked_until"] for each in control(http, "GET", "/limits")["limits"] if each["locked_until"]]
        whole = (names(http) == ["Nine"], revoked, len(locks))
        worlds = {"2033": (True, [], 0), "2045": (False, [True], 1), "2025": (False, [False], 0)}
        assert whole == worlds[year]
        control(http, "POST", "/reset")
        assert (names(http) == ["Nine"]) == (year == "2033")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/reset", {}),
        ("POST", "/reset", {"what": ["data"]}),
        ("POST", "/reset", {"what": ["tokens"]}),
        ("POST", "/reset", {"what": ["clock"]}),
        ("PUT", "/state", NINE),
        ("POST", "/snapshots/s/restore", {}),
        ("PUT", "/clock", {"mode": "frozen", "now": "2050-01-01"}),
        ("POST", "/tokens", {"scopes": []}),
        ("POST", "/chats", {"type": "chat", "members": ["631830849"]}),
        ("PATCH", "/users/631830849", {"active": False}),
        ("POST", "/limits/exhaust", {"operation": "leave_chat", "lock": True}),
        ("DELETE", "/limits", {}),
        ("DELETE", "/tokens/1000.mockcliq.outsider", {}),
        ("POST", "/clients", {"client_id": "1000.MINE", "client_secret": "mine"}),
    ],
)
def test_on_a_full_disk_a_change_is_refused_and_all_is_as_it_was(
    start: Start, file: Path, closed_database: Path, method: str, path: str, body: dict[str, Any]
) -> None:
    shutil.copy(closed_database, file)
    server = start(*SERVE, "--rate-limit", "off", "--database", file)
    with server.http() as http:
        control(http, "PUT", "/snapshots/s")
        control(http, "PUT", "/clock", mode="frozen", now="2040-01-01")
        control(http, "POST", "/limits/exhaust", operation="mute_chat", lock=True)
        control(http, "POST", "/faults", match={"operation": "mute_chat"}, then={"status": 500})
        minted = control(http, "POST", "/tokens", user="ryan.west@zylcal.com")["token"]
        assert http.delete(f"/api/v2/chats/{CHANNEL}/stickymessage").status_code == 204

        def everything() -> list[object]:
            ours = {"Authorization": f"Bearer {minted}"}
            paths = ("/state", "/limits", "/faults", "/clock")
            told = [control(http, "GET", each) for each in paths]
            return [*told, http.get("/api/v2/chats", headers=ours).content, http.get("/api/v2/chats").content]

        before = everything()
        no_more = file.with_name(f"{file.name}-wal").stat().st_size
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (no_more, resource.RLIM_INFINITY))
        answer = http.request(method, f"/_mockcliq{path}", json=body)
        assert (answer.status_code, answer.headers["Content-Type"]) == (507, "application/problem+json")
        assert "disk" in answer.json()["detail"]
        assert everything() == before
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert everything() == before
        control(http, method, path, **body)
        assert everything() != before


# Interrupted while it is made


def seeding(start: Start, file: Path, *size: str) -> Program:
    """A server that serves already, and makes a big world in the file."""
    port = free_port()
    size = size or ("--chats", "200000")
    server = start("serve", "--port", str(port), "--log-format", "json", *size, "--database", file)

    def is_alive() -> bool:
        with suppress(httpx.ConnectError):
            return httpx.get(f"http://127.0.0.1:{port}/_mockcliq/ready", trust_env=False).status_code == 503
        return False

    until(lambda: server.has_ended or is_alive())
    assert file.exists(), server.ended()
    return server


WHILE_IT_IS_MADE = {
    "at once": (0, ("--chats", "14000", "--messages", "1400000")),
    "when much of it is on the disk": (MEBIBYTE, ("--chats", "14000", "--messages", "1400000")),
    "while chats are copied": (20 * MEBIBYTE, ("--chats", "500000")),
}
"""A moment of the making, by the size of the file, and sizes of a world that is far from made then."""

at_any_time = pytest.mark.parametrize(("size", "world"), WHILE_IT_IS_MADE.values(), ids=WHILE_IT_IS_MADE)


@at_any_time
def test_a_file_that_was_being_made_at_a_kill_9_is_made_anew(
    start: Start, file: Path, size: int, world: tuple[str, ...]
) -> None:
    """Nobody was told that it was ready, so nothing of it counts, and nothing of it is in the way."""
    server = seeding(start, file, *world)
    until(lambda: server.has_ended or file.stat().st_size >= size)
    assert server.end_by(signal.SIGKILL).code == -signal.SIGKILL
    with start(*SERVE, "--world", "documentation", "--database", file).http() as http:
        assert [chat["chat_id"] for chat in http.get("/api/v2/chats").json()["chats"]] == ["2230748224630350194"]


@at_any_time
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_file_that_was_being_made_when_the_server_was_told_to_end_is_gone(
    start: Start, file: Path, end: signal.Signals, size: int, world: tuple[str, ...]
) -> None:
    server = seeding(start, file, *world)
    until(lambda: server.has_ended or file.stat().st_size >= size)
    ended = server.end_by(end)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    # A machine so busy that its time to end was over first leaves it to the next start.
    assert content(file.parent) == {} or ended.took_s > 1.4


def test_a_file_that_another_process_is_making_is_in_use(start: Start, file: Path) -> None:
    """It is no database yet, but that is not what is wrong with it."""
    first = seeding(start, file)
    assert refused(start, file) == "it is in use by another process"
    assert not first.has_ended


# What will not do: one line that names the file, exit 2, and the file as it was


def garbage(file: Path) -> None:
    file.write_bytes(b"This is no database.\n" * 500)


def a_few_bytes(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\x00 and no more")


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_within_a_page(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1000)


def a_page_overwritten(file: Path) -> None:
    with file.open("r+b") as database:
        database.seek(file.stat().st_size // 2 // 4096 * 4096)
        database.write(b"\xa5" * 4096)


def the_schema_overwritten(file: Path) -> None:
    with file.open("r+b") as database:
        database.seek(100)
        database.write(b"\x5a" * 3996)


def of_another_program(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE bookmark (url TEXT)")


def of_an_older_version(file: Path) -> None:
    change(file, "PRAGMA user_version = 2")


def of_a_newer_version(file: Path) -> None:
    change(file, "PRAGMA user_version = 1000")


def without_a_table(file: Path) -> None:
    change(file, "DROP TABLE participation")


def without_a_column(file: Path) -> None:
    change(file, "ALTER TABLE chat DROP COLUMN name")


def with_a_column_of_another_kind(file: Path) -> None:
    change(file, "ALTER TABLE access_token DROP COLUMN refresh_token")
    change(file, "ALTER TABLE access_token ADD COLUMN refresh_token INTEGER")


def with_a_column_too_many(file: Path) -> None:
    change(file, "ALTER TABLE user ADD COLUMN nickname VARCHAR")


def without_its_properties(file: Path) -> None:
    change(file, "DELETE FROM property")


def with_a_property_that_is_nonsense(file: Path) -> None:
    change(file, "UPDATE property SET value = '{' WHERE name = 'recipe'")


def read_only(file: Path) -> None:
    file.chmod(0o444)


def change(file: Path, statement: str) -> None:
    """Change a database behind our back."""
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.commit()


OTHER_VERSION = (
    f"its schema is version {{}}, this program reads version {SCHEMA_VERSION};"
    " serve it with the MockCliq that made it, or name another file"
)

UNUSABLE: dict[Callable[[Path], None], str] = {
    garbage: "no SQLite database",
    a_few_bytes: "corrupt",
    cut_short: "corrupt",
    cut_within_a_page: "corrupt",
    a_page_overwritten: "corrupt",
    the_schema_overwritten: "corrupt",
    of_another_program: "another program",
    of_an_older_version: OTHER_VERSION.format(2),
    of_a_newer_version: OTHER_VERSION.format(1000),
    without_a_table: "corrupt: the table participation is missing",
    without_a_column: "corrupt: the table chat has no name",
    with_a_column_of_another_kind: "corrupt: the table access_token has other columns",
    with_a_column_too_many: "corrupt: the table user has other columns",
    without_its_properties: "corrupt",
    with_a_property_that_is_nonsense: "corrupt",
    read_only: "read-only",
}
"""How a good file becomes a bad one, and a word that the refusal says of it."""


@pytest.mark.parametrize("spoil", UNUSABLE, ids=lambda spoil: spoil.__name__)
def test_a_file_that_will_not_do_is_refused_in_one_line_and_left_as_it_was(
    start: Start, file: Path, closed_database: Path, spoil: Callable[[Path], None]
) -> None:
    shutil.copy(closed_database, file)
    spoil(file)
    before = content(file.parent)
    assert UNUSABLE[spoil] in refused(start, file)
    assert content(file.parent) == before


def test_a_newer_version_that_only_the_log_knows_is_refused(start: Start, file: Path, closed_database: Path) -> None:
    """A newer program changed the file, and was killed before its log was written back."""
    shutil.copy(closed_database, file)
    with closing(sqlite3.connect(file)) as newer:
        newer.execute("PRAGMA user_version = 1000")
        newer.execute("ALTER TABLE user ADD COLUMN avatar VARCHAR")
        newer.commit()
        killed = file.parent.parent / "killed"
        shutil.copytree(file.parent, killed)
    assert (killed / "cliq.db-wal").stat().st_size
    (killed / "cliq.db-shm").unlink()
    assert refused(start, killed / "cliq.db") == OTHER_VERSION.format(1000)
    with closing(sqlite3.connect(killed / "cliq.db")) as left:
        assert left.execute("PRAGMA user_version").fetchone() == (1000,)
        assert left.execute("SELECT count(avatar) FROM user").fetchone() == (0,)


def test_a_file_that_another_process_serves_is_in_use_and_that_one_goes_on(start: Start, file: Path) -> None:
    first = start(*SERVE, "--world", "documentation", "--database", file)
    with first.http() as http:
        assert refused(start, file) == "it is in use by another process"
        assert http.delete(f"/api/v2/chats/{CHANNEL}/stickymessage").status_code == 204
    first.end_by(signal.SIGKILL)
    with start(*SERVE, "--database", file).http() as http:
        assert http.get(f"/api/v2/chats/{CHANNEL}/stickymessage").json()["data"] == {}


def test_a_directory_is_refused(start: Start, file: Path) -> None:
    file.mkdir()
    assert refused(start, file) == "it is a directory"
    assert content(file.parent) == {file.name: None}


def test_a_log_that_may_not_be_written_is_named(start: Start, closed_database: Path) -> None:
    """Another user's, left by a server that was killed."""
    with folder_for_all(0o777) as folder:
        file, log = folder / "cliq.db", folder / "cliq.db-wal"
        shutil.copy(closed_database, file)
        file.chmod(0o666)
        log.write_bytes(b"")
        log.chmod(0o444)
        told = refused(start, file, as_nobody=True)
        assert told.startswith(f"its log {log} ")


def test_what_is_no_regular_file_is_refused(start: Start, file: Path) -> None:
    """A pipe would be waited for."""
    os.mkfifo(file)
    assert refused(start, file) == "it is no regular file"


def test_a_file_in_a_directory_that_is_missing_is_refused(start: Start, file: Path) -> None:
    missing = file.parent / "missing"
    assert refused(start, missing / "cliq.db") == f"the directory {missing} does not exist"
    assert content(file.parent) == {}


def test_a_file_below_a_file_is_refused(start: Start, file: Path) -> None:
    file.write_bytes(b"")
    refused(start, file / "cliq.db")


@pytest.mark.parametrize("name", ["n" * 300, "two\nlines/cliq.db"], ids=["a name too long", "a line break"])
def test_a_path_that_cannot_be_is_refused_in_one_line(start: Start, file: Path, name: str) -> None:
    ended = start(*SERVE, "--database", file.parent / name).ended()
    assert ended.code == 2, ended
    assert name[:3] in ended.line


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o555], ids=["entered", "searched", "written to"])
def test_a_directory_that_may_not_be_used_is_refused_in_one_line(start: Start, mode: int) -> None:
    with folder_for_all(mode) as closed:
        told = refused(start, closed / "cliq.db", as_nobody=True)
    uid = NOBODY if os.geteuid() == 0 else os.geteuid()
    assert str(closed) in told
    assert f"uid {uid}" in told
    if os.geteuid() == 0:  # the directory is root's, as one that the container engine made
        assert "belongs to uid 0, " in told
        assert f"run it as uid 0 (in a container: --user 0), or give it to uid {uid} (chown {uid})" in told


def test_a_directory_above_that_may_not_be_entered_is_named(start: Start) -> None:
    with folder_for_all() as closed:
        (closed / "inner").mkdir()
        closed.chmod(0o600)
        told = refused(start, closed / "inner" / "cliq.db", as_nobody=True)
    assert f"the directory {closed} " in told


def test_a_file_that_may_not_be_read_is_refused_in_one_line(start: Start, closed_database: Path) -> None:
    with folder_for_all() as folder:
        file = folder / "cliq.db"
        shutil.copy(closed_database, file)
        file.chmod(0o200)
        refused(start, file, as_nobody=True)
        file.chmod(0o600)
        assert file.read_bytes() == closed_database.read_bytes()


def test_a_world_that_is_none_leaves_no_file_behind(start: Start, file: Path) -> None:
    ended = start(*SERVE, "--world", "nowhere", "--database", file).ended()
    assert (ended.code, "nowhere" in ended.line) == (2, True)
    assert content(file.parent) == {}


# A disk that is full, or fails


@contextmanager
def mounted(folder: Path, size: int) -> Iterator[Path]:
    """A disk of its own, so small; skips the test where we may not make one."""
    folder.mkdir()
    options = ("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    try:
        made = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.splitlines()[0]}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_world_for_which_the_disk_is_too_small_is_refused_in_one_line(start: Start, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 200 * KIBIBYTE) as disk:
        ended = start(*SERVE, "--database", disk / "cliq.db").ended()
        assert ended.code == 2, ended
        assert ended.line == f"mockcliq: {disk / 'cliq.db'}: the disk is full"
        assert content(disk) == {}


def test_a_world_too_large_for_a_file_here_is_refused_in_one_line(start: Start, file: Path) -> None:
    """As `ulimit -f` has it."""
    ended = start(*SERVE, "--database", file, file_size=200 * KIBIBYTE).ended()
    assert ended.code == 2, ended
    assert ended.line.startswith(f"mockcliq: {file}: "), ended.line
    assert content(file.parent) == {}


def test_an_empty_file_is_taken_for_a_new_one_and_is_still_there_when_that_fails(start: Start, file: Path) -> None:
    """Somebody made it, with an owner and rights of its own: a container's mount, for example."""
    file.touch()
    ended = start(*SERVE, "--database", file, file_size=200 * KIBIBYTE).ended()
    assert ended.code == 2, ended
    assert content(file.parent) == {file.name: b""}
    server = start(*SERVE, "--world", "empty", "--database", file)
    server.banner()
    assert server.end_by(signal.SIGTERM).code == 0
    assert file.stat().st_size > 0


def test_a_disk_that_fills_up_costs_nothing_that_was_answered_and_no_write_once_there_is_room_again(
    start: Start, file: Path
) -> None:
    """A write that cannot be kept is answered by the documented 500, and the log says why."""
    server = start(*SERVE, "--world", "documentation", "--rate-limit", "off", "--database", file)
    with server.http() as http:
        pin, chat = f"/api/v2/chats/{CHANNEL}/stickymessage", f"/api/v2/chats/{CHANNEL}"
        assert http.post(pin, json={"id": MEETING}).status_code == 200
        no_more = file.with_name(f"{file.name}-wal").stat().st_size
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (no_more, resource.RLIM_INFINITY))
        for method, path in (("DELETE", pin), ("POST", f"{chat}/leave"), ("POST", f"{chat}/mute")):
            answer = http.request(method, path)
            assert (answer.status_code, answer.json()) == (500, {"message": SENTENCES[500]})
        assert http.get(pin).json()["data"]["message"]["msg"] == "meeting at 4"
        assert len(http.get(f"{chat}/members").json()["members"]) == 2
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert http.post(f"{chat}/leave").status_code == 204
    lines = server.err.splitlines()
    assert len(lines) == 3, lines
    assert all("the disk cannot be written" in each and "Traceback" not in each for each in lines)
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--rate-limit", "off", "--database", file).http() as http:
        assert http.get(f"{chat}/members").status_code == 403
        ryan = {"Authorization": "Bearer 1000.mockcliq.member"}
        assert http.get(f"{chat}/members", headers=ryan).status_code == 403


@contextmanager
def full_disk(server: Program, file: Path) -> Iterator[None]:
    """No more is written to the file's log than is there."""
    no_more = file.with_name(f"{file.name}-wal").stat().st_size
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (no_more, resource.RLIM_INFINITY))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_on_a_full_disk_nobody_is_locked_out_and_the_journal_goes_on(start: Start, file: Path) -> None:
    """The call that would begin the lock is answered by the documented 500, and begins it once it can be kept."""
    server = start(*SERVE, "--world", "documentation", "--database", file)
    with server.http() as http:
        control(http, "POST", "/limits/exhaust", operation="mute_chat")
        with full_disk(server, file):
            answers = [http.post(f"/api/v2/chats/{CHANNEL}/mute") for _ in range(2)]
            assert [(each.status_code, each.json()) for each in answers] == [(500, {"message": SENTENCES[500]})] * 2
            assert {each["locked_until"] for each in control(http, "GET", "/limits")["limits"]} == {None}
            journal = control(http, "GET", "/requests")["requests"]
            assert [each["status"] for each in journal] == [500, 500]
            assert all(each["reason"].startswith("disk_failed; have=the disk") for each in journal)
        assert http.post(f"/api/v2/chats/{CHANNEL}/mute").status_code == 429
    server.end_by(signal.SIGKILL)
    with start(*SERVE, "--database", file).http() as http:
        assert http.post(f"/api/v2/chats/{CHANNEL}/mute").status_code == 429


def test_on_a_full_disk_no_code_is_used_up_and_no_token_revoked(start: Start, file: Path) -> None:
    """Of a client's refresh tokens the oldest makes room for the twenty-first, with what was issued for it."""
    server = start(*SERVE, "--world", "documentation", "--database", file, env={"MOCKCLIQ_TOKEN_LIMIT": "on"})
    client = {"client_id": "1000.MOCKCLIQ", "redirect_uri": "http://localhost/back"}
    consent = {"response_type": "code", "scope": "ZohoCliq.Chats.READ", "prompt": "none consent"}
    with server.http() as http:

        def log_in() -> httpx.Response:
            asked = {**client, **consent, "access_type": "offline"}
            there = http.get("/oauth/v2/auth", params=asked).headers["Location"]
            return redeem(httpx.URL(there).params["code"])

        def redeem(code: str) -> httpx.Response:
            given = {"grant_type": "authorization_code", "client_secret": "mockcliq-secret", "code": code}
            return http.post("/oauth/v2/token", params={**client, **given})

        issued = []
        for number in range(20):
            if number % 10 == 0:
                control(http, "POST", "/clock/advance", seconds=660)
            issued.append(log_in().json()["access_token"])
        control(http, "POST", "/clock/advance", seconds=660)
        asked = {**client, **consent, "access_type": "offline"}
        code = httpx.URL(http.get("/oauth/v2/auth", params=asked).headers["Location"]).params["code"]
        oldest = {"Authorization": f"Bearer {issued[0]}"}
        with full_disk(server, file):
            assert redeem(code).status_code == 500
            assert http.get("/api/v2/chats", headers=oldest).status_code == 200
        assert redeem(code).status_code == 200
        assert len(control(http, "GET", "/state")["refresh_tokens"]) == 20


def test_the_database_is_named_in_the_banner(start: Start, file: Path) -> None:
    assert start(*SERVE, "--world", "empty", "--database", file).banner()["database"] == str(file)
    ended: Ended = start(*SERVE, "--world", "empty", env={"MOCKCLIQ_DATABASE": str(file)}).ended()
    assert (ended.code, str(file) in ended.line) == (2, True), "the variable names the same file, which is in use"


CONTROL_ROUTES = (
    *(("GET", "/state"), ("GET", "/users"), ("GET", f"/chats/{CHANNEL}/messages"), ("PUT", "/snapshots/s")),
    *(("POST", "/reset"), ("POST", "/tokens"), ("PUT", "/clock"), ("POST", "/limits/exhaust")),
)
BODIES: dict[str, Any] = {
    "/clock": {"mode": "frozen", "now": "2050-01-01"},
    "/limits/exhaust": {"operation": "leave_chat", "lock": True},
}

FAILURES: dict[Exception, tuple[int, str]] = {
    sqlite3.OperationalError("database or disk is full"): (507, "the disk is full"),
    sqlite3.OperationalError("disk I/O error"): (507, "the disk cannot be written"),
    sqlite3.OperationalError("attempt to write a readonly database"): (507, "it is read-only"),
    sqlite3.OperationalError("unable to open database file"): (503, "it cannot be opened"),
    sqlite3.DatabaseError("database disk image is malformed"): (503, "it is corrupt"),
    sqlite3.DatabaseError("file is not a database"): (503, "no SQLite database"),
    OSError(errno.EMFILE, "Too many open files"): (503, "too many open files"),
    OSError(errno.EDQUOT, "Disk quota exceeded"): (507, "disk quota exceeded"),
    OSError(errno.EROFS, "Read-only file system"): (507, "read-only file system"),
}


@pytest.mark.parametrize(("error", "told"), FAILURES.items(), ids=lambda each: str(each)[:40])
def test_whatever_the_disk_does_is_told_as_what_it_is_by_every_route_in_a_line(
    file: Path, caplog: pytest.LogCaptureFixture, error: Exception, told: tuple[int, str]
) -> None:
    status, words = told
    thread = ServerThread(Settings(world="documentation", rate_limit=False, database=file, port=0))
    connection: Any = thread._server._app.startup.made.default.store.database.connection
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}

    def fail(*_: object, **__: object) -> None:
        raise error

    def calls() -> Iterator[tuple[httpx.Response, str]]:
        for method, path in (("POST", f"/api/v2/chats/{CHANNEL}/mute"), ("GET", f"/api/v2/chats/{CHANNEL}/members")):
            answer = http.request(method, path)
            yield answer, answer.headers.get("X-Mockcliq-Reason", "")
        for method, path in CONTROL_ROUTES:
            answer = http.request(method, f"/_mockcliq{path}", json=BODIES.get(path))
            yield answer, answer.text

    with httpx.Client(base_url=thread.url, headers=headers, trust_env=False) as http, ExitStack() as stack:
        stack.callback(thread.stop)
        connection.execute = connection.backup = fail
        for answer, text in calls():
            assert answer.status_code == (500 if answer.url.path.startswith("/api") else status), text
            assert words in text
            assert "report" not in text
        assert http.get("/_mockcliq/ready").status_code == 200
        assert http.get("/_mockcliq/ui").status_code == 200
        lines = [each.getMessage() for each in caplog.records]
        assert len(lines) == 2 + len(CONTROL_ROUTES), lines
        assert all(words in each and "\n" not in each for each in lines)
        del connection.execute, connection.backup
        assert all(answer.is_success for answer, _ in calls())
