"""Resources: how the ids in paths are resolved, who may see them, and the rules that refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar, cast

from mockcliq.contract.refusals import Rule
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.worlds.world import World

Found = TypeVar("Found")


@dataclass(frozen=True)
class Resource(Generic[Found]):
    """A kind of resource in paths.

    Attributes:
        parameter: Its path parameter, as the reference writes it.
        kind: Its name in fault rules and `verify`.
        pattern: The pattern of its ids.
        find: Finds the resource of an id or alias; None for none.
        unknown: The rule that refuses an unknown id, with ``{key}``.
        own_id: Resolves an alias to the resource's own id; None for an unknown one.
        visible: Whether the caller may see it.
        forbidden: The rule that refuses other callers, with ``{user}`` and ``{id}``.
        description: The parameter's description in the documents.
        example: An id, for the documents.
    """

    parameter: str
    kind: str
    pattern: str
    find: Callable[[Authenticated, str], Found | None]
    unknown: Rule
    own_id: Callable[[World, str], str | None] = lambda _world, key: key
    visible: Callable[[Authenticated, Found], bool] = lambda _call, _found: True
    forbidden: Rule | None = None
    description: str = ""
    example: str = ""

    @cached_property
    def is_id(self) -> Callable[[str], object]:
        return re.compile(self.pattern).fullmatch

    def of(self, call: Call) -> Found:
        """The resource in a call's path."""
        return cast("Found", call.found[self.parameter])
