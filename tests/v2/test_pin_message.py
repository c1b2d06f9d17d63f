"""Pin a message: the spellings of its id, of its expiry, and what is not a pin."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Running
from tests.office import (
    ADA,
    ELSEWHERE,
    EVE,
    EVERYONE,
    EVERYONE_ALIAS,
    LAUNCH,
    LAUNCH_NOON,
    LAUNCH_OLDER,
    MAX,
    NOON_MS,
    NOWHERE,
    WITH_MAX,
    WITH_MAX_LUNCH,
    WITHOUT_ADA,
    pin_body,
)
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

PIN = f"/chats/{LAUNCH}/stickymessage"
MIB = 1024 * 1024


def pinned(office: Running) -> dict[str, Any]:
    """What is pinned in the launch group, if anything is."""
    answer = office.as_("eve").get(PIN)
    assert_agreed(answer)
    data: dict[str, Any] = answer.json()["data"]
    return data


# The answer


def test_the_answer_is_as_the_reference_shows_it(office: Running) -> None:
    """The pin's times are numbers, those of its message strings; it has no type, which the GET's answer has."""
    answer = office.as_("owner").post(PIN, json=pin_body())
    assert_agreed(answer)
    assert answer.json() == {
        "data": {
            "expiry_time": -1,
            "creator": {"name": "Ada Byron", "id": ADA},
            "message": {
                "msg": "We launch at noon",
                "sender": EVE,
                "lmsgtime": "1748689200000",
                "msguid": "1748689200000%207001",
                "time": "1748689200000",
                "dname": "Eve Novak",
            },
            "created_time": NOON_MS,
            "last_modified_time": NOON_MS,
            "chat_id": LAUNCH,
        }
    }


def test_what_is_answered_is_what_is_pinned(office: Running) -> None:
    answer = office.as_("owner").post(PIN, json=pin_body(expiry_time=60_000, notify=True))
    assert pinned(office) == answer.json()["data"]


@pytest.mark.parametrize("label", ["owner", "member", "eve"])
def test_any_participant_may_pin_and_is_the_creator(label: str, office: Running) -> None:
    answer = office.as_(label).post(PIN, json=pin_body())
    ids = {"owner": ADA, "member": MAX, "eve": EVE}
    assert answer.json()["data"]["creator"]["id"] == ids[label]
    assert pinned(office)["creator"]["id"] == ids[label]


@pytest.mark.parametrize("chat", [EVERYONE, EVERYONE_ALIAS])
def test_a_message_of_a_channel_can_be_pinned_by_any_of_its_ids(chat: str, office: Running) -> None:
    answer = office.as_("owner").post(f"/chats/{chat}/stickymessage", json=pin_body("1748775600000_7006"))
    assert answer.json()["data"]["chat_id"] == EVERYONE


def test_a_message_of_a_one_to_one_chat_can_be_pinned(office: Running) -> None:
    assert_agreed(office.as_("owner").post(f"/chats/{WITH_MAX}/stickymessage", json=pin_body(WITH_MAX_LUNCH)))


def test_a_new_pin_replaces_the_one_before(office: Running) -> None:
    """One pin in a chat: nothing of the old one is left, not its creator, expiry or time."""
    office.as_("owner").post(PIN, json=pin_body(expiry_time=60_000))
    office.advance(seconds=30)
    assert_agreed(office.as_("eve").post(PIN, json=pin_body(LAUNCH_OLDER)))
    now = pinned(office)
    assert now["message"]["msguid"] == "1748685600000%207002"
    assert now["creator"] == {"name": "Eve Novak", "id": EVE}
    assert (now["expiry_time"], now["created_time"], now["last_modified_time"]) == (
        -1,
        NOON_MS + 30_000,
        NOON_MS + 30_000,
    )
    office.advance(minutes=10)
    assert pinned(office) == now


def test_the_same_message_can_be_pinned_again(office: Running) -> None:
    for _ in range(2):
        assert_agreed(office.as_("owner").post(PIN, json=pin_body()))
    assert pinned(office)["message"]["msguid"] == "1748689200000%207001"


def test_a_refused_pin_leaves_the_old_one_in_place(office: Running) -> None:
    office.as_("owner").post(PIN, json=pin_body())
    before = pinned(office)
    for body in (pin_body(NOWHERE), pin_body(LAUNCH_OLDER, expiry_time=0), pin_body(LAUNCH_OLDER, notify="yes")):
        assert_refused(office.as_("owner").post(PIN, json=body), 400)
    assert pinned(office) == before


# The id


@pytest.mark.parametrize("spelling", ["{}_{}", "{}%20{}", "{} {}", "{}%2520{}"])
def test_an_id_has_four_spellings_and_is_answered_in_one(spelling: str, office: Running) -> None:
    answer = office.as_("owner").post(PIN, json={"id": spelling.format(1748689200000, 7001)})
    assert_agreed(answer)
    assert answer.json()["data"]["message"]["msguid"] == "1748689200000%207001"


@pytest.mark.parametrize(
    "message",
    [
        NOWHERE,
        ELSEWHERE,
        WITH_MAX_LUNCH,
        "",
        " ",
        "_",
        "1748689200000",
        "1748689200000_",
        "_7001",
        "1748689200000-7001",
        "1748689200000__7001",
        "1748689200000_7001 ",
        " 1748689200000_7001",
        "1748689200000_7001\n",
        "1748689200000_7001\u0000",
        "1748689200000%257001",
        "1748689200000%2525207001",
        "01748689200000_7001",
        "1748689200000_07001",
        "1748689200000.0_7001",
        "\u0661748689200000_7001",
        "' OR 1=1 --",
        "a" * 10_000,
        None,
        1748689200000,
        1748689200000.7001,
        True,
        [LAUNCH_NOON],
        {"id": LAUNCH_NOON},
    ],
)
def test_the_id_of_no_message_in_this_chat_is_refused(message: object, office: Running) -> None:
    """A message of another chat is none of this one, even where the caller may read it."""
    assert_refused(office.as_("owner").post(PIN, json={"id": message}), 400)
    assert pinned(office) == {}


# The expiry


@pytest.mark.parametrize("expiry", [{}, {"expiry_time": ""}, {"expiry_time": -1}, {"expiry_time": "-1"}])
def test_a_pin_without_an_end_never_expires(expiry: dict[str, Any], office: Running) -> None:
    """Absent, empty or -1, in either type; the answer says -1."""
    answer = office.as_("owner").post(PIN, json=pin_body(**expiry))
    assert answer.json()["data"]["expiry_time"] == -1
    office.control("PUT", "/clock", json={"mode": "frozen", "now": "2999-12-31T23:59:59Z"})
    assert pinned(office)["expiry_time"] == -1


@pytest.mark.parametrize(
    ("expiry", "at"),
    [
        (NOON_MS + 1, NOON_MS + 1),
        (1_748_946_453_794, 1_748_946_453_794),  # the reference's example
        ("1748946453794", 1_748_946_453_794),
        (9_223_372_036_854_775_807, 9_223_372_036_854_775_807),  # a long
        (1, NOON_MS + 1),
        ("1", NOON_MS + 1),
        (3_600_000, NOON_MS + 3_600_000),
        ("3600000", NOON_MS + 3_600_000),
        (NOON_MS // 1000, NOON_MS + NOON_MS // 1000),  # in seconds, as some clients send it: a span of twenty days
        (999_999_999_999, NOON_MS + 999_999_999_999),
    ],
)
def test_an_expiry_is_a_moment_or_a_span_and_answered_as_the_moment(
    expiry: int | str, at: int, office: Running
) -> None:
    """From 10^12 on it is epoch milliseconds, below that milliseconds from now; a numeric string is a number."""
    answer = office.as_("owner").post(PIN, json=pin_body(expiry_time=expiry))
    assert_agreed(answer)
    assert answer.json()["data"]["expiry_time"] == at
    assert type(answer.json()["data"]["expiry_time"]) is int
    assert pinned(office)["expiry_time"] == at


@pytest.mark.parametrize(
    "expiry",
    [
        0,
        "0",
        -2,
        "-2",
        -0.5,
        1.5,
        "1.5",
        60_000.5,
        "1748946453794.5",
        True,
        False,
        "true",
        "soon",
        " ",
        "1748946453794ms",
        "1,748,946,453,794",
        "0x10",
        "1e13",
        "2025-06-02T00:00:00Z",
        "\u0661748946453794",
        [],
        {},
        [1_748_946_453_794],
        {"time": 1_748_946_453_794},
        1_000_000_000_000,  # the first that is a moment: 2001
        NOON_MS - 1,
        str(NOON_MS - 1),
        9_223_372_036_854_775_808,
        10**30,
        "9" * 30,
    ],
)
def test_an_expiry_that_is_no_number_or_past_is_refused(expiry: object, office: Running) -> None:
    """Neither 0, a fraction, a boolean, nor a negative number other than -1 is one."""
    assert_refused(office.as_("owner").post(PIN, json=pin_body(expiry_time=expiry)), 400)
    assert pinned(office) == {}


@pytest.mark.parametrize("expiry", [60_000, "60000", NOON_MS + 60_000, str(NOON_MS + 60_000)])
def test_a_pin_is_gone_after_its_time(expiry: int | str, office: Running) -> None:
    """By the world's clock."""
    office.as_("owner").post(PIN, json=pin_body(expiry_time=expiry))
    office.advance(seconds=59.999)
    assert pinned(office)["expiry_time"] == NOON_MS + 60_000
    office.advance(seconds=0.002)
    assert office.as_("owner").get(PIN).json() == {"type": "stickymessage", "data": {}}


def test_after_an_expired_pin_another_can_be_made(office: Running) -> None:
    office.as_("owner").post(PIN, json=pin_body(expiry_time=1000))
    office.advance(minutes=1)
    assert_agreed(office.as_("eve").post(PIN, json=pin_body(LAUNCH_OLDER)))
    assert pinned(office)["creator"]["id"] == EVE


# The other arguments


@pytest.mark.parametrize("notify", [True, False])
def test_notify_is_a_boolean(notify: bool, office: Running) -> None:
    assert_agreed(office.as_("owner").post(PIN, json=pin_body(notify=notify)))


@pytest.mark.parametrize("notify", ["true", "", 0, 1, 0.0, [], {}, [True]])
def test_notify_that_is_no_boolean_is_refused(notify: object, office: Running) -> None:
    assert_refused(office.as_("owner").post(PIN, json=pin_body(notify=notify)), 400)


def test_unknown_keys_are_ignored(office: Running) -> None:
    unknown: dict[str, Any] = {"ID": "x", "expiry": -5, "chat_id": 7, "": None, "__proto__": {}}
    assert_agreed(office.as_("owner").post(PIN, json=pin_body(**unknown)))
    assert_agreed(office.as_("owner").post(PIN, params={"id": "x", "expiry_time": "-5"}, json=pin_body()))


# The body


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=UTF-8", "text/plain", "application/x-www-form-urlencoded", "", None],
)
def test_a_body_is_read_as_json_whatever_its_content_type(content_type: str | None, office: Running) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert_agreed(office.as_("owner").post(PIN, content=b'{"id": "1748689200000_7001"}', headers=headers))


def test_white_space_around_a_body_is_json_too(office: Running) -> None:
    assert_agreed(office.as_("owner").post(PIN, content=b'\r\n\t {"id" : "1748689200000\\u005f7001"}\n'))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"id": "1748689200000_7001"',
        b'{"id": "1748689200000_7001"} {}',
        b"{'id': '1748689200000_7001'}",
        b'{"id": "1748689200000_7001", "expiry_time": NaN}',
        b'{"id": "1748689200000_7001", "expiry_time": Infinity}',
        b'{"id": "\xff"}',
        b'{"id": "\\ud800"}',
        b"id=1748689200000_7001",
        b"null",
        b"true",
        b"1",
        b'"1748689200000_7001"',
        b"[]",
        b'[{"id": "1748689200000_7001"}]',
        b"{}",
        b'{"expiry_time": -1, "notify": false}',
        b'{"field1":"value1","field2":"value2"}',
        b"[" * 100_000,
        b'{"id":' * 100_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_body_that_is_no_json_object_with_an_id_is_refused(body: bytes, office: Running) -> None:
    assert_refused(office.as_("owner").post(PIN, content=body), 400)


def test_a_body_of_a_mebibyte_is_read(office: Running) -> None:
    body = b'{"id": "1748689200000_7001"}'
    assert_agreed(office.as_("owner").post(PIN, content=body + b" " * (MIB - len(body))))


def test_a_body_of_more_than_a_mebibyte_is_refused(office: Running) -> None:
    body = b'{"id": "1748689200000_7001"}'
    assert_refused(office.as_("owner").post(PIN, content=body + b" " * (MIB + 1 - len(body))), 400)
    assert pinned(office) == {}


def test_a_body_of_more_than_a_mebibyte_is_refused_where_its_length_is_not_announced(office: Running) -> None:
    chunks = iter([b'{"id": "1748689200000_7001"}', *[b" " * 65_536] * 16])
    assert_refused(office.as_("owner").post(PIN, content=chunks), 400)
    assert pinned(office) == {}


def test_a_body_announced_as_too_large_is_refused_unread(office: Running) -> None:
    """Nobody sends it."""
    with connected(office.port) as wire:
        wire.send(request("POST", f"/api/v2{PIN}", f"Content-Length: {MIB + 1}"))
        assert_refused(wire.answer(), 400)


def test_who_hangs_up_before_the_body_is_complete_has_pinned_nothing(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("POST", f"/api/v2{PIN}", "Content-Length: 100"), b'{"id": "1748689200000_7001"}')
    assert pinned(office) == {}


# Who may not


def test_who_is_not_in_the_chat_cannot_pin(office: Running) -> None:
    assert_refused(office.as_("outsider").post(PIN, json=pin_body()), 403)
    assert_refused(office.as_("owner").post(f"/chats/{WITHOUT_ADA}/stickymessage", json=pin_body(ELSEWHERE)), 403)
    assert pinned(office) == {}
