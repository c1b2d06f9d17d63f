"""Operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from mockcliq.contract.refusals import MESSAGES, CliqError
from mockcliq.contract.scopes import Scope

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many calls a user may make to one operation within any span of the window's length."""

    calls: int
    window: timedelta


def per_minute(calls: int) -> Threshold:
    """The reference's wording: so many requests per minute per user."""
    return Threshold(calls, timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What can be called.

    Attributes:
        name: Its name in faults, journal, documentation and tests.
        method: The HTTP method.
        path: The path below ``prefix``.
    """

    prefix: ClassVar[str] = ""

    name: str
    method: str
    path: str


AUTHORIZE = Endpoint("authorize", "GET", "/oauth/v2/auth")
ISSUE_TOKEN = Endpoint("issue_token", "POST", "/oauth/v2/token")
REVOKE_TOKEN = Endpoint("revoke_token", "POST", "/oauth/v2/token/revoke")
OAUTH = (AUTHORIZE, ISSUE_TOKEN, REVOKE_TOKEN)
"""What the accounts server has to call; no threshold stands over it."""


@dataclass(frozen=True, slots=True)
class Operation(Endpoint):
    """The contract of one operation of the Chats API, as its section of the reference states it.

    Attributes:
        name: The handler's name; the operation's name in limits, faults, journal, documentation and tests.
        title: The section's heading.
        method: The HTTP method.
        path: The path below ``/api/v2``, with ``{CHAT_ID}`` as the reference writes it.
        scope: The scope that a token must hold.
        threshold: The threshold limit, per user.
        lock_period: How long a user who went over the threshold is locked out; ``None`` where none is documented.
        success: The status of the documented success, 200 or 204.
        raises: The operation's own rules; those of the gateway hold for every operation.
        query: The model of its query parameters, if it has any.
        body: The model of its JSON body, if it has one.
        answer: The model of the success's body, if it has one.
        description: The section's opening sentence and our own remarks, for the OpenAPI document.
    """

    prefix: ClassVar[str] = "/api/v2"

    title: str
    scope: Scope
    threshold: Threshold
    lock_period: timedelta | None
    success: int
    raises: tuple[type[CliqError], ...]
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    description: str

    @property
    def statuses(self) -> tuple[int, ...]:
        """Every documented status of the operation, the success first."""
        return (self.success, *MESSAGES)
