"""Answers as bytes: the one place that knows what a success and a refusal look like on the wire."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

import orjson

from mockcliq.contract.refusals import MESSAGES, Refusal
from mockcliq.runtime.faults import Rule

JSON_TYPE = b"application/json;charset=UTF-8"

_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

Headers = tuple[tuple[bytes, bytes], ...]


class Answer(NamedTuple):
    """A status and a body, empty where there is none. ``reason`` is what a refusal gives as its own.

    ``status`` is None where there is no answer, since the connection is broken off in its place.
    """

    status: int | None
    body: bytes
    headers: Headers = ()
    reason: str | None = None


NO_CONTENT = Answer(204, b"")

_DOCUMENTED = {status: orjson.dumps({"message": message}) for status, message in MESSAGES.items()}


def refusal(error: Refusal, redacted: Callable[[str], str] = str) -> Answer:
    """What a refusal looks like, in the words of whom it is asked.

    Args:
        error: The refusal.
        redacted: Takes out of a client's words what must not be shown.
    """
    return Answer(error.status, json(error.document), error.headers, error.told(redacted))


def faulted(rule: Rule, allow: str) -> Answer:
    """What a fault rule answers: its own body, or the documented one of its status; nothing without a status.

    Args:
        rule: A rule that answers, or breaks connections off.
        allow: The methods of the path, which a 405 lists.
    """
    status, body = rule.then.status, rule.then.body
    reason = f"injected_fault; have=fault rule {rule.id}; need=no such rule"
    if status is None:
        return Answer(None, b"", reason=reason)
    headers = [(name.lower().encode(), value.encode()) for name, value in (rule.then.headers or {}).items()]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", allow.encode()))
    if body is None or status in _BODILESS:
        content = b"" if status in _BODILESS else _DOCUMENTED.get(status, b"")
    else:
        content = body.encode() if isinstance(body, str) else json(body)
    return Answer(status, content, tuple(headers), reason if status >= HTTPStatus.BAD_REQUEST else None)


def json(document: object) -> bytes:
    """A document as the bytes of a JSON body."""
    return orjson.dumps(document)
