"""The steps before the handler, a file for each concern, and the chain that orders them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints, overload

from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Authenticated, Received

Stage = TypeVar("Stage", bound=Received)
Later = TypeVar("Later", bound=Received)

Step = Callable[[Any], Any]
"""Passes a call (returns None, or the call at a later stage), answers it, or raises a `Refusal`.

Most are plain functions; one that waits returns an awaitable.
"""


class Misplaced(TypeError):
    """A step needs a later stage than the steps before it provide."""


class Steps(Generic[Stage]):
    """Steps in order, which is the order of refusals.

    ``then`` adds a step, and refuses one that needs a later stage than the steps before it provide: mypy at checking
    time, `Misplaced` when the chain is made.

    Attributes:
        in_order: All of them.
        stage: What a call is that passed them.
    """

    def __init__(self, steps: tuple[Step, ...] = (), stage: type[Received] = Received) -> None:
        self.in_order = steps
        self.stage = stage

    @staticmethod
    def begin() -> Steps[Received]:
        """Begin at the stage `Received`."""
        return Steps()

    @property
    def ask_for_token(self) -> bool:
        """Whether a call without a good token does not pass them."""
        return issubclass(self.stage, Authenticated)

    @overload
    def then(self, step: Callable[[Stage], Answer | Awaitable[Answer | None] | None]) -> Steps[Stage]: ...
    @overload
    def then(self, step: Callable[[Stage], Later | Awaitable[Later]]) -> Steps[Later]: ...
    def then(self, step: Step) -> Any:
        """Add a step.

        Raises:
            Misplaced: It needs a later stage than the steps before it provide.
        """
        hints = get_type_hints(step)
        needs = next(hint for name, hint in hints.items() if name != "return")
        if not issubclass(self.stage, needs):
            raise Misplaced(f"{step.__name__} needs a call that is {needs.__name__}, not only {self.stage.__name__}")
        later = [stage for stage in _classes(hints["return"]) if issubclass(stage, Received)]
        return Steps((*self.in_order, step), later[0] if later else self.stage)


def _classes(hint: Any) -> Iterator[type]:
    """The classes in a type hint, at any depth."""
    if get_origin(hint) in (Union, UnionType, Awaitable):
        for part in get_args(hint):
            yield from _classes(part)
    elif isinstance(hint, type):
        yield hint
