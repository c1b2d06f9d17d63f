"""How asking a server can fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class NoServer(Exception):
    """Nobody answers at the URL, or somebody else than MockCliq does."""


class Refused(Exception):
    """The server refused; the message is its problem document's detail, which says what to change.

    Attributes:
        status: The HTTP status.
        problem: The whole document (RFC 9457); empty where there was none.
    """

    def __init__(self, status: int, detail: str, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.problem: Mapping[str, Any] = problem or {}
