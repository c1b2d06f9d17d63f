"""Statuses: what a person says of being available; and the resource STATUS_ID."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import Time, unknown_choice
from mockcliq.contract.ids import UserId
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.contract.timestamps import iso_ms
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.statuses import Status

UNKNOWN_STATUS = Rule(
    "unknown_status",
    404,
    have="{key}",
    need="the id of a status of the caller's own",
    advice="The caller has saved no such status. GET /statuses lists those that there are.",
)
STATUS_EXPIRED = Rule(
    "status_expired",
    400,
    have="expiry={expiry}",
    need="a moment after {now}",
    advice="The status would be over by the world's clock. Send a later expiry, in epoch milliseconds.",
)

STATUS = Resource(
    parameter="STATUS_ID",
    kind="status",
    pattern="[A-Za-z0-9_-]{1,100}",
    find=lambda call, key: call.world.store.statuses.find(call.caller.id, key),
    unknown=UNKNOWN_STATUS,
    description="The ID of the status.",
    example="1840000034476000",
)
"""A saved status of the caller's own."""

_CODES = ("available", "busy", "invisible")
_THRESHOLD = per_minute(20, lock_minutes=10)


def _read_code(value: Any) -> str:
    if value not in _CODES:
        raise unknown_choice(_CODES)
    return str(value)


def _read_message(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value


class StatusBody(Input):
    """The body of `add_status`."""

    model_config = ConfigDict(json_schema_extra={"example": {"code": "busy", "message": "At the kiln"}})

    code: Annotated[str, BeforeValidator(_read_code), WithJsonSchema({"enum": [*_CODES]})]
    message: Annotated[
        str, BeforeValidator(_read_message), WithJsonSchema({"type": "string", "minLength": 1, "pattern": r"\S"})
    ] = Field(description="What it says.")


class TransientStatusBody(StatusBody):
    """The body of `set_transient_status`."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"code": "busy", "message": "At the kiln", "expiry": 1931208000000}}
    )

    expiry: Time = Field(description="When it ends, in epoch milliseconds.")


class ListedStatus(Schema):
    """A saved status, in the list."""

    message: str
    id: str


class ListedStatuses(Schema):
    """The caller's saved statuses."""

    model_config = example({"data": [{"message": "At the kiln", "id": "1840000030383900"}]})

    data: list[ListedStatus]


class CurrentStatus(Schema):
    """What somebody's status is."""

    code: str
    message: str


class SavedStatus(CurrentStatus):
    """A saved status."""

    id: str


class CurrentStatusAnswer(Schema):
    """The answer of `get_current_status`."""

    model_config = example({"data": {"code": "busy", "message": "At the kiln"}})

    data: CurrentStatus


class SavedStatusAnswer(Schema):
    """The answer of `add_status`."""

    model_config = example({"data": {"code": "busy", "message": "At the kiln", "id": "1840000034476000"}})

    data: SavedStatus


class StatusSet(Schema):
    """The answer of `set_current_status`."""

    model_config = example(
        {
            "url": "/api/v2/statuses/1840000034476000/set",
            "type": "status_message",
            "data": {"code": "available", "message": "At the kiln", "id": "1840000034476000"},
        }
    )

    url: str
    type: str
    data: SavedStatus


@operation(
    "GET /statuses",
    title="Saved statuses",
    scope="ZohoCliq.Profile.READ",
    limit=_THRESHOLD,
    answer=ListedStatuses,
    source="observed",
)
async def list_statuses(call: Call) -> Answer:
    """Get the statuses that the caller has saved."""
    saved = call.world.store.statuses.of(call.caller.id)
    return Answer(200, to_json({"data": [{"message": each.message, "id": each.id} for each in saved]}))


@operation(
    "POST /statuses",
    title="Add a saved status",
    scope="ZohoCliq.Profile.CREATE",
    limit=_THRESHOLD,
    body=StatusBody,
    answer=SavedStatusAnswer,
)
async def add_status(call: Call) -> Answer:
    """Save a status; it becomes the caller's current one."""
    body: StatusBody = call.payload
    status = call.world.store.statuses.add(call.caller.id, body.code, body.message)
    return Answer(200, to_json({"data": {"code": status.code, "message": status.message, "id": status.id}}))


@operation(
    "GET /statuses/current",
    title="Current status",
    scope="ZohoCliq.Profile.READ",
    limit=_THRESHOLD,
    answer=CurrentStatusAnswer,
    source="observed",
)
async def get_current_status(call: Call) -> Answer:
    """Get the caller's current status: a temporary one until it expires, else the one that was set last."""
    status = current_status(call, call.caller.id)
    return Answer(200, to_json({"data": {"code": status.code, "message": status.message}}))


@operation(
    "PUT /statuses/{STATUS_ID}/set",
    title="Set a saved status",
    scope="ZohoCliq.Profile.UPDATE",
    limit=_THRESHOLD,
    answer=StatusSet,
    source="observed",
)
async def set_current_status(call: Call) -> Answer:
    """Make a saved status the current one; a temporary one ends."""
    status = STATUS.of(call)
    call.world.store.statuses.set_current(status)
    data = {"code": status.code, "message": status.message, "id": status.id}
    return Answer(200, to_json({"url": call.match.path, "type": "status_message", "data": data}))


@operation(
    "DELETE /statuses/{STATUS_ID}",
    title="Delete a saved status",
    scope="ZohoCliq.Profile.DELETE",
    limit=_THRESHOLD,
    source="observed",
)
async def delete_status(call: Call) -> Answer:
    """Delete a saved status; who had set it is available again."""
    call.world.store.statuses.remove(STATUS.of(call).id)
    return NO_CONTENT


@operation(
    "PUT /statuses/ephemeral",
    title="Set a temporary status",
    scope="ZohoCliq.Profile.UPDATE",
    limit=_THRESHOLD,
    body=TransientStatusBody,
    source="observed",
)
async def set_transient_status(call: Call) -> Answer:
    """Set a status that ends by itself; it is not saved."""
    body: TransientStatusBody = call.payload
    if body.expiry <= call.now:
        raise Refusal(STATUS_EXPIRED, expiry=iso_ms(body.expiry), now=iso_ms(call.now))
    call.world.store.statuses.set_transient(call.caller.id, body.code, body.message, body.expiry)
    return NO_CONTENT


@operation(
    "DELETE /statuses/ephemeral",
    title="Clear the temporary status",
    scope="ZohoCliq.Profile.DELETE",
    limit=_THRESHOLD,
    source="observed",
)
async def clear_transient_status(call: Call) -> Answer:
    """End the caller's temporary status, if there is one."""
    call.world.store.statuses.clear_transient(call.caller.id)
    return NO_CONTENT


def current_status(call: Call, user: UserId) -> Status:
    """A person's status by the world's clock; who has set none is available."""
    found = call.world.store.statuses.current(user, call.now)
    return found or Status("", user, "available", "Available", current=True, expires=None)
