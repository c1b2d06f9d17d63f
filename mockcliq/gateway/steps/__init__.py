"""What a call passes before its handler: a file for each concern, and the chain that puts them in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints, overload

from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Received

Stage = TypeVar("Stage", bound=Received)
Later = TypeVar("Later", bound=Received)

Step = Callable[[Any], Any]
"""Lets a call pass (None, or the call as one of a later stage), answers it, or refuses it by raising a `Refusal`.

One that has to wait returns what is to be awaited; most are plain functions.
"""


class Misplaced(TypeError):
    """A step stands where something that it needs is not known yet."""


class Steps(Generic[Stage]):
    """Steps in order, which is the order of refusals.

    ``then`` adds one. It takes only a step that needs no more than the steps before it find out: mypy tells so, and who
    runs without mypy learns it when the chain is made, not at a call.
    """

    def __init__(self, steps: tuple[Step, ...] = (), stage: type[Received] = Received) -> None:
        self._steps = steps
        self.stage = stage

    @staticmethod
    def begin() -> Steps[Received]:
        """Begin with a call of which nothing is known but its world."""
        return Steps()

    def __iter__(self) -> Iterator[Step]:
        return iter(self._steps)

    @overload
    def then(self, step: Callable[[Stage], Answer | Awaitable[Answer | None] | None]) -> Steps[Stage]: ...
    @overload
    def then(self, step: Callable[[Stage], Later | Awaitable[Later]]) -> Steps[Later]: ...
    def then(self, step: Step) -> Any:
        """Add a step.

        Raises:
            Misplaced: It needs a later stage than the steps before it lead to.
        """
        hints = get_type_hints(step)
        needs = next(hint for name, hint in hints.items() if name != "return")
        if not issubclass(self.stage, needs):
            raise Misplaced(f"{step.__name__} needs a call that is {needs.__name__}, not only {self.stage.__name__}")
        later = [each for each in _classes(hints["return"]) if issubclass(each, Received)]
        return Steps((*self._steps, step), later[0] if later else self.stage)


def _classes(hint: Any) -> Iterator[type]:
    """The classes that a type names, at any depth."""
    if get_origin(hint) in (Union, UnionType, Awaitable):
        for part in get_args(hint):
            yield from _classes(part)
    elif isinstance(hint, type):
        yield hint
