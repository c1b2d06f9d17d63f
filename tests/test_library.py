"""`mockcliq` as a library: what a Python program imports, starts and connects to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import mockcliq
from tests.processes import PATIENCE_S, ROOT, free_port, until
from tests.reference import EMULATED


def chats(client: mockcliq.Client) -> httpx.Response:
    """The owner's list, by a client of the emulated API."""
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    return httpx.get(f"{client.url}/api/v2/chats", headers=headers, trust_env=False)


def test_a_started_server_is_ready_and_ends_with_its_block() -> None:
    with mockcliq.start(world="documentation") as server:
        assert server.ready()
        assert [row["name"] for row in chats(server).json()["chats"]] == ["Ryan West"]
    with pytest.raises(mockcliq.NoServer, match=server.url):
        server.health()


def test_two_started_servers_know_nothing_of_each_other() -> None:
    with mockcliq.start(world="empty") as one, mockcliq.start(world="empty", rate_limit=False) as other:
        one.clock.freeze("2025-01-01T00:00:00Z")
        one.limits.exhaust("list_direct_chats", lock=True)
        assert (chats(one).status_code, chats(other).status_code) == (429, 200)
        assert other.clock.state().mode == "real"


def test_the_token_of_the_control_api_is_for_who_knows_it() -> None:
    with mockcliq.start(world="empty", control_token="open-sesame") as server:
        assert server.limits.list()
        with server.worlds.create("empty") as world:
            assert world.limits.list()
        with pytest.raises(mockcliq.Refused, match="token") as refused:
            mockcliq.connect(server.url).clock.now()
        assert refused.value.status == 401
        assert mockcliq.connect(server.url).wait(30)
        assert mockcliq.connect(server.url, control_token="open-sesame").limits.list()


def test_a_control_token_that_no_header_can_carry_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="no header can carry it") as refused:
        mockcliq.connect(control_token="open-sesame\n")
    assert "open-sesame" not in str(refused.value)


def test_closing_a_server_frees_its_port_and_closing_it_again_is_nothing() -> None:
    port = free_port()
    for _ in range(2):
        server = mockcliq.start(port, world="empty")
        assert server.url == f"http://127.0.0.1:{port}"
        server.close()
        server.close()


FORKING = """
import http.client, os, socket, sys
import mockcliq

server = mockcliq.start(world="empty")
port = int(server.url.rpartition(":")[2])
idle = http.client.HTTPConnection("127.0.0.1", port)
idle.request("GET", "/_mockcliq/health")
idle.getresponse().read()
until, end = os.pipe()
child = os.fork()
if child == 0:
    os.close(end)
    os.read(until, 1)
    os._exit(0)
server.close()
assert idle.sock.recv(1) == b"", "the client is told"
try:
    socket.create_connection(("127.0.0.1", port), timeout=20)
except ConnectionRefusedError:
    print("refused")
with mockcliq.start(port, world="empty") as server:
    assert server.ready()
os.kill(child, 0)
print("the child has lived until now")
os.close(end)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_closing_a_server_closes_it_though_a_forked_process_lives_on(loop: str) -> None:
    """It has inherited the descriptors, of the listening socket too."""
    without = "import sys; sys.modules['uvloop'] = None\n" if loop == "asyncio" else ""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", without + FORKING],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (0, "refused\nthe child has lived until now\n"), done.stderr


FORKING_WITH_A_SUBPROCESS = """
import os, signal, sys
from mockcliq.http.subprocess_server import subprocess_server

with subprocess_server({**os.environ, "MOCKCLIQ_WORLD": "empty"}) as server:
    ready, told = os.pipe()
    if os.fork() == 0:
        os.write(told, b"x")
        os.read(0, 1)
        os._exit(0)
    os.read(ready, 1)
    print(server.url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_subprocess_ends_with_who_started_it_though_a_forked_process_lives_on() -> None:
    program = [sys.executable, "-W", "ignore", "-c", FORKING_WITH_A_SUBPROCESS]
    with subprocess.Popen(
        program, env={"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        client = mockcliq.connect(parent.stdout.readline().strip())
        parent.wait()

        def has_ended() -> bool:
            try:
                client.health()
            except mockcliq.NoServer:
                return True
            return False

        until(has_ended)


def test_a_connected_client_leaves_the_server_alone() -> None:
    with mockcliq.start(world="empty") as server:
        with mockcliq.connect(f"{server.url}/") as client:
            assert client.url == server.url
        assert server.ready()


def test_a_taken_port_a_bad_world_and_a_bad_database_are_errors_at_once(tmp_path: Path) -> None:
    before = threading.active_count()
    with mockcliq.start(world="empty") as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(mockcliq.Unservable, match=f"port {port}: address already in use"):
            mockcliq.start(port, world="empty")
    with pytest.raises(mockcliq.Unservable, match=r"nowhere\.yaml: no such world or file"):
        mockcliq.start(world="nowhere.yaml")
    (tmp_path / "no.db").write_text("This is no database, although it is long enough to be taken for one." * 20)
    with pytest.raises(mockcliq.Unservable, match=r"no\.db"):
        mockcliq.start(database=tmp_path / "no.db")
    assert threading.active_count() == before


def test_a_world_that_turns_out_impossible_while_it_is_made_is_an_error_too(tmp_path: Path) -> None:
    """A disk that is full is noticed on the server's own thread."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))"
    program = f"{limit}; import mockcliq; mockcliq.start(database='full.db')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},  # the limit would cut bytecode short
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("mockcliq.http.server_thread.Unservable: full.db: ")


PATCHED = """
import builtins, http.client, io, os, sys, threading
from pathlib import Path
import freezegun, httpx
import mockcliq

DOCUMENT = "mockcliq: 1\\nusers: [{id: 1, name: Ann, email: ann@chess.test}]"

server = mockcliq.start(world="empty")
caller = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, trust_env=False)
caller.get("/api/v2/chats")
late = []

class Imports:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if threading.current_thread() is not threading.main_thread():
            late.append(name)

def patched(real):
    def refuse(*arguments, **more):
        if threading.current_thread() is threading.main_thread():
            return real(*arguments, **more)
        late.append(f"{real.__name__} {arguments}")
        raise FileNotFoundError("there is none in this test's own file system")
    return refuse

sys.meta_path.insert(0, Imports)
for module, name in ((builtins, "open"), (io, "open"), (os, "open"), (os, "listdir"), (os, "scandir")):
    setattr(module, name, patched(getattr(module, name)))
for name in ("open", "iterdir", "read_bytes", "read_text"):
    setattr(Path, name, patched(getattr(Path, name)))

with freezegun.freeze_time("2020-01-01"):
    assert server.clock.now().year == 2020
    for start in ({}, {"world": "demo"}, {"world": "documentation"}, {"world": "empty"}, {"state": DOCUMENT}):
        with server.worlds.create(**start) as world:
            world.snapshots.save("one")
            assert world.clock.state().now.year > 2000
    server.import_state(DOCUMENT)
    assert server.token_for(expires_in=60)
    server.faults.add("mute_chat", status=500)
    assert caller.get("/_mockcliq/ui/main.js").status_code == 200
    assert caller.get("/_mockcliq/openapi.json").status_code == 200
    assert caller.get("/openapi.json").status_code == 200
    assert caller.get("/nowhere").status_code == 404
    assert caller.post("/oauth/v2/token", data={"grant_type": "refresh_token"}).status_code == 200
    odd = http.client.HTTPConnection(server.url.removeprefix("http://"))
    odd.request("GET", "/", headers={"Transfer-Encoding": "gzip"})
    assert odd.getresponse().status == 400
    assert [each.explanation["rule"] for each in server.follow(since="0", timeout=0.01)]
    server.reset()
    assert not mockcliq.connect("http://127.0.0.1:1").wait(0.1)
assert isinstance(server.snapshots.save("two").taken_at, mockcliq.client.clock.datetime)
server.close()
print(late)
"""


def test_a_server_in_the_process_of_a_test_needs_nothing_that_the_test_may_have_patched() -> None:
    """From its start on it imports no module and opens no file, and it goes by whatever the time is."""
    done = subprocess.run(
        [sys.executable, "-c", PATCHED],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_a_control_api_that_could_not_be_loaded_is_loaded_later() -> None:
    """Where it is loaded on first use, what was in its way may be gone."""
    program = """
import sys
from starlette.testclient import TestClient
from mockcliq import create_app

app = create_app(is_lazy=True)
with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
    sys.modules["mockcliq.control.app"] = None
    print(client.get("/_mockcliq/clock").status_code)
    del sys.modules["mockcliq.control.app"]
    print(client.get("/_mockcliq/clock").status_code)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.stdout.split() == ["500", "200"], done.stderr


def test_a_setting_that_does_not_exist_or_will_not_do_is_named_as_it_was_written() -> None:
    with pytest.raises(mockcliq.BadSetting, match=r"no setting 'wrold'; the settings are host, port, tls"):
        mockcliq.start(wrold="empty")
    with pytest.raises(mockcliq.BadSetting, match=r"^rate_limit: 'sometimes' will not do: "):
        mockcliq.start(rate_limit="sometimes")
    secret = "hidden, but with a space"
    with pytest.raises(mockcliq.BadSetting, match=r"^control_token: ") as bad:
        mockcliq.start(control_token=secret)
    assert secret not in "".join(traceback.format_exception(bad.value))


def test_what_is_not_given_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKCLIQ_WORLD", "documentation")
    monkeypatch.setenv("MOCKCLIQ_RATE_LIMIT", "sometimes")
    with mockcliq.start(rate_limit=False) as server:
        assert server.state()["utc_offset"] == "-07:00"
        assert len(server.state()["chats"]) == 2
    with pytest.raises(mockcliq.BadSetting, match=r"^MOCKCLIQ_RATE_LIMIT: "):
        mockcliq.start()


def modules_after(program: str) -> set[str]:
    """The top-level modules that a program has loaded in the end, and the package's own by their full name."""
    tail = "import sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", f"{program}\n{tail}"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


HEAVY = {"fastapi", "starlette", "sqlmodel", "sqlalchemy", "pydantic", "uvicorn", "faker", "click", "httpx", "yaml"}


def test_importing_it_loads_next_to_nothing() -> None:
    loaded = modules_after("import mockcliq; mockcliq.__version__")
    assert {name for name in loaded if name.startswith("mockcliq")} == {"mockcliq", "mockcliq.version"}
    assert HEAVY.isdisjoint(loaded)


def test_connecting_loads_no_server() -> None:
    loaded = modules_after("import mockcliq; mockcliq.connect().clock")
    assert "mockcliq.client" in loaded
    assert HEAVY.isdisjoint(loaded)


def test_a_program_that_forgets_to_close_its_server_ends_all_the_same() -> None:
    assert "mockcliq.http.server_thread" in modules_after("import mockcliq; mockcliq.start(world='empty')")


def test_every_public_name_is_there() -> None:
    assert {name for name in mockcliq.__all__ if not hasattr(mockcliq, name)} == set()
    with pytest.raises(AttributeError, match="nonsense"):
        mockcliq.nonsense  # noqa: B018 - the access is what fails


@pytest.fixture
def server() -> Iterator[mockcliq.Client]:
    with mockcliq.start(world="empty") as server:
        yield server


def test_waiting_tells_whether_it_came_to_that(server: mockcliq.Client) -> None:
    assert server.wait(30)
    assert not mockcliq.connect(f"http://127.0.0.1:{free_port()}").wait(0.2)


@pytest.mark.parametrize(
    "url", ["localhost:2547", "ftp://localhost", "http://", "http://localhost:port", "http://[::1", ""]
)
def test_what_is_no_url_is_an_error_that_says_so(url: str) -> None:
    with pytest.raises(mockcliq.NoServer, match=r"is no server's URL; one is written like http://localhost:2547"):
        mockcliq.connect(url).health()


def test_it_asks_no_proxy_the_way(server: mockcliq.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert server.ready()


def test_threads_can_share_a_client(server: mockcliq.Client) -> None:
    seen: list[int] = []

    def ask() -> None:
        seen.extend(len(server.limits.list()) for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert seen == [len(EMULATED)] * 160
