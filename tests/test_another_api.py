"""An API is a value: a stranger adds one, with nouns, scopes, errors and names of its own, and all works for it."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from pydantic import BaseModel

from mockcliq.apis.accounts import ACCOUNTS_API
from mockcliq.apis.v2 import STEPS, V2
from mockcliq.app import MockCliq, create_app
from mockcliq.contract.api import Api, Register
from mockcliq.contract.operation import Limit, operation, per_minute
from mockcliq.contract.refusals import Rule
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.gateway.routes import OperationRoute
from mockcliq.gateway.steps import Misplaced, Steps
from mockcliq.gateway.steps.scope import require_scope
from mockcliq.gateway.styles import Row, Style
from mockcliq.gateway.styles.documented import DOCUMENTED
from mockcliq.settings import Settings
from mockcliq.store.users import User

SCOTT = "631830849"
REASON = "x-mockcliq-reason"

UNKNOWN_USER = Rule("unknown_user", 404, have="{key}", need="the id of a user", advice="GET {control}/users has them.")

USER: Resource[User] = Resource(
    parameter="USER_ID",
    kind="user",
    pattern="[0-9]{1,20}",
    find=lambda call, key: call.world.store.users.find(key),
    unknown=UNKNOWN_USER,
    description="The ID of the user.",
    example=SCOTT,
)


class Shown(BaseModel):
    """A user."""

    id: str
    name: str


@operation(
    "GET /users/{USER_ID}", title="Retrieve a user", scope="ZohoCliq.Users.READ", answer=Shown, source="observed"
)
async def get_person(call: Call) -> Answer:
    """Get one user."""
    user = USER.of(call)
    return Answer(200, to_json({"id": user.id, "name": user.name}))


@operation(
    "GET /chats",
    title="List everything",
    scope=("ZohoCliq.Users.READ", "ZohoCliq.Everything.READ"),
    limit=per_minute(2, lock_minutes=1, source="assumed"),
)
async def list_direct_chats(call: Call) -> Answer:
    """A handler of a name that another API has."""
    return Answer(200, to_json({"everything": [call.caller.id]}))


def names_a_bot(_query: bytes, body: bytes) -> bool:
    """Whether a body posts as a bot."""
    return b'"bot"' in body


@operation(
    "POST /users/{USER_ID}/message", title="Post as a bot", scope="ZohoCliq.Webhooks.CREATE", applies=names_a_bot
)
async def post_as_bot(call: Call) -> Answer:
    """The first of two on one method and path."""
    return Answer(200, to_json({"bot": json.loads(call.raw_body)["bot"]}))


@operation("POST /users/{USER_ID}/message", title="Post", scope="ZohoCliq.Webhooks.CREATE")
async def post_message(call: Call) -> Answer:
    """The second of two on one method and path."""
    assert call.raw_body
    return NO_CONTENT


ENVELOPE = Style(
    name="envelope",
    rows={
        "unknown_user": Row(400, code="user_not_found", message="No such user."),
        "token_missing": Row(401, message="<h1>Who are you?</h1>", media_type=b"text/html"),
    },
    statuses={status: Row(status, f"error_{status}", row.message) for status, row in DOCUMENTED.statuses.items()},
    body=lambda row: (
        (row.message or "").encode()
        if row.media_type == b"text/html"
        else orjson.dumps({"error": {"code": row.code, "message": row.message}})
    ),
)

V9 = Api(
    name="v9",
    title="Users API v9",
    prefixes=("/api/v9", "/company/{ORG_ID}/api/v9"),
    steps=STEPS,
    style=ENVELOPE,
    resources={"USER_ID": USER},
    operations=(get_person, list_direct_chats, post_as_bot, post_message),
)

ALL_APIS = (V2, V9, ACCOUNTS_API)


class Client:
    """The application, asked without a server."""

    def __init__(self, app: MockCliq, http: httpx.AsyncClient) -> None:
        self.app = app
        self.http = http

    async def token(self, *scopes: str) -> dict[str, str]:
        made = await self.http.post("/_mockcliq/tokens", json={"user": SCOTT, "scopes": scopes})
        return {"Authorization": f"Bearer {made.json()['token']}"}

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        return (await self.http.request(method, f"/_mockcliq{path}", json=body)).json()


@asynccontextmanager
async def client(apis: tuple[Api, ...] = ALL_APIS) -> AsyncIterator[Client]:
    app = create_app(Settings(world="documentation"), apis=apis)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock.test") as http:
            yield Client(app, http)
    finally:
        await app.startup.end()


Story = Callable[[Client], Coroutine[Any, Any, None]]


def story(tell: Story) -> Callable[[], None]:
    """A test that tells a story of an application with all three APIs."""

    def test() -> None:
        async def told() -> None:
            async with client() as c:
                await tell(c)

        asyncio.run(told())

    test.__doc__ = tell.__doc__
    return test


@story
async def test_a_new_noun_is_served_and_scopes_are_of_their_own_group(c: Client) -> None:
    user = f"/api/v9/users/{SCOTT}"
    for scopes, status in (
        (["ZohoCliq.Users.READ"], 200),
        (["zohocliq.users.all"], 200),
        (["ZohoCliq.Chats.ALL"], 403),
        (["ZohoCliq.Users.CREATE", "ZohoCliq.Chats.READ"], 403),
        (["AaaServer.Users.ALL"], 403),
    ):
        assert (await c.http.get(user, headers=await c.token(*scopes))).status_code == status, scopes
    answer = await c.http.get(f"/w/default/company/7/api/v9/users/{SCOTT}", headers=await c.token("ZohoCliq.Users.ALL"))
    assert answer.json() == {"id": SCOTT, "name": "Scott Fisher"}
    users = await c.token("ZohoCliq.Users.ALL")
    assert (await c.http.get("/api/v2/chats", headers=users)).status_code == 403


@story
async def test_refusals_have_the_style_s_envelope_status_and_media_type(c: Client) -> None:
    users = await c.token("ZohoCliq.Users.ALL")
    unknown = await c.http.get("/api/v9/users/5", headers=users)
    assert unknown.status_code == 400
    assert unknown.json() == {"error": {"code": "user_not_found", "message": "No such user."}}
    assert unknown.headers[REASON] == "unknown_user; have=5; need=the id of a user"
    nobody = await c.http.get(f"/api/v9/users/{SCOTT}")
    assert (nobody.status_code, nobody.text) == (401, "<h1>Who are you?</h1>")
    assert nobody.headers["content-type"] == "text/html"
    bad = await c.http.get("/api/v9/users/x", headers=users)
    assert (bad.status_code, bad.json()["error"]["code"]) == (400, "error_400")
    assert (await c.http.get("/api/v9/nowhere")).json()["error"]["code"] == "error_404"
    assert (await c.http.get("/api/v2/nowhere")).json() == {"message": DOCUMENTED.statuses[404].message}
    preferred = await c.http.get("/api/v9/chats", headers={"Prefer": "code=429"})
    assert (preferred.status_code, preferred.json()["error"]["code"]) == (429, "error_429")


@story
async def test_two_handlers_of_one_name_are_told_apart_everywhere(c: Client) -> None:
    headers = await c.token("ZohoCliq.Users.READ", "ZohoCliq.Chats.READ")
    assert "chats" in (await c.http.get("/api/v2/chats", headers=headers)).json()
    answers = [await c.http.get("/api/v9/chats", headers=headers) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert "locked out of v9.list_direct_chats until" in answers[-1].headers[REASON]
    assert (await c.http.get("/api/v2/chats", headers=headers)).status_code == 200
    requests = (await c.control("GET", "/requests"))["requests"]
    assert [each["operation"] for each in requests] == [
        "v2.list_direct_chats",
        *["v9.list_direct_chats"] * 3,
        "v2.list_direct_chats",
    ]
    limits = {each["operation"]: each for each in (await c.control("GET", f"/limits?user={SCOTT}"))["limits"]}
    assert limits["v9.list_direct_chats"]["locked_until"] is not None
    assert (limits["v2.list_direct_chats"]["count"], limits["v2.list_direct_chats"]["locked_until"]) == (2, None)
    limited = {each.name for each in V2.operations if each.limit is not None} - {"list_direct_chats"}
    assert set(limits) == {"v2.list_direct_chats", "v9.list_direct_chats"} | limited
    ambiguous = await c.control("POST", "/verify", {"match": {"operation": "list_direct_chats"}})
    assert ambiguous["detail"] == (
        "there are several operations 'list_direct_chats'; name v2.list_direct_chats or v9.list_direct_chats"
    )
    counted = await c.control("POST", "/verify", {"match": {"operation": "v9.list_direct_chats"}, "times": 3})
    assert counted["count"] == 3
    explained = await c.control("GET", f"/requests/{requests[3]['id']}")
    assert explained["explanation"]["advance"] == pytest.approx(60, abs=5)


@story
async def test_a_qualified_name_is_taken_where_the_bare_one_would_do(c: Client) -> None:
    rule = await c.control("POST", "/faults", {"match": {"operation": "v2.mute_chat"}, "then": {"status": 500}})
    assert rule["match"]["operation"] == "mute_chat"
    headers = await c.token("ZohoCliq.Chats.ALL")
    assert (await c.http.post("/api/v2/chats/987000000654321/mute", headers=headers)).status_code == 500


@story
async def test_the_body_tells_two_operations_on_one_method_and_path_apart(c: Client) -> None:
    headers, path = await c.token("ZohoCliq.Webhooks.CREATE"), f"/api/v9/users/{SCOTT}/message"
    as_bot = await c.http.post(path, json={"text": "x", "bot": {"name": "b"}}, headers=headers)
    assert (as_bot.status_code, as_bot.json()) == (200, {"bot": {"name": "b"}})
    assert (await c.http.post(path, json={"text": "x"}, headers=headers)).status_code == 204
    await c.control("POST", "/faults", {"match": {"operation": "post_as_bot"}, "then": {"status": 503}})
    assert (await c.http.post(path, json={"bot": {}}, headers=headers)).status_code == 503
    assert (await c.http.post(path, json={"text": "x"}, headers=headers)).status_code == 204
    assert [each["operation"] for each in (await c.control("GET", "/requests"))["requests"]] == [
        "post_as_bot",
        "post_message",
        "post_as_bot",
        "post_message",
    ]
    assert (await c.http.get(path)).headers["allow"] == "POST"


@story
async def test_a_call_without_a_threshold_is_never_limited_and_yet_known_by_name(c: Client) -> None:
    headers = await c.token("ZohoCliq.Users.READ")
    for _ in range(50):
        assert (await c.http.get(f"/api/v9/users/{SCOTT}", headers=headers)).status_code == 200
    match = {"operation": "get_person", "user": SCOTT, "path": "/api/v9/users/*", "status": 200}
    assert (await c.control("POST", "/verify", {"match": match, "times": 50}))["verified"] is True
    refused = await c.control("PUT", "/limits", {"operation": "get_person", "threshold": 1})
    assert refused["detail"].startswith("there is no operation 'get_person' here; there are v2.list_direct_chats, ")
    await c.control("POST", "/faults", {"match": {"operation": "get_person"}, "then": {"status": 429}})
    broken = await c.http.get(f"/api/v9/users/{SCOTT}", headers=headers)
    assert (broken.status_code, broken.json()["error"]["code"]) == (429, "error_429")


@story
async def test_a_refused_call_is_explained(c: Client) -> None:
    await c.http.get("/api/v9/users/5", headers=await c.token("ZohoCliq.Users.ALL"))
    await c.http.get("/company/7/api/v9/user/5")
    await c.http.get(f"/api/v9/users/{SCOTT}", headers=await c.token("ZohoCliq.Chats.ALL"))
    unknown, path, scope = [
        (await c.control("GET", f"/requests/{each['id']}"))["explanation"]
        for each in (await c.control("GET", "/requests"))["requests"]
    ]
    assert (unknown["rule"], unknown["have"], unknown["need"]) == ("unknown_user", "5", "the id of a user")
    assert unknown["advice"] == "GET /_mockcliq/users has them."
    assert path["nearest_route"] == {"operation": "get_person", "method": "GET", "path": "/api/v9/users/{USER_ID}"}
    assert (scope["rule"], scope["need"]) == ("scope_missing", "ZohoCliq.Users.READ")
    assert (
        await c.http.get(f"/api/v9/users/{SCOTT}", headers={"Authorization": f"Bearer {scope['token']}"})
    ).is_success


@story
async def test_the_documents_have_it(c: Client) -> None:
    listed = {each["operation"]: each for each in (await c.control("GET", "/operations"))["operations"]}
    assert listed["get_person"] == {
        "operation": "get_person",
        "title": "Retrieve a user",
        "method": "GET",
        "path": "/api/v9/users/{USER_ID}",
        "scope": "ZohoCliq.Users.READ",
        "threshold": None,
        "threshold_source": None,
        "window_s": None,
        "lock_s": None,
        "success": 200,
        "statuses": [200, 400, 401, 403, 404, 405, 406, 429, 500],
        "source": "observed",
    }
    assert listed["v9.list_direct_chats"]["source"] == "documented"
    assert listed["v9.list_direct_chats"]["threshold_source"] == "assumed"
    assert listed["v9.list_direct_chats"]["scope"] == "ZohoCliq.Users.READ or ZohoCliq.Everything.READ"
    assert (listed["v9.list_direct_chats"]["threshold"], listed["v9.list_direct_chats"]["lock_s"]) == (2, 60.0)
    document = (await c.http.get("/openapi.json")).json()
    validate(document)
    user = document["paths"]["/api/v9/users/{USER_ID}"]["get"]
    assert (user["operationId"], user["tags"]) == ("get_person", ["Users"])
    assert user["x-mockcliq-source"] == "observed"
    assert "x-mockcliq-threshold-source" not in user
    assert document["paths"]["/api/v9/chats"]["get"]["x-mockcliq-threshold-source"] == "assumed"
    assert user["parameters"][0]["schema"] == {"type": "string", "pattern": "^[0-9]{1,20}$"}
    assert user["responses"]["404"]["content"]["application/json"]["example"]["error"]["code"] == "error_404"
    assert "post_message" in document["paths"]["/api/v9/users/{USER_ID}/message"]["post"]["description"]


def test_what_is_not_a_fastapi_route_is_not_served() -> None:
    async def told() -> None:
        async with client() as c:
            routes = c.app.router.routes
            routes[:] = [each for each in routes if getattr(each, "name", "") not in ("v9.get_person", "v2.mute_chat")]
            headers = await c.token("ZohoCliq.Users.ALL", "ZohoCliq.Chats.ALL")
            for method, path in (("GET", f"/api/v9/users/{SCOTT}"), ("POST", "/api/v2/chats/987000000654321/mute")):
                refused = await c.http.request(method, path, headers=headers)
                assert (refused.status_code, refused.headers[REASON].partition(";")[0]) == (404, "unknown_path")
            assert (await c.http.post("/api/v2/chats/987000000654321/unmute", headers=headers)).status_code == 204

    asyncio.run(told())


@story
async def test_fastapi_s_own_routes_lead_to_the_same_answers(c: Client) -> None:
    """The gateway's table is a short way, and no other."""
    await c.app.startup.worlds()
    headers = await c.token("ZohoCliq.Chats.READ")
    plain = partial(FastAPI.__call__, c.app)
    by_router = httpx.AsyncClient(transport=httpx.ASGITransport(plain), base_url="http://mock.test")
    async with by_router:
        assert (await by_router.get("/api/v2/chats", headers=headers)).json() == (
            await c.http.get("/api/v2/chats", headers=headers)
        ).json()
    assert sum(isinstance(each, OperationRoute) for each in c.app.routes) == sum(
        len(operation.paths) for api in ALL_APIS for operation in api.operations
    )


@operation("GET /users/{USER_ID}", also="/colleagues/{USER_ID}", scope="ZohoCliq.Users.READ", answer=Shown)
async def get_colleague(call: Call) -> Answer:
    """One operation under two paths."""
    return Answer(200, to_json({"id": USER.of(call).id, "name": "?"}))


def test_one_operation_may_stand_under_two_paths() -> None:
    async def told() -> None:
        async with client((V2, replace(V9, operations=(get_colleague,)), ACCOUNTS_API)) as c:
            headers = await c.token("ZohoCliq.Users.READ")
            own, other = f"/api/v9/users/{SCOTT}", f"/company/7/api/v9/colleagues/{SCOTT}"
            for path in (own, other):
                assert (await c.http.get(path, headers=headers)).json()["id"] == SCOTT
            unknown = await c.http.get("/api/v9/colleagues/5", headers=headers)
            assert unknown.headers[REASON].startswith("unknown_user; have=5; ")
            requests = (await c.control("GET", "/requests"))["requests"]
            assert [each["operation"] for each in requests] == ["get_colleague"] * 3
            await c.control("POST", "/faults", {"match": {"path": "/api/v9/colleagues/*"}, "then": {"status": 503}})
            assert [(await c.http.get(path, headers=headers)).status_code for path in (own, other)] == [200, 503]
            document = (await c.http.get("/openapi.json")).json()
            validate(document)
            described = document["paths"]["/api/v9/users/{USER_ID}"]["get"]["description"]
            assert "`/api/v9/colleagues/{USER_ID}`" in described
            assert "/api/v9/colleagues/{USER_ID}" not in document["paths"]

    asyncio.run(told())


def test_the_second_path_of_an_operation_has_the_parameters_of_the_first() -> None:
    with pytest.raises(ValueError, match=r"v9\.get_colleague: its two paths have different parameters"):
        Register([replace(V9, operations=(replace(get_colleague, also="/colleagues"),))])


def test_two_operations_of_one_id_are_refused_when_the_application_is_made() -> None:
    with pytest.raises(ValueError, match=r"two operations v9\.get_person"):
        Register([replace(V9, operations=(get_person, get_person))])


def test_a_path_parameter_without_a_resource_is_refused_when_the_application_is_made() -> None:
    with pytest.raises(ValueError, match=r"v9\.get_person: the API names no resource for USER_ID"):
        Register([replace(V9, resources={})])


@pytest.mark.parametrize("apis", [[], [replace(V9, name="")], [replace(V9, name="v9.x")], [replace(V9, prefixes=())]])
def test_what_is_no_api_is_refused_when_the_application_is_made(apis: list[Api]) -> None:
    with pytest.raises(ValueError, match="API"):
        Register(apis)


@story
async def test_a_call_that_needs_no_token_is_pasted_without_one(c: Client) -> None:
    """Not even where it sent a Basic header of its own, which a token would replace."""
    form = {"grant_type": "refresh_token", "refresh_token": "1000.mockcliq.refresh"}
    basic = {"Authorization": "Basic " + b64encode(b"1000.MOCKCLIQ:mockcliq-secret").decode()}
    assert "access_token" in (await c.http.post("/oauth/v2/token", data=form, headers=basic)).json()
    await c.http.post("/oauth/v2/token", data=form)
    with_basic, without = [
        (await c.control("GET", f"/requests/{each['id']}"))["explanation"]
        for each in (await c.control("GET", "/requests"))["requests"]
    ]
    assert f"authorization: {basic['Authorization']}" in with_basic["curl"]
    assert "authorization" not in without["curl"]
    assert without["token"] is None


def test_what_not_everybody_may_see_needs_a_rule_that_says_so() -> None:
    with pytest.raises(ValueError, match="USER_ID: visible and forbidden go together"):
        replace(USER, visible=lambda _call, user: user.active)


def test_a_step_that_stands_too_early_is_refused_when_the_chain_is_made() -> None:
    """And by mypy, hence the ignore."""
    with pytest.raises(Misplaced, match="require_scope needs a call that is Authenticated, not only Received"):
        Steps.begin().then(require_scope)  # type: ignore[arg-type]
    assert Steps[Authenticated](stage=Authenticated).then(require_scope).stage is Authenticated


def test_thresholds_say_where_they_come_from() -> None:
    register = Register(ALL_APIS)
    assert register.limits["v9.list_direct_chats"] == Limit(2, 60_000, 60_000, "assumed")
    assert register.limits["v2.mute_chat"] == Limit(20, 60_000, 600_000, "documented")
    assert "v9.get_person" not in register.limits
