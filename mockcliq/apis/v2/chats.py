"""Chats: list, mute, unmute and leave; and the resource CHAT_ID."""

from __future__ import annotations

import re
from datetime import timezone
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MAXIMUM_LIMIT
from mockcliq.contract.ids import CHAT_ID_PATTERN, EpochMs
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.contract.timestamps import MS_PER_SECOND, iso_seconds, parse_moment
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.chats import ListedChat
from mockcliq.store.messages import Message

UNKNOWN_CHAT = Rule(
    "unknown_chat",
    404,
    have="{key}",
    need="the id of a chat",
    advice="No chat has this id. Compare it with nearest_chat; GET {control}/chats lists all.",
    hints=("chat",),
)
NOT_A_PARTICIPANT = Rule(
    "not_a_participant",
    403,
    have="user {user}",
    need="a participant of chat {id}",
    advice="The caller is not, or no longer, a participant. Use the token given here, or another chat.",
    hints=("token",),
)
ONE_TO_ONE_CHAT = Rule(
    "one_to_one_chat",
    400,
    have="chat {chat} of type dm",
    need="a group chat or a channel",
    advice="A one-to-one chat cannot be left. Leave a group chat or a channel.",
)

CHAT = Resource(
    parameter="CHAT_ID",
    kind="chat",
    pattern=CHAT_ID_PATTERN,
    find=lambda call, key: call.world.store.chats.membership(key, call.caller.id),
    own_id=lambda world, key: world.store.chats.find(key),
    unknown=UNKNOWN_CHAT,
    visible=lambda _call, membership: membership.is_participant,
    forbidden=NOT_A_PARTICIPANT,
    description="The ID of the chat.",
    example="987000000654321",
)
"""A chat by id or alias, visible to its participants."""

DEFAULT_LIMIT = MAXIMUM_LIMIT
"""The maximum is documented; that it is the default too is our choice."""

_LIMIT = re.compile("[0-9]{1,9}")


def _read_strict_limit(value: str) -> int:
    limit = int(value) if _LIMIT.fullmatch(value) else 0
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise ValueError(f"an integer from 1 to {MAXIMUM_LIMIT}")
    return limit


def _read_second(value: str) -> int:
    return parse_moment(value) // MS_PER_SECOND


def _read_strict_flag(value: str) -> bool:
    try:
        return {"true": True, "false": False}[value.lower()]
    except KeyError:
        raise ValueError("true or false") from None


_Second = Annotated[
    int | None,
    BeforeValidator(_read_second),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
]


class DirectChatsQuery(Input):
    """The query of `list_direct_chats`; times in whole seconds, the precision of the list."""

    model_config = ConfigDict(frozen=True)

    limit: Annotated[
        int,
        BeforeValidator(_read_strict_limit),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT}),
    ] = Field(default=DEFAULT_LIMIT, description="The number of chats that has to be retrieved. Maximum limit: 100.")
    modified_before: _Second = Field(
        default=None,
        description=(
            "Gets the list of chats where the last message is sent before the mentioned time:"
            " ISO 8601, or epoch milliseconds."
        ),
    )
    modified_after: _Second = Field(
        default=None,
        description=(
            "Gets the list of chats where the last message is sent after the mentioned time:"
            " ISO 8601, or epoch milliseconds."
        ),
    )
    drafts: Annotated[bool, BeforeValidator(_read_strict_flag), WithJsonSchema({"type": "boolean"})] = Field(
        default=False, description="If drafts is set to true, it retrieves the list of chats that contain drafts."
    )

    @model_validator(mode="after")
    def _check_range(self) -> DirectChatsQuery:
        after, before = self.modified_after, self.modified_before
        if after is not None and before is not None and after >= before:
            raise ValueError("modified_after earlier than modified_before")
        return self

    @property
    def before(self) -> EpochMs | None:
        """The exclusive upper bound, or None."""
        return None if self.modified_before is None else EpochMs(self.modified_before * MS_PER_SECOND)

    @property
    def after(self) -> EpochMs | None:
        """The inclusive lower bound, or None."""
        return None if self.modified_after is None else EpochMs((self.modified_after + 1) * MS_PER_SECOND)


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
    chat_type: Literal["dm", "chat", "bot"]
    chat_id: str
    last_message_info: LastMessageInfo | None = None
    pinned: bool
    participant_count: int


class DirectChats(Schema):
    """The list of chats."""

    model_config = example(
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


@operation(
    "GET /chats",
    title="Retrieve all direct chats",
    scope="ZohoCliq.Chats.READ",
    needs_person=True,
    limit=per_minute(20, lock_minutes=10),
    query=DirectChatsQuery,
    answer=DirectChats,
)
async def list_direct_chats(call: Call) -> Answer:
    """Get details of all direct chats: with one other, with a bot, and of groups; newest last message first."""
    query: DirectChatsQuery = call.query

    zone = call.world.template.utc_offset

    def listed() -> bytes:
        found = call.world.store.chats.listed(
            call.caller.id, query.limit, query.before, query.after, only_drafts=query.drafts
        )
        return b'{"chats":[%b]}' % b",".join([chat.written or _written(chat, zone) for chat in found])

    return Answer(200, call.cached(listed))


@operation(
    "POST /chats/{CHAT_ID}/mute",
    title="Mute a chat",
    scope="ZohoCliq.Chats.UPDATE",
    limit=per_minute(20, lock_minutes=10),
)
async def mute_chat(call: Call) -> Answer:
    """Mute a chat conversation, for the caller alone."""
    call.world.store.members.set_muted(CHAT.of(call).chat_id, call.caller.id, muted=True)
    return NO_CONTENT


@operation(
    "POST /chats/{CHAT_ID}/unmute",
    title="Unmute a chat",
    scope="ZohoCliq.Chats.UPDATE",
    limit=per_minute(20, lock_minutes=10),
)
async def unmute_chat(call: Call) -> Answer:
    """Unmute a chat conversation, for the caller alone."""
    call.world.store.members.set_muted(CHAT.of(call).chat_id, call.caller.id, muted=False)
    return NO_CONTENT


@operation(
    "POST /chats/{CHAT_ID}/leave",
    title="Leave a group chat",
    scope="ZohoCliq.Chats.UPDATE",
    limit=per_minute(20, lock_minutes=10),
)
async def leave_chat(call: Call) -> Answer:
    """Exit a group chat or a channel."""
    chat = CHAT.of(call)
    if chat.type == "dm":
        raise Refusal(ONE_TO_ONE_CHAT, chat=chat.chat_id)
    call.world.store.leave(chat.chat_id, call.caller.id, call.now)
    return NO_CONTENT


def _written(listed: ListedChat, zone: timezone) -> bytes:
    """A row of the list; a post changes one of many, and of that the last message alone."""
    if listed.around is None:
        listed.around = _around(listed, zone)
    before, behind = listed.around
    if listed.last_message is not None:
        before += b'"last_message_info":%b,' % to_json(_last_message(listed.last_message, zone))
    listed.written = written = before + behind
    return written


def _around(listed: ListedChat, zone: timezone) -> tuple[bytes, bytes]:
    """What is in a row before its last message, and behind it."""
    chat = listed.chat
    recipients = [{"user_id": user_id, "name": name} for user_id, name in listed.recipients]
    before = {
        # Each of the two in a one-to-one chat sees the other's name; so does who talks with a bot.
        "name": recipients[0]["name"] if chat.type in ("dm", "bot") and recipients else chat.name,
        "creation_time": iso_seconds(chat.created, zone),
        "creator_id": chat.creator_id,
        "last_modified_time": iso_seconds(chat.modified, zone),
        "removed": False,
        "recipients_summary": recipients,
        "chat_type": chat.type,
        "chat_id": chat.id,
    }
    behind = {"pinned": listed.pinned, "participant_count": chat.participant_count}
    return to_json(before).removesuffix(b"}") + b",", to_json(behind).removeprefix(b"{")


def _last_message(message: Message, zone: timezone) -> dict[str, Any]:
    info: dict[str, Any] = {"sender_id": message.sender_id, "message_type": message.type}
    if message.highlight is not None:
        info["styles"] = {"highlight": message.highlight}
    info["time"] = iso_seconds(message.time, zone)
    info["text"] = message.text
    if message.bot_name is not None:
        info["bot"] = {"name": message.bot_name, "image_url": message.bot_image_url}
    info["sender_name"] = message.sender_name
    return info
