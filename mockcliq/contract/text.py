"""The encodings of what users write: documents, rules, bodies."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE


def decode(data: bytes) -> str:
    """Decode UTF-8, or UTF-16 behind a byte order mark; the mark is dropped.

    Raises:
        UnicodeDecodeError: It is neither.
    """
    is_utf16 = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) and len(data) > len(BOM_UTF16_LE)
    return data.decode("utf-16" if is_utf16 else "utf-8-sig")
