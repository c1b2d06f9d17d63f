"""A database file in use: who else may open it, what a fork does to it, and what happens when somebody touches it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

import mockcliq
from tests.processes import PATIENCE_S, ROOT, SERVE, Program, Start, until
from tests.reference import SENTENCES

pytestmark = pytest.mark.slow

CHATS = "/api/v2/chats"
MUTE = f"{CHATS}/987000000654321/mute"
UNMUTE = f"{CHATS}/987000000654321/unmute"

WORLD = ("--world", "documentation", "--rate-limit", "off")

posix_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def serve(start: Start, file: Path, **conditions: Any) -> Program:
    """A server of the documentation's world in that file, ready when it is given."""
    server = start(*SERVE, *WORLD, "--database", file, **conditions)
    server.banner()
    return server


def refusal(start: Start, file: Path) -> str:
    """Why a server refuses to serve from the file, in its one line."""
    ended = start(*SERVE, *WORLD, "--database", file).ended()
    assert ended.code == 2, ended
    return ended.line


def is_muted(file: Path) -> bool:
    """Whether anybody has muted a chat, by a copy of the file and its log."""
    copy = file.parent.parent / "copy.db"
    for suffix in ("", "-wal"):
        copy.with_name(f"{copy.name}{suffix}").unlink(missing_ok=True)
        if file.with_name(f"{file.name}{suffix}").exists():
            shutil.copy(file.with_name(f"{file.name}{suffix}"), copy.with_name(f"{copy.name}{suffix}"))
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        muted = "SELECT count(*) FROM participation WHERE muted"
        return bool(database.execute(muted).fetchone()[0])


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a Python program that may import mockcliq."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_S,
    )


# The lock


def test_a_second_server_of_the_same_process_is_refused_by_whatever_name(tmp_path: Path, file: Path) -> None:
    (tmp_path / "link.db").symlink_to(file)
    with mockcliq.start(world="empty", database=file):
        for name in (file, tmp_path / "link.db", file.parent / ".." / file.parent.name / file.name):
            with pytest.raises(mockcliq.Unservable, match="it is in use by this process"):
                mockcliq.start(world="empty", database=name)
    with mockcliq.start(database=file) as again:
        assert again.ready()


@pytest.mark.skipif(sys.platform != "linux", reason="locks that belong to a descriptor are Linux's")
def test_whatever_a_process_does_with_the_file_that_it_serves_nobody_else_gets_in(
    start: Start, tmp_path: Path, file: Path
) -> None:
    with mockcliq.start(world="documentation", database=file) as server:
        with pytest.raises(mockcliq.Unservable):
            mockcliq.start(database=file)
        file.read_bytes()
        shutil.copy(file, tmp_path / "copy.db")
        with closing(sqlite3.connect(file, timeout=0)) as own, pytest.raises(sqlite3.OperationalError, match="locked"):
            own.execute("SELECT * FROM user")
        assert refusal(start, file).endswith(": it is in use by another process")
        other = run("import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('DELETE FROM user')", file)
        assert other.stderr.endswith("database is locked\n")
        assert server.users.list()


def test_of_two_servers_that_begin_the_same_file_one_serves_it_and_the_other_leaves_it_alone(
    start: Start, file: Path
) -> None:
    both = [start(*SERVE, *WORLD, "--database", file) for _ in range(2)]
    until(lambda: any(each.has_ended for each in both) and any(each.out for each in both))
    (loser,) = (each for each in both if each.has_ended)
    (winner,) = (each for each in both if not each.has_ended)
    assert loser.ended().line.endswith(": it is in use by another process")
    with winner.http() as http:
        assert http.post(MUTE).status_code == 204
    winner.end_by(signal.SIGKILL)
    assert is_muted(file)


# A fork

FORK_AND_GO_ON = """
import os, signal, sys, httpx
import mockcliq

def post(path):
    headers = dict(Authorization="Bearer 1000.mockcliq.owner")
    return httpx.post(server.url + path, headers=headers, trust_env=False).status_code

server = mockcliq.start(world="documentation", rate_limit=False, database=sys.argv[1])
assert post(sys.argv[2]) == 204
child = os.fork()
if child == 0:
    {end}
assert os.waitpid(child, 0)[1] == {status}
assert post(sys.argv[3]) == 204
assert post(sys.argv[2]) == 204
os.kill(os.getpid(), signal.SIGKILL)
"""

ENDS = {
    "sys.exit": ("sys.exit(0)", 0),
    "os._exit": ("os._exit(0)", 0),
    "an exception": ("raise SystemError", 1 << 8),
    "closing the server": ("server.close(); sys.exit(0)", 0),
    "collecting garbage": ("del server; import gc; gc.collect(); sys.exit(0)", 0),
}


@posix_only
@pytest.mark.parametrize(("end", "status"), ENDS.values(), ids=ENDS)
def test_however_a_forked_child_ends_its_parent_keeps_what_it_answers(file: Path, end: str, status: int) -> None:
    done = run(FORK_AND_GO_ON.format(end=end, status=status), file, MUTE, UNMUTE)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert is_muted(file)


IN_THE_CHILD = """
import asyncio, os, sys, httpx
import mockcliq

app = mockcliq.create_app(mockcliq.Settings(world="documentation", database=sys.argv[1]))

async def ask():
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
        paths = ("/api/v2/chats", "/_mockcliq/state", "/_mockcliq/ready")
        return [await client.get(path) for path in paths]

if sys.argv[2] == "in use":
    assert [each.status_code for each in asyncio.run(ask())] == [200, 200, 200]
child = os.fork()
if child == 0:
    chats, state, ready = asyncio.run(ask())
    print(chats.status_code, chats.headers["X-Mockcliq-Reason"])
    print(state.status_code, state.json()["detail"])
    print(ready.status_code, ready.json()["detail"])

    async def begin():
        said = []
        async def receive(): return {"type": "lifespan.startup"}
        async def send(message): said.append(message)
        await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
        return said
    (said,) = asyncio.run(begin())
    print(said["type"], said["message"], flush=True)
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
assert [each.status_code for each in asyncio.run(ask())] == [200, 200, 200]
"""


@posix_only
@pytest.mark.parametrize("state", ["in use", "only made"])
def test_an_application_of_before_a_fork_refuses_in_the_child_and_says_why(file: Path, state: str) -> None:
    """As with `gunicorn --preload`: the worker does not start."""
    done = run(IN_THE_CHILD, file, state)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    chats, world, ready, begun = done.stdout.splitlines()
    assert chats.startswith("500 ")
    assert world.startswith("503 ")
    assert ready.startswith("503 ")
    assert begun.startswith(f"lifespan.startup.failed {file}: ")
    for each in (chats, world, ready, begun):
        assert "it was opened before a fork" in each
    assert "open it in the child" in begun


CHILD_THAT_LIVES_ON = """
import os, signal, sys
import mockcliq

server = mockcliq.start(world="empty")
until, end = os.pipe()
ready, told = os.pipe()
child = os.fork()
if child == 0:
    os.close(end)
    os.write(told, b"x")
    os.read(0, 1)
    os._exit(0)
os.read(ready, 1)
print(server.url, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@posix_only
def test_a_forked_child_does_not_listen_in_its_parents_place() -> None:
    """A client of a server that was killed is told at once, though a child of it lives on."""
    program = [sys.executable, "-W", "ignore", "-c", CHILD_THAT_LIVES_ON]
    with subprocess.Popen(
        program, env={"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert parent.wait() == -signal.SIGKILL
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/_mockcliq/health", trust_env=False)


# Names

NAMES = [
    *(":memory:", "./:memory:", "file:y?mode=memory", "file:k.db", "file::memory:", "a?b#c%41&d.db", "-x.db"),
    *('it\'s "x".db', "two\nlines.db", "\udcff\udcfe.db", "Größe 大.db", " .db"),
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_is_a_path_and_nothing_else(start: Start, file: Path, name: str) -> None:
    here = file.parent
    server = start(*SERVE, *WORLD, f"--database={name}", cwd=here)
    with server.http() as http:
        assert http.post(MUTE).status_code == 204
        assert http.get("/_mockcliq/server").json()["persistent"] is True
    assert server.end_by(signal.SIGTERM).code == 0
    assert [each.name for each in here.iterdir()] == [name.removeprefix("./")]
    assert is_muted(here / name)


# Somebody touches it


def deleted(file: Path) -> None:
    file.unlink()


def deleted_with_its_log(file: Path) -> None:
    file.unlink()
    log_of(file).unlink()


def moved_away(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def replaced_by_a_copy(file: Path) -> None:
    shutil.copy(file, file.with_name("new"))
    file.with_name("new").rename(file)


def replaced_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def with_its_folder_moved(file: Path) -> None:
    file.parent.rename(file.parent.with_name("moved"))


def without_its_log(file: Path) -> None:
    log_of(file).unlink()


def with_another_log(file: Path) -> None:
    log_of(file).unlink()
    log_of(file).write_bytes(b"x" * 100_000)


def overwritten(file: Path) -> None:
    file.write_bytes(b"This is no database.\n" * 10_000)


def cut_to_nothing(file: Path) -> None:
    os.truncate(file, 0)


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 4096)


def a_page_overwritten(file: Path) -> None:
    with file.open("r+b") as database:
        database.seek(20 * 4096)
        database.write(b"\xa5" * 4096)


def an_older_copy_laid_over(file: Path) -> None:
    """As `cp` does it, of the same size."""
    older = bytearray(file.read_bytes())
    at = older.index(b"Ryan West")
    older[at : at + 4] = b"Bryn"
    file.write_bytes(older)


def with_its_log_cut_short(file: Path) -> None:
    os.truncate(log_of(file), 0)


def log_of(file: Path) -> Path:
    """The log that belongs to it."""
    return file.with_name(f"{file.name}-wal")


WHOLE = (
    *(deleted, deleted_with_its_log, moved_away, replaced_by_a_copy, replaced_by_a_folder, with_its_folder_moved),
    *(without_its_log, with_another_log),
)
"""What leaves the server all that it had written."""

SPOILT = (overwritten, cut_to_nothing, cut_short, a_page_overwritten, an_older_copy_laid_over, with_its_log_cut_short)


def told_lost(http: httpx.Client, server: Program, file: Path) -> None:
    """Wait until the server has noticed, and compare what it says of it."""
    until(lambda: http.get("/_mockcliq/ready").status_code == 503)
    assert str(file) in http.get("/_mockcliq/ready").json()["detail"]
    assert http.get("/_mockcliq/health").status_code == 200
    for method, path, body in (
        *(("POST", UNMUTE, None), ("POST", MUTE, None), ("POST", f"{CHATS}/987000000654321/leave", None)),
        ("POST", "/oauth/v2/token?grant_type=client_credentials&client_id=x", None),
    ):
        answer = http.request(method, path, json=body)
        if path.startswith("/api"):
            assert (answer.status_code, answer.json()) == (500, {"message": SENTENCES[500]})
            assert answer.headers["X-Mockcliq-Reason"].startswith("database_lost; have=")
    for method, path, sent in (
        ("PUT", "/clock", {"mode": "frozen", "now": "2050-01-01"}),
        ("POST", "/reset", {}),
        ("POST", "/tokens", {}),
        ("POST", "/chats", {"type": "chat", "members": ["631830849"]}),
    ):
        answer = http.request(method, f"/_mockcliq{path}", json=sent)
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json"), answer.text
        assert str(file) in answer.json()["detail"]
    lines = server.err.splitlines()
    assert len(lines) == 1, lines
    assert str(file) in lines[0]


@pytest.mark.parametrize("touch", WHOLE, ids=lambda touch: touch.__name__)
def test_a_file_that_is_lost_is_noticed_and_no_write_is_answered_as_if_it_was_kept(
    start: Start, file: Path, touch: Callable[[Path], None]
) -> None:
    server = serve(start, file)
    with server.http() as http:
        assert http.post(MUTE).status_code == 204
        chats = http.get(CHATS).content
        touch(file)
        told_lost(http, server, file)
        assert http.get(CHATS).content == chats
        assert http.get("/_mockcliq/state").json()["chats"]
        assert http.put("/_mockcliq/snapshots/s").status_code == 201
    assert server.end_by(signal.SIGTERM).code == 0


@pytest.mark.parametrize("touch", SPOILT, ids=lambda touch: touch.__name__)
def test_of_a_file_that_somebody_wrote_to_nothing_is_answered(
    start: Start, file: Path, touch: Callable[[Path], None]
) -> None:
    server = serve(start, file)
    with server.http() as http:
        assert http.post(MUTE).status_code == 204
        assert http.get(CHATS).status_code == 200
        touch(file)
        told_lost(http, server, file)
        assert http.get(CHATS).status_code == 500
        for method, path in (("GET", "/state"), ("PUT", "/snapshots/s"), ("GET", "/users"), ("GET", "/chats")):
            answer = http.request(method, f"/_mockcliq{path}")
            assert (answer.status_code, "lost" in answer.json()["detail"]) == (503, True), answer.text
        left = file.read_bytes()
    assert server.end_by(signal.SIGTERM).code == 0
    assert file.read_bytes() == left, "it is left to who wrote to it"


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "kill -9"])
@pytest.mark.parametrize(("touch", "name"), [(without_its_log, "cliq.db"), (moved_away, "elsewhere.db")])
def test_what_was_answered_before_is_in_the_file_wherever_it_is(
    start: Start, file: Path, touch: Callable[[Path], None], name: str, end: signal.Signals
) -> None:
    server = serve(start, file)
    with server.http() as http:
        assert http.post(MUTE).status_code == 204
        touch(file)
        told_lost(http, server, file)
    server.end_by(end)
    assert is_muted(file.with_name(name))


def test_a_file_that_comes_back_is_written_again(start: Start, file: Path) -> None:
    server = serve(start, file)
    with server.http() as http:
        moved_away(file)
        told_lost(http, server, file)
        file.with_name("elsewhere.db").rename(file)
        until(lambda: http.get("/_mockcliq/ready").status_code == 200)
        assert http.post(MUTE).status_code == 204
    assert "in its place again" in server.err
    server.end_by(signal.SIGKILL)
    assert is_muted(file)


def test_another_server_that_takes_the_place_keeps_what_it_answers(start: Start, file: Path) -> None:
    """The end of the first one deletes nothing of the second's."""
    first = serve(start, file)
    with first.http() as http:
        deleted(file)
        told_lost(http, first, file)
    second = serve(start, file)
    with second.http() as http:
        assert http.post(MUTE).status_code == 204
        assert first.end_by(signal.SIGTERM).code == 0
        assert http.post(UNMUTE).status_code == 204
        assert http.post(MUTE).status_code == 204
    second.end_by(signal.SIGKILL)
    assert is_muted(file)


def test_what_the_server_writes_itself_and_what_others_read_is_no_loss(start: Start, file: Path) -> None:
    """A log that grew long is written back into the file, which is no other program's doing."""
    server = serve(start, file)
    longest = 0
    with server.http() as http:
        for number in range(30):
            text = f"{number} " + "x" * 60_000
            for _ in range(10):
                body = {"sender": "631830849", "text": text}
                answer = http.post("/_mockcliq/chats/987000000654321/messages", json=body)
                assert answer.is_success, answer.text
            file.read_bytes()
            file.chmod(0o600)
            if number < 5:
                file.touch()
            longest = max(longest, log_of(file).stat().st_size)
            assert http.get("/_mockcliq/ready").status_code == 200
        assert file.stat().st_size > 8 * 2**20, "the log was written back meanwhile"
        assert http.post(MUTE).status_code == 204
    assert server.err == ""
    server.end_by(signal.SIGKILL)
    assert is_muted(file)
