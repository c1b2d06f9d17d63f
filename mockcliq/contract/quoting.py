"""Escaping and truncation of values quoted in headers, messages and logs."""

from __future__ import annotations

_MAX_LENGTH = 120


def escape(value: object) -> str:
    """Escape a value to printable ASCII on one line, truncated to `_MAX_LENGTH`."""
    text = str(value).encode("unicode_escape").decode("ascii")
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 3] + "..."


def one_line(text: str) -> str:
    """Escape all that does not print, line breaks too."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def last_four(secret: str) -> str:
    """Mask a token that may be a real one."""
    return f"...{escape(secret[-4:])}"


def cause_of(error: Exception) -> str:
    """What the system says of an error, else the error itself, to stand within a line of ours."""
    return str(getattr(error, "strerror", None) or error).lower()
