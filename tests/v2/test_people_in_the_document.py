"""What the OpenAPI document says of people, statuses, reactions, bots and webhooks is what they answer."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.answers import assert_agreed
from tests.conftest import Running
from tests.depot import CRATE, DEPOTBOT, JONAS, MARA, PICKYBOT, YARD

pytest_plugins = ("tests.depot_server",)

REACTIONS = f"/chats/{YARD}/messages/{CRATE}/reactions"


@pytest.mark.parametrize(
    ("method", "path", "body", "template"),
    [
        ("GET", "/users?limit=1", None, "/users"),
        ("GET", "/users?fields=all", None, "/users"),
        ("POST", "/users", {"users": [{"email_id": "amy@kelpworks.example"}]}, "/users"),
        ("POST", "/users", {"users": [{"email_id": "mara@kelpworks.example"}]}, "/users"),
        ("GET", f"/users/{MARA}?fields=all", None, "/users/{USER_ID}"),
        ("GET", f"/users/{JONAS}", None, "/users/{USER_ID}"),
        ("GET", f"/users/{JONAS}?fields=chat_status", None, "/users/{USER_ID}"),
        ("GET", "/me", None, "/me"),
        ("GET", "/statuses", None, "/statuses"),
        ("POST", "/statuses", {"code": "busy", "message": "x"}, "/statuses"),
        ("GET", "/statuses/current", None, "/statuses/current"),
        ("PUT", "/statuses/{}/set", None, "/statuses/{STATUS_ID}/set"),
        ("GET", REACTIONS, None, "/chats/{CHAT_ID}/messages/{MESSAGE_ID}/reactions"),
        ("GET", f"/bots/{DEPOTBOT}/subscribers?limit=1", None, "/bots/{BOT_UNIQUE_NAME}/subscribers"),
        ("GET", f"/bots/{PICKYBOT}/subscribers", None, "/bots/{BOT_UNIQUE_NAME}/subscribers"),
        ("POST", f"/bots/{PICKYBOT}/calls", {"text": "x"}, "/bots/{BOT_UNIQUE_NAME}/calls"),
        ("POST", f"/bots/{PICKYBOT}/incoming", None, "/bots/{BOT_UNIQUE_NAME}/incoming"),
        ("POST", "/extensions/7/incoming", None, "/applications/{APP_ID}/incoming"),
    ],
)
def test_an_answer_and_the_example_fit_the_schema(
    method: str, path: str, body: dict[str, Any] | None, template: str, depot: Running
) -> None:
    saved = depot.as_("owner").post("/statuses", json={"code": "busy", "message": "Kiln"}).json()["data"]["id"]
    answer = depot.as_("owner").call(method, path.format(saved), json=body)
    assert_agreed(answer)
    document = depot.http.get("/openapi.json").json()
    described = document["paths"][f"/api/v2{template}"][method.lower()]
    media_type = described["responses"]["200"]["content"]["application/json"]
    schema = Draft202012Validator({**media_type["schema"], "components": document["components"]})
    schema.validate(answer.json())
    schema.validate(media_type["example"])
    if body is not None:
        sent = described["requestBody"]["content"]["application/json"]["schema"]
        Draft202012Validator({**sent, "components": document["components"]}).validate(body)


def test_every_threshold_says_where_it_comes_from(depot: Running) -> None:
    """Calls, window and lock; 20 a minute and ten minutes where none is documented."""
    listed = {each["operation"]: each for each in depot.control("GET", "/operations")["operations"]}
    assert {
        name: (each["threshold"], each["window_s"], each["lock_s"], each.get("source", "documented"), each["scope"])
        for name, each in listed.items()
        if each["path"].startswith(("/api/v2/users", "/api/v2/me", "/api/v2/statuses", "/api/v2/applications"))
        or each["path"].endswith(("/reactions", "/associate", "/subscribers", "/calls", "/incoming"))
    } == {
        "list_users": (20, 60.0, 600.0, "observed", "ZohoCliq.Users.READ"),
        "get_user": (20, 60.0, 600.0, "observed", "ZohoCliq.Users.READ"),
        "get_user_status": (20, 60.0, 600.0, "observed", "ZohoCliq.Users.READ"),
        "get_me": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.READ"),
        "add_users": (5, 60.0, 300.0, "documented", "ZohoCliq.Users.CREATE"),
        "list_statuses": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.READ"),
        "add_status": (20, 60.0, 600.0, "documented", "ZohoCliq.Profile.CREATE"),
        "get_current_status": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.READ"),
        "set_current_status": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.UPDATE"),
        "delete_status": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.DELETE"),
        "set_transient_status": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.UPDATE"),
        "clear_transient_status": (20, 60.0, 600.0, "observed", "ZohoCliq.Profile.DELETE"),
        "add_reaction": (20, 60.0, 300.0, "documented", "ZohoCliq.messageactions.CREATE"),
        "list_reactions": (20, 60.0, 300.0, "documented", "ZohoCliq.messageactions.READ"),
        "remove_reaction": (20, 60.0, 300.0, "observed", "ZohoCliq.messageactions.DELETE"),
        "associate_bot": (5, 60.0, 300.0, "observed", "ZohoCliq.Channels.UPDATE"),
        "list_bot_subscribers": (100, 60.0, 600.0, "documented", "ZohoCliq.Bots.READ"),
        "trigger_bot_call": (10, 300.0, 1800.0, "documented", "ZohoCliq.Webhooks.CREATE"),
        "bot_incoming_webhook": (50, 60.0, 600.0, "documented", "ZohoCliq.Webhooks.CREATE"),
        "extension_incoming_webhook": (20, 60.0, 600.0, "documented", None),
    }
