"""What a page of another site or port gets of the control API and of the server's own pages: nothing but a link."""

from __future__ import annotations

import re
from time import process_time
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Running, Serve
from tests.control.test_problems import problem
from tests.control.test_safety import BUT_HEALTH, asked, refused
from tests.profiles import examples

KEPT = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}
UI = "/_mockcliq/ui"
CONSENT = (
    "/oauth/v2/auth?client_id=1000.MOCKCLIQ&response_type=code&redirect_uri=http://localhost:2547/&scope="
    "ZohoCliq.Chats.READ"
)
PAGES = ["/docs", "/docs/swagger-ui.css", "/openapi.json", UI, f"{UI}/main.js", f"{UI}/nowhere", f"{UI}/"]
OURS = [("GET", path) for path in PAGES] + [(method, f"/_mockcliq{path}") for method, path in BUT_HEALTH]
BROWSER = {"Accept": "text/html,*/*;q=0.8"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", **BROWSER}
LINKED = ["/", "/docs", "/_mockcliq/docs", UI, f"{UI}/", f"{UI}/index.html"]

each_of_ours = pytest.mark.parametrize(("method", "path"), OURS)
each_site = pytest.mark.parametrize("site", ["cross-site", "same-site"])


# The headers


def assert_kept(answer: httpx.Response) -> None:
    """Its browser lets no other page frame, load or guess at this answer."""
    assert {name: answer.headers.get(name) for name in KEPT} == KEPT
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@each_of_ours
def test_every_answer_of_ours_is_kept_from_other_pages(documentation: Running, method: str, path: str) -> None:
    if path.endswith("/requests/stream"):
        return
    for headers in ({}, {"Host": "evil.com"}, {"Origin": "https://evil.com"}, {"Sec-Fetch-Site": "cross-site"}):
        assert_kept(documentation.http.request(method, path, headers=headers))


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_mockcliq/health", "", 200),
        ("HEAD", "/_mockcliq/ready", "", 200),
        ("PUT", "/_mockcliq/health", "", 405),
        ("POST", "/_mockcliq/clock/advance", "[", 400),
        ("POST", "/_mockcliq/clock/advance", '{"seconds": "x"}', 422),
        ("GET", "/_mockcliq/worlds/nowhere/state", "", 404),
        ("GET", "/_mockcl%69q/clock", "", 404),
        ("GET", "/", "", 307),
        ("GET", CONSENT, "", 200),
        ("GET", "/oauth/v2/auth?x=y", "", 400),
    ],
)
def test_whatever_its_status(documentation: Running, method: str, path: str, body: str, status: int) -> None:
    answer = documentation.http.request(method, path, headers=BROWSER, content=body)
    assert answer.status_code == status
    assert_kept(answer)


def test_a_stream_is_kept_too(documentation: Running) -> None:
    with documentation.http.stream("GET", "/_mockcliq/requests/stream") as answer:
        assert_kept(answer)


@pytest.mark.parametrize("path", ["/api/v2/chats", "/api/v2/nowhere", "/nowhere"])
def test_the_emulated_api_is_for_pages_of_any_site(documentation: Running, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.example.com"}
    answer = documentation.as_("owner").server.http.get(
        path, headers={**headers, "Authorization": "Bearer 1000.mockcliq.owner"}
    )
    assert answer.status_code == (200 if path.endswith("chats") else 404)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Cross-Origin-Resource-Policy" not in answer.headers


# Sec-Fetch-Site


@each_site
@each_of_ours
def test_a_picture_a_script_or_a_frame_of_another_page_is_refused(
    documentation: Running, method: str, path: str, site: str
) -> None:
    """None of them has an Origin."""
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("navigate", "iframe"), ("cors", "empty")):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        answer = documentation.http.request(method, path, headers=headers)
        refused(answer, 403, f"Sec-Fetch-Site: {site}", "MOCKCLIQ_ALLOWED_ORIGINS=")


@pytest.mark.parametrize("sent", ["Sec-Fetch-Site: ", "Sec-Fetch-Site: SAME-ORIGIN", "Sec-Fetch-Site: next-door"])
def test_a_site_that_nobody_has_heard_of_is_another(documentation: Running, sent: str) -> None:
    refused(asked(documentation, "Host: localhost", sent), 403)
    refused(asked(documentation, "Host: localhost", "Sec-Fetch-Site: same-origin", sent), 403)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", UI, f"{UI}/main.js", "/_mockcliq/clock", "/_mockcliq/docs"])
def test_pages_of_ours_people_and_programs_get_it(documentation: Running, path: str) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}):
        assert documentation.http.get(path, headers=headers).status_code == 200


@each_site
@pytest.mark.parametrize("path", LINKED)
def test_a_link_of_another_page_opens_the_console_and_the_references(
    documentation: Running, path: str, site: str
) -> None:
    answer = documentation.http.get(path, headers={**LINK, "Sec-Fetch-Site": site})
    assert answer.status_code in {200, 307}


@each_site
@pytest.mark.parametrize("path", LINKED)
@pytest.mark.parametrize(
    "change", [{"Sec-Fetch-Dest": "iframe"}, {"Sec-Fetch-Dest": "object"}, {"Sec-Fetch-Mode": "no-cors"}]
)
def test_what_is_no_link_does_not(documentation: Running, path: str, site: str, change: dict[str, str]) -> None:
    headers = {**LINK, "Sec-Fetch-Site": site, **change}
    refused(documentation.http.get(path, headers=headers), 403)


@pytest.mark.parametrize("path", ["/state", "/requests/stream", "/openapi.json", "/worlds", "/nowhere"])
def test_a_link_opens_nothing_else(documentation: Running, path: str) -> None:
    headers = {**LINK, "Sec-Fetch-Site": "cross-site"}
    refused(documentation.http.get(f"/_mockcliq{path}", headers=headers), 403)


def test_a_form_of_another_page_is_no_link(documentation: Running) -> None:
    for path in ("/_mockcliq/docs", "/_mockcliq/reset", UI):
        refused(documentation.http.post(path, headers={**LINK, "Sec-Fetch-Site": "cross-site"}), 403)


@pytest.mark.parametrize("path", ["/health", "/ready", "/ready/?_=1"])
def test_probes_are_for_pages_too(documentation: Running, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert documentation.http.get(f"/_mockcliq{path}", headers=headers).status_code == 200


@each_site
def test_a_listed_page_may_read_write_and_follow(serve: Serve, site: str) -> None:
    server = serve(world="documentation", allowed_origins="http://localhost:3000")
    headers = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors"}
    assert server.http.get("/_mockcliq/state", headers=headers).status_code == 200
    assert server.http.post("/_mockcliq/reset", headers=headers).status_code == 200
    preflight = {**headers, "Access-Control-Request-Method": "PUT"}
    assert server.http.options("/_mockcliq/clock", headers=preflight).status_code == 204
    with server.http.stream("GET", "/_mockcliq/requests/stream", headers=headers) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    # Another page, or the same one by what cannot say whose it is.
    other = {**headers, "Origin": "http://localhost:3001"}
    refused(server.http.get("/_mockcliq/state", headers=other), 403, "MOCKCLIQ_ALLOWED_ORIGINS=http://localhost:3001")
    del headers["Origin"]
    refused(server.http.get("/_mockcliq/state", headers=headers), 403)


def test_the_origin_that_a_host_seems_to_have_does_not_make_a_foreign_page_ours(serve: Serve) -> None:
    """Behind a proxy that ends TLS the two schemes are one; a browser that sees no proxy tells them apart."""
    server = serve(world="empty", public_url="https://mock.example.com/cliq")
    own = {"Host": "cliq.test", "Origin": "https://cliq.test"}
    assert server.http.get("/_mockcliq/clock", headers=own).status_code == 200
    refused(server.http.get("/_mockcliq/clock", headers={**own, "Sec-Fetch-Site": "cross-site"}), 403)
    public = {"Origin": "https://mock.example.com", "Sec-Fetch-Site": "cross-site"}
    assert server.http.get("/_mockcliq/clock", headers=public).status_code == 200


# The spelling


@pytest.mark.parametrize(
    "path",
    [
        *("/%5fmockcliq/clock", "/%5Fmockcliq/clock", "/_mockcliq%2fclock", "/_mockcliq%2Fclock", "/_mockcl%69q/clock"),
        *(
            "//_mockcliq/clock",
            "/./_mockcliq/clock",
            "/x/../_mockcliq/clock",
            "/%2e/_mockcliq/clock",
            "/_mockcliq;/clock",
        ),
        *(
            "/%255fmockcliq/clock",
            "/_mockcliq%252fclock",
            "/_MOCKCLIQ/clock",
            "/_Mockcliq/clock",
            "/_mockcliq%20/clock",
        ),
        *("/w/default/_mockcliq/clock", "/w/_mockcliq/clock", "/network/x/_mockcliq/clock", "/%2f_mockcliq/clock"),
        *("/_mockcliq/%63lock", "/_mockcliq/worlds%2fdefault%2fclock", "/_mockcliq/worlds/d%65fault/clock"),
        *("/_mockcliq\\clock", "/_mockcliq%5cclock", "/_mockcliq%00/clock", "/_mockcliq//clock", "/_mockcliq/./clock"),
        *("/%5fmockcliq/health", "/_mockcliq%2fready", "/%5fmockcliq/ui", "/_mockcliq/%75i", "/_mockcliq%2fui"),
        *("/%64ocs", "/docs%2fswagger-ui.css", "/openapi%2ejson", "/_mockcliq/openapi%2Ejson", "/_mockcliq/doc%73"),
    ],
)
def test_no_other_spelling_leads_where_a_proxy_s_rule_stands_before(documentation: Running, path: str) -> None:
    assert asked(documentation, "Host: localhost", path=path).status_code == 404


@settings(examples(60))
@given(
    escaped=st.sets(st.integers(1, len("/_mockcliq/clock") - 1), min_size=1), upper=st.booleans(), twice=st.booleans()
)
def test_any_escape_of_a_plain_character_is_refused(
    documentation: Running, escaped: set[int], upper: bool, twice: bool
) -> None:
    sign = "%25" if twice else "%"
    spelt = "".join(
        f"{sign}{ord(each):02X}" if place in escaped else each for place, each in enumerate("/_mockcliq/clock")
    )
    path = spelt if upper else spelt.lower()
    assert asked(documentation, "Host: localhost", path=path).status_code == 404


def test_what_has_to_be_escaped_in_a_name_may_be(documentation: Running) -> None:
    email = documentation.control("GET", "/users")["users"][0]["email"]
    for spelt in (email, email.replace("@", "%40")):
        assert documentation.http.get(f"/_mockcliq/users/{spelt}/chats").status_code == 200
    refused(documentation.http.get("/_mockcliq/chats/a%20b%7E%28%c3%a4%29%2A/messages"), 404, "a b~(ä)*")


# The cost


def test_what_a_long_path_costs_grows_with_its_length(documentation: Running) -> None:
    def cost_s(worlds: int) -> float:
        def once() -> float:
            began = process_time()
            answer = asked(documentation, "Host: localhost", path=f"/_mockcliq{'/worlds/a' * worlds}/%0a")
            assert answer.status_code == 404
            return process_time() - began

        return min(once() for _ in range(5))

    assert cost_s(6400) < 8 * cost_s(1600), "four times as long; its square would be sixteen"


def test_a_world_s_name_is_the_first_of_a_path(documentation: Running) -> None:
    detail: Any = problem(documentation.http.get("/_mockcliq/worlds/a/worlds/b/clock"))["detail"]
    assert re.search("no .*/worlds/b/clock", detail)
