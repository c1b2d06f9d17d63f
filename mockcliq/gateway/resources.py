"""Resources: how the ids in paths are resolved, who may see them, and the rules that refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from mockcliq.contract.nearest import nearest
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.worlds.world import World

Found = TypeVar("Found")


@dataclass(frozen=True)
class Resource(Generic[Found]):
    """A kind of resource in paths.

    Attributes:
        parameter: Its path parameter, as the reference writes it.
        kind: Its key in the journal; fault rules, `verify` and explanations know ``chat``.
        pattern: The pattern of its ids.
        find: Finds the resource of an id or alias; None for none.
        unknown: The rule that refuses an unknown id, with ``{key}``; None where every id is found.
        own_id: Resolves an alias to the resource's own id; None for an unknown one. By default every id is its own.
        visible: Whether the caller may see it; by default everybody may.
        forbidden: The rule that refuses other callers, with ``{user}`` and ``{id}``; goes with ``visible``.
        names: The names that an unknown one is compared with; the nearest is told.
        make: Makes what nobody has, for a post with ``--create-missing``, unless nothing can have that id.
        description: The parameter's description in the documents.
        example: An id, for the documents.

    Raises:
        ValueError: It has one of ``visible`` and ``forbidden``, and not the other.
    """

    parameter: str
    kind: str
    pattern: str
    find: Callable[[Authenticated, str], Found | None]
    unknown: Rule | None = None
    own_id: Callable[[World, str], str | None] = lambda _world, key: key
    visible: Callable[[Authenticated, Found], bool] | None = None
    forbidden: Rule | None = None
    names: Callable[[World, str], Iterable[str]] = lambda _world, _key: ()
    make: Callable[[Authenticated, str], None] | None = None
    description: str = ""
    example: str = ""

    def __post_init__(self) -> None:
        if (self.visible is None) is not (self.forbidden is None):
            raise ValueError(f"{self.parameter}: visible and forbidden go together")

    @cached_property
    def is_id(self) -> Callable[[str], object]:
        return re.compile(self.pattern).fullmatch

    def look_up(self, call: Authenticated, key: str) -> Found:
        """The resource of an id or alias; with ``--create-missing`` a post makes what nobody has.

        Raises:
            Refusal: Nothing has this id.
        """
        found = self.find(call, key)
        if found is None and self.make is not None and _may_make(call):
            self.make(call, key)
            found = self.find(call, key)
            if found is not None:
                call.created = (*call.created, f"{self.kind} {key}")
        if found is None:
            assert self.unknown is not None
            raise Refusal(self.unknown, key=key, nearest=nearest(key, self.names(call.world, key)))
        return found

    def of(self, call: Call) -> Found:
        """The resource in a call's path."""
        found: Found = call.found[self.parameter]
        return found


def _may_make(call: Authenticated) -> bool:
    """Whether the call may make what is missing: a post, which is what takes a webhook token."""
    return call.server.settings.create_missing and call.operation.takes_webhook_token
