"""A call as a line for a shell: what makes it again with curl."""

from __future__ import annotations

import shlex
from urllib.parse import quote

from mockcliq.control.entries import body_shown
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
"""Headers that curl writes itself, or that are about the connection it was made on."""

_ARGUMENT_LIMIT = 100_000
"""A longer argument might be more than a system takes."""

_URL_SAFE = "/%:@!$&'()*+,;=~?[]{}|\\\"<>^`#"
_PLAIN_BYTES = frozenset(b'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz {}[]:,;.=&+-_/"?!@#$()<>|~^*')


def curl_line(exchange: Exchange, redaction: Redaction, base_url: str, token: str | None) -> str:
    """The line.

    Args:
        exchange: The call.
        redaction: What may be shown of it; a secret that may not is replaced by what is shown in its place.
        base_url: Scheme and host to make it to.
        token: Sent in place of the call's own, which may not be shown; None sends what the call sent.
    """
    words = ["curl", "-i", *_method(exchange, redaction), *_url(exchange, redaction, base_url)]
    for name, value in _headers(exchange, redaction, token):
        words += ["-H", _quoted(name.encode("latin-1") + (b": " + value if value else b";"))]
    body = _body(exchange, redaction)
    names = {name for name, _ in exchange.headers}
    if b"accept" not in names:
        words += ["-H", "Accept:"]
    if body and b"content-type" not in names:
        words += ["-H", "Content-Type:"]
    if not body:
        return " ".join(words)
    if _is_printable(body) and len(body) < _ARGUMENT_LIMIT:
        return " ".join([*words, "--data-raw", _quoted(body)])
    return f"printf '{_escaped(body)}' | {' '.join([*words, '--data-binary', '@-'])}"


def _method(exchange: Exchange, redaction: Redaction) -> list[str]:
    if exchange.method == "HEAD":
        return ["--head"]
    return (
        [] if exchange.method == "GET" and not exchange.body else ["-X", shlex.quote(redaction.text(exchange.method))]
    )


def _url(exchange: Exchange, redaction: Redaction, base_url: str) -> list[str]:
    raw = quote(exchange.path).encode() if exchange.raw_path is None else exchange.raw_path
    path = quote(redaction.text(raw.decode("latin-1")), safe=_URL_SAFE)
    query = quote(redaction.form(exchange.query.decode("latin-1")), safe=_URL_SAFE)
    target = f"{path}?{query}" if query else path
    words = []
    if any(each in target for each in "[]{}"):
        words.append("-g")
    if not path.startswith("/"):
        words += ["--request-target", shlex.quote(target)]
        target = "/"
    elif "/." in path:
        words.append("--path-as-is")
    return [*words, shlex.quote(base_url + target)]


def _headers(exchange: Exchange, redaction: Redaction, token: str | None) -> list[tuple[str, bytes]]:
    headers = []
    if token is not None:
        headers.append(("authorization", f"{_scheme(exchange)} {token}".encode("latin-1")))
    for raw_name, value in exchange.headers:
        name = raw_name.decode("latin-1").lower()
        is_left_out = name in _NOT_THE_CALLS_OWN or (name == "authorization" and token is not None)
        if is_left_out or (name == "accept" and value == b"*/*"):
            continue
        shown = redaction.header(name, value)
        is_shown_as_it_is = shown in (value.decode("latin-1"), value.decode("utf-8", "replace"))
        headers.append((redaction.text(name), value if is_shown_as_it_is else shown.encode()))
    return headers


def _scheme(exchange: Exchange) -> str:
    sent = next((value for name, value in exchange.headers if name == b"authorization"), b"")
    return "Zoho-oauthtoken" if sent[:15].lower() == b"zoho-oauthtoken" else "Bearer"


def _body(exchange: Exchange, redaction: Redaction) -> bytes:
    shown = body_shown(redaction, exchange)
    return exchange.body if shown == exchange.body.decode("utf-8", "replace") else shown.encode()


def _quoted(data: bytes) -> str:
    """One word of a POSIX shell, whatever bytes it has, save for NUL and newlines at its end."""
    return shlex.quote(data.decode()) if _is_printable(data) else f"\"$(printf '{_escaped(data)}')\""


def _is_printable(data: bytes) -> bool:
    """Whether it can be pasted as it is: a terminal does something else with a tab."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(each.isprintable() or each == "\n" for each in text)


def _escaped(data: bytes) -> str:
    """The bytes as a format of printf's, between single quotes."""
    return "".join(chr(each) if each in _PLAIN_BYTES else f"\\{each:03o}" for each in data)
