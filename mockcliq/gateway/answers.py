"""Answers as bytes: the one place that knows what a success and a refusal look like on the wire."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from mockcliq.spec import MESSAGES, CliqError

JSON_TYPE = b"application/json;charset=UTF-8"

Headers = tuple[tuple[bytes, bytes], ...]


class Answer(NamedTuple):
    """A status and a body, empty where there is none. ``reason`` is what a refusal gives as its own."""

    status: int
    body: bytes
    headers: Headers = ()
    reason: str | None = None


NO_CONTENT = Answer(204, b"")

_REFUSALS = {status: orjson.dumps({"message": message}) for status, message in MESSAGES.items()}


def refusal(error: CliqError) -> Answer:
    """The documented body of the refusal's status."""
    return Answer(error.status, _REFUSALS[error.status], error.headers, str(error))


def json(document: object) -> bytes:
    """A document as the bytes of a JSON body."""
    return orjson.dumps(document)
