"""A request that is wrong in two ways: one order of refusals for all operations, and what counts against the threshold.

unknown path 404 → method not allowed 405 → injected fault → token 401 → user not active 403 → scope 403 → rate limit
429 → Accept admits no JSON 406 → parameters and body 400 → unknown chat 404 → not a participant 403 → own rules 400.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import httpx
import pytest

from tests.answers import assert_agreed, assert_refused, reason_of
from tests.conftest import Running
from tests.office import ADA, DAN, LAUNCH, LAUNCH_NOON, NOWHERE, WITH_MAX, WITHOUT_ADA, call, pin_body
from tests.reference import DOCUMENTED, Documented, documented
from tests.wire import connected, request

pytest_plugins = ("tests.office_server",)

Changes = dict[str, Any]

LIST = documented("list_direct_chats")
PIN = documented("pin_message")
LEAVE = documented("leave_chat")
TOO_LARGE = b" " * (1024 * 1024 + 1)


class Wrong(NamedTuple):
    """A way to be refused: the status, and what to change about a call that would pass; None where it cannot be."""

    status: int
    changes: Callable[[Documented], Changes | None]


def own_rule(section: Documented) -> Changes | None:
    """What an operation's own rules refuse; most have none."""
    if section is PIN:
        return {"json": pin_body(NOWHERE)}
    return {"chat": WITH_MAX} if section is LEAVE else None


def on_a_chat(changes: Changes) -> Callable[[Documented], Changes | None]:
    return lambda section: None if section is LIST else changes


WRONGS: Mapping[str, Wrong] = {
    "path": Wrong(404, lambda section: {"path": section.path.removeprefix("/api/v2") + "/"}),
    "method": Wrong(405, lambda _: {"method": "PATCH"}),
    "fault": Wrong(500, lambda _: {"headers": {"Prefer": "code=500"}}),
    "token": Wrong(401, lambda _: {"label": "unheard_of"}),
    "user": Wrong(403, lambda _: {"label": "deactivated"}),
    "scope": Wrong(403, lambda section: {"label": f"without.{section.scope}"}),
    "rate": Wrong(429, lambda _: {}),
    "accept": Wrong(406, lambda _: {"headers": {"Accept": "text/html"}}),
    "inputs": Wrong(400, lambda _: {"content": TOO_LARGE, "params": {"limit": "0", "fields": "phone"}}),
    "chat": Wrong(404, on_a_chat({"chat": "2999"})),
    "participant": Wrong(403, on_a_chat({"chat": WITHOUT_ADA})),
    "own rule": Wrong(400, own_rule),
}
"""In the order of refusals. The rate limit's is a lock that stands before the call."""

BOTH_OF_A_TOKEN = {("token", "user"): "gone_and_expired", ("user", "scope"): "gone_and_scopeless"}
"""Tokens that are wrong in two ways; one that nobody issued has no scope either."""


def wrong_in_both(earlier: str, later: str, section: Documented) -> Changes | None:
    """The changes of both; where they exclude each other the earlier's, unless a request can be wrong in both ways."""
    first, second = WRONGS[earlier].changes(section), WRONGS[later].changes(section)
    if first is None or second is None or (earlier, later) == ("chat", "participant"):
        return None
    label = {"label": BOTH_OF_A_TOKEN[earlier, later]} if (earlier, later) in BOTH_OF_A_TOKEN else {}
    headers = {**second.get("headers", {}), **first.get("headers", {})}
    both = {**second, **first, **label, "headers": headers}
    if "content" in both:
        both.pop("json", None)
    return both


def rule(answer: httpx.Response) -> str:
    """The rule that refused, which tells two refusals of one status apart."""
    return reason_of(answer).partition(";")[0]


PAIRS = list(combinations(WRONGS, 2))


@pytest.mark.parametrize(("earlier", "later"), PAIRS, ids=map(" before ".join, PAIRS))
def test_of_two_refusals_the_earlier_one_is_given(earlier: str, later: str, office: Running) -> None:
    """On every operation on which a request can be wrong in both ways."""
    for section in DOCUMENTED:
        both = wrong_in_both(earlier, later, section)
        if both is None:
            continue
        if "rate" in {earlier, later}:
            lock_out(section, office)
        answer = call(office, section, **both)
        assert_refused(answer, WRONGS[earlier].status)
        if WRONGS[earlier].status == WRONGS[later].status:
            assert rule(answer) == rule(call(office, section, **alone(earlier, section)))


def alone(name: str, section: Documented) -> Changes:
    changes = WRONGS[name].changes(section)
    assert changes is not None
    return changes


def lock_out(section: Documented, office: Running) -> None:
    """Lock everyone out of the operation whose token a test may send."""
    for user in (ADA, DAN):
        office.control("POST", "/limits/exhaust", json={"user": user, "operation": section.name, "lock": True})


def test_each_wrong_alone_is_refused_with_its_status(office: Running) -> None:
    """What the test above relies on."""
    for section in DOCUMENTED:
        for name, (status, changes) in WRONGS.items():
            change = changes(section)
            if change is not None and name != "rate":
                assert_refused(call(office, section, **change), status)
        assert_agreed(call(office, section, label="eve"), section.success_status)


def test_an_injected_fault_stands_where_one_that_a_request_asks_for_does(office: Running) -> None:
    """After path and method, before the token; and it does not count."""
    allow_one_call(office)
    for section in DOCUMENTED:
        office.control("POST", "/faults", json={"match": {"operation": section.name}, "then": {"status": 500}})
        assert_refused(call(office, section, **alone("path", section)), 404)
        assert_refused(call(office, section, **alone("method", section)), 405)
        for name in ("token", "user", "scope", "accept", "inputs"):
            assert_refused(call(office, section, **alone(name, section)), 500)
        assert_refused(call(office, section), 500)
    office.control("DELETE", "/faults")
    for section in DOCUMENTED:
        assert_agreed(call(office, section), section.success_status)


# Nothing about a request is parsed before its token is judged


UNREADABLE: Mapping[str, Changes] = {
    "a body that is no JSON": {"content": b"{"},
    "a body that is too large": {"content": TOO_LARGE},
    "a query that makes no sense": {"params": {"limit": "x", "modified_before": "x", "drafts": "x", "fields": "x"}},
    "a chat id that is none": {"chat": "not.an.id"},
    "an Accept without JSON": {"headers": {"Accept": "text/html"}},
    "an Accept that is none": {"headers": {"Accept": ";;;q=x"}},
}


@pytest.mark.parametrize("cause", UNREADABLE)
def test_nothing_is_parsed_before_the_token_is_judged(cause: str, office: Running) -> None:
    """No token, no scope, too many calls: each is told first."""
    for section in DOCUMENTED:
        assert_refused(call(office, section, label=None, **UNREADABLE[cause]), 401)
        assert_refused(call(office, section, label="deactivated", **UNREADABLE[cause]), 403)
        assert_refused(call(office, section, label="scopeless", **UNREADABLE[cause]), 403)
        lock_out(section, office)
        assert_refused(call(office, section, **UNREADABLE[cause]), 429)


@pytest.mark.parametrize(
    ("status", "token", "headers"),
    [
        (404, "1000.mockcliq.owner", []),
        (405, "1000.mockcliq.owner", []),
        (429, "1000.mockcliq.owner", ["Prefer: code=429"]),
        (401, "1000.unheard.of", []),
        (401, None, []),
        (403, "1000.mockcliq.deactivated", []),
        (403, "1000.mockcliq.readonly", []),
        (406, "1000.mockcliq.owner", ["Accept: text/html"]),
    ],
)
def test_a_body_is_not_waited_for_where_it_does_not_matter(
    status: int, token: str | None, headers: list[str], office: Running
) -> None:
    """It is announced, and never comes."""
    method = "PUT" if status == 405 else "POST"
    path = f"/api/v2/chats/{LAUNCH}/stickymessage" + ("/" if status == 404 else "")
    with connected(office.port) as wire:
        wire.send(request(method, path, "Content-Length: 100", *headers, token=token))
        assert_refused(wire.answer(), status)


# What counts against the threshold


def allow_one_call(office: Running) -> None:
    office.control("PUT", "/limits", json={"threshold": 1})


@pytest.mark.parametrize("cause", ["accept", "inputs", "chat", "participant", "own rule"])
def test_a_request_counts_once_it_has_passed_the_scope_check(cause: str, office: Running) -> None:
    """Whatever becomes of it afterwards: the one call that is allowed has been made."""
    allow_one_call(office)
    for section in DOCUMENTED:
        changes = WRONGS[cause].changes(section)
        if changes is not None:
            assert_refused(call(office, section, **changes), WRONGS[cause].status)
            assert_refused(call(office, section), 429)


@pytest.mark.parametrize("cause", ["path", "method", "fault", "token", "user", "scope"])
def test_a_request_that_was_refused_before_does_not_count(cause: str, office: Running) -> None:
    allow_one_call(office)
    for section in DOCUMENTED:
        for _ in range(2):
            assert_refused(call(office, section, **alone(cause, section)), WRONGS[cause].status)
        assert_agreed(call(office, section), section.success_status)
        assert_refused(call(office, section), 429)


def test_a_preflight_does_not_count(office: Running) -> None:
    allow_one_call(office)
    for _ in range(2):
        headers = {"Origin": "https://page.test", "Access-Control-Request-Method": "GET"}
        assert call(office, LIST, method="OPTIONS", headers=headers).is_success
    assert_agreed(call(office, LIST))


def test_a_mebibyte_too_much_counts_like_any_other_body(office: Running) -> None:
    """Though it was not read."""
    allow_one_call(office)
    with connected(office.port) as wire:
        wire.send(request("POST", f"/api/v2/chats/{LAUNCH}/stickymessage", f"Content-Length: {len(TOO_LARGE)}"))
        assert_refused(wire.answer(), 400)
    assert_refused(call(office, PIN, json=pin_body(LAUNCH_NOON)), 429)
