"""What may be shown of a request: secrets that this server did not issue may be somebody's real ones.

Of such a value only the last four characters ever appear. It is known as one by the name it stands under, in whatever
notation; by its shape (a token of Zoho's begins with ``1000.``); or because the same exchange holds it elsewhere.
Every text is judged as it stands, and again with its escapes taken off. The work is bounded: each pattern is linear in
a text's length, and what holds more secrets or escapes than anybody sends is not shown.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, urlsafe_b64decode
from binascii import a2b_qp
from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache, partial
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

from mockcliq.contract.quoting import last_four

SCHEMES = frozenset(
    {"bearer", "zoho-oauthtoken", "zoho-authtoken", "basic", "digest", "negotiate", "token", "oauth", "apikey"}
)
"""Schemes of an Authorization header that are no secret to name; what stands in place of another may be one."""

NOT_JUDGED = "[... not shown: it holds too many secrets or escapes to judge]"

_WORK = 1000
_LOOK, _MASK = 1, 3
"""What one text may cost: for each name that is looked at, and for each secret that is masked. Of a text that costs
more, with some 300 secrets, the rest is not shown."""

_MOST_NAMES = 2000
"""Nor is the rest shown of one that has so many words of which such names are made."""

_KNOWN_LENGTH = 8
"""A secret at least so long is found again elsewhere in its exchange; a shorter one may be any word."""

_KNOWN_COUNT = 50
_KNOWN_CHARACTERS = 10_000
"""So many secrets of one exchange, and so long ones, are looked for in all of it; each is hidden where it was found."""

_DEPTH = 4
"""How many levels of escapes are judged, one inside the other; the last stands for all that are left."""

Issued = Callable[[str], bool]
"""Whether this server issued a token, secret or code."""

# --- Names ---

_LONG_NAMES = re.compile(
    "token|secret|passw(?:or)?d|passphrase|credential|authorization|authentication|cookie|sessionid|jwt|assertion"
    "|(?:api|app|access|auth|private|subscription|signing|encryption|master|shared|consumer|client|account)key"
)
_SHORT_NAMES = re.compile(
    "code|key|pass|pwd|sid|session|sig|signature|otp|codeverifier"
    "|.*auth|.*(?:auth|authorization|device|user|verification)code"
)
_AS_A_KEY, _ANYWHERE = 1, 2
"""Short names are words, too: they tell a secret only where nothing but a name can stand."""
_HARMLESS_NAMES = frozenset({"tokentype", "tokentypehint"})
_STEMS = {
    stem: re.compile(stem)
    for stem in (
        "token", "secret", "pass", "pwd", "key", "credential", "auth", "cookie", "session", "sid", "sig", "jwt",
        "assertion", "code", "otp",
    )
}  # fmt: skip
"""One of these is in every name of a secret."""

_NAME = re.compile(r"[\w.\[\]$-]*+")
"""What a name is made of."""
_BEHIND_A_NAME = re.compile(r"([\w.\[\]$-]*+)([\\\"'`,;\t\r\n&]|\s*+[:=-])?")
"""The rest of a name, and whether there is what may lead to its value."""
_CELL_ENDS = frozenset(",;\t\r\n")
_SEPARATORS = frozenset(":=>")
_QUOTES = frozenset("\"'`")
_DELIMITERS = frozenset(",;\t")
_BEFORE_ALONE = frozenset("='\"/<:\\")
_COMPONENT = re.compile(r"[.\[\]]+")

# --- What stands between a name and its value, and what is a value ---

_BLANKS = r"(?:\s|\\++[nrt])*+"
"""Those of a document within a document's string are escaped."""
_SEPARATOR = re.compile(rf"(\\*+[\"'`]{{0,2}}\]?)(?:{_BLANKS}\\*+(=>|:=|->|[:=])(?:[\s+]|\\++[nrt])*+)?")
"""Behind a name: its closing quotation mark, and what says that a value follows."""
_QUOTE = re.compile(r"(?:[bfruBFRU$]{1,2}(?=[\"']))?(\\*+)(\"\"\"|'''|\"\"(?=[^\s,;:&)}\]\"\\])|[\"'`])")
"""Before a string; in a document within a document's string it has a backslash, then three, then seven."""
_REST_OF_STRING = {mark: re.compile(rf"[^{mark}\\\\]*+(?:\\\\.[^{mark}\\\\]*+)*+{mark}", re.DOTALL) for mark in "\"'`"}
_TOKEN = re.compile(r"\\*+[\"'`]|[{}\[\]]|[^\s\"'`{}\[\]:,]+")
_BEHIND_A_VALUE = re.compile(r"\s*+(?:\\++[nrt]\s*+)*+(?:[,}\])&;]|\Z)|\\*+[\"'][,}\])\s]|[ \t]*+[\r\n]")
"""What stands behind a string that is its key's whole value. Where else that ends nobody knows."""
_LITERAL = re.compile(r"(?:-?[0-9][0-9.eE+-]*+|true|false|null|None|True|False)(?=\s*+(?:[,}\])&;]|\Z)|[ \t]*+[\r\n])")
_NO_SECRETS = frozenset({"true", "false", "null", "None", "True", "False", "{", "}", "[", "]"})
_REST = re.compile(r".+", re.DOTALL)
_A_NAME = re.compile(r"\\*+[\"']?([\w.\[\]$-]{1,100})(?:\\*[\"']|[&\s])")
_BLOCK = re.compile(r"[|>][+-]?[ \t]*+(?:(?:\r?\n|\\++n)[ \t]++[^\r\n\\\"]++)+")
"""Of YAML."""
_LINE = re.compile(r"[^\r\n]+(?:\r?\n[ \t]+[^\r\n]+)*+")
"""With the lines that continue it, which are indented."""
_LINE_OF_PARAMETERS = re.compile(r"[^\r\n&]+")
_SCHEME = rf"(?:- )?(?i:(?:{'|'.join(SCHEMES)})\s{{1,20}})?"
_PARAMETER = re.compile(_SCHEME + r"[^\s\"'`&;,<>]+")
_PARAMETER_OF_DOCUMENT = re.compile(_SCHEME + r"(?:[^\s\"'`&;,<>\\]|\\++(?![nrt\"']))+")
_BEGINS_LINE = re.compile(r"[ \t-]*+(?=[\r\n]|\Z)")
"""Backwards from a name."""
_OPEN_TAG = re.compile(r"(?:\s[^<>]*+)?(?<!/)>")
_MARKUP = re.compile(r"<!\[CDATA\[|\]\]>|<[^<>]*+>?")
_NOT_IN_A_NODE = re.compile(r"[^<\s]*+")
_OPTION = re.compile(r"(?:\\*+[\"']\s*+,\s*+\\*+[\"']|\s++[\"']?)([^\s\"'\\-][^\s\"'\\]*+)")
"""Behind ``--token`` on a command line, or in a list of its words."""

_SAYS_NAME = re.compile(
    r"(?:\b|\\[nrt])(name|key|field|header|param|parameter|id|variable|attribute|property|label|type|setting)"
    r"(?:\*?\s*[:=]|\\*[\"']\s*(?:[:=]|=>))\s*(?:\\*[\"']|[\w-]{0,20}'[\w-]{0,20}')?\Z",
    re.IGNORECASE,
)  # fmt: skip
"""Before a value that is itself a name: ``{"name": "token", "value": ...}``, ``<input name="token" value=...>``."""
_SAYS_VALUE = re.compile(r"\b(?:value|val|content|data|default|current)\\*[\"']?\s*(?:=>|[:=])\s*", re.IGNORECASE)
_ANOTHER = re.compile(r"[}\])>]\s*,?\s*[{\[<(]|[\r\n]--")
_HEAD = re.compile("content-disposition")
_BREAK = r"(?:\r?\n|(?<!\\)(?:\\++r)?\\++n)"
_BLANK_LINE = re.compile(_BREAK + "{2}")
_BOUNDARY = re.compile(_BREAK + "--")
_COMMA = re.compile(rf"{_BLANKS},{_BLANKS}")
_REST_OF_TAG = re.compile(r"[^<>]{0,400}+(?<!/)>")
_NODE = re.compile(r"[^<]*+")
_NAMESPACE = re.compile(r":\w{1,20}<")
"""Backwards from a name."""
_BACKSLASHES = re.compile(r"\\*+")
_MOST_ESCAPES = 255
_OPENS_PAIR = re.compile(r"[\[(]\s*\\*[\"']\Z")
_CLOSES_PAIR = re.compile(rf"{_BLANKS}[\])]")
_WINDOW = 400
"""How far from a name its value is looked for, where they are siblings."""

# --- Shapes ---

_SHAPE = re.compile(r"(100[0-9](?=[.\w-]{9})(?:\.[0-9A-Za-z_-]+)+)")
"""A token of Zoho's. What is shorter is a number, or gives nothing away."""
_FOLD = r"(?:=?\r?\n[ \t]*+|\\++[rn])*+"
_FOLDED_SHAPE = re.compile(
    rf"(100[0-9]{_FOLD}\.(?:{_FOLD}[0-9a-f]){{32}}{_FOLD}\.(?:{_FOLD}[0-9a-f]){{28}}(?:{_FOLD}[0-9A-Za-z]){{4}}[\w-]*+)"
)
"""The same, divided by the ends of lines."""
_AFTER_SCHEME = re.compile(r"([bBzZ](?<!\w.)(?i:earer|oho-oauthtoken|asic)[\s:=+]{1,20})([^\s\"'&;,\\]{8,})", re.DOTALL)
_PASSWORD_OF_AN_ADDRESS = re.compile(r"(:(?:\\*/){2}[^\s/?#@:\"'&\\]{0,200}:)([^\s/?#@\"'&]{1,500})(?=@)")
"""What stands before the host's name in ``https://name:password@host``."""
_PASSWORD_OF_A_USER = re.compile(
    r"(-(?<![\w-].)(?:u|U|-user|-proxy-user)[\s=\"',\\]{0,8}[^\s\"':\\]{0,200}:)([^\s\"'\\]{1,500})", re.DOTALL
)
"""Of curl."""
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(.*?)(?=-----END|\Z)", re.DOTALL)
_IN_BASE64 = re.compile(
    r"([eWM](?<![\w+/-].)(?:(?<=e)[wyz]|(?<=W)[13y]|(?<=M)TAw)[\w+/-]{12,}(?:\.[\w-]+)*={0,2})", re.DOTALL
)
"""What may be a document, a token of JSON's (JWT) or one of Zoho's in base64."""
_PATH_VALUE = re.compile(r"/([^/?#\s\"'&]{8,})")
_LOOKS_RANDOM = re.compile(r"(?=\D*[0-9])(?=[^A-Za-z]*[A-Za-z])")

# --- Escapes ---

_PERCENT = re.compile(rb"%(?=[0-9A-Fa-f]{2})")
_PERCENTS = re.compile(rb"%(?:25)*+(?=[0-9A-Fa-f]{2})")
_CHARACTER = re.compile(r"(?<!\\)\\++u(?=[0-9A-Fa-f]{4})")
_BYTE = re.compile(r"(?<!\\)\\++x(?=[0-9A-Fa-f]{2})")
_ENTITIES = [
    (re.compile(pattern, re.IGNORECASE), char)
    for pattern, char in (
        ("&(?:quot|#0*34|#x0*22);", '"'), ("&(?:apos|#0*39|#x0*27);", "'"), ("&(?:lt|#0*60|#x0*3c);", "<"),
        ("&(?:gt|#0*62|#x0*3e);", ">"), ("&(?:amp|#0*38|#x0*26);", "&"),
    )
]  # fmt: skip
_NOT_IN_A_FORM = re.compile(r"[\s\"]")
_FIELDS_NAME = re.compile(r"[^\s\"'{}=:,<>]*+")
_FIELD_MARK = "\ue000"
"""Divides the fields of a form while all are decoded at once; a private character."""
_CUT = re.compile(r"(?:\.\.\.[^\s.]{0,40}|100[0-9](?:\.|%(?:25)*2e)[\w.%-]*)\Z", re.IGNORECASE)
"""At the end of a text that was cut off, what may be the middle of a secret."""
_CELL = r"[\"']?[A-Za-z_][\w.-]*+[\"']?"
_COLUMNS = re.compile(rf"&?({_CELL}([,;\t]){_CELL}(?:\2{_CELL})*+)\r?\n")
"""The first line of a table."""
_WORDS = re.compile(r"[\w.-]+")
_BASE64_BEGINNINGS = ("ey", "ew", "ez", "W1", "W3", "Wy", "MTAw")
_HINTS = (*_STEMS, "100", "bearer", "oauthtoken", "basic", "//", "\\/", "-u")
"""A field without any of these, and without base64, holds no secret."""


def nothing_issued(_secret: str) -> bool:
    """For a server that has issued none, or cannot tell."""
    return False


def names_a_secret(name: str) -> bool:
    """Whether a header, parameter or key of that name holds a token, secret or code."""
    return bool(_telling(name))


def _telling(name: str) -> int:
    """What a name tells: nothing (0), a secret where it is a key or a parameter, or one wherever it stands."""
    return _telling_of(name[:100] + name[100:][-100:])


@lru_cache(maxsize=4096)
def _telling_of(name: str) -> int:
    bare = _bare(name)
    if bare in _HARMLESS_NAMES:
        return 0
    if _LONG_NAMES.search(bare):
        return _ANYWHERE
    last = next((part for part in reversed(_COMPONENT.split(name)) if part), "")
    return _AS_A_KEY if _SHORT_NAMES.fullmatch(bare) or _SHORT_NAMES.fullmatch(_bare(last)) else 0


def _bare(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum()).rstrip("0123456789")


class Redaction:
    """Shows the parts of one exchange without secrets, save those that this server issued."""

    def __init__(self, issued: Issued = nothing_issued) -> None:
        self._issued = issued
        self._found: dict[str, str] = {}
        self._masks: set[str] = set()
        self._learnable = _KNOWN_CHARACTERS
        self._budget = _Budget()
        self._known: list[tuple[str, str]] = []
        self._body: tuple[bytes, str, str] | None = None
        """The body that was learned from, its type, and how it is shown but for secrets that other parts gave away."""

    def learn(self, headers: Iterable[tuple[bytes, bytes]], query: bytes, body: bytes) -> None:
        """Find the secrets of a request, so that they are known wherever else they stand."""
        content_type = ""
        for name, value in headers:
            self.header(name.decode("latin-1"), value)
            if name == b"content-type":
                content_type = value.decode("latin-1")
        self.form(query.decode("latin-1"))
        self._body = (body, content_type, self._judged_body(body, content_type))
        known = {spell(secret): spell(mask) for secret, mask in self._found.items() for spell in _SPELLINGS}
        self._known = sorted(known.items(), key=lambda each: len(each[0]), reverse=True)

    def text(self, text: str) -> str:
        """A text of any kind; what holds a secret under its escapes is shown without them."""
        self._budget.renew()
        return self._without_known(_judged(text, self._plain))

    def sentence(self, text: str) -> str:
        """A sentence of our own that may quote a token: only a token's shape tells it from our words."""
        self._budget.renew()
        return _judged(text, partial(self._each, _SHAPE))

    def header(self, name: str, value: bytes) -> str:
        try:
            text = value.decode().strip()
        except UnicodeDecodeError:
            text = value.decode("latin-1").strip()
        return self._credentials(text) if names_a_secret(name) else self.text(text)

    def form(self, text: str) -> str:
        """A query, or the body of a form, as it was sent."""
        self._budget.renew()
        return self._without_known(self._fields(text))

    def body(self, content: bytes, content_type: str, *, is_cut: bool = False) -> str:
        """A body as text; ``is_cut`` tells that it went on."""
        if self._body is not None and self._body[:2] == (content, content_type):
            shown = self._body[2]
        else:
            shown = self._judged_body(content, content_type)
        shown = self._without_known(shown)
        return self._without_the_cut(shown) if is_cut else shown

    def _judged_body(self, content: bytes, content_type: str) -> str:
        self._budget.renew()
        text = content.decode("utf-8", "replace")
        if _NOT_IN_A_FORM.search(text) or _is_json(text):
            text = _judged(text, self._plain)
            if "urlencoded" not in content_type.lower() or "&" not in text:
                return text
        return self._fields(text)

    def _without_known(self, text: str) -> str:
        """A text without those secrets that another part of the exchange gave away."""
        if not self._known:
            return text
        shown = self._replaced(text)
        for reading in _readings(shown):
            if reading is None:
                return NOT_JUDGED
            if (replaced := self._replaced(reading)) != reading:
                return replaced
        return shown

    def _replaced(self, text: str) -> str:
        for secret, mask in self._known:
            text = text.replace(secret, mask)
        return text

    def _without_the_cut(self, text: str) -> str:
        """A text that was cut off, without the middle of a secret at its end."""
        for secret, _ in self._known:
            at = text.rfind(secret[:4], max(0, len(text) - len(secret)))
            if at >= 0 and secret.startswith(text[at:]):
                text = f"{text[:at]}..."
        return _CUT.sub("...", text)

    def _fields(self, text: str) -> str:
        """The fields of a form; all are decoded at once, and those looked at that may hold a secret."""
        fields = text.split("&")
        joined = text.replace(_FIELD_MARK, " ").replace("&", _FIELD_MARK).replace("+", " ")
        read = _bare_of_escapes(joined)
        if read is None:
            return NOT_JUDGED
        for at in self._suspected(read):
            if at >= len(fields):
                break
            if not self._budget.spend(_MASK):
                return "&".join([*fields[:at], NOT_JUDGED])
            fields[at] = self._field(fields[at])
        return "&".join(fields)

    def _suspected(self, read: str) -> Iterable[int]:
        """The places of those fields that may hold a secret, from left to right."""
        lowered = _lowered(read)
        hints = {hint: at for hint in _HINTS if (at := lowered.find(hint)) >= 0}
        hints |= {hint: at for hint in _BASE64_BEGINNINGS if (at := read.find(hint)) >= 0}
        field = end = 0
        while hints:
            hit = min(hints.values())
            field += read.count(_FIELD_MARK, end, hit)
            yield field
            end = read.find(_FIELD_MARK, hit)
            if end < 0:
                return
            for hint, at in list(hints.items()):
                if at < end:
                    hints[hint] = (read if hint in _BASE64_BEGINNINGS else lowered).find(hint, end)
                    if hints[hint] < 0:
                        del hints[hint]

    def _field(self, field: str) -> str:
        name, equals, value = field.partition("=")
        given = unquote_plus(value)
        read = _bare_of_escapes(name)
        if read is not None and _FIELDS_NAME.fullmatch(read.strip()) and names_a_secret(read):
            masked = self._masked(given)
            shown_name = _judged(name, self._plain) if "100" in read else name
            return field if masked == given else f"{shown_name}{equals}{quote_plus(masked)}"
        shown = given if given == value else _judged(f"&{given}", self._plain).removeprefix("&")
        # So that its first name is a parameter's.
        field = f"&{field}" if shown == given else f"&{name}{equals}{quote_plus(shown)}"
        return _judged(field, self._plain).removeprefix("&")

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
        if len(secret) >= _KNOWN_LENGTH and len(self._found) < _KNOWN_COUNT and len(secret) <= self._learnable:
            self._found[secret] = mask
            self._learnable -= len(secret)
        return mask

    def _plain(self, text: str) -> str:
        """A text as it stands, judged by names and by shapes."""
        lowered = _lowered(text)
        text = _Named(text, lowered, self._masked, self._credentials, self._budget).shown()
        if "private key-" in lowered:
            text = self._each(_PRIVATE_KEY, text)
        if "-u" in lowered:
            text = self._each(_PASSWORD_OF_A_USER, text)
        if "bearer" in lowered or "oauthtoken" in lowered or "basic" in lowered:
            text = self._each(_AFTER_SCHEME, text)
        if "//" in text or "\\/" in text:
            text = self._each(_PASSWORD_OF_AN_ADDRESS, text)
        if "100" in text:
            is_folded = "\n" in text or "\\n" in text
            text = self._each(_SHAPE, self._each(_FOLDED_SHAPE, text) if is_folded else text)
        if any(beginning in text for beginning in _BASE64_BEGINNINGS):
            text = self._each(_IN_BASE64, text, _hides_a_secret)
        return text

    def _each(self, pattern: re.Pattern[str], text: str, is_secret: Callable[[str], bool] = bool) -> str:
        """A text whose pieces are masked that match in the last group of a pattern."""
        pieces, done, group = [], 0, pattern.groups
        for found in pattern.finditer(text):
            pieces.append(text[done : found.start(group)])
            if not self._budget.spend(_MASK):
                return "".join([*pieces, NOT_JUDGED])
            secret = found[group]
            pieces.append(self._masked(secret) if is_secret(secret) else secret)
            done = found.end(group)
        return "".join([*pieces, text[done:]])


class _Budget:
    """How much more may be looked at in one text."""

    def __init__(self) -> None:
        self._left = _WORK

    def renew(self) -> None:
        self._left = _WORK

    def spend(self, cost: int) -> bool:
        """Whether there was as much left."""
        self._left -= cost
        return self._left >= 0


class _Edit(NamedTuple):
    """What is shown in place of a piece of a text."""

    start: int
    end: int
    shown: str


class _Named:
    """A text whose values that stand under the name of a secret are masked.

    A name is found by its stem. Names are looked at from left to right, and each character a fixed number of times.
    """

    def __init__(
        self,
        text: str,
        lowered: str,
        masked: Callable[[str], str],
        credentials: Callable[[str], str],
        budget: _Budget,
    ) -> None:
        self._budget = budget
        self._text = text
        self._lowered = lowered
        self._masked = masked
        self._credentials = credentials
        self._is_document = _is_json(text)
        self._heads: list[tuple[int, int]] | None = None
        self._line_end = -1

    def shown(self) -> str:
        found = (stem.finditer(self._lowered) for text, stem in _STEMS.items() if text in self._lowered)
        # Each is cut where its own would be too many, and so is their union.
        hits = sorted([hit.start() for each in found for hit in islice(each, _MOST_NAMES)])[:_MOST_NAMES]
        if not hits:
            return self._text
        mirrored = self._text[::-1]
        edits: list[_Edit] = []
        done = 0
        may_be_alone = "--" in self._text or "<" in self._text or "/" in self._text
        for count, hit in enumerate(hits):
            if count == _MOST_NAMES - 1:
                edits.append(_Edit(max(hit, done), len(self._text), NOT_JUDGED))
                break
            if hit < done:
                continue
            behind = _BEHIND_A_NAME.match(self._text, hit)
            assert behind is not None
            done = behind.end(1)
            if behind[2] is None and not may_be_alone:
                continue
            start = len(self._text) - _end(_NAME, mirrored, len(self._text) - hit)
            if behind[2] in _CELL_ENDS and self._is_no_column(start, behind[2]):
                continue
            telling = self._telling(start, done)
            if not telling:
                continue
            is_spent = not self._budget.spend(_LOOK)
            for edit in self._values(_Name(self._text, mirrored, start, done, telling)):
                is_spent = not self._budget.spend(_MASK) or is_spent
                edits.append(edit)
                done = max(done, edit.end)
            if is_spent:
                edits.append(_Edit(done, len(self._text), NOT_JUDGED))
                break
        return self._with(edits)

    def _telling(self, start: int, end: int) -> int:
        telling = _telling(self._text[start:end])
        if not telling and self._text[start - 1 : start] == "\\":
            telling = _telling(self._text[start + 1 : end])  # behind a line break of a document's string, perhaps
        return telling

    def _with(self, edits: list[_Edit]) -> str:
        pieces, done = [], 0
        for start, end, shown in sorted(edits):
            # Where two overlap the first is shown, and the rest of the second is not.
            pieces += [self._text[done:start], shown if start >= done else ""]
            done = max(done, end)
        return "".join([*pieces, self._text[done:]])

    def _values(self, name: _Name) -> Iterable[_Edit]:
        """The values that stand under a name, wherever they are."""
        text, end = self._text, name.end
        separator = _SEPARATOR.match(text, end)
        assert separator is not None
        if separator[2]:
            if edit := self._value(name, separator):
                yield edit
        elif name.is_option and (option := _OPTION.match(text, end)):
            yield _Edit(option.start(1), option.end(1), self._masked(option[1]))
        elif name.telling == _ANYWHERE and name.before == "/" and (value := _PATH_VALUE.match(text, end)):
            if _LOOKS_RANDOM.match(value[1]):
                yield _Edit(value.start(1), value.end(1), self._masked(value[1]))
        elif name.telling == _ANYWHERE and name.opens_tag and (tag := _OPEN_TAG.match(text, end)):
            yield self._node(name, tag.end())
        elif name.telling == _ANYWHERE and (head := self._columns(name)):
            yield from self._cells(head)
        elif name.before in "='" or (separator[1] and name.before in _QUOTES):
            yield from self._siblings(name, separator)

    def _value(self, name: _Name, separator: re.Match[str]) -> _Edit | None:
        """What stands behind ``name:`` or ``name=``, in any notation."""
        text, start = self._text, separator.end()
        is_key = bool(separator[1])
        if not (is_key or name.telling == _ANYWHERE or name.is_parameter(separator[2])) or (
            name.telling == _AS_A_KEY and self._is_name(start)
        ):
            return None
        if text[start : start + 1] in ("{", "["):
            return self._structure(start)
        if quoted := _QUOTE.match(text, start):
            return self._string(start, quoted, is_whole=is_key)
        if not is_key and (block := _BLOCK.match(text, start)):
            return _Edit(start, block.end(), self._masked(block[0]))
        if is_literal := is_key and separator[1] != "]":
            value = _LITERAL.match(text, start) or _REST.match(text, start)
        else:
            value = self._extent(name, separator[2]).match(text, start)
        mask = self._scalar if is_literal else self._credentials
        return None if value is None else _Edit(start, value.end(), mask(value[0]))

    def _is_name(self, start: int) -> bool:
        """Whether a name of a secret stands there, in a document that says ``"key": "token", "value": ...``."""
        found = _A_NAME.match(self._text, start)
        return found is not None and _telling(found[1]) == _ANYWHERE

    def _extent(self, name: _Name, separator: str) -> re.Pattern[str]:
        """How far a value goes that has no quotation marks."""
        if separator == ":" and name.before in _QUOTES:  # it begins its string
            return _up_to(name.before, min(2 * name.quotes + 1, _MOST_ESCAPES))
        if name.begins_line:
            return _LINE if separator == ":" else _LINE_OF_PARAMETERS
        if name.escapes:
            return _up_to('"', min(name.escapes, _MOST_ESCAPES))
        if "cookie" in name.lowered or ("auth" in name.lowered and separator == ":"):
            return _up_to('"', 1) if self._is_document else _LINE
        return _PARAMETER_OF_DOCUMENT if self._is_document else _PARAMETER

    def _string(self, start: int, quoted: re.Match[str], *, is_whole: bool) -> _Edit:
        """A string, and if more stands behind it than may (``is_whole``), all of that."""
        text, opened = self._text, quoted.end()
        closed = _closed(text, quoted)
        end = len(text) if closed is None else closed
        if is_whole and not _BEHIND_A_VALUE.match(text, end):
            closed, end = None, len(text)
        mark = "" if closed is None else quoted[1] + quoted[2]
        given = text[opened : end - len(mark)]
        secret, levels = _unquoted(given, len(quoted[1]))
        masked = self._credentials(secret)
        if masked == secret:
            return _Edit(start, end, text[start:end])
        for _ in range(levels):
            masked = _spelled(masked)
        return _Edit(start, end, text[start:opened] + masked + mark)

    def _structure(self, start: int) -> _Edit:
        """A list or an object, whose strings and numbers are all masked."""
        text, at, depth = self._text, start, 0
        pieces: list[str] = []
        while self._budget.spend(_LOOK):
            token = _TOKEN.search(text, at)
            if token is None:
                return _Edit(start, len(text), "".join([*pieces, text[at:]]))
            pieces.append(text[at : token.start()])
            if token[0][-1] in "\"'`" and (quoted := _QUOTE.match(text, token.start())):
                edit = self._string(token.start(), quoted, is_whole=False)
            else:
                edit = _Edit(token.start(), token.end(), self._scalar(token[0]))
            pieces.append(edit.shown)
            at = edit.end
            depth += (token[0] in "{[") - (token[0] in "}]")
            if depth <= 0:
                return _Edit(start, at, "".join(pieces))
        return _Edit(start, len(text), NOT_JUDGED)

    def _scalar(self, given: str) -> str:
        masked = given if given in _NO_SECRETS else self._masked(given)
        return given if masked == given else f'"{_spelled(masked)}"'

    def _is_no_column(self, start: int, behind: str) -> bool:
        """Whether a word before a comma or a line's end is none of a table's columns, nor of another notation."""
        before = self._text[start - 1 : start]
        is_alone = behind in "\r\n" and before not in _DELIMITERS
        is_other = before in _BEFORE_ALONE or self._text[start] == "-"
        return not is_other and (is_alone or start < self._line_end)

    def _columns(self, name: _Name) -> re.Match[str] | None:
        """The line of a name, if it names the columns of a table, with commas, semicolons or tabs between them."""
        if name.start >= self._line_end:
            start = self._text.rfind("\n", 0, name.start) + 1
            end = self._text.find("\n", name.start)
            self._line_end = len(self._text) if end < 0 else end
            return _COLUMNS.match(self._text, start)
        return None

    def _cells(self, head: re.Match[str]) -> Iterable[_Edit]:
        names = head[1].split(head[2])
        columns = [at for at, each in enumerate(names) if _telling(each) == _ANYWHERE]
        start = head.end()
        for line in self._text[start:].splitlines(keepends=True):
            cells = line.split(head[2])
            if not self._budget.spend(_LOOK):
                yield _Edit(start, len(self._text), NOT_JUDGED)
                return
            if len(cells) != len(names) and '"' not in line:
                return
            at = start
            for place, cell in enumerate(cells):
                secret = cell.strip(" \"'\r\n")
                if secret and (place in columns or len(cells) != len(names)):
                    begins = at + cell.index(secret)
                    yield _Edit(begins, begins + len(secret), self._masked(secret))
                at += len(cell) + 1
            start += len(line)

    def _node(self, name: _Name, start: int) -> _Edit:
        """What an element of XML holds."""
        end = self._lowered.find(f"{name.lowered}>", start)
        end = self._lowered.rfind("</", start, end) if end >= 0 else -1
        if end < 0:
            end = _end(_NOT_IN_A_NODE, self._text, start)
        given = self._text[start:end]
        secret = _MARKUP.sub("", given).strip()
        masked = self._masked(secret)
        return _Edit(start, end, given if masked == secret else masked)

    def _siblings(self, name: _Name, separator: re.Match[str]) -> Iterable[_Edit]:
        """The value of a name that is itself the value of a field such as ``name``, or the first of a pair."""
        text, start, end = self._text, name.start, separator.end()
        before = text[max(0, start - _WINDOW) : start]
        may_say = before.rstrip("\\\"' ")[-1:] in _SEPARATORS or before.endswith("''")
        if may_say and (says_name := _SAYS_NAME.search(before, max(0, len(before) - 60))):
            head_end = self._end_of_head(start) if says_name[1].lower() == "name" else None
            if head_end is not None:
                boundary = _BOUNDARY.search(text, head_end)
                value_end = boundary.start() if boundary else len(text)
                yield _Edit(head_end, value_end, self._masked(text[head_end:value_end]))
            elif name.telling == _ANYWHERE:
                yield from self._beside(before, start, end)
        elif name.telling == _ANYWHERE and separator[1] and _OPENS_PAIR.search(before, max(0, len(before) - 20)):
            second = _COMMA.match(text, end)
            if second and (quoted := _QUOTE.match(text, second.end())):
                edit = self._string(second.end(), quoted, is_whole=False)
                if _CLOSES_PAIR.match(text, edit.end):
                    yield edit

    def _beside(self, before: str, start: int, end: int) -> Iterable[_Edit]:
        text = self._text
        opened = max(before.rfind("{"), before.rfind("<"), 0)
        for found in _SAYS_VALUE.finditer(before, opened):
            if edit := self._value_at(start - len(before) + found.end()):
                yield edit
        behind = text[end : end + _WINDOW]
        another = _ANOTHER.search(behind)
        behind = behind if another is None else behind[: another.start()]
        if found_behind := _SAYS_VALUE.search(behind):
            if edit := self._value_at(end + found_behind.end()):
                yield edit
        elif before.rfind("<") > before.rfind(">") and (tag := _REST_OF_TAG.match(text, end)):
            node_end = _end(_NODE, text, tag.end())
            yield _Edit(tag.end(), node_end, self._masked(text[tag.end() : node_end]))

    def _value_at(self, start: int) -> _Edit | None:
        text = self._text
        if text[start : start + 1] in ("{", "["):
            return self._structure(start)
        if quoted := _QUOTE.match(text, start):
            return self._string(start, quoted, is_whole=False)
        value = _PARAMETER.match(text, start)
        return None if value is None else _Edit(start, value.end(), self._credentials(value[0]))

    def _end_of_head(self, at: int) -> int | None:
        """Where the head of a multipart body's part ends in which that stands."""
        if self._heads is None:
            self._heads = []
            for head in _HEAD.finditer(self._lowered):
                if not self._heads or head.start() >= self._heads[-1][1]:
                    blank = _BLANK_LINE.search(self._text, head.end())
                    self._heads.append((head.start(), blank.end() if blank else len(self._text)))
        place = bisect_right(self._heads, (at, 0)) - 1
        return self._heads[place][1] if place >= 0 and at < self._heads[place][1] else None


class _Name:
    """A name of a secret in a text, with what stands before it."""

    def __init__(self, text: str, mirrored: str, start: int, end: int, telling: int) -> None:
        self.escapes = 0
        """Backslashes of the line break before it, in a document's string."""
        if text[start - 1 : start] == "\\" and text[start] in "nrt":
            self.escapes = _backslashes(mirrored, len(text) - start)
            start += 1
        self.start = start
        self.end = end
        self.telling = telling
        self.lowered = text[start:end].lower()
        self.before = "\n" if self.escapes else text[start - 1 : start] if start else ""
        self.is_option = self.lowered.startswith("--")
        self._mirrored = mirrored
        self._place = len(text) - start

    @property
    def begins_line(self) -> bool:
        return not self.escapes and _BEGINS_LINE.match(self._mirrored, self._place) is not None

    @property
    def opens_tag(self) -> bool:
        return self.before == "<" or (self.before == ":" and _NAMESPACE.match(self._mirrored, self._place) is not None)

    @property
    def quotes(self) -> int:
        """Backslashes of the quotation mark before it."""
        return _backslashes(self._mirrored, self._place + 1)

    def is_parameter(self, separator: str) -> bool:
        """Whether it is one of an address, a form or a line such as ``code=``, if it tells little by itself."""
        return self.before in ("?", "&", ";", "{") or (self.before in ("\n", "=") and separator == "=")


def _judged(text: str, judge: Callable[[str], str]) -> str:
    """A text without what is hidden in it, or in what it says under its escapes."""
    shown = reading = judge(text)
    for take_off in _LEVELS:
        taken = take_off(reading)
        if taken is None:
            return NOT_JUDGED
        if taken == reading:
            break
        reading = judge(taken)
        if reading != taken:
            shown = reading
    return shown


def _readings(text: str) -> Iterable[str | None]:
    """A text with its escapes taken off, level by level; None if there is no end to them."""
    return (each for each in (_unescaped(text), _bare_of_escapes(text)))


def _unescaped(text: str) -> str:
    """A text with one level of its escapes taken off, but for the backslashes that hold its strings together."""
    return _characters(text, _PERCENT)


def _bare_of_escapes(text: str) -> str | None:
    """A text with all its escapes taken off; None if there is no end to them."""
    for _ in range(_DEPTH):
        taken = _characters(text, _PERCENTS)
        if taken == text:
            return text
        text = taken
    return None


_LEVELS: tuple[Callable[[str], str | None], ...] = (_unescaped, _unescaped, _bare_of_escapes)


def _characters(text: str, percent: re.Pattern[bytes]) -> str:
    if "\0" in text:  # of an encoding with two or four bytes for each character
        text = text.replace("\0", "")
    if "%" in text:
        # Quoted-printable is percent-encoding with another mark, and is decoded in C.
        content = text.encode("utf-8", "replace").replace(b"=", b"=3D")
        text = a2b_qp(percent.sub(b"=", content)).decode("utf-8", "replace")
    if "\\x" in text:
        text = _BYTE.sub(r"\\u00", text)
    if "\\u" in text:
        content = _CHARACTER.sub(r"\\u", text).encode("raw_unicode_escape")
        text = content.decode("raw_unicode_escape", "replace")
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "&" in text and ";" in text:
        for entity, character in _ENTITIES:
            text = entity.sub(character, text)
    return text


def _hides_a_secret(encoded: str) -> bool:
    """Whether base64 says what names a secret, or has the shape of one."""
    first = encoded.partition(".")[0].rstrip("=")
    try:
        said = urlsafe_b64decode(first.replace("+", "-").replace("/", "_") + "=" * (-len(first) % 4)).decode("latin-1")
    except ValueError:
        return False
    lowered = _lowered(said)
    is_signed = "." in encoded and '"alg"' in said
    return is_signed or bool(_SHAPE.search(said)) or any(_telling(each) for each in _WORDS.findall(lowered))


def _spelled(text: str) -> str:
    """As it stands in a string of JSON's."""
    return text if text.isalnum() else json.dumps(text, ensure_ascii=False)[1:-1]


_SPELLINGS = (str, _spelled, partial(quote, safe="", errors="replace"), partial(quote_plus, errors="replace"))
"""How a secret may stand elsewhere in its exchange; what hides it stands there in the same way."""


def _lowered(text: str) -> str:
    """In lower case, character by character: of all only the dotted I would become two."""
    return text.replace("\u0130", "I").lower()


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[", '"')


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where what matches there ends; a pattern that may match nothing."""
    found = pattern.match(text, start)
    return start if found is None else found.end()


def _backslashes(mirrored: str, place: int) -> int:
    """How many stand before a place of a text."""
    return _end(_BACKSLASHES, mirrored, place) - place


@lru_cache(maxsize=64)
def _up_to(quote_mark: str, escapes: int) -> re.Pattern[str]:
    """What goes up to the end of its line or string, in which such a mark has as many backslashes, or more."""
    line_break = rf"\\{{{escapes}}}(?>r\\{{{escapes}}}n|[nr])(?![ \t]|\\{{{escapes}}}t)"
    stop = rf"(?<!\\)\\{{0,{escapes - 1}}}{quote_mark}|(?<!\\){line_break}|[\r\n]"
    return re.compile(rf"(?:[^{quote_mark}\\\r\n]++|(?!{stop}).)++")


def _closed(text: str, quoted: re.Match[str]) -> int | None:
    """Where a string ends, with its closing mark; None if it does not."""
    if not quoted[1] and len(quoted[2]) == 1:
        rest = _REST_OF_STRING[quoted[2]].match(text, quoted.end())
        return rest and rest.end()
    mark = quoted[1] + quoted[2]
    at = text.find(mark, quoted.end())
    while at > quoted.end() and text[at - 1] == "\\":
        at = text.find(mark, at + 1)
    return None if at < 0 else at + len(mark)


def _unquoted(given: str, escapes: int) -> tuple[str, int]:
    """What a string says, and how many levels of escapes it had."""
    levels = (escapes + 1).bit_length()
    if "\\" not in given:
        return given, levels
    for level in range(levels):
        try:
            given = str(json.loads(f'"{given}"', strict=False))
        except ValueError:
            return given, max(level, 1)
    return given, levels
