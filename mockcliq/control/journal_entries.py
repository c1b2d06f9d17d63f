"""Rendering of exchanges as journal entries, with foreign secrets redacted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel

from mockcliq.contract.timestamps import iso_ms
from mockcliq.redaction import Issued, Redaction
from mockcliq.runtime.journal import Exchange


class Entry(BaseModel):
    """An exchange.

    ``query`` has a list for a repeated name; ``headers`` join repeated values by commas. ``body`` and ``answer`` are
    null if empty; the first 64 KiB are kept, and ``body_truncated`` or ``answer_truncated`` is true if there was more.
    ``body_unread`` is true if the call was refused before its body was read. ``status`` is null if a fault broke the
    connection. ``created`` is what a post made first, with `--create-missing`, such as ``channel alerts``.
    """

    id: str
    time: str
    world: str
    user: str | None
    operation: str | None
    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: str | None
    status: int | None
    answer: str | None
    duration_ms: float
    reason: str | None
    fault: str | None
    body_truncated: bool = False
    body_unread: bool = False
    answer_truncated: bool = False
    created: str | None = None


def redaction_of(exchange: Exchange, issued: Issued) -> Redaction:
    """Make the redaction that knows the secrets of an exchange."""
    redaction = Redaction(issued)
    redaction.learn(exchange.headers, exchange.query, exchange.body)
    return redaction


def render_entry(exchange: Exchange, issued: Issued) -> dict[str, Any]:
    """Render an exchange in the form of `Entry`."""
    redaction = redaction_of(exchange, issued)
    entry = {
        "id": exchange.id,
        "time": iso_ms(exchange.time),
        "world": exchange.world,
        "user": exchange.user,
        "operation": None if exchange.operation is None else exchange.operation.label,
        "method": redaction.text(exchange.method),
        "path": redaction.text(exchange.path),
        "query": _query(redaction.form(exchange.query.decode("latin-1"))),
        "headers": _headers(redaction, exchange.headers),
        "body": body_shown(redaction, exchange) or None,
        "status": exchange.status,
        "answer": redaction.body(exchange.answer, "", is_cut=exchange.answer_size > len(exchange.answer)) or None,
        "duration_ms": round(exchange.duration_ms, 3),
        "reason": None if exchange.reason is None else exchange.reason.line,
        "fault": exchange.fault,
    }
    if exchange.body_size > len(exchange.body):
        entry["body_truncated"] = True
    if body_is_unread(exchange):
        entry["body_unread"] = True
    if exchange.answer_size > len(exchange.answer):
        entry["answer_truncated"] = True
    if exchange.created is not None:
        entry["created"] = redaction.text(exchange.created)
    return entry


def body_shown(redaction: Redaction, exchange: Exchange) -> str:
    """The request's body as redacted text."""
    content_type = next((value for name, value in exchange.headers if name == b"content-type"), b"")
    is_cut = exchange.body_size > len(exchange.body)
    return redaction.body(exchange.body, content_type.decode("latin-1"), is_cut=is_cut)


def body_is_unread(exchange: Exchange) -> bool:
    """Whether the call was refused before its body was read."""
    return not exchange.body_size and any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
        for name, value in exchange.headers
    )


def _query(shown: str) -> dict[str, str | list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(shown, keep_blank_values=True, errors="replace"):
        values.setdefault(name, []).append(value)
    return {name: given if len(given) > 1 else given[0] for name, given in values.items()}


def _headers(redaction: Redaction, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for raw_name, value in headers:
        name = redaction.text(raw_name.decode("latin-1").lower())
        text = redaction.header(name, value)
        shown[name] = f"{shown[name]}, {text}" if name in shown else text
    return shown
