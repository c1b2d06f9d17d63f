"""An operation is one block: declared once, it is served, limited, listed and documented."""

from __future__ import annotations

import json
import subprocess
import sys

BLOCK = '''
import asyncio, json
from datetime import timedelta

import httpx

from mockcliq import Settings, create_app
from mockcliq.apis.v2.chats import api
from mockcliq.gateway.answers import NO_CONTENT, Answer
from mockcliq.gateway.call import Call
from mockcliq.contract.operation import per_minute
from mockcliq.contract.scopes import Scope


@api.operation(
    "POST /chats/{CHAT_ID}/archive/{FOLDER}",
    title="Archive a chat",
    scope=Scope.CHATS_UPDATE,
    threshold=per_minute(2),
    lock_period=timedelta(seconds=30),
)
async def archive_chat(call: Call) -> Answer:
    """Put a chat away."""
    assert call.parameters["FOLDER"] == "old"
    return NO_CONTENT


async def main():
    transport = httpx.ASGITransport(create_app(Settings(world="documentation")))
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    async with httpx.AsyncClient(transport=transport, base_url="http://mock", headers=headers) as client:
        path = "/api/v2/chats/987000000654321/archive/old"
        print(json.dumps({
            "calls": [(await client.post(path)).status_code for _ in range(3)],
            "get": (await client.get(path)).headers["allow"],
            "unknown": (await client.post("/api/v2/chats/1/archive/old")).status_code,
            "listed": (await client.get("/_mockcliq/operations")).json()["operations"][-1],
            "documented": (await client.get("/openapi.json")).json()["paths"],
        }))

asyncio.run(main())
'''


def test_a_ninth_operation_is_one_block() -> None:
    run = subprocess.run([sys.executable, "-c", BLOCK], capture_output=True, text=True, timeout=60, check=True)
    seen = json.loads(run.stdout)
    assert seen["calls"] == [204, 204, 429]
    assert seen["get"] == "POST"
    assert seen["unknown"] == 429
    assert seen["listed"] == {
        "operation": "archive_chat",
        "title": "Archive a chat",
        "method": "POST",
        "path": "/api/v2/chats/{CHAT_ID}/archive/{FOLDER}",
        "scope": "ZohoCliq.Chats.UPDATE",
        "threshold": 2,
        "window_s": 60.0,
        "lock_s": 30.0,
        "success": 204,
        "statuses": [204, 400, 401, 403, 404, 405, 406, 429, 500],
    }
    documented = seen["documented"]["/api/v2/chats/{CHAT_ID}/archive/{FOLDER}"]["post"]
    assert documented["operationId"] == "archive_chat"
    assert [parameter["name"] for parameter in documented["parameters"]] == ["CHAT_ID", "FOLDER"]
