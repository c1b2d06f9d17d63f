"""A call in parts, to be made again: the source of the curl command and of the console's programs."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from mockcliq.control.journal_entries import base64_of, entry_of
from mockcliq.runtime.journal import Exchange, Rendering

_NOT_THE_CALLS_OWN = frozenset(
    {
        "host",
        "content-length",
        "user-agent",
        "accept-encoding",
        "connection",
        "proxy-connection",
        "keep-alive",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "http2-settings",
        "expect",
        "x-mockcliq-console",
    }
)
"""Headers of the client or the connection."""

_PATH_SAFE = "/%:@!$&'()*+,;=~[]{}|\\\"<>^`"
_QUERY_SAFE = _PATH_SAFE + "?"

# Redaction decodes some values, so that any character can stand in them.
_NOT_IN_A_NAME = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Replay(BaseModel):
    """A call without headers of its client and connection, and without foreign secrets."""

    method: str
    origin: str = Field(description="Scheme and host to make it to, as whoever asks reaches the server.")
    target: str = Field(description="Path and query, percent-encoded as they were sent, as far as a URL has them so.")
    headers: list[tuple[str, str]] = Field(
        description="Names, in lower case, and values; a character of a value is a byte (ISO 8859-1)."
    )
    body: str | None = Field(description="The body, where it is a text in UTF-8; null where it is none, or empty.")
    body_base64: str | None = Field(description="The body in base64, where it is no text in UTF-8.")

    @classmethod
    def of(cls, exchange: Exchange, rendering: Rendering, origin: str, token: str | None) -> Self:
        """Make the replay of an exchange.

        Args:
            exchange: The call.
            rendering: The same without foreign secrets.
            origin: Scheme and host of the server.
            token: Replaces the call's own token, which is masked; None keeps that.
        """
        entry = entry_of(rendering)
        path, query = quote(rendering.target[0], safe=_PATH_SAFE), quote(rendering.target[1], safe=_QUERY_SAFE)
        shown = entry["body"] or ""
        in_base64 = base64_of(exchange.body, shown)
        return cls(
            method=_NOT_IN_A_NAME.sub("-", entry["method"]),
            origin=origin,
            target=f"{path}?{query}" if query else path,
            headers=_headers(exchange, rendering, token),
            body=shown or None if in_base64 is None else None,
            body_base64=in_base64,
        )

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def content(self) -> bytes:
        return (self.body or "").encode() if self.body_base64 is None else b64decode(self.body_base64)

    def sends(self, name: str) -> bool:
        return any(each == name for each, _ in self.headers)


def _headers(exchange: Exchange, rendering: Rendering, token: str | None) -> list[tuple[str, str]]:
    headers = []
    if token is not None:
        sent = next((value for name, value in exchange.headers if name == b"authorization"), b"")
        scheme = "Zoho-oauthtoken" if sent[:15].lower() == b"zoho-oauthtoken" else "Bearer"
        headers.append(("authorization", f"{scheme} {token}"))
    for (raw_name, raw_value), (shown_name, shown) in zip(exchange.headers, rendering.headers, strict=True):
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in _NOT_THE_CALLS_OWN or (name == "authorization" and token is not None):
            continue
        if name == "content-encoding" and exchange.body:
            continue  # it was decoded
        if shown not in (value, raw_value.decode("utf-8", "replace")):
            value = _NOT_IN_A_VALUE.sub(" ", shown).encode().decode("latin-1")
        headers.append((_NOT_IN_A_NAME.sub("-", shown_name), value))
    return headers
