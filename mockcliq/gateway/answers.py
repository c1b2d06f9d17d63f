"""Answers as bytes: the one place that knows what a success and a refusal look like on the wire."""

from __future__ import annotations

from typing import NamedTuple

import orjson

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


def to_json(document: object) -> bytes:
    """A document as the bytes of a JSON body."""
    return orjson.dumps(document)
