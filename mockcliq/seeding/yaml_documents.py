"""Parses the YAML of world files: every scalar as the text it is, and no more of it than a document may have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import yaml

from mockcliq.contract.repeated_keys import Place, RepeatedKey
from mockcliq.seeding.errors import Unreadable

_DEEPEST = 100
"""So deep may brackets be nested; a world file needs less than ten."""

_MOST_VALUES = 500_000
"""Keys, values, lists and objects; those of an alias count where it stands."""

_MERGE = "tag:yaml.org,2002:merge"


def parse_yaml(text: str, go_on: Callable[[], None]) -> Any:
    """Parse a YAML document; ``go_on`` is called for each of its values, and may raise.

    Raises:
        Unreadable: It is none, or has too many values.
        RepeatedKey: An object has a key twice.
        RecursionError: It is nested too deeply.
    """
    try:
        return yaml.load(text, Loader=partial(_Loader, go_on=go_on))  # type: ignore[arg-type]  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "line {}, column {}".format(*_place(mark)) if mark else "line 1"
        raise Unreadable(f"{where}: not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise Unreadable(f"line 1: not YAML: {str(error).splitlines()[0]}") from error


class _Loader(yaml.SafeLoader):
    """Reads `true`, `false` and `null` as such and every other scalar as the text it is, so that ids stay exact."""

    flow_level: int

    def __init__(self, text: str, go_on: Callable[[], None]) -> None:
        super().__init__(text)
        self._go_on = go_on
        self._values = 0
        self._behind_anchors: dict[yaml.Node, int] = {}
        """How many values there are in each that has an anchor."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a value; what an alias stands for counts again, since it is made again where it stands."""
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's
        before = self._values
        node = super().compose_node(parent, index)
        if node is None:
            return None
        if isinstance(event, yaml.AliasEvent):
            if node not in self._behind_anchors:
                raise Unreadable("line {}, column {}: a value has itself in it".format(*_place(event.start_mark)))
            self._values += self._behind_anchors[node]
        else:
            self._values += 1
            if event.anchor is not None:
                self._behind_anchors[node] = self._values - before
        if self._values > _MOST_VALUES:
            raise Unreadable(f"more than {_MOST_VALUES} values, those of an alias counted again; write it as JSON")
        self._go_on()
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Compose an object; here its keys are those that stand there, not yet those of merged ones."""
        node = super().compose_mapping_node(anchor)
        assert isinstance(node, yaml.MappingNode)
        _check_keys([key for key, _ in node.value])
        return node

    def fetch_flow_collection_start(self, token: type[yaml.Token]) -> None:
        """Begin a list or an object in brackets; the time for all grows with the square of how deep they are."""
        if self.flow_level == _DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(token)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's
        """Construct it; a value that its explicit tag does not allow is told by its line."""
        self._go_on()
        try:
            return super().construct_object(node, deep)
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise yaml.constructor.ConstructorError(None, None, f"no {node.tag}", node.start_mark) from error


_Loader.yaml_implicit_resolvers = {
    **{initial: [("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"))] for initial in "tf"},
    **{initial: [("tag:yaml.org,2002:null", re.compile("(?:null|~|)$"))] for initial in ("n", "~", "")},
    "<": [(_MERGE, re.compile("<<$"))],
}
_Loader.add_constructor(_MERGE, lambda _loader, node: node.value)  # where it is no key


def _check_keys(keys: Iterable[yaml.Node]) -> None:
    first: dict[tuple[str, str], Place] = {}
    for key in keys:
        if isinstance(key.value, str) and key.tag != _MERGE:
            name, place = (key.tag, key.value), _place(key.start_mark)
            if name in first:
                raise RepeatedKey(key.value, first[name], place)
            first[name] = place


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1
