"""Bytes sent to a server in pieces on several connections at once, and the answers that come, read strictly."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import h11

from tests.processes import PATIENCE_S

_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: on, and no time."""
_AT_ONCE = 1 << 16
_WORTH_TELLING = 2000


class End(Enum):
    """How a client ends a connection once it has sent everything."""

    HALF_CLOSE = "it says no more, and reads what comes"
    CLOSE = "it goes, whatever comes"
    RESET = "it goes by a TCP reset"


@dataclass(repr=False)
class Stream:
    """One connection: what is sent on it, and what came back until the server closed it."""

    pieces: Sequence[bytes]
    end: End = End.HALF_CLOSE
    came: bytearray = field(default_factory=bytearray)

    def __repr__(self) -> str:
        sent, came = _told(b"".join(self.pieces)), _told(bytes(self.came))
        return f"Stream({sent} in {len(self.pieces)} pieces; {self.end.value}; came {came})"


@dataclass(frozen=True)
class Reply:
    """One answer as an h11 client reads it; ``is_whole`` unless the connection ended in the middle of it."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    is_whole: bool = True


def exchange(port: int, *streams: Stream) -> None:
    """Send them all, a piece of each in turn, reading all the while; returns when every connection is over."""
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for stream in streams:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(0)
            pending = [piece[at : at + _AT_ONCE] for piece in stream.pieces for at in range(0, len(piece), _AT_ONCE)]
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, (stream, pending[::-1]))
        end = time.monotonic() + PATIENCE_S
        while selector.get_map():
            assert time.monotonic() < end, f"a connection does not end: {streams}"
            for key, events in selector.select(1):
                ready, (stream, pending) = key.fileobj, key.data
                assert isinstance(ready, socket.socket)
                if (events & selectors.EVENT_READ and not _read(ready, stream)) or (
                    events & selectors.EVENT_WRITE and not _wrote(ready, stream, pending, selector)
                ):
                    selector.unregister(ready)
                    ready.close()


def _told(data: bytes) -> str:
    return repr(data) if len(data) < _WORTH_TELLING else f"{data[:_WORTH_TELLING]!r}... ({len(data)} bytes)"


def _read(connection: socket.socket, stream: Stream) -> bool:
    """Take in what came; tells whether more may."""
    try:
        chunk = connection.recv(1 << 20)
    except BlockingIOError:
        return True
    except OSError:
        return False
    stream.came += chunk
    return bool(chunk)


def _wrote(connection: socket.socket, stream: Stream, pending: list[bytes], selector: selectors.BaseSelector) -> bool:
    """Send the next piece, or what says that there is none; tells whether to read on."""
    if pending:
        with contextlib.suppress(BlockingIOError):
            try:
                sent = connection.send(pending[-1])
            except (BrokenPipeError, ConnectionResetError):
                pending.clear()  # the server has said its last word; it may still be there to be read
                return True
            pending[-1] = pending[-1][sent:]
            if not pending[-1]:
                pending.pop()
        return True
    if stream.end is End.HALF_CLOSE:
        selector.modify(connection, selectors.EVENT_READ, (stream, pending))
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        return True
    if stream.end is End.RESET:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return False


def replies(came: bytes, methods: Iterable[str] = ()) -> list[Reply]:
    """The answers in these bytes; raises where they are not HTTP to the letter.

    Args:
        came: All that came on a connection, to its end.
        methods: Of the requests that they answer, in order; GET from where they end.
    """
    found: list[Reply] = []
    asked = iter(methods)
    while came:
        reply, came = _reply(came, next(asked, "GET"))
        found.append(reply)
    return found


def _reply(came: bytes, method: str) -> tuple[Reply, bytes]:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(came)
    head: h11.Response | None = None
    body = b""
    while not isinstance(event := client.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif event is h11.NEED_DATA:
            # The connection ended here, as that of a client does that went before it was answered.
            assert head is not None, came
            return Reply(head.status_code, dict(head.headers), body, is_whole=False), b""
        else:
            assert isinstance(event, h11.InformationalResponse), event
    assert head is not None
    assert len(dict(head.headers)) == len(head.headers), head.headers
    return Reply(head.status_code, dict(head.headers), body), client.trailing_data[0]
