"""The verbs of a client that logs in, as plain HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.conftest import Cliq, Running

CLIENT = {"client_id": "1000.MOCKCLIQ", "client_secret": "mockcliq-secret"}
HOME = "http://localhost:8765/callback"
READ = "ZohoCliq.Chats.READ"
REFRESH_TOKEN = "1000.mockcliq.refresh"


def asked(**changes: str | None) -> dict[str, str]:
    """The parameters of a consent that is given at once; None takes one away."""
    parameters = {
        "client_id": CLIENT["client_id"],
        "response_type": "code",
        "redirect_uri": HOME,
        "scope": READ,
        "prompt": "none",
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def authorize(server: Running, before: str = "", /, **changes: str | None) -> httpx.Response:
    """Ask for a consent."""
    return server.http.get(f"{before}/oauth/v2/auth", params=asked(**changes))


def sent_back(answer: httpx.Response) -> dict[str, str]:
    """What the redirect says."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(HOME), answer.headers["location"]
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def code(server: Running, **changes: str | None) -> str:
    """A code."""
    return sent_back(authorize(server, **changes))["code"]


def token(server: Running, before: str = "", /, **parameters: str) -> dict[str, Any]:
    """What the token call answers, with the fixed client unless another is named."""
    answer = server.http.post(f"{before}/oauth/v2/token", data={**CLIENT, **parameters})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    told: dict[str, Any] = answer.json()
    return told


def redeem(server: Running, value: str, **parameters: str) -> dict[str, Any]:
    """What the token call answers to a code."""
    return token(server, **{"grant_type": "authorization_code", "code": value, "redirect_uri": HOME, **parameters})


def refresh(server: Running, value: str = REFRESH_TOKEN, **parameters: str) -> dict[str, Any]:
    """What the token call answers to a refresh token."""
    return token(server, **{"grant_type": "refresh_token", "refresh_token": value, **parameters})


def listing(server: Running, access_token: str) -> tuple[int, str]:
    """How a list with that token is answered: the status, and the rule of a refusal."""
    answer = Cliq(server, access_token).get("/chats")
    return answer.status_code, answer.headers.get("X-Mockcliq-Reason", "").partition(";")[0]


def freeze(server: Running) -> None:
    """Let the clock stand, so that a test can tell to the millisecond."""
    server.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T00:00:00Z"})


GOOD = (200, "")
EXPIRED = (401, "token_expired")
REVOKED = (401, "token_revoked")
UNKNOWN = (401, "token_unknown")
