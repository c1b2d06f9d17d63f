"""Answers as bytes."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from mockcliq.contract.refusals import Reason

JSON_TYPE = b"application/json;charset=UTF-8"

Headers = tuple[tuple[bytes, bytes], ...]


class Answer(NamedTuple):
    """An answer, before the gateway adds its own headers.

    Attributes:
        status: None if a fault breaks the connection off in place of an answer.
        body: Empty for none.
        headers: Names in lower case.
        reason: Why the call was refused; None if it was not.
    """

    status: int | None
    body: bytes
    headers: Headers = ()
    reason: Reason | None = None


NO_CONTENT = Answer(204, b"")


def to_json(document: object) -> bytes:
    """Write a document as JSON."""
    return orjson.dumps(document)
