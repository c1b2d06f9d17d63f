"""Conversion between the control API's JSON and objects; unknown keys are ignored, times are aware datetimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, Protocol, TypeVar, get_args, get_origin, get_type_hints

from mockcliq.client.errors import NoServer

At = datetime | str | int
"""A moment: an aware datetime, ISO 8601, or epoch milliseconds."""

Answer = TypeVar("Answer")

_field_types: Callable[[Any], dict[str, Any]] = cache(get_type_hints)


class Named(Protocol):
    """An object with an id: a user, a chat, an exchange."""

    @property
    def id(self) -> str: ...


def read(kind: type[Answer], answer: Any, **others: Any) -> Answer:
    """Make an object of a dataclass from an answer, by the types of its fields, and ``others``.

    Raises:
        NoServer: The answer lacks a field that MockCliq always sends.
    """
    try:
        values = {name: _convert(hint, answer[name]) for name, hint in _field_types(kind).items() if name in answer}
        return kind(**values, **others)
    except (TypeError, ValueError) as error:
        raise NoServer(f"what answers there is no MockCliq that this client knows: {error}") from error


def read_all(kind: type[Answer], answer: Any, name: str, **others: Any) -> list[Answer]:
    """Make objects of the list of that name in an answer."""
    return [read(kind, row, **others) for row in rows(answer, name)]


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


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None, as the control API takes them: an object's id, a datetime as ISO 8601.

    Raises:
        ValueError: A datetime has no time zone.
    """
    return {name: _plain(value) for name, value in values.items() if value is not None}


def id_of(thing: Named | str) -> str:
    return thing if isinstance(thing, str) else thing.id


def _convert(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UnionType):  # X | None
        return _convert(get_args(kind)[0], value)
    if get_origin(kind) is tuple:
        return tuple(_convert(get_args(kind)[0], each) for each in value)
    # By issubclass: a test that has the time patched has another class of that name.
    if isinstance(kind, type) and issubclass(kind, datetime):
        return datetime.fromisoformat(value)
    return read(kind, value) if isinstance(kind, type) and is_dataclass(kind) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} names no moment without a zone; give it one, such as tzinfo=UTC")
        return value.isoformat()
    return getattr(value, "id", value)
