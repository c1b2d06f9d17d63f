"""Of a secret that this server did not issue only the last four characters ever appear, wherever it was sent."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from string import ascii_uppercase
from time import process_time
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.apis.v2 import V2
from mockcliq.app import create_app
from mockcliq.contract.operation import operation
from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Call
from mockcliq.redaction import Redaction
from mockcliq.settings import Settings
from tests.answers import REASON
from tests.conftest import Running
from tests.office import LAUNCH
from tests.profiles import examples
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

ZOHO = "1000.0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f.e0f1a2b3c4d5e6f7e0f1a2b3c4d5zz9z"
OURS = "1000.mockcliq.owner"

PIN = f"/api/v2/chats/{LAUNCH}/stickymessage"
CHATS = "/api/v2/chats"

Place = Callable[[str], bytes]
"""The request that has a secret in one place."""


def get(target: str, *headers: str) -> bytes:
    return request("GET", target, *headers, token=None)


def pin(body: str | bytes, content_type: str = "application/json", token: str | None = OURS) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    return request("POST", PIN, f"Content-Type: {content_type}", token=token, body=content)


def multipart(name: str, value: str) -> bytes:
    body = f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--xyz--\r\n'
    return pin(body, "multipart/form-data; boundary=xyz")


def basic(password: str) -> str:
    return base64.b64encode(f"1000.CLIENT:{password}".encode()).decode()


def in_query(name: str) -> Place:
    return lambda secret: get(f"{CHATS}?limit=1&{name}={quote_plus(secret)}&x=y")


WHERE_A_SECRET_STANDS: dict[str, Place] = {
    "bearer": lambda secret: get(CHATS, f"Authorization: Bearer {secret}"),
    "zoho-oauthtoken": lambda secret: get(CHATS, f"Authorization: Zoho-oauthtoken {secret}"),
    "another scheme": lambda secret: get(CHATS, f"Authorization: Whatever {secret}"),
    "no scheme": lambda secret: get(CHATS, f"Authorization: {secret}"),
    "no space": lambda secret: get(CHATS, f"Authorization: Bearer:{secret}"),
    "a second header": lambda secret: get(CHATS, f"Authorization: Bearer {OURS}", f"Authorization: Bearer {secret}"),
    "on an unknown path": lambda secret: get("/nowhere", f"Authorization: Bearer {secret}"),
    "on a wrong method": lambda secret: request("PUT", CHATS, f"Authorization: Bearer {secret}", token=None),
    "where a code is preferred": lambda secret: get(CHATS, f"Authorization: Bearer {secret}", "Prefer: code=500"),
    "proxy": lambda secret: get(CHATS, f"Proxy-Authorization: Basic {secret}"),
    "cookie": lambda secret: get(CHATS, f"Cookie: {secret}"),
    "named cookie": lambda secret: get(CHATS, f"Cookie: session={secret}"),
    "api key": lambda secret: get(CHATS, f"X-Api-Key: {secret}"),
    "auth token": lambda secret: get(CHATS, f"X-Auth-Token: {secret}"),
    **{
        f"query {name}": in_query(name)
        for name in (
            "access_token", "refresh_token", "token", "code", "client_secret", "password", "authtoken", "api_key",
            "zapikey", "X-Api-Key", "authtoken[]", "t%6Fken",
        )
    },
    "an address": lambda secret: get(CHATS, f"Referer: https://ada:{quote(secret, safe='')}@example.test/x"),
    "an address in a query": lambda secret: get(
        f"{CHATS}?{urlencode({'to': f'https://ada:{quote_plus(secret)}@b.test'})}"
    ),
    "a refused query": lambda secret: request("GET", f"{CHATS}?limit=x&{urlencode({'token': secret})}"),
    "json": lambda secret: pin(json.dumps({"id": "1", "access_token": secret})),
    "nested json": lambda secret: pin(json.dumps({"a": [{"client_secret": {"is": [secret]}}]})),
    "escaped json": lambda secret: pin('{"t\\u006fken": "' + "".join(f"\\u{ord(each):04x}" for each in secret) + '"}'),
    "json twice": lambda secret: pin(f'{{"token": {json.dumps(secret)}, "token": "{OURS}"}}'),
    "json in a json text": lambda secret: pin(json.dumps({"payload": json.dumps({"refresh_token": secret})})),
    "json in a form": lambda secret: pin(urlencode({"payload": json.dumps({"a": json.dumps({"token": secret})})})),
    "a query in a query": lambda secret: get(f"{CHATS}?{urlencode({'to': '/?' + urlencode({'code': secret})})}"),
    "a list, which is refused": lambda secret: pin(json.dumps([{"password": secret}])),
    "json that is none": lambda secret: pin(f'{{"password": {json.dumps(secret)}, '),
    "json cut off": lambda secret: pin('{"password": ' + json.dumps(secret)[:-1]),
    "a form": lambda secret: pin(urlencode({"a": "b", "code": secret}), "application/x-www-form-urlencoded"),
    "a form as json": lambda secret: pin(urlencode({"refresh_token": secret})),
    "multipart": lambda secret: multipart("client_secret", secret),
    "a part that is json": lambda secret: multipart("payload", json.dumps({"client_secret": [secret]})),
    "a part that is a request": lambda secret: multipart("batch", f"GET / HTTP/1.1\r\nCookie: a=b; c={secret}\r\n\r\n"),
    "an argument of ours": lambda secret: pin(json.dumps({"id": 5, "token": secret})),
    "here and there": lambda secret: get(f"/{quote(secret, safe='')}", f"Authorization: Bearer {secret}"),
    "there too": lambda secret: get(f"/{quote(secret, safe='')}", f"Authorization: Whatever {secret}"),
}  # fmt: skip
"""Places whose name says that what stands there is secret."""

WHERE_A_ZOHO_TOKEN_STANDS: dict[str, Place] = {
    "a path": lambda secret: get(f"/{secret}/x"),
    "a chat": lambda secret: request("GET", f"/api/v2/chats/{secret}/members"),
    "a chat like one": lambda secret: request("GET", f"/api/v2/chats/CT_{secret}/members"),
    "a world": lambda secret: get(f"/w/{secret}/api/v2/chats"),
    "a network": lambda secret: get(f"/network/{secret}/api/v2/chats"),
    "an encoded path": lambda secret: get("/" + "".join(f"%{ord(each):02x}" for each in secret)),
    "a path encoded twice": lambda secret: get("/" + "".join(f"%25{ord(each):02x}" for each in secret)),
    "a method": lambda secret: request(secret, CHATS),
    "a query's name": lambda secret: request("GET", f"{CHATS}?{secret}"),
    "a query's value": lambda secret: request("GET", f"{CHATS}?limit={secret}"),
    "another query's value": lambda secret: request("GET", f"{CHATS}?x=y{secret}z"),
    "an accept": lambda secret: request("GET", CHATS, f"Accept: text/{secret}"),
    "a referer": lambda secret: request("GET", CHATS, f"Referer: https://page.test/?x={quote(secret)}#x"),
    "a header": lambda secret: request("GET", CHATS, f"X-Own: id={secret};"),
    "a header's name": lambda secret: request("GET", CHATS, f"{secret}: x"),
    "a body": lambda secret: pin(secret, "text/plain"),
    "a json text": lambda secret: pin(json.dumps(secret)),
    "an id": lambda secret: pin(json.dumps({"id": secret})),
    "an expiry": lambda secret: pin(json.dumps({"id": "1_1", "expiry_time": secret})),
    "a key": lambda secret: pin(json.dumps({secret: 1})),
    "an escaped text": lambda secret: pin('{"id": "' + "".join(f"\\u{ord(each):04x}" for each in secret) + '"}'),
    "a text that is none": lambda secret: pin(b"\xff\x00" + secret.encode() + b"\xfe", "application/octet-stream"),
    "a multipart file": lambda secret: multipart("file", f"x\n{secret}\n"),
    "a long body's end": lambda secret: pin(b"x" * (65_536 - 30) + secret.encode()),
    "basic": lambda secret: get(CHATS, f"Authorization: Basic {basic(secret)}"),
}


def strings(value: Any) -> Iterator[str]:
    """All texts in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def escaped(explanation: dict[str, Any]) -> Iterator[str]:
    """What stands in a call to paste under its escapes."""
    yield re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), explanation["curl"])
    yield from strings(explanation["call"])
    yield base64.b64decode(explanation["call"]["body_base64"] or "").decode("utf-8", "replace")


def everything_told(server: Running, sent: bytes) -> list[str]:
    """All that the server says of a request, to its client and to whoever asks the control API."""
    server.control("DELETE", "/requests")
    with connected(server.port) as wire:
        wire.send(sent)
        answer = wire.answer()
    told = [value for name, value in answer.headers.multi_items() if not name.startswith("access-control")]
    told.append(answer.text)
    (entry,) = server.control("GET", "/requests")["requests"]
    path = entry["path"]
    explained = server.control("GET", f"/requests/{entry['id']}")
    told += escaped(explained["explanation"])
    documents = [
        entry,
        explained,
        server.http.post("/_mockcliq/verify", json={"match": {"path": path, "chat": path}, "times": 9}).json(),
        server.http.post("/_mockcliq/verify", json={"match": {"status": 299}, "times": 9}).json(),
    ]
    with server.http.stream("GET", "/_mockcliq/requests/stream?since=0") as stream:
        documents.append(json.loads(next(line for line in stream.iter_lines() if line.startswith("data: "))[6:]))
    told += [json.dumps(each, ensure_ascii=False) for each in documents]
    told += [text for document in documents for text in strings(document)]
    return told


def leaked(secret: str, told: list[str]) -> set[str]:
    """What was told of the secret in five characters or more."""
    fives = {secret[at : at + 5] for at in range(len(secret) - 4)}
    readings = "\0".join(reading for text in told for reading in (text, unquote(text), unquote_plus(unquote(text))))
    return {five for five in fives if five in readings}


@pytest.mark.hypothesis
@pytest.mark.parametrize("where", WHERE_A_SECRET_STANDS)
def test_a_secret_s_name_gives_it_away(office: Running, where: str) -> None:
    @examples(10)
    @given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=5, max_size=26))
    def send(marks: str) -> None:
        # A letter between each two, of which none comes twice: so nothing of it stands elsewhere by chance.
        secret = "".join(map("".join, zip(ascii_uppercase, marks, strict=False))) + "z"
        assert not leaked(secret, everything_told(office, WHERE_A_SECRET_STANDS[where](secret)))

    send()


@pytest.mark.parametrize("where", WHERE_A_SECRET_STANDS | WHERE_A_ZOHO_TOKEN_STANDS)
def test_a_token_s_shape_gives_it_away(office: Running, where: str) -> None:
    place = (WHERE_A_SECRET_STANDS | WHERE_A_ZOHO_TOKEN_STANDS)[where]
    assert not leaked(ZOHO[5:], everything_told(office, place(ZOHO)))


@pytest.mark.parametrize(
    "where", [each for each in WHERE_A_SECRET_STANDS if each not in ("escaped json", "json cut off", "no space")]
)
def test_by_its_last_four_characters_it_is_known_again(office: Running, where: str) -> None:
    assert any("..." in text and "zz9z" in text for text in everything_told(office, WHERE_A_SECRET_STANDS[where](ZOHO)))


@pytest.mark.parametrize(
    "where",
    [
        "bearer", "zoho-oauthtoken", "on an unknown path", "api key", "query token", "query code", "json",
        "nested json", "a form", "multipart", "a path", "a chat", "a query's value", "a header", "a body", "an id",
    ],
)  # fmt: skip
def test_what_this_server_issued_is_shown_whole(office: Running, where: str) -> None:
    place = (WHERE_A_SECRET_STANDS | WHERE_A_ZOHO_TOKEN_STANDS)[where]
    told = everything_told(office, place("1000.mockcliq.member"))
    assert any("1000.mockcliq.member" in text for text in told)
    assert not any("...mber" in text for text in told)


@pytest.mark.parametrize("cut_at", range(3, 60, 7))
def test_a_secret_that_the_limit_cuts_in_two_shows_none_of_its_middle(office: Running, cut_at: int) -> None:
    beginning = b'{"a": "' + b"x" * (65_536 - cut_at - len(b'{"a": "", "token": "')) + b'", "token": "'
    secret = "QXZJ" * 20
    assert not {"QXZJ", "XZJQ", "ZJQX", "JQXZ"} & {
        text[at : at + 4]
        for text in everything_told(office, pin(beginning + secret.encode() + b'"}'))
        for at in range(len(text) - 3)
    }


def test_what_is_no_secret_stays_as_it_was_sent(office: Running) -> None:
    body = '{ "id":"1748689200000_7001",\n "expiry_time" : 1000.50, "notify": false, "text": "caf\\u00e9 100% code" }'
    with connected(office.port) as wire:
        headers = ("X-Zoho-Data-Center: eu", "Prefer: code=500", "Referer: https://page.test/a%20b?status=1")
        wire.send(request("POST", f"{PIN}?status_code=7&x=%7B1000.5%7D", *headers, body=body.encode()))
        wire.answer()
    (entry,) = office.control("GET", "/requests")["requests"]
    assert entry["query"] == {"status_code": "7", "x": "{1000.5}"}
    assert entry["body"] is None
    assert [entry["headers"][name] for name in ("x-zoho-data-center", "prefer", "referer")] == [
        "eu",
        "code=500",
        "https://page.test/a%20b?status=1",
    ]
    with connected(office.port) as wire:
        wire.send(request("POST", PIN, body=body.encode()))
        wire.answer()
    assert office.control("GET", "/requests")["requests"][-1]["body"] == body


def test_a_problem_of_the_control_api_shows_no_token(office: Running) -> None:
    told = [
        answer.text
        for answer in (
            office.http.get(f"/_mockcliq/{ZOHO}"),
            office.http.put(f"/_mockcliq/clock/{ZOHO}"),
            office.http.delete("/_mockcliq/clock", params={"x": ZOHO}),
            office.http.get(f"/_mockcliq/requests/{ZOHO}"),
            office.http.get(f"/_mockcliq/worlds/{ZOHO}/clock"),
            office.http.delete(f"/_mockcliq/tokens/{ZOHO}"),
            office.http.get("/_mockcliq/requests", params={"user": ZOHO}),
            office.http.get("/_mockcliq/requests", params={"operation": ZOHO}),
            office.http.get("/_mockcliq/requests", params={"since": ZOHO}),
            office.http.post("/_mockcliq/tokens", json={"user": ZOHO}),
            office.http.post("/_mockcliq/verify", json={"match": {ZOHO: 1}}),
        )
    ]
    assert not leaked(ZOHO[5:], told)


def test_a_refusal_s_reason_is_redacted_before_it_is_cut(office: Running) -> None:
    """What is cut first is not known for what it is any more."""
    for size in range(40, 130, 3):
        answer = office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", content=b"x" * size + ZOHO.encode())
        assert not leaked(ZOHO[5:], [answer.headers[REASON]])


def test_the_log_of_an_unforeseen_error_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:

    @operation("GET /chats", scope="ZohoCliq.Chats.READ")
    async def list_direct_chats(call: Call) -> Answer:
        raise RuntimeError(f"cannot do {call.scope['path']} with {call.header(b'cookie')!r}")

    async def provoke() -> httpx.Response:
        app = create_app(Settings(world="documentation"), apis=[replace(V2, operations=[list_direct_chats])])
        headers = {"Authorization": f"Bearer {OURS}", "Cookie": "QXZJQXZJQXZJQXZJ"}
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as client:
                return await client.get(f"/network/{ZOHO}/api/v2/chats", headers=headers)
        finally:
            await app.startup.end()

    with caplog.at_level(logging.DEBUG, logger="mockcliq"):
        answer = asyncio.run(provoke())
    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    assert "in list_direct_chats" in caplog.text, "with its traceback"
    assert not leaked(ZOHO[5:], [caplog.text, str(answer.headers)])
    assert not leaked("QXZJQXZJQXZJ", [caplog.text])


@given(st.text(max_size=200) | st.text(st.sampled_from('{}[]":,\\ \ntoken1000.%25=&xu0'), max_size=80))
def test_any_text_can_be_redacted_and_twice_is_once(text: str) -> None:
    """Whatever it is taken for; a body that holds no secret stays as it is."""
    redaction = Redaction()
    content = text.encode("utf-8", "replace")
    for content_type in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        shown = redaction.body(content, content_type)
        assert redaction.body(content, content_type, is_cut=True) is not None
        assert redaction.body(shown.encode(), content_type) == shown
    redaction.text(text)
    redaction.header("authorization", content)


@pytest.mark.parametrize(
    "text",
    ["%25" * 20_000, "%" + "25" * 30_000, "[" * 60_000, '{"a":' * 12_000, '"' * 60_000, '{"token":"a1234567",' * 3_000,
     "1000." * 12_000, "token" * 12_000, "token=" * 10_000, "a=b&" * 15_000, "\\u" * 30_000, "bearer " * 9_000],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    """None makes the work grow with the square of its length."""
    redaction = Redaction()
    redaction.learn([], b"", text.encode())
    assert redaction.body(text.encode(), "application/json") is not None


FILLINGS = [
    "content-disposition: name=a ", "content-disposition:", "content-disposition: x\r\n", "name=a ", "name=", ' name="',
    "\r\n--", "\n--x\n\n", "\r\n\r\n", "--x\r\ncontent-disposition: form-data; name=token\r\n\r\nabcdefgh\r\n",
    "--x\ncontent-disposition: form-data\n name=token\n\n1000.abcdefgh12345\n",
]  # fmt: skip
"""What has taken long, and what is like it, in any number."""


NOTATIONS = [
    'token:"\\"', 'token="', "token='", '{"token":{', '{"token":[', '\\"', "\\u0041", "%5C%22", "%", "name:", '"a\\"',
    "token=[", "a=%25252525&", '"token":',
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("filling", "content_type"),
    [(each, "multipart/form-data; boundary=x") for each in FILLINGS] + [(each, "text/plain") for each in NOTATIONS],
)
def test_a_body_costs_what_its_length_does(filling: str, content_type: str) -> None:
    """Sixteen times as much of anything is some sixteen times the work: its square would be 256 times as much."""
    headers = [(b"content-type", content_type.encode())]

    def cost(size: int) -> float:
        """Of the processor, at its best: other programs do not count."""
        content = (filling * (size // len(filling) + 1))[:size].encode()
        return min(timed(lambda: Redaction().learn(headers, b"", content)) for _ in range(5))

    assert cost(64 * 1024) < 64 * cost(4 * 1024)


def timed(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


@pytest.mark.parametrize(
    "head", ["form-data; name=token", "form-data;\r\n\tname=token", f"form-data; {'x' * 5000}; name=token"]
)
def test_a_secret_part_is_known_however_its_head_is_written(head: str) -> None:
    body = f"before\r\n--x\r\nContent-Disposition: {head}\r\n\r\nAvQaAvQaAvQa\r\n--x--\r\nbehind {ZOHO}"
    shown = Redaction().body(body.encode(), "multipart/form-data; boundary=x")
    assert shown == f"before\r\n--x\r\nContent-Disposition: {head}\r\n\r\n...AvQa\r\n--x--\r\nbehind ...zz9z"


@pytest.mark.parametrize(
    "text",
    [
        'cb({"password": "AvQa&=;AvQa"});',
        '{"a": 1, "client_secret": {"is": ["AvQa&=;AvQa"',
        "{'token': 'AvQa&=;AvQa'}",
        '[INFO] sent {"t\\u006fken": "AvQa&=;AvQa"} twice',
        '{"token": "a"AvQa&=;AvQa}, of which nobody knows where it ends',
        "GET / HTTP/1.1\r\nAuthorization: Digest AvQa&=;AvQa\r\n",
        "payload=%7B%22a%22%3A%22%7B%5C%22token%5C%22%3A%5C%22AvQa%26%3D%3BAvQa%5C%22%7D%22%7D",
    ],
)
def test_a_secret_in_an_odd_notation_shows_no_more(text: str) -> None:
    for content_type in ("application/json", "multipart/mixed; boundary=x"):
        shown = Redaction().body(text.encode(), content_type)
        assert not leaked("AvQa&=;AvQa", [shown])


SECRET = "AvQaAvQaAvQa9876"


@pytest.mark.parametrize("name", ["pwd", "Pass", "sid", "KEY", "otp", "csrf", "sig", "ns:pwd"])
@pytest.mark.parametrize("content_type", ["application/xml", "text/plain", "application/json"])
def test_an_element_of_a_short_name_holds_a_secret(name: str, content_type: str) -> None:
    text = f"<a><{name} kind='x'>{SECRET}</{name}><b>Ada</b></a>"
    if content_type == "application/json":
        text = json.dumps({"text": text})
    shown = Redaction().body(text.encode(), content_type)
    assert not leaked(SECRET[:-4], [shown])
    assert "<b>Ada</b>" in shown


@pytest.mark.parametrize("end", ["", " ", "\n"])
@pytest.mark.parametrize("name", ["pwd", "password"])
def test_a_closing_tag_may_have_blanks(name: str, end: str) -> None:
    shown = Redaction().body(f"<{name}\n>{SECRET} and more</{name}{end}>".encode(), "text/xml")
    assert not leaked(SECRET[:-4], [shown])
    assert "more" not in shown.partition("...")[0]


@pytest.mark.parametrize(
    "text",
    [
        "<code>pip install x</code>",
        "press <key> to go on",
        "<p>key</p>",
        "<keys>1</keys>",
        "<key>Label</key><string>com.example.agent</string>",
        "<key>Ctrl</key>+<key>C</key>",
        "<pass>true</pass>",
        "<pwd>a<pwd>b",
    ],
)
def test_an_element_that_holds_text_stays(text: str) -> None:
    assert Redaction().body(text.encode(), "text/html") == text


def test_a_secret_s_document_stays_one() -> None:
    """What is hidden is hidden in the spelling of what is around it."""
    sent = {"text": "a\nb", "payload": json.dumps({"token": "abcd/efgh+jkl", "x": 1})}
    for body, content_type in ((json.dumps(sent), "application/json"), (urlencode(sent), "text/plain")):
        redaction = Redaction()
        redaction.learn([], b"", body.encode())
        assert redaction.body(body.encode(), content_type) == body.replace("abcd/efgh", "...").replace(
            "abcd%2Fefgh", "..."
        )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"text":"my token: %s ok"}', '{"text":"my token: ...9876 ok"}'),
        ('{"text":"Authorization: Bearer %s"}', '{"text":"Authorization: Bearer ...9876"}'),
        ("curl -H 'Authorization: Bearer %s' http://x", "curl -H 'Authorization: Bearer ...9876' http://x"),
        ("Authorization: Bearer %s\r\nX: y", "Authorization: Bearer ...9876\r\nX: y"),
    ],
)
def test_what_stands_behind_a_secret_in_a_text_stays_and_the_secret_is_known_elsewhere(body: str, shown: str) -> None:
    redaction = Redaction()
    redaction.learn([], b"", (body % SECRET).encode())
    assert redaction.body((body % SECRET).encode(), "text/plain") == shown
    assert redaction.text(f"/somewhere/{SECRET}") == "/somewhere/...9876"


def test_the_password_of_a_basic_header_is_known_elsewhere() -> None:
    redaction = Redaction()
    redaction.learn([(b"authorization", f"Basic {basic(SECRET)}".encode())], b"note=%s" % SECRET.encode(), b"")
    assert redaction.form(f"note={SECRET}") == "note=...9876"


@pytest.mark.parametrize(
    ("field", "shown"), [("token={abcdef}", "token=...def%7D"), (f"token={SECRET}=z", "token=...76%3Dz")]
)
def test_a_secret_field_is_masked_once(field: str, shown: str) -> None:
    assert Redaction().form(field) == shown


@pytest.mark.parametrize("secret", ["a", "abcd", "hunter2"])
def test_of_a_short_secret_nothing_is_shown(secret: str) -> None:
    """Four characters of it would be half of it, or all."""
    for body, content_type in (
        (f'{{"password": "{secret}"}}', "application/json"),
        (f"a=1&password={secret}", "application/x-www-form-urlencoded"),
    ):
        shown = Redaction().body(body.encode(), content_type)
        assert "..." in shown
        assert secret not in shown.replace("password", "").replace("a=1", "")
        assert Redaction().body(shown.encode(), content_type) == shown, "and it stays so"


@pytest.mark.parametrize(
    "token",
    ["ghp_" + "aZ9" * 12, "github_pat_" + "a1B2_" * 6, "glpat-" + "x7Y_" * 5, "xoxb-" + "12345678-" * 2 + "abcdefgh",
     "AIza" + "Sy9-_" * 7, "AKIA" + "AB12" * 4, "sk-" + "aB3" * 14, "sk-proj-" + "a_B-" * 8],
)  # fmt: skip
def test_a_token_of_another_service_is_known_by_its_shape(token: str) -> None:
    """Bots pass them on, in whatever text."""
    for text in (
        f"build failed: {token} was refused",
        f'{{"text": "use {token}, please"}}',
        f"https://x.test/?q={token}&b",
    ):
        shown = Redaction().text(text)
        assert shown == text.replace(token, f"...{token[-4:]}")
    assert token not in Redaction().form(f"a=b&note={token}")


@pytest.mark.parametrize(
    "text", ["the task-force asks sk-learn-for-everyone-and-nobody", "xoxo, through and through", "Asia and Aizawa"]
)
def test_words_that_begin_alike_stay(text: str) -> None:
    assert Redaction().text(text) == text
