"""What may be shown of a request: secrets that this server did not issue may be somebody's real ones.

Of such a value only the last four characters ever appear. It is known as one by where it stands (a header, a parameter
or a key with the name of a secret), by its shape (a token of Zoho's begins with ``1000.``), or because the same
exchange holds it in such a place.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import quote_plus, unquote, unquote_plus

from mockcliq.contract.quoting import last_four

SCHEMES = frozenset({"bearer", "zoho-oauthtoken", "basic", "digest", "negotiate", "token", "oauth", "apikey"})
"""Schemes of an Authorization header that are no secret to name; what stands in place of another may be one."""

_PARTS_OF_NAMES = (
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "accesskey",
    "authkey",
    "privatekey",
    "subscriptionkey",
    "credential",
    "authorization",
    "cookie",
    "sessionid",
    "jwt",
    "assertion",
)
_NAMES = frozenset({"code", "key", "pass", "pwd", "auth", "sid", "session", "sig", "signature", "otp", "codeverifier"})
_ENDS_OF_NAMES = ("auth", "authcode", "authorizationcode", "devicecode", "usercode", "verificationcode")
_HARMLESS_NAMES = frozenset({"tokentype", "tokentypehint"})

_SHAPE = re.compile(r"100[0-9](?:\.[0-9A-Za-z_-]+)+")
_SHAPE_LENGTH = len("1000.") + 8
"""What is shorter is a number, or gives nothing away."""

_PAIR_NAMES = (
    "token",
    "secret",
    "passw",
    "passphrase",
    "cookie",
    "authorization",
    *(f"{kind}{mark}key" for kind in ("api", "access", "auth", "private") for mark in ("", "_", "-")),
)
_PAIR = re.compile(
    rf"((?:{'|'.join(_PAIR_NAMES)})[\w-]{{0,40}}[\"']?\s{{0,20}}[:=]\s{{0,20}})"
    r"(\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s\"'&;,]+)",
    re.IGNORECASE | re.DOTALL,
)
"""A secret in running text, with its name."""
_PARAMETER = re.compile(r"(?<=[?&;])((?:code|key|pwd|sid)=)([^\s\"'&;,]+)", re.IGNORECASE)
"""One in an address, of a name that is too short to mean much elsewhere."""
_AFTER_SCHEME = re.compile(r"\b((?:bearer|zoho-oauthtoken|basic)[\s:=]{1,20})([^\s\"'&;,]{8,})", re.IGNORECASE)
_PASSWORD_OF_AN_ADDRESS = re.compile(r"(://[^\s/?#@:\"'&]{0,200}:)([^\s/?#@\"'&]{1,500})(?=@)")
"""What stands before the host's name in ``https://name:password@host``."""

_IN_PARAMETERS = ("code=", "key=", "pwd=", "sid=")
_IN_SCHEMES = ("bearer", "oauthtoken", "basic")
"""What is in a text in which these can be found: a fast look before a slow one."""

_BLANK = "\ufeff \t\r\n"
_JSON_BEGINS = ("{", "[", '"')
_JSON_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\]:,]|[^\s"{}\[\]:,]+|\s+', re.DOTALL)
_JSON_KEY = re.compile(r'"([^"\\]{1,80})"\s*:')
_JSON_SCALAR = re.compile(r"-?[0-9.eE+-]+|true|false|null")
_PART_END = re.compile(r"\r?\n(?=--)")
_BLANK_LINE = re.compile(r"\r?\n\r?\n")
_FIELD_NAME = re.compile(r"\bname=\"?([^\";\r\n]*)", re.IGNORECASE)
"""Of a multipart body: each looks at a place once, so that the parse is linear whatever a client sends."""

_KNOWN_LENGTH = 8
"""A secret at least so long is found again elsewhere in its exchange; a shorter one may be any word."""

_KNOWN_COUNT = 100
"""So many secrets of one exchange are looked for in all of it; each is hidden where it was found, however many."""

_DECODINGS = 8
"""How often percent-encoding is taken off, one inside the other."""

_CUT = "_" * _KNOWN_LENGTH
"""Put where a text was cut off, so that a secret cut in two is known by its beginning and shows none of its middle."""

Issued = Callable[[str], bool]
"""Whether this server issued a token, secret or code."""


def nothing_issued(_secret: str) -> bool:
    """For where nobody can tell: every secret is somebody else's."""
    return False


@lru_cache(maxsize=4096)
def names_a_secret(name: str) -> bool:
    """Whether a header, parameter or key of that name holds a token, secret or code."""
    bare = "".join(each for each in name.lower() if each.isalnum()).rstrip("0123456789")
    if bare in _HARMLESS_NAMES:
        return False
    return bare in _NAMES or bare.endswith(_ENDS_OF_NAMES) or any(part in bare for part in _PARTS_OF_NAMES)


class Redaction:
    """Shows the parts of one exchange without secrets that this server did not issue.

    Args:
        issued: Which it did issue; they are shown whole.
    """

    def __init__(self, issued: Issued = nothing_issued) -> None:
        self._issued = issued
        self._found: set[str] = set()
        self._known: list[str] = []

    def learn(self, headers: Iterable[tuple[bytes, bytes]], query: bytes, body: bytes) -> None:
        """Find the secrets of a request, so that they are known wherever else they stand."""
        content_type = ""
        for name, value in headers:
            self.header(name.decode("latin-1"), value)
            if name == b"content-type":
                content_type = value.decode("latin-1")
        self.form(query.decode("latin-1"))
        if body:
            self.body(body, content_type)
        self._known = sorted(self._found, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text of any kind, percent-encoded or not."""
        return self._json(text) if text.lstrip(_BLANK)[:1] in _JSON_BEGINS else self._running(text)

    def sentence(self, text: str) -> str:
        """A sentence of our own that may quote a token: only a token's shape tells it from our words."""
        for reading in (text, *_decodings(text)):
            shown = _SHAPE.sub(lambda found: self._shaped(found[0]), reading)
            if shown != reading:
                return shown
        return text

    def header(self, name: str, value: bytes) -> str:
        """A header's value."""
        text = _header_text(value).strip()
        if not names_a_secret(name):
            return self.text(text)
        scheme, _, secret = text.partition(" ")
        if not secret or scheme.lower() not in SCHEMES:
            return self._masked(text)
        secret = secret.strip()
        if scheme.lower() == "basic":
            password = _password(secret)
            if password is not None and self._masked(password) == password:
                return text
        return f"{scheme} {self._masked(secret)}"

    def form(self, text: str) -> str:
        """A query, or the body of a form, as it was sent."""
        return "&".join(map(self._field, text.split("&")))

    def body(self, content: bytes, content_type: str, *, is_cut: bool = False) -> str:
        """A body as text.

        Args:
            content: Its bytes.
            content_type: What its header says of it.
            is_cut: Whether it went on.
        """
        text = content.decode("utf-8", "replace") + (_CUT if is_cut else "")
        if "multipart/" in content_type.lower():
            shown = "".join(self._multipart(text))
        elif text.lstrip(_BLANK)[:1] not in _JSON_BEGINS and "=" in text:
            shown = self.form(text)
        else:
            shown = self.text(text)
        # Of a secret that was cut in two only the mark is left.
        return shown.removesuffix(_CUT).removesuffix(_CUT[:4]) if is_cut else shown

    def _masked(self, secret: str) -> str:
        if not secret or self._issued(secret):
            return secret
        if len(secret) >= _KNOWN_LENGTH and len(self._found) < _KNOWN_COUNT:
            self._found.add(secret)
        return last_four(secret)

    def _running(self, text: str) -> str:
        """A text that is no JSON; what holds a secret under its percent-encoding is shown without that."""
        shown = self._plain(text)
        for decoded in _decodings(shown):
            judged = self._plain(decoded)
            if judged != decoded:
                return judged
        return shown

    def _plain(self, text: str) -> str:
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, last_four(secret))
        if _SHAPE.search(text):
            text = _SHAPE.sub(lambda found: self._shaped(found[0]), text)
        lowered = text.lower()
        text = self._without_pairs(text, lowered)
        if any(part in lowered for part in _IN_PARAMETERS):
            text = _PARAMETER.sub(self._named, text)
        if any(part in lowered for part in _IN_SCHEMES):
            text = _AFTER_SCHEME.sub(self._named, text)
        if "@" in text and "://" in text:
            text = _PASSWORD_OF_AN_ADDRESS.sub(self._named, text)
        return text

    def _without_pairs(self, text: str, lowered: str) -> str:
        """As `_PAIR.sub` would, which is slow: it only looks where the names are."""
        if len(lowered) != len(text):
            return _PAIR.sub(self._pair, text)
        places = sorted(place for name in _PAIR_NAMES for place in _places(name, lowered))
        shown, done = [], 0
        for place in places:
            found = _PAIR.match(text, place) if place >= done else None
            if found is not None:
                shown += [text[done:place], self._pair(found)]
                done = found.end()
        return "".join([*shown, text[done:]])

    def _named(self, found: re.Match[str]) -> str:
        return found[1] + self._masked(found[2])

    def _shaped(self, token: str) -> str:
        return self._masked(token) if len(token) >= _SHAPE_LENGTH else token

    def _pair(self, found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        if value.lower() in SCHEMES:
            return found[0]
        mark = value[0] if value[0] in "\"'" else ""
        end = mark if mark and len(value) > 1 and value.endswith(mark) else ""
        return f"{name}{mark}{self._masked(value.removeprefix(mark).removesuffix(end))}{end}"

    def _field(self, field: str) -> str:
        name, equals, value = field.partition("=")
        if not value or not _names_one(unquote_plus(name)):
            return self.text(field)
        secret = unquote_plus(value)
        masked = self._masked(secret)
        return field if masked == secret else f"{self.text(name)}{equals}{quote_plus(masked)}"

    def _multipart(self, text: str) -> Iterable[str]:
        """The parts of a multipart body, each a head, a blank line and a value; what is no part is a text."""
        other = done = 0
        for end in [*(found.start() for found in _PART_END.finditer(text)), len(text)]:
            part, start, done = text[done:end], done, end
            blank = _BLANK_LINE.search(part)
            head = "" if blank is None else part[: blank.end()]
            disposition = head.lower().find("content-disposition:")
            name = None if disposition < 0 else _FIELD_NAME.search(head, disposition)
            if name is None:
                continue
            value = part[len(head) :]
            yield self.text(text[other:start])
            yield self.text(head) + (self._masked(value) if names_a_secret(name[1]) else self.text(value))
            other = end
        yield self.text(text[other:])

    def _json(self, text: str) -> str:
        has_secrets = "\\u" in text or any(map(names_a_secret, set(_JSON_KEY.findall(text))))
        if not has_secrets and self._running(text) == text:
            return text
        return "".join(self._json_pieces(_JSON_TOKEN.findall(text)))

    def _json_pieces(self, pieces: list[str]) -> Iterable[str]:
        """JSON, or what is meant to be, or the beginning of it: token by token, so that all else stays as it is."""
        depth = 0
        hidden: int | None = None
        """How deep the value begins that is secret as a whole."""
        is_secret = False
        key = ""
        for at, piece in enumerate(pieces):
            if piece in ("{", "["):
                depth += 1
                if is_secret and hidden is None:
                    hidden = depth
                is_secret = False
            elif piece in ("}", "]"):
                hidden = None if hidden == depth else hidden
                depth -= 1
                is_secret = False
            elif piece == ":":
                is_secret = names_a_secret(key)
            elif piece == ",":
                is_secret = False
            elif not piece.isspace():
                key = _json_text(piece)
                if not is_secret and hidden is None:
                    shown = self.text(key)
                    yield piece if shown == key else json.dumps(shown)
                    continue
                if piece[0] != '"' and not _JSON_SCALAR.fullmatch(piece):
                    # This is no JSON: nobody knows where the secret ends.
                    yield self._masked("".join(pieces[at:]))
                    return
                yield piece if piece in ("true", "false", "null") else _json_masked(piece, self._masked(key), key)
                continue
            yield piece


def _json_masked(piece: str, masked: str, value: str) -> str:
    return piece if masked == value else json.dumps(masked)


def _json_text(piece: str) -> str:
    """What a token of JSON says."""
    if piece[0] != '"':
        return piece
    try:
        return str(json.loads(piece, strict=False))
    except ValueError:
        return piece[1:].removesuffix('"')


def _places(name: str, text: str) -> Iterable[int]:
    place = text.find(name)
    while place >= 0:
        yield place
        place = text.find(name, place + 1)


def _names_one(name: str) -> bool:
    return names_a_secret(name) or any(map(names_a_secret, _decodings(name)))


def _decodings(text: str) -> Iterable[str]:
    """The text with its percent-encoding taken off, once and again, as long as there is any."""
    for _ in range(_DECODINGS):
        decoded = unquote(text) if "%" in text else text
        if decoded == text:
            return
        yield decoded
        text = decoded


def _header_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _password(credentials: str) -> str | None:
    """The password in what the scheme Basic sends."""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return None
