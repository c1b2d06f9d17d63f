"""Whatever is sent to any route there is, by any method: an answer, never an error of the server, and it serves on.

The routes are those of the OpenAPI documents, whichever come to be.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus

import httpx
import pytest

from mockcliq.settings import Settings
from tests.any_input import AnyInput, Request
from tests.conftest import Running, running
from tests.reference import SENTENCES
from tests.wire import Wire, connected

REQUESTS = 2_000
"""How many are sent to each of the two APIs."""
_IN_A_ROW = 100
"""After so many it is seen whether all is well."""


@pytest.fixture
def server() -> Iterator[Running]:
    """A server of the test's own: nothing of it is left as it was."""
    with running(Settings(world="documentation")) as server:
        yield server


def test_any_input_to_the_control_api_is_taken_or_refused_by_a_problem(server: Running) -> None:
    throw_at_control(server, REQUESTS)


def test_any_input_to_the_emulated_api_gets_a_documented_answer(server: Running) -> None:
    throw_at_emulated(server, REQUESTS)


def throw_at_control(server: Running, requests: int, seed: int = 2547) -> None:
    document = server.http.get("/_mockcliq/openapi.json").json()
    prefixes = ("/_mockcliq", "/_mockcliq/worlds/default", "/_mockcliq/worlds/nobody", "/_mockcliq/worlds/%00")
    inputs = AnyInput(document, seed, prefixes, "Content-Type: application/json")

    def all_is_well() -> None:
        for method, path, _ in inputs.routes:
            if method == "GET" and "{" not in path and "stream" not in path:
                assert server.http.get(f"/_mockcliq{path}").status_code < 500, path
        server.control("DELETE", "/faults")
        assert server.as_("owner").get("/chats").status_code in {200, 401, 403, 429}, "the world may be another by now"
        server.control("POST", "/reset")

    throw(server, inputs, requests, refused_by_a_problem, all_is_well)


def throw_at_emulated(server: Running, requests: int, seed: int = 2547) -> None:
    document = server.http.get("/openapi.json").json()
    prefixes = ("", "/network/zylcal", "/w/default", "/w/%FF/network/x")
    inputs = AnyInput(document, seed, prefixes, "Authorization: Bearer 1000.mockcliq.owner")

    def all_is_well() -> None:
        server.control("POST", "/reset")
        server.control("PUT", "/limits", json={"threshold": 1_000_000})
        assert len(server.as_("owner").chats()) == 1

    throw(server, inputs, requests, refused_as_documented, all_is_well)


def throw(
    server: Running,
    inputs: AnyInput,
    requests: int,
    judge: Callable[[httpx.Response, Request], None],
    all_is_well: Callable[[], None],
) -> None:
    """Send so many requests, judge each answer, and see now and then that all is well."""
    for first in range(0, requests, _IN_A_ROW):
        all_is_well()
        numbers = iter(range(first, min(first + _IN_A_ROW, requests)))
        number: int | None = next(numbers, None)
        while number is not None:
            with connected(server.port) as wire:
                goes_on = True
                while goes_on and number is not None:
                    request = inputs.request(number)
                    goes_on = _exchanged(wire, request, judge)
                    number = next(numbers, None)
    all_is_well()


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
        assert json.loads(answer.content) == {"message": SENTENCES[answer.status_code]}, request
