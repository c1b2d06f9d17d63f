"""The format HAR 1.2 as a JSON schema, from its specification (Software is Hard, HAR 1.2 Spec, and W3C's draft).

Objects may have keys of their own that begin with ``_`` and no others.
"""

from __future__ import annotations

from typing import Any


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {}), "comment": {"type": "string"}}
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "patternProperties": {"^_": {}},
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_SIZE = {"type": "integer", "minimum": -1}
_TIME = {"type": "number", "minimum": -1}
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_NAMED = {"type": "array", "items": _object({"name": _TEXT, "value": _TEXT})}
_COOKIES = {
    "type": "array",
    "items": _object(
        {"name": _TEXT, "value": _TEXT},
        {"path": _TEXT, "domain": _TEXT, "expires": _TEXT, "httpOnly": {"type": "boolean"}},
    ),
}
_PROGRAM = _object({"name": _TEXT, "version": _TEXT})
_REQUEST = _object(
    {
        "method": _TEXT,
        "url": {"type": "string", "pattern": r"^https?://[^\s/]+/[!-~]*$"},
        "httpVersion": _TEXT,
        "cookies": _COOKIES,
        "headers": _NAMED,
        "queryString": _NAMED,
        "headersSize": _SIZE,
        "bodySize": _SIZE,
    },
    {"postData": _object({"mimeType": _TEXT}, {"params": {"type": "array"}, "text": _TEXT})},
)
_RESPONSE = _object(
    {
        "status": {"type": "integer", "minimum": 0, "maximum": 599},
        "statusText": _TEXT,
        "httpVersion": _TEXT,
        "cookies": _COOKIES,
        "headers": _NAMED,
        "content": _object(
            {"size": {"type": "integer", "minimum": 0}, "mimeType": _TEXT},
            {"compression": {"type": "integer"}, "text": _TEXT, "encoding": _TEXT},
        ),
        "redirectURL": _TEXT,
        "headersSize": _SIZE,
        "bodySize": _SIZE,
    }
)
_ENTRY = _object(
    {
        "startedDateTime": _MOMENT,
        "time": {"type": "number", "minimum": 0},
        "request": _REQUEST,
        "response": _RESPONSE,
        "cache": _object({}, {"beforeRequest": {}, "afterRequest": {}}),
        "timings": _object(
            {"send": _TIME, "wait": _TIME, "receive": _TIME},
            {"blocked": _TIME, "dns": _TIME, "connect": _TIME, "ssl": _TIME},
        ),
    },
    {"pageref": _TEXT, "serverIPAddress": _TEXT, "connection": _TEXT},
)
HAR_1_2 = _object(
    {
        "log": _object(
            {"version": {"const": "1.2"}, "creator": _PROGRAM, "entries": {"type": "array", "items": _ENTRY}},
            {"browser": _PROGRAM, "pages": {"type": "array"}},
        )
    }
)
