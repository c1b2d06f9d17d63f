"""Who may speak with the control API, and that whoever may not learns how they could."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Running, Serve
from tests.control.test_problems import problem
from tests.processes import SERVE, Program, Start, programs, until
from tests.wire import connected

TOKEN = "a-token.of~ours+/=="
NOT_OURS = f"1000.{'5e' * 16}.{'c7' * 16}"
"""What somebody's real token looks like."""

ALL_OF_IT = [
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/operations"),
    ("GET", "/state"),
    ("PUT", "/clock"),
    ("POST", "/reset"),
    ("DELETE", "/limits"),
    ("GET", "/worlds/default/clock"),
    ("GET", "/docs"),
    ("GET", "/docs/swagger-ui.css"),
    ("GET", "/openapi.json"),
    ("GET", "/nowhere"),
    ("GET", ""),
    ("OPTIONS", "/clock"),
    ("BREW", "/clock"),
]
"""Routes, pages, documents, and what is none."""
BUT_HEALTH = ALL_OF_IT[2:]


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with programs() as start:
        yield start


def asked(server: Running, *headers: str, path: str = "/_mockcliq/clock", method: str = "GET") -> httpx.Response:
    """The answer to a request with just these headers, which no client would have mended."""
    with connected(server.port) as wire:
        wire.send("\r\n".join([f"{method} {path} HTTP/1.1", *headers, "", ""]).encode("latin-1"))
        return wire.answer()


def undated(answer: httpx.Response) -> dict[str, str]:
    """An answer's headers, but for its date."""
    return {name: value for name, value in answer.headers.items() if name != "date"}


def refused(answer: httpx.Response, status: int, *told: str) -> None:
    """It is a problem of that status whose detail tells these things."""
    document = problem(answer)
    assert document["status"] == status, document
    assert [each for each in told if each not in document["detail"]] == [], document


# Host


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.1:2547", "192.168.1.20:80", "8.8.8.8", "[::1]", "[::1]:2547", "[2001:DB8::7]:1"),
        *("localhost", "LOCALHOST:2547", "localhost.", "localhost.:2547", "mockcliq", "mock_cliq:2547", "cliq-1:"),
        *(
            "mockcliq.default.svc",
            "mockcliq.default.svc:2547",
            "MOCKCLIQ.ci.SVC.",
            "mockcliq.default.svc.cluster.local",
        ),
        *("cliq.localhost", "a.b.LOCALHOST", "printer.local", "mock.Internal:8080", "cliq.test", "cliq.test.:2547"),
    ],
)
def test_a_name_that_nobody_can_have_bought_is_fine(documentation: Running, host: str) -> None:
    assert asked(documentation, f"Host: {host}").status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example.com", "evil.example.com:2547", "example.com", "EXAMPLE.COM.", "127.0.0.1.nip.io", "127.1"),
        *(
            "localhost.evil.com",
            "test.com",
            "svc.com",
            "a.svc.com",
            "a.mysvc",
            "local.host",
            "mytest.xtest",
            "256.0.0.1",
            "0x7f.0.0.1",
        ),
    ],
)
def test_a_name_that_a_page_could_have_let_point_here_is_refused(documentation: Running, host: str) -> None:
    name = re.sub(r"\.?(:\d+)?$", "", host.lower())
    refused(asked(documentation, f"Host: {host}"), 403, f" {name},", f"MOCKCLIQ_ALLOWED_HOSTS={name}")


@pytest.mark.parametrize(
    "headers",
    [
        *(["Host:"], ["Host: "], ["Host: a b"], ["Host: localhost/"], ["Host: user@localhost"], ["Host: [::1"]),
        *(["Host: [::g]"], ["Host: [1]"], ["Host: ::1"], ["Host: localhost:x"], ["Host: localhost:123456"]),
        *(["Host: .local"], ["Host: a..test"], ["Host: localhost.."], ["Host: ."], ["Host: \xff.test"], ["Host: *"]),
        *(["Host: localhost", "Host: localhost"], ["Host: localhost", "host: evil.com"], ["Host: localhost, b"]),
    ],
    ids=repr,
)
def test_a_host_that_is_none_is_refused(documentation: Running, headers: list[str]) -> None:
    refused(asked(documentation, *headers), 403, "Host")


def test_no_host_at_all_is_no_browser_s(documentation: Running) -> None:
    assert asked(documentation).status_code == 200


@pytest.mark.parametrize(("method", "path"), BUT_HEALTH)
def test_a_foreign_host_is_refused_everything(documentation: Running, method: str, path: str) -> None:
    answer = documentation.http.request(method, f"/_mockcliq{path}", headers={"Host": "evil.com"})
    refused(answer, 403, "MOCKCLIQ_ALLOWED_HOSTS")


@pytest.mark.parametrize(
    ("allowed", "answered", "not_answered"),
    [
        ("mock.example.com", ["mock.example.com", "MOCK.Example.COM.:80"], ["a.mock.example.com", "example.com"]),
        ("*.Example.com", ["a.example.com", "a.b.example.com:1"], ["example.com", "badexample.com", "a.example.org"]),
        (" a.b.org , c.d.org.,", ["a.b.org", "C.D.org"], ["b.org", "x.d.org"]),
        ("*", ["anything.at.all", "example.com:99"], ["a..b", ""]),
    ],
)
def test_a_name_is_answered_to_where_it_is_listed(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, allowed: str, answered: list[str], not_answered: list[str]
) -> None:
    monkeypatch.setenv("MOCKCLIQ_ALLOWED_HOSTS", allowed)
    server = serve(world="empty")
    assert {host: asked(server, f"Host: {host}").status_code for host in answered} == dict.fromkeys(answered, 200)
    assert {host: asked(server, f"Host: {host}").status_code for host in not_answered} == dict.fromkeys(
        not_answered, 403
    )
    assert asked(server, "Host: localhost").status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/api/v2/chats"])
def test_the_emulated_api_answers_to_any_name_and_any_page(documentation: Running, path: str) -> None:
    headers = {"Host": "cliq.zoho.com", "Origin": "https://evil.com", "Authorization": "Bearer 1000.mockcliq.owner"}
    assert documentation.http.get(path, headers=headers).status_code == 200


# Origin


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:2547", "http://localhost:2547"),
        ("LocalHost:2547", "http://localhost:2547"),
        ("127.0.0.1:80", "http://127.0.0.1"),
        ("cliq.test", "https://cliq.test:443"),
        ("[::1]:2547", "http://[::1]:2547"),
        ("cliq.test", "https://cliq.test"),
    ],
)
def test_a_page_of_the_server_s_own_may_call_it(documentation: Running, host: str, origin: str) -> None:
    assert asked(documentation, f"Host: {host}", f"Origin: {origin}").status_code == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        *(
            ("localhost:2547", origin)
            for origin in ("null", "", "https://evil.com", "http://localhost", "localhost:2547")
        ),
        *(("localhost:2547", origin) for origin in ("http://127.0.0.1:2547", "http://localhost:2548", "file://")),
        *(
            ("localhost:2547", origin)
            for origin in ("http://localhost:2547/", "http://localhost:2547 http://b", "\xff")
        ),
        ("localhost:2547", "chrome-extension://localhost:2547"),
        ("localhost:2547", "http://localhost:2547.evil.com"),
        ("localhost:2547", "http://x@localhost:2547"),
        ("cliq.test", "http://cliq.test:443"),
    ],
)
def test_a_page_of_another_origin_is_refused(documentation: Running, host: str, origin: str) -> None:
    refused(asked(documentation, f"Host: {host}", f"Origin: {origin}"), 403, "origin")


def test_two_origins_are_a_foreign_one_and_so_is_any_without_a_host(documentation: Running) -> None:
    own = "Origin: http://localhost"
    refused(asked(documentation, "Host: localhost", own, own), 403, "origin")
    refused(asked(documentation, own), 403, "origin")


@pytest.mark.parametrize(("method", "path"), BUT_HEALTH)
def test_a_foreign_page_is_refused_everything(documentation: Running, method: str, path: str) -> None:
    """A preflight too; and nothing of an answer tells its browser otherwise."""
    headers = {"Origin": "https://evil.com", "Access-Control-Request-Method": "POST"}
    answer = documentation.http.request(method, f"/_mockcliq{path}", headers=headers)
    refused(answer, 403, "https://evil.com")
    assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


def test_what_a_foreign_page_asks_for_is_not_done(documentation: Running) -> None:
    headers = {"Origin": "https://evil.com"}
    documentation.http.put("/_mockcliq/clock", json={"mode": "frozen", "now": 0}, headers=headers)
    assert documentation.control("GET", "/clock")["mode"] != "frozen"


# The token


@pytest.fixture(scope="module")
def _shared_closed(start: Start) -> Program:
    server = start(*SERVE, "--world", "documentation", env={"MOCKCLIQ_CONTROL_TOKEN": TOKEN})
    server.banner()
    return server


@pytest.fixture
def closed(_shared_closed: Program) -> Iterator[Running]:
    """A server whose control API asks for a token."""
    with _shared_closed.http() as http:
        del http.headers["Authorization"]
        yield Running(_shared_closed.port, http)


@pytest.mark.parametrize(("method", "path"), BUT_HEALTH)
def test_without_the_token_all_but_health_and_ready_is_refused(closed: Running, method: str, path: str) -> None:
    answer = closed.http.request(method, f"/_mockcliq{path}")
    refused(answer, 401, "MOCKCLIQ_CONTROL_TOKEN", "bearer token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_and_ready_need_no_token(closed: Running, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        assert closed.http.get(f"/_mockcliq{path}", headers=headers).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_with_the_token_it_is_as_ever(closed: Running, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {TOKEN}"}
    assert closed.http.get("/_mockcliq/clock", headers=headers).status_code == 200
    assert closed.http.get("/_mockcliq/docs", headers=headers).status_code == 200
    refused(closed.http.get("/_mockcliq/nowhere", headers=headers), 404)


@pytest.mark.parametrize(
    "authorization",
    [
        *(f"Basic {TOKEN}", f"Zoho-oauthtoken {TOKEN}", TOKEN, "Bearer", "Bearer ", f"Bearer{TOKEN}", "", "\xff \xff"),
        *(f"Bearer {TOKEN.upper()}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}=", f"Bearer {TOKEN} {TOKEN}"),
        *("Bearer 1000.mockcliq.owner", "Bearer \xff", f"Bearer {NOT_OURS}"),
    ],
)
def test_anything_but_the_token_is_refused(closed: Running, authorization: str) -> None:
    refused(asked(closed, "Host: localhost", f"Authorization: {authorization}"), 401)


def test_two_tokens_are_none(closed: Running) -> None:
    both = [f"Authorization: Bearer {token}" for token in (TOKEN, "x")]
    refused(asked(closed, "Host: localhost", *both), 401)


def test_of_what_was_taken_for_the_token_only_four_characters_are_told(closed: Running) -> None:
    answer = closed.http.get("/_mockcliq/clock", headers={"Authorization": "Bearer my-very-secret"})
    assert "...cret " in problem(answer)["detail"]
    assert "-secret" not in answer.text
    assert TOKEN not in answer.text


def test_the_emulated_api_asks_for_its_own_token_still(closed: Running) -> None:
    assert closed.as_("owner").get("/chats").status_code == 200
    assert Running(closed.port, closed.http).http.get("/openapi.json").status_code == 200


def test_host_and_origin_are_judged_before_the_token(closed: Running) -> None:
    for header in ("Host: evil.com", "Host: localhost\r\nOrigin: null"):
        refused(asked(closed, header), 403)
        refused(asked(closed, header, f"Authorization: Bearer {TOKEN}"), 403)


# Off


@pytest.fixture(scope="module")
def _shared_off(start: Start) -> Program:
    server = start(*SERVE, "--world", "empty", env={"MOCKCLIQ_CONTROL": "off", "MOCKCLIQ_CONTROL_TOKEN": TOKEN})
    server.banner()
    return server


@pytest.fixture
def off(_shared_off: Program) -> Iterator[Running]:
    """A server without a control API, which would ask for a token if it were on."""
    with _shared_off.http() as http:
        yield Running(_shared_off.port, http)


@pytest.mark.parametrize(("method", "path"), BUT_HEALTH)
def test_off_there_is_nothing_but_health_and_ready(off: Running, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
        answer = off.http.request(method, f"/_mockcliq{path}", headers=headers)
        refused(answer, 404, "the control API is off", "MOCKCLIQ_CONTROL=on")


def test_off_health_and_ready_answer_and_so_does_the_emulated_api(off: Running) -> None:
    assert off.http.get("/_mockcliq/health").json() == {"status": "alive"}
    assert off.http.get("/_mockcliq/ready").json() == {"status": "ready"}
    assert off.as_("owner").chats() == []


# Health and readiness


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/health/", "/ready/", "/ready//", "/ready?_=1", "/ready/?a&b=%00"]
)
@pytest.mark.parametrize(
    "headers",
    [
        ["Host: localhost"],
        [],
        ["Host: mock.example.com"],
        ["Host: a b"],
        ["Host: localhost", "Origin: https://evil.com"],
    ],
)
@pytest.mark.parametrize("server", ["documentation", "closed", "off"])
def test_probes_are_answered_whoever_asks_and_however(
    request: pytest.FixtureRequest, server: str, headers: list[str], path: str
) -> None:
    """A container engine, a proxy, a load balancer: each has its way of asking."""
    running: Running = request.getfixturevalue(server)
    answer = asked(running, *headers, path=f"/_mockcliq{path}")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive" if "health" in path else "ready"})
    with connected(running.port) as wire:
        wire.send("\r\n".join([f"HEAD /_mockcliq{path} HTTP/1.1", *headers, "", ""]).encode())
        head = wire.answer(has_body=False)
        assert (head.status_code, undated(head)) == (200, undated(answer))
        assert wire.is_waiting()


@pytest.mark.parametrize("path", ["/health", "/ready/", "/ready?_=1"])
def test_a_probe_by_another_method_is_a_405_that_says_which(off: Running, path: str) -> None:
    for method in ("POST", "DELETE", "OPTIONS", "BREW"):
        answer = off.http.request(method, f"/_mockcliq{path}", headers={"Host": "evil.com"})
        refused(answer, 405, method)
        assert answer.headers["Allow"] == "GET, HEAD"


# What is given, and what is shown of it


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/limits?user={}", None, 422),
        ("GET", "/clock?{}=1", None, 422),
        ("GET", "/{}", None, 404),
        ("PUT", "/tokens/{}", None, 405),
        ("GET", "/worlds/{}/clock", None, 404),
        ("POST", "/tokens", {"user": "{}"}, 422),
        ("POST", "/reset", {"{}": 1}, 422),
        ("PUT", "/clock", {"mode": "{}"}, 422),
        ("POST", "/faults", {"match": {"chat": "{}"}, "then": {"status": 500}}, 422),
    ],
)
@pytest.mark.parametrize("secret", [NOT_OURS, NOT_OURS[:37], "1000.GMB0YULZHJK411248S8I5GZ4CHUEX0"])
def test_of_what_may_be_a_real_secret_only_four_characters_are_shown(
    documentation: Running, method: str, path: str, body: Any, status: int, secret: str
) -> None:
    content = None if body is None else json.dumps(body).replace("{}", secret)
    answer = documentation.http.request(method, f"/_mockcliq{path.format(secret)}", content=content)
    refused(answer, status)
    assert secret[-8:] not in answer.text


def test_a_token_that_anybody_may_know_is_shown(documentation: Running) -> None:
    refused(
        documentation.http.get("/_mockcliq/limits?user=1000.mockcliq.deactivated"), 422, "1000.mockcliq.deactivated"
    )


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/limits?usr=1", ["'usr'", "user"]),
        ("/limits?user=631830849&a&b=2", ["'a'", "'b'"]),
        ("/clock?x=", ["'x'", "none"]),
        ("/server?%00=1", ["\\x00"]),
        ("/worlds/default/clock?now=1", ["'now'"]),
        ("/state?%FF", ["none"]),
    ],
)
def test_a_query_parameter_that_a_route_has_not_is_refused_with_those_it_has(
    documentation: Running, path: str, told: list[str]
) -> None:
    refused(documentation.http.get(f"/_mockcliq{path}"), 422, *told)


def test_an_empty_query_is_none(documentation: Running) -> None:
    for query in ("?", "?&", "?&&"):
        assert documentation.http.get(f"/_mockcliq/clock{query}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"seconds": 1e400}', b'{"seconds": NaN}', b'{"seconds": ' + b"9" * 400 + b"}", b'{"seconds": "\\ud800"}'),
        *(
            '{"seconds": 1}'.encode("utf-16-le"),
            b'{"seconds": "\xe9"}',
            b"[" * 100_000,
            b'{"a":' * 101 + b"1" + b"}" * 101,
        ),
    ],
)
def test_a_body_that_json_has_not_is_refused_as_such(documentation: Running, body: bytes) -> None:
    refused(documentation.http.post("/_mockcliq/clock/advance", content=body), 400, "JSON")


@pytest.mark.parametrize(
    "seconds", [b'"600"', b"true", b"null", b"[1]", b"{}", b"-1", b"1e300", b"9" * 100, b'1, "seconds": -1']
)
def test_a_value_of_another_kind_or_size_is_refused(documentation: Running, seconds: bytes) -> None:
    refused(documentation.http.post("/_mockcliq/clock/advance", content=b'{"seconds": %b}' % seconds), 422, "seconds")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_with_a_byte_order_mark_is_json(documentation: Running, encoding: str) -> None:
    """As Windows' editors and shells write it."""
    body = '{"mode": "real"}'.encode(encoding)
    assert documentation.http.put("/_mockcliq/clock", content=body).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "key", "place"),
    [
        ("POST", "/reset", '{"what": ["data"], "what": []}', "what", "line 1, column 20"),
        ("PUT", "/clock", '{"mode": "real",\n"mode": "frozen"}', "mode", "line 2, column 1"),
        ("POST", "/faults", '{"then": {"status": 500, "status": 503}}', "status", "line 1, column 26"),
        ("POST", "/verify", '{"match": {}, "match": {"status": 200}}', "match", "line 1, column 15"),
        ("POST", "/users", '{"name": "A", "name": "B"}', "name", "line 1, column 15"),
        ("POST", "/tokens", '{"scopes": [], "scopes": ["ZohoCliq.Chats.READ"]}', "scopes", "line 1, column 16"),
        ("POST", "/worlds", '{"id": "one", "id": "two"}', "id", "line 1, column 15"),
        ("POST", "/worlds", '{"state": {"mockcliq": 1, "users": [], "users": []}}', "users", "line 1, column 40"),
        ("POST", "/worlds", '{"state": "mockcliq: 1\\nusers: []\\nusers: []"}', "users", "line 3, column 1"),
        ("PUT", "/state", '{"mockcliq": 1, "users": [], "users": []}', "users", "line 1, column 30"),
        ("PUT", "/state", "mockcliq: 1\nusers: []\nusers: []", "users", "line 3, column 1"),
    ],
)
def test_a_key_given_twice_in_a_body_is_refused_by_name_and_place(
    documentation: Running, method: str, path: str, body: str, key: str, place: str
) -> None:
    refused(documentation.http.request(method, f"/_mockcliq{path}", content=body), 422, f"the key '{key}'", place)


def test_a_query_parameter_given_twice_is_refused(documentation: Running) -> None:
    refused(documentation.http.get("/_mockcliq/requests?status=200&status=403"), 422, "'status'", "twice")


def test_whatever_a_rule_is_given_the_rules_can_be_read_and_the_fault_fires(documentation: Running) -> None:
    """Numbers that fit no machine's word, and depth, which JSON allows."""
    deepest = b"[" * 97 + b"]" * 97
    for body in (b"9" * 300, b"-" + b"9" * 30, deepest, b'["\\u0000\\ud83d\\ude00"]', b'{"": {"\\u2028": null}}'):
        rule = b'{"when": {"times": 1}, "then": {"status": 500, "body": %b}}' % body
        assert documentation.http.post("/_mockcliq/faults", content=rule).status_code == 201
        assert documentation.http.get("/_mockcliq/faults").status_code == 200
        answer = documentation.as_("owner").get("/chats")
        assert (answer.status_code, json.loads(answer.content)) == (500, json.loads(body, parse_int=float))


def test_a_body_over_the_limit_is_refused_and_the_server_serves_on(documentation: Running) -> None:
    """Announced before it is sent, or in chunks that do not end."""
    mebibyte = b" " * 1024 * 1024
    with connected(documentation.port) as wire:
        wire.send(b"PUT /_mockcliq/clock HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(mebibyte) + 1))
        refused(wire.answer(), 413, "1048576 bytes")
    with connected(documentation.port) as wire:
        wire.send(b"PUT /_mockcliq/clock HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        wire.send(*(b"100000\r\n%b\r\n" % mebibyte for _ in range(2)))
        refused(wire.answer(), 413, "1048576 bytes")
    assert documentation.control("GET", "/health") == {"status": "alive"}


def test_a_body_of_nearly_a_mebibyte_in_chunks_is_read(documentation: Running) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"mode": "frozen",'
        for _ in range(1000):
            yield b" " * 1024
        yield b'"now": 0}'

    answer = documentation.http.put("/_mockcliq/clock", content=chunks())
    assert answer.json() == {"mode": "frozen", "now": "1970-01-01T00:00:00.000Z"}


def test_who_hangs_up_amid_a_body_leaves_the_server_as_it_was(documentation: Running) -> None:
    with connected(documentation.port) as wire:
        wire.send(b'PUT /_mockcliq/clock HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{"mode": "frozen"')
    assert documentation.control("GET", "/clock")["mode"] != "frozen"


# The banner, and settings that will not do


def told_of_control(start: Start, host: str, **env: str) -> tuple[str, dict[str, Any]]:
    """What the banner says of the control API, in text and in JSON."""
    arguments = ("serve", "--port", "0", "--world", "empty", "--host", host)
    as_json = start(*arguments, "--log-format", "json", env=env).banner()
    text = start(*arguments, env=env)
    until(lambda: text.out.endswith("\n\n") or text.has_ended)
    lines = text.end_by(signal.SIGTERM).out.splitlines()
    (line,) = (each for each in lines if each.startswith("  control "))
    assert not any(TOKEN in each for each in (*lines, json.dumps(as_json)))
    return line.removeprefix("  control").strip(), as_json


@pytest.mark.parametrize(
    ("host", "env", "words", "control", "token"),
    [
        ("127.0.0.1", {}, ["/_mockcliq/docs"], True, False),
        ("0.0.0.0", {}, ["anybody", "MOCKCLIQ_CONTROL_TOKEN"], True, False),  # noqa: S104 - what a container sets
        ("0.0.0.0", {"MOCKCLIQ_CONTROL_TOKEN": TOKEN}, ["MOCKCLIQ_CONTROL_TOKEN"], True, True),  # noqa: S104 - the same
        ("127.0.0.1", {"MOCKCLIQ_CONTROL": "off"}, ["off", "health", "ready"], False, False),
    ],
)
def test_the_banner_says_who_may_steer(
    start: Start, host: str, env: dict[str, str], words: list[str], control: bool, token: bool
) -> None:
    line, as_json = told_of_control(start, host, **env)
    assert [word for word in words if word not in line] == [], line
    assert ("anybody" in line) == ("anybody" in words)
    assert (as_json["control"], as_json["control_token"]) == (control, token)


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("MOCKCLIQ_CONTROL", "maybe", "'maybe'"),
        ("MOCKCLIQ_CONTROL_TOKEN", "with a space", "...pace"),
        ("MOCKCLIQ_CONTROL_TOKEN", "schlüssel", "...ssel"),
        ("MOCKCLIQ_ALLOWED_HOSTS", "a.example.com:2547", "'a.example.com:2547'"),
        ("MOCKCLIQ_ALLOWED_HOSTS", "a.example.com,b..c", "'b..c'"),
        ("MOCKCLIQ_ALLOWED_HOSTS", '["a.example.com"]', "'[\"a.example.com\"]'"),
        ("MOCKCLIQ_ALLOWED_HOSTS", "https://a.example.com", "'https://a.example.com'"),
        ("MOCKCLIQ_ALLOWED_HOSTS", "a.*.com", "'a.*.com'"),
    ],
)
def test_a_setting_that_will_not_do_is_one_line_and_exit_2(start: Start, variable: str, value: str, shown: str) -> None:
    ended = start(*SERVE, env={variable: value}).ended()
    assert ended.code == 2
    assert ended.line.startswith(f"mockcliq: {variable}: {shown} will not do: "), ended.line
