"""A secret is hidden in whatever notation, nesting and part of a request it stands; what is none stays as it was."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterable
from random import Random
from urllib.parse import unquote, unquote_plus
from zlib import crc32

import pytest

from mockcliq.redaction import NOT_JUDGED, Redaction, nothing_issued
from tests.placements import (
    BY_SHAPE,
    FORMS,
    KEYED,
    NAMES,
    PARAMETERS,
    SAID,
    SHORT_NAMES,
    WITHOUT_A_NAME,
    WRAPPINGS,
    WRITTEN,
    Notation,
    Sent,
    Wrapping,
    basic,
)

WORD = "kilnglaze77Qx"
ZOHO = "1000.0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f.e0f1a2b3c4d5e6f7e0f1a2b3c4d5zz9z"
OURS = "1000.4f5e6d7c8b9a4f5e6d7c8b9a4f5e6d7c.a5b6c7d8e9f0a5b6c7d8e9f0a5b6c7d8"
KIB_64 = 64 * 1024

NO_NOTATION = {("a list of names", "a chat"), ("a list with tabs", "a chat")}
"""A table in the midst of a sentence is none."""

HOLDS_MORE = {"a list", "an object", "an object in json in json"}
"""Other values stand under the same name: they are masked."""


def told(sent: Sent, issued: Callable[[str], bool] = nothing_issued) -> list[str]:
    """All that is shown of a request."""
    redaction = Redaction(issued)
    headers = [(name.lower().encode(), value.encode()) for name, value in sent.headers]
    headers.append((b"content-type", sent.content_type.encode()))
    redaction.learn(headers, sent.query.encode(), sent.body)
    return [
        redaction.text(sent.path),
        redaction.form(sent.query),
        redaction.body(sent.body, sent.content_type),
        *(redaction.text(name.decode()) for name, _ in headers),
        *(redaction.header(name.decode(), value) for name, value in headers),
    ]


def leaked(secret: str, shown: Iterable[str]) -> set[str]:
    """What is shown of a secret in five characters or more, as it stands or under simple escapes."""
    fives = {secret[at : at + 5] for at in range(len(secret) - 4)}
    readings = "\0".join(
        reading
        for text in shown
        for reading in (text, unquote(text), unquote_plus(unquote(text)), text.replace("\0", ""))
    )
    return {five for five in fives if five in readings}


def assert_hidden(notation: Notation, names: list[str], wrapping: Wrapping) -> None:
    for name in names:
        for secret, hidden in ((WORD, WORD), (ZOHO, ZOHO[5:])):
            sent = wrapping(notation(name, secret))
            assert not leaked(hidden, told(sent)), f"{name}: {sent}"


def some(names: list[str], *place: str) -> list[str]:
    """Two of the names, others for each place."""
    at = crc32(repr(place).encode()) % (len(names) - 1)
    return names[at : at + 2]


NOTATIONS = KEYED | SAID | WRITTEN
PLACES = [(kind, where) for kind in NOTATIONS for where in WRAPPINGS if (kind, where) not in NO_NOTATION]


@pytest.mark.parametrize(("kind", "where"), PLACES)
def test_a_name_gives_a_secret_away_in_any_notation(kind: str, where: str) -> None:
    names = NAMES + SHORT_NAMES if kind in KEYED else NAMES
    assert_hidden(NOTATIONS[kind], some(names, kind, where), WRAPPINGS[where])


def a_third(names: list[str], kind: str, where: str) -> list[str]:
    """Every third of the names, others for the next: each name stands in every notation, and in every wrapping."""
    return names[(list(NOTATIONS).index(kind) + list(WRAPPINGS).index(where)) % 3 :: 3]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "where"), PLACES)
def test_each_name_gives_a_secret_away_in_any_notation(kind: str, where: str) -> None:
    names = NAMES + SHORT_NAMES if kind in KEYED else NAMES
    assert_hidden(NOTATIONS[kind], a_third(names, kind, where), WRAPPINGS[where])


@pytest.mark.parametrize("where", FORMS)
@pytest.mark.parametrize("kind", PARAMETERS)
def test_a_parameter_s_name_gives_a_secret_away_under_any_escapes(kind: str, where: str) -> None:
    assert_hidden(PARAMETERS[kind], some(NAMES + SHORT_NAMES, kind, where), FORMS[where])


@pytest.mark.slow
@pytest.mark.parametrize("where", FORMS)
@pytest.mark.parametrize("kind", PARAMETERS)
def test_each_parameter_s_name_gives_a_secret_away_under_any_escapes(kind: str, where: str) -> None:
    assert_hidden(PARAMETERS[kind], NAMES + SHORT_NAMES, FORMS[where])


@pytest.mark.parametrize("where", WITHOUT_A_NAME)
def test_what_stands_around_a_secret_gives_it_away(where: str) -> None:
    shown = told(WITHOUT_A_NAME[where](WORD))
    assert not leaked(WORD, shown)
    assert not leaked(basic(WORD)[6:], shown)


@pytest.mark.parametrize("where", BY_SHAPE)
def test_a_token_of_zoho_s_is_known_by_its_shape(where: str) -> None:
    shown = told(BY_SHAPE[where](ZOHO))
    assert not leaked(ZOHO[5:], shown)
    assert base64.b64encode(ZOHO.encode()).decode() not in str(shown)


@pytest.mark.parametrize("kind", [kind for kind in KEYED | PARAMETERS if kind not in HOLDS_MORE])
def test_what_this_server_issued_stays_in_any_notation(kind: str) -> None:
    notation = (KEYED | PARAMETERS)[kind]
    for name in ("client_secret", "code", "Authorization"):
        text = notation(name, OURS)
        for content_type in ("application/json", "text/plain"):
            sent = Sent(body=text.encode(), content_type=content_type)
            assert told(sent, OURS.__eq__)[2] == text


@pytest.mark.parametrize(
    "text",
    [
        "the key is under the mat", "my code: 5, then we go", "code review: done\nsession: tomorrow",
        "use List<Token> x = new Map<String, Token>()", "token, secret and password are words", "the password is wrong",

        "Session at 5; pass the salt; key=value is a pair", "passengers: 5, keyboard = new, monkey: 2",

        "see https://docs.test/token/overview and /oauth/v2/token/revoke", "I have 1000.5 reasons", "a,b\n1,2",
        "Hi, token\nHow are you", "press -u to update: now", "author: Ada, authority: none", "ada@b.test: hello",
        "http://a.test:8080/x@y", "eyes wide open; every week", "status_code=7", "<b>bold</b> <key> x",
        "50% code, 100%",
        "C:\\new\\token\\x", "caf\u00e9 \\u00e9 %C3%A9", "W3schools eyewitness MTA timetable", "sign-off -uk: yes",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays_as_it_was(text: str) -> None:
    assert Redaction().text(text) == text
    assert Redaction().body(text.encode(), "text/plain") == text
    for document in ({"text": text, "reply_to": "5"}, [{"name": text, "value": "all of it"}]):
        body = json.dumps(document)
        assert Redaction().body(body.encode(), "application/json") == body


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
def test_a_compressed_body_is_shown_as_the_bytes_it_is(compress: Callable[[bytes], bytes]) -> None:
    body = compress(json.dumps({"client_secret": WORD, "text": "x" * 100}).encode())
    assert not leaked(WORD, told(Sent(body=body)))


@pytest.mark.parametrize(
    "kind", [each for each in KEYED if each not in HOLDS_MORE and "escaped" not in each and "entit" not in each]
)
def test_what_stands_beside_a_secret_stays(kind: str) -> None:
    """A document stays one, at whatever depth its secret stands."""
    text = KEYED[kind]("client_secret", WORD)
    assert Redaction().body(text.encode(), "application/json") == text.replace(WORD, f"...{WORD[-4:]}")


def filled(filling: str) -> bytes:
    return (filling * (KIB_64 // len(filling) + 1))[:KIB_64].encode()


@pytest.mark.parametrize(
    "filling",
    ['"token": "abcdefgh", ', "token=abcdefgh&", "token\n", "key=", "<token>abcdefgh1</token>", "Bearer abcdefgh1 ",
     "1000.abcdefghijklm ", "-u ada:abcdefgh1 ", "://ada:abcdefgh1@ ", '{"token": {"a": "b", ', 'key"name":"'],
)  # fmt: skip
def test_of_a_body_with_more_secrets_than_anybody_sends_the_rest_is_not_shown(filling: str) -> None:
    body = filled(filling) + f', "client_secret": "{WORD}", Bearer {WORD} {ZOHO}'.encode()
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        shown = told(Sent(body=body, content_type=content_type))
        assert not leaked(WORD, shown)
        assert not leaked(ZOHO[5:], shown)
        assert NOT_JUDGED in shown[2] or len(shown[2]) < 100


def test_escapes_without_end_are_not_shown() -> None:
    """A text whose every reading is yet another one."""
    text = f"token={WORD}"
    for level in range(12):
        text = "".join(f"\\u{ord(each):04x}" if level % 2 else f"%{ord(each):02x}" for each in text[:2]) + text[2:]
    for body in (text, f"a={text}&b=c"):
        assert not leaked(WORD, told(Sent(body=body.encode(), content_type="text/plain")))
    deep = "%5Cu0025" * 3
    for _ in range(9):
        deep = deep.replace("\\", "%5C").replace("%", "\\u0025")
    assert Redaction().text(deep) in (NOT_JUDGED, deep)


def test_a_known_secret_that_the_limit_cuts_is_not_shown_by_its_beginning() -> None:
    for size in range(4, len(WORD)):
        body = f"{'x' * 100} {WORD[:size]}".encode()
        redaction = Redaction()
        redaction.learn([(b"authorization", f"Bearer {WORD}".encode())], b"", body)
        assert not leaked(WORD, [redaction.body(body, "text/plain", is_cut=True)])


def test_any_text_made_of_notations_is_judged() -> None:
    """No text is too odd, and what is shown of it shows no more the second time."""
    chance = Random(7)  # noqa: S311  # no secret depends on it
    pieces = ["token", "key", '"', "'", "\\", '\\"', ":", "=", " ", "\n", "\\n", "{", "}", "[", "]", "<", ">", "</",
              "&", "%22", "--", "-u ", "bearer ", "://", "@", "1000.", "abcdefgh1", "eyJhbGciOiJI", "name", "value",
              "content-disposition", "\r\n\r\n", "\r\n--", ",", ";", "\t", "\\u0041", "&quot;", "\0", "\u0130", "$",
              "`",
              '"""', "=>", "-----BEGIN PRIVATE KEY-----", "+", "."]  # fmt: skip
    for _ in range(2000):
        text = "".join(chance.choices(pieces, k=chance.randint(1, 30)))
        for content_type in ("application/json", "application/x-www-form-urlencoded"):
            shown = Redaction().body(text.encode(), content_type)
            assert shown.encode() is not None
            Redaction().body(text.encode(), content_type, is_cut=True)
            Redaction().header("cookie", text.encode())
