"""A call in the pipeline. Each stage has a class of its own, so mypy knows which attributes are set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.gateway.extension import connection_world
from mockcliq.redaction import Redaction
from mockcliq.runtime.clock import monotonic
from mockcliq.runtime.headers import Headers
from mockcliq.runtime.journal import KEPT_BYTES, Exchange

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from mockcliq.contract.api import Api, Register
    from mockcliq.contract.operation import Operation
    from mockcliq.contract.refusals import Refusal
    from mockcliq.gateway.styles import Style
    from mockcliq.public_url import PublicUrl
    from mockcliq.runtime.faults import Rule
    from mockcliq.settings import Settings
    from mockcliq.store.tokens import Grant
    from mockcliq.store.users import User
    from mockcliq.worlds.registry import Worlds
    from mockcliq.worlds.world import World

Stage = TypeVar("Stage", bound="Received")

_TOKEN_SCHEMES = frozenset({"bearer", "zoho-oauthtoken"})
"""The schemes of the Authorization header, in lower case: the reference's samples and Zoho's SDKs differ."""

_ZAPIKEY = b"zapikey="


class Match(NamedTuple):
    """The router's result for a path."""

    api: Api
    operations: Mapping[str, tuple[Operation, ...]]
    """By method; several where query or body select one. Empty for a path of which none is emulated."""
    not_emulated: frozenset[str]
    """The methods that are known by name alone."""
    allow: str
    """The value of the Allow header."""
    path: str
    """The path without world and network."""
    resources: tuple[tuple[Any, str], ...]
    """What the path names: each a `Resource`, with the id or alias in the path."""
    resource_keys: Mapping[str, str]
    """The same ids or aliases by the resources' kinds: ``{"chat": "987000000654321"}``."""
    world_id: str | None


class Server(NamedTuple):
    """The server's state that every call can reach."""

    settings: Settings
    public_url: PublicUrl
    register: Register
    worlds: Worlds


class Received:
    """A call as received. Its world is the token's, else the path's, else the connection's, else ``default``.

    Attributes:
        scope: The ASGI scope.
        receive: The ASGI receive channel.
        server: The settings, the register of operations, the worlds.
        api: The API of its path, or the nearest one, which refuses it.
        match: The router's result; None for an unknown path.
        token: The token in the Authorization header; empty for an unknown scheme. Without such a header, the webhook
            token in the query.
        is_token_in_query: Whether it is that.
        headers: As they were sent, with names in lower case.
        header: A header's value by its name in lower case, None if it is missing; several lines of one name are
            joined by commas.
        world_id: The name of the world in the path; it may not exist.
        world: Its world.
        style: How its world renders refusals of its API.
        now: Its arrival by the world's clock.
        operation: The called operation; None until it is found.
        user_id: The caller's id; None until it is known.
        fault: The fault rule that fired, if any.
        extra_headers: Additional headers of the answer, whatever its status.
        created: What it made since nobody had it, as ``channel alerts``.
        raw_body: The bytes of the body that were read; of a form with files, the first of them.
        body_size: How many were read of such a form.
        is_read: Whether the whole body was read.
        unreadable: Why a body that was read could not be decoded.
        shown: Its row in the journal, if it had to be shown in flight.
    """

    # Slots, since attributes in __dict__ are slow after a change of class; that is for stages of other APIs.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "api",
        "body_size",
        "caller",
        "created",
        "extra_headers",
        "fault",
        "found",
        "grant",
        "header",
        "headers",
        "is_read",
        "is_token_in_query",
        "match",
        "now",
        "operation",
        "payload",
        "query",
        "raw_body",
        "receive",
        "scope",
        "server",
        "shown",
        "style",
        "token",
        "unreadable",
        "user_id",
        "world",
        "world_id",
    )

    world: World
    style: Style
    now: EpochMs
    match: Match | None
    operation: Operation | None
    header: Callable[[bytes], bytes | None]

    def __init__(self, scope: Scope, receive: Receive, server: Server, api: Api, match: Match | None) -> None:
        self.scope = scope
        self.receive = receive
        self.server = server
        self.api = api
        self.match = match
        self.operation = None
        self.user_id: UserId | None = None
        self.fault: Rule | None = None
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.created: tuple[str, ...] = ()
        self.raw_body = b""
        self.body_size = 0
        self.is_read = False
        self.unreadable: Refusal | None = None
        self.shown: Exchange | None = None
        self.headers = Headers.of(scope["headers"])
        self.header = self.headers.by_name.get
        authorization = self.header(b"authorization")
        self.is_token_in_query = authorization is None and _ZAPIKEY in scope["query_string"]
        self.token = _zapikey_in(scope["query_string"]) if self.is_token_in_query else _token_in(authorization)
        worlds = server.worlds
        self.world_id = server.register.split_world(scope["path"])[0] if match is None else match.world_id
        self.enter(worlds.of_token(self.token) or self._named(worlds) or worlds.default)

    def _named(self, worlds: Worlds) -> World | None:
        """The world that the path names, else the one that its connection belongs to."""
        name = connection_world(self.scope) if self.world_id is None else self.world_id
        return None if name is None else worlds.named(name)

    def enter(self, world: World) -> None:
        """Move the call to a world."""
        self.world = world
        self.style = self.api.style_in(world.profile)
        self.now = world.clock.now()
        world.last_used = monotonic()

    def become(self, stage: type[Stage]) -> Stage:
        """Change this object's class to a later stage; the step sets the stage's attributes. Returns the object."""
        self.__class__ = stage
        return self  # type: ignore[return-value]  # its class was just set

    def redacted(self, text: str) -> str:
        """Redact secrets of this call that the server did not issue."""
        redaction = Redaction(self.server.worlds.has_issued)
        redaction.learn(self.headers, self.scope["query_string"], self.raw_body[:KEPT_BYTES])
        return redaction.text(text)


class Routed(Received):
    """A call to an operation."""

    match: Match
    operation: Operation


class Authenticated(Routed):
    """A call with a valid token; ``grant`` has its user, the ``caller``, and scopes."""

    grant: Grant
    caller: User


class Parsed(Authenticated):
    """A call with valid inputs; ``query`` and ``payload`` are instances of the operation's models, or None."""

    query: Any
    payload: Any


class Call(Parsed):
    """A call that passed all steps; ``found`` has the resources of its path, by parameter name."""

    found: Mapping[str, Any]

    def cached(self, make: Callable[[], bytes]) -> bytes:
        """The body for this caller, path and query, from the cache while nothing was written."""
        key = (self.operation.id, self.caller.id, self.scope["path"], self.scope["query_string"])
        return self.world.store.answers.get_or_make(key, make)


@lru_cache(maxsize=64)  # clients send the same header again and again
def _token_in(authorization: bytes | None) -> str:
    """The token of an Authorization header; empty for an unknown scheme."""
    if authorization is None:
        return ""
    scheme, _, token = authorization.decode("latin-1").strip().partition(" ")
    return token.strip() if scheme.lower() in _TOKEN_SCHEMES else ""


@lru_cache(maxsize=64)
def _zapikey_in(query: bytes) -> str:
    """The webhook token of a query; the last of several."""
    return dict(parse_qsl(query.decode("latin-1"))).get("zapikey", "")
