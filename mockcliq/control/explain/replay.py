"""A call as it can be made again, by whatever it is written down for."""

from __future__ import annotations

import re
from typing import NamedTuple, Self
from urllib.parse import quote

from mockcliq.control.journal_entries import body_shown
from mockcliq.redaction import Redaction
from mockcliq.runtime.journal import Exchange

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
    }
)
"""Headers that each client writes itself, or that are about the connection the call was made on."""

_PATH_SAFE = "/%:@!$&'()*+,;=~[]{}|\\\"<>^`"
_QUERY_SAFE = _PATH_SAFE + "?"

# What was hidden may have been decoded for that, so that anything can stand where only these could.
_NOT_IN_A_NAME = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class Replay(NamedTuple):
    """A call without what was its client's or its connection's, and without secrets that may not be shown.

    ``base_url`` is scheme and host; ``path`` and ``query`` are percent-encoded as they were sent, as far as a URL has
    them so; ``headers`` have their names in lower case and their values as bytes.
    """

    method: str
    base_url: str
    path: str
    query: str
    headers: list[tuple[str, bytes]]
    body: bytes
    was_sent_elsewhere: bool
    """Whether its answer was a redirect, which some clients follow unasked."""

    @classmethod
    def of(cls, exchange: Exchange, redaction: Redaction, base_url: str, token: str | None) -> Self:
        """Read it off an exchange.

        Args:
            exchange: The call.
            redaction: What may be shown of it; a secret that may not is replaced by what is shown in its place.
            base_url: Scheme and host to make it to.
            token: Sent in place of the call's own, which may not be shown; None sends what the call sent.
        """
        raw_path = quote(exchange.path).encode() if exchange.raw_path is None else exchange.raw_path
        return cls(
            method=_NOT_IN_A_NAME.sub("-", redaction.text(exchange.method)),
            base_url=base_url,
            path=quote(redaction.text(raw_path.decode("latin-1")), safe=_PATH_SAFE),
            query=quote(redaction.form(exchange.query.decode("latin-1")), safe=_QUERY_SAFE),
            headers=_headers(exchange, redaction, token),
            body=_body(exchange, redaction),
            was_sent_elsewhere=exchange.status is not None and exchange.status // 100 == 3,  # noqa: PLR2004 - 3xx
        )

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def sends(self, name: str) -> bool:
        """Whether it has a header of that name."""
        return any(each == name for each, _ in self.headers)


def _headers(exchange: Exchange, redaction: Redaction, token: str | None) -> list[tuple[str, bytes]]:
    headers = []
    if token is not None:
        headers.append(("authorization", f"{_scheme(exchange)} {token}".encode("latin-1")))
    for raw_name, value in exchange.headers:
        name = raw_name.decode("latin-1").lower()
        if name in _NOT_THE_CALLS_OWN or (name == "authorization" and token is not None):
            continue
        shown = redaction.header(name, value)
        if shown not in (value.decode("latin-1"), value.decode("utf-8", "replace")):
            value = _NOT_IN_A_VALUE.sub(" ", shown).encode()  # noqa: PLW2901 - what is left of it
        headers.append((_NOT_IN_A_NAME.sub("-", redaction.text(name)), value))
    return headers


def _scheme(exchange: Exchange) -> str:
    sent = next((value for name, value in exchange.headers if name == b"authorization"), b"")
    return "Zoho-oauthtoken" if sent[:15].lower() == b"zoho-oauthtoken" else "Bearer"


def _body(exchange: Exchange, redaction: Redaction) -> bytes:
    shown = body_shown(redaction, exchange)
    return exchange.body if shown == exchange.body.decode("utf-8", "replace") else shown.encode()
