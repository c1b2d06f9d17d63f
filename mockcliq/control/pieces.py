"""Long answers of many entries: sent piece by piece, and never put together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE_BYTES = 64 * 1024
"""The bytes that are sent at once: a client that does not read keeps no more of them waiting."""


class Pieces(Response):
    """JSON that is sent piece by piece, as its client takes them, and never put together."""

    media_type = "application/json"

    def __init__(self, parts: Sequence[bytes]) -> None:
        super().__init__(headers={"Content-Length": str(sum(map(len, parts)))})
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for piece in pieces(self._parts):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)  # a send does not yield while its client keeps up
        await send({"type": "http.response.body", "body": b""})


def pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of `PIECE_BYTES`, each made when it is asked for."""
    gathered = bytearray()
    for part in parts:
        for start in range(0, len(part), PIECE_BYTES):
            gathered += part[start : start + PIECE_BYTES]
            if len(gathered) >= PIECE_BYTES:
                yield bytes(gathered[:PIECE_BYTES])
                del gathered[:PIECE_BYTES]
    if gathered:
        yield bytes(gathered)


def separated(entries: Iterable[bytes]) -> Iterator[bytes]:
    """Entries as a list in JSON has them, with commas between."""
    before = b""
    for entry in entries:
        yield before
        yield entry
        before = b","
