"""Self clients: a code that is made without a redirect, and redeemed without one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.settings import Settings
from tests.accounts.login import (
    CLIENT,
    GOOD,
    HOME,
    READ,
    authorize,
    code,
    freeze,
    listing,
    redeem,
    refresh,
    sent_back,
    token,
)
from tests.conftest import Running, Serve, running
from tests.profiles import examples
from tests.reference import SCOPES

VALUE = r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}"
UPDATE = "ZohoCliq.Chats.UPDATE"


def made(server: Running, **order: Any) -> str:
    """A code."""
    return str(server.control("POST", "/codes", json=order)["code"])


def exchange(server: Running, value: str, **parameters: str) -> dict[str, Any]:
    """What the token call of a self client answers: it has the documented parameters and no more."""
    return token(server, **{"grant_type": "authorization_code", "code": value, **parameters})


def refused(server: Running, value: str, **parameters: str) -> tuple[str, str]:
    """The error of a refused exchange, and the rule that it names."""
    given = {**CLIENT, "grant_type": "authorization_code", "code": value, **parameters}
    answer = server.http.post("/oauth/v2/token", data=given)
    assert answer.status_code == 200, answer.text
    return answer.json()["error"], answer.headers["x-mockcliq-reason"].partition(";")[0]


def test_a_program_gets_its_tokens_without_a_redirect(documentation: Running) -> None:
    freeze(documentation)
    order = documentation.control("POST", "/codes")
    owner = next(each for each in documentation.control("GET", "/users")["users"] if each["role"] == "owner")
    assert list(order) == ["code", "user", "client_id", "scopes", "expires_at"]
    assert re.fullmatch(VALUE, order["code"])
    assert (order["user"], order["client_id"]) == (owner["id"], "1000.MOCKCLIQ")
    assert order["expires_at"] == "2025-06-01T00:03:00.000Z"
    assert set(order["scopes"]) >= set(SCOPES)
    told = exchange(documentation, order["code"])
    assert list(told) == ["access_token", "refresh_token", "scope", "api_domain", "token_type", "expires_in"]
    assert told["scope"].split(",") == order["scopes"]
    assert listing(documentation, told["access_token"]) == GOOD
    again = refresh(documentation, told["refresh_token"])
    assert listing(documentation, again["access_token"]) == GOOD


def test_it_is_for_the_user_the_client_the_scopes_and_the_time_that_were_chosen(documentation: Running) -> None:
    freeze(documentation)
    documentation.control("POST", "/clients", json={"client_id": "1000.OTHER", "client_secret": "s"})
    outsider = next(each for each in documentation.control("GET", "/users")["users"] if each["role"] == "outsider")
    chosen = {"user": outsider["email"], "client": "1000.OTHER", "scopes": [READ, UPDATE], "expires_in": 600}
    order = documentation.control("POST", "/codes", json=chosen)
    assert order == {
        "code": order["code"],
        "user": outsider["id"],
        "client_id": "1000.OTHER",
        "scopes": [READ, UPDATE],
        "expires_at": "2025-06-01T00:10:00.000Z",
    }
    assert refused(documentation, order["code"]) == ("invalid_code", "unknown_code")
    documentation.control("POST", "/clock/advance", json={"seconds": 599})
    told = exchange(documentation, order["code"], client_id="1000.OTHER", client_secret="s")
    assert told["scope"] == f"{READ},{UPDATE}"
    answer = documentation.http.get("/api/v2/chats", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert answer.json() == {"chats": []}


@given(seconds=st.integers(1, 3600), late_ms=st.integers(-1000, 1000))
@examples(20)
def test_a_code_is_good_until_its_end(documentation: Running, seconds: int, late_ms: int) -> None:
    documentation.start_over()
    freeze(documentation)
    value = made(documentation, expires_in=seconds)
    documentation.control("POST", "/clock/advance", json={"seconds": seconds + late_ms / 1000})
    if late_ms < 0:
        assert "refresh_token" in exchange(documentation, value)
    else:
        assert refused(documentation, value) == ("invalid_code", "code_expired")


def test_a_code_is_good_once(documentation: Running) -> None:
    value = made(documentation)
    exchange(documentation, value)
    assert refused(documentation, value) == ("invalid_code", "code_used")


def test_a_redirect_uri_that_is_sent_along_changes_nothing(documentation: Running) -> None:
    """Programs have one in their settings, whatever client they are given."""
    assert "refresh_token" in exchange(documentation, made(documentation), redirect_uri=HOME)
    assert "refresh_token" in exchange(documentation, made(documentation), redirect_uri="")


def test_a_code_that_was_sent_somewhere_still_needs_its_redirect_uri(documentation: Running) -> None:
    value = code(documentation)
    assert refused(documentation, value) == ("invalid_redirect_uri", "redirect_uri_differs")
    request = documentation.control("GET", "/requests?limit=1")["requests"][0]["id"]
    advice = documentation.control("GET", f"/requests/{request}")["explanation"]["advice"]
    assert "POST /_mockcliq/codes" in advice
    assert "access_token" in redeem(documentation, value)


def test_it_belongs_to_the_world_that_made_it(documentation: Running) -> None:
    documentation.control("POST", "/worlds", json={"id": "other", "world": "documentation"})
    told = exchange(documentation, documentation.control("POST", "/worlds/other/codes")["code"])
    assert listing(documentation, told["access_token"]) == GOOD
    assert documentation.control("GET", "/requests")["requests"] == []
    calls = documentation.control("GET", "/worlds/other/requests")["requests"]
    assert [each["path"] for each in calls] == ["/oauth/v2/token", "/api/v2/chats"]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ({"user": "nobody"}, "user 'nobody'"),
        ({"client": "1000.NOBODYS"}, "POST /clients registers one"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["two words"]}, "scopes"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_in": 1e300}, "expires_in"),
        ({"redirect_uri": HOME}, "redirect_uri"),
    ],
)
def test_what_cannot_be_made_is_refused(documentation: Running, order: dict[str, Any], told: str) -> None:
    answer = documentation.http.post("/_mockcliq/codes", json=order)
    assert answer.status_code == 422
    assert told in answer.json()["detail"]


def test_a_world_without_a_client_says_what_to_do(serve: Serve) -> None:
    server = serve(world="documentation")
    state = server.control("GET", "/state") | {"clients": [], "refresh_tokens": []}
    server.control("PUT", "/state", json=state)
    answer = server.http.post("/_mockcliq/codes")
    assert (answer.status_code, "POST /clients" in answer.json()["detail"]) == (422, True)


def test_it_is_shown_in_the_journal(documentation: Running) -> None:
    value = made(documentation)
    exchange(documentation, value)
    assert value in documentation.control("GET", "/requests?limit=1")["requests"][0]["body"]


def test_it_lives_on_in_a_database_file_and_in_a_snapshot(tmp_path: Path) -> None:
    settings = Settings(world="documentation", database=tmp_path / "world.db")
    with running(settings) as first:
        value = made(first, expires_in=86400)
    with running(settings) as second:
        second.control("PUT", "/snapshots/before")
        exchange(second, value)
        assert refused(second, value) == ("invalid_code", "code_used")
        second.control("POST", "/snapshots/before/restore")
        assert "refresh_token" in exchange(second, value)


# The limits


@pytest.fixture
def limited(serve: Serve) -> Running:
    """A server with the limits of the accounts server on, its clock standing still."""
    server: Running = serve(world="documentation", token_limit=True)
    freeze(server)
    return server


def test_codes_of_both_kinds_count_as_one_clients_whatever_their_time(limited: Running) -> None:
    for number in range(5):
        made(limited, expires_in=60 * (number + 1))
        sent_back(authorize(limited))
    answer = limited.http.post("/_mockcliq/codes")
    assert answer.status_code == 409
    assert "1000.MOCKCLIQ was given 10 codes within 600 s" in answer.json()["detail"]
    assert "2025-06-01T00:10:00.000Z" in answer.json()["detail"]
    assert authorize(limited).status_code == httpx.codes.BAD_REQUEST
    limited.control("POST", "/clients", json={"client_id": "another"})
    made(limited, client="another")
    limited.control("POST", "/clock/advance", json={"seconds": 599.999})
    assert limited.http.post("/_mockcliq/codes").status_code == 409
    limited.control("POST", "/clock/advance", json={"seconds": 0.001})
    made(limited)
    assert authorize(limited).status_code == 302


def test_without_the_limits_a_test_makes_as_many_as_it_likes(documentation: Running) -> None:
    freeze(documentation)
    assert len({made(documentation) for _ in range(30)}) == 30
