from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

import mockcliq
from tests.conftest import Cliq, Running


@pytest.fixture
def world(documentation: Running) -> mockcliq.Client:
    return mockcliq.connect(documentation.url)


def test_a_token_is_minted_for_anybody_with_any_scopes(documentation: Running, world: mockcliq.Client) -> None:
    outsider = next(user for user in world.users.list() if user.role == "outsider")
    token = world.token_for(outsider, scopes=["ZohoCliq.Chats.READ"])
    assert Cliq(documentation, token).chats() == []
    answer = Cliq(documentation, token).post("/chats/987000000654321/mute")
    assert answer.headers["x-mockcliq-reason"].startswith("scope_missing")


def test_a_token_ends_by_the_worlds_clock_or_when_it_is_revoked(documentation: Running, world: mockcliq.Client) -> None:
    world.clock.freeze("2025-07-01T12:00:00Z")
    token = world.mint(expires_in=60)
    assert token.expires_at == datetime(2025, 7, 1, 12, 1, tzinfo=UTC)
    assert set(token.scopes) >= {"ZohoCliq.Chats.READ", "ZohoCliq.Chats.DELETE"}
    assert Cliq(documentation, token.token).get("/chats").status_code == httpx.codes.OK
    world.clock.advance(minutes=1)
    assert Cliq(documentation, token.token).get("/chats").status_code == httpx.codes.UNAUTHORIZED
    lasting = world.token_for()
    world.revoke(lasting)
    assert Cliq(documentation, lasting).get("/chats").status_code == httpx.codes.UNAUTHORIZED


def test_a_self_client_gets_a_code(documentation: Running, world: mockcliq.Client) -> None:
    member = next(user for user in world.users.list() if user.role == "member")
    client = world.clients.add()
    given = {"client_id": client.client_id, "client_secret": client.client_secret, "grant_type": "authorization_code"}
    code = world.code_for(member, client=client, scopes=["ZohoCliq.Chats.READ"], expires_in=600)
    told = documentation.http.post("/oauth/v2/token", data={**given, "code": code}).json()
    assert told["scope"] == "ZohoCliq.Chats.READ"
    assert Cliq(documentation, told["access_token"]).chats() == documentation.as_("member").chats()
    assert world.code_for() != code
