"""Answers as bytes."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from mockcliq.contract.refusals import Reason

JSON_TYPE = b"application/json;charset=UTF-8"

_JSON_HEADER = (b"content-type", JSON_TYPE)

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


def completed(
    headers: list[tuple[bytes, bytes]], size: int, request_id: str, reason: Reason | None, *, debug: bool
) -> list[tuple[bytes, bytes]]:
    """Add to an answer's own headers what every answer has.

    Args:
        headers: Its own.
        size: Of its body, in bytes.
        request_id: Its id in the journal.
        reason: Why the call was refused, if it was.
        debug: Whether the headers tell these two.
    """
    if size:
        if not headers or all(name != b"content-type" for name, _ in headers):
            headers.append(_JSON_HEADER)
        headers.append((b"content-length", b"%d" % size))
    if debug:
        headers.append((b"x-mockcliq-request-id", request_id.encode()))
        if reason is not None:
            headers.append((b"x-mockcliq-reason", reason.line.encode()))
    return headers


NO_CONTENT = Answer(204, b"")


def to_json(document: object) -> bytes:
    """Write a document as JSON."""
    return orjson.dumps(document)
