"""How a browser comes to the console and gets its files, whatever they are; and that nobody else notices any of it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mockcliq.settings import Settings
from tests.answers import assert_refused
from tests.conftest import Running, Serve, running
from tests.control.test_problems import problem
from tests.processes import ROOT, SERVE, Start, until
from tests.wire import connected, request

UI = "/_mockcliq/ui"
FILES = sorted((ROOT / "mockcliq" / "ui" / "static").iterdir())
BELOW = [file for file in FILES if file.name != "index.html"]
"""Those that the page loads."""

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}
"""What a browser sends when somebody types an address."""

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def path_of(file: Path) -> str:
    """Where a file is served."""
    return UI if file.name == "index.html" else f"{UI}/{file.name}"


# The entrance


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_that_is_given_the_bare_address_is_led_to_the_console(documentation: Running, method: str) -> None:
    answer = documentation.http.request(method, "/", headers=BROWSER)
    assert (answer.status_code, answer.headers["Cache-Control"], answer.content) == (307, "no-store", b"")
    assert not re.match("https?:", answer.headers["Location"]), "a proxy may know the server by another name"
    there = documentation.http.get("/", headers=BROWSER, follow_redirects=True)
    assert (there.url.path, there.status_code, there.headers["Content-Type"]) == (UI, 200, TYPES[".html"])


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/plain, */*", "text/*"])
def test_anybody_else_gets_the_documented_404_there(documentation: Running, accept: str | None) -> None:
    with connected(documentation.port) as wire:
        for method in ("GET", "POST", "DELETE"):
            wire.send(request(method, "/", *([] if accept is None else [f"Accept: {accept}"])))
            assert_refused(wire.answer(), 404)


def test_a_browser_that_posts_there_is_led_nowhere(documentation: Running) -> None:
    with connected(documentation.port) as wire:
        wire.send(request("POST", "/", f"Accept: {BROWSER['Accept']}"))
        assert_refused(wire.answer(), 404)


# The files


@each_file
def test_a_file_is_served_as_what_it_is_with_all_that_keeps_it_harmless(documentation: Running, file: Path) -> None:
    answer = documentation.http.get(path_of(file))
    assert (answer.status_code, answer.content) == (200, file.read_bytes())
    expected = {
        "Content-Type": TYPES[file.suffix],
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-cache",
    }
    assert {name: answer.headers[name] for name in expected} == expected


@each_file
def test_a_file_that_the_browser_has_is_not_sent_again(documentation: Running, file: Path) -> None:
    path = path_of(file)
    tag = documentation.http.get(path).headers["ETag"]
    assert re.fullmatch('"[^"]+"', tag)
    for known in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        answer = documentation.http.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b""), known
        assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, "no-cache")
    for other in ('"another"', tag.strip('"'), ""):
        assert documentation.http.get(path, headers={"If-None-Match": other}).status_code == 200, other


def test_no_two_files_are_taken_for_one_another(documentation: Running) -> None:
    tags = {documentation.http.get(path_of(file)).headers["ETag"] for file in FILES}
    assert len(tags) == len({file.read_bytes() for file in FILES})


@each_file
def test_head_is_get_without_the_body(documentation: Running, file: Path) -> None:
    got, told = (documentation.http.request(method, path_of(file)) for method in ("GET", "HEAD"))
    assert (told.status_code, told.content) == (200, b"")
    got.headers.pop("Date"), told.headers.pop("Date")
    assert told.headers == got.headers


@pytest.mark.parametrize("path", [UI, f"{UI}/", f"{UI}/{BELOW[0].name}", f"{UI}/nowhere.js"])
def test_there_is_nothing_but_looking(documentation: Running, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        answer = documentation.http.request(method, path)
        assert "GET, HEAD" in problem(answer)["detail"]
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
        assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "name",
    [
        *("nowhere.js", "index", "MAIN.JS", "static", ".", "..", "../console.py", "static/main.js"),
        *("..%5Cconsole.py", "/etc/passwd", "%00", "main.js%00.html"),
        *("%FF", "x" * 3000, "../health", "ui", f"{BELOW[0].name}/", f"/{BELOW[0].name}"),
    ],
)
def test_what_is_no_file_is_a_problem_that_says_where_the_page_is(documentation: Running, name: str) -> None:
    """However it is written: nothing leads out of the folder, or past the control API's token."""
    with connected(documentation.port) as wire:
        wire.send(request("GET", f"{UI}/{name}"))
        answer = wire.answer()
    assert answer.status_code == 404
    assert f"at {UI}" in problem(answer)["detail"]
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "name", ["..%2Fconsole.py", "%2e%2e/%2e%2e/settings.py", "%2Fetc%2Fpasswd", "m%61in.js", "index%2Ehtml"]
)
def test_a_file_has_one_spelling(documentation: Running, name: str) -> None:
    with connected(documentation.port) as wire:
        wire.send(request("GET", f"{UI}/{name}"))
        answer = wire.answer()
    assert answer.status_code == 404
    assert "one spelling" in problem(answer)["detail"]


@pytest.mark.parametrize("path", [f"{UI}/", f"{UI}/index.html"])
def test_the_page_stands_at_one_path_from_which_it_names_its_files(documentation: Running, path: str) -> None:
    answer = documentation.http.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (307, "../ui")
    assert documentation.http.get(path, follow_redirects=True).url.path == UI


def test_what_only_begins_like_the_console_is_the_control_api_s(documentation: Running) -> None:
    for path in (f"{UI}x", "/_mockcliq/worlds/default/ui"):
        answer = documentation.http.get(path)
        assert "the control API has no " in problem(answer)["detail"]


# The settings


@pytest.fixture(scope="module")
def off() -> Iterator[Running]:
    """A server without the console."""
    with running(Settings(world="empty", ui=False)) as server:
        yield server


@pytest.mark.parametrize("path", [UI, f"{UI}/", *map(path_of, BELOW), f"{UI}/nowhere"])
def test_off_there_is_no_file_and_a_problem_says_how_to_turn_it_on(off: Running, path: str) -> None:
    for method in ("GET", "POST"):
        answer = off.http.request(method, path, headers=BROWSER)
        assert answer.status_code == 404
        assert "MOCKCLIQ_UI=on" in problem(answer)["detail"]


def test_off_the_bare_address_is_the_emulated_api_s_for_browsers_too(off: Running) -> None:
    assert_refused(off.http.get("/", headers=BROWSER), 404)
    assert off.control("GET", "/server")["version"]


def test_without_the_control_api_there_is_no_console_either(serve: Serve) -> None:
    server = serve(world="empty", control=False)
    for path in (UI, *map(path_of, BELOW), f"{UI}/health", f"{UI}/ready"):
        answer = server.http.get(path)
        assert answer.status_code == 404
        assert "MOCKCLIQ_CONTROL=on" in problem(answer)["detail"]
    assert_refused(server.http.get("/", headers=BROWSER), 404)


def test_with_a_control_token_the_page_needs_none_and_what_it_asks_for_does(serve: Serve) -> None:
    """It asks for the token itself; a browser could send none for a page."""
    server = serve(world="empty", control_token="secret-of-ours")
    for file in FILES:
        assert server.http.get(path_of(file)).status_code == 200
    assert server.http.get("/", headers=BROWSER, follow_redirects=True).status_code == 200
    for path in ("/server", "/users", "/uix", "/ui/../users", "/ui%2F..%2Fusers"):
        with connected(server.port) as wire:
            wire.send(request("GET", f"/_mockcliq{path}"))
            assert wire.answer().status_code in (401, 404), path
    assert server.http.get("/_mockcliq/server").status_code == 401


def test_any_name_and_any_page_gets_the_files_and_what_they_ask_for_is_judged(documentation: Running) -> None:
    """Behind a proxy that changes the Host, the page's own scripts come from what looks like another origin."""
    for header in ({"Host": "evil.com"}, {"Origin": "https://evil.com"}, {"Host": "a.b", "Origin": "https://c.d"}):
        for file in FILES:
            answer = documentation.http.get(path_of(file), headers=header)
            assert (answer.status_code, answer.content) == (200, file.read_bytes())
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "access-control-allow-origin" not in answer.headers
        assert documentation.http.get("/_mockcliq/server", headers=header).status_code == 403


# What else there is of it


def test_the_journal_has_none_of_it_and_no_fault_meets_it(documentation: Running) -> None:
    documentation.control("POST", "/faults", json={"match": {}, "then": {"status": 500}})
    documentation.http.get("/", headers=BROWSER)
    for path in (UI, f"{UI}/", *map(path_of, BELOW), f"{UI}/nowhere"):
        assert documentation.http.get(path).status_code < 500
    assert documentation.control("GET", "/requests")["requests"] == []


def test_the_server_tells_what_it_is_and_how_it_is_set_up(serve: Serve, file: Path) -> None:
    plain = serve(world="empty").control("GET", "/server")
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", plain.pop("version"))
    journals = plain.pop("memory")["journals"]
    assert journals == {"used": 0, "limit": 128 * 1024 * 1024, "dropped": 0}
    assert plain == {
        "label": None,
        "rate_limit": True,
        "journal_size": 1000,
        "prefer": True,
        "debug_headers": True,
        "persistent": False,
    }
    other = serve(
        world="empty",
        label=" CI of the bot team ",
        rate_limit=False,
        journal_size=7,
        prefer=False,
        debug_headers=False,
        database=file,
    )
    told = other.control("GET", "/server")
    assert {name: told[name] for name in plain} == {
        "label": "CI of the bot team",
        "rate_limit": False,
        "journal_size": 7,
        "prefer": False,
        "debug_headers": False,
        "persistent": True,
    }


def test_the_banner_says_where_it_is_and_what_the_server_is_called(start: Start) -> None:
    def shown(*flags: str) -> tuple[dict[str, str], dict[str, object]]:
        """The banner's lines, and the same in JSON."""
        as_text = start("serve", "--port", "0", "--world", "empty", *flags)
        until(lambda: as_text.has_ended or "\n  control " in as_text.out)
        lines = dict(re.findall(r"^  (\S.*?)  +(.*)$", as_text.out, re.MULTILINE))
        return lines, start(*SERVE, "--world", "empty", *flags).banner()

    lines, facts = shown("--label", "Zylker, überall")
    assert (lines["console"], lines["label"]) == (f"{lines['URL']}{UI}", "Zylker, überall")
    assert (facts["console"], facts["label"]) == (f"{facts['url']}{UI}", "Zylker, überall")
    assert httpx.get(lines["console"], trust_env=False).status_code == 200

    lines, facts = shown("--ui", "off")
    assert {"console", "label"}.isdisjoint(lines)
    assert (facts["console"], facts["label"]) == (None, None)

    banner = start(*SERVE, "--world", "empty", env={"MOCKCLIQ_CONTROL": "off"}).banner()
    assert banner["console"] is None


def test_all_of_it_is_small_on_the_wire(documentation: Running) -> None:
    total = 0
    for file in FILES:
        with documentation.http.stream("GET", path_of(file), headers={"Accept-Encoding": "gzip"}) as answer:
            total += len(b"".join(answer.iter_raw()))
    assert total < 150_000


def test_the_page_asks_for_all_its_scripts_at_once() -> None:
    """Else each would be asked for when another has come: a round trip for each step of what imports what."""
    page = (FILES[0].parent / "index.html").read_text()
    named = re.findall(r'<(?:link rel="modulepreload" href|script type="module" src)="ui/([^"]+)"', page)
    assert sorted(named) == [file.name for file in FILES if file.suffix == ".js"]
    styles = re.findall(r'<link rel="stylesheet" href="ui/([^"]+)"', page)
    assert sorted(styles) == [file.name for file in FILES if file.suffix == ".css"]


@each_file
def test_a_file_is_compressed_for_whoever_takes_that(documentation: Running, file: Path) -> None:
    path, content = path_of(file), file.read_bytes()
    tags = set()
    for accepted, is_taken in (
        ("gzip, deflate, br", True),
        ("deflate, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("br, gzip;q=0", False),
        ("gzip; q=0.000", False),
    ):
        with documentation.http.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers.get("Content-Encoding") == ("gzip" if is_taken else None), accepted
        assert (gzip.decompress(raw) if is_taken else raw) == content
        assert answer.headers["Content-Length"] == str(len(raw))
        tags.add((is_taken, answer.headers["ETag"]))
        again = documentation.http.get(
            path, headers={"Accept-Encoding": accepted, "If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
    assert len(tags) == len({tag for _, tag in tags}) == 2, "a tag is of the bytes that are sent"


@each_file
def test_web_storage_is_asked_in_one_place(file: Path) -> None:
    """A browser that blocks cookies throws there."""
    assert bool(re.search("(?:local|session)Storage", file.read_text())) == (file.name == "storage.js")


@each_file
def test_no_file_names_another_host(file: Path) -> None:
    """Namespaces look like addresses, but nobody goes there; a name without a dot is a machine nearby."""
    named = re.findall(r"(?:https?:|[\"'`(])//([\w-]+(?:\.[\w-]+)+)", file.read_text())
    assert set(named) <= {"www.w3.org"}
