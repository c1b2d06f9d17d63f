"""A small picture for a file in the demo world: a bar chart as PNG, the same bytes whatever compresses elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack
from zlib import adler32, crc32

_BAR = 10
_HEIGHT = 48
_PAPER, _INK = b"\xff", b"\x60"


def bar_chart(values: Sequence[float]) -> bytes:
    """Draw a bar for each value from 0 to 1, in grey."""
    width = _BAR * (2 * len(values) + 1)
    rows = []
    for height in range(_HEIGHT, 0, -1):
        bars = ((_INK if value * (_HEIGHT - 8) >= height else _PAPER) * _BAR for value in values)
        # A row begins with the number of its filter: none.
        rows.append(b"\0" + b"".join(_PAPER * _BAR + bar for bar in bars) + _PAPER * _BAR)
    header = pack(">IIBBBBB", width, _HEIGHT, 8, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", _stored(b"".join(rows))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(name, content) for name, content in parts)


def _part(name: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + name + content + pack(">I", crc32(name + content))


def _stored(data: bytes) -> bytes:
    """The data as a zlib stream of one block without compression: two versions of zlib may compress in two ways."""
    assert len(data) < 1 << 16
    block = pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data
    return b"\x78\x01" + block + pack(">I", adler32(data))
