"""Escapes: of JSON, of addresses and forms, of XML, and of encodings with several bytes for each character."""

from __future__ import annotations

import json
import re
from binascii import a2b_qp
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import quote, quote_plus

NOT_JUDGED = "[... not shown: it holds too many secrets or escapes to judge]"

_DEPTH = 4
"""How many levels of escapes are judged, one inside the other; the last stands for all that are left."""

_PERCENT = re.compile(rb"%(?=[0-9A-Fa-f]{2})")
_PERCENTS = re.compile(rb"%(?:25)*+(?=[0-9A-Fa-f]{2})")
_CHARACTER = re.compile(r"(?<!\\)\\++u(?=[0-9A-Fa-f]{4})")
_BYTE = re.compile(r"(?<!\\)\\++x(?=[0-9A-Fa-f]{2})")
_ENTITIES = [
    (re.compile(pattern, re.IGNORECASE), char)
    for pattern, char in (
        ("&(?:quot|#0*34|#x0*22);", '"'), ("&(?:apos|#0*39|#x0*27);", "'"), ("&(?:lt|#0*60|#x0*3c);", "<"),
        ("&(?:gt|#0*62|#x0*3e);", ">"), ("&(?:amp|#0*38|#x0*26);", "&"),
    )
]  # fmt: skip


def judged(text: str, judge: Callable[[str], str]) -> str:
    """A text without what is hidden in it, or in what it says under its escapes."""
    shown = reading = judge(text)
    for take_off in _LEVELS:
        taken = take_off(reading)
        if taken is None:
            return NOT_JUDGED
        if taken == reading:
            break
        reading = judge(taken)
        if reading != taken:
            shown = reading
    return shown


def readings(text: str) -> Iterable[str | None]:
    """A text with its escapes taken off, level by level; None if there is no end to them."""
    return (each for each in (unescaped(text), bare_of_escapes(text)))


def unescaped(text: str) -> str:
    """A text with one level of its escapes taken off, but for the backslashes that hold its strings together."""
    return _characters(text, _PERCENT)


def bare_of_escapes(text: str) -> str | None:
    """A text with all its escapes taken off; None if there is no end to them."""
    for _ in range(_DEPTH):
        taken = _characters(text, _PERCENTS)
        if taken == text:
            return text
        text = taken
    return None


_LEVELS: tuple[Callable[[str], str | None], ...] = (unescaped, unescaped, bare_of_escapes)


def _characters(text: str, percent: re.Pattern[bytes]) -> str:
    if "\0" in text:  # of an encoding with two or four bytes for each character
        text = text.replace("\0", "")
    if "%" in text:
        # Quoted-printable is percent-encoding with another mark, and is decoded in C.
        content = text.encode("utf-8", "replace").replace(b"=", b"=3D")
        text = a2b_qp(percent.sub(b"=", content)).decode("utf-8", "replace")
    if "\\x" in text:
        text = _BYTE.sub(r"\\u00", text)
    if "\\u" in text:
        content = _CHARACTER.sub(r"\\u", text).encode("raw_unicode_escape")
        text = content.decode("raw_unicode_escape", "replace")
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "&" in text and ";" in text:
        for entity, character in _ENTITIES:
            text = entity.sub(character, text)
    return text


def spelled(text: str) -> str:
    """As it stands in a string of JSON's."""
    return text if text.isalnum() else json.dumps(text, ensure_ascii=False)[1:-1]


SPELLINGS = (str, spelled, partial(quote, safe="", errors="replace"), partial(quote_plus, errors="replace"))
"""How a secret may stand elsewhere in its exchange; what hides it stands there in the same way."""


def in_lower_case(text: str) -> str:
    """In lower case, character by character: of all only the dotted I would become two."""
    return text.replace("\u0130", "I").lower()


def is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"')
