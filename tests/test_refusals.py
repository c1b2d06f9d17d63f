"""The refusals of the reference: all eight on every operation, and every way in which each of them comes about."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any
from urllib.parse import quote

import h11
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.rules import INVALID_INPUT, UNKNOWN_PATH
from tests.answers import JSON_TYPE, REASON, REQUEST_ID, assert_agreed, assert_refused, reason_of
from tests.conftest import Running, Serve
from tests.office import (
    ADA,
    ELSEWHERE,
    EVERYONE_ALIAS,
    LAUNCH,
    LAUNCH_NOON,
    NOON_MS,
    NOWHERE,
    WITH_MAX,
    WITHOUT_ADA,
    call,
    pin_body,
)
from tests.profiles import examples
from tests.reference import DOCUMENTED, SENTENCES, Documented, documented
from tests.wire import connected

pytest_plugins = ("tests.office_server",)

Changes = dict[str, Any]

LIST = documented("list_direct_chats")
PIN = documented("pin_message")
ON_A_CHAT = [section for section in DOCUMENTED if section is not LIST]
UNKNOWN_CHAT = "2999"

each_section = pytest.mark.parametrize("section", DOCUMENTED, ids=attrgetter("name"))
each_section_on_a_chat = pytest.mark.parametrize("section", ON_A_CHAT, ids=attrgetter("name"))


# Each status, on each operation


NATURAL: Mapping[int, Callable[[Documented], Changes]] = {
    400: lambda section: {"params": {"limit": "0"}} if section is LIST else {"chat": "not.an.id"},
    401: lambda _: {"label": None},
    403: lambda section: {"label": f"without.{section.scope}"},
    404: lambda section: {"path": "/chat"} if section is LIST else {"chat": UNKNOWN_CHAT},
    405: lambda _: {"method": "PATCH"},
    406: lambda _: {"headers": {"Accept": "text/html"}},
    429: lambda _: {},
    500: lambda _: {"headers": {"Prefer": "code=500"}},
}
"""What brings each refusal about on any operation, as the change to a call that would pass."""


@each_section
@pytest.mark.parametrize("status", SENTENCES)
def test_every_documented_refusal_comes_about_on_every_operation(
    section: Documented, status: int, office: Running
) -> None:
    """With the documented sentence as the whole of the body, a reason, and a request id."""
    if status == httpx.codes.TOO_MANY_REQUESTS:
        for _ in range(20):
            assert call(office, section).status_code != status
    assert_refused(call(office, section, **NATURAL[status](section)), status)


@each_section
def test_the_documented_success_comes_about_on_every_operation(section: Documented, office: Running) -> None:
    assert_agreed(call(office, section), section.success_status)


@each_section
def test_a_refusal_s_body_has_not_a_byte_more_than_its_sentence(section: Documented, office: Running) -> None:
    """No framework's detail, no reason of ours: a client's parser sees what Zoho's would."""
    answer = call(office, section, label=None)
    sentence = "Request was rejected because of invalid AuthToken."
    assert answer.content in {
        json.dumps({"message": sentence}).encode(),
        json.dumps({"message": sentence}, separators=(",", ":")).encode(),
    }


def test_no_two_answers_have_the_same_request_id(office: Running) -> None:
    ids = [
        call(office, section, label=label).headers[REQUEST_ID] for section in DOCUMENTED for label in ("owner", None)
    ]
    assert len(set(ids)) == 16


def test_a_reason_tells_the_rule_what_was_seen_and_what_was_wanted(office: Running) -> None:
    answer = call(office, documented("mute_chat"), label="readonly")
    assert reason_of(answer) == "scope_missing; have=ZohoCliq.Chats.READ; need=ZohoCliq.Chats.UPDATE"


@given(st.text() | st.from_regex(r"[ a\t]*", fullmatch=True))
def test_a_reason_is_a_header_whatever_was_sent(text: str) -> None:
    """By h11's rules, which are HTTP's: a server on it could not answer otherwise."""
    for rule in (INVALID_INPUT, UNKNOWN_PATH):
        refusal = Refusal(rule, name=text, value=text, need=text, path=text, nearest=text)
        line = refusal.reason().line.encode("ascii")
        assert h11.Response(status_code=400, headers=[(b"x", line)]).headers.raw_items() == [(b"x", line)]


@each_section
def test_every_reason_has_the_three_parts(section: Documented, office: Running) -> None:
    for status, changes in NATURAL.items():
        if status != httpx.codes.TOO_MANY_REQUESTS:
            rule, have, need = reason_of(call(office, section, **changes(section))).split("; ", 2)
            assert rule.replace("_", "").isalpha()
            assert have.startswith("have=")
            assert need.startswith("need=")


def test_without_debug_headers_neither_id_nor_reason_is_sent(serve: Serve) -> None:
    """MOCKCLIQ_DEBUG_HEADERS=off."""
    server = serve(world="documentation", debug_headers="off")
    for label, status in (("owner", 200), ("unheard_of", 401)):
        answer = server.as_(label).get("/chats")
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == JSON_TYPE
        assert not {name for name in answer.headers if name.startswith("x-mockcliq")}
    with connected(server.port) as wire:
        wire.send(b"no HTTP at all\r\n\r\n")
        answer = wire.answer()
        assert answer.json() == {"message": SENTENCES[400]}
        assert not {name for name in answer.headers if name.startswith("x-mockcliq")}


# 400


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "many"},
        {"modified_before": "tomorrow"},
        {"modified_after": "12:00"},
        {"modified_after": "2025-06-01T00:00:00Z", "modified_before": "2025-05-01T00:00:00Z"},
        {"drafts": "maybe"},
    ],
    ids=str,
)
def test_400_for_a_query_that_the_list_cannot_read(query: dict[str, str], office: Running) -> None:
    assert_refused(call(office, LIST, params=query), 400)


def test_400_for_an_unknown_field_of_members(office: Running) -> None:
    assert_refused(call(office, documented("list_chat_members"), params={"fields": "phone"}), 400)


@pytest.mark.parametrize(
    "chat",
    ["a.b", "a b", "a,b", "chat!", "é", "%00", "%0A", "CT_1%0A", "*", "a" * 201, "%20", "..%3B", "@me", "{CHAT_ID}"],
)
def test_400_for_a_malformed_chat_id(chat: str, office: Running) -> None:
    """Letters, digits, underscores and hyphens, at most 200 of them."""
    for section in ON_A_CHAT:
        assert_refused(call(office, section, chat=chat if "%" in chat else quote(chat)), 400)


@each_section_on_a_chat
def test_a_chat_id_of_200_characters_is_well_formed(section: Documented, office: Running) -> None:
    """So it is the id of no chat."""
    assert_refused(call(office, section, chat="Aa0_-" * 40), 404)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        "{}",
        json.dumps({"id": NOWHERE}),
        json.dumps({"id": ELSEWHERE}),
        json.dumps({"id": LAUNCH_NOON, "expiry_time": "soon"}),
        json.dumps({"id": LAUNCH_NOON, "expiry_time": NOON_MS - 1}),
        json.dumps({"id": LAUNCH_NOON, "notify": "yes"}),
    ],
)
def test_400_for_a_body_that_pins_nothing(body: str, office: Running) -> None:
    assert_refused(call(office, PIN, content=body), 400)


@each_section
def test_400_for_a_body_of_more_than_a_mebibyte(section: Documented, office: Running) -> None:
    """Also where no body is wanted."""
    assert_refused(call(office, section, content=b" " * (1024 * 1024 + 1)), 400)


def test_400_for_leaving_a_one_to_one_chat(office: Running) -> None:
    assert_refused(call(office, documented("leave_chat"), chat=WITH_MAX), 400)


# 401


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Zoho-oauthtoken",
        "1000.mockcliq.owner",
        "Basic MTAwMC5tb2NrY2xpcS5vd25lcg==",
        "Token 1000.mockcliq.owner",
        "OAuth 1000.mockcliq.owner",
        "Zoho-authtoken 1000.mockcliq.owner",
        "BearerX 1000.mockcliq.owner",
        "Bearer, 1000.mockcliq.owner",
        "Bearer 1000.unheard.of",
        "Bearer 1000.mockcliq.OWNER",
        "Bearer 1000.mockcliq.owne",
        "Bearer 1000.mockcliq.owner1",
        "Bearer Bearer 1000.mockcliq.owner",
        "Bearer 1000.mockcliq.owner 1000.mockcliq.owner",
        "Bearer 1000.mockcliq.expired",
        "Bearer 1000.mockcliq.revoked",
        "Bearer 1000.mockcliq.%",
        "Bearer null",
    ],
)
def test_401_for_what_is_no_valid_token(authorization: str, office: Running) -> None:
    """On every operation."""
    for section in DOCUMENTED:
        assert_refused(call(office, section, label=None, headers={"Authorization": authorization}), 401)


@each_section
def test_401_for_no_authorization_at_all(section: Documented, office: Running) -> None:
    """Neither a query parameter nor a cookie will do instead."""
    assert_refused(call(office, section, label=None), 401)
    assert_refused(call(office, section, label=None, params={"access_token": "1000.mockcliq.owner"}), 401)
    assert_refused(call(office, section, label=None, headers={"Cookie": "token=1000.mockcliq.owner"}), 401)


def test_401_from_the_moment_a_token_expires(office: Running) -> None:
    """By the world's clock, which stands an hour before that moment."""
    office.advance(minutes=59, seconds=59.999)
    assert_agreed(call(office, LIST, label="until_one"))
    office.advance(seconds=0.001)
    assert_refused(call(office, LIST, label="until_one"), 401)
    assert_agreed(call(office, LIST, label="owner"))


@pytest.mark.parametrize("year", ["0001", "1969", "2100", "9999"])
def test_whatever_the_clock_the_fixed_tokens_are_what_they_are(year: str, office: Running) -> None:
    """None of them ever expires, and the expired one always has."""
    office.control("PUT", "/clock", json={"mode": "frozen", "now": f"{year}-01-01T00:00:00Z"})
    for label in ("owner", "member", "outsider", "readonly"):
        assert_agreed(call(office, LIST, label=label))
    for label in ("expired", "revoked"):
        assert_refused(call(office, LIST, label=label), 401)
    assert_refused(call(office, LIST, label="deactivated"), 403)


@pytest.mark.parametrize(
    "scheme", ["Bearer", "bearer", "BEARER", "Zoho-oauthtoken", "zoho-oauthtoken", "ZOHO-OAUTHTOKEN"]
)
def test_two_schemes_are_known_in_any_case(scheme: str, office: Running) -> None:
    headers = {"Authorization": f"{scheme} 1000.mockcliq.owner"}
    for section in DOCUMENTED:
        assert_agreed(call(office, section, label=None, headers=headers), section.success_status)


# 403


@each_section
def test_403_for_a_token_without_the_scope(section: Documented, office: Running) -> None:
    """With all the others, or with none; the scope alone will do."""
    assert_refused(call(office, section, label=f"without.{section.scope}"), 403)
    assert_refused(call(office, section, label="scopeless"), 403)
    assert_agreed(call(office, section, label=f"only.{section.scope}"), section.success_status)


@each_section
def test_the_scope_for_all_grants_each_of_the_four(section: Documented, office: Running) -> None:
    assert_agreed(call(office, section, label="all"), section.success_status)


@each_section
def test_403_for_a_deactivated_user(section: Documented, office: Running) -> None:
    assert_refused(call(office, section, label="deactivated"), 403)


@each_section_on_a_chat
def test_403_for_who_is_not_in_the_chat(section: Documented, office: Running) -> None:
    """Someone of the organisation in none of its chats, and the owner in a chat of two others."""
    assert_refused(call(office, section, label="outsider"), 403)
    assert_refused(call(office, section, chat=WITHOUT_ADA, json=pin_body(ELSEWHERE)), 403)


@each_section_on_a_chat
def test_403_for_who_is_no_longer_in_the_chat(section: Documented, office: Running) -> None:
    office.as_("owner").post(f"/chats/{LAUNCH}/leave")
    assert_refused(call(office, section), 403)


# 404


@pytest.mark.parametrize("path", ["{}/", "{}//", "{}/more", "/{}", "{}.json", "{}x"])
def test_404_for_a_path_that_is_not_quite_one(path: str, office: Running) -> None:
    """A trailing slash included: no redirect."""
    for section in DOCUMENTED:
        assert_refused(call(office, section, path=path.replace("{}", section.path.removeprefix("/api/v2"))), 404)


@pytest.mark.parametrize("chat", [UNKNOWN_CHAT, "CT_3001_900-C2", "0", "-", "_", LAUNCH + "0", "ct_3001_900-c1"])
def test_404_for_a_well_formed_id_of_no_chat(chat: str, office: Running) -> None:
    for section in ON_A_CHAT:
        assert_refused(call(office, section, chat=chat), 404)


def test_a_chat_answers_to_its_alias(office: Running) -> None:
    assert_agreed(call(office, documented("list_chat_members"), chat=EVERYONE_ALIAS))


# 405, 406 and 429 have files of their own: test_http.py and test_rate_limit.py. 500


def test_500_comes_about_by_itself_under_no_circumstances(office: Running) -> None:
    """A request for it, which test_prefer.py is about, is the one way here."""
    assert_refused(call(office, LIST, headers={"Prefer": "code=500"}), 500)
    assert_agreed(call(office, LIST))


WORDS = st.text(max_size=30) | st.sampled_from(
    [LAUNCH, EVERYONE_ALIAS, LAUNCH_NOON, ADA, "-1", "1748946453794", "true"]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
KNOWN_KEYS = st.sampled_from(
    ["limit", "modified_before", "modified_after", "drafts", "fields", "id", "expiry_time", "notify"]
)
BODIES = st.binary(max_size=50) | (JSON_VALUES | st.dictionaries(KNOWN_KEYS | WORDS, JSON_VALUES, max_size=4)).map(
    lambda value: json.dumps(value).encode()
)


@pytest.mark.hypothesis
def test_whatever_is_sent_the_answer_is_a_documented_one(office: Running) -> None:
    """And never the 500, which would be a fault of this program."""
    office.control("PUT", "/limits", json={"threshold": 1_000_000})

    @examples(60)
    @given(
        section=st.sampled_from(DOCUMENTED),
        chat=WORDS,
        query=st.dictionaries(KNOWN_KEYS | WORDS, WORDS, max_size=4),
        body=BODIES,
        accept=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.strip),
    )
    def send(section: Documented, chat: str, query: dict[str, str], body: bytes, accept: str) -> None:
        headers = {"Accept": accept}
        answer = call(office, section, chat=quote(chat, safe=""), params=query, content=body, headers=headers)
        if answer.is_success:
            assert_agreed(answer, section.success_status)
        else:
            assert_refused(answer, answer.status_code)
            assert answer.status_code in {400, 403, 404, 406}, answer.headers[REASON]

    send()
