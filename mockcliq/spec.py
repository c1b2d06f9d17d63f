"""The vocabulary of the Chats API reference: scopes, thresholds, statuses and their sentences, operations, refusals.

Nothing here knows of a server. What one operation promises is declared beside its handler in ``mockcliq.cliq.chats``;
what every operation shares (the eight refusals and their sentences) stands here, once, and so do the calls that the
accounts server takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, NewType

if TYPE_CHECKING:
    from pydantic import BaseModel

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

MESSAGES: Mapping[int, str] = {
    400: "The request cannot be performed. Usually because of malformed parameter or missing parameter.",
    401: "Request was rejected because of invalid AuthToken.",
    403: (
        "The user does not have enough permission or possibly not an user of the respective organization"
        " to access the resource."
    ),
    404: (
        "The URL you've sent is wrong. It's possible that the resource you've requested has been moved to another URL."
    ),
    405: (
        "The requested resource does not support the HTTP method used."
        " For example, requesting List of all customers API with PUT as the HTTP method."
    ),
    406: "The response has been received but the requested response type is not supported by the browser.",
    429: "Too many requests within a certain time frame.",
    500: "Cliq server encountered an error which prevents it from fulfilling the request.",
}
"""The one sentence that the reference gives for each refusal, the same under every operation."""


class Scope(StrEnum):
    """An OAuth scope that the Chats API asks for."""

    CHATS_READ = "ZohoCliq.Chats.READ"
    CHATS_CREATE = "ZohoCliq.Chats.CREATE"
    CHATS_UPDATE = "ZohoCliq.Chats.UPDATE"
    CHATS_DELETE = "ZohoCliq.Chats.DELETE"
    CHATS_ALL = "ZohoCliq.Chats.ALL"
    """Grants the other four."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many calls a user may make to one operation within any span of the window's length."""

    calls: int
    window: timedelta


def per_minute(calls: int) -> Threshold:
    """The reference's wording: so many requests per minute per user."""
    return Threshold(calls, timedelta(minutes=1))


class Refusal(Exception):
    """An answer that refuses.

    A subclass names one rule. ``reason`` is the line of ``X-Mockcliq-Reason``: the rule, what was seen (``have``) and
    what was wanted (``need``). Where ``quotes_client``, what was seen may be the client's own words, and a secret.
    """

    status: int
    reason: ClassVar[str]
    quotes_client: ClassVar[bool] = True
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __init__(self, **seen: object) -> None:
        super().__init__()
        self.seen = seen

    def told(self, redacted: Callable[[str], str] = str) -> str:
        """The line, with what was seen in it; redacted before it is cut to length."""
        return self.reason.format(**{name: shown(redacted(str(value))) for name, value in self.seen.items()})

    @property
    def document(self) -> Mapping[str, str]:
        """The JSON that its body is."""
        raise NotImplementedError


class CliqError(Refusal):
    """A refusal that the reference documents: ``status`` decides the body, whose sentence is the reference's."""

    @property
    def document(self) -> Mapping[str, str]:
        """The status's sentence."""
        return {"message": MESSAGES[self.status]}


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


_SHOWN_LENGTH = 120


def shown(value: object) -> str:
    """A value as it may stand in a header or a line of a log: printable ASCII, on one line, cut to a sane length."""
    text = str(value).encode("unicode_escape").decode("ascii")
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 3] + "..."


def one_line(text: str) -> str:
    """A text on one line, whatever it quotes: what does not print is written as its escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def last_four(secret: str) -> str:
    """What may be shown of a token that may be somebody's real one."""
    return f"...{shown(secret[-4:])}"
