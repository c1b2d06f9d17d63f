"""A request may ask for one documented refusal: ``Prefer: code=429``, without a token and without any set-up."""

from __future__ import annotations

from operator import attrgetter

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running, Serve
from tests.office import LAUNCH, call
from tests.reference import DOCUMENTED, SENTENCES, Documented, documented

pytest_plugins = ("tests.office_server",)

LIST = documented("list_direct_chats")

each_section = pytest.mark.parametrize("section", DOCUMENTED, ids=attrgetter("name"))


@each_section
def test_every_documented_refusal_can_be_asked_for(section: Documented, office: Running) -> None:
    """Whatever the token."""
    for status in SENTENCES:
        for label in ("owner", "unheard_of", None):
            assert_refused(call(office, section, label=label, headers={"Prefer": f"code={status}"}), status)


@pytest.mark.parametrize(
    "prefer",
    [
        "code=429",
        "CODE=429",
        "Code=429",
        'code="429"',
        "code = 429",
        " code=429 ",
        "respond-async, code=429",
        "respond-async;wait=10, code=429",
        "wait=10,code=429",
        "code=429, respond-async",
        "code=429; strict",
        "example=cat; code=429",
    ],
)
def test_a_preference_has_the_spellings_of_its_rfc(prefer: str, office: Running) -> None:
    """RFC 7240: a list, names in any case, values quoted or not, parameters after a semicolon."""
    assert_refused(call(office, LIST, label=None, headers={"Prefer": prefer.strip()}), 429)


@pytest.mark.parametrize(
    "prefer",
    [
        "",
        "code",
        "code=",
        "code=0",
        "code=42",
        "code=4290",
        "code=abc",
        "code=-429",
        "code=402",
        "code=418",
        "code=503",
        "code=100",
        "code=302",
        "statuscode=429",
        "xcode=429",
        "respond-async",
        "example=429",
    ],
)
def test_what_asks_for_no_documented_refusal_does_nothing(prefer: str, office: Running) -> None:
    assert_agreed(call(office, LIST, headers={"Prefer": prefer}))
    assert_refused(call(office, LIST, label=None, headers={"Prefer": prefer}), 401)


@pytest.mark.parametrize("code", [200, 204, 201])
def test_asking_for_a_success_does_nothing(code: int, office: Running) -> None:
    """The call is made as it would have been, and refused as it would have been."""
    headers = {"Prefer": f"code={code}"}
    for section in DOCUMENTED:
        assert_refused(call(office, section, label=None, headers=headers), 401)
        assert_agreed(call(office, section, headers=headers), section.success_status)


@each_section
def test_nothing_is_counted(section: Documented, office: Running) -> None:
    """Neither for the refusal asked for, be it a 429, nor against the threshold."""
    office.control("PUT", "/limits", json={"threshold": 1})
    for status in (429, 400, 500):
        assert_refused(call(office, section, headers={"Prefer": f"code={status}"}), status)
    assert_agreed(call(office, section), section.success_status)


def test_nothing_is_done(office: Running) -> None:
    """The group is not left, the message is not pinned."""
    for name in ("leave_chat", "pin_message"):
        assert_refused(call(office, documented(name), headers={"Prefer": "code=500"}), 500)
    assert office.as_("owner").get(f"/chats/{LAUNCH}/stickymessage").json()["data"] == {}


def test_a_lock_does_not_stand_in_the_way(office: Running) -> None:
    office.control("POST", "/limits/exhaust", json={"operation": LIST.name, "lock": True})
    assert_refused(call(office, LIST, headers={"Prefer": "code=404"}), 404)
    assert_refused(call(office, LIST), 429)


def test_only_an_operation_can_be_asked(office: Running) -> None:
    """An unknown path or method goes before."""
    headers = {"Prefer": "code=500"}
    assert_refused(call(office, LIST, path="/nowhere", headers=headers), 404)
    assert_refused(call(office, LIST, method="DELETE", headers=headers), 405)


@each_section
def test_a_405_that_was_asked_for_has_its_allow_header_too(section: Documented, office: Running) -> None:
    """As one that came about by itself."""
    asked = call(office, section, headers={"Prefer": "code=405"})
    assert asked.headers["Allow"] == call(office, section, method="PATCH").headers["Allow"]


def test_it_can_be_turned_off(serve: Serve) -> None:
    """MOCKCLIQ_PREFER=off."""
    server = serve(world="documentation", prefer="off")
    assert_agreed(server.as_("owner").get("/chats", headers={"Prefer": "code=429"}))
    assert_refused(server.as_("unheard_of").get("/chats", headers={"Prefer": "code=429"}), 401)
