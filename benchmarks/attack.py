"""Attacks a server of this checkout by what grows, floods, hides and forks, and prints what it stood.

    python -m benchmarks.attack [--check] [PART...]

Linux only. Each part has a server of its own. ``--check`` exits with 1 where something leaks or hangs, or where a time
is ten times its bound: a shared machine may be slow, but not that slow.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.servers import REPOSITORY, Server, environment, free_port, mockcliq
from mockcliq.redaction import Redaction

KIB, MIB = 1024, 1024 * 1024
SECRET = "kilnglaze77Qx"
ZOHOS = "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"
_SLACK = 10


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, beside what it may be; a time may be more on a busy machine, a number may not."""

    what: str
    measured: float
    unit: str
    bound: float
    is_time: bool = True

    @property
    def verdict(self) -> str:
        if self.measured <= self.bound:
            return "held"
        return "slow" if self.is_time and self.measured <= _SLACK * self.bound else "GAVE WAY"

    def __str__(self) -> str:
        return f"{self.what:78} {self.measured:10.4g} {self.unit:6} <= {self.bound:6g}   {self.verdict}"


# The loop


_PROBE = """
import http.client, json, sys, time
port, token, tells = int(sys.argv[1]), sys.argv[2], sys.stdin
waits = []
import threading
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
connection = http.client.HTTPConnection("127.0.0.1", port)
print("probing", flush=True)
while not ended.is_set():
    for path, headers in (("/_mockcliq/health", {}), ("/api/v2/chats?limit=5", {"Authorization": "Bearer " + token})):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
        waits.append(time.perf_counter() - began)
    time.sleep(0.002)
print(json.dumps(waits))
"""


@contextmanager
def probed(port: int, token: str) -> Iterator[list[float]]:
    """Have another process ask for health and a list of another world meanwhile; gives how long each answer took."""
    waits: list[float] = []
    command = [sys.executable, "-c", _PROBE, str(port), token]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as probe:
        assert probe.stdout is not None
        probe.stdout.readline()
        yield waits
        told, _ = probe.communicate("")
        waits += json.loads(told)


def stalls(what: str, port: int, token: str, work: Callable[[], object]) -> Iterator[Row]:
    """How long others wait while something is done."""
    with probed(port, token) as waits:
        work()
    waits.sort()
    yield Row(f"{what}: others wait, 99th percentile", waits[len(waits) * 99 // 100] * 1000, "ms", 50)
    yield Row(f"{what}: others wait, at most", waits[-1] * 1000, "ms", 250)


def document(size: int) -> bytes:
    """A world's document of so many bytes."""
    each = {"id": "1700000000000_1000000", "sender": "1", "text": "x" * 60, "time": 1700000000000}
    count, chats = size // len(json.dumps(each)), []
    person = {"id": "1", "name": "Ada", "email": "ada@kiln.test"}
    for chat in range(count // 1000):
        said = [{**each, "id": f"1700000000000_{1_000_000 + at}"} for at in range(1000)]
        names = {"id": str(10**18 + chat), "type": "chat", "name": "Kiln", "creator": "1", "created": 1700000000000}
        chats.append({**names, "participants": [{"user": "1"}], "messages": said})
    return json.dumps({"mockcliq": 1, "users": [person], "chats": chats}).encode()


def loop() -> Iterator[Row]:
    """What takes long keeps nobody else waiting."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "big.db"
        server = stack.enter_context(mockcliq("--database", str(file), "--chats", "100000", "--rate-limit", "off"))
        http = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=600))
        token = http.post("/_mockcliq/worlds", json={"world": "documentation"}).json()["token"]

        def order(method: str, path: str, **arguments: Any) -> None:
            http.request(method, f"/_mockcliq{path}", **arguments).raise_for_status()

        yield from stalls("reset of 100,000 chats in a file", server.port, token, lambda: order("POST", "/reset"))
        order("POST", "/worlds", json={"id": "large", "world": "empty"})
        for what, method, path, content in (
            ("import of 15 MiB", "PUT", "/worlds/large/state", document(15 * MIB)),
            ("import of 8 MiB", "PUT", "/worlds/large/state", document(8 * MIB)),
            ("export of these 8 MiB", "GET", "/worlds/large/state", None),
        ):
            yield from stalls(what, server.port, token, _Order(http, method, path, content))
        _share_files(http, 15, 8 * MIB)
        for what, method, path in (
            ("snapshot of them with 120 MiB of files", "PUT", "/worlds/large/snapshots/one"),
            ("return to it", "POST", "/worlds/large/snapshots/one/restore"),
        ):
            yield from stalls(what, server.port, token, _Order(http, method, path, None))
        yield from _journal_stalls(http, server.port, token)


@dataclass(frozen=True, slots=True)
class _Order:
    http: httpx.Client
    method: str
    path: str
    content: bytes | None

    def __call__(self) -> None:
        self.http.request(self.method, f"/_mockcliq{self.path}", content=self.content).raise_for_status()


def _share_files(http: httpx.Client, count: int, size: int) -> None:
    token = http.post("/_mockcliq/worlds/large/tokens", json={}).raise_for_status().json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    chat = http.get("/api/v2/chats?limit=1", headers=bearer).json()["chats"][0]["chat_id"]
    for number in range(count):
        shared = {"files": (f"{number}.bin", b"x" * size)}
        http.post(f"/api/v2/chats/{chat}/files", headers=bearer, files=shared).raise_for_status()


def _journal_stalls(http: httpx.Client, port: int, token: str) -> Iterator[Row]:
    made = http.post("/_mockcliq/worlds", json={"id": "noisy", "world": "documentation"}).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    call = "/api/v2/chats/987000000654321/mute"
    body = b"a=%25252525252525&" * (64 * KIB // 18)
    for _ in range(100):
        http.post(call, content=body, headers=bearer)

    def read() -> None:
        http.get("/_mockcliq/worlds/noisy/requests").raise_for_status()

    yield from stalls("a journal of 100 bodies of 64 KiB is read", port, token, read)
    with ExitStack() as stack:
        for _ in range(100):
            follower = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            follower.sendall(b"GET /_mockcliq/worlds/noisy/requests/stream HTTP/1.1\r\nHost: x\r\n\r\n")
            # It follows from here on; a hundred requests that come at once are another thing.
            assert follower.recv(12) == b"HTTP/1.1 200"

        def calls() -> None:
            for _ in range(20):
                http.post(call, content=body, headers=bearer)

        yield from stalls("20 calls of 64 KiB with 100 followers, who do not read", port, token, calls)


# Growth


def growth() -> Iterator[Row]:
    """What redaction costs for 64 KiB, by what stands in them."""
    for name, piece in (
        ("percent signs", b"a=%25252525252525&"),
        ("names of secrets in JSON", b'"token=abcdefgh",'),
        ("names alone", b"name=a "),
        ("heads of parts", b"content-disposition: name=a "),
        ("backslashes", b"\\"),
        ("quotation marks", b'"'),
        ("brackets", b"[{"),
        ("colons", b"token: "),
        ("letters", b"a"),
        ("escapes", b"\\u0041"),
        ("a token's beginning", b"1000."),
        ("addresses", b"https://a:b@c "),
        ("elements of XML", b"<token>abcdefghijkl</token>"),
    ):
        body = piece * (64 * KIB // len(piece))
        costs = []
        for kind in ("", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"):
            began = time.process_time()
            redaction = Redaction()
            redaction.learn([(b"content-type", kind.encode())], b"", body)
            redaction.body(body, kind)
            costs.append(time.process_time() - began)
        yield Row(f"redaction of 64 KiB of {name}", max(costs) * 1000, "ms", 2 * 20)


# Secrets


def secrets() -> Iterator[Row]:
    """In how many of the places where somebody might put a secret it is shown."""
    names = ("client_secret", "refresh_token", "password", "zapikey", "api_key", "Authorization")
    forms = (
        '{{"{n}":"{s}"}}', '{{"a":[{{"b":{{"{n}":"{s}"}}}}]}}', '{{"payload":"{{\\"{n}\\":\\"{s}\\"}}"}}',
        "{n}={s}", "a=1&{n}={s}",
        "x={{%22{n}%22:%22{s}%22}}", "{n}: {s}", "<{n}>{s}</{n}>", '<a {n}="{s}"/>', "{n} = '{s}'", "{{'{n}': '{s}'}}",
        "https://user:{s}@kiln.test/", "curl -H '{n}: {s}' https://kiln.test", "%257B%2522{n}%2522:%2522{s}%2522%257D",
        '--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{s}\r\n--b--',
        '--b\r\nContent-Disposition: form-data;\r\n\tname="{n}"\r\n\r\n{s}\r\n--b--',
        "--b\r\nContent-Type: application/http\r\n\r\nGET / HTTP/1.1\r\nAuthorization: Bearer {s}\r\n\r\n--b--",
    )  # fmt: skip
    kinds = ("application/json", "multipart/mixed; boundary=b", "text/plain")
    shown = tried = 0
    with mockcliq("--world", "documentation", "--rate-limit", "off") as server:
        http = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60)
        for name in names:
            for form in forms:
                for secret in (SECRET, ZOHOS):
                    body = form.format(n=name, s=secret).encode()
                    for kind in kinds:
                        tried += 1
                        headers = {"Authorization": "Bearer 1000.mockcliq.owner", "Content-Type": kind}
                        answer = http.post("/api/v2/chats/987000000654321/mute", content=body, headers=headers)
                        number = answer.headers["x-mockcliq-request-id"]
                        told = http.get(f"/_mockcliq/requests/{number}").text
                        if secret in told or secret.replace(".", "\\u002e") in told:
                            shown += 1
                            print(f"  shown: {body!r} as {kind}")
    yield Row(f"secrets shown, of {tried} in bodies", shown, "", 0, is_time=False)


# Memory


def memory() -> Iterator[Row]:
    """What many worlds with full journals take."""
    limit = 32 * MIB
    with mockcliq("--world", "documentation", "--rate-limit", "off", "--journal-bytes", str(limit)) as server:
        http = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60)
        before = server.rss()
        for number in range(40):
            token = http.post("/_mockcliq/worlds", json={"id": f"w-{number}"}).json()["token"]
            for _ in range(30):
                http.post(
                    "/api/v2/chats/987000000654321/mute",
                    content=b"x" * 64 * KIB,
                    headers={"Authorization": f"Bearer {token}"},
                )
        used = http.get("/_mockcliq/server").json()["memory"]["journals"]["used"]
        yield Row("journals of 40 worlds with 1,200 bodies of 64 KiB: used", used / MIB, "MiB", 32, is_time=False)
        grown = (server.rss() - before) / MIB
        yield Row("memory that they, and 40 worlds, take", grown, "MiB", 2 * 32 + 40 * 1.5, is_time=False)


# The end


def end() -> Iterator[Row]:
    """How long a server takes to end amid what holds it."""
    large = document(15 * MIB)
    for what, path, content in (
        ("an import of 15 MiB", "/_mockcliq/state", large),
        ("an import of slow YAML", "/_mockcliq/state", b"- [a, b, c, d]\n" * 60_000),
    ):
        port = free_port()
        command = [sys.executable, "-m", "mockcliq", "serve", "--port", str(port), "--world", "empty"]
        server = Server(command, port, "/_mockcliq/ready")
        with ThreadPoolExecutor(1) as threads:
            asked = threads.submit(_put, port, path, content)
            time.sleep(0.3)
            began = time.perf_counter()
            server.stop()
            yield Row(f"from SIGTERM to the end amid {what}", time.perf_counter() - began, "s", 2)
            asked.result()


def _put(port: int, path: str, content: bytes) -> None:
    try:
        httpx.put(f"http://127.0.0.1:{port}{path}", content=content, timeout=60)
    except httpx.HTTPError:
        return  # it was broken off


# Files


_SECOND = """
import sys, mockcliq
first = mockcliq.start(database=sys.argv[1], world="documentation")
try:
    mockcliq.start(database=sys.argv[1])
except Exception:
    pass
open(sys.argv[1], "rb").read()
print("serving", flush=True)
sys.stdin.read()
"""


def files() -> Iterator[Row]:
    """How many servers get hold of a file that another one serves."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "kept.db")
        command = [sys.executable, "-c", _SECOND, file]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=REPOSITORY
        ) as first:
            assert first.stdout is not None
            first.stdout.readline()
            second = [sys.executable, "-m", "mockcliq", "serve", "--port", "0", "--database", file]
            try:
                refused = subprocess.run(second, check=False, env=environment(), cwd=REPOSITORY, timeout=10).returncode
            except subprocess.TimeoutExpired:
                refused = 0
            first.communicate()
    yield Row("servers that got hold of a file that another one serves", int(refused != 2), "", 0, is_time=False)


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    each.__name__: each for each in (growth, secrets, loop, memory, end, files)
}


def main(arguments: Sequence[str]) -> int:
    """Attack and print; returns the exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attack", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where something gave way")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what is attacked: {', '.join(PARTS)}")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts).difference(PARTS):
        parser.error(f"there is no part {min(unknown)}; there are {', '.join(PARTS)}")
    rows = []
    for part in options.parts or PARTS:
        for row in PARTS[part]():
            print(row, flush=True)
            rows.append(row)
    gave_way = sum(row.verdict == "GAVE WAY" for row in rows)
    print(f"{len(rows)} figures, {gave_way} of them gave way")
    return 1 if gave_way and options.check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
