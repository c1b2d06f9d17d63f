"""What a path parameter names: how it is found, who may see it, and the rules that say so."""

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
    """A kind of thing that paths name.

    Attributes:
        parameter: The path parameter that names it, as the reference writes it.
        kind: What fault rules and `verify` call it.
        pattern: What its ids look like.
        find: What a call's id names; None for nothing. Aliases are its own affair.
        unknown: The rule that refuses an id of nothing, with ``{key}``.
        own_id: The id by which a world itself knows what an id names; None for nothing.
        visible: Whether the caller may see it.
        forbidden: The rule that refuses who may not, with ``{user}`` and ``{key}``.
        description: What the documents say of the parameter.
        example: An id.
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
        """Whether a text may be an id of it."""
        return re.compile(self.pattern).fullmatch

    def of(self, call: Call) -> Found:
        """What the path of a call names."""
        return cast("Found", call.found[self.parameter])
