"""What a real browser lets a page of another site, or of another port, do with the control API and our pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockcliq.http.connection import HttpConnection
from mockcliq.settings import Settings
from tests.browser import Complaints
from tests.conftest import Running, Serve
from tests.plain_uvicorn import plain_uvicorn

DOCS = "/_mockcliq/docs"
UI = "/_mockcliq/ui"
LINKS = {"/": "Marketing", UI: "Marketing", DOCS: "MockCliq: control API", "/docs": "MockCliq: Cliq API"}

SANDBOX = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"
"""A policy by which a page has no site, so that it is of another one than any."""

each_site = pytest.mark.parametrize("policy", ["", SANDBOX], ids=["same-site", "cross-site"])


@contextmanager
def elsewhere(policy: str, body: str = "") -> Iterator[str]:
    """Serve a page on a port of its own; gives its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(f"<!doctype html><link rel=icon href=data:,><body>{body}</body>".encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def answered(page: Page) -> Mapping[str, Response]:
    """The answers that the page's browser gets from now on, by path."""
    found: dict[str, Response] = {}
    page.on("response", lambda answer: found.update({"/" + answer.url.split("/", 3)[3]: answer}))
    return found


ASK = """async (url) => {
    const loaded = (name, path) => new Promise((done) => {
        const element = document.createElement(name);
        element.onload = () => done("loaded");
        element.onerror = () => done("failed");
        element.src = url + path;
        document.body.append(element);
    });
    const asked = (path, mode) => fetch(url + path, { mode }).then(() => "answered", () => "failed");
    return [
        await loaded("img", "/_mockcliq/state"),
        await loaded("script", "/_mockcliq/requests"),
        await loaded("script", "/_mockcliq/ui/main.js"),
        await asked("/_mockcliq/worlds", "no-cors"),
        await asked("/_mockcliq/server", "cors"),
        await asked("/openapi.json", "no-cors"),
    ];
}"""
FRAME = """(url) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.onload = done;
    frame.src = url;
    document.body.append(frame);
})"""
STEER = """async (url) => {
    const clock = await fetch(`${url}/_mockcliq/clock`, { method: "PUT", body: '{"mode":"real"}' });
    const stream = new EventSource(`${url}/_mockcliq/requests/stream`);
    await new Promise((done, failed) => { stream.onopen = done; stream.onerror = failed; });
    stream.close();
    return (await clock.json()).mode;
}"""


@each_site
def test_another_page_has_nothing_loaded(page: Page, complaints: Complaints, policy: str) -> None:
    """The server refuses it; and its browser would keep an answer from it."""
    answers: dict[str, int] = {}

    def written_down(app: ASGIApp) -> ASGIApp:
        async def outer(scope: Scope, receive: Receive, send: Send) -> None:
            async def sent(message: Message) -> None:
                if message["type"] == "http.response.start":
                    answers[scope["path"]] = message["status"]
                await send(message)

            await app(scope, receive, sent)

        return outer

    settings = Settings(world="empty")
    with plain_uvicorn(settings, HttpConnection, "asyncio", written_down) as server, elsewhere(policy) as there:
        page.goto(there)
        assert page.evaluate(ASK, server.url) == ["failed"] * 6
    paths = ("state", "requests", "ui/main.js", "worlds", "server")
    assert answers == dict.fromkeys(("/openapi.json", *(f"/_mockcliq/{path}" for path in paths)), 403)
    complaints.clear()


@each_site
@pytest.mark.parametrize("path", [DOCS, "/docs", UI])
def test_another_page_frames_none_of_ours(
    page: Page, documentation: Running, complaints: Complaints, policy: str, path: str
) -> None:
    with elsewhere(policy) as there:
        page.goto(there)
        found = answered(page)
        page.evaluate(FRAME, documentation.url + path)
    assert found[path].status == 403
    assert page.frames[1].url == "chrome-error://chromewebdata/"
    complaints.clear()


@pytest.mark.parametrize("path", [DOCS, "/docs", UI, "/openapi.json", "/_mockcliq/health"])
def test_what_is_answered_is_framed_by_none(
    page: Page, documentation: Running, complaints: Complaints, path: str
) -> None:
    """A page of ours is answered, as any is to a browser that tells no site."""
    page.goto(f"{documentation.url}/docs")
    found = answered(page)
    page.evaluate(FRAME, documentation.url + path)
    assert found[path].status == 200
    assert page.frames[1].url == "chrome-error://chromewebdata/"
    assert complaints
    assert all("frame-ancestors 'none'" in each for each in complaints), complaints
    complaints.clear()


@each_site
@pytest.mark.parametrize("path", LINKS)
@pytest.mark.parametrize("target", ["_self", "_blank"])
def test_a_link_of_another_page_opens_ours(page: Page, demo: Running, policy: str, path: str, target: str) -> None:
    with elsewhere(policy, f'<a href="{demo.url}{path}" target="{target}">there</a>') as there:
        page.goto(there)
        link = page.get_by_role("link", name="there")
        if target == "_self":
            link.click()
            opened = page
        else:
            with page.expect_popup() as popup:
                link.click()
            opened = popup.value
        expect(opened.get_by_role("heading", name=LINKS[path]).first).to_be_visible()


def test_a_listed_page_of_another_port_steers_and_follows(page: Page, serve: Serve, complaints: Complaints) -> None:
    with elsewhere("") as there:
        server = serve(world="documentation", allowed_origins=there)
        page.goto(there)
        assert page.evaluate(STEER, server.url) == "real"
    assert all(each.startswith("another origin: ") for each in complaints), complaints
    complaints.clear()
