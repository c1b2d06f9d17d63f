"""A login is in the journal of its world, like any other call."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from mockcliq.app import create_app
from mockcliq.settings import Settings
from tests.accounts.login import CLIENT, REFRESH_TOKEN, asked
from tests.conftest import Running, Serve

OWNER = "631830849"


def test_each_call_has_its_name_its_user_and_its_reason() -> None:
    async def calls() -> list[Any]:
        app = create_app(Settings(world="documentation"))
        refreshing = {**CLIENT, "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as client:
                await client.get("/oauth/v2/auth", params=asked())
                token = (await client.post("/oauth/v2/token", data=refreshing)).json()["access_token"]
                await client.post("/oauth/v2/token", data={**refreshing, "client_secret": "wrong"})
                await client.post("/oauth/v2/token/revoke", params={"token": token})
            journal = app.startup.made.default.journal
            return [
                (each.operation and each.operation.name, each.user, each.status, each.reason and each.reason.rule.name)
                for each in journal
            ]
        finally:
            await app.startup.end()

    assert asyncio.run(calls()) == [
        ("authorize", OWNER, 302, None),
        ("issue_token", OWNER, 200, None),
        ("issue_token", OWNER, 200, "wrong_client_secret"),
        ("revoke_token", OWNER, 200, None),
    ]


MINE = "1000.LOCALLOCALLOCALLOCALLOCALLOCAL"
SECRET = "0123456789abcdef0123456789abcdef0123456789"


def last_login(server: Running, client_id: str) -> Any:
    """The query of a login by that client, as the journal shows it."""
    query = {"client_id": client_id, "client_secret": SECRET, "grant_type": "authorization_code", "code": "none"}
    server.http.post("/oauth/v2/token", params=query)
    return server.control("GET", "/requests?limit=1")["requests"][0]["query"]


def test_the_id_of_the_configured_client_is_shown_and_its_secret_is_not(serve: Serve) -> None:
    server = serve(world="documentation", client_id=MINE, client_secret=SECRET)
    shown = last_login(server, MINE)
    assert (shown["client_id"], shown["client_secret"]) == (MINE, "...6789")
    assert last_login(server, "1000.SOMEBODYSOMEBODYSOMEBODYSOMEBO")["client_id"] == "...MEBO"


def test_the_id_of_a_registered_client_is_shown_while_a_world_has_it(documentation: Running) -> None:
    client = {"client_id": MINE, "client_secret": SECRET}
    assert last_login(documentation, MINE)["client_id"] == "...OCAL"
    documentation.control("POST", "/clients", json=client)
    documentation.control("POST", "/worlds", json={"id": "other", "world": "empty"})
    documentation.control("POST", "/worlds/other/clients", json=client)
    shown = last_login(documentation, MINE)
    assert (shown["client_id"], shown["client_secret"]) == (MINE, "...6789")
    documentation.control("POST", "/reset", json={"what": ["tokens"]})
    assert last_login(documentation, MINE)["client_id"] == MINE
    documentation.control("DELETE", "/worlds/other")
    assert last_login(documentation, MINE)["client_id"] == "...OCAL"
