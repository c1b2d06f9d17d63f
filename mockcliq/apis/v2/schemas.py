"""What the operations answer, as the OpenAPI document describes it, each with the reference's own example.

Handlers write answers directly (`mockcliq.apis.v2.rendering`); tests hold the two together.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": example})


class Schema(BaseModel):
    """Built when the document is asked for: answering needs none of them."""

    model_config = ConfigDict(defer_build=True)


class UserSummary(Schema):
    """Another participant, in a row of the list."""

    user_id: str
    name: str


class MessageStyles(Schema):
    """How a message is shown."""

    highlight: bool


class BotInfo(Schema):
    """The bot through which a message was posted."""

    name: str
    image_url: str


class LastMessageInfo(Schema):
    """The last message of a chat. ``styles`` and ``bot`` are there where the message has them."""

    sender_id: str
    message_type: str
    styles: MessageStyles | None = None
    time: AwareDatetime
    text: str
    bot: BotInfo | None = None
    sender_name: str


class DirectChat(Schema):
    """A row of the list. ``last_message_info`` is there unless the chat has no message."""

    name: str
    creation_time: AwareDatetime
    creator_id: str
    last_modified_time: AwareDatetime
    removed: bool
    recipients_summary: list[UserSummary]
    chat_type: Literal["dm", "chat"]
    chat_id: str
    last_message_info: LastMessageInfo | None = None
    pinned: bool
    participant_count: int


class DirectChats(Schema):
    """The list of chats."""

    model_config = _example(
        {
            "chats": [
                {
                    "name": "Ryan West",
                    "creation_time": "2019-10-15T03:37:28-07:00",
                    "creator_id": "631830848",
                    "last_modified_time": "2019-10-15T03:37:28-07:00",
                    "removed": False,
                    "recipients_summary": [{"user_id": "631830848", "name": "Ryan West"}],
                    "chat_type": "dm",
                    "chat_id": "2230748224630350194",
                    "last_message_info": {
                        "sender_id": "631830849",
                        "message_type": "text",
                        "styles": {"highlight": True},
                        "time": "2019-09-12T00:35:18-07:00",
                        "text": "https://cliq.zoho.com/channels/marketing",
                        "bot": {
                            "name": "Zia",
                            "image_url": "https://img.zohostatic.com/chat/default/officechat/images/default/event-bot.png",
                        },
                        "sender_name": "Scott Fisher",
                    },
                    "pinned": False,
                    "participant_count": 2,
                }
            ]
        }
    )

    chats: list[DirectChat]


class Member(Schema):
    """A participant; only the chosen fields are there."""

    user_id: str | None = None
    email_id: str | None = None
    name: str | None = None


class ChatMembers(Schema):
    """The participants of a chat."""

    model_config = _example(
        {
            "members": [
                {"user_id": "431930546", "email_id": "olivia.palmer@zylcal.com", "name": "Olivia - Content Writer"}
            ]
        }
    )

    members: list[Member]


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

    model_config = _example(
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

    model_config = _example(
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
