"""Routing by a tree of path segments, compiled from the application's routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mockcliq.contract.api import Api, NotEmulated, Register
from mockcliq.contract.operation import Operation
from mockcliq.gateway.call import Match
from mockcliq.short_cache import short_cache

_ANY = "{}"
"""The key of a parameter's branch."""


class _Node:
    """A node of the tree: the next segments, and the operations and the template of this path, emulated or not."""

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.template = ""
        self.operations: list[Operation] = []
        self.not_emulated: list[tuple[Api, NotEmulated]] = []


class Router:
    """Finds the operations of a path, among those that the application has routes for; recent paths are cached."""

    def __init__(self, register: Register, routed: Iterable[Operation]) -> None:
        self._register = register
        self._root = _Node()
        for operation in routed:
            for prefix in register.api_of(operation).prefixes:
                for path in operation.paths:
                    node = self._node(prefix + path)
                    node.template = operation.prefix + path
                    node.operations.append(operation)
        for api in register.apis:
            for each in api.not_emulated:
                for part in api.leading_parts:
                    self._node(part + each.path).not_emulated.append((api, each))
        self.match = short_cache(4096)(self._match)

    def nearest_api(self, path: str) -> Api:
        """The API for an unknown path: the one whose prefix it has, else the first."""
        bare = self._register.bare_path(path)
        return next((api for api in self._register.apis if _has_prefix(bare, api.prefixes[0])), self._register.apis[0])

    def _node(self, template: str) -> _Node:
        node = self._root
        for segment in template.split("/"):
            node = node.next.setdefault(_ANY if segment.startswith("{") else segment, _Node())
        return node

    def _match(self, path: str) -> Match | None:
        world_id, rest = self._register.split_world(path)
        for node, values in _found(self._root, rest.split("/"), []):
            by_method: dict[str, tuple[Operation, ...]] = {}
            for operation in node.operations:
                by_method[operation.method] = (*by_method.get(operation.method, ()), operation)
            not_emulated = frozenset(each.method for _, each in node.not_emulated)
            api, template = self._described(node)
            names = re.findall(r"\{([^}]+)\}", template)
            parameters = dict(zip(names, values[len(values) - len(names) :], strict=True))
            resources = tuple((api.resources[name], key) for name, key in parameters.items() if name in api.resources)
            return Match(
                api=api,
                operations=by_method,
                not_emulated=not_emulated,
                allow=", ".join(sorted(by_method or not_emulated)),
                path=template.format_map(parameters),
                resources=resources,
                resource_keys={resource.kind: key for resource, key in resources},
                world_id=world_id,
            )
        return None

    def _described(self, node: _Node) -> tuple[Api, str]:
        """The API and the template of a path."""
        if node.operations:
            first = node.operations[0]
            return self._register.api_of(first), node.template
        api, first_known = node.not_emulated[0]
        return api, first_known.path


def _found(node: _Node, segments: Sequence[str], values: Sequence[str]) -> Iterator[tuple[_Node, Sequence[str]]]:
    """The paths of these segments, with parameter values; a literal segment goes before a parameter."""
    if not segments:
        if node.operations or node.not_emulated:
            yield node, values
        return
    segment, *rest = segments
    if segment in node.next and segment != _ANY:
        yield from _found(node.next[segment], rest, values)
    if segment and _ANY in node.next:
        yield from _found(node.next[_ANY], rest, [*values, segment])


def _has_prefix(path: str, prefix: str) -> bool:
    return bool(prefix) and f"{path}/".startswith(f"{prefix}/")
