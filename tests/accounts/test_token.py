"""POST /oauth/v2/token: the three grants, what they refuse, and how long a token is good."""

from __future__ import annotations

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.accounts.login import (
    CLIENT,
    EXPIRED,
    GOOD,
    HOME,
    READ,
    REFRESH_TOKEN,
    authorize,
    code,
    freeze,
    listing,
    redeem,
    refresh,
    token,
)
from tests.conftest import Running
from tests.profiles import examples
from tests.reference import EMULATED, SCOPES
from tests.wire import connected, request

VALUE = r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}"


def reason(server: Running, **parameters: str) -> tuple[str, str]:
    """The error of a refusal, and the rule that it names."""
    answer = server.http.post("/oauth/v2/token", data={**CLIENT, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.json()["error"], answer.headers["x-mockcliq-reason"].partition(";")[0]


# The grants


def test_a_code_gives_what_is_documented(documentation: Running) -> None:
    told = redeem(documentation, code(documentation, access_type="offline"))
    assert list(told) == ["access_token", "refresh_token", "scope", "api_domain", "token_type", "expires_in"]
    assert re.fullmatch(VALUE, told["access_token"])
    assert re.fullmatch(VALUE, told["refresh_token"])
    assert {name: told[name] for name in ("scope", "api_domain", "token_type", "expires_in")} == {
        "scope": READ,
        "api_domain": documentation.url,
        "token_type": "Bearer",
        "expires_in": 3600,
    }
    assert listing(documentation, told["access_token"]) == GOOD


def test_a_refresh_token_gives_an_access_token_and_no_other_refresh_token(documentation: Running) -> None:
    told = refresh(documentation)
    assert list(told) == ["access_token", "scope", "api_domain", "token_type", "expires_in"]
    assert sorted(told["scope"].split(" ")) == sorted(SCOPES)
    assert listing(documentation, told["access_token"]) == GOOD
    assert refresh(documentation)["access_token"] != told["access_token"]


def test_all_scopes_may_be_asked_for_together(documentation: Running) -> None:
    scopes = documentation.control("POST", "/tokens")["scopes"]
    assert {"ZohoCliq.Chats.READ", "ZohoCliq.Webhooks.CREATE", "ZohoCliq.messageactions.DELETE"} < set(scopes)
    told = redeem(documentation, code(documentation, scope=",".join(scopes), access_type="offline"))
    assert told["scope"].split(",") == scopes
    assert refresh(documentation, told["refresh_token"])["scope"] == told["scope"]
    assert listing(documentation, told["access_token"]) == GOOD


def test_a_client_acts_as_the_owner(documentation: Running) -> None:
    told = token(documentation, grant_type="client_credentials", scope=READ)
    assert "refresh_token" not in told
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    answer = documentation.http.get("/api/v2/chats", headers=headers)
    assert answer.content == documentation.as_("owner").get("/chats").content


@pytest.mark.parametrize("scope", [f"{READ},ZohoCRM.modules.ALL", f"{READ} ZohoCRM.modules.ALL", READ])
def test_scopes_are_told_as_they_were_asked_for(documentation: Running, scope: str) -> None:
    """A library that compares the two would see a change of scope otherwise."""
    told = redeem(documentation, code(documentation, scope=scope, access_type="offline"))
    assert told["scope"] == scope
    assert refresh(documentation, told["refresh_token"])["scope"] == scope
    assert token(documentation, grant_type="client_credentials", scope=scope)["scope"] == scope
    assert listing(documentation, told["access_token"]) == GOOD


def test_a_token_can_do_what_was_agreed_and_no_more(documentation: Running) -> None:
    told = redeem(documentation, code(documentation, scope="ZohoCliq.Chats.UPDATE,ZohoCliq.Users.READ"))
    assert listing(documentation, told["access_token"]) == (403, "scope_missing")


@pytest.mark.parametrize("way", ["query", "form", "multipart", "basic", "basic, encoded"])
def test_parameters_come_by_any_way(serve: Any, way: str) -> None:
    client = {"client_id": "mine", "client_secret": "s+e%cret/="}
    server: Running = serve(world="documentation", client_id="mine", client_secret="s+e%cret/=")
    given = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}
    assert refresh(server)["expires_in"] == 3600
    offline = redeem(server, code(server, client_id="mine", access_type="offline"), **client)
    given["refresh_token"] = offline["refresh_token"]
    secret = quote(client["client_secret"], safe="") if way == "basic, encoded" else client["client_secret"]
    basic = base64.b64encode(f"mine:{secret}".encode()).decode()
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": {**client, **given}},
        "form": {"data": {**client, **given}},
        "multipart": {"files": {name: (None, value) for name, value in {**client, **given}.items()}},
        "basic": {"data": given, "headers": {"Authorization": f"Basic {basic}"}},
        "basic, encoded": {"data": given, "headers": {"Authorization": f"Basic {basic}"}},
    }
    answer = server.http.post("/oauth/v2/token", **ways[way])
    assert listing(server, answer.json()["access_token"]) == GOOD


def test_a_client_keeps_talking_to_the_host_that_it_asked(documentation: Running) -> None:
    headers = {"Host": "mockcliq:2547"}
    answer = documentation.http.post("/oauth/v2/token", headers=headers, data=REFRESHING)
    assert answer.json()["api_domain"] == "http://mockcliq:2547"


REFRESHING = {**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}


# What is refused


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"client_id": "1000.SOMEBODYS"}, ("invalid_client", "unknown_client")),
        ({"client_id": ""}, ("invalid_client", "unknown_client")),
        ({"client_secret": "wrong"}, ("invalid_client_secret", "wrong_client_secret")),
        ({"client_secret": ""}, ("invalid_client_secret", "wrong_client_secret")),
        ({"refresh_token": "1000.unheard.of"}, ("invalid_code", "unknown_refresh_token")),
        ({"refresh_token": ""}, ("invalid_code", "unknown_refresh_token")),
        ({"refresh_token": "1000.mockcliq.owner"}, ("invalid_code", "unknown_refresh_token")),
        ({"grant_type": "password"}, ("unsupported_grant_type", "grant_type")),
        ({"grant_type": ""}, ("unsupported_grant_type", "grant_type")),
        ({"grant_type": "client_credentials"}, ("invalid_scope", "invalid_scope")),
        ({"grant_type": "client_credentials", "scope": "a,b,c/d"}, ("invalid_scope", "invalid_scope")),
        ({"grant_type": "authorization_code"}, ("invalid_code", "unknown_code")),
    ],
)
def test_what_is_wrong_is_told_in_the_accounts_server_s_words(
    documentation: Running, parameters: dict[str, str], refusal: tuple[str, str]
) -> None:
    assert reason(documentation, **{**REFRESHING, **parameters}) == refusal


def test_a_code_is_good_once(documentation: Running) -> None:
    value = code(documentation)
    first = redeem(documentation, value)["access_token"]
    given = {"grant_type": "authorization_code", "code": value, "redirect_uri": HOME}
    assert reason(documentation, **given) == ("invalid_code", "code_used")
    assert listing(documentation, first) == GOOD


def test_of_many_who_use_a_code_at_once_one_gets_a_token(documentation: Running) -> None:
    value = code(documentation, access_type="offline")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: redeem(documentation, value), range(8)))
    assert sorted("access_token" in each for each in answers) == [False] * 7 + [True]


def test_a_code_is_good_for_two_minutes_of_the_worlds_clock(documentation: Running) -> None:
    freeze(documentation)
    early, late = code(documentation), code(documentation)
    documentation.advance(seconds=119.999)
    assert "access_token" in redeem(documentation, early)
    documentation.advance(seconds=0.001)
    given = {"grant_type": "authorization_code", "code": late, "redirect_uri": HOME}
    assert reason(documentation, **given) == ("invalid_code", "code_expired")


@pytest.mark.parametrize("there", [None, "", "http://localhost:8765/elsewhere", HOME + "/"])
def test_a_code_is_good_where_it_was_sent(documentation: Running, there: str | None) -> None:
    given = {"grant_type": "authorization_code", "code": code(documentation)}
    more = {} if there is None else {"redirect_uri": there}
    assert reason(documentation, **given, **more) == ("invalid_redirect_uri", "redirect_uri_differs")
    assert "access_token" in redeem(documentation, given["code"])


def test_what_was_given_to_one_client_is_no_good_for_another(documentation: Running) -> None:
    other = documentation.control("POST", "/clients", json={})
    credentials = {name: other[name] for name in ("client_id", "client_secret")}
    assert redeem(documentation, code(documentation), **credentials) == {"error": "invalid_code"}
    assert refresh(documentation, **credentials) == {"error": "invalid_code"}


def test_what_was_not_issued_here_is_not_shown(documentation: Running) -> None:
    """It may be somebody's real one."""
    real = "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210"
    for wrong in (
        {"refresh_token": real},
        {"client_id": real},
        {"client_secret": real},
        {"grant_type": "authorization_code", "code": real},
    ):
        answer = documentation.http.post("/oauth/v2/token", data={**REFRESHING, **wrong})
        assert "...3210" in answer.headers["x-mockcliq-reason"]
        assert real[:-4] not in answer.text + str(answer.headers)
    answer = documentation.http.post("/oauth/v2/token/revoke", data={"token": real})
    assert "...3210" in answer.headers["x-mockcliq-reason"]


def test_of_a_parameter_given_twice_the_last_counts(documentation: Running) -> None:
    body = f"grant_type=nonsense&grant_type=client_credentials&scope={READ}"
    answer = documentation.http.post(
        "/oauth/v2/token?client_id=x",
        content=body + f"&client_id={CLIENT['client_id']}&client_secret={CLIENT['client_secret']}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert listing(documentation, answer.json()["access_token"]) == GOOD


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"a=b"),
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x; charset=nonsense", b'--x\r\nContent-Disposition: form-data; name="a"'),
        ("multipart/form-data; boundary=" + "é" * 100, b"\xff\xfe"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A" * 100_000),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(documentation: Running, content_type: str, body: bytes) -> None:
    answer = documentation.http.post(
        "/oauth/v2/token",
        content=body,
        headers={"Content-Type": content_type.encode("latin-1").decode("latin-1")}
        if content_type.isascii()
        else [(b"Content-Type", content_type.encode())],
    )
    assert answer.status_code == 200
    assert answer.json()["error"] in ("invalid_request", "invalid_client")


def test_a_body_has_its_limit(documentation: Running) -> None:
    answer = documentation.http.post("/oauth/v2/token", data={**REFRESHING, "more": "x" * 1024 * 1024})
    assert (answer.status_code, answer.headers["x-mockcliq-reason"].partition(";")[0]) == (400, "body_too_large")


NAMES = st.sampled_from(
    [
        "client_id",
        "client_secret",
        "grant_type",
        "code",
        "refresh_token",
        "token",
        "scope",
        "redirect_uri",
        "response_type",
        "prompt",
        "user",
        "access_type",
        "state",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        b"1000.MOCKCLIQ mockcliq-secret authorization_code refresh_token client_credentials none consent,none code"
        b" http://a/b a,b 1000.mockcliq.refresh \xed\xa0\x80 \0".split()
    ),
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=14)


@examples(150)
@given(
    call=st.sampled_from([("GET", "/auth"), ("POST", "/token"), ("POST", "/token/revoke")]),
    query=PAIRS,
    form=PAIRS,
    authorization=st.none() | st.binary(max_size=20),
    boundary=st.sampled_from([None, b"b", b"\xe9", b'"', b""]),
    raw=st.none() | st.binary(max_size=200),
)
def test_whatever_is_sent_there_is_never_a_5xx(
    documentation: Running,
    call: tuple[str, str],
    query: list[tuple[str, bytes]],
    form: list[tuple[str, bytes]],
    authorization: bytes | None,
    boundary: bytes | None,
    raw: bytes | None,
) -> None:
    def encoded(pairs: list[tuple[str, bytes]]) -> bytes:
        return b"&".join(name.encode() + b"=" + quote(value).encode() for name, value in pairs)

    headers = [(b"Content-Type", b"application/x-www-form-urlencoded")]
    body = encoded(form) if raw is None else raw
    if boundary is not None:
        headers = [(b"Content-Type", b"multipart/form-data; boundary=" + boundary)]
        body = b"".join(
            b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (boundary, name.encode(), value)
            for name, value in form
        ) + (raw or b"--%b--\r\n" % boundary)
    if authorization is not None:
        headers.append((b"Authorization", (b"Basic " + base64.b64encode(authorization)).strip()))
    method, path = call
    url = httpx.URL(f"/oauth/v2{path}", query=encoded(query))
    answer = documentation.http.request(method, url, content=body, headers=headers)
    assert answer.status_code < 500, answer.headers


def test_raw_bytes_in_a_query_are_no_trouble(documentation: Running) -> None:
    with connected(documentation.port) as wire:
        wire.send(request("GET", "/oauth/v2/auth?client_id=%FF%00&state=%zz"))
        assert wire.answer().status_code == 400


# How long a token is good


def test_an_access_token_is_good_for_an_hour_of_the_worlds_clock(documentation: Running) -> None:
    freeze(documentation)
    value = redeem(documentation, code(documentation, access_type="offline"))
    documentation.advance(seconds=3599.999)
    assert listing(documentation, value["access_token"]) == GOOD
    documentation.advance(seconds=0.001)
    assert listing(documentation, value["access_token"]) == EXPIRED
    assert listing(documentation, refresh(documentation, value["refresh_token"])["access_token"]) == GOOD


def test_a_refresh_token_never_expires(documentation: Running) -> None:
    freeze(documentation)
    documentation.advance(seconds=10 * 365 * 24 * 3600)
    assert listing(documentation, refresh(documentation)["access_token"]) == GOOD


# As every call


def test_a_fault_hits_it_by_its_name_and_its_user(documentation: Running) -> None:
    owner = next(user for user in documentation.control("GET", "/users")["users"] if user["role"] == "owner")
    match = {"operation": "issue_token", "user": owner["email"], "path": "/oauth/v2/token"}
    documentation.control("POST", "/faults", json={"match": match, "then": {"status": 503, "body": {"a": 1}}})
    answer = documentation.http.post("/oauth/v2/token", data=REFRESHING)
    assert (answer.status_code, answer.json()) == (503, {"a": 1})
    unnamed = documentation.http.post("/oauth/v2/token", data={**CLIENT, "grant_type": "client_credentials"})
    assert unnamed.status_code == 200
    assert authorize(documentation).status_code == 302


def test_it_has_a_name_for_faults_and_no_threshold(documentation: Running) -> None:
    for name in ("authorize", "issue_token", "revoke_token"):
        documentation.control("POST", "/faults", json={"match": {"operation": name}, "then": {"delay_ms": 1}})
        answer = documentation.http.put("/_mockcliq/limits", json={"operation": name, "threshold": 1})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    documentation.control("DELETE", "/faults")
    assert len({refresh(documentation)["access_token"] for _ in range(25)}) == 25
    listed = {each["operation"] for each in documentation.control("GET", "/operations")["operations"]}
    assert listed == {each.name for each in EMULATED}
    assert not listed & {"authorize", "issue_token", "revoke_token"}


# What is no form


CONTENT_TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", "application/xml"]
FORM = "application/x-www-form-urlencoded"


def refused_form(server: Running, path: str, content: str, content_type: str | None, **headers: str) -> tuple[Any, ...]:
    """The answer's JSON, its reason, and the explanation's advice."""
    typed = {} if content_type is None else {"Content-Type": content_type}
    answer = server.http.post(f"/oauth/v2/{path}", content=content.encode(), headers={**typed, **headers})
    explained = server.control("GET", f"/requests/{answer.headers['X-Mockcliq-Request-Id']}")["explanation"]
    return answer.json(), answer.headers["X-Mockcliq-Reason"], explained["advice"]


LOGIN = json.dumps({**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN})


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_a_body_of_another_type_is_said_to_be_no_form(documentation: Running, content_type: str) -> None:
    answer, reason, advice = refused_form(documentation, "token", LOGIN, content_type)
    assert answer == {"error": "invalid_client"}
    assert reason.startswith(
        f"unknown_client; have=no client_id, and a body of {content_type.partition(';')[0]}; need="
    )
    assert "form" in advice
    assert "1000.MOCKCLIQ" not in advice, "that client was used"


@pytest.mark.parametrize("content_type", [None, FORM, f"{FORM}; charset=utf-8"])
@pytest.mark.parametrize("content", [LOGIN, f" {LOGIN}", f"\ufeff{LOGIN}", f"[{LOGIN}]"])
def test_json_that_is_called_a_form_is_none_either(
    documentation: Running, content: str, content_type: str | None
) -> None:
    """As curl's -d sends it."""
    answer, reason, advice = refused_form(documentation, "token", content, content_type)
    assert answer == {"error": "invalid_client"}
    assert "JSON" in reason
    assert "form" in advice


@pytest.mark.parametrize(
    ("path", "query", "error", "parameter"),
    [
        ("token", "client_id=1000.MOCKCLIQ", "invalid_client_secret", "client_secret"),
        ("token", "client_id=1000.MOCKCLIQ&client_secret=mockcliq-secret", "unsupported_grant_type", "grant_type"),
        (
            "token",
            "client_id=1000.MOCKCLIQ&client_secret=mockcliq-secret&grant_type=refresh_token",
            "invalid_code",
            "refresh_token",
        ),
        (
            "token",
            "client_id=1000.MOCKCLIQ&client_secret=mockcliq-secret&grant_type=authorization_code",
            "invalid_code",
            "code",
        ),
        (
            "token",
            "client_id=1000.MOCKCLIQ&client_secret=mockcliq-secret&grant_type=client_credentials",
            "invalid_scope",
            "scope",
        ),
        ("token/revoke", "", "invalid_token", "token"),
    ],
)
def test_whatever_is_looked_for_in_vain_the_reason_is_the_form(
    documentation: Running, path: str, query: str, error: str, parameter: str
) -> None:
    answer, reason, advice = refused_form(documentation, f"{path}?{query}", LOGIN, "application/json")
    assert answer == {"error": error}
    assert f"have=no {parameter}, and a body of application/json;" in reason
    assert "form" in advice


def test_what_was_found_and_is_wrong_is_still_the_reason(documentation: Running) -> None:
    _, reason, _ = refused_form(documentation, "token?client_id=1000.OTHER", LOGIN, "application/json")
    assert reason.startswith("unknown_client; have=client_id ...THER; need=")
    _, reason, advice = refused_form(documentation, "token", "grant_type=refresh_token", FORM)
    assert reason.startswith("unknown_client; have=client_id no client_id; need=")
    assert "1000.MOCKCLIQ" in advice


def test_a_form_of_another_name_is_read_as_ever(documentation: Running) -> None:
    form = str(httpx.QueryParams({**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}))
    for content_type in (*CONTENT_TYPES, ""):
        headers = {"Content-Type": content_type}
        answer = documentation.http.post("/oauth/v2/token", content=form.encode(), headers=headers)
        assert "access_token" in answer.json(), content_type
