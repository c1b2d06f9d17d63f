"""What may be shown of a request: secrets that this server did not issue may be somebody's real ones.

Of such a value only the last four characters ever appear. It is known as one by the name it stands under, in whatever
notation; by its shape (a token of Zoho's begins with ``1000.``, one of GitHub's with ``ghp_``); or because the same
exchange holds it elsewhere. Every text is judged as it stands, and again with its escapes taken off. The work is
bounded: each pattern is linear in a text's length, and what holds more secrets or escapes than anybody sends is not
shown.
"""

from __future__ import annotations

import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from urllib.parse import quote_plus, unquote_plus

from mockcliq.contract.quoting import last_four
from mockcliq.redaction.escapes import NOT_JUDGED, SPELLINGS, bare_of_escapes, in_lower_case, is_json, judged, readings
from mockcliq.redaction.named_values import MASK, SCHEMES, Budget, Named
from mockcliq.redaction.names import STEMS, names_a_secret, telling_of

_KNOWN_LENGTH = 8
"""A secret at least so long is found again elsewhere in its exchange; a shorter one may be any word."""

_KNOWN_COUNT = 50
_KNOWN_CHARACTERS = 10_000
"""So many secrets of one exchange, and so long ones, are looked for in all of it; each is hidden where it was found."""

Issued = Callable[[str], bool]
"""Whether this server issued a token, secret or code."""

_SHAPE = re.compile(r"(100[0-9](?=[.\w-]{9})(?:\.[0-9A-Za-z_-]+)+)")
"""A token of Zoho's. What is shorter is a number, or gives nothing away."""
_FOREIGN = re.compile(
    r"\b((?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|AIza|sk-ant-|sk-proj-)[\w-]{16,}+|sk-[0-9A-Za-z]{32,}+|A[KS]IA[0-9A-Z]{16})"
)
"""A token of GitHub's, GitLab's, Slack's, Google's, OpenAI's, Anthropic's or Amazon's, which bots pass on."""
_FOREIGN_BEGINNINGS = (
    "gho_",
    "ghp_",
    "ghr_",
    "ghs_",
    "ghu_",
    "github_pat_",
    "glpat-",
    "xox",
    "aiza",
    "sk-",
    "akia",
    "asia",
)
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
_NOT_IN_A_FORM = re.compile(r"[\s\"]")
_FIELDS_NAME = re.compile(r"[^\s\"'{}=:,<>]*+")
_FIELD_MARK = "\ue000"
"""Divides the fields of a form while all are decoded at once; a private character."""
_CUT = re.compile(r"(?:\.\.\.[^\s.]{0,40}|100[0-9](?:\.|%(?:25)*2e)[\w.%-]*)\Z", re.IGNORECASE)
"""At the end of a text that was cut off, what may be the middle of a secret."""
_WORDS = re.compile(r"[\w.-]+")
_BASE64_BEGINNINGS = ("ey", "ew", "ez", "W1", "W3", "Wy", "MTAw")
_HINTS = (*STEMS, "100", "bearer", "oauthtoken", "basic", "//", "\\/", "-u", *_FOREIGN_BEGINNINGS)
"""A field without any of these, and without base64, holds no secret."""


def nothing_issued(_secret: str) -> bool:
    """For a server that has issued none, or cannot tell."""
    return False


class Redaction:
    """Shows the parts of one exchange without secrets, save those that this server issued."""

    def __init__(self, issued: Issued = nothing_issued) -> None:
        self._issued = issued
        self._found: dict[str, str] = {}
        self._masks: set[str] = set()
        self._learnable = _KNOWN_CHARACTERS
        self._budget = Budget()
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
        known = {spell(secret): spell(mask) for secret, mask in self._found.items() for spell in SPELLINGS}
        self._known = sorted(known.items(), key=lambda each: len(each[0]), reverse=True)

    def text(self, text: str) -> str:
        """A text of any kind; what holds a secret under its escapes is shown without them."""
        self._budget.renew()
        return self._without_known(judged(text, self._plain))

    def sentence(self, text: str) -> str:
        """A sentence of our own that may quote a token: only a token's shape tells it from our words."""
        self._budget.renew()
        return judged(text, partial(self._each, _SHAPE))

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
        if _NOT_IN_A_FORM.search(text) or is_json(text):
            text = judged(text, self._plain)
            if "urlencoded" not in content_type.lower() or "&" not in text:
                return text
        return self._fields(text)

    def _without_known(self, text: str) -> str:
        """A text without those secrets that another part of the exchange gave away."""
        if not self._known:
            return text
        shown = self._replaced(text)
        for reading in readings(shown):
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
        read = bare_of_escapes(joined)
        if read is None:
            return NOT_JUDGED
        for at in self._suspected(read):
            if at >= len(fields):
                break
            if not self._budget.spend(MASK):
                return "&".join([*fields[:at], NOT_JUDGED])
            fields[at] = self._field(fields[at])
        return "&".join(fields)

    def _suspected(self, read: str) -> Iterable[int]:
        """The places of those fields that may hold a secret, from left to right."""
        lowered = in_lower_case(read)
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
        read = bare_of_escapes(name)
        if read is not None and _FIELDS_NAME.fullmatch(read.strip()) and names_a_secret(read):
            masked = self._masked(given)
            shown_name = judged(name, self._plain) if "100" in read else name
            return field if masked == given else f"{shown_name}{equals}{quote_plus(masked)}"
        shown = given if given == value else judged(f"&{given}", self._plain).removeprefix("&")
        # So that its first name is a parameter's.
        field = f"&{field}" if shown == given else f"&{name}{equals}{quote_plus(shown)}"
        return judged(field, self._plain).removeprefix("&")

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
        lowered = in_lower_case(text)
        text = Named(text, lowered, self._masked, self._credentials, self._budget).shown()
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
        if any(beginning in lowered for beginning in _FOREIGN_BEGINNINGS):
            text = self._each(_FOREIGN, text)
        if any(beginning in text for beginning in _BASE64_BEGINNINGS):
            text = self._each(_IN_BASE64, text, _hides_a_secret)
        return text

    def _each(self, pattern: re.Pattern[str], text: str, is_secret: Callable[[str], bool] = bool) -> str:
        """A text whose pieces are masked that match in the last group of a pattern."""
        pieces, done, group = [], 0, pattern.groups
        for found in pattern.finditer(text):
            pieces.append(text[done : found.start(group)])
            if not self._budget.spend(MASK):
                return "".join([*pieces, NOT_JUDGED])
            secret = found[group]
            pieces.append(self._masked(secret) if is_secret(secret) else secret)
            done = found.end(group)
        return "".join([*pieces, text[done:]])


def _hides_a_secret(encoded: str) -> bool:
    """Whether base64 says what names a secret, or has the shape of one."""
    first = encoded.partition(".")[0].rstrip("=")
    try:
        said = urlsafe_b64decode(first.replace("+", "-").replace("/", "_") + "=" * (-len(first) % 4)).decode("latin-1")
    except ValueError:
        return False
    lowered = in_lower_case(said)
    is_signed = "." in encoded and '"alg"' in said
    return is_signed or bool(_SHAPE.search(said)) or any(telling_of(each) for each in _WORDS.findall(lowered))
