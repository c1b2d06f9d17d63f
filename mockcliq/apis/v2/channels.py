"""Channels: list, create, change, join and leave; and the resources CHANNEL_ID and CHANNEL_UNIQUE_NAME."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timezone
from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import (
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from mockcliq.apis.v2.paging import TokensQuery, tokens
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MAXIMUM_LIMIT, Flag, Ignored, Limit, Names, Time, msguid, unknown_choice
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.apis.v2.users import people_named
from mockcliq.contract import document
from mockcliq.contract.document import Level
from mockcliq.contract.ids import ORGANISATION, ChatId, UserId
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.contract.timestamps import iso_seconds
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.channels import INITIALS, Channel, ChannelInFull, Filters, unique_name, written_config
from mockcliq.store.members import MEMBER, SUPER_ADMIN

UNKNOWN_CHANNEL = Rule(
    "unknown_channel",
    404,
    have="{key}",
    need="the unique name of a channel",
    advice=(
        "No channel is called so. GET /channels lists all;"
        ' POST {control}/chats {"type": "channel", "name": "{have}"} makes one.'
    ),
)
UNKNOWN_CHANNEL_ID = replace(
    UNKNOWN_CHANNEL,
    variant="id",
    need="the id of a channel, its own or its chat's",
    advice="No channel has this id. GET /channels lists all; by its unique name one is found below /channelsbyname.",
)
NO_UNIQUE_NAME = replace(
    UNKNOWN_CHANNEL,
    variant="name",
    need="a unique name: letters, digits, - and _",
    advice="No channel can be called so. GET /channels lists all with their unique names.",
)
NOT_IN_CHANNEL = Rule(
    "not_in_channel",
    403,
    have="user {user}",
    need="a member of channel {id}",
    advice="The caller is no member of the channel. Join it, or use the token given here.",
    hints=("token",),
)
ARCHIVED_CHANNEL = Rule(
    "archived_channel",
    400,
    have="channel {channel}, archived",
    need="a channel that is not archived",
    advice="The channel is archived. Unarchive it with POST /channels/{CHANNEL_ID}/unarchive.",
)
NOT_AN_ADMIN = Rule(
    "not_an_admin",
    403,
    have="user {user}, {role}",
    need="an admin of channel {channel}",
    advice="Only an admin or super admin of the channel may do this. Use the token of one.",
    hints=("token",),
)
INVITE_ONLY = Rule(
    "invite_only",
    403,
    have="user {user}",
    need="somebody whom an admin adds to channel {channel}",
    advice="Nobody joins this channel by themselves. An admin adds people with POST /channels/{CHANNEL_ID}/members.",
)
CHANNEL_NAME_TAKEN = Rule(
    "channel_name_taken",
    400,
    have="name={name}",
    need="a name that no channel has",
    advice="Another channel has this name, or the same unique name. Choose another name.",
)
LAST_SUPER_ADMIN = Rule(
    "last_super_admin",
    400,
    have="user {user}, the last super admin",
    need="another super admin in channel {channel}",
    advice="Make somebody a super admin first: PUT /channels/{CHANNEL_ID}/members/{MEMBER_ID}.",
)


_ADMINS = ("admin", SUPER_ADMIN)


@dataclass(frozen=True, slots=True)
class FoundChannel:
    """A channel as a call finds it; ``role`` is the caller's, None for who is no member."""

    channel: Channel
    role: str | None

    @classmethod
    def of(cls, call: Authenticated, channel: Channel | None) -> FoundChannel | None:
        """The channel with the caller's role; None for none."""
        if channel is None:
            return None
        return cls(channel, call.world.store.channels.role_of(channel.chat_id, call.caller.id))

    @property
    def chat_id(self) -> ChatId:
        return self.channel.chat_id

    @property
    def name(self) -> str:
        """Its unique name."""
        return self.channel.unique_name

    @property
    def is_open(self) -> bool:
        """Whether everybody in the organisation may see it."""
        return self.channel.level == "organization"

    @property
    def is_administered(self) -> bool:
        """Whether the caller is an admin or super admin of it."""
        return self.role in _ADMINS

    @property
    def is_moderated(self) -> bool:
        """Whether the caller may delete what others wrote."""
        return self.role in (*_ADMINS, "moderator")


def _is_visible(_call: Authenticated, channel: FoundChannel) -> bool:
    return channel.is_open or channel.role is not None


def _make_with_id(call: Authenticated, key: str) -> None:
    if call.world.store.channels.is_retired(key):
        return
    levels: dict[str, document.Level] = {INITIALS[level]: level for level in get_args(document.Level)}
    own = document.Channel(channel_id=key, unique_name=key.lower(), level=levels.get(key[0], "organization"))
    _make(call, key, own)


def _find_named(call: Authenticated, key: str) -> FoundChannel | None:
    channel = call.world.store.channels.named(key)
    if channel is None and not _can_be_made(key):
        raise Refusal(NO_UNIQUE_NAME, key=key)
    return FoundChannel.of(call, channel)


def _can_be_made(key: str) -> bool:
    """Whether a channel may have that unique name."""
    name = key.removeprefix("#")
    return unique_name(name) == name.lower()


def _make_with_name(call: Authenticated, key: str) -> None:
    name = key.removeprefix("#")
    _make(call, name, document.Channel(unique_name=name.lower()))


def _make(call: Authenticated, name: str, own: document.Channel) -> None:
    """Make a channel of the caller's, with everybody in it, unless another has its name."""
    store, caller = call.world.store, call.caller.id
    if store.channels.named(name) is None:
        store.begin_chat("channel", caller, store.users.insiders(caller), call.now, name=name, channel=own)


def _own_id(channel: Channel | None) -> str | None:
    return None if channel is None else channel.channel_id


_SHARED: dict[str, Any] = {
    "kind": "channel",
    "visible": _is_visible,
    "forbidden": NOT_IN_CHANNEL,
}
CHANNEL_BY_ID: Resource[FoundChannel] = Resource(
    parameter="CHANNEL_ID",
    pattern="[A-Za-z0-9_-]{1,200}",
    find=lambda call, key: FoundChannel.of(call, call.world.store.channels.find(key)),
    own_id=lambda world, key: _own_id(world.store.channels.find(key)),
    unknown=UNKNOWN_CHANNEL_ID,
    make=_make_with_id,
    description="The ID of the channel.",
    example="O2243173626687865223",
    **_SHARED,
)
CHANNEL_BY_NAME: Resource[FoundChannel] = Resource(
    parameter="CHANNEL_UNIQUE_NAME",
    pattern="#?[^/]{1,200}",
    find=_find_named,
    own_id=lambda world, key: _own_id(world.store.channels.named(key)),
    unknown=UNKNOWN_CHANNEL,
    names=lambda world, _key: world.store.channels.names(),
    make=_make_with_name,
    description="The unique name of the channel.",
    example="marketing",
    **_SHARED,
)


def require_member(call: Call, channel: FoundChannel) -> str:
    """The caller's role in the channel.

    Raises:
        Refusal: The caller is no member.
    """
    if channel.role is None:
        raise Refusal(NOT_IN_CHANNEL, user=call.caller.id, id=channel.channel.channel_id)
    return channel.role


def require_admin(call: Call, channel: FoundChannel) -> None:
    """Raise a refusal unless the caller is an admin of the channel."""
    role = require_member(call, channel)
    if not channel.is_administered:
        raise Refusal(NOT_AN_ADMIN, user=call.caller.id, role=role, channel=channel.name)


def require_open(channel: FoundChannel) -> None:
    """Raise a refusal if the channel is archived."""
    if channel.channel.status == "archived":
        raise Refusal(ARCHIVED_CHANNEL, channel=channel.name)


def require_another_super_admin(call: Call, channel: FoundChannel, going: set[UserId]) -> None:
    """Raise a refusal if a channel would lose all of its super admins."""
    super_admins = call.world.store.channels.super_admins(channel.chat_id)
    if super_admins and super_admins <= going:
        raise Refusal(LAST_SUPER_ADMIN, user=", ".join(sorted(super_admins)), channel=channel.name)


NAME_LIMIT = 50
DESCRIPTION_LIMIT = 10_500

_ORDERS = ("+last_modified_time", "-last_modified_time", "+creation_time", "-creation_time")


def _read_order(value: Any) -> Any:
    # A plus sign that nobody encoded is a space.
    order = f"+{value[1:]}" if isinstance(value, str) and value.startswith(" ") else value
    if order not in _ORDERS:
        raise unknown_choice(_ORDERS)
    return order


def _read_name(value: Any) -> str:
    name = value.strip().removeprefix("#").strip() if isinstance(value, str) else ""
    if not 1 <= len(name) <= NAME_LIMIT:
        raise ValueError(f"a name of 1 to {NAME_LIMIT} characters")
    return name


ChannelTitle = Annotated[
    str,
    BeforeValidator(_read_name),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": NAME_LIMIT, "pattern": r"[^\s#]"}),
]


class ChannelsQuery(TokensQuery):
    """The query of `list_channels`."""

    name: str | None = Field(default=None, description="A part of the name.")
    status: Literal["created", "pending", "archived"] | None = None
    level: Level | None = None
    joined: Flag | None = Field(default=None, description="Whether the caller is in the channel.")
    pinned: Flag | None = Field(default=None, description="Whether the caller has pinned the channel.")
    team_ids: Ignored = None
    channel_ids: Names = Field(default_factory=list, description="Ids, separated by commas.")
    chat_ids: Names = Field(default_factory=list, description="Ids of their chats, separated by commas.")
    created_by: Names = Field(default_factory=list, description="Ids of who made them, separated by commas.")
    created_before: Time | None = None
    created_after: Time | None = None
    modified_before: Time | None = None
    modified_after: Time | None = None
    order_by: Annotated[str, BeforeValidator(_read_order), WithJsonSchema({"enum": list(_ORDERS)})] = Field(
        default="-last_modified_time", description="The latest change first by default."
    )
    limit: Limit = MAXIMUM_LIMIT

    def filters(self) -> Filters:
        """What it asks for, as the store takes it."""
        said = {field: getattr(self, field) for field in Filters._fields}
        name = None if self.name is None else self.name.casefold().removeprefix("#")
        return Filters(**{**said, "name": name, **{key: tuple(said[key]) for key in _LISTS}})


_LISTS = ("channel_ids", "chat_ids", "created_by")


class Config(Input):
    """The settings of a channel."""

    reply_mode: Literal["normal_reply", "threads", "both"] | None = None
    leave_join_info: Literal["enable", "disable"] | None = None
    add_remove_info: Literal["enable", "disable"] | None = None
    meeting_chat_type: Literal["channel", "thread", "host_choice"] | None = None


Permission = dict[str, Flag]
_PERMISSIONS = ("admin_permission", "moderator_permission", "member_permission")


class CreateBody(Input):
    """The body of `create_channel`."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Signal Desk", "level": "private"}})

    name: ChannelTitle
    level: Level
    description: str | None = Field(default=None, max_length=DESCRIPTION_LIMIT)
    invite_only: Flag = False
    team_ids: Names = Field(default_factory=list, description="Needed for the level team.")
    user_ids: Names = Field(default_factory=list, description="Who is in it from the start.")
    email_ids: Names = Field(
        default_factory=list, description="E-mail addresses of others who are in it from the start."
    )
    image_data: str | None = None
    config: Config = Field(default_factory=Config)

    @model_validator(mode="after")
    def _check_teams(self) -> CreateBody:
        if self.level == "team" and not self.team_ids:
            raise ValueError("team_ids, since the level is team")
        return self

    def settings(self) -> document.ChannelConfig:
        """What of it the channel keeps among its settings."""
        return document.ChannelConfig(**self.config.model_dump(), invite_only=self.invite_only)


class UpdateBody(Input):
    """The body of `update_channel`; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"example": {"description": "Loads and logs"}})

    name: ChannelTitle | None = None
    description: str | None = Field(default=None, max_length=DESCRIPTION_LIMIT)
    level: Level | None = None
    image_data: str | None = None
    config: Config = Field(default_factory=Config)
    admin_permission: Permission = Field(default_factory=dict)
    moderator_permission: Permission = Field(default_factory=dict)
    member_permission: Permission = Field(default_factory=dict)

    def settings(self, before: dict[str, Any]) -> dict[str, Any]:
        """The channel's settings with what it changes."""
        permissions = {key: {**before.get(key, {}), **getattr(self, key)} for key in _PERMISSIONS if getattr(self, key)}
        return {**before, **self.config.model_dump(exclude_none=True), **permissions}


class AutoFollowBody(Input):
    """The body of `set_thread_auto_follow`."""

    model_config = ConfigDict(json_schema_extra={"example": {"auto_follow_threads": "enable"}})

    auto_follow_threads: Literal["enable", "disable"]

    @model_validator(mode="before")
    @classmethod
    def _refuse_changes(cls, sent: dict[str, Any]) -> dict[str, Any]:
        """One path has two operations: what the other one would change is not dropped in silence."""
        changes = [key for key in UpdateBody.model_fields if sent.get(key) is not None]
        if changes:
            raise ValueError(f"auto_follow_threads alone; {', '.join(changes)} in a PUT of its own")
        return sent


class AutoFollow(Schema):
    """Whether the caller follows each new thread."""

    model_config = example({"status": "enabled"})

    status: Literal["enabled", "disabled"]


class LastChannelMessage(Schema):
    """The last message of a channel; empty where there is none."""

    message_id: str | None = None
    sender_id: str | None = None
    sender_name: str | None = None
    message_type: str | None = None
    time: AwareDatetime | None = None


_MAY = {
    "admin_permission": {
        "send_message": True,
        "delete_channel": True,
        "mention_users": True,
        "post_reply": True,
        "sticky_message": True,
    },
    **{
        key: {
            "send_message": True,
            "delete_channel": False,
            "mention_users": True,
            "post_reply": True,
            "sticky_message": True,
        }
        for key in ("moderator_permission", "member_permission")
    },
}
"""What the roles may do where nobody changed it, as observed."""

_EXAMPLE = {
    "channel_id": "P1840000016769023",
    "name": "#Signal Desk",
    "unique_name": "signaldesk",
    "description": "",
    "level": "private",
    "status": "created",
    "participant_count": 3,
    "creation_time": "2031-03-06T12:00:00-05:00",
    "last_modified_time": "2031-03-06T12:00:00-05:00",
    "creator_id": "70412233",
    "creator_name": "Mara Lindqvist",
    "current_user_role": "super_admin",
    "organization_id": "734029118",
    "invite_only": False,
    "joined": True,
    "pinned": False,
    "chat_id": "CT_1840033127744310562_734029118",
    "image_url": "",
    "total_message_count": "48",
    "unread_message_count": "0",
    "unread_time": "",
    "teams": {},
    "last_message_info": {
        "message_id": "1931204455871%2048215590317",
        "sender_id": "70412233",
        "sender_name": "Mara Lindqvist",
        "message_type": "text",
        "time": "2031-03-08T00:20:22-08:00",
    },
    **_MAY,
}


class ChannelShown(Schema):
    """A channel; ``current_user_role`` is empty for who is not in it."""

    model_config = example(_EXAMPLE)

    channel_id: str
    name: str
    unique_name: str
    description: str
    level: Level
    status: Literal["created", "archived"]
    participant_count: int
    creation_time: AwareDatetime
    last_modified_time: AwareDatetime
    creator_id: str
    creator_name: str
    current_user_role: Literal["super_admin", "admin", "moderator", "member", ""]
    organization_id: str
    invite_only: bool
    joined: bool
    pinned: bool
    chat_id: str
    image_url: str
    total_message_count: str
    unread_message_count: str
    unread_time: str
    teams: dict[str, Any]
    last_message_info: LastChannelMessage
    admin_permission: dict[str, bool]
    moderator_permission: dict[str, bool]
    member_permission: dict[str, bool]


class NamedChannel(Schema):
    """A channel, asked for by its unique name."""

    model_config = example({"type": "channel", "data": _EXAMPLE})

    type: Literal["channel"]
    data: ChannelShown


class ChannelList(Schema):
    """A page of channels. ``next_token`` is there if there are more."""

    model_config = example(
        {"channels": [_EXAMPLE], "has_more": True, "next_token": "dG9rZW4tbmV4dA", "sync_token": "dG9rZW4tc3luYw"}
    )

    channels: list[ChannelShown]
    has_more: bool
    next_token: str | None = None
    sync_token: str


@operation(
    "GET /channels",
    title="List channels",
    scope="ZohoCliq.Channels.READ",
    limit=ASSUMED,
    query=ChannelsQuery,
    answer=ChannelList,
    source="observed",
)
async def list_channels(call: Call) -> Answer:
    """List the caller's channels, and those of the organisation."""
    query: ChannelsQuery = call.query
    by: Literal["created", "modified"] = "created" if query.order_by.endswith("creation_time") else "modified"
    listing = f"channels {query.order_by}"
    last, row, since = query.position(listing)
    found = call.world.store.channels.listed(
        call.caller.id,
        query.filters(),
        by=by,
        descending=query.order_by.startswith("-"),
        after=(last, row),
        since=since,
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    end = (getattr(page[-1].chat, by), page[-1].row) if len(found) > len(page) else None
    rows = [channel_row(each, call.world.template.utc_offset) for each in page]
    return Answer(200, to_json({"channels": rows, **tokens(listing, call.now, last=end, since=since)}))


@operation(
    "POST /channels",
    title="Create a channel",
    scope="ZohoCliq.Channels.CREATE",
    limit=per_minute(20, lock_minutes=10),
    body=CreateBody,
    answer=ChannelShown,
)
async def create_channel(call: Call) -> Answer:
    """Create a channel, of which the caller is the super admin."""
    body: CreateBody = call.payload
    store = call.world.store
    people = dict.fromkeys((call.caller.id, *people_named(call, [*body.user_ids, *body.email_ids])))
    if store.channels.is_taken(body.name):
        raise Refusal(CHANNEL_NAME_TAKEN, name=body.name)
    chat = store.chats.free_id("channel")
    own = document.Channel(
        channel_id=store.channels.free_id(chat, body.level),
        unique_name=store.channels.free_name(body.name),
        level=body.level,
        description=body.description or "",
        config=body.settings(),
    )
    members = [document.Participant(user) for user in people]
    store.add_chat(document.Chat(chat, "channel", call.caller.id, call.now, members, name=body.name, channel=own))
    return _answered(call, chat)


@operation(
    "GET /channels/{CHANNEL_ID}",
    title="Get a channel by id",
    scope="ZohoCliq.Channels.READ",
    limit=ASSUMED,
    answer=ChannelShown,
    source="observed",
)
async def get_channel(call: Call) -> Answer:
    """Get a channel by its id."""
    return _answered(call, CHANNEL_BY_ID.of(call).chat_id)


@operation(
    "GET /channelsbyname/{CHANNEL_UNIQUE_NAME}",
    title="Get a channel by unique name",
    scope="ZohoCliq.Channels.READ",
    limit=ASSUMED,
    answer=NamedChannel,
    source="observed",
)
async def get_channel_by_name(call: Call) -> Answer:
    """Get a channel by its unique name."""
    return Answer(200, to_json({"type": "channel", "data": _seen(call, CHANNEL_BY_NAME.of(call).chat_id)}))


@operation(
    "PUT /channels/{CHANNEL_ID}",
    title="Update a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    body=UpdateBody,
    answer=ChannelShown,
    source="observed",
)
async def update_channel(call: Call) -> Answer:
    """Change a channel; what is left out stays as it is. A new name makes a new unique name."""
    found, body = CHANNEL_BY_ID.of(call), call.payload
    require_admin(call, found)
    require_open(found)
    channels, channel = call.world.store.channels, found.channel
    before = channels.in_full(found.chat_id, call.caller.id).chat.name
    name = before if body.name is None else body.name
    unique_name = channel.unique_name
    if name != before:
        if channels.is_taken(name, besides=found.chat_id):
            raise Refusal(CHANNEL_NAME_TAKEN, name=name)
        unique_name = channels.free_name(name, of=found.chat_id)
    changed = channel._replace(
        unique_name=unique_name,
        level=body.level or channel.level,
        description=channel.description if body.description is None else body.description,
        config=written_config(body.settings(channel.settings)),
    )
    channels.change(channel, changed, call.now, name)
    return _answered(call, found.chat_id)


def _sets_auto_follow(_query: bytes, body: bytes) -> bool:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and "auto_follow_threads" in said


@operation(
    "PUT /channels/{CHANNEL_ID}",
    title="Auto-follow threads of a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    body=AutoFollowBody,
    answer=AutoFollow,
    applies=_sets_auto_follow,
)
async def set_thread_auto_follow(call: Call) -> Answer:
    """Let the caller follow each new thread of a channel, or no longer."""
    found, body = CHANNEL_BY_ID.of(call), call.payload
    require_member(call, found)
    enabled = body.auto_follow_threads == "enable"
    call.world.store.channels.set_auto_follow(found.channel, call.caller.id, enabled=enabled)
    return Answer(200, to_json({"status": "enabled" if enabled else "disabled"}))


@operation(
    "DELETE /channels/{CHANNEL_ID}",
    title="Delete a channel",
    scope="ZohoCliq.Channels.DELETE",
    limit=ASSUMED,
    source="observed",
)
async def delete_channel(call: Call) -> Answer:
    """Delete a channel with all that is in it."""
    channel = CHANNEL_BY_ID.of(call)
    require_admin(call, channel)
    call.world.store.delete_channel(channel.channel)
    return NO_CONTENT


@operation(
    "POST /channels/{CHANNEL_ID}/join",
    title="Join a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    answer=ChannelShown,
    source="observed",
)
async def join_channel(call: Call) -> Answer:
    """Join a channel of the organisation; who is in it stays in it."""
    found = CHANNEL_BY_ID.of(call)
    require_open(found)
    if found.role is None:
        if found.channel.settings.get("invite_only"):
            raise Refusal(INVITE_ONLY, user=call.caller.id, channel=found.name)
        call.world.store.channels.let_in(found.channel, [call.caller.id], call.caller.id, call.now)
    return _answered(call, found.chat_id)


@operation(
    "POST /channels/{CHANNEL_ID}/leave",
    title="Leave a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    source="observed",
)
async def leave_channel(call: Call) -> Answer:
    """Leave a channel; its last super admin cannot."""
    channel = CHANNEL_BY_ID.of(call)
    require_member(call, channel)
    require_another_super_admin(call, channel, {call.caller.id})
    call.world.store.leave(channel.chat_id, call.caller.id, call.now)
    return NO_CONTENT


@operation(
    "POST /channels/{CHANNEL_ID}/archive",
    title="Archive a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    source="observed",
)
async def archive_channel(call: Call) -> Answer:
    """Archive a channel: it is read, but nothing is posted or changed."""
    return _with_status(call, "archived")


@operation(
    "POST /channels/{CHANNEL_ID}/unarchive",
    title="Unarchive a channel",
    scope="ZohoCliq.Channels.UPDATE",
    limit=ASSUMED,
    source="observed",
)
async def unarchive_channel(call: Call) -> Answer:
    """Take a channel out of the archive."""
    return _with_status(call, "created")


def _with_status(call: Call, status: str) -> Answer:
    found = CHANNEL_BY_ID.of(call)
    require_admin(call, found)
    channels, channel = call.world.store.channels, found.channel
    if channel.status != status:
        channels.change(channel, channel._replace(status=status), call.now)
    return NO_CONTENT


def _answered(call: Call, chat: ChatId) -> Answer:
    return Answer(200, to_json(_seen(call, chat)))


def _seen(call: Call, chat: ChatId) -> dict[str, Any]:
    return channel_row(call.world.store.channels.in_full(chat, call.caller.id), call.world.template.utc_offset)


_ORGANISATION = re.compile(r"CT_[0-9]+_[A-Za-z]*([0-9]+)")


def channel_row(found: ChannelInFull, zone: timezone) -> dict[str, Any]:
    """A channel as one person sees it."""
    channel, chat, own, last, creator_name, _ = found
    settings = channel.settings
    organisation = _ORGANISATION.match(chat.id)
    return {
        "channel_id": channel.channel_id,
        "name": f"#{chat.name.removeprefix('#')}",
        "unique_name": channel.unique_name,
        "description": channel.description,
        "level": channel.level,
        "status": channel.status,
        "participant_count": chat.participant_count,
        "creation_time": iso_seconds(chat.created, zone),
        "last_modified_time": iso_seconds(chat.modified, zone),
        "creator_id": chat.creator_id,
        "creator_name": creator_name,
        "current_user_role": "" if own is None else own.role or MEMBER,
        # An id of a chat has it behind its number.
        "organization_id": organisation[1] if organisation else ORGANISATION,
        "invite_only": bool(settings.get("invite_only")),
        "joined": own is not None,
        "pinned": own is not None and own.pinned,
        "chat_id": chat.id,
        "image_url": "",
        "total_message_count": str(chat.message_count),
        "unread_message_count": str(0 if own is None else max(0, chat.message_count - own.read)),
        "unread_time": "",
        "teams": {},
        "last_message_info": {}
        if last is None
        else {
            "message_id": msguid(last.id),
            "sender_id": last.sender_id,
            "sender_name": last.sender_name,
            "message_type": last.type,
            "time": iso_seconds(last.time, zone),
        },
        **{key: {**permitted, **settings.get(key, {})} for key, permitted in _MAY.items()},
    }
