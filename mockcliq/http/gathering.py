"""A transport that writes the parts of an answer together: each write costs a system call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

_MOST_BYTES = 64 * 1024
"""How much is kept at most; a longer answer is sent in parts, and its client may slow it down."""


class GatheringTransport(asyncio.Transport):
    """Another transport, with which it shares all but its writes."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._is_gathering = False
        self._kept: list[bytes] = []
        self._size = 0

    def write_at_once(self, run: Callable[[], object]) -> None:
        """Write all that a function writes at its end, or where it ends the connection."""
        self._is_gathering = True
        try:
            run()
        finally:
            self._is_gathering = False
            self._flush()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._is_gathering:
            self._transport.write(data)
            return
        if not data:
            return  # the body of an answer without one
        self._kept.append(bytes(data))
        self._size += len(data)
        if self._size > _MOST_BYTES:
            self._flush()

    def write_eof(self) -> None:
        self._flush()
        self._transport.write_eof()

    def can_write_eof(self) -> bool:
        return self._transport.can_write_eof()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._flush()
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def _flush(self) -> None:
        if self._kept:
            kept, self._kept, self._size = self._kept, [], 0
            self._transport.write(kept[0] if len(kept) == 1 else b"".join(kept))
