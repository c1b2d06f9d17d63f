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
    has_ended = False
    """Whether no more is read here."""

    def __init__(self, connections: set[Any]) -> None:
        self._connections = connections
        self._peer: Relay | None = None
        self._early = b""
        """What was read before there was another end: a host may speak first."""
        self._is_lost = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        self.transport = transport
        self._connections.add(self)

    def join(self, peer: Relay) -> None:
        """Pass on to the other end what is read here, and what was until now."""
        self._peer = peer
        if self._early:
            peer.transport.write(self._early)
        if self._is_lost:
            peer.transport.close()
        elif self.has_ended:
            self._pass_end_on(peer)

    def data_received(self, data: bytes) -> None:
        if self._peer is None:
            self._early += data
        else:
            self._peer.transport.write(data)

    def eof_received(self) -> bool:
        """Pass the end on; the other direction stays open, unless it has ended as well."""
        self.has_ended = True
        return self._peer is None or self._pass_end_on(self._peer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._is_lost = True
        if self._peer is None:
            return
        if exc is None:
            self._peer.transport.close()
        else:
            self._peer.transport.abort()

    def pause_writing(self) -> None:
        if self._peer is not None:
            self._peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._peer is not None:
            self._peer.transport.resume_reading()

    def shutdown(self) -> None:
        """End it with the server."""
        self.transport.abort()

    def _pass_end_on(self, peer: Relay) -> bool:
        if peer.has_ended:
            peer.transport.close()
            return False
        peer.transport.write_eof()
        return True
