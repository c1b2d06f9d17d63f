"""Whatever is sent to any route there is, by any method: an answer, never an error of the server, and it serves on.

The routes are those of the OpenAPI documents, whichever come to be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mockcliq.settings import Settings
from tests.any_input import AnyInput, Request
from tests.conftest import Running, running
from tests.profiles import examples
from tests.reference import SENTENCES
from tests.wire import Wire, connected

_IN_A_ROW = 100
"""So many requests are an example; after each it is seen whether all is well."""

of_any_seed = given(seed=st.integers(0, 2**32))
as_it_comes = settings(examples(20), phases=[Phase.generate])
"""A seed is not shrunk: a smaller one is not a simpler one."""


@pytest.fixture
def server() -> Iterator[Running]:
    """A server of the test's own: nothing of it is left as it was."""
    with running(Settings(world="documentation")) as server:
        yield server


@as_it_comes
@of_any_seed
def test_any_input_to_the_control_api_is_taken_or_refused_by_a_problem(server: Running, seed: int) -> None:
    document = server.http.get("/_mockcliq/openapi.json").json()
    prefixes = ("/_mockcliq", "/_mockcliq/worlds/default", "/_mockcliq/worlds/nobody", "/_mockcliq/worlds/%00")
    inputs = AnyInput(document, seed, prefixes, "Content-Type: application/json")
    server.control("POST", "/reset")
    throw(server, inputs, refused_by_a_problem)
    for method, path, _ in inputs.routes:
        if method == "GET" and "{" not in path and "stream" not in path:
            assert server.http.get(f"/_mockcliq{path}").status_code < 500, path
    server.control("DELETE", "/faults")
    assert server.as_("owner").get("/chats").status_code in {200, 401, 403, 429}, "the world may be another by now"


@as_it_comes
@of_any_seed
def test_any_input_to_the_emulated_api_gets_a_documented_answer(server: Running, seed: int) -> None:
    document = server.http.get("/openapi.json").json()
    prefixes = ("", "/network/zylcal", "/w/default", "/w/%FF/network/x")
    inputs = AnyInput(document, seed, prefixes, "Authorization: Bearer 1000.mockcliq.owner")
    server.control("POST", "/reset")
    server.control("PUT", "/limits", json={"threshold": 1_000_000})
    throw(server, inputs, refused_as_documented)
    server.control("POST", "/reset")
    assert len(server.as_("owner").chats()) == 1


def throw(server: Running, inputs: AnyInput, judge: Callable[[httpx.Response, Request], None]) -> None:
    """Send the requests, and judge each answer."""
    numbers = iter(range(_IN_A_ROW))
    number: int | None = next(numbers, None)
    while number is not None:
        with connected(server.port) as wire:
            goes_on = True
            while goes_on and number is not None:
                request = inputs.request(number)
                goes_on = _exchanged(wire, request, judge)
                number = next(numbers, None)


def _exchanged(wire: Wire, request: Request, judge: Callable[[httpx.Response, Request], None]) -> bool:
    """Send one request and judge the answer; tells whether the connection can take another."""
    wire.send(request.wire)
    answer = wire.answer(has_body=request.method != "HEAD")
    while answer.status_code == HTTPStatus.CONTINUE:
        answer = wire.answer(has_body=request.method != "HEAD")
    judge(answer, request)
    is_whole = answer.status_code == HTTPStatus.NO_CONTENT or "Content-Length" in answer.headers
    return is_whole and answer.headers.get("Connection") != "close"


def refused_by_a_problem(answer: httpx.Response, request: Request) -> None:
    assert answer.status_code < 500, (request, answer.text)
    if answer.is_error:
        assert answer.headers["Content-Type"] == "application/problem+json", (request, answer.text)
        if request.method != "HEAD":
            assert json.loads(answer.content)["status"] == answer.status_code, request


def refused_as_documented(answer: httpx.Response, request: Request) -> None:
    assert answer.status_code in {200, 204, *SENTENCES} - {500}, (request, answer.text)
    if answer.is_error and request.method != "HEAD":
        body = json.loads(answer.content)
        # The page of direct messages gives a code.
        documented_code = {"operation_failed"} if "/buddies/" in request.target else set()
        assert set(body.values()) - documented_code == {SENTENCES[answer.status_code]}, request
