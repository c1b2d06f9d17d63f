"""The application in somebody else's: mounted below a path, with a root_path, behind a layer that wraps everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.app import create_app
from mockcliq.settings import Settings

OWNER = {"Authorization": "Bearer 1000.mockcliq.owner"}
CHAT = "/api/v2/chats/987000000654321"


class Wrapped:
    """A layer that copies the scope, and wraps what is received and sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            return await receive()

        async def sent(message: Message) -> None:
            await send(message)

        await self.app({**scope}, received, sent)


def mounted(app: ASGIApp) -> tuple[ASGIApp, str]:
    return Starlette(routes=[Mount("/mock/cliq", app)]), "/mock/cliq"


def mounted_in_fastapi(app: ASGIApp) -> tuple[ASGIApp, str]:
    outer = FastAPI()
    outer.mount("/a b", app)
    return outer, "/a%20b"


def rooted(app: ASGIApp) -> tuple[ASGIApp, str]:
    """As a server does that was told of a root_path: it is in the path, too."""

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": "/behind"}, receive, send)

    return outer, "/behind"


def rooted_by_a_proxy(app: ASGIApp) -> tuple[ASGIApp, str]:
    """As behind a proxy that takes the prefix off."""

    async def outer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix("/behind")
        await app({**scope, "path": path, "raw_path": path.encode(), "root_path": "/behind"}, receive, send)

    return outer, "/behind"


def wrapped(app: ASGIApp) -> tuple[ASGIApp, str]:
    return Wrapped(app), ""


Way = Callable[[ASGIApp], tuple[ASGIApp, str]]
Story = Callable[[httpx.AsyncClient, str], Awaitable[None]]


@pytest.fixture(params=[mounted, mounted_in_fastapi, rooted, rooted_by_a_proxy, wrapped])
def tell(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    """Tells a story of the application in one of these places."""
    way: Way = request.param

    def tell(story: Story) -> None:
        async def told() -> None:
            app = create_app(Settings(world="documentation", trusted_proxies=(ip_network("127.0.0.1"),)))
            outer, prefix = way(app)
            transport = httpx.ASGITransport(outer)
            try:
                async with httpx.AsyncClient(transport=transport, base_url=f"http://mock.test{prefix}") as client:
                    await story(client, prefix)
            finally:
                await app.startup.end()

        asyncio.run(told())

    return tell


def test_the_emulated_api_is_whole(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        del prefix
        assert len((await client.get("/api/v2/chats", headers=OWNER)).json()["chats"]) == 1
        assert (await client.post(f"/w/default{CHAT}/mute", headers=OWNER)).status_code == 204
        nowhere = await client.get("/api/v2/nowhere", headers=OWNER)
        assert nowhere.headers["x-mockcliq-reason"].startswith("unknown_path; have=/api/v2/nowhere; need=")
        journal: list[dict[str, Any]] = (await client.get("/_mockcliq/requests")).json()["requests"]
        assert [(each["operation"], each["path"]) for each in journal] == [
            ("list_direct_chats", "/api/v2/chats"),
            ("mute_chat", f"/w/default{CHAT}/mute"),
            (None, "/api/v2/nowhere"),
        ]

    tell(story)


def test_the_control_api_its_worlds_and_the_pages_are_whole(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        assert (await client.get("/_mockcliq/health")).json() == {"status": "alive"}
        world = (await client.post("/_mockcliq/worlds", json={"id": "w7"})).json()
        assert (world["base_url"], world["control_url"]) == (
            f"http://mock.test{prefix}/w/w7",
            f"http://mock.test{prefix}/_mockcliq/worlds/w7",
        )
        token = {"Authorization": f"Bearer {world['token']}"}
        assert (await client.get(f"{world['base_url']}/api/v2/chats", headers=token)).is_success
        assert len((await client.get(f"{world['control_url']}/requests")).json()["requests"]) == 1
        assert (await client.get("/openapi.json")).json()["openapi"] == "3.1.0"
        page = await client.get("/docs")
        assert f"{prefix.replace('%20', ' ')}/openapi.json" in page.text.replace("%20", " ")
        assert (await client.get("/_mockcliq/ui")).headers["content-type"].startswith("text/html")
        assert (await client.get("/_mockcliq/ui/main.js")).is_success
        assert (await client.get("/_mockcliq/openapi.json")).is_success

    tell(story)


def test_a_mounted_application_becomes_ready_without_a_lifespan(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        del prefix
        for _ in range(1000):
            if (await client.get("/_mockcliq/ready")).is_success:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never was ready")

    tell(story)


def test_a_line_to_paste_and_a_token_s_api_domain_lead_back_here(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        await client.get("/api/v2/chats")
        journal: list[dict[str, Any]] = (await client.get("/_mockcliq/requests")).json()["requests"]
        explained = (await client.get(f"/_mockcliq/requests/{journal[0]['id']}")).json()["explanation"]
        assert f"http://mock.test{prefix}/api/v2/chats" in explained["curl"]
        form = {
            "grant_type": "refresh_token",
            "client_id": "1000.MOCKCLIQ",
            "client_secret": "mockcliq-secret",
            "refresh_token": "1000.mockcliq.refresh",
        }
        assert (await client.post("/oauth/v2/token", data=form)).json()["api_domain"] == f"http://mock.test{prefix}"

    tell(story)


def test_behind_a_proxy_its_prefix_stands_before_the_mount(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mock.example.com", "X-Forwarded-Prefix": "/team"}
        url = f"https://mock.example.com/team{prefix}"
        world = (await client.get("/_mockcliq/worlds/default", headers=told)).json()
        assert world["base_url"] == f"{url}/w/default"
        for below in ("", "/_mockcliq"):
            document = (await client.get(f"{below}/openapi.json", headers=told)).json()
            assert document["servers"] == [{"url": f"{url}{below}"}]
            assert f"/team{prefix}{below}/openapi.json" in (await client.get(f"{below}/docs", headers=told)).text
        # Some servers make a mount path of the proxy's prefix, which is then said twice.
        twice = {"X-Forwarded-Prefix": prefix or "/"}
        world = (await client.get("/_mockcliq/worlds/default", headers=twice)).json()
        assert world["base_url"] == f"http://mock.test{prefix}/w/default"

    tell(story)


def test_a_document_s_server_is_where_the_application_is(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        for below in ("", "/_mockcliq"):
            document = (await client.get(f"{below}/openapi.json")).json()
            assert document["servers"] == [{"url": f"{prefix}{below}" or "/"}]

    tell(story)


def test_probes_and_head_are_answered(tell: Callable[[Story], None]) -> None:
    async def story(client: httpx.AsyncClient, prefix: str) -> None:
        del prefix
        for path in ("/health", "/health/", "/health?_=1", "/operations", "/requests/stream", "/openapi.json"):
            answer = await client.head(
                f"/_mockcliq{path}", headers={} if "health" not in path else {"Host": "evil.com"}
            )
            assert (answer.status_code, answer.content) == (200, b""), path

    tell(story)
