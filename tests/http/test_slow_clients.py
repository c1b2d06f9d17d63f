"""Clients that are slow, or never come to an end: nobody waits for them, no memory fills, and they are given up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from mockcliq.app import create_app
from mockcliq.http.limits import Timeouts
from mockcliq.http.listeners import Listeners, listen
from mockcliq.http.server import Server
from mockcliq.settings import Settings
from tests.answers import assert_refused, reason_of
from tests.conftest import Running
from tests.processes import until
from tests.streams import Stream, exchange, replies
from tests.wire import Wire, connected, request

pytestmark = pytest.mark.slow

LIST = request("GET", "/api/v2/chats")
PIN_PATH = "/api/v2/chats/987000000654321/stickymessage"
MIB = 1024 * 1024
HASTE_S = 0.3
"""How long a hasty server waits for the rest of a request."""


@contextmanager
def patient_for(timeouts: Timeouts) -> Iterator[Running]:
    """A server that waits for its clients so long."""
    with listen("127.0.0.1", 0) as listening:
        ready = threading.Event()
        app = create_app(Settings(world="documentation", rate_limit=False))
        server = Server(app, Listeners(listening), ready.set, timeouts)
        thread = threading.Thread(target=server.run_until_told)
        thread.start()
        try:
            assert ready.wait(30)
            port = listening.getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                yield Running(port, client)
        finally:
            server.stop()
            thread.join()


@pytest.fixture(scope="module")
def _hasty() -> Iterator[Running]:
    with patient_for(Timeouts(request=HASTE_S)) as server:
        yield server


@pytest.fixture
def hasty(_hasty: Running) -> Running:
    """A server that waits not long for the rest of a request."""
    _hasty.start_over()
    return _hasty


def assert_given_up(wire: Wire) -> None:
    """The client is told so, and hung up on."""
    answer = wire.answer()
    assert_refused(answer, 400)
    assert reason_of(answer).startswith("request_unfinished")
    assert wire.is_over()


def its_time_is_over(server: Running) -> None:
    """Return when a request that began now has been given up."""
    with connected(server.port) as wire:
        wire.send(LIST[:30])
        assert_given_up(wire)


UNFINISHED = {
    "a byte": b"G",
    "a first line": b"GET /api/v2/chats HTTP/1.1\r\n",
    "a head without its end": LIST[:-2],
    "a head behind another request": LIST + LIST[:-2],
    "a head behind a body": request("GET", "/api/v2/chats", body=b"{}") + LIST[:-2],
    "a body, announced": request("POST", PIN_PATH, "Content-Length: 35"),
    "a body, begun": request("POST", PIN_PATH, "Content-Length: 35") + b'{"id": ',
    "a body in chunks": request("POST", PIN_PATH, "Transfer-Encoding: chunked") + b"7\r\n" + b'{"id": ',
    "a trailer": request("POST", PIN_PATH, "Transfer-Encoding: chunked") + b"0\r\nX: y\r\n",
    "a body that is asked for": request("POST", PIN_PATH, "Content-Length: 35", "Expect: 100-continue"),
    "a body for the control API": request("PUT", "/_mockcliq/state", "Content-Length: 35") + b"{",
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_a_request_that_does_not_end_is_refused_in_the_end(what: str, hasty: Running) -> None:
    with connected(hasty.port) as wire:
        wire.send(UNFINISHED[what])
        if "behind" in what:
            assert wire.answer().status_code == 200
        if "asked for" in what:
            assert wire.answer().status_code == 100
        assert_given_up(wire)


def test_a_byte_now_and_then_does_not_buy_more_time(hasty: Running) -> None:
    """Neither in the head nor in the body."""
    for sent in (LIST[:30], request("POST", PIN_PATH, "Content-Length: 100000")):
        with connected(hasty.port) as wire:
            wire.send(sent)
            while wire.is_waiting(0.005):  # a head of more than 64 KiB would be refused as such
                wire.send(b"a")
            assert_given_up(wire)


def test_a_body_that_nobody_wanted_has_to_end_as_well(hasty: Running) -> None:
    """Its request has been answered, so there is no more to say."""
    for frame in ("Content-Length: 100000", "Transfer-Encoding: chunked"):
        with connected(hasty.port) as wire:
            wire.send(request("POST", PIN_PATH, frame, token=None))
            assert_refused(wire.answer(), 401)
            assert wire.is_over()


@pytest.mark.parametrize("size", [1, 7, 40, 400])
def test_who_comes_to_an_end_in_time_is_served_on_and_on(size: int, hasty: Running) -> None:
    """The time begins anew with each request; between two of them it stands still."""
    body = b'{"id": "1573641936588_345281288778"}'

    def is_served() -> bool:
        """By a client that is in time each time; a busy machine may make it too late."""
        with connected(hasty.port) as wire:
            for _ in range(3):
                for message in (LIST, request("POST", PIN_PATH, body=body)):
                    began = time.monotonic()
                    wire.send(*(message[at : at + size] for at in range(0, len(message), size)))
                    status = wire.answer().status_code
                    if time.monotonic() - began >= HASTE_S:
                        return False
                    assert status == 200
                its_time_is_over(hasty)
        return True

    until(is_served)


def test_an_answer_may_take_as_long_as_it_likes(hasty: Running) -> None:
    """The time is the client's only; so is the silence of a rule that says nothing, whatever is owed."""
    for name in ("list_direct_chats", "pin_message"):
        hasty.control("POST", "/faults", json={"match": {"operation": name}, "then": {"connection": "hang"}})
    with connected(hasty.port) as whole, connected(hasty.port) as owing:
        whole.send(LIST)
        owing.send(request("POST", PIN_PATH, "Content-Length: 35"), b"{")
        its_time_is_over(hasty)
        its_time_is_over(hasty)
        assert whole.is_waiting()
        assert owing.is_waiting()


def test_an_idle_connection_is_closed_after_a_while_and_one_that_never_asked_is_not() -> None:
    with patient_for(Timeouts(idle=0.2)) as server, connected(server.port) as new, connected(server.port) as idle:
        idle.send(LIST, LIST)
        for _ in range(2):
            assert idle.answer().status_code == 200
        assert idle.is_over()
        new.send(LIST)
        assert new.answer().status_code == 200


def test_slow_clients_keep_nobody_waiting(hasty: Running) -> None:
    """Two hundred of them, each in the middle of something; and all are given up."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(hasty.port)) for _ in range(200)]
        for number, wire in enumerate(slow):
            wire.send((LIST[:-1], request("POST", PIN_PATH, "Content-Length: 35") + b"{")[number % 2])
        for _ in range(20):
            assert len(hasty.as_("owner").chats()) == 1
        for wire in slow:
            assert_given_up(wire)


def test_who_says_no_more_gets_the_answers_to_what_was_said(hasty: Running) -> None:
    """As netcat does, and old clients that so mark the end of what they send."""
    body = b'{"id": "1573641936588_345281288778"}'
    for message, count in (
        (LIST, 1),
        (request("POST", PIN_PATH, body=body), 1),
        (request("POST", PIN_PATH, "Transfer-Encoding: chunked") + b"24\r\n" + body + b"\r\n0\r\n\r\n", 1),
        (LIST * 40, 40),
    ):
        stream = Stream([message])
        exchange(hasty.port, stream)
        assert [each.status for each in replies(bytes(stream.came))] == [200] * count


def test_the_server_ends_well_amid_those_that_it_has_refused() -> None:
    """Who does not hang up, and does not read, is not waited for; what was refused midway is no trouble."""
    with ExitStack() as stack, patient_for(Timeouts()) as server:
        for sent in (
            request("POST", PIN_PATH, "Content-Length: 3", "Transfer-Encoding: chunked"),
            request("POST", PIN_PATH, "Transfer-Encoding: chunked") + b"zz\r\n",
            LIST + request("GET", "/", "X: \0"),
            *UNFINISHED.values(),
        ):
            wire = stack.enter_context(connected(server.port))
            wire.send(sent)
        assert server.as_("owner").get("/chats").status_code == 200


def test_who_says_no_more_while_requests_wait_their_turn_gets_all_the_answers(hasty: Running) -> None:
    """Whatever comes first, the end of what is sent or that of an answer; so it is tried often."""
    first = request("POST", PIN_PATH, body=b"{" * 400)
    for _ in range(200):
        stream = Stream([first[:-300], first[-300:] + LIST * 3])
        exchange(hasty.port, stream)
        assert [each.status for each in replies(bytes(stream.came))] == [400, 200, 200, 200]


ENDLESS = {
    "headers": request("GET", "/")[:-2] + b"X: yyyyyyyyyyyyyyyy\r\n" * 500_000,
    "a header's value": request("GET", "/")[:-2] + b"X: " + b"y" * 10 * MIB,
    "a header's name": request("GET", "/")[:-2] + b"y" * 10 * MIB,
    "a target": b"GET /" + b"y" * 10 * MIB,
    "a method": b"G" * 10 * MIB,
    "cookies": request("GET", "/")[:-2] + b"Cookie: " + b"a=b; " * 2 * MIB,
    "trailers": request("POST", PIN_PATH, "Transfer-Encoding: chunked")
    + b"0\r\n"
    + b"X: yyyyyyyyyyyyyyyy\r\n" * 500_000,
    "a chunk's extension": request("POST", PIN_PATH, "Transfer-Encoding: chunked") + b"1;" + b"y" * 10 * MIB,
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_has_no_end_is_refused_before_it_fills_the_memory(what: str, demo: Running) -> None:
    """The client, which sends on, is there to see it."""
    stream = Stream([ENDLESS[what]])
    exchange(demo.port, stream)
    (reply,) = replies(bytes(stream.came))
    assert reply.status == 400
    assert reply.headers[b"x-mockcliq-reason"].startswith((b"head_too_large", b"malformed_request"))


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (request("GET", "/api/v2/chats", "X: " + "y" * 65_000), 200),
        (request("GET", "/api/v2/chats", "X: " + "y" * 66_000), 400),
        (request("GET", "/api/v2/chats?x=" + "y" * 65_000), 200),
        (request("GET", "/api/v2/chats?x=" + "y" * 66_000), 400),
        (request("GET", "/api/v2/chats", *(["X: y"] * 98)), 200),
        (request("GET", "/api/v2/chats", *(["X: y"] * 99)), 400),
    ],
    ids=["64 KB header", "66 KB header", "64 KB target", "66 KB target", "100 headers", "101 headers"],
)
def test_a_head_has_a_size_whichever_way_it_comes(message: bytes, status: int, demo: Running) -> None:
    """In one piece, in many, or behind another request."""
    for pieces in ([message], [message[at : at + 1000] for at in range(0, len(message), 1000)], [LIST, message]):
        stream = Stream(pieces)
        exchange(demo.port, stream)
        reply = replies(bytes(stream.came))[-1]
        assert reply.status == status
        if status == 400:
            assert reply.headers[b"x-mockcliq-reason"].startswith(b"head_too_large")


def test_a_client_that_reads_no_answers_is_not_read_from_for_long(demo: Running) -> None:
    """It gets them once it reads; others are served meanwhile."""
    demo.control("PUT", "/limits", json={"threshold": 1_000_000})
    with socket.create_connection(("127.0.0.1", demo.port)) as connection:
        connection.settimeout(0.5)
        sent = 0
        while True:
            try:
                sent += connection.send((LIST * 1000)[sent % len(LIST) :])
            except TimeoutError:
                break
            assert sent < 64 * MIB, "it is read from for ever"
        assert demo.as_("owner").get("/chats").status_code == 200
        connection.settimeout(30)
        came = b""
        while came.count(b"HTTP/1.1 200 OK") < 100:
            came += connection.recv(MIB)
