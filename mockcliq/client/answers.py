"""Conversion between JSON and objects; unknown keys are ignored, times are aware datetimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from mockcliq.client.errors import NoServer

At = datetime | str | int
"""A moment: an aware datetime, ISO 8601, or epoch milliseconds."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Answer = TypeVar("Answer")


class Named(Protocol):
    """An object with an id: a user, a chat, an exchange."""

    @property
    def id(self) -> str:
        """The id."""


def read(kind: type[Answer], answer: Any, **converted: Any) -> Answer:
    """Make an object of a dataclass from an answer; ``converted`` values take precedence.

    Raises:
        NoServer: The answer lacks a field that MockCliq always sends.
    """
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
    try:
        return kind(**{name: value for name, value in (dict(answer) | converted).items() if name in known})
    except (TypeError, ValueError) as error:
        raise NoServer(f"what answers there is no MockCliq that this client knows: {error}") from error


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def moment(value: str | int) -> datetime:
    """Parse ISO 8601 or epoch milliseconds into an aware datetime."""
    if isinstance(value, int):
        return _EPOCH + timedelta(milliseconds=value)
    return datetime.fromisoformat(value)


def moment_or_none(value: str | int | None) -> datetime | None:
    return None if value is None else moment(value)


def written(at: At | None) -> str | int | None:
    """Write a moment for the control API.

    Raises:
        ValueError: The datetime has no time zone.
    """
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} names no moment without a zone; give it one, such as tzinfo=UTC")
    return at.isoformat()


def id_of(thing: Named | str) -> str:
    """The id of an object; a string is returned as it is."""
    return thing if isinstance(thing, str) else thing.id


def id_or_none(thing: Named | str | None) -> str | None:
    return None if thing is None else id_of(thing)


def rows(answer: Any, name: str) -> list[Mapping[str, Any]]:
    """The list in an answer.

    Raises:
        NoServer: The answer has no list of that name.
    """
    try:
        found: list[Mapping[str, Any]] = answer[name]
    except (TypeError, KeyError) as error:
        raise NoServer("what answers there is not MockCliq") from error
    return found
