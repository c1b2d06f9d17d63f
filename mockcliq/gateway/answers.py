"""Answers as bytes: the one place that knows what a success and a refusal look like on the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from starlette.types import Scope

from mockcliq.contract.refusals import Reason

JSON_TYPE = b"application/json;charset=UTF-8"

Headers = tuple[tuple[bytes, bytes], ...]


class Answer(NamedTuple):
    """A status and a body, empty where there is none. ``reason`` is what a refusal gives as its own.

    ``status`` is None where there is no answer, since the connection is broken off in its place.
    """

    status: int | None
    body: bytes
    headers: Headers = ()
    reason: Reason | None = None


NO_CONTENT = Answer(204, b"")

ANSWER_AT_ONCE = "mockcliq.answer_at_once"
"""Our server's extension of ASGI. Its `write` takes the status, the headers and the body of an answer whose headers
need no check, and tells whether it wrote them: ASGI's two messages cost more than all that a list costs us."""


def answered_at_once(scope: Scope, answer: Answer, headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Write a whole answer, where the server can do that; tells whether it did."""
    extension = scope.get("extensions", _NO_EXTENSIONS).get(ANSWER_AT_ONCE)
    return extension is not None and extension["write"](answer.status, headers, answer.body)


_NO_EXTENSIONS: Mapping[str, Any] = {}


def to_json(document: object) -> bytes:
    """A document as the bytes of a JSON body."""
    return orjson.dumps(document)
