"""Styles: each is one table from a rule to its status, code, message and media type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from pydantic import BaseModel

from mockcliq.contract.refusals import Reason, Refusal
from mockcliq.gateway.answers import JSON_TYPE, Answer, to_json
from mockcliq.gateway.rules import INJECTED_FAULT
from mockcliq.runtime.faults import Rule as FaultRule

_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Row(NamedTuple):
    """The rendering of one refusal."""

    status: int
    code: str | None = None
    message: str | None = None
    media_type: bytes = JSON_TYPE


@dataclass(frozen=True)
class Style:
    """A rendering of refusals.

    Attributes:
        name: The style's name.
        rows: By rule name, for rules whose status does not decide everything.
        statuses: By documented status, for all other rules, `Prefer`, and faults with a bare status.
        body: Renders a row's body.
        schema: The body's model, for the documents; None if there is no single one.
    """

    name: str
    rows: Mapping[str, Row]
    statuses: Mapping[int, Row]
    body: Callable[[Row], bytes]
    schema: type[BaseModel] | None = None

    def row(self, refusal: Refusal) -> Row:
        return self.rows.get(refusal.rule.name) or self.statuses[refusal.status]

    def refuse(self, refusal: Refusal, redact: Callable[[str], str] = str) -> Answer:
        """Render a refusal; ``redact`` removes secrets from values that quote the client."""
        row = self.row(refusal)
        reason = refusal.reason(redact if refusal.rule.quotes_client else str)
        return Answer(row.status, self.body(row), (*refusal.headers, *_content_type(row)), reason)

    def fault(self, rule: FaultRule, allow: str) -> Answer:
        """Render the answer of a fault rule: its own body, or its status's; empty if it breaks the connection."""
        status, body = rule.then.status, rule.then.body
        reason = Refusal(INJECTED_FAULT, id=rule.id).reason()
        if status is None:
            return Answer(None, b"", reason=reason)
        headers = [(name.lower().encode(), value.encode()) for name, value in (rule.then.headers or {}).items()]
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append((b"allow", allow.encode()))
        content = b""
        if status not in _BODILESS and body is not None:
            content = body.encode() if isinstance(body, str) else to_json(body)
        elif status in self.statuses:
            row = self.statuses[status]
            content = self.body(row)
            if not any(name == b"content-type" for name, _ in headers):
                headers += _content_type(row)
        refused: Reason | None = reason if status >= HTTPStatus.BAD_REQUEST else None
        return Answer(status, content, tuple(headers), refused)


def _content_type(row: Row) -> tuple[tuple[bytes, bytes], ...]:
    """The Content-Type of a row; the gateway adds that of JSON."""
    return () if row.media_type == JSON_TYPE else ((b"content-type", row.media_type),)
