"""A cache by texts of clients keeps the short ones alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockcliq.short_cache import LONGEST_KEY, short_cache


@given(st.lists(st.text(max_size=2)))
def test_it_gives_what_the_function_gives(keys: list[str]) -> None:
    look_up = short_cache(2)(str.upper)
    assert [look_up(key) for key in keys] == [key.upper() for key in keys]


def test_a_short_text_is_kept_and_a_long_one_is_not() -> None:
    asked: list[str] = []

    @short_cache(8)
    def length(key: str) -> int:
        asked.append(key)
        return len(key)

    short, long = "a" * LONGEST_KEY, "a" * (LONGEST_KEY + 1)
    assert [length(key) for key in (short, long, short, long)] == [len(short), len(long)] * 2
    assert asked == [short, long, long]


def test_a_text_that_comes_again_is_not_asked_for_again_and_no_more_are_kept_than_may_be() -> None:
    asked: list[str] = []

    @short_cache(2)
    def same(key: str) -> str:
        asked.append(key)
        return key

    assert [same(key) for key in ("a", "a", "b", "b", "c", "c", "a")] == ["a", "a", "b", "b", "c", "c", "a"]
    assert asked == ["a", "b", "c", "a"]
