"""Operations: what an API lets its clients call, and what it promises of each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from mockcliq.contract.scopes import Scope

if TYPE_CHECKING:
    from pydantic import BaseModel

Source = Literal["documented", "observed", "assumed"]
"""Where a promise comes from: the reference, what the live service was seen to do, or our choice."""

_MS_PER_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls a user may make in a window, and the lock for who makes more; ``lock_ms`` None for no lock."""

    calls: int
    window_ms: int
    lock_ms: int | None
    source: Source = "documented"


def per_minute(calls: int, *, lock_minutes: float | None, source: Source = "documented") -> Limit:
    """The reference's wording: so many requests per minute per user, and a lock period."""
    return Limit(calls, _MS_PER_MINUTE, None if lock_minutes is None else round(lock_minutes * _MS_PER_MINUTE), source)


Handler = Callable[[Any], Awaitable[Any]]
"""Answers a call that passed every step of its API."""


@dataclass(frozen=True)
class Operation:
    """The contract of one operation, as its section of the reference states it.

    Attributes:
        name: The handler's name; unambiguous within its API.
        method: The HTTP method.
        path: The path below the API's prefixes, with ``{PARAMETERS}`` as the reference writes them.
        handler: What answers it.
        title: The heading of its section.
        scopes: A token must hold one of these; none is asked for where there are none.
        limit: How often a user may call it; None where no threshold stands over it.
        success: The status of the documented success.
        query: The model of its query parameters, if it has any.
        body: The model of its JSON body, if it has one.
        answer: The model of the success's body, if it has one.
        description: The section's opening sentence and our own remarks.
        source: Where all of this comes from.
        applies: Tells it from others of its method and path, by the query and the raw body; None for all the rest.
        api: The name of its API; the register fills in this, and what follows.
        prefix: The first of the API's prefixes.
        is_ambiguous: Whether another API has an operation of this name.
    """

    name: str
    method: str
    path: str
    handler: Handler
    title: str = ""
    scopes: tuple[Scope, ...] = ()
    limit: Limit | None = None
    success: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    description: str = ""
    source: Source = "documented"
    applies: Callable[[bytes, bytes], bool] | None = None
    api: str = ""
    prefix: str = ""
    is_ambiguous: bool = False

    @cached_property
    def id(self) -> str:
        """Its name, qualified by its API's: ``v2.mute_chat``."""
        return f"{self.api}.{self.name}"

    @cached_property
    def label(self) -> str:
        """What users call it: its bare name where only one API has it, else its id."""
        return self.id if self.is_ambiguous else self.name

    @cached_property
    def template(self) -> str:
        """The whole path, with parameters."""
        return self.prefix + self.path

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @cached_property
    def granted_by(self) -> frozenset[str]:
        """The scopes of which a token needs one, in lower case; empty where none is asked for."""
        return frozenset(name for scope in self.scopes for name in scope.granted_by)


def operation(  # noqa: PLR0913 - one for each line of a section of the reference
    method_and_path: str,
    *,
    title: str = "",
    scope: str | tuple[str, ...] = (),
    limit: Limit | None = None,
    success: int | None = None,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    source: Source = "documented",
    applies: Callable[[bytes, bytes], bool] | None = None,
) -> Callable[[Handler], Operation]:
    """Make the decorated handler an operation of its own name.

    Args:
        method_and_path: As the reference writes it, below the API's prefix: ``POST /chats/{CHAT_ID}/mute``.
        title: As in `Operation`, and so are the others.
        scope: One scope, or several of which each will do.
        limit: The same.
        success: By default 200, or 204 without an answer.
        query: The same.
        body: The same.
        answer: The same.
        source: The same.
        applies: The same.
    """
    method, _, path = method_and_path.partition(" ")
    scopes = (scope,) if isinstance(scope, str) else scope

    def declare(handler: Handler) -> Operation:
        return Operation(
            name=handler.__name__,
            method=method,
            path=path,
            handler=handler,
            title=title,
            scopes=tuple(map(Scope.parse, scopes)),
            limit=limit,
            success=(204 if answer is None else 200) if success is None else success,
            query=query,
            body=body,
            answer=answer,
            description=inspect.getdoc(handler) or "",
            source=source,
            applies=applies,
        )

    return declare
