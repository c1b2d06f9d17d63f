"""Members of channels: people by role, and bots; and the resource MEMBER_ID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import ConfigDict, Field, model_validator

from mockcliq.apis.v2.channels import (
    CHANNEL_BY_ID,
    FoundChannel,
    require_admin,
    require_another_super_admin,
    require_open,
)
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import Flag, Names
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.apis.v2.users import USER_PATTERN, people_named
from mockcliq.contract.document import ChannelRole
from mockcliq.contract.ids import UserId
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.members import MEMBER, SUPER_ADMIN

UNKNOWN_MEMBER = Rule(
    "unknown_member",
    404,
    have="{key}",
    need="the id or e-mail address of a member, or the id of a bot in the channel",
    advice="Nobody in the channel has this id. GET /channels/{CHANNEL_ID}/members lists its members.",
)
BOT_WITHOUT_ROLE = Rule(
    "bot_without_role",
    400,
    have="bot {bot}",
    need="a person",
    advice="A bot has no role in a channel. Name a person.",
)

MOST_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A member of the channel in the path; ``bot`` is the unique name of one that is a bot."""

    id: UserId
    bot: str | None = None


def _find_member(call: Authenticated, key: str) -> FoundMember | None:
    channel: FoundChannel = cast("Call", call).found[CHANNEL_BY_ID.parameter]
    return _member_of(call, channel, key)


def _member_of(call: Authenticated, channel: FoundChannel, key: str) -> FoundMember | None:
    store = call.world.store
    user = store.users.find(key)
    if user is not None:
        return FoundMember(user.id) if store.members.has(channel.chat_id, user.id) else None
    bots = (bot for name in channel.channel.bot_names if (bot := store.bots.find(name)) is not None)
    return next((FoundMember(bot.id, bot.unique_name) for bot in bots if bot.id == key), None)


CHANNEL_MEMBER = Resource(
    parameter="MEMBER_ID",
    kind="member",
    pattern=USER_PATTERN,
    find=_find_member,
    unknown=UNKNOWN_MEMBER,
    description="The id or the e-mail address of a member, or the id of a bot in the channel.",
    example="631830848",
)


class MembersBody(Input):
    """Whom it is about: people by their ids, e-mail addresses, or both."""

    model_config = ConfigDict(json_schema_extra={"example": {"email_ids": ["scott@zylker.com"]}})

    user_ids: Names = Field(default_factory=list, max_length=MOST_MEMBERS)
    email_ids: Names = Field(default_factory=list, max_length=MOST_MEMBERS)

    @model_validator(mode="after")
    def _check_somebody(self) -> MembersBody:
        if not self.keys:
            raise ValueError("user_ids or email_ids, with somebody in it")
        return self

    @property
    def keys(self) -> list[str]:
        return [*self.user_ids, *self.email_ids]


class RemovalBody(MembersBody):
    """The body of `remove_channel_members`."""

    silent: Flag = Field(default=False, description="Whether the channel is not told.")


class RoleBody(Input):
    """The body of `change_channel_member_role`."""

    model_config = ConfigDict(json_schema_extra={"example": {"role": "admin"}})

    role: ChannelRole


class ChannelMember(Schema):
    """A person, or a bot, which has no ``email_id``."""

    user_id: str
    name: str
    user_role: ChannelRole | Literal["bot"]
    email_id: str | None = None
    bot_unique_name: str | None = None
    store_app_id: int | None = None


class ChannelMembers(Schema):
    """The members of a channel: people in the order they joined, then bots."""

    model_config = example(
        {
            "members": [
                {
                    "user_id": "70412233",
                    "email_id": "mara@kelpworks.example",
                    "name": "Mara Lindqvist",
                    "user_role": "super_admin",
                },
                {
                    "bot_unique_name": "depotbot",
                    "user_id": "b-1840000009075007",
                    "name": "Depot Bot",
                    "user_role": "bot",
                    "store_app_id": -1,
                },
            ]
        }
    )

    members: list[ChannelMember]


MEMBERSHIP_CALLS = per_minute(10, lock_minutes=10, source="assumed")
"""The threshold was observed; the lock is our choice."""


@operation(
    "GET /channels/{CHANNEL_ID}/members",
    title="Channel members",
    scope="ZohoCliq.Channels.READ",
    limit=ASSUMED,
    answer=ChannelMembers,
    source="observed",
)
async def list_channel_members(call: Call) -> Answer:
    """List the members of a channel, people and bots."""
    channel, store = CHANNEL_BY_ID.of(call), call.world.store
    roles = store.members.roles(channel.chat_id)
    people: list[dict[str, Any]] = [
        {"user_id": each.user_id, "email_id": each.email_id, "name": each.name, "user_role": roles[each.user_id]}
        for each in store.members.of(channel.chat_id)
    ]
    bots = [
        {
            "bot_unique_name": bot.unique_name,
            "user_id": bot.id,
            "name": bot.name,
            "user_role": "bot",
            "store_app_id": -1,
        }
        for name in channel.channel.bot_names
        if (bot := store.bots.find(name)) is not None
    ]
    return Answer(200, to_json({"members": [*people, *bots]}))


@operation(
    "POST /channels/{CHANNEL_ID}/members",
    title="Add channel members",
    scope="ZohoCliq.Channels.UPDATE",
    limit=MEMBERSHIP_CALLS,
    body=MembersBody,
    source="observed",
)
async def add_channel_members(call: Call) -> Answer:
    """Add people to a channel; who is in it already stays as they are."""
    channel, body = _changed_channel(call), cast("MembersBody", call.payload)
    people = people_named(call, body.keys)
    call.world.store.channels.let_in(channel.channel, people, call.caller.id, call.now)
    return NO_CONTENT


@operation(
    "DELETE /channels/{CHANNEL_ID}/members",
    title="Remove channel members",
    scope="ZohoCliq.Channels.UPDATE",
    limit=MEMBERSHIP_CALLS,
    body=RemovalBody,
    source="observed",
)
async def remove_channel_members(call: Call) -> Answer:
    """Remove members from a channel."""
    channel, body = _changed_channel(call), cast("RemovalBody", call.payload)
    members = []
    for key in body.keys:
        member = _member_of(call, channel, key)
        if member is None:
            raise Refusal(UNKNOWN_MEMBER, key=key)
        members.append(member)
    return _removed(call, channel, members, silent=body.silent)


@operation(
    "DELETE /channels/{CHANNEL_ID}/members/{MEMBER_ID}",
    title="Remove one member",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    source="observed",
)
async def remove_channel_member(call: Call) -> Answer:
    """Remove a member, or a bot, from a channel."""
    return _removed(call, _changed_channel(call), [CHANNEL_MEMBER.of(call)])


@operation(
    "PUT /channels/{CHANNEL_ID}/members/{MEMBER_ID}",
    title="Change a member role",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    body=RoleBody,
    source="observed",
)
async def change_channel_member_role(call: Call) -> Answer:
    """Give a member of a channel another role."""
    channel, member, role = _changed_channel(call), CHANNEL_MEMBER.of(call), call.payload.role
    if member.bot is not None:
        raise Refusal(BOT_WITHOUT_ROLE, bot=member.bot)
    if role != SUPER_ADMIN:
        require_another_super_admin(call, channel, {member.id})
    call.world.store.members.set_role(channel.chat_id, member.id, None if role == MEMBER else role)
    return NO_CONTENT


def _changed_channel(call: Call) -> FoundChannel:
    """The channel in the path, which its caller may change.

    Raises:
        Refusal: The caller is no admin, or the channel is archived.
    """
    channel = CHANNEL_BY_ID.of(call)
    require_admin(call, channel)
    require_open(channel)
    return channel


def _removed(call: Call, channel: FoundChannel, members: Sequence[FoundMember], *, silent: bool = False) -> Answer:
    people = [each.id for each in members if each.bot is None]
    require_another_super_admin(call, channel, set(people))
    store = call.world.store
    with store.database.transaction():
        store.channels.drop_bots(channel.channel, [each.bot for each in members if each.bot is not None])
        store.channels.let_go(channel.channel, people, call.caller.id, call.now, silent=silent)
    return NO_CONTENT
