"""Request bodies that were compressed."""

from __future__ import annotations

import zlib

_WRAPPED, _RAW = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS
"""zlib's names of its formats: gzip or zlib, by the data; and deflate alone, which some clients send as `deflate`."""

_FORMATS = {b"gzip": (_WRAPPED,), b"x-gzip": (_WRAPPED,), b"deflate": (_WRAPPED, _RAW)}
NEED = "gzip, deflate, or none"


class Undecodable(Exception):
    """A body's Content-Encoding is none of ours, or the body is not encoded so; the message says which."""


class TooLarge(Exception):
    """A body is larger than the limit once it is decoded."""


def decode(body: bytes, content_encoding: bytes, limit: int) -> bytes:
    """Decode a body of at most ``limit`` bytes; no more than that is ever decoded.

    Raises:
        Undecodable: It cannot be decoded.
        TooLarge: It is larger.
    """
    encoding = content_encoding.strip().lower()
    if not body or encoding in (b"", b"identity"):
        return body
    if encoding not in _FORMATS:
        raise Undecodable(f"Content-Encoding: {encoding.decode('latin-1')}")
    for form in _FORMATS[encoding]:
        decoder = zlib.decompressobj(form)
        try:
            decoded = decoder.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(decoded) > limit:
            raise TooLarge
        if decoder.eof and not decoder.unused_data:
            return decoded
    raise Undecodable(f"Content-Encoding: {encoding.decode()}, and a body that is not")
