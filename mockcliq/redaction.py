"""What may be shown of a request: secrets that this server did not issue may be somebody's real ones.

Of such a value only the last four characters ever appear. It is known as one by the name of its header, parameter or
key, by its shape (a token of Zoho's begins with ``1000.``), or because the same exchange holds it in such a place.
Every text is judged as it stands, and again with its escapes taken off; each pattern is linear in a text's length.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache, partial
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from mockcliq.contract.quoting import last_four

SCHEMES = frozenset(
    {"bearer", "zoho-oauthtoken", "zoho-authtoken", "basic", "digest", "negotiate", "token", "oauth", "apikey"}
)
"""Schemes of an Authorization header that are no secret to name; what stands in place of another may be one."""

_LONG_NAMES = re.compile(
    "token|secret|passw(?:or)?d|passphrase|(?:api|app|access|auth|private|subscription)key|credential|authorization|cookie"
    "|sessionid|jwt|assertion"
)
_SHORT_NAMES = re.compile(
    "code|key|pass|pwd|sid|session|sig|signature|otp|codeverifier"
    "|.*auth|.*(?:auth|authorization|device|user|verification)code"
)
_HARMLESS_NAMES = frozenset({"tokentype", "tokentypehint"})
_STEMS = (
    "token", "secret", "pass", "pwd", "key", "credential", "auth", "cookie", "session", "sid", "sig", "jwt",
    "assertion", "code", "otp", "bearer", "basic",
)  # fmt: skip
"""A text without any of these names no secret: a fast look before a slow one."""

_NAME = re.compile(r"(?<![\w.\[\]-])([\w.\[\]-]++)([\"']?)\s{0,20}([:=])[\s+]{0,20}([{\[]?)")
"""A name before its value. It begins where a run of such characters does: each character is looked at once."""

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|' + r"'[^'\\]*+(?:\\.[^'\\]*+)*+(?:'|\\?\Z)"
_TOKEN = re.compile(rf"{_STRING}|[{{}}\[\]]|[^\s\"{{}}\[\]:,]+", re.DOTALL)
_NO_SECRETS = frozenset({"true", "false", "null", "{", "}", "[", "]"})
_OF_KEY = re.compile(
    rf"(?:{_STRING}|-?[0-9][0-9.eE+-]*+|true|false|null)(?=\s*+(?:[,}}\])&;]|\Z)|[ \t]*+[\r\n])|.+", re.DOTALL
)
"""What follows a key. What is no JSON has no known end."""
_OF_HEADER = re.compile(rf"{_STRING}|[^\r\n]+", re.DOTALL)
_OF_PARAMETER = re.compile(rf"{_STRING}|(?:(?:{'|'.join(SCHEMES)})\s{{1,20}})?[^\s\"'&;,]+", re.DOTALL | re.IGNORECASE)

_SHAPE = re.compile(r"()(100[0-9](?=[.\w-]{9})(?:\.[0-9A-Za-z_-]+)+)")
"""A token of Zoho's. What is shorter is a number, or gives nothing away."""
_AFTER_SCHEME = re.compile(r"\b((?:bearer|zoho-oauthtoken|basic)[\s:=]{1,20})([^\s\"'&;,]{8,})", re.IGNORECASE)
_PASSWORD_OF_AN_ADDRESS = re.compile(r"(://[^\s/?#@:\"'&]{0,200}:)([^\s/?#@\"'&]{1,500})(?=@)")
"""What stands before the host's name in ``https://name:password@host``."""

_ESCAPE = re.compile(r"\\(?:u((?!d[89a-f])[0-9a-f]{4})|([^u]))", re.DOTALL | re.IGNORECASE)
"""Of JSON; half of a character, which is none, stays a number."""
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_NOT_IN_A_FORM = re.compile(r"[\s\"]")
_PART_BOUNDARY = re.compile(r"(\r?\n--)")
_BLANK_LINE = re.compile(r"\r?\n\r?\n")
_FIELD_NAME = re.compile(r"\bname\*?=\"?([^\";\r\n]*)", re.IGNORECASE)

_KNOWN_LENGTH = 8
"""A secret at least so long is found again elsewhere in its exchange; a shorter one may be any word."""

_KNOWN_COUNT = 100
"""So many secrets of one exchange are looked for in all of it; each is hidden where it was found, however many."""

_DEPTH = 4
"""How often JSON's escapes and percent-encoding are taken off, one inside the other."""

_CUT = "_" * _KNOWN_LENGTH
"""Put where a text was cut off, so that a secret cut in two is known by its beginning and shows none of its middle."""

Issued = Callable[[str], bool]
"""Whether this server issued a token, secret or code."""


def nothing_issued(_secret: str) -> bool:
    """For a server that has issued none, or cannot tell."""
    return False


def names_a_secret(name: str) -> bool:
    """Whether a header, parameter or key of that name holds a token, secret or code."""
    bare = _bare(name[:100] + name[100:][-100:])
    return bare not in _HARMLESS_NAMES and bool(_LONG_NAMES.search(bare) or _SHORT_NAMES.fullmatch(bare))


@lru_cache(maxsize=4096)
def _bare(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum()).rstrip("0123456789")


class Redaction:
    """Shows the parts of one exchange without secrets, save those that this server issued."""

    def __init__(self, issued: Issued = nothing_issued) -> None:
        self._issued = issued
        self._found: dict[str, str] = {}
        self._masks: set[str] = set()
        self._known: list[tuple[str, str]] = []

    def learn(self, headers: Iterable[tuple[bytes, bytes]], query: bytes, body: bytes) -> None:
        """Find the secrets of a request, so that they are known wherever else they stand."""
        content_type = ""
        for name, value in headers:
            self.header(name.decode("latin-1"), value)
            if name == b"content-type":
                content_type = value.decode("latin-1")
        self.form(query.decode("latin-1"))
        self.body(body, content_type)
        known = {spell(secret): spell(mask) for secret, mask in self._found.items() for spell in _SPELLINGS}
        self._known = sorted(known.items(), key=lambda each: len(each[0]), reverse=True)

    def text(self, text: str) -> str:
        """A text of any kind; what holds a secret under its escapes is shown without them."""
        return _judged(text, self._plain)

    def sentence(self, text: str) -> str:
        """A sentence of our own that may quote a token: only a token's shape tells it from our words."""
        return _judged(text, lambda reading: _SHAPE.sub(self._second, reading))

    def header(self, name: str, value: bytes) -> str:
        try:
            text = value.decode().strip()
        except UnicodeDecodeError:
            text = value.decode("latin-1").strip()
        return self._credentials(text) if names_a_secret(name) else self.text(text)

    def form(self, text: str) -> str:
        """A query, or the body of a form, as it was sent."""
        return "&".join(map(self._field, text.split("&")))

    def body(self, content: bytes, content_type: str, *, is_cut: bool = False) -> str:
        """A body as text; ``is_cut`` tells that it went on."""
        text = content.decode("utf-8", "replace") + (_CUT if is_cut else "")
        is_multipart = "multipart/" in content_type.lower()
        shown = "".join(map(self._part, _PART_BOUNDARY.split(text))) if is_multipart else self._content(text)
        # Of a secret that was cut in two only the mark is left.
        return shown.removesuffix(_CUT).removesuffix(_CUT[:4]) if is_cut else shown

    def _part(self, part: str) -> str:
        """What stands between two boundaries of a multipart body: a head, a blank line and a value."""
        blank = None if _is_json(part) else _BLANK_LINE.search(part)
        head = part[: blank.end()] if blank else ""
        value = part[len(head) :]
        is_secret = any(map(names_a_secret, _FIELD_NAME.findall(head)))
        # A form may begin there.
        return self.text(head) + (self._masked(value) if is_secret else self.text(f"&{value}")[1:])

    def _content(self, text: str) -> str:
        """A body of any kind but multipart: a form, or a text."""
        if "=" not in text or _is_json(text):
            return self.text(text)
        # Blanks and quotation marks are in no form: what has them is judged before a mark within a secret divides it.
        return self.form(self._plain(text) if _NOT_IN_A_FORM.search(text) else text)

    def _field(self, field: str) -> str:
        name, equals, value = field.partition("=")
        given = unquote_plus(value)
        if names_a_secret(unquote(unquote(unquote_plus(name)))):
            masked = self._masked(given)
            return field if masked == given else f"{self.text(name)}{equals}{quote_plus(masked)}"
        shown = given if given == value else self.text(given)
        return self.text(field if shown == given else f"{name}{equals}{quote_plus(shown)}")

    def _credentials(self, text: str) -> str:
        """A value that is secret but for its scheme."""
        scheme, _, secret = text.partition(" ")
        with suppress(ValueError):
            if scheme.lower() == "basic":
                password = b64decode(secret, validate=True).decode().partition(":")[2]
                if self._masked(password) == password:
                    return text
        masked = self._masked(secret.strip())
        return f"{scheme} {masked}" if secret and scheme.lower() in SCHEMES else self._masked(text)

    def _masked(self, secret: str) -> str:
        if not secret or secret in self._masks or self._issued(secret):
            return secret
        mask = last_four(secret)
        self._masks.add(mask)
        if len(secret) >= _KNOWN_LENGTH and len(self._found) < _KNOWN_COUNT:
            self._found[secret] = mask
        return mask

    def _plain(self, text: str) -> str:
        """A text as it stands."""
        for secret, mask in self._known:
            text = text.replace(secret, mask)
        lowered = text.lower()
        if any(stem in lowered for stem in _STEMS):
            text = _AFTER_SCHEME.sub(self._second, self._without_named(text))
        return _PASSWORD_OF_AN_ADDRESS.sub(self._second, _SHAPE.sub(self._second, text))

    def _second(self, found: re.Match[str]) -> str:
        return found[1] + self._masked(found[2])

    def _without_named(self, text: str) -> str:
        shown, done = [], 0
        for name in _NAME.finditer(text):
            if name.start() < done or not _is_secret(name):
                continue
            start = name.end() - len(name[4])
            if name[4]:
                end = _end_of_structure(text, start)
                masked = _TOKEN.sub(lambda token: self._scalar(token[0]), text[start:end])
            elif value := _value_of(name).match(text, start):
                end = value.end()
                masked = self._scalar(value[0]) if name[2] or text[start] in "\"'" else self._credentials(value[0])
            else:
                continue
            shown += [text[done:start], masked]
            done = end
        return "".join([*shown, text[done:]])

    def _scalar(self, given: str) -> str:
        """A value of JSON, or of what is like it."""
        secret = _unquoted(given)
        masked = secret if given in _NO_SECRETS else self._masked(secret)
        if masked == secret:
            return given
        mark = given[0] if given[0] in "\"'" else '"'
        return mark + _spelled(masked) + (mark if given[-1] == mark or given[0] != mark else "")


def _judged(text: str, judge: Callable[[str], str]) -> str:
    """A text without what is hidden in it, or in what it says under its escapes."""
    shown = reading = judge(text)
    for take_off in (_unescaped, unquote) * _DEPTH:
        taken = take_off(reading)
        if taken != reading:
            reading = judge(taken)
            shown = shown if reading == taken else reading
    return shown


def _unescaped(text: str) -> str:
    """A text with one level of JSON's escapes taken off; those of characters first, which leaves its strings whole."""
    if "\\" not in text:
        return text
    spelled = _ESCAPE.sub(lambda found: _spelled(chr(int(found[1], 16))) if found[1] else found[0], text)
    return spelled if spelled != text else _ESCAPE.sub(lambda found: _CONTROLS.get(found[2], found[2] or ""), text)


def _spelled(text: str) -> str:
    """As it stands in a string of JSON's."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


_SPELLINGS = (str, _spelled, partial(quote, safe="", errors="replace"), partial(quote_plus, errors="replace"))
"""How a secret may stand elsewhere in its exchange; what hides it stands there in the same way."""


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"')


def _is_secret(name: re.Match[str]) -> bool:
    """Whether a secret follows; a name that is too short to mean much must be a key, or a parameter of an address."""
    if not names_a_secret(name[1]):
        return False
    before = name.string[name.start() - 1] if name.start() else ""
    is_parameter = before in ("?", "&", ";", "{") or (before == "\n" and name[3] == "=")
    return bool(name[2] or is_parameter or _LONG_NAMES.search(_bare(name[1])))


def _value_of(name: re.Match[str]) -> re.Pattern[str]:
    """What stands behind a name: behind a header's, which begins its line, all of the line."""
    begins_line = not name.start() or name.string[name.start() - 1] in "\r\n"
    return _OF_KEY if name[2] else _OF_HEADER if name[3] == ":" and begins_line else _OF_PARAMETER


def _end_of_structure(text: str, start: int) -> int:
    """Where the list or object that begins there ends."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if not depth:
            return token.end()
    return len(text)


def _unquoted(given: str) -> str:
    """What a string or a number says."""
    try:
        return str(json.loads(given, strict=False)) if given[0] == '"' else given.strip("'")
    except ValueError:
        return given[1:].removesuffix('"')
