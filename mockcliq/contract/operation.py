"""Operations and their contracts."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from mockcliq.contract.scopes import Scope
from mockcliq.contract.timestamps import MS_PER_SECOND

if TYPE_CHECKING:
    from pydantic import BaseModel

Source = Literal["documented", "observed", "assumed"]
"""The origin of a contract: the reference, behaviour observed at the live service, or our choice."""

_MS_PER_MINUTE = 60 * MS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Limit:
    """Calls per user and window, and the lock period after that; ``lock_ms`` is None for no lock."""

    calls: int
    window_ms: int
    lock_ms: int | None
    source: Source = "documented"

    @property
    def window_s(self) -> float:
        return self.window_ms / MS_PER_SECOND

    @property
    def lock_s(self) -> float | None:
        return None if self.lock_ms is None else self.lock_ms / MS_PER_SECOND


def per_minute(
    calls: int, *, lock_minutes: float | None, window_minutes: int = 1, source: Source = "documented"
) -> Limit:
    """Make a limit in the reference's units: requests per minute, or so many, per user; lock period in minutes."""
    lock_ms = None if lock_minutes is None else round(lock_minutes * _MS_PER_MINUTE)
    return Limit(calls, window_minutes * _MS_PER_MINUTE, lock_ms, source)


Handler = Callable[[Any], Awaitable[Any]]
"""Answers a call that passed all steps."""


@dataclass(frozen=True)
class Operation:
    """The contract of an operation, from its section of the reference.

    Attributes:
        name: The handler's name; unambiguous within its API.
        method: The HTTP method.
        path: The path below the API's prefixes, with ``{PARAMETERS}`` as the reference writes them.
        also: A second path that leads to it, with the same parameters; empty for none.
        handler: Answers the calls.
        title: The heading of its section.
        scopes: The token must hold one of them; empty if no scope is required.
        limit: The threshold per user; None for none.
        success: The status of a successful answer.
        query: The model of its query parameters, if it has any.
        body: The model of its body, if it has one.
        takes_files: Whether that body is a form with files, which the handler reads; otherwise it is JSON.
        answer: The model of a successful answer's body, if it has one.
        answers_file: Whether that is a file of any type.
        description: The section's opening sentence, and our remarks.
        source: The origin of this contract.
        codes: The error codes that its own page gives, by the rules that they are of.
        takes_extras: Whether it takes any parameter and key, so that no profile refuses one.
        takes_webhook_token: Whether a webhook token in the query does in place of an access token in the header.
        needs_person: Whether a client's own token, by client_credentials, is refused in a strict profile.
        reads_body: Whether its input is read by `gateway.steps.inputs`; otherwise the handler reads the body itself.
        applies: Whether a query and raw body select it among operations of the same method and path; None for any.
        api: The name of its API. The register fills in this and the following.
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
    takes_files: bool = False
    answer: type[BaseModel] | None = None
    answers_file: bool = False
    description: str = ""
    source: Source = "documented"
    codes: Mapping[str, str] = field(default_factory=dict)
    takes_extras: bool = False
    takes_webhook_token: bool = False
    needs_person: bool = False
    reads_body: bool = True
    applies: Callable[[bytes, bytes], bool] | None = None
    also: str = ""
    api: str = ""
    prefix: str = ""
    is_ambiguous: bool = False

    @cached_property
    def id(self) -> str:
        """The qualified name: ``v2.mute_chat``."""
        return f"{self.api}.{self.name}"

    @cached_property
    def label(self) -> str:
        """The name for users: bare where it is unambiguous, else the id."""
        return self.id if self.is_ambiguous else self.name

    @cached_property
    def template(self) -> str:
        """The path with prefix and ``{PARAMETERS}``."""
        return self.prefix + self.path

    @cached_property
    def templates(self) -> tuple[str, ...]:
        """The template of each path that leads to it, its own first."""
        return tuple(self.prefix + path for path in self.paths)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return (self.path, self.also) if self.also else (self.path,)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @cached_property
    def granted_by(self) -> frozenset[str]:
        """The scopes of which a token needs one, in lower case; empty if none is required."""
        return frozenset(name for scope in self.scopes for name in scope.granted_by)

    def is_granted_to(self, scopes: frozenset[str]) -> bool:
        """Whether a token with these scopes, in lower case, may call it."""
        return not self.granted_by or not self.granted_by.isdisjoint(scopes)


def operation(  # noqa: PLR0913 - one for each line of the reference's sections
    method_and_path: str,
    *,
    also: str = "",
    title: str = "",
    scope: str | tuple[str, ...] = (),
    limit: Limit | None = None,
    success: int | None = None,
    query: type[BaseModel] | None = None,
    body: type[BaseModel] | None = None,
    takes_files: bool = False,
    answer: type[BaseModel] | None = None,
    answers_file: bool = False,
    source: Source = "documented",
    codes: Mapping[str, str] | None = None,
    takes_extras: bool = False,
    webhook_token: bool = False,
    needs_person: bool = False,
    reads_body: bool = True,
    applies: Callable[[bytes, bytes], bool] | None = None,
) -> Callable[[Handler], Operation]:
    """Make the decorated handler an operation of its own name; the parameters are the attributes of `Operation`.

    ``method_and_path`` is as in the reference, below the API's prefix: ``POST /chats/{CHAT_ID}/mute``. ``scope`` is one
    scope or several alternatives. ``success`` is 200 by default, or 204 without an answer.
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
            success=(200 if answer or answers_file else 204) if success is None else success,
            query=query,
            body=body,
            takes_files=takes_files,
            answer=answer,
            answers_file=answers_file,
            description=inspect.getdoc(handler) or "",
            source=source,
            codes=codes or {},
            takes_extras=takes_extras,
            takes_webhook_token=webhook_token,
            needs_person=needs_person,
            reads_body=reads_body and not takes_files,
            applies=applies,
            also=also,
        )

    return declare
