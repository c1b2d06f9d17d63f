"""Bytes between two connections, as they come: what the proxy lets through."""

from __future__ import annotations

import asyncio
from typing import Any


class Relay(asyncio.Protocol):
    """One end: writes what it reads to the other, no faster than that takes it, and ends with it.

    Args:
        connections: The server's, among which it stands as long as it is open.
    """

    transport: asyncio.Transport
    peer: Relay | None = None
    """The other end; None until it is there."""
    has_ended = False
    """Whether no more is read here."""

    def __init__(self, connections: set[Any]) -> None:
        self._connections = connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        self.transport = transport
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._other.transport.write(data)

    def eof_received(self) -> bool:
        """Pass the end on; the other direction stays open, unless it has ended as well."""
        self.has_ended = True
        if self._other.has_ended:
            self._other.transport.close()
            return False
        self._other.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self.peer is None:
            return
        if exc is None:
            self.peer.transport.close()
        else:
            self.peer.transport.abort()

    def pause_writing(self) -> None:
        self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        self._other.transport.resume_reading()

    def shutdown(self) -> None:
        """End it with the server."""
        self.transport.abort()

    @property
    def _other(self) -> Relay:
        assert self.peer is not None
        return self.peer
