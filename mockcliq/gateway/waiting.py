"""What is left of a coroutine that was begun by hand, to learn whether it waits for anything."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


@coroutine
def resumed(begun: Coroutine[Any, Any, Result], waited_for: Any) -> Generator[Any, Any, Result]:
    """The rest of a coroutine.

    Args:
        begun: What was sent None once, and waits.
        waited_for: What it gave then.
    """
    try:
        while True:
            try:
                given = yield waited_for
            except BaseException as error:  # noqa: BLE001 - a cancellation too is the coroutine's
                waited_for = begun.throw(error)
            else:
                waited_for = begun.send(given)
    except StopIteration as end:
        result: Result = end.value
        return result
