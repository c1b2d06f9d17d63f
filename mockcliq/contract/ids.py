"""What things are called by: ids, moments, and what a name may be made of."""

from __future__ import annotations

from typing import NewType

UserId = NewType("UserId", str)
ChatId = NewType("ChatId", str)
MessageId = NewType("MessageId", str)
"""A message's id in its canonical spelling, ``<epoch ms>_<digits>``."""
EpochMs = NewType("EpochMs", int)
"""A moment, in milliseconds since 1970-01-01T00:00:00Z."""

DEFAULT_WORLD = "default"
"""The world that every server has, and that a request belongs to whose token nobody knows."""

CHAT_ID_PATTERN = "[A-Za-z0-9_-]{1,200}"
"""What a CHAT_ID may be: the pattern that clients in the wild check before they call."""

CLIENT_ID_PATTERN = "^[A-Za-z0-9._~-]+$"
"""What a client_id may be: written the same in a query, a form and a Basic header."""
CLIENT_SECRET_PATTERN = "^[!-~]+$"  # noqa: S105 - what one looks like
SCOPE_PATTERN = "^[A-Za-z0-9_.]+$"
"""What a scope may be called; one of another of the service's APIs is kept in a token, too."""
