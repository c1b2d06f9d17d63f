"""The client's exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class NoServer(Exception):
    """No server answers at the URL, or one that is not MockCliq."""


class Refused(Exception):
    """The server refused; the message is its problem document's detail, which says what to change.

    Attributes:
        status: The HTTP status.
        problem: The whole document (RFC 9457); empty if there was none.
    """

    def __init__(self, status: int, detail: str, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.problem: Mapping[str, Any] = problem or {}
