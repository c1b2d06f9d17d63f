"""A server's worlds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from mockcliq.client.answers import given, read, rows
from mockcliq.client.people import User
from mockcliq.client.transport import LONG_S, Transport, segment

ClientT = TypeVar("ClientT")

WorldState = Mapping[str, Any] | str | Path
"""A world written down: the document, its text in JSON or YAML, or the path of a file that holds that."""


@dataclass(frozen=True)
class World:
    """A world of the server: where it is, what it was made from, how many seconds ago it was last used."""

    id: str
    base_url: str
    control_url: str
    world: str
    seed: int
    idle_s: float | None = None


@dataclass(frozen=True)
class WorldAccess:
    """How to get into a world: its URLs, its fixed tokens by label (``token`` is the owner's), its people.

    ``renamed_tokens`` are those of an imported state that belonged to another world, old name to new.
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


class Worlds(Generic[ClientT]):
    """The worlds of the server, whichever of them this is.

    Args:
        transport: To the server.
        enter: Makes the client of a world that was just made.
    """

    def __init__(self, transport: Transport, enter: Callable[[WorldAccess], ClientT]) -> None:
        self._transport = transport
        self._enter = enter

    def list(self) -> Sequence[World]:
        """Every one."""
        return [read(World, row) for row in rows(self._transport.call("GET", "/_mockcliq/worlds"), "worlds")]

    def get(self, world: str) -> WorldAccess:
        """How to get into the world of that id."""
        return _access(self._transport.call("GET", f"/_mockcliq/worlds/{segment(world)}"))

    def create(  # noqa: PLR0913 - the route takes as many
        self,
        world: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - the wire's own word
        seed: int | None = None,
        users: int | None = None,
        chats: int | None = None,
        messages: int | None = None,
        rate_limit: bool | None = None,
        state: WorldState | None = None,
    ) -> ClientT:
        """Make a world; gives its client, a context manager that deletes it in the end.

        Args:
            world: ``demo``, ``documentation`` or ``empty``; what the server itself started with by default.
            id: What it shall be called; chosen by the server by default.
            seed: What a demo is made from.
            users: People of a demo.
            chats: Conversations of a demo.
            messages: Messages of a demo.
            rate_limit: Whether the threshold and its lock-out are on.
            state: What it starts with, instead of a named start.
        """
        order = given(
            world=world,
            id=id,
            seed=seed,
            users=users,
            chats=chats,
            messages=messages,
            rate_limit=rate_limit,
            state=document_or_text(state),
        )
        return self._enter(_access(self._transport.call("POST", "/_mockcliq/worlds", order, timeout_s=LONG_S)))

    def delete(self, world: str) -> None:
        """Delete the world of that id; ``default`` stays."""
        self._transport.call("DELETE", f"/_mockcliq/worlds/{segment(world)}")


def document_or_text(state: WorldState | None) -> Mapping[str, Any] | str | None:
    """A state as it is sent; the server reads YAML, too."""
    return state.read_text("utf-8") if isinstance(state, Path) else state


def _access(answer: Any) -> WorldAccess:
    users = tuple(read(User, row) for row in rows(answer, "users"))
    return read(WorldAccess, answer, users=users)
