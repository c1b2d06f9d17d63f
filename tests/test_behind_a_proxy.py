"""A server that its clients know by another URL than its own: behind a proxy that speaks TLS, or has a path for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from mockcliq.settings import Settings
from tests.accounts.login import asked, refresh, sent_back
from tests.conftest import Running, Serve, running
from tests.processes import SERVE, Start, free_port
from tests.proxy import proxied

FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "mock.example.com:8443",
    "X-Forwarded-Prefix": "/team/cliq",
}
TOLD = "https://mock.example.com:8443/team/cliq"


@pytest.fixture(scope="module")
def _shared_trusting() -> Iterator[Running]:
    with running(Settings(world="documentation", trusted_proxies="10.0.0.0/8, 127.0.0.1")) as server:  # type: ignore[arg-type]  # as in the environment
        yield server


@pytest.fixture
def trusting(_shared_trusting: Running) -> Running:
    """A server that believes proxies on this machine."""
    _shared_trusting.start_over()
    return _shared_trusting


def urls(server: Running, headers: dict[str, str]) -> dict[str, str]:
    """Where each kind of URL that the server makes leads to, but for its path."""

    def call(method: str, path: str, **arguments: Any) -> httpx.Response:
        return server.http.request(method, path, headers=headers, **arguments)

    world = call("GET", "/_mockcliq/worlds/default").json()
    (listed,) = call("GET", "/_mockcliq/worlds").json()["worlds"]
    call("GET", "/api/v2/chats")
    (entry,) = call("GET", "/_mockcliq/requests?operation=list_direct_chats").json()["requests"]
    explanation = call("GET", f"/_mockcliq/requests/{entry['id']}").json()["explanation"]
    form = {
        "grant_type": "refresh_token",
        "client_id": "1000.MOCKCLIQ",
        "client_secret": "mockcliq-secret",
        "refresh_token": "1000.mockcliq.refresh",
    }
    documents = {path: call("GET", path).json() for path in ("/openapi.json", "/_mockcliq/openapi.json")}
    return {
        "base_url": world["base_url"].removesuffix("/w/default"),
        "control_url": world["control_url"].removesuffix("/_mockcliq/worlds/default"),
        "listed": listed["control_url"].removesuffix("/_mockcliq/worlds/default"),
        "to paste": re.findall(r"(https?://\S+?)/api/v2/chats", explanation["curl"])[0],
        "in parts": explanation["call"]["origin"],
        "api_domain": call("POST", "/oauth/v2/token", data=form).json()["api_domain"],
        "accounts-server": sent_back(call("GET", "/oauth/v2/auth", params=asked()))["accounts-server"],
        "servers": documents["/openapi.json"]["servers"][0]["url"],
        "control's": documents["/_mockcliq/openapi.json"]["servers"][0]["url"].removesuffix("/_mockcliq"),
    }


def test_every_url_is_what_a_trusted_proxy_says(trusting: Running) -> None:
    assert set(urls(trusting, FORWARDED).values()) == {TOLD}


@pytest.mark.parametrize("given", [TOLD, f"{TOLD}/"])
def test_every_url_is_the_setting_s_whoever_asks(serve: Serve, given: str) -> None:
    server = serve(world="documentation", public_url=given, trusted_proxies="127.0.0.1")
    assert set(urls(server, {}).values()) == {TOLD}
    server.start_over()
    assert set(urls(server, {"X-Forwarded-Host": "other.example.com"}).values()) == {TOLD}


def test_nobody_else_is_believed(documentation: Running, serve: Serve) -> None:
    for server in (documentation, serve(world="documentation", trusted_proxies="10.0.0.0/8,::1")):
        told = urls(server, FORWARDED)
        assert (told.pop("servers"), told.pop("control's")) == ("/", "")
        assert set(told.values()) == {server.url}


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"X-Forwarded-Proto": "https"}, "https://here"),
        ({"X-Forwarded-Proto": "HTTPS, http"}, "https://here"),
        ({"X-Forwarded-Host": "a.example.com, b.example.com"}, "http://a.example.com"),
        ({"X-Forwarded-Host": "[::1]:80"}, "http://[::1]:80"),
        ({"X-Forwarded-Prefix": "/a/"}, "http://here/a"),
        ({"X-Forwarded-Prefix": "/a%20b, /c"}, "http://here/a%20b"),
        ({"X-Forwarded-Prefix": "/"}, "http://here"),
        # What is no scheme, host or path makes no URL.
        ({"X-Forwarded-Proto": "javascript"}, "http://here"),
        ({"X-Forwarded-Proto": "wss", "X-Forwarded-Host": "a.test"}, "http://a.test"),
        *(
            ({"X-Forwarded-Host": host}, "http://here")
            for host in ("", "a b", "x@a.test", "a.test/b", "a:99999", "<a>")
        ),
        *(
            ({"X-Forwarded-Prefix": path}, "http://here")
            for path in ("a", "//evil.com", "/../a", "/a/./b", "/a?b", "/a#b", "/a'b", "/a b", '/"><script>')
        ),
    ],
)
def test_what_is_no_scheme_host_or_path_makes_no_url(trusting: Running, headers: dict[str, str], url: str) -> None:
    world = trusting.http.get("/_mockcliq/worlds/default", headers=headers).json()
    assert world["base_url"] == f"{url.replace('here', f'127.0.0.1:{trusting.port}')}/w/default"


@pytest.mark.parametrize("path", ["/docs", "/_mockcliq/docs"])
def test_a_reference_page_finds_its_files_below_the_proxy_s_path(trusting: Running, path: str) -> None:
    page = trusting.http.get(path, headers=FORWARDED)
    files = re.findall(r"""(?:src|href)="([^"]+)"|url: '([^']+)'""", page.text)
    found = {urljoin(f"{TOLD}{path}", one or other) for one, other in files}
    assert len(found) == 4
    assert {each.rpartition("/")[0] for each in found} <= {f"{TOLD}{path}", f"{TOLD}{path}".removesuffix("/docs")}
    for each in found:
        assert trusting.http.get(each.removeprefix(TOLD)).is_success, each


def test_the_bare_address_leads_to_the_console_below_the_proxy_s_path(trusting: Running) -> None:
    browser = {"Accept": "text/html"}
    assert trusting.http.get("/", headers=browser | FORWARDED).headers["Location"] == f"{TOLD}/_mockcliq/ui"
    assert trusting.http.get("/", headers=browser).headers["Location"] == "_mockcliq/ui"


def test_through_a_real_proxy_every_url_leads_back(trusting: Running) -> None:
    with proxied(trusting.port, "/mock") as url, httpx.Client(base_url=url, trust_env=False) as http:
        client = Running(trusting.port, http)
        assert set(urls(client, {}).values()) == {url}
        world = http.post("/_mockcliq/worlds", json={"id": "w7"}).json()
        token = {"Authorization": f"Bearer {world['token']}"}
        assert http.get(f"{world['base_url']}/api/v2/chats", headers=token).is_success
        assert http.get(f"{world['control_url']}/requests").json()["requests"][0]["path"] == "/w/w7/api/v2/chats"
        assert refresh(client)["api_domain"] == url


# What the setting is for besides


def test_the_public_url_s_name_needs_no_entry_in_the_allowed_hosts_and_its_pages_are_our_own(serve: Serve) -> None:
    server = serve(world="empty", public_url="https://mock.example.com/cliq")
    for host in ("mock.example.com", "127.0.0.1"):
        for origin in (None, "https://mock.example.com", "https://mock.example.com:443"):
            headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
            assert server.http.post("/_mockcliq/reset", headers=headers).status_code == 200, headers
    for headers in ({"Host": "other.example.com"}, {"Origin": "https://other.example.com"}):
        assert server.http.post("/_mockcliq/reset", headers=headers).status_code == 403


def test_the_banner_and_env_say_it(start: Start, serve: Serve) -> None:
    port = str(free_port())
    public = {"MOCKCLIQ_PUBLIC_URL": "https://mock.example.com/cliq/"}
    banner = start("serve", "--port", port, *SERVE[3:], "--world", "empty", env=public).banner()
    assert (banner["url"], banner["console"]) == (
        "https://mock.example.com/cliq",
        "https://mock.example.com/cliq/_mockcliq/ui",
    )
    asked_at = f"http://127.0.0.1:{port}"
    told = start("env", "--shell", "dotenv", env={"MOCKCLIQ_URL": asked_at}).ended().out.splitlines()
    assert {"MOCKCLIQ_URL=https://mock.example.com/cliq", "ZOHO_CLIQ_BASE_URL=https://mock.example.com/cliq"} <= {*told}
    other = serve(world="empty").url
    assert f"MOCKCLIQ_URL={other}\n" in start("env", "--shell", "dotenv", env={"MOCKCLIQ_URL": other}).ended().out


# The settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(
            ("MOCKCLIQ_PUBLIC_URL", url)
            for url in ("mock.example.com", "ftp://a.test", "http://", "http://u:p@a.test", "http://a.test?b")
        ),
        *(("MOCKCLIQ_PUBLIC_URL", url) for url in ("http://a.test/#b", "http://a b", "http://a:1:2", "http://a/../b")),
        *(
            ("MOCKCLIQ_TRUSTED_PROXIES", proxy)
            for proxy in ("nginx", "10.0.0.0/99", "10.0.0.1:80", "*", "10.0.0.1;::1")
        ),
        *(
            ("MOCKCLIQ_ALLOWED_ORIGINS", origin)
            for origin in ("localhost:3000", "http://a.test/b", "null", "http://*.a.test", "http://u@a.test")
        ),
    ],
)
def test_a_value_that_will_not_do_is_one_line_and_exit_2(start: Start, variable: str, value: str) -> None:
    ended = start(*SERVE, env={variable: value}).ended()
    assert ended.code == 2
    assert ended.line.startswith(f"mockcliq: {variable}: {value!r} will not do: "), ended.line


@pytest.mark.parametrize(
    ("proxies", "is_trusted"),
    [
        *((proxies, True) for proxies in ("127.0.0.1", "::1, 127.0.0.1,", "127.0.0.0/8", "127.1.2.3/8", "0.0.0.0/0")),
        *((proxies, False) for proxies in ("", "127.0.0.2", "10.0.0.0/8", "::1", "::/0")),
    ],
)
def test_a_proxy_is_known_by_its_address(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, proxies: str, is_trusted: bool
) -> None:
    monkeypatch.setenv("MOCKCLIQ_TRUSTED_PROXIES", proxies)
    server = serve(world="empty")
    (world,) = server.http.get("/_mockcliq/worlds", headers={"X-Forwarded-Proto": "https"}).json()["worlds"]
    assert world["base_url"].startswith("https:") == is_trusted


# Pages


Post = Callable[[dict[str, str]], httpx.Response]


@pytest.fixture
def post(trusting: Running) -> Post:
    """Makes a call that only pages of our own may make."""

    def post(headers: dict[str, str]) -> httpx.Response:
        return trusting.http.post("/_mockcliq/reset", headers=headers)

    return post


def test_a_page_is_our_own_by_the_host_that_a_trusted_proxy_was_asked_for(post: Post) -> None:
    page = {"Origin": "http://localhost:8080"}
    assert post(page).status_code == 403
    assert post(page | {"X-Forwarded-Host": "localhost:8080"}).status_code == 200
    assert post(page | {"X-Forwarded-Host": "localhost:8080, 127.0.0.1:80"}).status_code == 200
    assert post(page | {"X-Forwarded-Host": "localhost"}).status_code == 403
    assert post({"Origin": "https://localhost", "X-Forwarded-Host": "localhost"}).status_code == 200


def test_a_host_that_nobody_trusted_forwards_makes_no_page_our_own(documentation: Running) -> None:
    headers = {"Origin": "http://localhost:8080", "X-Forwarded-Host": "localhost:8080"}
    assert documentation.http.post("/_mockcliq/reset", headers=headers).status_code == 403


LISTED = "http://localhost:3000/, https://Tests.example.com,chrome-extension://abc"


@pytest.fixture(scope="module")
def listing() -> Iterator[Running]:
    """A server that lists pages of others, and asks for a token."""
    settings = Settings(world="empty", allowed_origins=LISTED, control_token="of-ours")  # type: ignore[arg-type]  # as in the environment
    with running(settings) as server:
        yield server


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:3000", "https://tests.example.com", "https://tests.example.com:443", "chrome-extension://abc"],
)
def test_a_listed_page_may_call_the_control_api_and_read_its_answers(listing: Running, origin: str) -> None:
    page = {"Origin": origin}
    preflight = listing.http.options(
        "/_mockcliq/clock",
        headers=page
        | {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"},
    )
    assert preflight.is_success
    assert "PUT" in preflight.headers["Access-Control-Allow-Methods"]
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    refused = listing.http.get("/_mockcliq/clock", headers=page)
    agreed = listing.http.get("/_mockcliq/clock", headers=page | {"Authorization": "Bearer of-ours"})
    stream = listing.http.head("/_mockcliq/requests/stream", headers=page | {"Authorization": "Bearer of-ours"})
    assert [answer.status_code for answer in (refused, agreed, stream)] == [401, 200, 200]
    for answer in (preflight, refused, agreed, stream):
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["http://localhost:3001", "https://localhost:3000", "http://tests.example.com", "null", "https://a.b"]
)
def test_any_other_page_may_not(listing: Running, origin: str) -> None:
    for method in ("OPTIONS", "GET"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "GET", "Authorization": "Bearer of-ours"}
        answer = listing.http.request(method, "/_mockcliq/clock", headers=headers)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_a_refusal_says_how_to_list_the_page(documentation: Running) -> None:
    answer = documentation.http.post("/_mockcliq/reset", headers={"Origin": "http://localhost:3000"})
    assert "MOCKCLIQ_ALLOWED_ORIGINS=http://localhost:3000" in answer.json()["detail"]


def test_an_asterisk_lists_every_page(serve: Serve) -> None:
    server = serve(world="empty", allowed_origins="*")
    for origin in ("https://anything.example.com", "null", "http://localhost"):
        answer = server.http.post("/_mockcliq/reset", headers={"Origin": origin})
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, origin)
