"""What is wrong with a body or a query is told in plain words, those of JSON, whatever validates it here."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockcliq.apis.v2 import V2
from mockcliq.contract.operation import Operation
from tests.answers import reason_of
from tests.conftest import Running
from tests.control.worlds import Made, make

WRONG: list[Any] = [3, 3.5, True, "x" * 300, "", [], [1] * 200, {"a": 1}, [{"a": []}], None, -9]
FRAMEWORK_S = re.compile(r"Input should|should (?:have|match|be)|[Ff]ield required|valid |dictionary|instance|pydantic")
NAMED = {"CHANNEL_UNIQUE_NAME": "marketing", "USER_ID": "631830848", "BOT_UNIQUE_NAME": "buildbot"}
"""What the world has by these names, so that a call comes to its body."""

bodies = [each for each in V2.operations if each.body is not None and not each.takes_files]
queries = [each for each in V2.operations if each.query is not None]


@pytest.fixture
def world(demo: Running) -> Made:
    """Without limits."""
    return make(demo, world="demo", rate_limit=False)


def path_of(operation: Operation, world: Made) -> str:
    """With ids that the world has."""
    marketing = next(each for each in world.control("GET", "/state")["chats"] if each["name"] == "Marketing")
    known = {
        **NAMED,
        "CHAT_ID": marketing["id"],
        "CHANNEL_ID": marketing["channel"]["channel_id"],
        "MESSAGE_ID": marketing["messages"][0]["id"],
        "MEMBER_ID": marketing["participants"][1]["user"],
        "THREAD_CHAT_ID": marketing["id"],
        "STATUS_ID": "1840000030000001",
    }
    return operation.path.format_map(known)


def needs(world: Made, method: str, path: str, **arguments: Any) -> str | None:
    """What a refusal of the input says that the call needs; None if it was refused for another reason, or not."""
    answer = world.as_("owner").call(method, path, **arguments)
    assert answer.status_code < 500, answer.text
    if "invalid_input" not in answer.headers.get("X-Mockcliq-Reason", ""):
        return None
    assert answer.status_code == 400
    return reason_of(answer).partition("need=")[2]


@pytest.mark.parametrize("operation", bodies, ids=lambda each: each.name)
def test_a_wrong_value_in_a_body_is_refused_in_plain_words(operation: Operation, world: Made) -> None:
    assert operation.body is not None
    example: Any = operation.body.model_config.get("json_schema_extra")
    good = example.get("example", {}) if isinstance(example, dict) else {}
    call = operation.method, path_of(operation, world)
    told = [
        needs(world, *call, json={**good, field: value}) for field in operation.body.model_fields for value in WRONG
    ]
    said = {each for each in (*told, needs(world, *call, json={})) if each is not None}
    assert said, "no wrong value was refused"
    assert [each for each in said if FRAMEWORK_S.search(each)] == []


@pytest.mark.parametrize("operation", queries, ids=lambda each: each.name)
def test_a_wrong_value_in_a_query_is_refused_in_plain_words(operation: Operation, world: Made) -> None:
    assert operation.query is not None
    values = ["", "x" * 300, "-1", "{}", "3.5"]
    call = operation.method, path_of(operation, world)
    told = [needs(world, *call, params={field: value}) for field in operation.query.model_fields for value in values]
    assert [each for each in told if each is not None and FRAMEWORK_S.search(each)] == []
