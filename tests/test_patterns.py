"""No pattern of the package, and nothing that reads a client's bytes, costs more than in proportion to their length."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import process_time
from typing import Any, NamedTuple

import pytest

import mockcliq
from mockcliq.apis.accounts.parameters import _basic, _pairs
from mockcliq.contract.redirect_uri import redirect_uri
from mockcliq.contract.refusals import Refusal
from mockcliq.contract.repeated_keys import _PARTS
from mockcliq.contract.timestamps import parse_moment
from mockcliq.contract.urls import authority, base_url, origin, origin_of, prefix
from mockcliq.gateway.multipart import _extended_name, is_media_type
from mockcliq.gateway.steps.negotiation import accepts_json
from mockcliq.redaction import Redaction

KIB = 1024
FLOOR_S = 0.002
"""What is shorter is noise."""
HOPELESS_S = 0.5
"""What takes longer for 4 KiB need not be tried with more."""


class Found(NamedTuple):
    """A pattern, and whether it is looked for anywhere in a text, or matched at one place alone."""

    pattern: re.Pattern[Any]
    is_searched: bool


def patterns() -> dict[str, Found]:
    """Every compiled pattern of the package's modules, in their tables and classes too."""
    found: dict[str, Found] = {}
    for info in pkgutil.walk_packages(mockcliq.__path__, "mockcliq."):
        if info.name.endswith("__main__"):
            continue
        with suppress(ImportError, OSError):  # what is optional, and what is empty
            module = importlib.import_module(info.name)
            source = inspect.getsource(module)
            for name, value in vars(module).items():
                uses = re.findall(rf"(\w*\(?)\b{name}\b(?:\[(?:[^][]|\[[^]]*\])*\])?(\.\w+)?(?! =)", source)
                is_searched = any(
                    before != "_end(" and how not in (".match", ".fullmatch", ".pattern") for before, how in uses
                )
                for pattern in within(value):
                    found.setdefault(f"{pattern.pattern!r} {pattern.flags}", Found(pattern, is_searched))
    return dict(sorted(found.items()))


def within(value: object, depth: int = 4) -> Iterator[re.Pattern[Any]]:
    """The patterns that a value holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict | list | tuple | set | frozenset):
        for each in value.values() if isinstance(value, dict) else value:
            yield from within(each, depth - 1)
    elif depth and isinstance(value, type) and value.__module__.startswith("mockcliq"):
        yield from within(dict(vars(value)), depth - 1)


def alphabet(pattern: re.Pattern[Any]) -> list[str]:
    """Characters and words that a pattern speaks of, and what is like them."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    marks = sorted({each for each in re.sub(r"\\[a-zA-Z]", "", text) if not each.isalnum()})
    words = re.findall(r"[A-Za-z]{2,}", text)[:6]
    return [*dict.fromkeys(["a", "0", " ", "\n", "\\", *marks, *words, "_"])][:20]


def inputs(pattern: re.Pattern[Any]) -> Iterator[str]:
    """Fillings: each character, each two of them, and a run of one before another."""
    pieces = alphabet(pattern)
    yield from pieces
    for one in pieces:
        for other in pieces[:6]:
            yield one + other
            yield one * 3 + other


def cost(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def grows_like_a_square(make: Callable[[int], Callable[[], object]]) -> bool:
    """Whether four times as much takes some sixteen times as long; a doubt is settled by the best of several runs."""
    if cost(make(4 * KIB)) > HOPELESS_S:
        return True
    if cost(make(16 * KIB)) < FLOOR_S:
        return False
    for _ in range(3):
        small = min(cost(make(4 * KIB)) for _ in range(5))
        large = min(cost(make(16 * KIB)) for _ in range(3))
        if large < FLOOR_S or large < 8 * small:
            return False
    return True


PATTERNS = patterns()
PATTERNS.pop(f"{_PARTS.pattern!r} {_PARTS.flags}")  # for text alone that was parsed as JSON, whose strings are closed


def of_length(filling: str, size: int) -> str:
    return (filling * (size // len(filling) + 1))[:size]


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
def test_each_pattern_is_linear(name: str) -> None:
    pattern, is_searched = PATTERNS[name]

    def finding(filling: str) -> Callable[[int], Callable[[], object]]:
        def make(size: int) -> Callable[[], object]:
            text = of_length(filling, size)
            content = text.encode() if isinstance(pattern.pattern, bytes) else text
            if is_searched:
                return lambda: sum(1 for _ in pattern.finditer(content))
            return lambda: [pattern.match(content, at) for at in range(4)]

        return make

    slow = [filling for filling in inputs(pattern) if grows_like_a_square(finding(filling))]
    assert not slow, f"{pattern.pattern!r} takes the square of the length of {slow[:5]}"


def redacted(content_type: str) -> Callable[[str], object]:
    """What a body costs its journal entry: learned from and shown."""

    def work(text: str) -> str:
        content = text.encode()
        redaction = Redaction()
        redaction.learn([(b"content-type", content_type.encode())], content[:8000], content)
        return redaction.body(content, content_type)

    return work


READERS: dict[str, Callable[[str], object]] = {
    "accept": accepts_json,
    "a form": lambda text: _pairs(text.encode()),
    "basic": lambda text: _basic(f"Basic {text}".encode()),
    "a part's name": _extended_name,
    "a media type": is_media_type,
    "a redirect URI": redirect_uri,
    "an origin": origin,
    "the origin of an address": origin_of,
    "a host": authority,
    "a public URL": base_url,
    "a prefix": prefix,
    "a moment": parse_moment,
    "a header": lambda text: Redaction().header("x", text.encode()),
    "a cookie": lambda text: Redaction().header("cookie", text.encode()),
    "a query": lambda text: Redaction().form(text),
    "a sentence": lambda text: Redaction().sentence(text),
    "json": redacted("application/json"),
    "form": redacted("application/x-www-form-urlencoded"),
    "multipart": redacted("multipart/form-data; boundary=x"),
}

SENT = [
    *"\"'\\[]{}()<>=&;:,.%-_+/@ \n\t\0a0\u00e9", "a=b&", "token=b&", "a=%25252525&", "a=%41%2541&", '\\"', "\\u0041",
    "%5C%22", "name=a ", "http://a", "a.b", "a:b@", "*/*;q=1,", "q=0.5;", "QUJD", "UTF-8''", "name*=", "2026-01-01T",
    "token,a\n", "token\n", "password, ", "key",
    "code ", '{"token":{', '"token":"a', "<token>", "<a token='b'>", "eyJhbGciOi.",
    "1000.", "1000.a", "bearer ", "://a:b@", "-u a:b ", '"name":"token","value":"a",', "--x\r\n", "\r\n\r\n",
        "content-disposition: name=token\r\n\r\na\r\n--", "&quot;token&quot;:", "-----BEGIN PRIVATE KEY-----",
    "x-token: a\n b\n",
]  # fmt: skip
"""What a client may send in any number."""


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_each_reader_is_linear(reader: str) -> None:
    def reading(filling: str) -> Callable[[int], Callable[[], object]]:
        def make(size: int) -> Callable[[], object]:
            text = of_length(filling, size)

            def work() -> None:
                with suppress(ValueError, Refusal):
                    READERS[reader](text)

            return work

        return make

    assert not [filling for filling in SENT if grows_like_a_square(reading(filling))]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_64_kib_are_judged_in_20_ms(kind: str) -> None:
    """On a machine that adds ten million numbers in 0.45 s: the best of some runs, and thrice as much for noise."""

    def additions() -> int:
        total = 0
        for each in range(444_000):
            total += each
        return total

    for filling in SENT:
        text = of_length(filling, 64 * KIB)
        ratios = (cost(lambda: READERS[kind](text)) / cost(additions) for _ in range(6))  # noqa: B023  # called here
        assert any(ratio < 3 for ratio in ratios), f"{filling!r} in any number"
