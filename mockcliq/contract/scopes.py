"""OAuth scopes."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """An OAuth scope that the Chats API asks for."""

    CHATS_READ = "ZohoCliq.Chats.READ"
    CHATS_CREATE = "ZohoCliq.Chats.CREATE"
    CHATS_UPDATE = "ZohoCliq.Chats.UPDATE"
    CHATS_DELETE = "ZohoCliq.Chats.DELETE"
    CHATS_ALL = "ZohoCliq.Chats.ALL"
    """Grants the other four."""
