"""The curl line of a journalled call makes the same call again, when a shell runs it."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from tests.conftest import Running
from tests.office import LAUNCH, pin_body
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

THE_CLIENT_S = {"host", "content-length", "user-agent", "accept-encoding", "connection", "transfer-encoding"}
PIN = f"/api/v2/chats/{LAUNCH}/stickymessage"
FOREIGN = "1000.0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f.e0f1a2b3c4d5e6f7e0f1a2b3c4d5zz9z"


def pasted(office: Running, entry_id: str) -> tuple[str, dict[str, Any]]:
    """Run the entry's line in a shell: what curl wrote, and what the journal has of that call."""
    line = office.control("GET", f"/requests/{entry_id}")["explanation"]["curl"]
    run = subprocess.run(["sh", "-c", line], capture_output=True, timeout=30, check=False)
    assert run.returncode == 0, (line, run.stderr)
    again = office.control("GET", "/requests", params={"limit": 1})["requests"][0]
    assert again["id"] != entry_id, line
    return run.stdout.decode("utf-8", "replace"), again


def the_same(first: dict[str, Any], again: dict[str, Any]) -> bool:
    """Whether it is the same call, answered the same."""
    for each in (first, again):
        own = {name: value for name, value in each["headers"].items() if name not in THE_CLIENT_S}
        each["headers"] = own | ({} if own.get("accept", "*/*") != "*/*" else {"accept": "*/*"})
    keys = ("method", "path", "query", "headers", "body", "status", "answer", "reason", "operation", "user")
    return [first[key] for key in keys] == [again[key] for key in keys]


CALLS = {
    "a list": request("GET", "/api/v2/chats"),
    "a query": request("GET", "/api/v2/chats?limit=2&modified_after=2025-01-01T00:00:00%2B02:00&x=a%20b+c"),
    "an odd query": request("GET", "/api/v2/chats?[a]={b}&q='\"`$(id)&&=;|!*\\&limit=1"),
    "a post without a body": request("POST", f"/api/v2/chats/{LAUNCH}/mute", "Content-Length: 0"),
    "a pin": request("POST", PIN, "Content-Type: application/json", body=b'{"id": "1748689200000_7001"}'),
    "a body without a type": request("POST", PIN, body=b'{"id": "1"}'),
    "no accept": request("GET", "/api/v2/chats"),
    "an accept": request("GET", "/api/v2/chats", "Accept: text/html"),
    "quotes": request("POST", PIN, body=b"""{"id": "it's \\"quoted\\" `id` $(id) $HOME !! \\\\n"}"""),
    "newlines": request("POST", PIN, body=b'{\n\n"id":\n"1"\n}\n\n'),
    "tabs and returns": request("POST", PIN, body=b'{\t"id":\r\n"1"}\r\n'),
    "unicode": request("POST", PIN, body='{"id": "Grüße 👋 \u202e \u00a0"}'.encode()),
    "bytes": request("POST", PIN, body=bytes(range(256))),
    "percents": request("POST", PIN, body=b"100%d %s %% \\n \\101 \x01" + b"7"),
    "an at sign": request("POST", PIN, body=b"@/etc/passwd"),
    "a dash": request("POST", PIN, body=b"-d x"),
    "a form": request("POST", PIN, "Content-Type: application/x-www-form-urlencoded", body=b"id=1&x=%20"),
    "a chunked body": request("POST", PIN, "Transfer-Encoding: chunked") + b'3\r\n{"x\r\n2\r\n"}\r\n0\r\n\r\n',
    "a get with a body": request("GET", "/api/v2/chats", body=b"{}"),
    "dots": request("GET", "/api/v2/../v2/./chats"),
    "slashes": request("GET", "//api//v2/chats//"),
    "brackets": request("GET", "/api/v2/chats/[1-3]{a,b}/members"),
    "encodings": request("GET", "/api/v2/chats/%27%22%20%2F%00%ff%C3%BC%25/members"),
    "odd paths": request("GET", "/api/v2/chats/'$(id)`;&|!*~()<>\"\\^/members"),
    "an odd method": request("!#$%&'*+.^_`|~", "/api/v2/chats"),
    "a method in lower case": request("get", "/api/v2/chats"),
    "delete": request("DELETE", PIN),
    "an empty header": request("GET", "/api/v2/chats", "X-Empty:"),
    "odd headers": request("GET", "/api/v2/chats", "X-Own: it's \"a\" $HOME `id` \\ %s", "X-Tab: a\tb"),
    "a header that is no UTF-8": request("GET", "/api/v2/chats", "X-Own: caf\xe9"),
    "a header in UTF-8": request("GET", "/api/v2/chats", "X-Own: " + "café".encode().decode("latin-1")),
    "two of one": request("GET", "/api/v2/chats", "X-Own: a", "X-Own: b"),
    "prefer": request("GET", "/api/v2/chats", "Prefer: code=500"),
    "a page": request("GET", "/api/v2/chats", "Origin: https://page.test"),
    "another scheme": request("GET", "/api/v2/chats", "Authorization: zoho-oauthtoken 1000.mockcliq.owner", token=None),
    "a world's": request("GET", "/w/default/network/a/api/v2/chats"),
    "a long body": request("POST", PIN, body=b"x" * 60_000),
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS)
def test_the_line_makes_the_same_call(office: Running, what: str) -> None:
    with connected(office.port) as wire:
        wire.send(CALLS[what])
        answer = wire.answer()
    entry_id = answer.headers["X-Mockcliq-Request-Id"]
    first = office.control("GET", "/requests")["requests"][-1]
    assert first["id"] == entry_id
    shown, again = pasted(office, entry_id)
    assert the_same(first, again), (first, again)
    assert shown.startswith(f"HTTP/1.1 {answer.status_code}"), "and shows what the answer was"


def test_head_is_asked_as_head(office: Running) -> None:
    answer = office.http.head("/api/v2/chats")
    shown, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"])
    assert (again["method"], again["status"], shown[:12]) == ("HEAD", 405, "HTTP/1.1 405")


@pytest.mark.parametrize(
    "authorization", [None, f"Bearer {FOREIGN}", f"Zoho-oauthtoken {FOREIGN}", FOREIGN, "Basic eDp5"]
)
def test_a_token_that_is_none_of_ours_is_replaced_by_one_that_works(office: Running, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = office.http.post(f"/api/v2/chats/{LAUNCH}/mute", headers=headers)
    assert answer.status_code == 401
    _, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"])
    assert (again["status"], again["user"]) == (204, "101")
    scheme = "Zoho-oauthtoken" if authorization is not None and authorization.startswith("Zoho") else "Bearer"
    assert again["headers"]["authorization"] == f"{scheme} 1000.mockcliq.owner"


def test_a_token_of_ours_stays_even_where_it_was_refused(office: Running) -> None:
    """So that the refusal can be looked at again."""
    answer = office.as_("revoked").get("/chats")
    _, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"])
    assert (again["status"], again["headers"]["authorization"]) == (401, "Bearer 1000.mockcliq.revoked")


def test_other_secrets_are_left_out_of_the_line_and_it_works_without(office: Running) -> None:
    body = pin_body(client_secret="abcdefghijklmnop", refresh_token=FOREIGN)
    answer = office.as_("owner").post(
        f"/chats/{LAUNCH}/stickymessage?access_token={FOREIGN}",
        json=body,
        headers={"Cookie": "session=abcdefghijklmnop"},
    )
    assert answer.status_code == 200
    line = office.control("GET", f"/requests/{answer.headers['X-Mockcliq-Request-Id']}")["explanation"]["curl"]
    assert "ijkl" not in line
    assert FOREIGN[10:20] not in line
    _, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"])
    assert again["status"] == 200
    assert again["query"] == {"access_token": "...zz9z"}


def test_it_is_made_to_where_the_asker_is(office: Running) -> None:
    answer = office.as_("owner").get("/chats")
    path = f"/_mockcliq/requests/{answer.headers['X-Mockcliq-Request-Id']}"
    explained = office.http.get(path, headers={"Host": "mock.test:1234"}).json()["explanation"]
    assert "http://mock.test:1234/api/v2/chats" in explained["curl"]
