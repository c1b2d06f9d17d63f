"""Styles: each is one table from a rule to its status, code, message and media type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from pydantic import BaseModel

from mockcliq.contract.refusals import Reason, Refusal
from mockcliq.gateway.answers import JSON_TYPE, Answer, to_json
from mockcliq.gateway.rules import INJECTED_FAULT, PREFERRED
from mockcliq.runtime.faults import Rule as FaultRule

_NO_CODES: Mapping[str, str] = {}
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Row(NamedTuple):
    """The rendering of one refusal; ``{names}`` in the message stand for the refusal's values."""

    status: int
    code: str | None = None
    message: str | None = None
    media_type: bytes = JSON_TYPE

    def filled(self, values: Mapping[str, object]) -> Row:
        """The row with these values in its message."""
        if self.message is None or "{" not in self.message:
            return self
        return self._replace(message=self.message.format_map(values))


@dataclass(frozen=True)
class Style:
    """A rendering of refusals.

    Attributes:
        name: The style's name.
        rows: By rule name, for rules whose status does not decide everything.
        statuses: By documented status, for all other rules.
        body: Renders a row's body.
        schema: The body's model, for the documents; None if there is no single one.
        bare: By status, for `Prefer` and faults with a bare status, where they differ from ``statuses``.
        is_strict: Whether parameters and keys that an operation does not know are refused, and clients' own tokens
            where a person is needed.
    """

    name: str
    rows: Mapping[str, Row]
    statuses: Mapping[int, Row]
    body: Callable[[Row], bytes]
    schema: type[BaseModel] | None = None
    bare: Mapping[int, Row] | None = None
    is_strict: bool = False

    @property
    def bare_statuses(self) -> Mapping[int, Row]:
        """The rows of statuses that somebody asks for."""
        return self.statuses if self.bare is None else self.bare

    def row(self, refusal: Refusal, codes: Mapping[str, str] = _NO_CODES) -> Row:
        rule = refusal.rule
        if rule is PREFERRED:
            return self.bare_statuses[refusal.status]
        row = self.rows.get(rule.key) or self.rows.get(rule.name) or self.statuses[refusal.status]
        return row._replace(code=codes[rule.name]) if row.code is None and rule.name in codes else row

    def refuse(
        self, refusal: Refusal, redact: Callable[[str], str] = str, codes: Mapping[str, str] = _NO_CODES
    ) -> Answer:
        """Render a refusal.

        Args:
            refusal: The refusal.
            redact: Removes secrets from values that quote the client.
            codes: The error codes of the operation's own page, by rule.
        """
        row = self.row(refusal, codes).filled(refusal.values)
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
        elif status in self.bare_statuses:
            row = self.bare_statuses[status]
            content = self.body(row)
            if not any(name == b"content-type" for name, _ in headers):
                headers += _content_type(row)
        refused: Reason | None = reason if status >= HTTPStatus.BAD_REQUEST else None
        return Answer(status, content, tuple(headers), refused)


def _content_type(row: Row) -> tuple[tuple[bytes, bytes], ...]:
    """The Content-Type of a row; the gateway adds that of JSON."""
    return () if row.media_type == JSON_TYPE else ((b"content-type", row.media_type),)
