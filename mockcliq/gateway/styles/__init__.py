"""What refusals look like: a style is one table, from a rule to its status, code, message and media type."""

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
    """What one refusal looks like."""

    status: int
    code: str | None = None
    message: str | None = None
    media_type: bytes = JSON_TYPE


@dataclass(frozen=True)
class Style:
    """One way to write refusals down.

    Attributes:
        name: Its name.
        rows: By a rule's name, where the status that the reference documents does not say it all.
        statuses: By a documented status, for every other rule; also what `Prefer` and a fault's bare status ask for.
        body: The bytes of a row's body.
        schema: What that body is, for the documents; None where no one model describes it.
    """

    name: str
    rows: Mapping[str, Row]
    statuses: Mapping[int, Row]
    body: Callable[[Row], bytes]
    schema: type[BaseModel] | None = None

    def row(self, refusal: Refusal) -> Row:
        """Find what a refusal looks like."""
        return self.rows.get(refusal.rule.name) or self.statuses[refusal.status]

    def refuse(self, refusal: Refusal, redacted: Callable[[str], str] = str) -> Answer:
        """Write a refusal down.

        Args:
            refusal: The refusal.
            redacted: Takes out of a client's words what must not be shown.
        """
        row = self.row(refusal)
        reason = refusal.reason(redacted if refusal.rule.quotes_client else str)
        return Answer(row.status, self.body(row), (*refusal.headers, *_media_type(row)), reason)

    def fault(self, rule: FaultRule, allow: str) -> Answer:
        """What a fault rule answers: its own body, or that of its status; nothing where it breaks the connection off.

        Args:
            rule: A rule that answers, or breaks connections off.
            allow: The methods of the path, which a 405 lists.
        """
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
                headers += _media_type(row)
        refused: Reason | None = reason if status >= HTTPStatus.BAD_REQUEST else None
        return Answer(status, content, tuple(headers), refused)


def _media_type(row: Row) -> tuple[tuple[bytes, bytes], ...]:
    """The header that names a row's media type; JSON is named anyway."""
    return () if row.media_type == JSON_TYPE else ((b"content-type", row.media_type),)
