"""Bots; and the resource BOT_UNIQUE_NAME."""

from __future__ import annotations

from mockcliq.contract.refusals import Rule
from mockcliq.gateway.resources import Resource

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
    need="a bot of channel {channel}",
    advice="The bot is not in the channel. Add it with POST /bots/{BOT_UNIQUE_NAME}/associate.",
)

BOT = Resource(
    parameter="BOT_UNIQUE_NAME",
    kind="bot",
    pattern="[A-Za-z0-9_-]{1,100}",
    find=lambda call, key: call.world.store.bots.find(key),
    own_id=lambda world, key: None if (bot := world.store.bots.find(key)) is None else bot.unique_name,
    unknown=UNKNOWN_BOT,
    description="The unique name of the bot.",
    example="buildbot",
)
