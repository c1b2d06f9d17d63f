"""Incoming webhooks of bots and extensions; and the resource APP_ID."""

from __future__ import annotations

from mockcliq.apis.v2.bots import BOT, audience
from mockcliq.apis.v2.schema import Schema, example
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.contract.operation import operation, per_minute
from mockcliq.gateway.answers import Answer, to_json
from mockcliq.gateway.call import Call
from mockcliq.gateway.resources import Resource


class Delivered(Schema):
    """Whom the webhook's handler spoke to."""

    model_config = example({"user_ids": ["70412233", "70418890"]})

    user_ids: list[str]


APP = Resource(
    parameter="APP_ID",
    kind="extension",
    pattern="[^/]+",
    find=lambda _call, key: key,
    description="The id of the extension; any will do.",
    example="0f8e2a1c",
)


@operation(
    "POST /bots/{BOT_UNIQUE_NAME}/incoming",
    title="Call the incoming webhook handler of a bot",
    scope="ZohoCliq.Webhooks.CREATE",
    limit=per_minute(50, lock_minutes=10, source="assumed"),
    answer=Delivered,
    webhook_token=True,
    takes_extras=True,
)
async def bot_incoming_webhook(call: Call) -> Answer:
    """Take whatever comes, in the query and in a body of any type, and name the bot's subscribers.

    What a bot makes of it is its handler's business, of which there is none here: nothing is posted. The journal has
    what came.
    """
    return Answer(200, to_json({"user_ids": audience(call, BOT.of(call))}))


@operation(
    "POST /applications/{APP_ID}/incoming",
    also="/extensions/{APP_ID}/incoming",
    title="Call the incoming webhook of an extension",
    limit=ASSUMED,
    answer=Delivered,
    webhook_token=True,
    takes_extras=True,
)
async def extension_incoming_webhook(call: Call) -> Answer:
    """Take whatever comes for an extension of any id; no ``appkey`` is needed. It speaks to nobody here."""
    del call
    return Answer(200, to_json({"user_ids": []}))
