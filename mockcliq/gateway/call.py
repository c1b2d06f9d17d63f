"""A request to the emulated API, and what the steps have found out about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from mockcliq.contract.ids import EpochMs
from mockcliq.redaction import Redaction
from mockcliq.runtime.journal import BODY_LIMIT

if TYPE_CHECKING:
    from starlette.types import Receive, Scope

    from mockcliq.contract.operation import Endpoint, Operation
    from mockcliq.gateway.route import Step
    from mockcliq.runtime.faults import Rule
    from mockcliq.settings import Settings
    from mockcliq.store.chats import Membership
    from mockcliq.store.tokens import Grant
    from mockcliq.store.users import User
    from mockcliq.worlds.registry import Worlds
    from mockcliq.worlds.world import World


@dataclass(frozen=True, slots=True)
class Match:
    """A path that can be called: what it has by method, the steps that all of that takes, and what it says beside."""

    endpoints: Mapping[str, Endpoint]
    steps: tuple[Step, ...]
    allow: str
    """The methods that the path has, as the Allow header lists them."""
    path: str
    """The path without what stands before ``/api/v2`` or ``/oauth/v2``."""
    parameters: Mapping[str, str]
    """What stands in the path's variable parts, by the reference's name for each."""
    world_id: str | None


class Call(Request):
    """One request on its way through the gateway.

    Attributes:
        settings: The server's.
        worlds: The server's.
        match: What the router knows of the path; None for a path that nothing has.
        extra_headers: Headers of the answer, whatever its status.
        world: The world it belongs to. From here on each is found by a step, and there for the steps that follow.
        now: When it came, by that world's clock.
        token: What stands in its Authorization header; empty unless that is of a known scheme.
        endpoint: What it calls.
        operation: The same, where that is one of the Chats API.
        allow: The methods that its path has, as the Allow header lists them.
        parameters: What stands in the variable parts of its path, by the reference's name for each.
        chat_key: The CHAT_ID among them; None where the path has none.
        grant: What its token stands for.
        given: The parameters that an OAuth call has, from its query and its form.
        query: Its query parameters, as the operation's model.
        payload: Its JSON body, as the operation's model.
        chat: The chat that its path names.
        operation_name: The name of what it calls, None until it is found.
        user_id: The caller's id, None until the token is judged.
        fault: The fault rule that fired on it, if one did.
        raw_body: The bytes of its body, as far as they were read.
        is_read: Whether its body was read to its end.
    """

    world: World
    now: EpochMs
    token: str
    endpoint: Endpoint
    operation: Operation
    allow: str
    parameters: Mapping[str, str]
    chat_key: str | None
    grant: Grant
    given: Mapping[str, str]
    query: Any
    payload: Any
    chat: Membership

    def __init__(self, scope: Scope, receive: Receive, settings: Settings, worlds: Worlds, match: Match | None) -> None:
        super().__init__(scope, receive)
        self.settings = settings
        self.worlds = worlds
        self.match = match
        self.extra_headers: list[tuple[bytes, bytes]] = []
        self.operation_name: str | None = None
        self.user_id: str | None = None
        self.fault: Rule | None = None
        self.raw_body = b""
        self.is_read = False
        self._headers_by_name: dict[bytes, bytes] = dict(scope["headers"])

    @property
    def caller(self) -> User:
        """The user behind the token."""
        return self.grant.caller

    def header(self, name: bytes) -> bytes | None:
        """A header's value; several lines of one name are one list, as HTTP has it."""
        value = self._headers_by_name.get(name)
        if value is None or len(self._headers_by_name) == len(self.scope["headers"]):
            return value
        return b", ".join(value for key, value in self.scope["headers"] if key == name)

    def redacted(self, text: str) -> str:
        """A text about this call, without secrets that this server did not issue."""
        redaction = Redaction(self.worlds.has_issued)
        redaction.learn(self.scope["headers"], self.scope["query_string"], self.raw_body[:BODY_LIMIT])
        return redaction.text(text)

    def remember(self, make: Callable[[], bytes]) -> bytes:
        """The answer to this very question by this caller, made anew only if something was written since."""
        key = (self.operation.name, self.caller.id, self.scope["path"], self.scope["query_string"])
        return self.world.store.answers.get_or_make(key, make)
