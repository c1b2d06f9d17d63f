"""Rendering of exchanges as journal entries, with foreign secrets redacted."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson
from pydantic import BaseModel

from mockcliq.contract.timestamps import iso_ms
from mockcliq.gateway.answers import completed
from mockcliq.redaction import Issued, Redaction
from mockcliq.runtime.journal import Exchange, Journal, Journals, Rendering
from mockcliq.seeding.tokens import label_in

_SWITCHES = frozenset({b"true", b"false"})
"""No secrets, under whatever name: Access-Control-Allow-Credentials."""


class Entry(BaseModel):
    """An exchange.

    ``query`` has a list for a repeated name; ``headers`` join repeated values by commas. ``body`` and ``answer`` are
    null if empty; the first 64 KiB are kept, and ``body_truncated`` or ``answer_truncated`` is true if there was more.
    ``body_unread`` is true if the call was refused before its body was read. ``status`` is null if the connection was
    broken off in place of the work, and, with ``in_flight``, while the call has no answer yet. ``client_status`` is
    there where the client saw something else than the work gave: a fault's status, or null for none. ``token_label`` is
    how the world calls the call's token, such as ``owner``; ``client`` is the User-Agent. ``created`` is what a post
    made first, with `--create-missing`, such as ``channel alerts``.
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
    answer_headers: dict[str, str]
    duration_ms: float
    reason: str | None
    fault: str | None
    token_label: str | None
    client: str | None
    in_flight: bool = False
    client_status: int | None = None
    body_truncated: bool = False
    body_unread: bool = False
    answer_truncated: bool = False
    created: str | None = None


def rendered(journal: Journal | Journals, exchange: Exchange, issued: Issued) -> Rendering:
    """How an exchange is shown, made for the first reader and remembered for the others.

    So a token is judged once: one of ours stays in sight though its world is gone, and what was masked stays masked.
    """
    rendering = exchange.rendering
    if rendering is None:
        rendering = _render(exchange, issued)
        journal.remember(exchange, rendering)
    return rendering


def entry_of(rendering: Rendering) -> dict[str, Any]:
    """The entry of a rendering, in the form of `Entry`."""
    entry: dict[str, Any] = orjson.loads(rendering.entry)
    return entry


def _render(exchange: Exchange, issued: Issued) -> Rendering:
    redaction = Redaction(issued)
    redaction.learn(exchange.headers, exchange.line.query, exchange.body)
    query = redaction.form(exchange.line.query.decode("latin-1"))
    names = [name.decode("latin-1").lower() for name, _ in exchange.headers]
    headers = [
        (redaction.text(name), redaction.header(name, value))
        for name, (_, value) in zip(names, exchange.headers, strict=True)
    ]
    shown_headers = _joined(headers)
    answer_headers = [
        (name := key.decode("latin-1"), value.decode() if value in _SWITCHES else redaction.header(name, value))
        for key, value in _answer_headers(exchange)
    ]
    token = next(sent_tokens(exchange), "")
    body_is_cut = exchange.body_size > len(exchange.body)
    answer_is_cut = exchange.answer_size > len(exchange.answer)
    content_type = next((value for name, value in exchange.headers if name == b"content-type"), b"").decode("latin-1")
    entry = {
        "id": exchange.id,
        "time": iso_ms(exchange.time),
        "world": exchange.world,
        "user": exchange.user,
        "operation": None if exchange.operation is None else exchange.operation.label,
        "method": redaction.text(exchange.line.method),
        "path": redaction.text(exchange.line.path),
        "query": _query(query),
        "headers": shown_headers,
        "body": redaction.body(exchange.body, content_type, is_cut=body_is_cut) or None,
        "status": exchange.status,
        "answer": redaction.body(exchange.answer, "", is_cut=answer_is_cut) or None,
        "answer_headers": _joined(answer_headers),
        "duration_ms": round(exchange.duration_ms, 3),
        "reason": None if exchange.reason is None else exchange.reason.line,
        "fault": exchange.fault,
        "token_label": label_in(token, exchange.world) if issued(token) else None,
        "client": shown_headers.get("user-agent"),
    }
    if exchange.is_in_flight:
        entry["in_flight"] = True
    if exchange.sent_status != exchange.status:
        entry["client_status"] = exchange.sent_status
    if body_is_cut:
        entry["body_truncated"] = True
    if body_is_unread(exchange):
        entry["body_unread"] = True
    if answer_is_cut:
        entry["answer_truncated"] = True
    if exchange.created is not None:
        entry["created"] = redaction.text(exchange.created)
    raw_path = quote(exchange.line.path).encode() if exchange.line.raw_path is None else exchange.line.raw_path
    return Rendering(
        entry=orjson.dumps(entry),
        target=(redaction.text(raw_path.decode("latin-1")), query),
        headers=headers,
        resources={kind: redaction.text(key) for kind, key in exchange.resources.items()},
    )


def _answer_headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    if exchange.status is None:
        return []
    headers = list(exchange.answer_headers)
    return completed(headers, exchange.answer_size, exchange.id, exchange.reason, debug=exchange.has_debug_headers)


def sent_tokens(exchange: Exchange) -> Iterator[str]:
    """The tokens that a call came with, the one in its header first."""
    for name, value in exchange.headers:
        if name == b"authorization":
            yield value.decode("latin-1").strip().partition(" ")[2].strip()
    yield from (value for name, value in parse_qsl(exchange.line.query.decode("latin-1")) if name == "zapikey")


def base64_of(content: bytes, shown: str) -> str | None:
    """A body in base64, where it is no text in UTF-8 and nothing in it is hidden; None where it is shown as a text."""
    is_text = shown != content.decode("utf-8", "replace") or content == shown.encode()
    return None if is_text else b64encode(content).decode()


def body_is_unread(exchange: Exchange) -> bool:
    """Whether the call was refused before its body was read."""
    return not (exchange.body_size or exchange.is_in_flight) and any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
        for name, value in exchange.headers
    )


def _query(shown: str) -> dict[str, str | list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(shown, keep_blank_values=True, errors="replace"):
        values.setdefault(name, []).append(value)
    return {name: given if len(given) > 1 else given[0] for name, given in values.items()}


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
