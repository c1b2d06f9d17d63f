"""Whatever bytes come, in whatever pieces: answers that are HTTP, and documented; nothing smuggled, nothing left."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.processes import SERVE, Program, programs, until
from tests.profiles import examples
from tests.reference import SENTENCES
from tests.streams import End, Reply, Stream, exchange, replies
from tests.wire import request

CHAT = "/api/v2/chats/987000000654321"
PIN = b'{"id": "1573641936588_345281288778"}'
HIDDEN = request("POST", f"{CHAT}/leave", "Content-Length: 0")
"""Stands in bodies only: nobody asks for this."""

MIB = 1024 * 1024


class Server:
    """A server that serves, and what can be seen of it from outside."""

    def __init__(self, program: Program) -> None:
        self.port = program.port
        self._program = program
        self._process = Path("/proc") / str(program.pid)
        self.before = self.client()  # a connection that was there before
        self.serves_on()
        self._files = self.files

    def client(self) -> httpx.Client:
        """One that speaks with it as it should."""
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": "Bearer 1000.mockcliq.owner"},
            trust_env=False,
        )

    def serves_on(self) -> None:
        """It answers on an old connection and on a new one, and its log tells of TLS at most."""
        with self.client() as new:
            for each in (self.before, new):
                assert [row["chat_id"] for row in each.get("/api/v2/chats").json()["chats"]]
        assert [line for line in self._program.err.splitlines() if "a client speaks TLS" not in line] == []

    def nothing_was_smuggled(self) -> None:
        """No request was carried out that stood in the body of another."""
        assert self.before.get("/_mockcliq/requests?operation=leave_chat").json() == {"requests": []}

    @property
    def files(self) -> int:
        """How many it has open, connections among them."""
        return sum(1 for _ in (self._process / "fd").iterdir())

    @property
    def memory(self) -> int:
        """How many bytes it holds."""
        return int((self._process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def nothing_is_left(self) -> None:
        """Every connection but the old one is gone."""
        if self._process.exists():
            until(lambda: self.files <= self._files)


@pytest.fixture(scope="module")
def _process() -> Iterator[Server]:
    with programs() as start:
        program = start(*SERVE, "--world", "documentation", "--rate-limit", "off", env={"MOCKCLIQ_JOURNAL_SIZE": "500"})
        server = Server(program)
        yield server
        server.before.close()


@pytest.fixture
def server(_process: Server) -> Iterator[Server]:
    """The module's server at its start; that it is well afterwards is part of every test."""
    _process.before.post("/_mockcliq/reset").raise_for_status()  # bytes that chance made may ask for what is hidden
    yield _process
    _process.serves_on()
    _process.nothing_is_left()


# Requests of which we know what comes of them

ASKED: dict[str, tuple[int, bytes]] = {
    "list": (200, request("GET", "/api/v2/chats")),
    "list, a query": (200, request("GET", "/api/v2/chats?limit=1&drafts=false")),
    "list, by a whole URL": (200, request("GET", "http://cliq.zoho.com/api/v2/chats?limit=1")),
    "list, with a body": (200, request("GET", "/api/v2/chats", body=HIDDEN)),
    "list, no token": (401, request("GET", "/api/v2/chats", token=None)),
    "list, another type": (406, request("GET", "/api/v2/chats", "Accept: text/html")),
    "list, an upgrade": (200, request("GET", "/api/v2/chats", "Connection: Upgrade", "Upgrade: h2c")),
    "list, a large header": (200, request("GET", "/api/v2/chats", "X: " + "x" * 50_000)),
    "mute": (204, request("POST", f"{CHAT}/mute", "Content-Length: 0")),
    "mute, without a length": (204, request("POST", f"{CHAT}/mute")),
    "mute, a malformed chat": (400, request("POST", "/api/v2/chats/a.b/mute", body=HIDDEN)),
    "pin": (200, request("POST", f"{CHAT}/stickymessage", body=PIN)),
    "pin, an upgrade": (200, request("POST", f"{CHAT}/stickymessage", "Upgrade: h2c", "Connection: upgrade", body=PIN)),
    "pin, in chunks": (
        200,
        request("POST", f"{CHAT}/stickymessage", "Transfer-Encoding: chunked")
        + b"%x;name=%b\r\n%b\r\n0\r\nX-Trailer: yes\r\n\r\n" % (len(PIN), b"POST / HTTP/1.1", PIN),
    ),
    "pin, not JSON": (400, request("POST", f"{CHAT}/stickymessage", body=HIDDEN * 3)),
    "pin, too deep": (400, request("POST", f"{CHAT}/stickymessage", body=b"[" * 70_000)),
    "pin, too large": (400, request("POST", f"{CHAT}/stickymessage", body=HIDDEN * (MIB // len(HIDDEN) + 1))),
    "pin, compressed": (
        200,
        request("POST", f"{CHAT}/stickymessage", "Content-Encoding: gzip", body=gzip.compress(PIN, mtime=0)),
    ),
    "pin, not as compressed as it says": (
        400,
        request("POST", f"{CHAT}/stickymessage", "Content-Encoding: gzip", body=PIN),
    ),
    "pin, no token": (401, request("POST", f"{CHAT}/stickymessage", token=None, body=HIDDEN)),
    "pin, another's scope": (
        403,
        request("POST", f"{CHAT}/stickymessage", token="1000.mockcliq.readonly", body=HIDDEN),
    ),
    "pinned": (200, request("GET", f"{CHAT}/stickymessage")),
    "no method": (405, request("FOO", "/api/v2/chats")),
    "no method, a body": (405, request("MUTE", f"{CHAT}/mute", body=HIDDEN)),
    "a lower-case method": (405, request("get", "/api/v2/chats")),
    "a tunnel": (405, request("CONNECT", "/api/v2/chats")),
    "the head alone": (405, request("HEAD", "/api/v2/chats")),
    "no path": (404, request("GET", "/nowhere")),
    "no path, a body": (404, request("POST", "/nowhere", body=HIDDEN)),
    "no path, a body in chunks": (
        404,
        request("POST", "/nowhere", "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN),
    ),
    "health": (200, request("GET", "/_mockcliq/health")),
    "verify": (400, request("POST", "/_mockcliq/verify", "Content-Type: application/json", body=HIDDEN)),
    "a control route too few": (404, request("POST", "/_mockcliq/nowhere", body=HIDDEN)),
    "token": (200, request("POST", "/oauth/v2/token", body=b"grant_type=x&" + HIDDEN)),
    "consent": (400, request("GET", "/oauth/v2/auth?client_id=x")),
}
"""What is sent, and the status that answers it. Every body that means nothing is itself a request."""

STREAM = request("GET", "/_mockcliq/requests/stream")
"""What is answered without end."""


@st.composite
def pieces(draw: st.DrawFn, sent: bytes) -> list[bytes]:
    """Cut it anywhere: not at all, at some places, or into single bytes."""
    if len(sent) < 2000 and draw(st.integers(0, 9)) == 0:
        return [sent[at : at + 1] for at in range(len(sent))]
    # Small numbers are heads, and the ends of things.
    places = draw(st.lists(st.integers(0, min(len(sent), 300)) | st.integers(0, len(sent)), max_size=8))
    cuts = sorted({0, len(sent), *places})
    return [sent[start:end] for start, end in pairwise(cuts)]


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[list[str], Stream]:
    """Requests one behind the other, without waiting for answers, and their names."""
    names = draw(st.lists(st.sampled_from(sorted(ASKED)), min_size=1, max_size=draw(st.sampled_from([1, 2, 3, 8, 50]))))
    return names, Stream(draw(pieces(b"".join(ASKED[name][1] for name in names))))


@pytest.mark.hypothesis
@examples(50)
@given(st.lists(pipelines(), min_size=1, max_size=3))
def test_requests_are_answered_in_their_order_however_they_are_cut_and_mixed(
    server: Server, asked: list[tuple[list[str], Stream]]
) -> None:
    """Each by its own answer, and none that nobody asked for."""
    exchange(server.port, *(stream for _, stream in asked))
    for names, stream in asked:
        methods = [ASKED[name][1].strip().split()[0].decode() for name in names]
        came = replies(bytes(stream.came), methods)
        assert [each.status for each in came] == [ASKED[name][0] for name in names]
        for each, method in zip(came, methods, strict=True):
            assert_sane(each, method)
    server.nothing_was_smuggled()
    server.serves_on()


def assert_sane(reply: Reply, method: str = "GET") -> None:
    """An answer that somebody documented, whichever surface gave it."""
    assert reply.status < 500, reply
    if reply.status < 400 or method == "HEAD" or not reply.is_whole:
        return
    kind = reply.headers[b"content-type"].partition(b";")[0]
    if kind == b"application/problem+json":
        assert json.loads(reply.body)["status"] == reply.status
    elif kind == b"application/json" and "error" not in json.loads(reply.body):
        assert json.loads(reply.body) == {"message": SENTENCES[reply.status]}
    else:
        assert kind in (b"application/json", b"text/html"), reply


# Bodies that look like requests

_FRAMES = (
    "Content-Length: {size}",
    "content-length:{size}",
    "Content-Length: {size}\r\nContent-Length: {size}",
    "Content-Length: {size}, {size}",
    "Content-Length: 0\r\nContent-Length: {size}",
    "Content-Length: {size}\r\nContent-Length: 0",
    "Content-Length: 0\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 0",
    "Content-Length: {size}\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: identity\r\nContent-Length: {size}",
    "Transfer-Encoding: chunked",
    "TRANSFER-ENCODING:\tchunked",
    "Transfer-Encoding: Chunked\r\nExpect: 100-continue",
    "Content-Length: {size}\r\nExpect: 100-continue",
    "Content-Length: {size}\r\nConnection: close",
    "Content-Length: {size}\r\nUpgrade: websocket\r\nConnection: upgrade",
    "Transfer-Encoding: chunked\r\nUpgrade: h2c\r\nConnection: upgrade",
    "Content-Length: {size}\r\nX: a\r\n b",
    "Transfer-Encoding:\r\n chunked",
    "Content-Length:\r\n {size}",
    "Content-Length: +{size}",
    "Content-Length: -{size}",
    "Content-Length: 0x{size:x}",
    "Content-Length: {size}.0",
    "Content-Length: {size} 0",
    "Content-Length : {size}",
    "Content-Length: 999999999999999999999999",
    "Content-Length: 9223372036854775808",
    "Content-Length: 18446744073709551616",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: \x0bchunked",
    "X: y\x00\r\nContent-Length: {size}",
)
"""Ways to say where a body ends: right ones and wrong ones, after none of which it may be taken for a request."""

_TARGETS = (
    *("/api/v2/chats", f"{CHAT}/mute", f"{CHAT}/stickymessage", "/nowhere", "/_mockcliq/verify", "/_mockcliq/reset"),
    *("/oauth/v2/token", "/docs", "/_mockcliq/nowhere", "http://x/api/v2/chats", "*", "/api/v2/chats/%0D%0A/mute"),
)


@pytest.mark.hypothesis
@given(
    data=st.data(),
    method=st.sampled_from(["POST", "GET", "PUT", "DELETE", "OPTIONS", "FOO", "M-SEARCH", "CONNECT"]),
    target=st.sampled_from(_TARGETS),
    version=st.sampled_from(["1.1", "1.0"]),
    frame=st.sampled_from(_FRAMES),
    token=st.sampled_from(["1000.mockcliq.owner", "1000.mockcliq.readonly", None]),
    before=st.sampled_from([b"", b"\r\n", b"x=", b"\r\n\r\n", b"0\r\n\r\n", b"{", b"\0"]),
    times=st.sampled_from([1, 2, 30, 700]),
)
def test_no_body_is_ever_carried_out_as_a_request(
    server: Server,
    data: st.DataObject,
    method: str,
    target: str,
    version: str,
    frame: str,
    token: str | None,
    before: bytes,
    times: int,
) -> None:
    """Whether the request around it is served or refused, and wherever the two are torn."""
    body = before + HIDDEN * times
    if "chunked" in frame.lower() and "xchunked" not in frame:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        assume(not (before == b"0\r\n\r\n" and "gzip" in frame))
    head = request(method, target, *frame.format(size=len(body)).split("\r\n"), token=token)
    head = head.replace(b"HTTP/1.1", f"HTTP/{version}".encode(), 1)
    stream = Stream([*data.draw(pieces(head)), *data.draw(pieces(body))])
    exchange(server.port, stream)
    came = [each for each in replies(bytes(stream.came), [method]) if each.status != 100]
    assert len(came) <= 1, came
    for each in came:
        assert_sane(each)
    server.nothing_was_smuggled()


# Anything

_JUNK = (
    *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b"\x0b", b"\x7f", b"\xff", b"\x80\xc0\xaf", b":", b"%"),
    *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 18446744073709551617\r\n", b"Host: y\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"transfer-encoding: gzip\r\n", b"Expect: 100-continue\r\n", b" folded\r\n"),
    *(b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Upgrade: h2c\r\nConnection: upgrade\r\n", b"X\r\n"),
    *(
        b"Expect: nonsense\r\n",
        b"Accept: \xff\r\n",
        b"Origin: null\r\n",
        b"Prefer: code=500x\r\n",
        b"Cookie: a=b\r\n" * 200,
    ),
    *(
        b"X: " + b"x" * 70_000 + b"\r\n",
        b"X: y\r\n" * 5_000,
        b"ffffffffffffffffff\r\n",
        b"-1\r\n",
        b"5;x\r\nabcde\r\n",
        b"0\r\n",
    ),
    *(b"HTTP/0.9", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.9", b"http/1.1", b"%25" * 9_000, b"/" * 9_000, b"?" * 9_000),
    *(b"?limit=" + b"9" * 60_000, b"&a=b" * 9_000, b"[" * 70_000, b'{"id":' * 9_000, HIDDEN),
)
_NOT_HTTP = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 600,  # TLS
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
    b"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c",  # the PROXY protocol's second version
    b"GET /\r\n",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"\x05\x01\x00",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET api/v2/chats HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n",
    b"GET /api/v2/chats HTTP/1.1\r\n\r\n",
    b"GET /" + b"x" * 300_000,
    b"G" * 300_000,
    b"\r\n" * 50_000,
)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A request that chance has been at, or something else altogether."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(_NOT_HTTP) | st.binary(max_size=200))
    # What answers HEAD can only be read by who knows that it was asked.
    sent = draw(st.sampled_from([wire for _, wire in ASKED.values() if not wire.startswith(b"HEAD")]))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, min(len(sent), 400)))
        match draw(st.sampled_from(["flip", "cut", "twice", "junk", "line"])):
            case "flip":
                sent = (
                    sent[:at]
                    + bytes(byte ^ 1 << draw(st.integers(0, 7)) for byte in sent[at : at + 1])
                    + sent[at + 1 :]
                )
            case "cut":
                sent = sent[:at] + sent[at + draw(st.integers(0, 60)) :]
            case "twice":
                sent = sent[:at] + sent[at : at + draw(st.integers(0, 200))] + sent[at:]
            case "junk":
                sent = sent[:at] + draw(st.sampled_from(_JUNK)) + sent[at:]
            case _:
                line = sent.find(b"\r\n", at) + 2  # the beginning of one, or of everything
                sent = sent[:line] + draw(st.sampled_from(_JUNK)) + sent[line:]
    return sent


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """A pipeline of such, and how its client ends it."""
    sent = b"".join(draw(st.lists(spoiled(), min_size=1, max_size=4)))
    return Stream(draw(pieces(sent)), draw(st.sampled_from(End)))


@pytest.mark.hypothesis
@examples(200)
@given(st.lists(streams(), min_size=1, max_size=3))
def test_whatever_bytes_come_what_answers_is_http_and_documented(server: Server, sent: Sequence[Stream]) -> None:
    """And the next request is served, on a new connection and on one that was open all the while."""
    exchange(server.port, *sent)
    for stream in sent:
        if stream.end is End.HALF_CLOSE:
            for reply in replies(bytes(stream.came)):
                event(str(reply.status))
                assert_sane(reply)
    server.serves_on()


@pytest.mark.slow
@pytest.mark.hypothesis
@given(
    data=st.data(),
    sent=st.sampled_from([*(wire for _, wire in ASKED.values()), STREAM]),
    end=st.sampled_from([End.CLOSE, End.RESET]),
)
def test_a_client_that_goes_in_the_middle_leaves_nothing_behind(
    server: Server, data: st.DataObject, sent: bytes, end: End
) -> None:
    upto = data.draw(st.integers(0, min(len(sent), 400)) | st.integers(0, len(sent)) | st.just(len(sent)))
    exchange(server.port, Stream(data.draw(pieces(sent[:upto])), end))
    server.serves_on()


def test_memory_does_not_grow_with_what_was_refused(server: Server) -> None:
    """Measured once it has seen each kind; the journal is full by then."""

    def round_of_all() -> None:
        for _, wire in ASKED.values():
            exchange(server.port, *(Stream([wire]) for _ in range(20)))
        for junk in _JUNK:
            exchange(server.port, *(Stream([request("GET", "/")[:16] + junk]) for _ in range(20)))
        for wire in _NOT_HTTP:
            exchange(server.port, *(Stream([wire]) for _ in range(20)))

    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc")
    round_of_all()
    before = server.memory
    round_of_all()
    assert server.memory - before < 32 * MIB
