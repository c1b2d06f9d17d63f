"""Why a world cannot be made."""

from __future__ import annotations

from mockcliq.contract.quoting import one_line


class BadWorld(Exception):
    """A world cannot be made. The message is one line: it names the setting, or the file and the line or key."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class Unreadable(Exception):
    """A text is not JSON, or not YAML, or has too much in it; the message has the place."""
