"""HTTP by the byte: what a well-behaved client would never send, and when it arrives."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader

import httpx

_PATIENCE_S = 5
_OWNER = "1000.mockcliq.owner"


class Wire:
    """One connection to a server."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._incoming: BufferedReader = connection.makefile("rb")

    def send(self, *chunks: bytes) -> None:
        """Send these bytes, in as many segments."""
        for chunk in chunks:
            self._socket.sendall(chunk)

    def answer(self, *, has_body: bool = True) -> httpx.Response:
        """Read the next answer; of one to HEAD there is no body to read."""
        status_line = self._incoming.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        headers = []
        while (line := self._incoming.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            headers.append((name, value.strip()))
        answer = httpx.Response(int(status_line.split()[1]), headers=headers)
        length = int(answer.headers.get("Content-Length", "0")) if has_body else 0
        return httpx.Response(answer.status_code, headers=headers, content=self._incoming.read(length))

    def line(self) -> bytes:
        """Read the next line of an answer that goes on."""
        return self._incoming.readline()

    def is_over(self) -> bool:
        """Whether the server has closed the connection, with nothing left to read."""
        try:
            return self._incoming.read(1) == b""
        except ConnectionResetError:
            return True

    def rest(self) -> tuple[bytes, str]:
        """What is left to read, and by what the server ends it: FIN, after its last byte, or RST."""
        read = b""
        try:
            while chunk := self._incoming.read1():
                read += chunk
        except ConnectionResetError:
            return read, "RST"
        return read, "FIN"

    def is_waiting(self, for_s: float = 0) -> bool:
        """Whether the server has neither sent anything since nor closed the connection; it is given so long."""
        return select.select([self._socket], [], [], for_s)[0] == []

    def hang_up(self) -> None:
        """Close the connection."""
        self._incoming.close()
        self._socket.close()


@contextmanager
def connected(port: int) -> Iterator[Wire]:
    """A connection to the server on that port."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    wire = Wire(connection)
    try:
        yield wire
    finally:
        wire.hang_up()


def request(method: str, target: str, *headers: str, token: str | None = _OWNER, body: bytes = b"") -> bytes:
    """A request as it goes over the wire, with the owner's token; the length of a body is announced."""
    lines = [f"{method} {target} HTTP/1.1", "Host: cliq.test", *headers]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + body
