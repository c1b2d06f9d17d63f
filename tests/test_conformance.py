"""The server against the references: the contract of v2; the page's request samples with their answers, the refusals.

What is expected comes from the page's transcription (``reference``) or stands here as a literal. Where the server
rightly differs from the page, ``KNOWN_DIFFERENCES`` says in what and why; it is meant to stay this short.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from operator import attrgetter
from typing import Any

import httpx
import pytest

from tests.conftest import Running
from tests.reference import (
    DOCUMENTED,
    EMULATED,
    LANGUAGES,
    NOT_EMULATED,
    PLACEHOLDER_CHAT,
    SAME_CALL,
    SAMPLE_TOKEN,
    SCOPES,
    SENTENCES,
    Documented,
    Promised,
    available,
    documented,
    replay,
    shape,
    with_body,
)

STARTS_AT = "2025-06-01T00:00:00Z"
STARTS_AT_MS = 1_748_736_000_000

each_section = pytest.mark.parametrize("section", DOCUMENTED, ids=attrgetter("name"))
each_language = pytest.mark.parametrize("language", LANGUAGES)


@dataclass(frozen=True)
class Difference:
    """The one value of the page's example at ``at`` that the server answers otherwise, and the reason.

    An index at the end of ``at`` is where a list has one value more.
    """

    at: tuple[str | int, ...]
    value: object
    reason: str


KNOWN_DIFFERENCES: Mapping[str, tuple[Difference, ...]] = {
    "list_chat_members": (
        Difference(
            at=("members", 1),
            value={"user_id": "631830849", "email_id": "scott.fisher@zylcal.com", "name": "Scott Fisher"},
            reason="The example lacks the caller, who must be a participant to ask: members are all participants.",
        ),
    ),
    "pin_message": (
        Difference(
            at=("data", "creator", "id"),
            value="631830849",
            reason="The page's Scott Fisher has three ids; whoever calls is the creator, here the list's sender.",
        ),
        Difference(
            at=("data", "expiry_time"),
            value=1748946453794,
            reason="The example answers -1 to the expiry that the body of its Body Parameters sends.",
        ),
        Difference(
            at=("data", "created_time"),
            value=STARTS_AT_MS,
            reason="A pin is made when it is called for, not in 2019.",
        ),
        Difference(
            at=("data", "last_modified_time"),
            value=STARTS_AT_MS,
            reason="As created_time.",
        ),
    ),
}
"""Where the answer to a sample differs from the documented example, by operation.

One thing more: the page's samples of ``pin_message`` send a placeholder, ``{"field1": "value1", ...}``, which lacks the
required ``id``. They get the documented 400, and the documented example once they send the page's own body.
"""


def expected_answer(section: Documented) -> object:
    """The page's example of the operation's success, with its known differences; None for a 204."""
    answer = copy.deepcopy(section.success_example)
    for difference in KNOWN_DIFFERENCES.get(section.name, ()):
        *path, last = difference.at
        place: Any = answer
        for key in path:
            place = place[key]
        if isinstance(last, int):
            place.insert(last, difference.value)
        else:
            assert last in place, "a difference must be to something that the page shows"
            place[last] = difference.value
    return answer


def read_answer(body: bytes) -> object:
    """A body as the page shows it: JSON, or None for the empty one of a 204."""
    return json.loads(body) if body else None


@pytest.fixture
def frozen(documentation: Running) -> Running:
    """The documentation's world with its clock standing still at its start."""
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": STARTS_AT})
    return documentation


def call(server: Running, section: Documented, **changes: Any) -> httpx.Response:
    """Make the documented call, save for what is changed about it. ``token=None`` sends none."""
    token = changes.pop("token", SAMPLE_TOKEN)
    request = {"method": section.method, "url": section.sample_path, "json": section.body_example} | changes
    request["headers"] = ({"Authorization": f"Bearer {token}"} if token else {}) | changes.get("headers", {})
    return server.http.request(**request)


def assert_refused(answer: httpx.Response, status: int) -> None:
    """The answer is the documented refusal and nothing else: the page's sentence as the body's only key."""
    assert (answer.status_code, answer.json()) == (status, {"message": SENTENCES[status]})


# The contract


def test_the_page_has_eight_operations_with_the_same_eight_refusals() -> None:
    """What the tests below rely on."""
    assert len(DOCUMENTED) == len({section.name for section in DOCUMENTED}) == 8
    assert all(section.errors == SENTENCES for section in DOCUMENTED)
    assert list(SENTENCES) == [400, 401, 403, 404, 405, 406, 429, 500]
    assert all(list(section.samples) == list(LANGUAGES) for section in DOCUMENTED)


def test_the_server_claims_the_contract_of_the_page_first(documentation: Running) -> None:
    """The first operations that the server says it has are the page's, in its order, with its numbers."""
    assert documentation.control("GET", "/operations")["operations"][: len(DOCUMENTED)] == [
        {
            "operation": section.name,
            "title": section.title,
            "method": section.method,
            "path": section.path,
            "scope": section.scope,
            "threshold": section.threshold,
            "threshold_source": "documented",
            "window_s": section.window.total_seconds(),
            "lock_s": section.lock_period.total_seconds(),
            "success": section.success_status,
            "statuses": section.statuses,
            "source": "documented",
        }
        for section in DOCUMENTED
    ]


def test_the_references_name_each_operation_once() -> None:
    """What the tests below rely on."""
    names = [each.name for each in (*EMULATED, *SAME_CALL, *NOT_EMULATED)]
    assert len(names) == len(set(names)) == 8 + 125 + 2, "the page's, those of v2's other pages, two seen elsewhere"


def test_the_server_claims_the_contract_of_v2_and_no_more(documentation: Running) -> None:
    """Every operation of the references, with their numbers, and no other one."""
    operations = documentation.control("GET", "/operations")["operations"]
    assert [each["operation"] for each in operations] == [each.name for each in EMULATED]
    for operation, promised in zip(operations, EMULATED, strict=True):
        success = operation["success"] if promised.success is None else promised.success
        assert operation["success"] in {200, 204}
        assert {name: value for name, value in operation.items() if name != "title"} == {
            "operation": promised.name,
            "method": promised.method,
            "path": operation["path"],
            "scope": " or ".join(promised.scopes) or None,
            "threshold": promised.threshold,
            "threshold_source": promised.threshold_source,
            "window_s": promised.window_s,
            "lock_s": promised.lock_s,
            "success": success,
            "statuses": [success, *SENTENCES],
            "source": promised.source,
        }
        assert shape(operation["path"]) == promised.path


def test_a_token_holds_every_scope_of_v2_unless_it_is_for_less(documentation: Running) -> None:
    """Those of operations that are not emulated too: what asks for them is answered by rules of a test's own."""
    state = documentation.control("GET", "/state")
    labels = {each["token"].removeprefix("1000.mockcliq."): each["scopes"] for each in state["tokens"]}
    assert labels.pop("readonly") == ["ZohoCliq.Chats.READ"]
    assert sorted(labels.pop(SAMPLE_TOKEN)) == sorted({section.scope for section in DOCUMENTED}), "its samples' own"
    assert {"owner", "member", "outsider", "1001.mockcliq.webhook"} <= set(labels)
    refreshed = [each["scopes"] for each in state["refresh_tokens"]]
    minted = documentation.control("POST", "/tokens")["scopes"]
    assert [sorted(scopes) for scopes in (*labels.values(), *refreshed, minted)] == [sorted(SCOPES)] * (len(labels) + 2)


@pytest.mark.parametrize("promised", SAME_CALL, ids=attrgetter("name"))
def test_an_operation_that_is_another_s_call_is_answered_as_that_one(
    promised: Promised, documentation: Running
) -> None:
    """It has that one's method, path and scope, so that its calls count to that one's threshold."""
    (other,) = (each for each in EMULATED if each.name == promised.same_call_as)
    assert (promised.method, promised.path) == (other.method, other.path)
    assert set(promised.scopes) <= set(other.scopes)
    limits = documentation.control("GET", "/limits")["limits"]
    assert [each["threshold"] for each in limits if each["operation"] == other.name] == [50]


@pytest.mark.parametrize("promised", NOT_EMULATED, ids=attrgetter("name"))
def test_every_other_operation_is_known_as_not_emulated(promised: Promised, documentation: Running) -> None:
    path = promised.path.replace("{}", "77")
    answer = call(documentation, DOCUMENTED[0], method=promised.method, url=path, json=None)
    assert_refused(answer, 404)
    assert answer.headers["X-Mockcliq-Reason"].startswith(f"not_emulated; have={promised.method} {path}; ")


def test_the_openapi_document_has_the_operations_of_the_page_as_it_has_them(documentation: Running) -> None:
    """What tools read of an operation is what the page says: its parameters, statuses and scope."""
    document = documentation.http.get("/openapi.json").json()
    assert {
        operation["operationId"]: {
            "summary": operation["summary"],
            "call": (method.upper(), path),
            "parameters": documented_parameters(document, operation),
            "statuses": [int(status) for status in operation["responses"]],
            "scopes": [scope for scheme in operation["security"] for scopes in scheme.values() for scope in scopes],
        }
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["operationId"] in {section.name for section in DOCUMENTED}
    } == {
        section.name: {
            "summary": section.title,
            "call": (section.method, section.path),
            "parameters": {(each.place, each.name, each.required) for each in section.parameters},
            "statuses": section.statuses,
            "scopes": [section.scope],
        }
        for section in DOCUMENTED
    }


def test_the_openapi_document_has_the_operations_of_v2_and_no_more(documentation: Running) -> None:
    """But those that share method and path with another, of which a document can have one alone."""
    document = documentation.http.get("/openapi.json").json()
    assert {
        operation["operationId"]: (
            method.upper(),
            shape(path),
            tuple(scope for scheme in operation["security"] for scopes in scheme.values() for scope in scopes),
            [int(status) for status in operation["responses"] if int(status) >= HTTPStatus.BAD_REQUEST],
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    } == {
        promised.name: (promised.method, promised.path, promised.scopes, list(SENTENCES))
        for promised in EMULATED
        if promised.same_call_as is None
    }


def documented_parameters(document: Any, operation: Any) -> set[tuple[str, str, bool]]:
    """Place, name and whether it is required of each parameter of an operation of an OpenAPI document."""
    parameters = {(each["in"], each["name"], each["required"]) for each in operation.get("parameters", ())}
    if "requestBody" in operation:
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        body = document["components"]["schemas"][reference.rpartition("/")[2]]
        parameters |= {("body", name, name in body["required"]) for name in body["properties"]}
    return parameters


@each_section
def test_an_operation_asks_for_the_documented_scope(section: Documented, documentation: Running) -> None:
    """A token with that scope alone will do, one with all the others will not."""
    scopes = {other.scope for other in DOCUMENTED}

    def token(*scopes: str) -> str:
        made = documentation.control("POST", "/tokens", json={"user": "631830849", "scopes": sorted(scopes)})
        return str(made["token"])

    assert_refused(call(documentation, section, token=token(*scopes - {section.scope})), 403)
    assert call(documentation, section, token=token(section.scope)).status_code == section.success_status


@each_section
def test_the_documented_threshold_is_all_that_a_minute_allows(section: Documented, frozen: Running) -> None:
    """As many calls pass as the page says, again after its window, and then not one more."""
    for _ in range(section.threshold):
        assert call(frozen, section).status_code != 429
    frozen.advance(seconds=section.window.total_seconds())
    for _ in range(section.threshold):
        assert call(frozen, section).status_code != 429
    assert_refused(call(frozen, section), 429)


@each_section
def test_crossing_the_threshold_locks_for_the_documented_period(section: Documented, frozen: Running) -> None:
    """The lock holds until its last second and not beyond."""
    for _ in range(section.threshold):
        call(frozen, section)
    assert_refused(call(frozen, section), 429)
    frozen.advance(seconds=section.lock_period.total_seconds() - 1)
    assert_refused(call(frozen, section), 429)
    frozen.advance(seconds=1)
    assert call(frozen, section).status_code != 429


# The request samples


@pytest.mark.slow
@each_language
@each_section
def test_a_sample_of_the_page_gets_its_documented_answer(section: Documented, language: str, frozen: Running) -> None:
    """Only scheme, host and port of the sample are changed, and the pin's body where the page has a placeholder."""
    if not available(language):
        pytest.skip(f"nothing here runs samples in {language}")
    sample = section.samples[language]
    if section.body_example is not None:
        sample = with_body(sample, language, section.body_example)
    status, body = replay(sample, language, frozen.url)
    assert (status, read_answer(body)) == (section.success_status, expected_answer(section))


@each_language
def test_a_pin_sample_with_its_placeholder_body_is_refused_as_documented(language: str, documentation: Running) -> None:
    """The page's own placeholder lacks the ``id`` that the page requires."""
    if not available(language):
        pytest.skip(f"nothing here runs samples in {language}")
    status, body = replay(documented("pin_message").samples[language], language, documentation.url)
    assert (status, read_answer(body)) == (400, {"message": SENTENCES[400]})


@pytest.mark.parametrize("name", ["list_direct_chats", "get_pinned_message"])
def test_an_answer_without_a_known_difference_is_the_page_s_to_the_letter(name: str, documentation: Running) -> None:
    """Keys in the page's order too, which a reader who compares the two by eye will expect."""
    section = documented(name)
    assert name not in KNOWN_DIFFERENCES
    assert json.dumps(call(documentation, section).json()) == json.dumps(section.success_example)


def test_the_documentation_world_s_clock_starts_where_the_page_s_expiry_lies_ahead(documentation: Running) -> None:
    """It starts on 2025-06-01 and runs: the page's ``expiry_time`` is two days later."""
    before = documentation.control("GET", "/clock")["now"]
    created = call(documentation, documented("pin_message")).json()["data"]["created_time"]
    assert before.startswith("2025-06-01T00:0")
    assert STARTS_AT_MS <= created < STARTS_AT_MS + 600_000


# The refusals


@each_section
@pytest.mark.parametrize("status", SENTENCES)
def test_a_refusal_asked_for_has_the_documented_sentence(
    section: Documented, status: int, documentation: Running
) -> None:
    """``Prefer: code=`` shows every documented refusal of every operation, without a token."""
    assert_refused(call(documentation, section, token=None, headers={"Prefer": f"code={status}"}), status)


MALFORMED_CHAT = "not.an.id"
UNKNOWN_CHAT = "CT_0000000000000000000_P00000000"


def elsewhere(section: Documented, chat: str) -> dict[str, Any]:
    """The documented call for another chat."""
    return {"url": section.sample_path.replace(PLACEHOLDER_CHAT, chat)}


CAUSES: Mapping[str, tuple[int, Callable[[Documented], dict[str, Any]]]] = {
    "no token": (401, lambda _: {"token": None}),
    "an unknown token": (401, lambda _: {"token": "1000.unknown"}),
    "a user who left the organisation": (403, lambda _: {"token": "1000.mockcliq.deactivated"}),
    "a path that is none": (404, lambda section: {"url": f"{section.sample_path}/"}),
    "another method": (405, lambda _: {"method": "PATCH"}),
    "no JSON wanted": (406, lambda _: {"headers": {"Accept": "text/html"}}),
}
"""What brings about a refusal on any operation, as the difference to the documented call."""

CHAT_CAUSES: Mapping[str, tuple[int, Callable[[Documented], dict[str, Any]]]] = {
    "a malformed chat id": (400, lambda section: elsewhere(section, MALFORMED_CHAT)),
    "a chat that is none": (404, lambda section: elsewhere(section, UNKNOWN_CHAT)),
    "a caller who is no participant": (403, lambda _: {"token": "1000.mockcliq.outsider"}),
}
"""The same for the operations on one chat."""


@each_section
@pytest.mark.parametrize("cause", CAUSES)
def test_any_operation_refuses_with_the_documented_sentence(
    section: Documented, cause: str, documentation: Running
) -> None:
    """The sentence is the page's, however the refusal comes about."""
    status, changes = CAUSES[cause]
    assert_refused(call(documentation, section, **changes(section)), status)


@pytest.mark.parametrize("section", DOCUMENTED[1:], ids=attrgetter("name"))
@pytest.mark.parametrize("cause", CHAT_CAUSES)
def test_an_operation_on_a_chat_refuses_with_the_documented_sentence(
    section: Documented, cause: str, documentation: Running
) -> None:
    """As above, for what only a chat's id can bring about."""
    status, changes = CHAT_CAUSES[cause]
    assert_refused(call(documentation, section, **changes(section)), status)


def test_a_malformed_parameter_is_refused_with_the_documented_sentence(documentation: Running) -> None:
    """The list has no chat id to spoil: its limit goes to 100."""
    assert_refused(call(documentation, documented("list_direct_chats"), params={"limit": "101"}), 400)


@each_section
def test_an_injected_fault_has_the_documented_sentence(section: Documented, documentation: Running) -> None:
    """A 500 never happens by itself."""
    fault = {"match": {"operation": section.name}, "then": {"status": 500}}
    documentation.control("POST", "/faults", json=fault)
    assert_refused(call(documentation, section), 500)
