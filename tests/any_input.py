"""Requests to any route of an OpenAPI document: half as its schemas have them, half as nobody would send them.

The same seed gives the same requests. Numbers are small or absurd: a plausible large one would be obeyed, and a world
of a million chats takes its time.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, quote_from_bytes

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")
_KNOWN = (
    *("default", "demo", "empty", "owner", "member", "list_direct_chats", "pin_message", "mute_chat", "GET", "POST"),
    *("631830849", "scott.fisher@zylcal.com", "987000000654321", "CT_2243173626687865223_P87610291-C4", "true", "1"),
    *("1000.mockcliq.owner", "1000.mockcliq.member", "1000.default.minted-1", "ZohoCliq.Chats.READ", "name", "text"),
    *("2025-06-01T00:00:00Z", "1748736000000", "1573809690222_35141132934", "ms_1573809690222_35141132934"),
)
_WORDS = (
    *("nobody", "id", "a b", "-1", "0", "9999-12-31T23:59:59+14:00", "0000-00-00", "**", "\u2028", "\u202e", "é", "💬"),
    *("", " ", "\0", "\n", "..", "/", "%", "%2F", "a" * 3000, "'; DROP TABLE chat; --", "1" * 400, "1e400", "[1]", "{"),
    *("&", "=", "?a=b", "#", "http://127.0.0.1:1/", "mockcliq: 1", "!!python/none", "1000." + "a" * 32),
)
_NUMBERS = (0, 1, 2, 3, 20, 300, -1, 0.5, 200, 404, 500, 2**31, 2**53 + 1, 2**63, -(2**63), 10**30, 10**400, -1e308)
_WAITS = (0, 0.01, -1, 10**400, None, "soon")
"""In place of a number that would be waited for."""
_HALF_CHARACTERS = ("\ud800", "x\udc00")
_HEADERS = (
    *("Content-Type: text/plain", "Content-Type: application/json; charset=utf-16", "Content-Type: \xff;=;", "Accept:"),
    *("Accept: text/html", "Accept: \xff", "Accept: application/json;q=0", "Origin: null", "Origin: https://evil.com"),
    *(
        "Authorization: Bearer",
        "Authorization: Basic eDp5",
        "Authorization: Bearer \xff",
        "Range: bytes=0-",
        "X: \xa0\t",
    ),
    *(
        "If-Match: *",
        "Expect: 100-continue",
        "Upgrade: h2c",
        "Cookie: \xff=\xfe",
        "Last-Event-ID: -1",
        "Prefer: code=2",
    ),
    *("Content-Encoding: gzip", "X-Forwarded-Host: evil.com", "X-HTTP-Method-Override: DELETE", "Forwarded: host=x"),
)


class Request(NamedTuple):
    """A request, and the bytes of it."""

    method: str
    target: str
    wire: bytes


class AnyInput:
    """Makes requests from chance.

    Args:
        document: The OpenAPI document whose routes they are for.
        seed: The same one gives the same requests.
        prefixes: What a path may stand under; the first one is meant most of the time.
        header: A line that most requests have.
    """

    def __init__(self, document: Mapping[str, Any], seed: int, prefixes: tuple[str, ...], header: str) -> None:
        self._random = Random(seed)  # noqa: S311 - the same each time, and nothing secret
        self._schemas = document.get("components", {}).get("schemas", {})
        self._prefixes = prefixes
        self._header = header
        self.routes = [
            (method.upper(), path, described)
            for path, methods in document["paths"].items()
            for method, described in methods.items()
        ]

    def request(self, number: int) -> Request:
        """One for each route in turn."""
        method, path, described = self.routes[number % len(self.routes)]
        if self._chance(0.1):
            method = self._random.choice(_METHODS)
        target = self._target(path, described)
        lines = [f"{method} {target} HTTP/1.1", "Host: evil.com" if self._chance(0.02) else "Host: localhost"]
        lines += [self._header] * self._chance(0.9)
        lines += self._random.sample(_HEADERS, 2) * self._chance(0.2)
        body = self._body(described) if "requestBody" in described or self._chance(0.1) else b""
        if self._chance(0.1):
            lines.append("Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:3], body[3:]) if part) + b"0\r\n\r\n"
        elif body:
            lines.append(f"Content-Length: {len(body)}")
        return Request(method, target, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def _target(self, path: str, described: Mapping[str, Any]) -> str:
        prefix = self._random.choice(self._prefixes) if self._chance(0.2) else self._prefixes[0]
        parts = [self._in_url() if part.startswith("{") else part for part in path.split("/")]
        known = [each["name"] for each in described.get("parameters", ()) if each["in"] == "query"]
        names = [name for name in known if self._chance(0.5)] + [self._in_url()] * self._chance(0.1)
        query = "&".join(f"{name}={self._in_url()}" for name in names)
        return prefix + "/".join(parts) + ("?" + query if query else "")

    def _in_url(self) -> str:
        if self._chance(0.1):
            return self._random.choice(("%", "%zz", "%00", "%FF", "%ED%A0%80", "%C0%AF", "%2e%2e", "a+b", ";"))
        if self._chance(0.1):
            return quote_from_bytes(self._random.randbytes(self._random.randint(1, 9)), safe="")
        return quote(self._word(), safe="")

    def _body(self, described: Mapping[str, Any]) -> bytes:
        content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        value = self._like(content["schema"]) if "schema" in content else self._anything(3)
        text = json.dumps(value, ensure_ascii=self._chance(0.8)).encode("utf-8", "surrogatepass")
        return self._spoiled(text) if self._chance(0.15) else text

    def _spoiled(self, text: bytes) -> bytes:
        cut = self._random.randrange(len(text) + 1)
        return self._random.choice(
            (
                text[:cut],
                text[:cut] + self._random.randbytes(2) + text[cut:],
                BOM_UTF8 + text,
                text.decode("utf-8", "replace").encode("utf-16"),
                text.replace(b"{", b'{"mode": 1, "mode": 2, "user": null, ', 1),
                text.replace(b'"', b"'"),
                text + text,
                b"[" * 5000,
                b'{"then": ' * 300 + b"1" + b"}" * 300,
                b'{"then": {"status": 500, "body": ' + b"[" * 300 + b"]" * 300 + b"}}",
                b'{"seconds": 1e400}',
                b"NaN",
                b"\0",
                b" ",
            )
        )

    def _like(self, schema: Mapping[str, Any], depth: int = 6) -> Any:
        """A value that may fit the schema, if nothing spoils it."""
        if not depth or self._chance(0.08):
            return self._anything(2)
        if "$ref" in schema:
            return self._like(self._schemas[schema["$ref"].rpartition("/")[2]], depth)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._like(self._random.choice(schema[several]), depth)
        if "enum" in schema or "const" in schema:
            return self._random.choice(schema.get("enum") or [schema["const"]])
        return self._of_type(schema, depth - 1)

    def _of_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type", "anything")
        match kind if isinstance(kind, str) else self._random.choice(kind):
            case "object":
                wanted = schema.get("required", ())
                made = {
                    name: self._random.choice(_WAITS) if name == "within_s" else self._like(of, depth)
                    for name, of in schema.get("properties", {}).items()
                    if self._chance(0.95 if name in wanted else 0.4)
                }
                return made | ({self._random.choice(_WORDS): self._anything(1)} if self._chance(0.05) else {})
            case "array":
                return [self._like(schema.get("items", {}), depth) for _ in range(self._random.randint(0, 3))]
            case "boolean":
                return self._chance(0.5)
            case "integer" | "number":
                return self._random.choice(_NUMBERS)
            case "string":
                return self._word()
            case _:
                return self._anything(3)

    def _anything(self, depth: int) -> Any:
        match self._random.randrange(9 if depth else 6):
            case 0:
                return self._random.choice((None, True, False))
            case 1 | 2:
                return self._random.choice(_NUMBERS)
            case 3:
                return self._random.choice((*_HALF_CHARACTERS, float("inf"), float("nan")))
            case 4 | 5:
                return self._random.choice(_WORDS)
            case 6 | 7:
                return {self._random.choice(_WORDS): self._anything(depth - 1) for _ in range(3)}
            case _:
                return [self._anything(depth - 1) for _ in range(3)]

    def _word(self) -> str:
        return self._random.choice(_KNOWN if self._chance(0.6) else _WORDS)

    def _chance(self, of: float) -> bool:
        return self._random.random() < of
