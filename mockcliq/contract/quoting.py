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


_MASK = "..."
_SHORTEST_TOLD = 8
"""Of a shorter secret four characters would be half of it, or all."""


def last_four(secret: str) -> str:
    """Mask a token that may be a real one; what is masked already stays as it is."""
    if len(secret) >= _SHORTEST_TOLD:
        return f"{_MASK}{escape(secret[-4:])}"
    return f"{_MASK}{escape(secret[len(_MASK) :])}" if secret.startswith(_MASK) else _MASK


def cause_of(error: Exception) -> str:
    """What the system says of an error, else the error itself, to stand within a line of ours."""
    return str(getattr(error, "strerror", None) or error).lower()
