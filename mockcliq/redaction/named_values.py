"""The values that stand under the names of secrets, in whatever notation."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from mockcliq.redaction.escapes import NOT_JUDGED, is_json, spelled
from mockcliq.redaction.names import ANYWHERE, AS_A_KEY, STEMS, telling_of

SCHEMES = frozenset(
    {"bearer", "zoho-oauthtoken", "zoho-authtoken", "basic", "digest", "negotiate", "token", "oauth", "apikey"}
)
"""Schemes of an Authorization header that are no secret to name; what stands in place of another may be one."""

_WORK = 1000
LOOK, MASK = 1, 3
"""What one text may cost: for each name that is looked at, and for each secret that is masked. Of a text that costs
more, with some 300 secrets, the rest is not shown."""

_MOST_NAMES = 2000
"""Nor is the rest shown of one that has so many words of which such names are made."""

_NAME = re.compile(r"[\w.\[\]$-]*+")
"""What a name is made of."""
_BEHIND_A_NAME = re.compile(r"([\w.\[\]$-]*+)([\\\"'`,;\t\r\n&]|\s*+[:=-])?")
"""The rest of a name, and whether there is what may lead to its value."""
_CELL_ENDS = frozenset(",;\t\r\n")
_SEPARATORS = frozenset(":=>")
_QUOTES = frozenset("\"'`")
_DELIMITERS = frozenset(",;\t")
_BEFORE_ALONE = frozenset("='\"/<:\\")

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
_WORDS = frozenset({"code", "key"})
"""Names of elements that mostly hold what people read: in HTML, in property lists."""
_NODE_WINDOW = 4096
"""How far from its opening tag a closing one is looked for that may have blanks."""
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
_PATH_VALUE = re.compile(r"/([^/?#\s\"'&]{8,})")
_LOOKS_RANDOM = re.compile(r"(?=\D*[0-9])(?=[^A-Za-z]*[A-Za-z])")
_SHORTEST_KEY = 12

_CELL = r"[\"']?[A-Za-z_][\w.-]*+[\"']?"
_COLUMNS = re.compile(rf"&?({_CELL}([,;\t]){_CELL}(?:\2{_CELL})*+)\r?\n")
"""The first line of a table."""


class Budget:
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


class Named:
    """A text whose values that stand under the name of a secret are masked.

    A name is found by its stem. Names are looked at from left to right, and each character a fixed number of times.
    """

    def __init__(
        self,
        text: str,
        lowered: str,
        masked: Callable[[str], str],
        credentials: Callable[[str], str],
        budget: Budget,
    ) -> None:
        self._budget = budget
        self._text = text
        self._lowered = lowered
        self._masked = masked
        self._credentials = credentials
        self._is_document = is_json(text)
        self._heads: list[tuple[int, int]] | None = None
        self._line_end = -1

    def shown(self) -> str:
        found = (stem.finditer(self._lowered) for text, stem in STEMS.items() if text in self._lowered)
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
            is_spent = not self._budget.spend(LOOK)
            for edit in self._values(_Name(self._text, mirrored, start, done, telling)):
                is_spent = not self._budget.spend(MASK) or is_spent
                edits.append(edit)
                done = max(done, edit.end)
            if is_spent:
                edits.append(_Edit(done, len(self._text), NOT_JUDGED))
                break
        return self._with(edits)

    def _telling(self, start: int, end: int) -> int:
        telling = telling_of(self._text[start:end])
        if not telling and self._text[start - 1 : start] == "\\":
            telling = telling_of(self._text[start + 1 : end])  # behind a line break of a document's string, perhaps
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
        elif name.telling == ANYWHERE and name.before == "/" and (value := _PATH_VALUE.match(text, end)):
            if _LOOKS_RANDOM.match(value[1]):
                yield _Edit(value.start(1), value.end(1), self._masked(value[1]))
        elif name.opens_tag and (tag := _OPEN_TAG.match(text, end)):
            if edit := self._node(name, tag.end()):
                yield edit
        elif name.telling == ANYWHERE and (head := self._columns(name)):
            yield from self._cells(head)
        elif name.before in "='" or (separator[1] and name.before in _QUOTES):
            yield from self._siblings(name, separator)

    def _value(self, name: _Name, separator: re.Match[str]) -> _Edit | None:
        """What stands behind ``name:`` or ``name=``, in any notation."""
        text, start = self._text, separator.end()
        is_key = bool(separator[1])
        if not (is_key or name.telling == ANYWHERE or name.is_parameter(separator[2])) or (
            name.telling == AS_A_KEY and self._is_name(start)
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
        return found is not None and telling_of(found[1]) == ANYWHERE

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
            masked = spelled(masked)
        return _Edit(start, end, text[start:opened] + masked + mark)

    def _structure(self, start: int) -> _Edit:
        """A list or an object, whose strings and numbers are all masked."""
        text, at, depth = self._text, start, 0
        pieces: list[str] = []
        while self._budget.spend(LOOK):
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
        return given if masked == given else f'"{spelled(masked)}"'

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
        columns = [at for at, each in enumerate(names) if telling_of(each) == ANYWHERE]
        start = head.end()
        for line in self._text[start:].splitlines(keepends=True):
            cells = line.split(head[2])
            if not self._budget.spend(LOOK):
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

    def _node(self, name: _Name, start: int) -> _Edit | None:
        """What an element of XML holds; under a short name, which is a word, too, no text that people read."""
        closing = _closing_tag(name.lowered).search(self._lowered, start, start + _NODE_WINDOW)
        if closing is not None:
            end = closing.start()
        elif name.telling == ANYWHERE:
            end = self._lowered.find(f"{name.lowered}>", start)
            end = self._lowered.rfind("</", start, end) if end >= 0 else -1
            end = _end(_NOT_IN_A_NODE, self._text, start) if end < 0 else end
        else:
            return None
        given = self._text[start:end]
        secret = _MARKUP.sub("", given).strip()
        if name.telling == AS_A_KEY and (secret in _NO_SECRETS or (name.lowered in _WORDS and not _is_random(secret))):
            return None
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
            elif name.telling == ANYWHERE:
                yield from self._beside(before, start, end)
        elif name.telling == ANYWHERE and separator[1] and _OPENS_PAIR.search(before, max(0, len(before) - 20)):
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


@lru_cache(maxsize=64)
def _closing_tag(name: str) -> re.Pattern[str]:
    """Of an element, in whatever namespace; what names it is lowered."""
    return re.compile(rf"</(?:\w{{1,20}}:)?{re.escape(name)}\s{{0,20}}>")


def _is_random(secret: str) -> bool:
    """Whether it looks like a key, not like a word of people's."""
    return len(secret) >= _SHORTEST_KEY and not re.search(r"\s", secret) and _LOOKS_RANDOM.match(secret) is not None


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
