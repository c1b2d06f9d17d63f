"""Bots: added to channels, their subscribers and calls; and the resource BOT_UNIQUE_NAME."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import ConfigDict, Field

from mockcliq.apis.v2.channels import CHANNEL_BY_NAME, require_member, require_open
from mockcliq.apis.v2.paging import TokensQuery, read_offset, read_token, write_token
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MAXIMUM_LIMIT, AppKey, Limit, Names, text_of
from mockcliq.apis.v2.users import people_named
from mockcliq.contract.document import BotAccount
from mockcliq.contract.ids import BOT_NAME_PATTERN, UserId
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.bots import Bot

_NAME = re.compile(BOT_NAME_PATTERN)

UNKNOWN_BOT = Rule(
    "unknown_bot",
    404,
    have="{key}",
    need="the unique name of a bot",
    advice=(
        'No bot has this name. GET {control}/bots lists all; POST {control}/bots {"unique_name": "{have}"} makes it.'
    ),
)
BOT_NOT_MEMBER = Rule(
    "bot_not_member",
    400,
    have="bot {bot}",
    need="a bot of {where}",
    advice="A bot posts to the channels that it is in. Add it with POST /bots/{BOT_UNIQUE_NAME}/associate.",
)
BOT_ALREADY_MEMBER = Rule(
    "bot_already_member",
    400,
    have="bot {bot}, which is in channel {channel}",
    need="a bot that is not in the channel",
    advice="The bot is in the channel already. Nothing needs to be done.",
)
TOO_MANY_BOTS = Rule(
    "too_many_bots",
    400,
    have="channel {channel} with {count} bots",
    need="a channel with fewer than {maximum} bots",
    advice="No more bots fit into the channel. Use another channel.",
)
NOT_THE_BOTS_ADMIN = Rule(
    "not_the_bots_admin",
    403,
    have="user {user}",
    need="the creator of bot {bot}, or the owner of the organisation",
    advice="Only its creator and the organisation's owner see who has subscribed to a bot.",
    hints=("token",),
)


def _make(call: Authenticated, key: str) -> None:
    name = key.lower()
    if _NAME.fullmatch(name):
        call.world.store.bots.add(BotAccount(name, creator=call.caller.id))


BOT = Resource(
    parameter="BOT_UNIQUE_NAME",
    kind="bot",
    pattern="[A-Za-z0-9_-]{1,100}",
    find=lambda call, key: call.world.store.bots.find(key),
    own_id=lambda world, key: None if (bot := world.store.bots.find(key)) is None else bot.unique_name,
    unknown=UNKNOWN_BOT,
    names=lambda world, _key: world.store.bots.names(),
    make=_make,
    description="The unique name of the bot.",
    example="buildbot",
)

BOTS_IN_CHANNEL = 10
_SPOKEN_LIMIT = 500


class AssociateBody(Input):
    """The body of `associate_bot`."""

    model_config = ConfigDict(json_schema_extra={"example": {"channel_unique_name": "marketing"}})

    channel_unique_name: str = Field(min_length=1, description="The unique name of the channel.")


class BotQuery(Input):
    """The query of what bots do, and of what is done to them."""

    model_config = ConfigDict(frozen=True)

    appkey: AppKey = ""


class SubscribersQuery(TokensQuery, BotQuery):
    """The query of `list_bot_subscribers`."""

    limit: Limit = MAXIMUM_LIMIT


class CallBody(Input):
    """The body of `trigger_bot_call`."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "The kiln is too hot.", "retry": 2}})

    text: Annotated[str, *text_of(_SPOKEN_LIMIT)] = Field(description="What the voice says.")
    user_ids: Names = Field(
        default_factory=list, max_length=10, description="Ids or e-mail addresses; all subscribers by default."
    )
    retry: int = Field(default=0, strict=True, ge=0, le=3, description="How often it rings again.")
    loop: int = Field(default=0, strict=True, ge=0, le=3, description="How often the text is repeated.")
    actions: list[dict[str, Any]] = Field(default_factory=list, max_length=5, description="Buttons.")


class Subscriber(Schema):
    """A subscriber."""

    email_id: str
    user_id: str
    name: str


class Subscribers(Schema):
    """A page of a bot's subscribers; the last one has a ``sync_token``, all others a ``next_token``."""

    model_config = example(
        {
            "url": "/api/v2/bots/depotbot/subscribers",
            "type": "bot_subscriber",
            "sync_token": "dG9rZW4tc3luYw",
            "data": [{"email_id": "mara@kelpworks.example", "user_id": "70412233", "name": "Mara Lindqvist"}],
        }
    )

    url: str
    type: str
    next_token: str | None = None
    sync_token: str | None = None
    data: list[Subscriber]


class BotCall(Schema):
    """Who is called, and the call's id."""

    model_config = example({"user_ids": ["70412233", "70418890"], "id": "71c95dc4-e792-468c-aa8c-602e01d8d7ea"})

    user_ids: list[str]
    id: str


@operation(
    "POST /bots/{BOT_UNIQUE_NAME}/associate",
    title="Add a bot to a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=per_minute(5, lock_minutes=5, source="assumed"),
    query=BotQuery,
    body=AssociateBody,
    source="observed",
)
async def associate_bot(call: Call) -> Answer:
    """Add a bot to a channel that the caller is in; a channel has at most ten bots."""
    body: AssociateBody = call.payload
    bot = BOT.of(call)
    found = CHANNEL_BY_NAME.look_up(call, body.channel_unique_name)
    require_member(call, found)
    require_open(found)
    bots = found.channel.bot_names
    if bot.unique_name in bots:
        raise Refusal(BOT_ALREADY_MEMBER, bot=bot.unique_name, channel=found.name)
    if len(bots) >= BOTS_IN_CHANNEL:
        raise Refusal(TOO_MANY_BOTS, channel=found.name, count=len(bots), maximum=BOTS_IN_CHANNEL)
    call.world.store.channels.add_bot(found.channel, bot.unique_name)
    return NO_CONTENT


@operation(
    "GET /bots/{BOT_UNIQUE_NAME}/subscribers",
    title="Bot subscribers",
    scope="ZohoCliq.Bots.READ",
    limit=per_minute(100, lock_minutes=10),
    query=SubscribersQuery,
    answer=Subscribers,
)
async def list_bot_subscribers(call: Call) -> Answer:
    """Get who has subscribed to a bot, in pages: for its creator and the organisation's owner.

    With a ``sync_token``, too, everybody is listed.
    """
    query: SubscribersQuery = call.query
    bot = BOT.of(call)
    if call.caller.id != bot.creator_id and call.caller.role != "owner":
        raise Refusal(NOT_THE_BOTS_ADMIN, user=call.caller.id, bot=bot.unique_name)
    listing = f"subscribers {bot.unique_name}"
    start = read_offset(query.next_token, listing)
    if query.sync_token:
        # Whose subscription ended is not known: who merges the whole list misses nobody who came.
        read_token("sync_token", query.sync_token, f"{listing} since", parts=1)
    everybody = call.world.store.users.all()
    subscribers = bot.audience(everybody)
    end = start + query.limit
    people = {user.id: user for user in everybody}
    rows = [
        {"email_id": people[each].email, "user_id": each, "name": people[each].name} for each in subscribers[start:end]
    ]
    token = (
        {"next_token": write_token(listing, end)}
        if end < len(subscribers)
        else {"sync_token": write_token(f"{listing} since", call.now)}
    )
    return Answer(200, to_json({"url": call.match.path, "type": "bot_subscriber", **token, "data": rows}))


@operation(
    "POST /bots/{BOT_UNIQUE_NAME}/calls",
    title="Voice alert by a bot",
    scope="ZohoCliq.Webhooks.CREATE",
    limit=per_minute(10, lock_minutes=30, window_minutes=5),
    query=BotQuery,
    body=CallBody,
    answer=BotCall,
)
async def trigger_bot_call(call: Call) -> Answer:
    """Have a bot call people, those named or all of its subscribers. Nothing rings here."""
    body: CallBody = call.payload
    bot = BOT.of(call)
    number = call.world.store.count("bot_calls")
    call_id = uuid5(NAMESPACE_URL, f"{bot.unique_name}/calls/{number}")
    return Answer(200, to_json({"user_ids": receivers(call, bot, body.user_ids), "id": str(call_id)}))


def audience(call: Call, bot: Bot) -> list[UserId]:
    """A bot's subscribers: those it names, or all active people."""
    return bot.audience(call.world.store.users.all())


def receivers(call: Call, bot: Bot, named: list[str]) -> list[UserId]:
    """Whom a bot speaks to: the people named by id or e-mail address, each once; its subscribers where none is.

    Raises:
        Refusal: There is nobody of such a name.
    """
    return people_named(call, named) or audience(call, bot)
