"""The control API's refusals are problem documents that say what to change, whatever it is sent."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.app import create_app
from mockcliq.control.app import _MODULES
from mockcliq.control.routes import ControlRoute
from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.profiles import examples
from tests.reference import DOCUMENTED

ROUTES = [
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/operations"),
    ("POST", "/reset"),
    ("GET", "/clock"),
    ("PUT", "/clock"),
    ("POST", "/clock/advance"),
    ("GET", "/limits"),
    ("PUT", "/limits"),
    ("POST", "/limits/exhaust"),
    ("DELETE", "/limits"),
]
OF_A_WORLD = [(method, path) for method, path in ROUTES if path not in ("/health", "/ready", "/operations")]
WITH_A_BODY = [(method, path) for method, path in ROUTES if method in ("POST", "PUT")]
METHODS = {path: {method for method, of in ROUTES if of == path} for _, path in ROUTES}


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document that the answer is; fails if it is anything else."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail"} <= set(document)
    assert document["status"] == answer.status_code
    assert document["title"] == HTTPStatus(answer.status_code).phrase
    assert isinstance(document["detail"], str)
    assert document["detail"]
    return document


@pytest.fixture(scope="module")
def _shared_fuzzed() -> Iterator[Running]:
    with running(Settings(world="documentation")) as server:
        yield server


@pytest.fixture
def fuzzed(_shared_fuzzed: Running) -> Running:
    """A server of these tests' own, in whatever state they left it."""
    return _shared_fuzzed


# What is not there


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/",
        "/clock/",
        "/clock/advance/",
        "/limits/exhaust/more",
        "/operations/",
        "/CLOCK",
        "//clock",
        "/worlds/default/",
    ],
)
def test_a_route_that_is_none_is_a_404_that_says_where_to_look(documentation: Running, path: str) -> None:
    document = problem(documentation.http.get(f"/_mockcliq{path}"))
    assert document["status"] == 404
    assert "/_mockcliq/docs" in document["detail"]


def test_the_control_api_s_own_path_is_a_problem_too(documentation: Running) -> None:
    """A slip of the pen gets no answer of the emulated API."""
    assert problem(documentation.http.get("/_mockcliq"))["status"] == 404


@pytest.mark.parametrize("world", ["nope", "DEFAULT", "default%20", "a%0ab", "%ff", "a" * 3000])
def test_a_world_that_is_none_is_a_404_that_names_it(documentation: Running, world: str) -> None:
    document = problem(documentation.http.get(f"/_mockcliq/worlds/{world}/clock"))
    assert (document["status"], "world" in document["detail"]) == (404, True)


@pytest.mark.parametrize("path", METHODS)
def test_another_method_is_a_405_that_lists_every_one_that_will_do(documentation: Running, path: str) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} - METHODS[path]:
        answer = documentation.http.request(method, f"/_mockcliq{path}")
        document = problem(answer)
        assert document["status"] == 405
        allowed = METHODS[path] | ({"HEAD"} if "GET" in METHODS[path] else set())
        assert answer.headers["Allow"] == ", ".join(sorted(allowed))
        assert all(each in document["detail"] for each in METHODS[path])


# What will not do


@pytest.mark.parametrize(("method", "path"), WITH_A_BODY)
@pytest.mark.parametrize(
    "body", [b"{", b"nonsense", b"{'mode': 'real'}", b"\xff\xfe", b"[" * 50_000, b"1" * 5_000, b'{"a": 1}{"b": 2}']
)
def test_a_body_that_is_no_json_is_refused_as_such(documentation: Running, method: str, path: str, body: bytes) -> None:
    answer = documentation.http.request(
        method, f"/_mockcliq{path}", content=body, headers={"Content-Type": "application/json"}
    )
    document = problem(answer)
    assert document["status"] in (400, 422)
    assert "json" in document["detail"].lower(), "it says what is wrong with the body"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/reset", rb'{"what": ["\ud800"]}'),
        ("POST", "/reset", rb'{"\ud800": 1}'),
        ("PUT", "/clock", rb'{"mode": "frozen", "now": "\ud800"}'),
        ("POST", "/clock/advance", rb'{"seconds": "\ud800"}'),
        ("PUT", "/limits", rb'{"operation": "\ud800"}'),
        ("POST", "/limits/exhaust", rb'{"operation": "\ud800"}'),
        ("POST", "/limits/exhaust", rb'{"operation": "mute_chat", "user": "\ud800"}'),
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(
    documentation: Running, method: str, path: str, body: bytes
) -> None:
    """JSON can write it; nothing else can."""
    headers = {"Content-Type": "application/json"}
    answer = documentation.http.request(method, f"/_mockcliq{path}", content=body, headers=headers)
    assert problem(answer)["status"] in (400, 422)


@pytest.mark.parametrize(("method", "path"), [each for each in WITH_A_BODY if each[1] != "/reset"])
def test_a_body_that_is_missing_is_refused_as_such(documentation: Running, method: str, path: str) -> None:
    document = problem(documentation.http.request(method, f"/_mockcliq{path}"))
    assert (document["status"], "body" in document["detail"]) == (422, True)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_json_of_another_content_type_is_read_or_the_refusal_names_the_header(
    documentation: Running, content_type: str | None
) -> None:
    """`curl -d '{...}'` sends the last of these."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = documentation.http.put("/_mockcliq/clock", content=b'{"mode": "real"}', headers=headers)
    assert answer.status_code == 200 or "content-type" in problem(answer)["detail"].lower()


def test_each_error_of_a_body_is_told_with_its_place(documentation: Running) -> None:
    order = {"operation": 5, "threshold": "many", "windows": 1}
    document = problem(documentation.http.put("/_mockcliq/limits", json=order))
    for name in ("operation", "threshold", "windows"):
        assert name in document["detail"]
    assert {each["where"] for each in document["errors"]} == {"body.operation", "body.threshold", "body.windows"}


# Who may: anybody, as often as they like, and unseen


@pytest.mark.parametrize("prefix", ["", "/worlds/default"])
@pytest.mark.parametrize(("method", "path"), OF_A_WORLD)
def test_every_route_of_a_world_stands_below_its_name_too(
    documentation: Running, prefix: str, method: str, path: str
) -> None:
    bodies = {
        "PUT /clock": {"mode": "real"},
        "POST /clock/advance": {"seconds": 1},
        "PUT /limits": {"threshold": 3},
        "POST /limits/exhaust": {"operation": "mute_chat"},
    }
    body = bodies.get(f"{method} {path}")
    assert documentation.http.request(method, f"/_mockcliq{prefix}{path}", json=body).status_code == 200


def test_what_is_set_below_the_name_of_default_is_set(documentation: Running) -> None:
    documentation.control("PUT", "/worlds/default/clock", json={"mode": "frozen", "now": 0})
    assert documentation.control("GET", "/clock") == {"mode": "frozen", "now": "1970-01-01T00:00:00.000Z"}


@pytest.mark.parametrize("authorization", ["Bearer 1000.mockcliq.expired", "Bearer nobody's", "Basic eDp5", "nonsense"])
def test_no_token_is_asked_for_and_none_is_judged(documentation: Running, authorization: str) -> None:
    headers = {"Authorization": authorization, "Accept": "text/html", "Prefer": "code=500"}
    for path in ("/health", "/ready", "/operations", "/clock", "/limits"):
        assert documentation.http.get(f"/_mockcliq{path}", headers=headers).status_code == 200


def test_no_threshold_holds_and_none_is_used_up(documentation: Running) -> None:
    for section in DOCUMENTED:
        documentation.control("POST", "/limits/exhaust", json={"operation": section.name, "lock": True})
    headers = {"Authorization": "Bearer 1000.mockcliq.owner"}
    assert {documentation.http.get("/_mockcliq/limits", headers=headers).status_code for _ in range(30)} == {200}
    documentation.control("DELETE", "/limits")
    assert {row["count"] for row in documentation.control("GET", "/limits")["limits"]} == {0}


def test_nothing_of_it_is_in_the_journal() -> None:
    """Looked up in the world itself; the emulated calls around it are there."""

    async def journalled() -> list[str]:
        app = create_app(Settings(world="documentation"))
        try:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as client:
                await client.get("/api/v2/chats")
                for method, path in ROUTES:
                    if path != "/reset":
                        await client.request(method, f"/_mockcliq{path}")
                await client.get("/_mockcliq/nope")
                await client.get("/openapi.json")
                await client.get("/api/v2/nope")
            worlds = await app.startup.worlds()
            return [exchange.line.path for exchange in worlds.default.journal]
        finally:
            await app.startup.end()

    assert asyncio.run(journalled()) == ["/api/v2/chats", "/api/v2/nope"]


# Anything at all

texts = st.text(st.characters(), max_size=12)
"""With lone surrogates, which JSON can write and no UTF-8 can."""
names = st.sampled_from(
    ["operation", "user", "lock", "threshold", "window_s", "lock_s", "mode", "now", "seconds", "what"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**4)
    | st.floats(-1e4, 1e4)
    | st.sampled_from([float("inf"), float("nan"), -1e300, 1e300, 2.0**63])
    | texts
    | st.sampled_from(
        ["list_direct_chats", "mute_chat", "631830849", "scott.fisher@zylcal.com", "frozen", "offset", "real"]
    )
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | texts, inner, max_size=4)
)
orders = st.dictionaries(names, scalars, max_size=4)
bodies = st.binary(max_size=30) | (orders | values).map(lambda value: json.dumps(value).encode())


def judge(answer: httpx.Response) -> None:
    """A success, or a refusal in the one form."""
    if not answer.is_success:
        assert answer.status_code < 500, answer.text
        problem(answer)


@pytest.mark.parametrize(("method", "path"), WITH_A_BODY)
@examples(60)
@given(body=bodies)
def test_any_body_is_taken_or_refused_by_a_problem(fuzzed: Running, method: str, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    judge(fuzzed.http.request(method, f"/_mockcliq{path}", content=body, headers=headers))


@examples(100)
@given(data=st.data())
def test_any_order_to_any_route_of_the_document_is_taken_or_refused_by_a_problem(
    fuzzed: Running, data: st.DataObject
) -> None:
    """Whatever routes there come to be: orders of the keys that their schemas have."""
    document = fuzzed.http.get("/_mockcliq/openapi.json").json()
    schemas = document["components"]["schemas"]
    routes = [
        (method, path, re.findall(r"schemas/(\w+)", json.dumps(described["requestBody"])))
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if "requestBody" in described
    ]
    method, path, models = data.draw(st.sampled_from(routes))
    own, all_keys = (
        st.sampled_from(sorted({key for name in names for key in schemas[name].get("properties", {})} or {"none"}))
        for names in (models, schemas)
    )
    value = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(all_keys, inner, max_size=3), max_leaves=6
    )
    order = data.draw(st.dictionaries(own, value, max_size=5))
    path = re.sub(r"\{\w+\}", "x", path)
    headers = {"Content-Type": "application/json"}
    judge(fuzzed.http.request(method.upper(), f"/_mockcliq{path}", content=json.dumps(order), headers=headers))


@pytest.mark.parametrize(("method", "path"), WITH_A_BODY)
@examples(60)
@given(order=orders)
def test_any_order_of_the_right_keys_is_taken_or_refused_by_a_problem(
    fuzzed: Running, method: str, path: str, order: dict[str, object]
) -> None:
    keys = {"/reset": {"what"}, "/clock": {"mode", "now"}, "/clock/advance": {"seconds"}}.get(
        path, {"operation", "user", "lock"} if method == "POST" else {"operation", "threshold", "window_s", "lock_s"}
    )
    body = json.dumps({key: value for key, value in order.items() if key in keys}).encode()
    judge(fuzzed.http.request(method, f"/_mockcliq{path}", content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize(("method", "path"), [("GET", "/limits"), ("DELETE", "/limits"), ("GET", "/clock")])
@examples(60)
@given(query=st.dictionaries(st.sampled_from(["user", "operation"]) | texts, texts, max_size=3))
def test_any_query_is_taken_or_refused_by_a_problem(
    fuzzed: Running, method: str, path: str, query: dict[str, str]
) -> None:
    raw = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in query.items())
    judge(fuzzed.http.request(method, f"/_mockcliq{path}?{raw}"))


@examples(60)
@given(parts=st.lists(texts | st.sampled_from(["worlds", "default", "clock", "limits", ".."]), max_size=4))
def test_any_path_is_found_or_refused_by_a_problem(fuzzed: Running, parts: list[str]) -> None:
    judge(fuzzed.http.get("/_mockcliq/" + "/".join(map(quoted, parts))))


def quoted(text: str) -> str:
    """Every byte of it as %XX, those of a lone surrogate too."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def test_every_route_checks_its_input() -> None:
    """One of FastAPI's own class would take unknown parameters, and JSON that cannot be written again."""
    routes = [route for module in _MODULES for route in module.router.routes]
    assert len(routes) > 40
    assert [route for route in routes if not isinstance(route, ControlRoute)] == []
