"""A login is in the journal of its world, like any other call."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from mockcliq.app import create_app
from mockcliq.settings import Settings
from tests.accounts.login import CLIENT, REFRESH_TOKEN, asked

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
