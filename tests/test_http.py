"""What holds for every request, before any operation looks at it: paths, methods, headers, bodies, connections."""

from __future__ import annotations

import json
from operator import attrgetter

import httpx
import pytest

from tests.answers import REASON, REQUEST_ID, assert_agreed, assert_refused, reason_of
from tests.conftest import Running
from tests.office import LAUNCH, call, pin_body
from tests.reference import DOCUMENTED, SENTENCES, Documented, documented
from tests.wire import Wire, connected, request

pytest_plugins = ("tests.office_server",)

LIST = documented("list_direct_chats")
PIN = documented("pin_message")
PIN_PATH = f"/api/v2/chats/{LAUNCH}/stickymessage"
PIN_BODY = json.dumps(pin_body()).encode()

METHODS = {
    "/chats": "GET",
    f"/chats/{LAUNCH}/members": "GET",
    f"/chats/{LAUNCH}/mute": "POST",
    f"/chats/{LAUNCH}/unmute": "POST",
    f"/chats/{LAUNCH}/stickymessage": "DELETE, GET, POST",
    f"/chats/{LAUNCH}/leave": "POST",
}
"""The paths of the reference and their methods."""

each_section = pytest.mark.parametrize("section", DOCUMENTED, ids=attrgetter("name"))
each_path = pytest.mark.parametrize("path", METHODS)


def methods(allow: str) -> set[str]:
    return {method.strip() for method in allow.split(",")}


# Paths


@pytest.mark.parametrize(
    "prefix", ["/network/zylcal", "/network/a-b.c_d", "/network/12", "/w/default", "/w/default/network/zylcal"]
)
def test_every_operation_stands_under_a_network_and_under_its_world_too(prefix: str, office: Running) -> None:
    for section in DOCUMENTED:
        url = prefix + section.path.replace("{CHAT_ID}", LAUNCH)
        assert_agreed(call(office, section, url=url), section.success_status)
        assert_refused(call(office, section, label=None, url=url), 401)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/api",
        "/api/v2",
        "/api/v2/",
        "/api/v2//chats",
        "/api/v2/chats/",
        "/api/v2/chats/2002",
        "/api/v2/chats//members",
        "/api/v2/chats/2002/members/",
        "/api/v2/chats/2002/pin",
        "/api/v2/Chats",
        "/API/v2/chats",
        "/api/v1/chats",
        "/api/v3/chats",
        "/chats",
        "/network/api/v2/chats",
        "/network//api/v2/chats",
        "/network/a/b/api/v2/chats",
        "/network/x/w/default/api/v2/chats",
        "/w/nobodys/api/v2/chats",
        "/w//api/v2/chats",
        "/w/default",
        "/favicon.ico",
        "/docs/nowhere",
        "/openapi.json/",
        "/redoc",
        "/_mockcliqs",
        "/%2e%2e/api/v2/chats",
        "/api/v2/chats%00",
        "/api/v2/chats%0A",
        "/api/v2/%FF",
    ],
)
def test_an_unknown_path_is_the_documented_404(path: str, office: Running) -> None:
    """With whatever method and token; the framework's own body is never seen, and nobody is sent elsewhere."""
    with connected(office.port) as wire:
        for method in ("GET", "POST", "PROPFIND"):
            for token in ("1000.mockcliq.owner", None):
                wire.send(request(method, path, token=token))
                assert_refused(wire.answer(), 404)


def test_a_target_may_be_a_whole_url(office: Running) -> None:
    """As a client sends it that takes the mock for a proxy."""
    with connected(office.port) as wire:
        wire.send(request("GET", "http://cliq.zoho.com/api/v2/chats"))
        assert_agreed(wire.answer())


def test_the_host_is_not_judged(office: Running) -> None:
    for host in ("cliq.zoho.com", "evil.example.com:80", "", "[::1]:2547"):
        assert_agreed(call(office, LIST, headers={"Host": host}))


def test_a_chat_id_may_be_percent_encoded(office: Running) -> None:
    assert_agreed(call(office, documented("list_chat_members"), chat="%43T_3001_900%2DC1"))


def test_an_encoded_slash_in_a_chat_id_leads_to_no_other_path(office: Running) -> None:
    """It is a malformed id, or a path of nothing."""
    for chat in (f"x%2F..%2F{LAUNCH}", f"{LAUNCH}%2F", f"{LAUNCH}%2Fmembers%3F", f"..%2F{LAUNCH}"):
        answer = call(office, documented("list_chat_members"), chat=chat)
        assert answer.status_code in {400, 404}
        assert_refused(answer, answer.status_code)


# Methods


@each_path
def test_another_method_is_the_documented_405(path: str, office: Running) -> None:
    """Whether anybody has heard of it or not; Allow is complete. No token is looked at."""
    registered = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "M-SEARCH", "QUERY"}
    with connected(office.port) as wire:
        for method in [*sorted(registered - methods(METHODS[path])), "FOO", "get", "Post"]:
            for token in ("1000.mockcliq.owner", None):
                wire.send(request(method, f"/api/v2{path}", token=token))
                answer = wire.answer()
                assert_refused(answer, 405)
                assert methods(answer.headers["Allow"]) == methods(METHODS[path])


@each_path
def test_head_is_405_and_has_no_body(path: str, office: Running) -> None:
    """So the next answer on the connection begins where this one's headers end."""
    with connected(office.port) as wire:
        wire.send(request("HEAD", f"/api/v2{path}"), request("GET", "/api/v2/chats"))
        answer = wire.answer(has_body=False)
        assert answer.status_code == 405
        assert methods(answer.headers["Allow"]) == methods(METHODS[path])
        assert answer.headers[REASON]
        assert_agreed(wire.answer())


def test_head_of_an_unknown_path_is_404_and_has_no_body(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("HEAD", "/api/v2/nowhere"), request("GET", "/api/v2/chats"))
        assert wire.answer(has_body=False).status_code == 404
        assert_agreed(wire.answer())


@pytest.mark.parametrize("method", ["CONNECT", "X" * 1000, "!#$%&'*+.^_`|~", "GETT", "GE", "0"])
def test_a_method_nobody_has_heard_of_is_405_byte_by_byte_too(method: str, office: Running) -> None:
    """However the request is cut up on its way; the connection goes on to be used."""
    message = request(method, PIN_PATH)
    with connected(office.port) as wire:
        for chunks in ([message], [message[:1], message[1:]], [message[: len(method) + 1], message[len(method) + 1 :]]):
            wire.send(*chunks)
            assert_refused(wire.answer(), 405)
        wire.send(request("GET", "/api/v2/chats"))
        assert_agreed(wire.answer())


def test_a_body_of_a_method_nobody_has_heard_of_is_passed_over(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("FOO", "/api/v2/chats", body=b"GET / HTTP/1.1\r\n\r\n"))
        assert_refused(wire.answer(), 405)
        wire.send(request("GET", "/api/v2/chats"))
        assert_agreed(wire.answer())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_body_with_a_byte_order_mark_is_said_to_have_one(encoding: str, office: Running) -> None:
    """It cannot be seen in an editor, nor in a terminal."""
    answer = office.http.post(
        PIN_PATH,
        content=json.dumps(pin_body()).encode(encoding),
        headers={"Authorization": "Bearer 1000.mockcliq.owner"},
    )
    assert_refused(answer, 400)
    assert reason_of(answer).endswith("need=a JSON object in UTF-8, without a byte order mark")


# Browsers


@each_path
@pytest.mark.parametrize("origin", ["https://page.test", "http://localhost:3000", "null", "chrome-extension://abc"])
def test_a_preflight_is_answered_on_every_path(path: str, origin: str, office: Running) -> None:
    """Without a token, which a browser does not send with it."""
    for method in methods(METHODS[path]):
        answer = office.http.options(
            f"/api/v2{path}",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization, content-type, x-own",
            },
        )
        assert answer.is_success
        assert answer.headers[REQUEST_ID]
        assert answer.headers["Access-Control-Allow-Origin"] in {origin, "*"}
        assert method in methods(answer.headers["Access-Control-Allow-Methods"])
        allowed = methods(answer.headers["Access-Control-Allow-Headers"].lower())
        assert {"authorization", "content-type", "x-own"} <= allowed


@pytest.mark.parametrize("path", [*METHODS, "/nowhere"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "patch", "BREW"])
def test_a_page_may_make_any_call_to_read_its_refusal(path: str, method: str, office: Running) -> None:
    preflight = {"Origin": "https://page.test", "Access-Control-Request-Method": method}
    answer = office.http.options(f"/api/v2{path}", headers=preflight)
    assert answer.is_success
    assert method in answer.headers["Access-Control-Allow-Methods"].split(", ")


@each_path
@pytest.mark.parametrize("headers", [{}, {"Origin": "https://page.test"}], ids=["no origin", "origin"])
def test_any_other_options_is_405(path: str, headers: dict[str, str], office: Running) -> None:
    answer = office.as_("owner").call("OPTIONS", path, headers=headers)
    assert_refused(answer, 405)
    assert methods(answer.headers["Allow"]) == methods(METHODS[path])


@each_section
def test_a_page_of_any_origin_may_read_every_answer(section: Documented, office: Running) -> None:
    """A refusal too, and why it was refused."""
    headers = {"Origin": "https://page.test"}
    office.control("PUT", "/limits", json={"operation": section.name, "threshold": 2})
    for changes in (
        {"headers": headers},
        {"headers": headers | {"Accept": "text/html"}},
        {"headers": headers},
        {"headers": headers, "label": None},
        {"headers": headers, "method": "PATCH"},
        {"headers": headers, "path": "/nowhere"},
        {"headers": headers | {"Prefer": "code=500"}},
    ):
        answer = call(office, section, **changes)
        assert answer.headers["Access-Control-Allow-Origin"] in {"https://page.test", "*"}
        exposed = methods(answer.headers["Access-Control-Expose-Headers"].lower())
        assert "*" in exposed or {REQUEST_ID.lower(), REASON.lower()} <= exposed
        if answer.headers["Access-Control-Allow-Origin"] != "*":
            assert "origin" in methods(answer.headers["Vary"].lower())


# What is no HTTP


MALFORMED = {
    "a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
    "a sentence": b"hello, is anybody there?\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unheard-of version": b"GET /api/v2/chats HTTP/9.9\r\nHost: x\r\n\r\n",
    "no target": b"GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET /api/v2/chats HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "a space in a header's name": b"GET /api/v2/chats HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n",
    "a NUL in a header": b"GET /api/v2/chats HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
    "a length that is no number": b"POST /api/v2/chats HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "a negative length": b"POST /api/v2/chats HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /api/v2/chats HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": (
        b"POST /api/v2/chats HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "an unknown transfer encoding": b"POST /api/v2/chats HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: br\r\n\r\n0\r\n\r\n",
    "an unknown method with a header that is none": b"FOO /api/v2/chats HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "a target that is not ASCII": b"GET /api/v2/chats/\xff/members HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_http_request_gets_the_documented_400_and_an_end(what: str, office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(MALFORMED[what])
        assert_refused(wire.answer(), 400)
        assert wire.is_over()


@pytest.mark.parametrize(
    "rest", [b"Transfer-Encoding: br\r\n\r\n0\r\n\r\n", b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"]
)
def test_what_turns_out_to_be_no_http_request_late_has_not_been_carried_out(rest: bytes, office: Running) -> None:
    """Its token and its path had been read, and were good."""
    with connected(office.port) as wire:
        wire.send(request("POST", f"/api/v2/chats/{LAUNCH}/leave").removesuffix(b"\r\n") + rest)
        assert_refused(wire.answer(), 400)
        assert wire.is_over()
    assert office.http.get("/_mockcliq/requests").json()["requests"] == []


def test_a_request_behind_the_last_one_of_a_connection_is_not_carried_out(office: Running) -> None:
    last = request("GET", "/api/v2/chats", "Connection: close")
    with connected(office.port) as wire:
        wire.send(last + request("POST", f"/api/v2/chats/{LAUNCH}/leave").replace(b"HTTP/1.1", b"HTTP/1.1 "))
        assert_agreed(wire.answer())
        assert wire.is_over()
    assert [each["method"] for each in office.http.get("/_mockcliq/requests").json()["requests"]] == ["GET"]


def test_a_chunk_that_is_none_gets_the_documented_400_and_an_end(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("POST", PIN_PATH, "Transfer-Encoding: chunked"), b"zz\r\n{}\r\n0\r\n\r\n")
        assert_refused(wire.answer(), 400)
        assert wire.is_over()


# Connections


def test_one_connection_serves_one_request_after_another(office: Running) -> None:
    with connected(office.port) as wire:
        for status, message in (
            (200, request("GET", "/api/v2/chats")),
            (404, request("GET", "/")),
            (204, request("POST", f"/api/v2/chats/{LAUNCH}/mute")),
            (401, request("POST", PIN_PATH, token=None, body=PIN_BODY)),
            (405, request("FOO", "/api/v2/chats")),
            (200, request("POST", PIN_PATH, body=PIN_BODY)),
            (400, request("POST", PIN_PATH, body=b"{" * 2_000_000)),
            (403, request("POST", PIN_PATH, token="1000.mockcliq.readonly", body=b"x" * 2_000_000)),
            (200, request("GET", PIN_PATH)),
        ):
            wire.send(message)
            assert wire.answer().status_code == status


def test_pipelined_requests_are_answered_in_their_order(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(
            request("POST", PIN_PATH, body=PIN_BODY)
            + request("GET", PIN_PATH)
            + request("DELETE", PIN_PATH)
            + request("GET", "/nowhere")
            + request("GET", PIN_PATH)
        )
        answers = [wire.answer() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 204, 404, 200]
    assert answers[1].json()["data"]["message"]["msg"] == "We launch at noon"
    assert answers[4].json()["data"] == {}


def test_a_pipelined_method_nobody_has_heard_of_waits_its_turn(office: Running) -> None:
    """The request before it gets its answer, too."""
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats") + request("FOO", "/api/v2/chats") + request("GET", "/api/v2/chats"))
        assert_agreed(wire.answer())
        assert_refused(wire.answer(), 405)
        assert_agreed(wire.answer())


def test_what_is_no_http_behind_a_request_does_not_take_its_answer(office: Running) -> None:
    """The refusal of the rest comes second."""
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats") + b"\x00\x01\x02\r\n\r\n")
        assert_agreed(wire.answer())
        assert_refused(wire.answer(), 400)
        assert wire.is_over()


def test_http_1_0_is_served_and_ends_with_the_answer(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert_agreed(wire.answer())
        assert wire.is_over()


UPGRADES = {
    "websocket": [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ],
    # What Java's HttpClient sends by default, and curl with --http2.
    "h2c": [
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    ],
}

each_upgrade = pytest.mark.parametrize("upgrade", UPGRADES)


@each_upgrade
def test_an_upgrade_is_not_granted_and_the_request_answered_as_it_stands(
    upgrade: str, office: Running, caplog: pytest.LogCaptureFixture
) -> None:
    """On a connection that goes on to be used, and without a word in the log."""
    with connected(office.port) as wire:
        for _ in range(2):
            wire.send(request("GET", "/api/v2/chats", *UPGRADES[upgrade]))
            assert_agreed(wire.answer())
        wire.send(request("GET", "/api/v2/chats", *UPGRADES[upgrade], token=None))
        assert_refused(wire.answer(), 401)
        wire.send(request("GET", "/nowhere", *UPGRADES[upgrade]))
        assert_refused(wire.answer(), 404)
        wire.send(request("GET", "/api/v2/chats"))
        assert_agreed(wire.answer())
    assert caplog.messages == []


@each_upgrade
def test_the_body_of_a_request_that_asks_for_an_upgrade_is_read(upgrade: str, office: Running) -> None:
    """Java's HttpClient asks with every request, that for a pin as well."""
    message = request("POST", PIN_PATH, *UPGRADES[upgrade], body=PIN_BODY)
    with connected(office.port) as wire:
        wire.send(message)
        assert_agreed(wire.answer())
        wire.send(message[: -len(PIN_BODY)], PIN_BODY)
        assert_agreed(wire.answer())
        wire.send(request("GET", "/api/v2/chats"))
        assert_agreed(wire.answer())


# Bodies


def continued(wire: Wire) -> bool:
    """Whether the server says that the body may come."""
    return wire.answer().status_code == 100


def test_who_waits_for_100_continue_gets_it_where_the_body_is_wanted(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("POST", PIN_PATH, "Expect: 100-continue", f"Content-Length: {len(PIN_BODY)}"))
        assert continued(wire)
        wire.send(PIN_BODY)
        assert_agreed(wire.answer())


@pytest.mark.parametrize(
    ("status", "headers", "token"),
    [
        (401, [], None),
        (403, [], "1000.mockcliq.readonly"),
        (406, ["Accept: text/html"], "1000.mockcliq.owner"),
        (400, ["Content-Length: 5000000"], "1000.mockcliq.owner"),
    ],
)
def test_who_waits_for_100_continue_is_refused_before_the_body_is_sent(
    status: int, headers: list[str], token: str | None, office: Running
) -> None:
    length = [] if status == 400 else ["Content-Length: 100"]
    with connected(office.port) as wire:
        wire.send(request("POST", PIN_PATH, "Expect: 100-continue", *length, *headers, token=token))
        assert_refused(wire.answer(), status)


def test_a_body_in_chunks_is_read_to_its_end(office: Running) -> None:
    """With extensions and trailers; a byte at a time."""
    chunks = [b"%x;name=value\r\n%b\r\n" % (1, PIN_BODY[at : at + 1]) for at in range(len(PIN_BODY))]
    with connected(office.port) as wire:
        wire.send(request("POST", PIN_PATH, "Transfer-Encoding: chunked"), *chunks, b"0\r\nX-Trailer: yes\r\n\r\n")
        assert_agreed(wire.answer())
        wire.send(request("GET", PIN_PATH))
        assert wire.answer().json()["data"]["message"]["msg"] == "We launch at noon"


def test_chunks_behind_each_other_are_one_body(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("POST", PIN_PATH, "Transfer-Encoding: chunked"))
        for at in range(0, len(PIN_BODY), 7):
            part = PIN_BODY[at : at + 7]
            wire.send(b"%x\r\n" % len(part), part, b"\r\n")
        wire.send(b"0\r\n\r\n")
        assert_agreed(wire.answer())


def test_a_slow_body_keeps_nobody_waiting_but_its_sender(office: Running) -> None:
    with connected(office.port) as slow:
        slow.send(request("POST", PIN_PATH, f"Content-Length: {len(PIN_BODY)}"), PIN_BODY[:10])
        assert_agreed(call(office, LIST))
        assert_agreed(call(office, PIN))
        slow.send(PIN_BODY[10:])
        assert_agreed(slow.answer())


def test_a_slow_caller_who_has_left_meanwhile_is_refused_by_what_holds_then(office: Running) -> None:
    """The chat is looked up once the body is there."""
    with connected(office.port) as slow:
        slow.send(request("POST", PIN_PATH, f"Content-Length: {len(PIN_BODY)}"), PIN_BODY[:10])
        assert_agreed(call(office, documented("leave_chat")), 204)
        slow.send(PIN_BODY[10:])
        assert_refused(slow.answer(), 403)


def test_a_get_may_have_a_body(office: Running) -> None:
    """It means nothing."""
    assert_agreed(call(office, LIST, content=b"{nonsense"))


# The reason header


INJECTIONS = {
    "in the query": request("GET", "/api/v2/chats?limit=1%0D%0AX-Evil:%20yes%0D%0A%0D%0Abody"),
    "in a parameter's name": request("GET", "/api/v2/chats?limit%0D%0AX-Evil:yes=1&limit=%C3%A9%E2%82%AC%F0%9F%98%80"),
    "in the query, not UTF-8": request("GET", "/api/v2/chats?limit=%FF%FE%00%7F%80"),
    "in the chat's id": request("GET", "/api/v2/chats/a%0D%0AX-Evil:%20yes/members"),
    "in the chat's id, not UTF-8": request("GET", "/api/v2/chats/%FF%E2%82/members"),
    "in the chat's id, a line of Unicode's": request("GET", "/api/v2/chats/%E2%80%A8%C2%85/members"),
    "in an unknown path": request("GET", "/nowhere%0D%0AX-Evil:%20yes"),
    "in an unknown path, an emoji": request("GET", "/%F0%9F%98%80"),
    "in the Accept header": request("GET", "/api/v2/chats", "Accept: text/\xe9\xff\x80\x85"),
    "in the Accept header, long": request("GET", "/api/v2/chats", f"Accept: text/{'x' * 20_000}"),
    "in the token": request("GET", "/api/v2/chats", token="\xe9\xff\x80\x85"),
    "in the scheme": request("GET", "/api/v2/chats", "Authorization: \xe9\x85\xff token", token=None),
    "in the body": request("POST", PIN_PATH, body=b"\r\nX-Evil: yes\r\n\r\n\xff"),
    "in the body's id": request("POST", PIN_PATH, body=b'{"id": "\\r\\nX-Evil: yes\\u0000\\u2028"}'),
    "in the body's expiry": request("POST", PIN_PATH, body=b'{"id": "1_1", "expiry_time": {"\\r\\nX-Evil": "yes"}}'),
    "in the world": request("GET", "/w/%0D%0AX-Evil:%20yes/api/v2/chats"),
    "in braces": request("GET", "/api/v2/chats?limit=%7B0.__class__%7D%7Bname%7D%25s"),
    "in the method": request("{MOCK}".replace("{", "!").replace("}", "~"), "/api/v2/chats"),
}


@pytest.mark.parametrize("where", INJECTIONS)
def test_nothing_that_is_sent_becomes_a_header_of_the_answer(where: str, office: Running) -> None:
    """The reason stays one line of printable ASCII, of a sane length."""
    with connected(office.port) as wire:
        wire.send(INJECTIONS[where])
        answer = wire.answer()
    assert_refused(answer, answer.status_code)
    assert answer.status_code in {400, 401, 404, 405, 406}
    assert "X-Evil" not in answer.headers
    assert len(reason_of(answer)) < 1000


@pytest.mark.parametrize("header", ["Origin", "Access-Control-Request-Headers"])
def test_a_browser_s_headers_come_back_as_headers_and_no_more(header: str, office: Running) -> None:
    lines = {"Origin": "https://page.test", "Access-Control-Request-Method": "GET", header: "\xe9\xff, X-Evil: yes"}
    with connected(office.port) as wire:
        for method in ("OPTIONS", "GET"):
            wire.send(request(method, "/api/v2/chats", *(f"{name}: {value}" for name, value in lines.items())))
            answer = wire.answer()
            assert answer.is_success
            assert "X-Evil" not in answer.headers


SECRET = "1000.0a1b2c3d4e5f6a7b8c9d.e0f1a2b3c4d5e6f7zz9z"


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {SECRET}",
        f"zoho-oauthtoken {SECRET}",
        f"Bearer   {SECRET}  ",
        f"Bearer {SECRET}, Bearer {SECRET}",
        f"Bearer Bearer {SECRET}",
        f"Token {SECRET}",
        f"Basic {SECRET}",
        f"Token token={SECRET}",
        f"Bearer:{SECRET}",
        f"Bearer\t{SECRET}",
        f"Bearer={SECRET}",
        SECRET,
        f"{SECRET} ",
        f"{SECRET} Bearer",
        f"{SECRET} and something else",
        f"Zoho-oauthtoken{SECRET} x",
        f'"{SECRET} x"',
    ],
)
def test_of_a_secret_that_nobody_issued_only_four_characters_are_ever_shown(
    authorization: str, office: Running
) -> None:
    """It may be somebody's real one, whatever the shape in which it was sent."""
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats", f"Authorization: {authorization}", token=None))
        answer = wire.answer()
    assert_refused(answer, 401)
    shown = repr(answer.headers.raw) + answer.text
    assert not {SECRET[at : at + 5] for at in range(len("1000."), len(SECRET) - 4)} & {
        shown[at : at + 5] for at in range(len(shown))
    }


def test_an_unknown_token_is_known_again_by_its_last_four_characters(office: Running) -> None:
    answer = call(office, LIST, label=None, headers={"Authorization": f"Bearer {SECRET}"})
    assert "zz9z" in reason_of(answer)


# Accept


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json;charset=UTF-8",
        "application/json; charset=utf-8; q=0.1",
        "application/*",
        "*/*",
        "*/*;q=0.001",
        "",
        "text/html, application/json",
        "text/html,application/json;q=0.1",
        "text/html, */*;q=0.1",
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",  # Java's HttpURLConnection
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",  # browsers
        "text/html;q=1, application/*;q=0.5",
        "*/*;q=0, application/json",
        "application/*;q=0, application/json;q=0.5",
        "*/*;q=0, application/*",
        "application/json;q=1.000",
        "application/json ; q=0.5",
        "application/json;Q=0.5",
        "application/json;q=0.5;extension=1",
        " , application/json,",
    ],
)
def test_an_accept_header_that_admits_json_is_content(accept: str, office: Running) -> None:
    """On every operation, also on those that answer nothing."""
    for section in DOCUMENTED:
        answer = call(office, section, label="eve", headers={"Accept": accept.strip()})
        assert_agreed(answer, section.success_status)


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/xml",
        "application/jsonp",
        "application/problem+json",
        "application/vnd.api+json",
        "text/json",
        "text/*",
        "*/json",
        "text/html, application/xml;q=0.9",
        "application/json;q=0",
        "application/json;q=0.0",
        "application/json; q=0.000",
        "application/json;q=0, text/html",
        "application/json;q=0, */*",
        "application/json;q=0, application/*;q=1, */*;q=1",
        "application/*;q=0",
        "application/*;q=0, */*",
        "*/*;q=0",
        "*/*;q=0, text/html",
    ],
)
def test_an_accept_header_that_excludes_json_is_406(accept: str, office: Running) -> None:
    """The most specific range decides, and a weight of 0 excludes; also where an operation answers nothing."""
    for section in DOCUMENTED:
        assert_refused(call(office, section, headers={"Accept": accept}), 406)


def test_several_accept_lines_are_one_list(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats", "Accept: text/html", "Accept: application/json;q=0.1"))
        assert_agreed(wire.answer())
        wire.send(request("GET", "/api/v2/chats", "Accept: */*", "Accept: application/json;q=0"))
        assert_refused(wire.answer(), 406)


def test_no_accept_header_admits_anything(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats"))
        assert_agreed(wire.answer())


# All of it


def test_no_framework_speaks_for_itself(office: Running) -> None:
    """None of the answers that a web framework has of its own reaches a client of the emulated API."""
    for answer in (
        office.http.get("/api/v2/chats"),
        office.http.get("/api/v2/nowhere"),
        office.http.put("/api/v2/chats"),
        call(office, LIST, params={"limit": "x"}),
        call(office, PIN, content=b"{"),
        call(office, PIN, json={"id": 1}),
    ):
        assert answer.json() == {"message": SENTENCES[answer.status_code]}
        assert answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY
        assert b"detail" not in answer.content


@pytest.mark.parametrize("before", [b"", request("GET", "/api/v2/chats")], ids=["at once", "behind HTTP/1.1"])
@pytest.mark.parametrize("keep_alive", [[], ["Connection: keep-alive"]], ids=["", "keep alive"])
def test_an_answer_without_a_length_ends_with_the_connection_in_http_1_0(
    office: Running, before: bytes, keep_alive: list[str]
) -> None:
    """It knows no chunks; a proxy asks by it unless told otherwise."""
    with connected(office.port) as wire:
        if before:
            wire.send(before)
            assert_agreed(wire.answer())
        wire.send(request("GET", "/_mockcliq/requests/stream", *keep_alive).replace(b"HTTP/1.1", b"HTTP/1.0"))
        answer = wire.answer(has_body=False)
        assert answer.status_code == 200
        assert {"transfer-encoding", "content-length"}.isdisjoint(answer.headers)
        assert answer.headers["Connection"] == "close"
        office.as_("owner").get("/chats")
        assert wire.line() == b"event: request\n"
        assert wire.line().startswith(b"data: {")
    with connected(office.port) as wire:
        wire.send(request("HEAD", "/_mockcliq/requests/stream").replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert "transfer-encoding" not in wire.answer(has_body=False).headers
        assert wire.is_over()
