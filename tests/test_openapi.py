"""The two OpenAPI documents and the pages that show them, which need no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from operator import attrgetter
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.conftest import Running
from tests.reference import DOCUMENTED, EMULATED, SAMPLE_TOKEN, SENTENCES, Documented

each_section = pytest.mark.parametrize("section", DOCUMENTED, ids=attrgetter("name"))
each_surface = pytest.mark.parametrize("base", ["", "/_mockcliq"], ids=["emulated", "control"])


@pytest.fixture
def document(documentation: Running) -> dict[str, Any]:
    """The document of the emulated API."""
    answer: dict[str, Any] = documentation.http.get("/openapi.json").json()
    return answer


def operation(document: Mapping[str, Any], section: Documented) -> dict[str, Any]:
    """What the document says of an operation."""
    described: dict[str, Any] = document["paths"][section.path][section.method.lower()]
    return described


@pytest.mark.slow
@each_surface
def test_the_document_is_valid(documentation: Running, base: str) -> None:
    validate(documentation.http.get(f"{base}/openapi.json").json())


def test_each_operation_is_called_what_it_is_called_everywhere(document: dict[str, Any]) -> None:
    paths = dict.fromkeys(each.path for each in EMULATED)
    assert [each["operationId"] for path in document["paths"].values() for each in path.values()] == [
        each.name for path in paths for each in EMULATED if each.path == path and each.same_call_as is None
    ]


def test_every_operation_and_every_threshold_tells_its_source(documentation: Running, document: dict[str, Any]) -> None:
    """The same in the document and in the list, where a document has room for the operation."""
    listed = documentation.control("GET", "/operations")["operations"]
    told = {each["operation"]: (each["source"], each["threshold_source"]) for each in listed}
    assert told == {each.name: (each.source, each.threshold_source) for each in EMULATED}
    assert {each.name: told[each.name] for each in EMULATED if each.same_call_as is None} == {
        each["operationId"]: (each["x-mockcliq-source"], each.get("x-mockcliq-threshold-source"))
        for path in document["paths"].values()
        for each in path.values()
    }


@each_section
def test_an_operation_has_exactly_the_documented_statuses(document: dict[str, Any], section: Documented) -> None:
    assert [int(status) for status in operation(document, section)["responses"]] == section.statuses


@each_section
def test_the_example_of_a_success_is_the_page_s(document: dict[str, Any], section: Documented) -> None:
    success = operation(document, section)["responses"][str(section.success_status)]
    if section.success_example is None:
        assert "content" not in success
    else:
        assert [each["example"] for each in success["content"].values()] == [section.success_example]


@each_section
def test_the_example_of_a_refusal_is_the_page_s(document: dict[str, Any], section: Documented) -> None:
    for status, sentence in section.errors.items():
        refusal = operation(document, section)["responses"][str(status)]
        assert [each["example"] for each in refusal["content"].values()] == [{"message": sentence}]


@each_section
def test_every_example_and_every_answer_fits_its_own_schema(
    documentation: Running, document: dict[str, Any], section: Documented
) -> None:
    body = section.body_example
    answer = documentation.http.request(
        section.method, section.sample_path, json=body, headers={"Authorization": f"Bearer {SAMPLE_TOKEN}"}
    )
    assert answer.status_code == section.success_status
    responses = operation(document, section)["responses"]
    for status, response in responses.items():
        for media_type in response.get("content", {}).values():
            schema = {**media_type["schema"], "components": document["components"]}
            Draft202012Validator(schema).validate(media_type["example"])
            if int(status) == answer.status_code:
                Draft202012Validator(schema).validate(answer.json())


@each_section
def test_a_default_and_an_example_of_a_parameter_fit_its_schema(document: dict[str, Any], section: Documented) -> None:
    for parameter in operation(document, section).get("parameters", ()):
        schema = parameter["schema"]
        for value in [
            *(schema[name] for name in ("default",) if name in schema),
            *([parameter["example"]] if "example" in parameter else []),
        ]:
            Draft202012Validator(schema).validate(value)


@each_section
def test_the_documented_body_fits_the_schema_of_the_body(document: dict[str, Any], section: Documented) -> None:
    described = operation(document, section)
    assert ("requestBody" in described) == (section.body_example is not None)
    if section.body_example is not None:
        media_type = described["requestBody"]["content"]["application/json"]
        Draft202012Validator({**media_type["schema"], "components": document["components"]}).validate(
            section.body_example
        )


@each_section
def test_an_operation_asks_for_its_scope_by_the_bearer_scheme(document: dict[str, Any], section: Documented) -> None:
    ((name, scopes),) = (item for each in operation(document, section)["security"] for item in each.items())
    assert scopes == [section.scope]
    scheme = document["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_the_document_sends_nobody_to_a_foreign_server(document: dict[str, Any]) -> None:
    assert [server["url"] for server in document.get("servers", [{"url": "/"}])] == ["/"]


def test_the_control_api_s_document_has_its_routes_and_where_they_stand(documentation: Running) -> None:
    control = documentation.http.get("/_mockcliq/openapi.json").json()
    assert [server["url"] for server in control["servers"]] == ["/_mockcliq"]
    routes = {(method.upper(), path) for path, methods in control["paths"].items() for method in methods}
    assert {
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
    } <= routes


def test_the_control_api_s_document_says_that_refusals_are_problem_documents(documentation: Running) -> None:
    """As they are: `application/problem+json` with `detail` a text."""
    control = documentation.http.get("/_mockcliq/openapi.json").json()
    refusals = [
        response
        for methods in control["paths"].values()
        for described in methods.values()
        for status, response in described["responses"].items()
        if int(status) >= 400
    ]
    assert refusals
    assert {media_type for refusal in refusals for media_type in refusal["content"]} == {"application/problem+json"}
    assert "503" in control["paths"]["/ready"]["get"]["responses"]


# The pages


class _Links(HTMLParser):
    """Collects what a page loads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in ("src", "href") and value]


@each_surface
def test_the_page_names_no_foreign_host(documentation: Running, base: str) -> None:
    page = documentation.http.get(f"{base}/docs")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", page.text) == []
    assert all(not urlsplit(link).netloc for link in _Links(page.text).found)


@each_surface
def test_everything_that_the_page_loads_is_served_here(documentation: Running, base: str) -> None:
    page = documentation.http.get(f"{base}/docs").text
    links = _Links(page).found
    types = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
    assert {link.rpartition(".")[2] for link in links} == set(types)
    for link in links:
        asset = documentation.http.get(urljoin(f"{base}/docs", link))
        assert asset.status_code == 200
        assert asset.headers["Content-Type"].partition(";")[0] == types[link.rpartition(".")[2]]
        assert len(asset.content) > 100


@each_surface
def test_a_style_of_the_page_loads_nothing_from_elsewhere(documentation: Running, base: str) -> None:
    for link in _Links(documentation.http.get(f"{base}/docs").text).found:
        if link.endswith(".css"):
            style = documentation.http.get(link).text
            loaded = [*re.findall(r"url\(\s*['\"]?([^'\")]+)", style), *re.findall(r"@import\s+['\"]([^'\"]+)", style)]
            assert all(each.startswith(("data:", "#")) for each in loaded)


@each_surface
def test_the_page_shows_its_own_document(documentation: Running, base: str) -> None:
    page = documentation.http.get(f"{base}/docs").text
    found = re.search(r"url: '([^']+)'", page)
    assert found
    assert found[1] == f"{base}/openapi.json"
    assert documentation.http.get(found[1]).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path", ["/docs/", "/docs/nope.js", "/docs/../openapi.json.", "/redoc", "/docs/oauth2-redirect"]
)
def test_beside_the_page_there_is_nothing_but_the_documented_404(documentation: Running, path: str) -> None:
    answer = documentation.http.get(path)
    assert (answer.status_code, answer.json()) == (404, {"message": SENTENCES[404]})
