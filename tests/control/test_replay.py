"""A journalled call, pasted as a shell's line or as a program of the console's, is made again when that runs."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.conftest import Running, Serve
from tests.needs import needs
from tests.office import LAUNCH, pin_body
from tests.processes import ROOT, clean_environment
from tests.profiles import examples
from tests.wire import connected, request

pytestmark = pytest.mark.slow

pytest_plugins = ("tests.office_server",)

needs_node = needs("node")

LANGUAGES = (
    pytest.param("curl", marks=needs("curl")),
    pytest.param("python", marks=needs_node),
    pytest.param("javascript", marks=needs_node),
)

THE_CLIENT_S = {"host", "content-length", "user-agent", "accept-encoding", "connection", "transfer-encoding"}
NODE_S = {"accept-language", "sec-fetch-mode"}
"""Headers that Node adds where a call has none of its own."""

REPLAY = ROOT / "mockcliq" / "ui" / "static" / "replay.js"

PIN = f"/api/v2/chats/{LAUNCH}/stickymessage"
FOREIGN = "1000.0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f.e0f1a2b3c4d5e6f7e0f1a2b3c4d5zz9z"


def to_paste(server: Running, entry_id: str, language: str) -> str:
    """The call as the journal, or the console, gives it to be pasted."""
    return written(server.control("GET", f"/requests/{entry_id}"), language)


def written(entry: dict[str, Any], language: str) -> str:
    """An explained call in a language; the console's programs come from its own script, which Node runs."""
    explanation = entry["explanation"]
    if language == "curl":
        return str(explanation["curl"])
    call, status = json.dumps(explanation["call"]), json.dumps(entry["status"])
    script = f"{REPLAY.read_text('utf-8')}\nprocess.stdout.write({language}({call}, {status}));\n"
    node = ["node", "--input-type=module", "-"]
    return subprocess.run(node, input=script.encode(), capture_output=True, timeout=30, check=True).stdout.decode()


def latest(server: Running) -> dict[str, Any]:
    """The latest call in the journal."""
    entry: dict[str, Any] = server.control("GET", "/requests", params={"limit": 1})["requests"][0]
    return entry


def run(language: str, text: str, folder: Path) -> str:
    """Run what was pasted: what it printed."""
    commands = {"curl": ["sh", "-c", text], "python": [sys.executable, "call.py"], "javascript": ["node", "call.mjs"]}
    for name in ("call.py", "call.mjs"):
        (folder / name).write_text(text, "utf-8")
    done = subprocess.run(
        commands[language], cwd=folder, env=clean_environment(), capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 0, (text, done.stderr)
    return done.stdout.decode("utf-8", "replace")


def pasted(server: Running, entry_id: str, language: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """Run it: what it printed, and what the journal has of that call."""
    text = to_paste(server, entry_id, language)
    shown = run(language, text, folder)
    again = latest(server)
    assert again["id"] != entry_id, text
    return shown, again


def the_same(first: dict[str, Any], again: dict[str, Any]) -> bool:
    """Whether it is the same call, answered the same."""
    added = THE_CLIENT_S | (NODE_S - first["headers"].keys())
    keys = ("method", "path", "query", "headers", "body", "status", "answer", "reason", "operation", "user")

    def told(each: dict[str, Any]) -> list[Any]:
        own = {name: value.rstrip() for name, value in each["headers"].items() if name not in added}
        return [{"accept": "*/*"} | own if key == "headers" else each[key] for key in keys]

    return told(first) == told(again)


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
    "encoded dots": request("GET", "/api/v2/.%2E/v2/chats"),
    "dots that lead nowhere": request("GET", "/api/v2/.../chats/a..b/members"),
    "a backslash": request("GET", "/api/v2\\chats"),
    "a script's end": request("POST", PIN, body=b"</script><!-- \xe2\x80\xa8"),
    "a body that is typed text": request("POST", PIN, "Content-Type: text/x", body="é\ufeff\0".encode()),
    "slashes": request("GET", "//api//v2/chats//"),
    "brackets": request("GET", "/api/v2/chats/[1-3]{a,b}/members"),
    "encodings": request("GET", "/api/v2/chats/%27%22%20%2F%00%ff%C3%BC%25/members"),
    "odd paths": request("GET", "/api/v2/chats/'$(id)`;&|!*~()<>\"^{}/members"),
    "an odd method": request("!#$%&'*+.^_`|~", "/api/v2/chats"),
    "a method in lower case": request("get", "/api/v2/chats"),
    "no property's name": request("GET", "/api/v2/chats", "__proto__: x"),
    "another in lower case": request("brew", "/api/v2/chats"),
    "trace": request("TRACE", "/api/v2/chats"),
    "delete": request("DELETE", PIN),
    "an empty header": request("GET", "/api/v2/chats", "X-Empty:"),
    "odd headers": request("GET", "/api/v2/chats", "X-Own: it's \"a\" $HOME `id` \\ %s", "X-Tab: a\tb"),
    "a header that is no UTF-8": request("GET", "/api/v2/chats", "X-Own: caf\xe9"),
    "a header in UTF-8": request("GET", "/api/v2/chats", "X-Own: " + "café".encode().decode("latin-1")),
    "two of one": request("GET", "/api/v2/chats", "X-Own: a", "X-Own: b"),
    "two of one and a body": request("POST", PIN, "X-Own: a", "X-Own: b", body=b'{"id": "1"}'),
    "an odd header's name": request("GET", "/api/v2/chats", "!#$%&'*+.^_`|~: y"),
    "a browser's own headers": request("GET", "/api/v2/chats", "Referer: https://page.test/x", "DNT: 1"),
    "a language": request("GET", "/api/v2/chats", "Accept-Language: de"),
    "prefer": request("GET", "/api/v2/chats", "Prefer: code=500"),
    "a page": request("GET", "/api/v2/chats", "Origin: https://page.test"),
    "another scheme": request("GET", "/api/v2/chats", "Authorization: zoho-oauthtoken 1000.mockcliq.owner", token=None),
    "a world's": request("GET", "/w/default/network/a/api/v2/chats"),
    "a long body": request("POST", PIN, body=b"x" * 60_000),
}  # fmt: skip


NOT_BY_FETCH = {
    "a get with a body": "it sends no body with GET",
    "dots": "it sends another path, without dots and backslashes",
    "encoded dots": "it sends another path, without dots and backslashes",
    "a backslash": "it sends another path, without dots and backslashes",
    "a method in lower case": "it sends get as GET",
    "trace": "it refuses the method TRACE",
    "no property's name": "it sends no header __proto__",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", CALLS)
def test_what_is_pasted_makes_the_same_call(office: Running, tmp_path: Path, what: str, language: str) -> None:
    with connected(office.port) as wire:
        wire.send(CALLS[what])
        answer = wire.answer()
    entry_id = answer.headers["X-Mockcliq-Request-Id"]
    first = latest(office)
    assert first["id"] == entry_id
    if language == "javascript" and what in NOT_BY_FETCH:
        comment = f"// fetch cannot make this call: {NOT_BY_FETCH[what]}. curl and Python can.\n"
        assert to_paste(office, entry_id, language) == comment
        return
    shown, again = pasted(office, entry_id, language, tmp_path)
    assert the_same(first, again), (first, again)
    first_line = f"HTTP/1.1 {answer.status_code}" if language == "curl" else f"{answer.status_code}\n"
    assert shown.startswith(first_line), "and shows what the answer was"
    assert answer.text in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_head_is_asked_as_head(office: Running, tmp_path: Path, language: str) -> None:
    answer = office.http.head("/api/v2/chats")
    shown, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"], language, tmp_path)
    assert (again["method"], again["status"]) == ("HEAD", 405)
    assert "405" in shown.splitlines()[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_redirect_is_not_followed(office: Running, tmp_path: Path, language: str) -> None:
    asked = {"client_id": "1000.MOCKCLIQ", "response_type": "code", "prompt": "none", "scope": "ZohoCliq.Chats.READ"}
    answer = office.http.get("/oauth/v2/auth", params={**asked, "redirect_uri": f"{office.url}/api/v2/chats"})
    assert answer.status_code == 302
    shown, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"], language, tmp_path)
    assert (again["path"], again["status"]) == ("/oauth/v2/auth", 302)
    assert "302" in shown.splitlines()[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "authorization", [None, f"Bearer {FOREIGN}", f"Zoho-oauthtoken {FOREIGN}", FOREIGN, "Basic eDp5"]
)
def test_a_token_that_is_none_of_ours_is_replaced_by_one_that_works(
    office: Running, tmp_path: Path, authorization: str | None, language: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = office.http.post(f"/api/v2/chats/{LAUNCH}/mute", headers=headers)
    assert answer.status_code == 401
    _, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"], language, tmp_path)
    assert (again["status"], again["user"]) == (204, "101")
    scheme = "Zoho-oauthtoken" if authorization is not None and authorization.startswith("Zoho") else "Bearer"
    assert again["headers"]["authorization"] == f"{scheme} 1000.mockcliq.owner"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_token_of_ours_stays_even_where_it_was_refused(office: Running, tmp_path: Path, language: str) -> None:
    """So that the refusal can be looked at again."""
    answer = office.as_("revoked").get("/chats")
    _, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"], language, tmp_path)
    assert (again["status"], again["headers"]["authorization"]) == (401, "Bearer 1000.mockcliq.revoked")


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_secrets_are_left_out_and_it_works_without(office: Running, tmp_path: Path, language: str) -> None:
    body = pin_body(client_secret="abcdefghijklmnop", refresh_token=FOREIGN)
    answer = office.as_("owner").post(
        f"/chats/{LAUNCH}/stickymessage?access_token={FOREIGN}",
        json=body,
        headers={"Cookie": "session=abcdefghijklmnop"},
    )
    assert answer.status_code == 200
    text = to_paste(office, answer.headers["X-Mockcliq-Request-Id"], language)
    assert "ijkl" not in text
    assert FOREIGN[10:20] not in text
    _, again = pasted(office, answer.headers["X-Mockcliq-Request-Id"], language, tmp_path)
    assert again["status"] == 200
    assert again["query"] == {"access_token": "...zz9z"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hidden_secret_s_surroundings_put_nothing_in(office: Running, tmp_path: Path, language: str) -> None:
    """What hides it takes percent-encoding off: line breaks would end a header, a mark would begin a query."""
    odd = "%0D%0AX-Injected:%201%00%3F%23%20token%3Dabcdefghijkl%6Dnop"
    with connected(office.port) as wire:
        wire.send(request("A%0A%20token%3Dabcdefghijkl%6Dnop", f"/{odd}?a={odd}", f"X-Own: {odd}", f"y{odd[:6]}: 1"))
        first = wire.answer()
    assert first.status_code == 404
    shown, again = pasted(office, first.headers["X-Mockcliq-Request-Id"], language, tmp_path)
    assert "404" in shown.splitlines()[0]
    assert "x-injected" not in again["headers"]
    assert "X-Injected: 1" in again["headers"]["x-own"]
    assert again["path"].endswith("?# token=...mnop")


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_made_to_where_the_asker_is(office: Running, language: str) -> None:
    answer = office.as_("owner").get("/chats")
    path = f"/_mockcliq/requests/{answer.headers['X-Mockcliq-Request-Id']}"
    text = written(office.http.get(path, headers={"Host": "mock.test:1234"}).json(), language)
    assert "mock.test:1234" in text
    assert f"127.0.0.1:{office.port}" not in text


def test_a_call_is_described_for_any_language(office: Running) -> None:
    headers = {"User-Agent": "x", "Accept": "*/*", "Content-Type": "text/x"}
    for content, told in ((b"caf\xc3\xa9", ("café", None)), (b"\xff\x00", (None, "/wA=")), (b"", (None, None))):
        answer = office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage?a=%20b", content=content, headers=headers)
        assert office.control("GET", f"/requests/{answer.headers['X-Mockcliq-Request-Id']}")["explanation"]["call"] == {
            "method": "POST",
            "origin": office.url,
            "target": f"/api/v2/chats/{LAUNCH}/stickymessage?a=%20b",
            "headers": [
                ["authorization", "Bearer 1000.mockcliq.owner"],
                ["accept", "*/*"],
                ["content-type", "text/x"],
            ],
            "body": told[0],
            "body_base64": told[1],
        }


@needs_node
def test_python_as_it_is_pasted(office: Running) -> None:
    answer = office.as_("owner").post(
        f"/chats/{LAUNCH}/stickymessage", content='{"id": "ü"}', headers={"User-Agent": "x", "Accept": "*/*"}
    )
    assert (
        to_paste(office, answer.headers["X-Mockcliq-Request-Id"], "python")
        == f"""\
from http.client import HTTPConnection

connection = HTTPConnection('127.0.0.1:{office.port}')
connection.request(
    'POST',
    '/api/v2/chats/2002/stickymessage',
    body='{{"id": "ü"}}'.encode(),
    headers={{
        'authorization': 'Bearer 1000.mockcliq.owner',
        'accept': '*/*',
    }},
)
response = connection.getresponse()
print(response.status)
print(response.read().decode(errors="replace"))
"""
    )


@needs_node
def test_javascript_as_it_is_pasted(office: Running) -> None:
    answer = office.as_("owner").post(
        f"/chats/{LAUNCH}/stickymessage",
        content='{"id": "ü"}',
        headers={"Content-Type": "application/json", "Origin": office.url, "Referer": f"{office.url}/x"},
    )
    assert (
        to_paste(office, answer.headers["X-Mockcliq-Request-Id"], "javascript")
        == f"""\
// A browser sends its own in place of these headers, or none: origin, referer.
const response = await fetch("{office.url}/api/v2/chats/2002/stickymessage", {{
  method: "POST",
  headers: {{
    "authorization": "Bearer 1000.mockcliq.owner",
    "content-type": "application/json",
    "origin": "{office.url}",
    "referer": "{office.url}/x",
  }},
  body: "{{\\"id\\": \\"ü\\"}}",
}});
console.log(response.status);
console.log(await response.text());
"""
    )


@needs_node
def test_a_page_s_script_can_quote_it(office: Running) -> None:
    """Neither ends the script nor a line of it."""
    for body in (b"</script>", b"<!--<script>", "\u2028\u2029".encode()):
        answer = office.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", content=body)
        text = to_paste(office, answer.headers["X-Mockcliq-Request-Id"], "javascript")
        assert not any(each in text for each in ("</script", "<!--", "\u2028", "\u2029"))


# Any call


TOKEN_CHARACTERS = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"(),/:;<=>?@[\\]{}')
TOKENS = st.text(TOKEN_CHARACTERS, min_size=1, max_size=12)
METHODS = (
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "patch"]) | TOKENS
)
TARGET_CHARACTERS = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#")
PIECES = st.sampled_from(["api/v2/chats", LAUNCH, "..", ".", "%2e%2e", "", "%ff%00%0a", "http:", "\\"])
PATHS = st.lists(PIECES | st.text(TARGET_CHARACTERS, max_size=8), max_size=5).map(lambda parts: "/" + "/".join(parts))
QUERIES = st.text(TARGET_CHARACTERS | st.sampled_from("?&=%+"), max_size=30)
FRAMING = THE_CLIENT_S | {"expect", "upgrade", "te", "trailer", "keep-alive", "proxy-connection", "http2-settings"}
NAMES = (TOKENS | st.sampled_from(["Accept", "Content-Type", "Origin", "Prefer", "X-Own"])).filter(
    lambda name: name.lower() not in FRAMING
)
VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]) | st.just("\t"), max_size=20
)
HEADERS = st.lists(st.tuples(NAMES, VALUES).map(": ".join), max_size=4)
BODIES = st.just(b"") | st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))


@pytest.fixture
def unlimited(serve: Serve) -> Running:
    """A server that counts no calls."""
    return serve(world="documentation", rate_limit=False)


def first_made(server: Running, method: str, target: str, headers: list[str], body: bytes) -> dict[str, Any]:
    """Make a call; what the journal has of it. What is no call, or has secrets, is no example."""
    with connected(server.port) as wire:
        wire.send(request(method, target, *headers, body=body))
        answer = wire.answer(has_body=method != "HEAD")
    journal = server.control("GET", "/requests", params={"limit": 1})["requests"]
    assume(journal and journal[0]["id"] == answer.headers["X-Mockcliq-Request-Id"])
    entry: dict[str, Any] = journal[0]
    assume("..." not in json.dumps(entry))  # something secret would be hidden, and what hides it once more
    return entry


@needs_node
@pytest.mark.hypothesis
def test_any_call_is_made_again_by_python(unlimited: Running) -> None:
    @given(METHODS, PATHS, QUERIES, HEADERS, BODIES)
    @example("CONNECT", "http[:1", "", [], b"")
    @example("OPTIONS", "*", "", [], b"")
    def make(method: str, path: str, query: str, headers: list[str], body: bytes) -> None:
        first = first_made(unlimited, method, f"{path}?{query}" if query else path, headers, body)
        text = to_paste(unlimited, first["id"], "python")
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(text, names)  # noqa: S102 - it is what the test is about
        names["connection"].close()
        again = latest(unlimited)
        assert again["id"] != first["id"], text
        assert the_same(first, again), (text, first, again)
        assert printed.getvalue().startswith(f"{first['status']}\n")

    make()


MODULES_ONE_BY_ONE = """
import { createInterface } from "node:readline";

let number = 0;
for await (const line of createInterface({ input: process.stdin })) {
  number += 1; // no module is loaded twice, and each is to run
  const text = `${JSON.parse(line)}//${number}`;
  let failure = null;
  await import(`data:text/javascript;charset=utf-8,${encodeURIComponent(text)}`).catch((error) => {
    failure = `${error.stack} ${error.cause}`;
  });
  console.log(`\\n${JSON.stringify({ failure })}`);
}
"""
"""Runs the modules that its standard input has, each a line of JSON; after what each prints a line says how it went."""


class Node:
    """One process of Node's that runs many modules."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, module: str) -> str:
        """Run one: what it printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(module) + "\n")
        self._process.stdin.flush()
        printed: list[str] = []
        for line in self._process.stdout:
            if line.startswith('{"failure":'):
                assert json.loads(line)["failure"] is None, (module, line)
                return "".join(printed)
            printed.append(line)
        pytest.fail("node ended")


@pytest.fixture
def node() -> Iterator[Node]:
    """Node, that waits for modules."""
    command = ["node", "--no-warnings", "--input-type=module", "--eval", MODULES_ONE_BY_ONE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        yield Node(process)


@needs_node
@pytest.mark.hypothesis
def test_any_call_that_fetch_can_make_is_made_again_by_javascript(unlimited: Running, node: Node) -> None:
    """And of no other a program is given: it would fail, or make another call."""

    @examples(60)
    @given(METHODS, PATHS, QUERIES, HEADERS, BODIES)
    def make(method: str, path: str, query: str, headers: list[str], body: bytes) -> None:
        first = first_made(unlimited, method, f"{path}?{query}" if query else path, headers, body)
        text = to_paste(unlimited, first["id"], "javascript")
        if text.startswith("// fetch cannot"):
            assert text.count("\n") == 1
            return
        printed = node.run(text)
        again = latest(unlimited)
        assert again["id"] != first["id"], text
        assert the_same(first, again), (text, first, again)
        assert printed.startswith(f"{first['status']}\n")

    make()
