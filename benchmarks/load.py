"""The load generator: prebuilt requests on kept-alive connections, every answer checked.

It does as little as it can between an answer and the next request, so that what it measures is the server.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter

_TIMEOUT_S = 30
_LARGEST_ANSWER = 1024 * 1024
_END_OF_HEAD = b"\r\n\r\n"


class WrongAnswer(Exception):
    """A server answered something else than it should; its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire, and the answer that it must get.

    Attributes:
        wire: All its bytes.
        answered_by: How the answer begins.
        length: How long the answer's body is.
    """

    wire: bytes
    answered_by: bytes
    length: int

    @classmethod
    def to(cls, line: str, status: int, length: int, token: str, body: bytes = b"") -> Request:
        """A request with the headers that common clients send.

        Args:
            line: Method and path.
            status: What it must be answered by.
            length: The length that the answer's body must have.
            token: For its Authorization header.
            body: What it sends, as JSON.
        """
        head = (
            f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: benchmarks/1\r\nAccept: */*\r\n"
            f"Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\nAuthorization: Bearer {token}\r\n"
        )
        if line.startswith(("POST", "PUT")):
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return cls(f"{head}\r\n".encode() + body, b"HTTP/1.1 %d " % status, length)


def fetch(port: int, request: Request) -> bytes:
    """The body of one answer, of whatever length."""
    with _connection(port) as connection:
        connection.sendall(request.wire.replace(b"Connection: keep-alive", b"Connection: close"))
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(_END_OF_HEAD)
    if not head.startswith(request.answered_by):
        raise WrongAnswer(f"{request.wire!r} was answered by {answer[:300]!r}")
    return body


Connect = Callable[[int], AbstractContextManager[socket.socket]]
"""Opens a connection to a port, for as long as it is needed."""


def plainly(port: int) -> AbstractContextManager[socket.socket]:
    """By HTTP."""
    return _connection(port)


def by_tls(context: ssl.SSLContext) -> Connect:
    """By https, trusting what a context trusts."""

    @contextmanager
    def connect(port: int) -> Iterator[socket.socket]:
        with _connection(port) as plain, context.wrap_socket(plain, server_hostname="localhost") as secured:
            yield secured

    return connect


def by_proxy(context: ssl.SSLContext) -> Connect:
    """By https, behind a CONNECT to a proxy."""
    host = "cliq.zoho.com"

    @contextmanager
    def connect(port: int) -> Iterator[socket.socket]:
        with _connection(port) as plain:
            plain.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            answer = plain.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise WrongAnswer(f"CONNECT was answered by {answer!r}")
            with context.wrap_socket(plain, server_hostname=host) as secured:
                yield secured

    return connect


def one_by_one(port: int, requests: Sequence[Request], times: int, connect: Connect = plainly) -> list[float]:
    """Send these requests in turn, so many times, on one connection, each as soon as the last one is answered.

    Returns:
        The seconds that each of them took, all times together.
    """
    answer = bytearray(_LARGEST_ANSWER)
    room = memoryview(answer)
    seconds = [0.0] * len(requests)
    turns = list(enumerate(requests))
    with connect(port) as connection:
        send, receive = connection.send, connection.recv_into
        for _ in range(times):
            for turn, request in turns:
                began = perf_counter()
                send(request.wire)
                size = receive(answer)
                while not _is_whole(answer, size, request):
                    size += _received(receive(room[size:]))
                seconds[turn] += perf_counter() - began
    return seconds


def side_by_side(port: int, request: Request, connections: int, times: int) -> tuple[float, list[float]]:
    """Send a request so many times in all over several connections, on each as soon as the last one is answered.

    Returns:
        The seconds that all of them took together, and those that each had to wait.
    """
    waits = []
    connections = min(connections, times)
    to_send, to_come = times - connections, times
    with ExitStack() as stack:
        clients = [stack.enter_context(_connection(port)) for _ in range(connections)]
        answers = {client.fileno(): (client, bytearray(_LARGEST_ANSWER)) for client in clients}
        sizes = dict.fromkeys(answers, 0)
        poller = stack.enter_context(select.epoll())
        for client in clients:
            poller.register(client, select.EPOLLIN)
        began = perf_counter()
        sent = dict.fromkeys(answers, began)
        for client in clients:
            client.send(request.wire)
        while to_come:
            ready = poller.poll(_TIMEOUT_S)
            if not ready:
                raise WrongAnswer(f"no whole answer within {_TIMEOUT_S} s")
            for file, _ in ready:
                client, answer = answers[file]
                size = sizes[file]
                size += _received(client.recv_into(memoryview(answer)[size:] if size else answer))
                if _is_whole(answer, size, request):
                    size = 0
                    to_come -= 1
                    now = perf_counter()
                    waits.append(now - sent[file])
                    if to_send:
                        to_send -= 1
                        sent[file] = now
                        client.send(request.wire)
                sizes[file] = size
        return perf_counter() - began, waits


@contextmanager
def idle(port: int, request: Request, connections: int) -> Iterator[None]:
    """Keep so many connections open, on each of which one request has been answered and no other follows."""
    answer = bytearray(_LARGEST_ANSWER)
    with ExitStack() as stack:
        for _ in range(connections):
            client = stack.enter_context(_connection(port))
            client.send(request.wire)
            size = 0
            while not _is_whole(answer, size, request):
                size += _received(client.recv_into(memoryview(answer)[size:]))
        yield


@contextmanager
def _connection(port: int) -> Iterator[socket.socket]:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield connection
    except OSError as error:
        raise WrongAnswer(f"a connection failed: {error}") from error


def _received(size: int) -> int:
    if not size:
        raise WrongAnswer("the server closed the connection")
    return size


def _is_whole(answer: bytearray, size: int, request: Request) -> bool:
    """Whether so many bytes are all of the answer.

    Raises:
        WrongAnswer: It has another status, or more bytes than it should.
    """
    end = answer.find(_END_OF_HEAD, 0, size)
    if end < 0:
        return False
    missing = request.length - (size - end - len(_END_OF_HEAD))
    if missing < 0 or not answer.startswith(request.answered_by):
        raise WrongAnswer(f"{request.wire!r} was answered by {bytes(answer[: min(size, 300)])!r}")
    return missing == 0
