"""An API as a value, and the register of all operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from mockcliq.contract.operation import Limit, Operation
from mockcliq.contract.refusals import Profile


class NotEmulated(NamedTuple):
    """An operation that is known by name alone; ``path`` is the whole one, with ``{PARAMETERS}``."""

    name: str
    method: str
    path: str


@dataclass(frozen=True)
class Api:
    """An emulated API.

    Attributes:
        name: The first half of its operations' ids.
        prefixes: The path prefixes, the default one first; a ``{PARAMETER}`` in a prefix has no meaning.
        steps: The pipeline before the handler, in the order of refusals: a `gateway.steps.Steps`.
        style: The rendering of refusals: a `gateway.styles.Style`.
        profiles: Other styles, by the profiles of worlds that have them.
        operations: Its operations, in the order of the reference.
        resources: A `gateway.resources.Resource` for each path parameter, by the parameter's name.
        title: The heading in the documentation; an API without one is undocumented.
        tags: The descriptions of its groups of operations, by scope group.
        not_emulated: The operations that it is known to have beside these.
    """

    name: str
    prefixes: tuple[str, ...]
    steps: Any
    style: Any
    operations: Sequence[Operation]
    resources: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[Profile, Any] = field(default_factory=dict)
    not_emulated: Sequence[NotEmulated] = ()

    def style_in(self, profile: Profile) -> Any:
        """The style of a world with this profile."""
        return self.profiles.get(profile, self.style)

    @property
    def leading_parts(self) -> tuple[str, ...]:
        """What stands before the first prefix in each of them: nothing, ``/network/{NETWORK}``."""
        return tuple(prefix.removesuffix(self.prefixes[0]) for prefix in self.prefixes)


class Ambiguous(ValueError):
    """Several APIs have an operation of this bare name; the message lists the ids."""


class Register:
    """All operations of all APIs, read by the limiter, faults, the journal, `verify` and the documents.

    Users write an operation's bare name where it is unambiguous, else its id. The code uses ids only.

    Attributes:
        apis: The APIs, in order.
        operations: All operations, with `api`, `prefix` and `is_ambiguous` filled in.

    Raises:
        ValueError: Two operations have the same id, a path parameter has no resource, the two paths of an operation
            have different parameters, an API has no prefix or no name.
    """

    def __init__(self, apis: Iterable[Api]) -> None:
        self.apis = tuple(apis)
        if not self.apis:
            raise ValueError("there is no API")
        namesakes = Counter(each.name for api in self.apis for each in api.operations)
        self._api_of: dict[str, Api] = {}
        self._by_id: dict[str, Operation] = {}
        for api in self.apis:
            if not re.fullmatch(r"\w+", api.name) or not api.prefixes:
                raise ValueError(f"{api.name!r}: an API has a name of letters, digits and _, and a prefix at least")
            for each in api.operations:
                operation = replace(each, api=api.name, prefix=api.prefixes[0], is_ambiguous=namesakes[each.name] > 1)
                if operation.id in self._by_id:
                    raise ValueError(f"there are two operations {operation.id}")
                if len({tuple(re.findall(r"\{\w+\}", path)) for path in operation.paths}) > 1:
                    raise ValueError(f"{operation.id}: its two paths have different parameters")
                for name in operation.parameters:
                    if name not in api.resources:
                        raise ValueError(f"{operation.id}: the API names no resource for {name}")
                self._by_id[operation.id] = operation
                self._api_of[operation.id] = api
        self.operations = tuple(self._by_id.values())
        leading = sorted({part for api in self.apis for part in api.leading_parts} - {""})
        patterns = "|".join(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(part)) for part in leading)
        self._leading_parts = re.compile(rf"(?:/w/(?P<world>[^/]+))?(?:{patterns})?(?=/)")

    def __getitem__(self, operation_id: str) -> Operation:
        return self._by_id[operation_id]

    @property
    def limits(self) -> dict[str, Limit]:
        return {each.id: each.limit for each in self.operations if each.limit is not None}

    @property
    def documented(self) -> list[Operation]:
        """The operations of the APIs with a title, in the order of the reference."""
        return [each for each in self.operations if self.api_of(each).title]

    def api_of(self, operation: Operation) -> Api:
        return self._api_of[operation.id]

    def find(self, name: str) -> Operation | None:
        """Find an operation by its bare name or its id.

        Raises:
            Ambiguous: Several APIs have an operation of that bare name.
        """
        if name in self._by_id:
            return self._by_id[name]
        namesakes = [each for each in self.operations if each.name == name]
        if len(namesakes) > 1:
            ids = " or ".join(each.id for each in namesakes)
            raise Ambiguous(f"there are several operations {name!r}; name {ids}")
        return namesakes[0] if namesakes else None

    def bare_path(self, path: str) -> str:
        """Strip the world and the network from the front of a path."""
        found = self._leading_parts.match(path)
        return path if found is None else path[found.end() :]

    def split_world(self, path: str) -> tuple[str | None, str]:
        """Split a path into the world's name, which may not exist, and the rest; without a world, None and the path."""
        found = self._leading_parts.match(path)
        if found is None or found["world"] is None:
            return None, path
        return found["world"], path[found.end("world") :]
