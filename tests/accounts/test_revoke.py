"""POST /oauth/v2/token/revoke, and what a revocation takes with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts.login import (
    GOOD,
    REFRESH_TOKEN,
    REVOKED,
    code,
    listing,
    redeem,
    refresh,
)
from tests.conftest import Running


@pytest.mark.parametrize("way", ["params", "data"])
def test_a_revoked_token_is_refused_and_known_as_one(documentation: Running, way: str) -> None:
    token, other = (refresh(documentation)["access_token"] for _ in range(2))
    arguments: dict[str, Any] = {way: {"token": token}}
    answer = documentation.http.post("/oauth/v2/token/revoke", **arguments)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert listing(documentation, token) == REVOKED
    assert listing(documentation, other) == GOOD


def test_with_a_refresh_token_goes_all_that_was_issued_for_it(documentation: Running) -> None:
    consent = redeem(documentation, code(documentation, access_type="offline"))
    tokens = [consent["access_token"], refresh(documentation, consent["refresh_token"])["access_token"]]
    others = refresh(documentation)["access_token"]
    documentation.http.post("/oauth/v2/token/revoke", params={"token": consent["refresh_token"]})
    assert [listing(documentation, token) for token in tokens] == [REVOKED, REVOKED]
    assert refresh(documentation, consent["refresh_token"]) == {"error": "invalid_code"}
    assert listing(documentation, others) == GOOD
    again = redeem(documentation, code(documentation, access_type="offline"))
    assert "refresh_token" in again, "after that, the next consent is the first again"


@pytest.mark.parametrize("token", ["1000.unheard.of", "", None])
def test_what_nobody_issued_cannot_be_revoked(documentation: Running, token: str | None) -> None:
    answer = documentation.http.post("/oauth/v2/token/revoke", params={} if token is None else {"token": token})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_token"})
    assert answer.headers["x-mockcliq-reason"].startswith("unknown_token; have=")


def test_a_reset_gives_the_fixed_refresh_token_back(documentation: Running) -> None:
    assert documentation.control("DELETE", f"/tokens/{REFRESH_TOKEN}") == {"revoked": REFRESH_TOKEN}
    assert documentation.control("GET", "/worlds/default")["refresh_token"] is None
    assert refresh(documentation) == {"error": "invalid_code"}
    documentation.control("POST", "/reset", json={"what": ["tokens"]})
    assert listing(documentation, refresh(documentation)["access_token"]) == GOOD
