"""Types of ids and moments, and the patterns of names."""

from __future__ import annotations

from typing import NewType

UserId = NewType("UserId", str)
ChatId = NewType("ChatId", str)
MessageId = NewType("MessageId", str)
"""A message's id in its canonical spelling, ``<epoch ms>_<digits>``."""
EpochMs = NewType("EpochMs", int)
"""A moment, in milliseconds since 1970-01-01T00:00:00Z."""

DEFAULT_WORLD = "default"
"""The world that every server has; requests with an unknown token belong to it."""

CHAT_ID_PATTERN = "[A-Za-z0-9_-]{1,200}"
"""The pattern of a CHAT_ID, which existing clients check before they call."""

CLIENT_ID_PATTERN = "^[A-Za-z0-9._~-]+$"
"""The characters of a client_id that need no escape in a query, a form or a Basic header."""
CLIENT_SECRET_PATTERN = "^[!-~]+$"  # noqa: S105 - a pattern
SCOPE_PATTERN = "^[A-Za-z0-9_.]+$"
"""The pattern of a scope's name; a token may hold scopes of APIs that are not emulated."""
