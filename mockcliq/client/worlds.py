"""A server's worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from mockcliq.client.answers import given, read, read_all
from mockcliq.client.people import User
from mockcliq.client.transport import LONG_S, Transport, segment
from mockcliq.contract.text import decode

ClientT = TypeVar("ClientT")

WorldState = Mapping[str, Any] | str | Path
"""A world's state: the document, its text in JSON or YAML, or the path of such a file."""


@dataclass(frozen=True)
class World:
    """A world: its URLs, its start, and the seconds since its last use."""

    id: str
    base_url: str
    control_url: str
    world: str
    seed: int
    idle_s: float | None = None


@dataclass(frozen=True)
class WorldAccess:
    """Access to a world: its URLs, its fixed tokens by label (``token`` is the owner's), its users.

    ``renamed_tokens`` are tokens of an imported state that another world had already, old name to new.
    """

    id: str
    base_url: str
    control_url: str
    world: str
    seed: int
    token: str | None
    refresh_token: str | None
    tokens: Mapping[str, str]
    users: tuple[User, ...]
    renamed_tokens: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """One life of a world that ended.

    Attributes:
        run: Tells it from others of a world of that name.
        ended_by: ``deleted``, ``idle`` or ``max_worlds``.
        failed: The calls with a status from 400 on, and those without an answer.
        dropped: The calls that its journal lost, since all journals take too much.
        test: The test that had it, if it was said; ``outcome`` is how that ended.
    """

    run: str
    world: str
    started: datetime
    ended: datetime
    ended_by: str
    calls: int
    failed: int
    dropped: int
    test: str | None
    outcome: str | None


class Worlds(Generic[ClientT]):
    """The worlds of the server; ``enter`` makes the client of a new world."""

    def __init__(self, transport: Transport, enter: Callable[[WorldAccess], ClientT]) -> None:
        self._transport = transport
        self._enter = enter

    def list(self) -> Sequence[World]:
        return read_all(World, self._transport.call("GET", "/_mockcliq/worlds"), "worlds")

    def get(self, world: str) -> WorldAccess:
        return read(WorldAccess, self._transport.call("GET", f"/_mockcliq/worlds/{segment(world)}"))

    def create(  # noqa: PLR0913 - the route takes as many
        self,
        world: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - the wire's own word
        seed: int | None = None,
        users: int | None = None,
        chats: int | None = None,
        messages: int | None = None,
        present: Literal["fixed", "now"] | None = None,
        rate_limit: bool | None = None,
        profile: Literal["documented", "observed"] | None = None,
        state: WorldState | None = None,
        test: str | None = None,
    ) -> ClientT:
        """Create a world and return its client, a context manager that deletes it on exit.

        It starts as ``world`` (``demo``, ``documentation`` or ``empty``) or as ``state``, by default as the server did;
        ``seed``, ``users``, ``chats``, ``messages`` and ``present`` are a demo's. ``profile`` is how it refuses. The
        server chooses an omitted id. ``test`` is the name of the test that has the world to itself, for `runs`.
        """
        payload = given(
            world=world,
            id=id,
            seed=seed,
            users=users,
            chats=chats,
            messages=messages,
            present=present,
            rate_limit=rate_limit,
            profile=profile,
            state=document_or_text(state),
            test=test,
        )
        return self._enter(
            read(WorldAccess, self._transport.call("POST", "/_mockcliq/worlds", payload, timeout_s=LONG_S))
        )

    def runs(self) -> Sequence[Run]:
        """The worlds that ended last, the latest first; `Client.requests(world=...)` has their calls."""
        return read_all(Run, self._transport.call("GET", "/_mockcliq/runs"), "runs")

    def delete(self, world: str) -> None:
        """Delete a world; ``default`` cannot be deleted."""
        self._transport.call("DELETE", f"/_mockcliq/worlds/{segment(world)}")


def document_or_text(state: WorldState | None) -> Mapping[str, Any] | str | None:
    """The state to send: a document, or text in JSON or YAML."""
    return decode(state.read_bytes()) if isinstance(state, Path) else state
