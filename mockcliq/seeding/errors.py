"""Why a world cannot be made."""

from __future__ import annotations

from mockcliq.contract.quoting import one_line


class BadWorld(Exception):
    """What a world is to be made from will not do; the message is one line that names what to change."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class BadWorldFile(BadWorld):
    """A world file that cannot be used; the message names the file, and the line or key."""


class BadSizes(BadWorld):
    """Sizes that no demo world can have; the message names the setting."""
