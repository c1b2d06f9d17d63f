"""The threshold and the lock: 20 calls in any 60 s, then 10 minutes of 429, for a user and an operation."""

from __future__ import annotations

from contextlib import ExitStack
from operator import attrgetter

import httpx
import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running, Serve
from tests.office import ADA, LAUNCH, call
from tests.reference import DOCUMENTED, Documented, documented
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

LIST = documented("list_direct_chats")
MEMBERS = documented("list_chat_members")
MUTE = documented("mute_chat")

each_section = pytest.mark.parametrize("section", DOCUMENTED, ids=attrgetter("name"))


def passing(office: Running, how_many: int, section: Documented = LIST, label: str = "owner") -> None:
    """Make so many calls, all of which pass."""
    for _ in range(how_many):
        answer = call(office, section, label=label)
        assert answer.status_code != httpx.codes.TOO_MANY_REQUESTS, reason_of(answer)


def refused(office: Running, how_many: int = 1, section: Documented = LIST, label: str = "owner") -> None:
    """Make so many calls, all of which are refused for their number."""
    for _ in range(how_many):
        assert_refused(call(office, section, label=label), 429)


# The threshold


@each_section
def test_twenty_calls_pass_and_the_twenty_first_is_refused(section: Documented, office: Running) -> None:
    passing(office, 20, section)
    refused(office, 1, section)


def test_a_call_counts_until_exactly_sixty_seconds_after_it(office: Running) -> None:
    passing(office, 20)
    office.advance(seconds=60)
    passing(office, 20)
    refused(office)


def test_a_call_still_counts_a_millisecond_before(office: Running) -> None:
    passing(office, 20)
    office.advance(seconds=59.999)
    refused(office)


def test_the_window_slides_with_each_call(office: Running) -> None:
    """Not with the minute of the clock: of 10 calls at 0 s and 10 at 50 s, the first 10 stop counting at 60 s."""
    passing(office, 10)
    office.advance(seconds=50)
    passing(office, 10)
    office.advance(seconds=10)
    passing(office, 10)
    refused(office)


def test_a_call_every_three_seconds_passes_for_ever(office: Running) -> None:
    for _ in range(100):
        passing(office, 1)
        office.advance(seconds=3)


def test_a_call_slightly_more_often_ends_in_a_lock(office: Running) -> None:
    """The 21st of them falls into the 60 s of the first."""
    for _ in range(20):
        passing(office, 1)
        office.advance(seconds=2.999)
    refused(office)


# The lock


def test_the_lock_holds_for_exactly_ten_minutes(office: Running) -> None:
    """From the call that was refused, not from the first one that counted."""
    passing(office, 20)
    office.advance(seconds=30)
    refused(office)
    office.advance(minutes=9, seconds=59.999)
    refused(office)
    office.advance(seconds=0.001)
    passing(office, 1)


def test_refused_calls_do_not_extend_the_lock(office: Running) -> None:
    passing(office, 20)
    refused(office, 30)
    for _ in range(9):
        office.advance(minutes=1)
        refused(office, 3)
    office.advance(minutes=1)
    passing(office, 1)


def test_after_the_lock_the_count_starts_at_zero(office: Running) -> None:
    """Neither what passed nor what was refused is remembered."""
    passing(office, 20)
    refused(office, 5)
    office.advance(seconds=599)
    refused(office, 20)
    office.advance(seconds=1)
    passing(office, 20)
    refused(office)


def test_the_count_may_run_out_again_and_the_lock_is_as_long(office: Running) -> None:
    for _ in range(3):
        passing(office, 20)
        refused(office, 2)
        office.advance(seconds=599.999)
        refused(office)
        office.advance(seconds=0.001)


def test_a_locked_out_call_changes_nothing(office: Running) -> None:
    leave = documented("leave_chat")
    office.control("POST", "/limits/exhaust", json={"user": ADA, "operation": leave.name})
    refused(office, 1, leave)
    assert any(row["chat_id"] == LAUNCH for row in office.as_("owner").chats())


# Whose calls, of what


def test_the_limit_is_the_user_s_and_not_the_token_s(office: Running) -> None:
    """Two tokens of one person share it."""
    passing(office, 10, label="owner")
    passing(office, 10, label="readonly")
    refused(office, label="owner")
    refused(office, label="readonly")
    refused(office, label="all")


def test_other_users_are_unaffected(office: Running) -> None:
    passing(office, 20, label="owner")
    refused(office, label="owner")
    for label in ("member", "eve", "outsider"):
        passing(office, 20, label=label)


@each_section
def test_each_operation_has_a_count_of_its_own(section: Documented, office: Running) -> None:
    """Also those that share a path, or a scope."""
    passing(office, 20, section)
    refused(office, 1, section)
    for other in DOCUMENTED:
        if other is not section:
            assert call(office, other).status_code != httpx.codes.TOO_MANY_REQUESTS


def test_all_chats_and_queries_of_an_operation_share_one_count(office: Running) -> None:
    """By whatever prefix it is called."""
    for number in range(5):
        call(office, MEMBERS, chat=LAUNCH)
        call(office, MEMBERS, chat="2001", params={"fields": "name"})
        call(office, MEMBERS, chat=f"29{number}")
        office.http.get(
            "/network/office/api/v2/chats/CT_3001_900-C1/members",
            headers={"Authorization": "Zoho-oauthtoken 1000.mockcliq.owner"},
        )
    refused(office, 1, MEMBERS)


# At once


@pytest.mark.parametrize("section", [LIST, MUTE], ids=attrgetter("name"))
def test_of_many_simultaneous_calls_exactly_twenty_pass(section: Documented, office: Running) -> None:
    """200 connections, each with its call on the way before the first answer is read."""
    message = request(section.method, section.path.replace("{CHAT_ID}", LAUNCH))
    with ExitStack() as stack:
        wires = [stack.enter_context(connected(office.port)) for _ in range(200)]
        for wire in wires:
            wire.send(message)
        statuses = [wire.answer().status_code for wire in wires]
    assert statuses.count(section.success_status) == 20
    assert statuses.count(429) == 180


def test_of_pipelined_calls_the_first_twenty_pass(office: Running) -> None:
    with connected(office.port) as wire:
        wire.send(request("GET", "/api/v2/chats") * 25)
        assert [wire.answer().status_code for _ in range(25)] == [200] * 20 + [429] * 5


# Settings


def test_no_header_tells_of_the_limit_by_default(office: Running) -> None:
    """The reference documents none."""
    for _ in range(22):
        answer = call(office, LIST)
        assert not {name for name in answer.headers if "ratelimit" in name or name == "retry-after"}


def test_the_limit_can_be_turned_off(serve: Serve) -> None:
    """MOCKCLIQ_RATE_LIMIT=off."""
    office = serve(world="documentation", rate_limit="off")
    owner = office.as_("owner")
    for _ in range(50):
        assert_agreed(owner.get("/chats"))


def frozen(server: Running) -> Running:
    server.control("PUT", "/clock", json={"mode": "frozen"})
    return server


def test_retry_after_tells_a_refused_caller_the_seconds_to_wait(serve: Serve) -> None:
    """MOCKCLIQ_RATE_LIMIT_HEADERS=retry-after: whole seconds, never too few."""
    server = frozen(serve(world="documentation", rate_limit_headers="retry-after"))
    owner = server.as_("owner")
    for _ in range(20):
        assert "Retry-After" not in owner.get("/chats").headers
    assert owner.get("/chats").headers["Retry-After"] == "600"
    server.advance(seconds=0.5)
    assert owner.get("/chats").headers["Retry-After"] == "600"
    server.advance(minutes=9)
    assert owner.get("/chats").headers["Retry-After"] == "60"
    server.advance(seconds=60)
    assert_agreed(owner.get("/chats"))


def test_x_ratelimit_tells_every_caller_how_many_calls_are_left(serve: Serve) -> None:
    """MOCKCLIQ_RATE_LIMIT_HEADERS=x-ratelimit."""
    server = frozen(serve(world="documentation", rate_limit_headers="x-ratelimit"))
    owner = server.as_("owner")
    for left in range(19, -1, -1):
        answer = owner.get("/chats")
        assert answer.headers["X-RateLimit-Limit"] == "20"
        assert answer.headers["X-RateLimit-Remaining"] == str(left)
    answer = owner.get("/chats")
    assert_refused(answer, 429)
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Reset"] == "600"
    server.advance(minutes=10)
    assert owner.get("/chats").headers["X-RateLimit-Remaining"] == "19"


def test_x_ratelimit_is_told_whatever_becomes_of_a_call_that_counts(serve: Serve) -> None:
    """And not to one that does not."""
    owner = serve(world="documentation", rate_limit_headers="x-ratelimit").as_("owner")
    assert owner.get("/chats", params={"limit": "0"}).headers["X-RateLimit-Remaining"] == "19"
    assert owner.get("/chats", headers={"Accept": "text/html"}).headers["X-RateLimit-Remaining"] == "18"
    assert "X-RateLimit-Remaining" not in owner.get("/chats", headers={"Authorization": ""}).headers
    assert "X-RateLimit-Remaining" not in owner.get("/nowhere").headers
