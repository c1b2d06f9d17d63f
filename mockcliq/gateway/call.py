"""A call on its way through the gateway, in stages: each step finds out more about it, and mypy knows what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.redaction import Redaction
from mockcliq.runtime.journal import BODY_LIMIT

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from mockcliq.contract.api import Api, Register
    from mockcliq.contract.operation import Operation
    from mockcliq.runtime.faults import Rule
    from mockcliq.settings import Settings
    from mockcliq.store.tokens import Grant
    from mockcliq.store.users import User
    from mockcliq.worlds.registry import Worlds
    from mockcliq.worlds.world import World

Stage = TypeVar("Stage", bound="Received")

TOKEN_SCHEMES = frozenset({"bearer", "zoho-oauthtoken"})
"""The schemes of the Authorization header, in lower case: the reference's samples and Zoho's SDKs differ."""


class Match(NamedTuple):
    """What the router knows of a path that can be called."""

    api: Api
    operations: Mapping[str, tuple[Operation, ...]]
    """By method; several only where something else than the path tells them apart."""
    allow: str
    """The methods that the path has, as the Allow header lists them."""
    path: str
    """The path as the reference writes it, without world and network."""
    parameters: Mapping[str, str]
    """What stands in the variable parts of the path, by the reference's name for each."""
    world_id: str | None


class Server(NamedTuple):
    """What the gateway gives every call of the server."""

    settings: Settings
    register: Register
    worlds: Worlds


class Received:
    """A call as it came, in its world: that of its token, else the one that the path names, else ``default``.

    Attributes:
        scope: ASGI's.
        receive: ASGI's.
        server: The settings, the register of operations, the worlds.
        api: The API that refuses it: that of its path, or the nearest one.
        match: What the router knows of the path; None for a path that nothing has.
        token: What stands in its Authorization header; empty unless that is of a known scheme.
        world_id: The name of the world in its path.
        world: The world that it belongs to.
        now: When it came, by that world's clock.
        operation: What it calls; None until it is found.
        user_id: The caller's id; None until somebody knows.
        fault: The fault rule that fired on it, if one did.
        extra_headers: Headers of the answer, whatever its status.
        raw_body: The bytes of its body, as far as they were read.
        is_read: Whether its body was read to its end.
    """

    world: World
    now: EpochMs
    operation: Operation | None

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
        self.raw_body = b""
        self.is_read = False
        self._headers_by_name: dict[bytes, bytes] = dict(scope["headers"])
        self.token = token_in(self.header(b"authorization"))
        worlds = server.worlds
        self.world_id = server.register.world_in(scope["path"]) if match is None else match.world_id
        named = worlds.default if self.world_id is None else worlds.named(self.world_id)
        self.enter(worlds.of_token(self.token) or named or worlds.default)

    def enter(self, world: World) -> None:
        """Make a world the one that it belongs to."""
        self.world = world
        self.now = world.clock.now()
        world.last_used = monotonic()

    def become(self, stage: type[Stage], **found: Any) -> Stage:
        """Let the call go on as one of a later stage, with what was found out: the same object, known by more."""
        self.__dict__.update(found)
        self.__class__ = stage
        return self  # type: ignore[return-value]  # as of now

    @property
    def allow(self) -> str:
        """The methods that its path has, as the Allow header lists them."""
        return "" if self.match is None else self.match.allow

    @property
    def parameters(self) -> Mapping[str, str]:
        """What stands in the variable parts of its path, by the reference's name for each."""
        return {} if self.match is None else self.match.parameters

    def header(self, name: bytes) -> bytes | None:
        """A header's value; several lines of one name are one list, as HTTP has it."""
        value = self._headers_by_name.get(name)
        if value is None or len(self._headers_by_name) == len(self.scope["headers"]):
            return value
        return b", ".join(value for key, value in self.scope["headers"] if key == name)

    def redacted(self, text: str) -> str:
        """A text about this call, without secrets that this server did not issue."""
        redaction = Redaction(self.server.worlds.has_issued)
        redaction.learn(self.scope["headers"], self.scope["query_string"], self.raw_body[:BODY_LIMIT])
        return redaction.text(text)


class Routed(Received):
    """A call to an operation."""

    operation: Operation


class Authenticated(Routed):
    """A call of somebody whose token is good; ``grant`` is what the token stands for."""

    grant: Grant

    @property
    def caller(self) -> User:
        """The user behind the token."""
        return self.grant.caller


class Parsed(Authenticated):
    """A call whose inputs are as the operation wants them: its query and its JSON body, as the operation's models."""

    query: Any
    payload: Any


class Call(Parsed):
    """A call that passed every step; ``found`` has the resources that its path names, by the parameter's name."""

    found: Mapping[str, Any]

    def cached(self, make: Callable[[], bytes]) -> bytes:
        """The answer to this very question by this caller, made anew only if something was written since."""
        key = (self.operation.id, self.caller.id, self.scope["path"], self.scope["query_string"])
        return self.world.store.answers.get_or_make(key, make)


def token_in(authorization: bytes | None) -> str:
    """The token in an Authorization header; empty where there is none of a known scheme."""
    if authorization is None:
        return ""
    scheme, _, token = authorization.decode("latin-1").strip().partition(" ")
    return token.strip() if scheme.lower() in TOKEN_SCHEMES else ""
