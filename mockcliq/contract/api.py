"""An API as a value, and the register of every operation of all APIs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mockcliq.contract.operation import Limit, Operation


@dataclass(frozen=True)
class Api:
    """An API that is emulated. The gateway serves it, the register knows its operations.

    Attributes:
        name: Qualifies the names of its operations.
        prefixes: What its paths begin with, the first by default; ``{PARAMETERS}`` of a prefix mean nothing here.
        steps: What a call passes before its handler, in the order of refusals: a `gateway.steps.Steps`.
        style: What its refusals look like: a `gateway.styles.Style`.
        operations: What it lets its clients call.
        resources: By the name of a path parameter what it names: a `gateway.resources.Resource`.
        title: Its heading in the documentation; an API without one is not documented.
        tags: What is said there of the groups of its operations, by the scopes' groups.
    """

    name: str
    prefixes: tuple[str, ...]
    steps: Any
    style: Any
    operations: Sequence[Operation]
    resources: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class Ambiguous(ValueError):
    """A bare name that operations of several APIs have; the message lists the qualified ones."""


class Register:
    """Every operation of all APIs: the limiter, faults, the journal, `verify` and the documents read it.

    Users write an operation's bare name where only one API has it, else its id. Everything inside goes by ids.

    Attributes:
        apis: The APIs, in order.
        operations: All of them, each with the name of its API, its first prefix and what users call it.

    Raises:
        ValueError: Two operations have the same id.
    """

    def __init__(self, apis: Iterable[Api]) -> None:
        self.apis = tuple(apis)
        namesakes = Counter(each.name for api in self.apis for each in api.operations)
        self._api_of: dict[str, Api] = {}
        self._by_id: dict[str, Operation] = {}
        for api in self.apis:
            for each in api.operations:
                operation = replace(each, api=api.name, prefix=api.prefixes[0], is_ambiguous=namesakes[each.name] > 1)
                if operation.id in self._by_id:
                    raise ValueError(f"there are two operations {operation.id}")
                self._by_id[operation.id] = operation
                self._api_of[operation.id] = api
        self.operations = tuple(self._by_id.values())
        leads = sorted({prefix.removesuffix(api.prefixes[0]) for api in self.apis for prefix in api.prefixes} - {""})
        patterns = "|".join(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(lead)) for lead in leads)
        self._lead = re.compile(rf"(?:/w/(?P<world>[^/]+))?(?:{patterns})?(?=/)")

    def __getitem__(self, operation_id: str) -> Operation:
        return self._by_id[operation_id]

    @property
    def limits(self) -> dict[str, Limit]:
        """The limits, by the ids of the operations that have one."""
        return {each.id: each.limit for each in self.operations if each.limit is not None}

    @property
    def documented(self) -> list[Operation]:
        """The operations of the APIs that have a documentation, in its order."""
        return [each for each in self.operations if self.api_of(each).title]

    def api_of(self, operation: Operation) -> Api:
        """Return the API that an operation belongs to."""
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
        """Any path without the world and the network that stand before it."""
        found = self._lead.match(path)
        return path if found is None else path[found.end() :]

    def world_in(self, path: str) -> str | None:
        """The world that any path names, also one that nobody has."""
        found = self._lead.match(path)
        return None if found is None else found["world"]
