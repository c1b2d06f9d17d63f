"""Bytes between two connections, as they come: what the proxy lets through."""

from __future__ import annotations

import asyncio


class Relay(asyncio.Protocol):
    """One end: writes what it reads to the other, no faster than that takes it, and ends with it.

    Args:
        peer: The other end; None until it is there.
    """

    transport: asyncio.Transport

    def __init__(self, peer: Relay | None = None) -> None:
        self.peer = peer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a socket has this one
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.peer is not None
        self.peer.transport.write(data)

    def eof_received(self) -> bool:
        """Pass the end on; the other half stays open."""
        assert self.peer is not None
        self.peer.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self.peer is None:
            return
        if exc is None:
            self.peer.transport.close()
        else:
            self.peer.transport.abort()

    def pause_writing(self) -> None:
        assert self.peer is not None
        self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        assert self.peer is not None
        self.peer.transport.resume_reading()
