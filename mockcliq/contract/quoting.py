"""Values as they may be quoted in a header or a line."""

from __future__ import annotations

_SHOWN_LENGTH = 120


def shown(value: object) -> str:
    """A value as it may stand in a header or a line of a log: printable ASCII, on one line, cut to a sane length."""
    text = str(value).encode("unicode_escape").decode("ascii")
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 3] + "..."


def one_line(text: str) -> str:
    """A text on one line, whatever it quotes: what does not print is written as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def last_four(secret: str) -> str:
    """What may be shown of a token that may be somebody's real one."""
    return f"...{shown(secret[-4:])}"
