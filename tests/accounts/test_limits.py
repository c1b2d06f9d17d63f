"""The documented limits of the accounts server, which are off unless a setting turns them on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockcliq.settings import Settings
from tests.accounts.login import (
    CLIENT,
    GOOD,
    REFRESH_TOKEN,
    REVOKED,
    authorize,
    code,
    freeze,
    listing,
    redeem,
    refresh,
    sent_back,
)
from tests.conftest import Running, running

TOO_MANY = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}


@pytest.fixture(scope="session")
def _shared_limited() -> Iterator[Running]:
    with running(Settings(world="documentation", token_limit=True, rate_limit=False)) as server:
        yield server


@pytest.fixture
def limited(_shared_limited: Running) -> Running:
    """A server with the limits on, at its start, its clock standing still."""
    _shared_limited.start_over()
    freeze(_shared_limited)
    return _shared_limited


def refreshed(server: Running, value: str = REFRESH_TOKEN) -> httpx.Response:
    given = {**CLIENT, "grant_type": "refresh_token", "refresh_token": value}
    return server.http.post("/oauth/v2/token", data=given)


def assert_too_many(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()) == (400, TOO_MANY)
    assert answer.headers["x-mockcliq-reason"].startswith("token_limit; have=10 ")


def test_a_refresh_token_gives_ten_access_tokens_in_ten_minutes(limited: Running) -> None:
    for _ in range(9):
        assert "access_token" in refreshed(limited).json()
    limited.advance(minutes=4)
    tenth = refreshed(limited).json()["access_token"]
    assert_too_many(refreshed(limited))
    limited.advance(minutes=5, seconds=59.999)
    assert_too_many(refreshed(limited))
    assert listing(limited, tenth) == GOOD
    limited.advance(seconds=0.001)
    for _ in range(9):
        assert "access_token" in refreshed(limited).json()
    assert_too_many(refreshed(limited))


def test_revoking_tokens_makes_no_room_and_another_refresh_token_has_its_own(limited: Running) -> None:
    other: dict[str, Any] = redeem(limited, code(limited, access_type="offline"))
    for _ in range(10):
        token = refresh(limited)["access_token"]
        limited.http.post("/oauth/v2/token/revoke", params={"token": token})
    assert_too_many(refreshed(limited))
    assert "access_token" in refreshed(limited, other["refresh_token"]).json()


def test_a_client_gets_ten_codes_in_ten_minutes_used_or_not(limited: Running) -> None:
    for _ in range(10):
        redeem(limited, code(limited))
    assert_too_many(authorize(limited))
    other = limited.control("POST", "/clients", json={})["client_id"]
    assert sent_back(authorize(limited, client_id=other))["code"]
    limited.advance(minutes=10)
    assert sent_back(authorize(limited))["code"]


def test_thirty_access_tokens_of_a_refresh_token_are_good_at_a_time(limited: Running) -> None:
    tokens = []
    for _ in range(3):
        tokens += [refresh(limited)["access_token"] for _ in range(10)]
        limited.advance(minutes=10)
    assert [listing(limited, token) for token in tokens] == [GOOD] * 30
    tokens += [refresh(limited)["access_token"] for _ in range(2)]
    assert [listing(limited, token) for token in tokens] == [REVOKED] * 2 + [GOOD] * 30


def test_of_twenty_one_refresh_tokens_the_oldest_goes(limited: Running) -> None:
    def consent() -> dict[str, Any]:
        limited.advance(minutes=1)
        return redeem(limited, code(limited, access_type="offline", prompt="consent none", user="431930546"))

    consents = [consent() for _ in range(21)]
    assert refresh(limited, consents[0]["refresh_token"]) == {"error": "invalid_code"}
    assert listing(limited, consents[0]["access_token"]) == REVOKED
    assert all("access_token" in refresh(limited, each["refresh_token"]) for each in consents[1:])


def test_without_the_setting_there_are_none(documentation: Running) -> None:
    documentation.control("PUT", "/limits", json={"threshold": 1000})
    tokens = [refresh(documentation)["access_token"] for _ in range(35)]
    assert listing(documentation, tokens[0]) == GOOD
    assert len({code(documentation) for _ in range(25)}) == 25
