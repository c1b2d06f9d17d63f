"""What is known of Cliq and not emulated: a call is told so before its token is judged."""

from __future__ import annotations

import pytest

from tests.answers import assert_refused, reason_of
from tests.conftest import Running

NEED = "need=a rule of yours (POST /_mockcliq/faults)"

KNOWN = {
    "list_teams": "GET /api/v2/teams",
    "remove_team_member": "DELETE /api/v2/teams/77/members/631830849",
    "list_departments": "GET /api/v2/departments",
    "update_department": "PUT /api/v2/departments/77",
    "get_designation": "GET /api/v2/designations/77",
    "create_role": "POST /api/v2/profiles",
    "update_role_permissions": "PUT /api/v2/profiles/77/permissions",
    "list_reminders": "GET /api/v2/reminders",
    "delete_reminders": "DELETE /api/v2/reminders/batch",
    "remind_assignee": "PUT /api/v2/reminders/77/users/631830849/remind",
    "create_user_field": "POST /api/v2/userfields",
    "update_user": "PUT /api/v2/users/631830849",
    "list_user_layouts": "GET /api/v2/users/layout",
    "list_user_teams": "GET /api/v2/users/scott.fisher@zylker.com/teams",
    "check_in": "PUT /api/v2/me/checkin",
    "check_out": "PUT /api/v2/me/checkout",
    "approve_channel": "POST /api/v2/channels/O77/approve",
    "reject_channel": "POST /api/v2/channels/O77/reject",
    "schedule_message": "POST /api/v2/chats/987000000654321/scheduledmessages",
    "export_chats": "GET /maintenanceapi/v2/chats",
    "export_chat_messages": "GET /maintenanceapi/v2/chats/987000000654321/messages",
}
"""Calls of the operations by name: a few of each group."""

PREFIXES = ("", "/network/zylker", "/company/60001234567", "/w/default", "/w/default/company/60001234567")


@pytest.mark.parametrize("name", KNOWN)
def test_a_call_is_told_that_it_is_not_emulated(name: str, documentation: Running) -> None:
    """By method and path as called, below every prefix, with the documented 404."""
    method, path = KNOWN[name].split(" ")
    for prefix in PREFIXES:
        answer = documentation.http.request(method, prefix + path)
        assert_refused(answer, 404)
        assert reason_of(answer) == f"not_emulated; have={method} {prefix}{path}; {NEED}"


def test_no_token_is_asked_for_and_none_changes_it(documentation: Running) -> None:
    for label in ("owner", "readonly", "unheard_of", "deactivated"):
        answer = documentation.as_(label).get("/reminders")
        assert reason_of(answer) == f"not_emulated; have=GET /api/v2/reminders; {NEED}"


def test_it_is_in_the_journal_with_advice(documentation: Running) -> None:
    documentation.http.post("/api/v2/reminders", json={"content": "Water the plants"})
    (entry,) = documentation.control("GET", "/requests")["requests"]
    assert (entry["operation"], entry["method"], entry["path"]) == (None, "POST", "/api/v2/reminders")
    explained = documentation.control("GET", f"/requests/{entry['id']}")["explanation"]
    assert explained["rule"] == "not_emulated"
    assert "POST /_mockcliq/faults" in explained["advice"]
    assert explained["nearest_route"] is None


def test_a_method_that_no_such_path_has_is_refused_as_such(documentation: Running) -> None:
    answer = documentation.http.patch("/api/v2/reminders")
    assert_refused(answer, 405)
    assert answer.headers["Allow"] == "GET, POST"
    assert reason_of(answer) == "method_not_allowed; have=PATCH; need=GET, POST"


def test_an_emulated_path_keeps_its_methods(documentation: Running) -> None:
    answer = documentation.http.patch("/api/v2/chats")
    assert_refused(answer, 405)
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/reminder",
        "/api/v2/reminders/",
        "/api/v2/reminders/77/snoozes",
        "/api/v2/teams/77/members/1/2",
        "/api/v1/reminders",
        "/api/v1/chats",
        "/api/v3/reminders",
        "/maintenanceapi/v2/teams",
        "/maintenanceapi/v1/chats",
        "/reminders",
        "/nowhere",
    ],
)
def test_a_path_that_nobody_documents_stays_unknown(path: str, documentation: Running) -> None:
    answer = documentation.as_("owner").server.http.get(path)
    assert_refused(answer, 404)
    assert reason_of(answer).startswith(f"unknown_path; have={path}; ")


def test_a_world_that_there_is_not_is_told_first(documentation: Running) -> None:
    answer = documentation.http.get("/w/nobody/api/v2/reminders")
    assert_refused(answer, 404)
    assert reason_of(answer).startswith("unknown_world; have=nobody; ")


def test_nothing_of_it_is_called_an_operation(documentation: Running) -> None:
    """Neither the list nor the document promises what is not there."""
    paths = {each["path"] for each in documentation.control("GET", "/operations")["operations"]}
    document = documentation.http.get("/openapi.json").json()
    assert not any("reminders" in path or "teams" in path for path in (*paths, *document["paths"]))
