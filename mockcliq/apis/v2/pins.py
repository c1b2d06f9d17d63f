"""Pins: the pinned message of a chat."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.apis.v2.chats import CHAT
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MessageKey, msguid
from mockcliq.contract.ids import EpochMs
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.contract.timestamps import iso_ms
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Call
from mockcliq.store.pins import PinnedMessage as StoredPin

UNKNOWN_MESSAGE = Rule(
    "unknown_message",
    400,
    have="id={message}",
    need="the id of a message in chat {chat}",
    advice="The message is not in this chat. Pin a message of this chat, by its id.",
)
EXPIRY_IN_THE_PAST = Rule(
    "expiry_in_the_past",
    400,
    have="expiry_time={expiry_time}",
    need="a time after {now}",
    advice="The pin would expire at once. Send a later expiry_time, by the world's clock.",
)

FIRST_ABSOLUTE_EXPIRY = 10**12
"""An `expiry_time` from here on (September 2001) is a moment; a smaller one is milliseconds from now."""

LAST_EXPIRY = 2**63 - 1
"""The maximum of a long, the documented type of `expiry_time`."""

NEVER = -1
"""The `expiry_time` of a pin that does not expire."""

_NUMBER = re.compile("-?[0-9]{1,19}")


def _read_expiry(value: Any) -> int | None:
    if value in (None, "", "-1") or (type(value) is int and value == -1):
        return None
    number = int(value) if type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)) else 0
    if not 0 < number <= LAST_EXPIRY:
        raise ValueError("epoch milliseconds, or a positive number of milliseconds from now, or -1")
    return number


def _read_boolean(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ValueError("true or false")


class PinMessageBody(Input):
    """The body of `pin_message`; the example is the reference's."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"id": "1573708648341_375412769224", "expiry_time": 1748946453794, "notify": False}
        }
    )

    id: MessageKey = Field(description="Unique identifier (msguid) of the message to be pinned.")
    expiry_time: Annotated[
        int | None,
        BeforeValidator(_read_expiry),
        WithJsonSchema(
            {
                "anyOf": [
                    {"const": -1},
                    {"type": "integer", "format": "int64", "minimum": 1, "maximum": LAST_EXPIRY},
                    {"type": "string", "pattern": "^(-1|0*[1-9][0-9]{0,17})?$"},
                    {"type": "null"},
                ]
            }
        ),
    ] = Field(default=None, description="Expiry time in milliseconds for the pinned message; -1 for never.")
    notify: Annotated[bool, BeforeValidator(_read_boolean), WithJsonSchema({"type": ["boolean", "null"]})] = Field(
        default=False, description="Indicates whether pinning the message should notify all participants."
    )


class PinCreator(Schema):
    """Who pinned the message."""

    name: str
    id: str


class StickyMessage(Schema):
    """The message that is pinned. Times are strings of epoch milliseconds; ``lmsgtime`` is its last change."""

    msg: str
    sender: str
    lmsgtime: str
    msguid: str
    time: str
    dname: str


class Pin(Schema):
    """A pin. Times are epoch milliseconds; ``expiry_time`` is -1 for one that never expires."""

    expiry_time: int
    creator: PinCreator
    message: StickyMessage
    created_time: int
    last_modified_time: int
    chat_id: str


class NewPin(Schema):
    """The pin that was made."""

    model_config = example(
        {
            "data": {
                "expiry_time": -1,
                "creator": {"name": "Scott Fisher", "id": "690440148"},
                "message": {
                    "msg": "meeting at 4",
                    "sender": "690440148",
                    "lmsgtime": "1573708493055",
                    "msguid": "1573708648341%20375412769224",
                    "time": "1573708648341",
                    "dname": "Scott Fisher",
                },
                "created_time": 1573708712431,
                "last_modified_time": 1573708712431,
                "chat_id": "CT_2243173626687865223_P87610291-C4",
            }
        }
    )

    data: Pin


class NoPin(Schema):
    """Nothing is pinned."""

    model_config = ConfigDict(extra="forbid")


class PinnedMessage(Schema):
    """The pinned message of a chat; ``data`` is empty where nothing is pinned."""

    model_config = example(
        {
            "type": "stickymessage",
            "data": {
                "expiry_time": -1,
                "creator": {"name": "Scott Fisher", "id": "692133012"},
                "message": {
                    "msg": "Feature review date: 15/11/2019",
                    "sender": "690440148",
                    "lmsgtime": "1573641920572",
                    "msguid": "1573641936588%20345281288778",
                    "time": "1573641936588",
                    "dname": "Ryan West",
                },
                "created_time": 1573641961788,
                "last_modified_time": 1573641961788,
                "chat_id": "CT_2243173626687865223_P87610291-C4",
            },
        }
    )

    type: Literal["stickymessage"]
    data: Pin | NoPin


@operation(
    "POST /chats/{CHAT_ID}/stickymessage",
    title="Pin a message",
    scope="ZohoCliq.Chats.CREATE",
    limit=per_minute(20, lock_minutes=10),
    body=PinMessageBody,
    answer=NewPin,
)
async def pin_message(call: Call) -> Answer:
    """Pin a message within a conversation; it takes the place of one that was pinned."""
    pin: PinMessageBody = call.payload
    store, chat = call.world.store, CHAT.of(call).chat_id
    if not store.messages.has(chat, pin.id):
        raise Refusal(UNKNOWN_MESSAGE, message=pin.id, chat=chat)
    expires = pin.expiry_time
    if expires is not None and expires < FIRST_ABSOLUTE_EXPIRY:
        expires += call.now
    if expires is not None and expires <= call.now:
        raise Refusal(EXPIRY_IN_THE_PAST, expiry_time=pin.expiry_time, now=iso_ms(call.now))
    pinned = store.pins.pin(chat, pin.id, call.caller.id, call.now, None if expires is None else EpochMs(expires))
    return Answer(200, to_json({"data": _pin(pinned)}))


@operation(
    "GET /chats/{CHAT_ID}/stickymessage",
    title="Retrieve a pinned message",
    scope="ZohoCliq.Chats.READ",
    limit=per_minute(20, lock_minutes=10),
    answer=PinnedMessage,
)
async def get_pinned_message(call: Call) -> Answer:
    """Retrieve a pinned message within a conversation."""
    pinned = call.world.store.pins.pinned(CHAT.of(call).chat_id, call.now)
    return Answer(200, to_json({"type": "stickymessage", "data": {} if pinned is None else _pin(pinned)}))


@operation(
    "DELETE /chats/{CHAT_ID}/stickymessage",
    title="Unpin a message",
    scope="ZohoCliq.Chats.DELETE",
    limit=per_minute(20, lock_minutes=10),
)
async def unpin_message(call: Call) -> Answer:
    """Unpin a message in a conversation."""
    call.world.store.pins.unpin(CHAT.of(call).chat_id)
    return NO_CONTENT


def _pin(pinned: StoredPin) -> dict[str, Any]:
    pin, message = pinned.pin, pinned.message
    return {
        "expiry_time": NEVER if pin.expires is None else pin.expires,
        "creator": {"name": pinned.creator_name, "id": pin.creator_id},
        "message": {
            "msg": message.text,
            "sender": message.sender_id,
            "lmsgtime": str(message.modified),
            "msguid": msguid(message.id),
            "time": str(message.time),
            "dname": message.sender_name,
        },
        "created_time": pin.created,
        "last_modified_time": pin.modified,
        "chat_id": pin.chat_id,
    }
