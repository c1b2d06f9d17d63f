"""The two profiles of refusals: as the reference documents them, and as the live service was observed to answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockcliq.gateway.styles.observed import SEEN
from tests.answers import JSON_TYPE, assert_refused, reason_of
from tests.conftest import Cliq, Running, Serve
from tests.doc_parts import all_rules
from tests.office import ADA, EVERYONE, LAUNCH, LAUNCH_NOON, LAUNCH_OLDER, NOWHERE, WITHOUT_ADA, pin_body
from tests.profiles import examples
from tests.reference import SENTENCES

pytest_plugins = ("tests.office_server",)

URL_INVALID = {
    "message": "The request URL is invalid. Please check the URL pattern.",
    "code": "request_url_invalid",
}
TOKEN_INVALID = {"message": "Invalid OAuth token passed.", "code": "oauthtoken_invalid"}
FAILED = {
    "message": "Sorry, we couldn't process your request due to a technical error. Please try again later.",
    "code": "operation_failed",
}
THROTTLED = {"message": "You have exceeded the URL throttle limits.", "code": "request_limit_exceeded"}
SCOPE_INVALID = {
    "message": "The OAuth token passed does not have the required scope.",
    "code": "oauthtoken_scope_invalid",
}
METHOD_INVALID = {
    "message": "The HTTP Method you are trying is invalid. Please check the HTTP method.",
    "code": "request_method_invalid",
}
TEXT = {"text": "Shift notes are ready."}


def extra_key(name: str) -> dict[str, str]:
    return {"message": f"'{name}' is an extra key in the JSON Object.", "code": "extra_key_found"}


def observe(server: Running, profile: str = "observed") -> None:
    """Choose the profile of the default world."""
    assert server.control("PUT", "/profile", json={"profile": profile}) == {"profile": profile}


def post(server: Running, path: str, body: Any, label: str = "owner", **arguments: Any) -> httpx.Response:
    return server.as_(label).post(path, json=body, **arguments)


# What was seen


@pytest.mark.parametrize(
    ("call", "documented", "status", "body"),
    [
        ("unheard_of GET /chats", 401, 401, TOKEN_INVALID),
        ("owner GET /nowhere", 404, 400, URL_INVALID),
        ("owner POST /chats/2999/mute", 404, 400, URL_INVALID),
        ("owner POST /chats/not.an.id/mute", 400, 400, URL_INVALID),
        ("owner PUT /chats", 405, 400, METHOD_INVALID),
        ("readonly POST /chats/2002/mute", 403, 401, SCOPE_INVALID),
        (f"owner GET /chats/{LAUNCH}/messages/{NOWHERE}", 404, 400, FAILED),
        ("owner POST /channelsbyname/nowhere/message", 404, 400, FAILED),
        ("owner POST /channels/O2999/message", 404, 400, URL_INVALID),
    ],
)
def test_a_refusal_is_as_it_was_seen(
    call: str, documented: int, status: int, body: Mapping[str, str], office: Running
) -> None:
    """The reason stays what it is."""
    label, method, path = call.split(" ")
    body_of_a_post = {"json": TEXT} if path.endswith("/message") else {}
    first = office.as_(label).call(method, path, **body_of_a_post)
    assert_refused(first, documented)
    observe(office)
    second = office.as_(label).call(method, path, **body_of_a_post)
    assert (second.status_code, second.json()) == (status, body)
    assert second.headers["Content-Type"] == JSON_TYPE
    assert reason_of(first) == reason_of(second)


def test_without_a_token_there_is_no_json(office: Running) -> None:
    observe(office)
    answer = office.http.get("/api/v2/chats")
    assert (answer.status_code, answer.content) == (401, b"\n\n")
    assert answer.headers.get_list("Content-Type") == ["text/html"]
    assert reason_of(answer).startswith("token_missing; ")


def test_a_throttled_call_is_a_400(office: Running) -> None:
    observe(office)
    office.control("POST", "/limits/exhaust", json={"operation": "list_direct_chats"})
    answer = office.as_("owner").get("/chats")
    assert (answer.status_code, answer.json()) == (400, THROTTLED)
    assert reason_of(answer).startswith("rate_limited; ")
    (entry,) = office.control("GET", "/requests", params={"limit": 1})["requests"]
    assert entry["status"] == 400
    explained = office.control("GET", f"/requests/{entry['id']}")["explanation"]
    assert explained["lock_ends"] == "2025-06-01T12:10:00.000Z"


def test_a_message_to_oneself_and_a_missing_key(office: Running) -> None:
    observe(office)
    answer = post(office, "/buddies/ada@office.test/message", TEXT)
    assert (answer.status_code, answer.json()["code"]) == (400, "buddies_self_message_restricted")
    answer = post(office, "/buddies/max@office.test/message", {"sync_message": True})
    assert answer.json() == {"message": "The param 'text' is missing.", "code": "param_missing"}
    answer = post(office, "/buddies/nobody@office.test/message", TEXT)
    assert (answer.status_code, answer.json()) == (400, FAILED)
    answer = post(office, f"/chats/{LAUNCH}/stickymessage", pin_body(NOWHERE))
    assert (answer.status_code, answer.json()) == (400, FAILED)


def test_a_bot_that_is_not_there_and_one_that_is_elsewhere(office: Running) -> None:
    world = office.control("GET", "/state")
    world["bots"] = [{"unique_name": "buildbot", "name": "Build Bot"}]
    world["tokens"] = []
    made = office.control("POST", "/worlds", json={"state": world, "profile": "observed"})
    token = office.control("POST", f"/worlds/{made['id']}/tokens", json={"user": "ada@office.test"})["token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"/api/v2/chats/{EVERYONE}/message"
    answer = office.http.post(url, params={"bot_unique_name": "buildbot"}, json=TEXT, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"message": SENTENCES[400], "code": "bot_not_member"})
    answer = office.http.post("/api/v2/bots/nobot/message", json=TEXT, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"message": "The bot you're looking for couldn't be found."})


def test_somebody_else_s_message(office: Running) -> None:
    """Of these answers a program was seen to look for the words."""
    observe(office)
    edited = office.as_("owner").call("PUT", f"/chats/{LAUNCH}/messages/{LAUNCH_NOON}", json=TEXT)
    deleted = office.as_("owner").delete(f"/chats/{LAUNCH}/messages/{LAUNCH_NOON}")
    assert (edited.status_code, deleted.status_code) == (400, 400)
    assert "disabled your permission to edit messages" in edited.json()["message"]
    assert "disabled your permission to delete messages" in deleted.json()["message"]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ("deactivated GET /chats", 403),
        (f"owner GET /chats/{WITHOUT_ADA}/members", 403),
        ("owner GET /chats?limit=0", 400),
        ("owner GET /reminders", 404),
    ],
)
def test_what_nobody_saw_is_as_documented(call: str, status: int, office: Running) -> None:
    observe(office)
    label, method, path = call.split(" ")
    assert_refused(office.as_(label).call(method, path), status)


def test_a_success_is_the_same_in_both(office: Running) -> None:
    documented = office.as_("owner").get("/chats").content
    observe(office)
    assert office.as_("owner").get("/chats").content == documented


# Keys and parameters that an operation does not know


@pytest.mark.parametrize("path", ["/chats", f"/chats/{LAUNCH}/members", f"/chats/{LAUNCH}/messages"])
def test_an_extra_parameter_is_refused_where_it_was_seen_to_be(path: str, office: Running) -> None:
    assert office.as_("owner").get(path, params={"from": "0"}).status_code == 200
    observe(office)
    answer = office.as_("owner").get(path, params={"from": "0"})
    assert (answer.status_code, answer.json()) == (400, {"message": SENTENCES[400], "code": "extra_param_found"})
    assert reason_of(answer).startswith("extra_param; have=from; ")


def test_a_known_parameter_is_no_extra_one(office: Running) -> None:
    observe(office)
    assert office.as_("owner").get(f"/chats/{LAUNCH}/messages", params={"limit": "1"}).status_code == 200
    webhook = {"zapikey": "1001.mockcliq.webhook"}
    assert office.http.post(f"/api/v2/chats/{LAUNCH}/message", params=webhook, json=TEXT).status_code == 204
    assert post(office, f"/chats/{LAUNCH}/message", TEXT, params=webhook).status_code == 204


@pytest.mark.parametrize(
    ("body", "name", "have"),
    [
        ({"content": "a"}, "content", "content"),
        (TEXT | {"chatid": LAUNCH}, "chatid", "chatid"),
        (TEXT | {"bot": {"name": "CI", "url": "x"}}, "url", "bot.url"),
        (TEXT | {"card": {"title": "Deploy", "buttons": []}}, "buttons", "card.buttons"),
        (TEXT | {"a.b": 1}, "a.b", "a.b"),
        (TEXT | {"\u00e9'\n": None}, "\u00e9'\n", None),
    ],
)
def test_an_extra_key_is_refused_at_any_depth(body: Any, name: str, have: str | None, office: Running) -> None:
    """Before a key that is missing, as it was seen."""
    observe(office)
    answer = post(office, f"/chats/{LAUNCH}/message", body)
    assert (answer.status_code, answer.json()) == (400, extra_key(name))
    assert have is None or reason_of(answer).startswith(f"extra_key; have={have}; ")
    observe(office, "documented")
    assert post(office, f"/chats/{LAUNCH}/message", TEXT | body).status_code == 204


def test_the_body_of_a_pin_has_its_keys_too(office: Running) -> None:
    observe(office)
    answer = post(office, f"/chats/{LAUNCH}/stickymessage", pin_body(field1="value1"))
    assert (answer.status_code, answer.json()) == (400, extra_key("field1"))
    assert post(office, f"/chats/{LAUNCH}/stickymessage", pin_body()).status_code == 200


def test_a_card_and_its_slides_take_what_they_took(office: Running) -> None:
    observe(office)
    rich = {"card": {"title": "a", "theme": "poll", "icon": "b"}, "slides": [{"type": "text", "data": "x", "any": 1}]}
    assert post(office, f"/chats/{LAUNCH}/message", TEXT | rich | {"buttons": [{"label": "Go"}]}).status_code == 204


# Refusals on demand


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, FAILED),
        (401, TOKEN_INVALID),
        (403, SCOPE_INVALID),
        (404, URL_INVALID),
        (405, METHOD_INVALID),
        (406, {"message": SENTENCES[406]}),
        (429, THROTTLED),
        (500, {"message": SENTENCES[500]}),
    ],
)
def test_a_status_that_is_asked_for_has_the_words_of_the_profile(
    status: int, body: Mapping[str, str], office: Running
) -> None:
    """By a header, or by a fault rule without a body."""
    prefer = {"Prefer": f"code={status}"}
    assert_refused(office.as_("owner").get("/chats", headers=prefer), status)
    observe(office)
    preferred = office.as_("owner").get("/chats", headers=prefer)
    office.control("POST", "/faults", json={"match": {"path": "/*"}, "then": {"status": status}})
    injected = office.as_("owner").get("/chats")
    elsewhere = office.http.get("/made-up")
    for answer in (preferred, injected, elsewhere):
        assert (answer.status_code, answer.json()) == (status, body)
        assert answer.headers.get_list("Content-Type") == [JSON_TYPE]


# Where a page gives codes


def test_a_documented_code_stands_beside_the_message(office: Running) -> None:
    """Of the page of direct messages alone."""
    unknown = post(office, "/buddies/nobody@office.test/message", TEXT)
    assert (unknown.status_code, unknown.json()) == (404, {"message": SENTENCES[404], "code": "operation_failed"})
    assert_refused(post(office, "/buddies/ada@office.test/message", TEXT), 400)
    assert_refused(post(office, "/chats/2999/message", TEXT), 404)


# Choosing


def test_a_server_has_a_profile_for_all_its_worlds(serve: Serve) -> None:
    server = serve(world="empty", profile="observed")
    assert server.control("GET", "/profile") == {"profile": "observed"}
    assert server.http.get("/api/v2/nowhere").json() == URL_INVALID
    made = server.control("POST", "/worlds", json={})
    other = server.control("POST", "/worlds", json={"profile": "documented"})
    assert server.http.get(f"/w/{made['id']}/api/v2/nowhere").json() == URL_INVALID
    assert_refused(server.http.get(f"/w/{other['id']}/api/v2/nowhere"), 404)


def test_a_world_has_a_profile_of_its_own_and_a_reset_brings_it_back(office: Running) -> None:
    made = office.control("POST", "/worlds", json={"world": "empty", "profile": "observed"})
    there, path = f"/worlds/{made['id']}", f"/w/{made['id']}/api/v2/nowhere"
    assert office.control("GET", f"{there}/profile") == {"profile": "observed"}
    assert office.http.get(path).status_code == 400
    assert office.http.get("/api/v2/nowhere").status_code == 404
    office.control("PUT", f"{there}/profile", json={"profile": "documented"})
    assert office.http.get(path).status_code == 404
    office.control("POST", f"{there}/reset", json={"what": ["data", "limits"]})
    assert office.http.get(path).status_code == 404
    office.control("POST", f"{there}/reset")
    assert office.http.get(path).status_code == 400
    observe(office)
    office.control("POST", "/reset")
    assert office.control("GET", "/profile") == {"profile": "documented"}


def test_a_snapshot_holds_it(office: Running) -> None:
    observe(office)
    office.control("PUT", "/snapshots/seen")
    observe(office, "documented")
    office.control("POST", "/snapshots/seen/restore")
    assert office.control("GET", "/profile") == {"profile": "observed"}


@pytest.mark.parametrize("body", [{}, {"profile": "live"}, {"profile": None}, {"profile": "observed", "strict": True}])
def test_another_profile_is_refused(body: Any, office: Running) -> None:
    answer = office.http.put("/_mockcliq/profile", json=body)
    assert answer.status_code == 422
    assert office.control("GET", "/profile") == {"profile": "documented"}
    if body:
        assert office.http.post("/_mockcliq/worlds", json={"profile": "live"}).status_code == 422


# The table


def test_every_row_is_of_a_rule_that_there_is() -> None:
    rules = all_rules()
    for key, seen in SEEN.items():
        assert key in rules, key
        assert seen.source
        assert seen.weight in ("O", "D", "I")


NOUNS = ["chats", "bots", "buddies", "channels", "messages", "message", "mute", "members", "stickymessage", "reminders"]
IDS = [LAUNCH, LAUNCH_OLDER, WITHOUT_ADA, EVERYONE, NOWHERE, "2999", "no.id", "ada@office.test", "nobot", "teams"]
WORDS = st.sampled_from([*NOUNS, *IDS])
BODIES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["text", "id", "expiry_time", "content", "bot", "card", "sync_message"]) | st.text(max_size=5),
    st.sampled_from(["", "a", 1, None, NOWHERE, LAUNCH_NOON, {"name": "a"}, {"buttons": []}, {"x": 1}, [1]]),
    max_size=3,
)
CALLS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
        "path": st.lists(WORDS, min_size=1, max_size=4).map("/".join),
        "label": st.sampled_from(
            ["owner", "owner", "owner", "readonly", "outsider", "deactivated", "unheard_of", None]
        ),
        "params": st.dictionaries(st.sampled_from(["limit", "from", "zapikey", "fromtime", "x"]), st.just("0")),
        "content": st.none() | BODIES.map(json.dumps) | st.sampled_from(["{", "[]", "\x00"]),
    }
)


def expected(name: str, status: int) -> list[tuple[int, str, Any]]:
    """What each row of that name says: status, media type and body, with ``{name}`` where the call's own stands."""
    rows: list[tuple[int, str, Any]] = []
    for key, (row, _, _) in SEEN.items():
        if key.partition(":")[0] == name:
            message = SENTENCES[row.status] if row.message is None else row.message
            if row.media_type == b"text/html":
                rows.append((row.status, "text/html", message))
            else:
                body = {"message": message} | ({} if row.code is None else {"code": row.code})
                rows.append((row.status, JSON_TYPE, body))
    # Variants of a rule that nobody saw, and rules that nobody saw.
    if name not in SEEN:
        rows.append((status, JSON_TYPE, {"message": SENTENCES[status]}))
    return rows


def is_like(answer: httpx.Response, row: tuple[int, str, Any]) -> bool:
    """Whether an answer is what a row says."""
    status, media_type, body = row
    if (answer.status_code, answer.headers["Content-Type"]) != (status, media_type):
        return False
    if media_type != JSON_TYPE:
        return bool(answer.text == body)
    told = answer.json()
    before, names, after = body["message"].partition("{name}")
    message = told.pop("message")
    rest = {key: value for key, value in body.items() if key != "message"}
    if names:
        return bool(told == rest and message.startswith(before) and message.endswith(after))
    return bool(told == rest and message == before)


@given(CALLS)
@example({"method": "POST", "path": f"chats/{LAUNCH}/message", "label": "owner", "params": {}, "content": "{}"})
@example({"method": "GET", "path": "chats", "label": None, "params": {}, "content": None})
@examples(300)
def test_whatever_is_refused_is_refused_by_its_row(office: Running, call: dict[str, Any]) -> None:
    """In both profiles, and for the same reason; what is extra is refused in one of them alone."""
    told = dict(call)
    label = told.pop("label")
    headers = {} if label is None else {"Authorization": f"Bearer 1000.mockcliq.{label}"}
    request = {"url": f"/api/v2/{told.pop('path')}", "headers": headers, **told}
    statuses = {name: rule.status for name, rule in all_rules().items()}

    office.control("DELETE", "/limits")
    observe(office, "documented")
    documented = office.http.request(**request)
    observe(office)
    observed = office.http.request(**request)

    if documented.is_error:
        name = reason_of(documented).partition(";")[0]
        status = statuses[name]
        assert (documented.status_code, documented.headers["Content-Type"]) == (status, JSON_TYPE)
        body = documented.json()
        code = body.pop("code", None)
        assert body == {"message": SENTENCES[status]}
        assert code is None or (code, name) == ("operation_failed", "unknown_user")
    if observed.is_error:
        name = reason_of(observed).partition(";")[0]
        assert any(is_like(observed, row) for row in expected(name, statuses[name])), (reason_of(observed), observed)
    if documented.is_error and not reason_of(observed).startswith("extra_"):
        assert reason_of(observed) == reason_of(documented)


# What the reference has is no extra


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/me", {"source": "remote_tools"}),
        ("/channels", {"team_ids": "1"}),
        ("/users", {"plan_type": "paid", "sort_by": "usage", "modified_after": "1748736000000"}),
        (f"/users/{ADA}", {"fields": "chat_status"}),
        ("/bots/buildbot/subscribers", {"appkey": "k"}),
    ],
)
def test_documented_parameters_are_taken(path: str, params: dict[str, str], office: Running) -> None:
    office.control("POST", "/bots", json={"unique_name": "buildbot"})
    observe(office)
    assert office.as_("owner").get(path, params=params).status_code == 200
    refused = office.as_("owner").get(path, params={**params, "made_up": "1"})
    assert refused.json()["code"] == "extra_param_found"


def test_documented_parameters_of_what_bots_do_are_taken(office: Running) -> None:
    office.control("POST", "/bots", json={"unique_name": "buildbot"})
    office.control("POST", "/chats", json={"type": "channel", "name": "alerts"})
    observe(office)
    for path, body in (("associate", {"channel_unique_name": "alerts"}), ("calls", {"text": "Hot"})):
        assert post(office, f"/bots/buildbot/{path}", body, params={"appkey": "k"}).is_success


def test_documented_keys_of_new_people_are_taken(office: Running) -> None:
    observe(office)
    keys = ("image_data", "department_id", "designation_id", "reporting_to_zuid")
    new = {"email_id": "new@office.test", **dict.fromkeys(keys, "1"), "team_ids": ["1"], "channel_ids": "1,2"}
    odd: dict[str, object] = {
        "email_id": "odd@office.test",
        **dict.fromkeys(keys, 7),
        "team_ids": None,
        "channel_ids": {},
    }
    assert post(office, "/users", {"users": [odd]}).status_code == 200
    assert post(office, "/users", {"users": [new]}).status_code == 200
    assert post(office, "/users", {"users": [{**new, "made_up": "1"}]}).json() == extra_key("made_up")


@pytest.mark.parametrize(
    ("method", "path", "arguments", "name"),
    [
        ("POST", "/statuses", {"json": {"code": "bogus", "message": "x"}}, "code"),
        ("PUT", "/statuses/ephemeral", {"json": {"code": "bogus", "message": "x", "expiry": 1}}, "code"),
        ("GET", "/channels", {"params": {"order_by": "bogus"}}, "order_by"),
        ("GET", "/users", {"params": {"status": "bogus"}}, "status"),
        ("GET", "/channels", {"params": {"status": "bogus"}}, "status"),
    ],
)
def test_a_value_that_is_none_of_a_few_has_its_code(
    method: str, path: str, arguments: dict[str, Any], name: str, office: Running
) -> None:
    refused = office.as_("owner").call(method, path, **arguments)
    assert_refused(refused, 400)
    assert "need=one of " in reason_of(refused) or "need='" in reason_of(refused)
    observe(office)
    assert office.as_("owner").call(method, path, **arguments).json() == {
        "message": f"Unidentified value passed for the '{name}' key",
        "code": "input_pattern_mismatch",
    }


def test_a_bot_s_post_begins_no_thread(office: Running) -> None:
    office.control("POST", "/bots", json={"unique_name": "buildbot"})
    observe(office)
    for key in ("thread_message_id", "thread_title", "post_in_parent"):
        assert post(office, "/bots/buildbot/message", {**TEXT, key: "1_1"}).json() == extra_key(key)


# A client's own token


CLIENTS_OWN = [
    ("GET", "/chats", None),
    ("GET", f"/chats/{LAUNCH}/messages", None),
    ("POST", f"/chats/{EVERYONE}/message", TEXT),
    ("POST", "/channelsbyname/alerts/message", TEXT),
    ("PUT", f"/chats/{LAUNCH}/messages/{LAUNCH_NOON}", TEXT),
    ("DELETE", f"/chats/{LAUNCH}/messages/{LAUNCH_NOON}", None),
    ("POST", f"/chats/{LAUNCH}/messages/{LAUNCH_NOON}/reactions", {"emoji_code": ":smile:"}),
]
FOR_CLIENTS = [("GET", "/users", None), ("GET", "/channels", None), ("POST", "/bots/buildbot/message", TEXT)]


def test_a_client_s_own_token_does_not_do_for_a_person_where_that_was_seen(office: Running) -> None:
    """Though its answer lists the scopes; what was seen to work does, and as documented all of it."""
    office.control("POST", "/bots", json={"unique_name": "buildbot"})
    office.control("POST", "/chats", json={"type": "channel", "name": "alerts"})
    client = office.control("GET", "/clients")["clients"][0]
    groups = ("Chats", "Messages", "messageactions", "Channels", "Webhooks", "Users")
    asked = {
        "grant_type": "client_credentials",
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "scope": ",".join(f"ZohoCliq.{each}.ALL" for each in groups),
    }
    token = office.http.post("/oauth/v2/token", params=asked).json()["access_token"]
    cliq = Cliq(office, token)
    observe(office)
    for method, path, body in CLIENTS_OWN:
        refused = cliq.call(method, path, json=body)
        assert (refused.status_code, refused.json()) == (401, SCOPE_INVALID), path
        assert reason_of(refused) == "scope_missing; have=a token of client_credentials; need=a person's token"
    for method, path, body in FOR_CLIENTS:
        assert cliq.call(method, path, json=body).is_success, path
    observe(office, "documented")
    assert cliq.get("/chats").status_code == 200
