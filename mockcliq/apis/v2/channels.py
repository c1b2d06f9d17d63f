"""Channels; and the resources CHANNEL_ID and CHANNEL_UNIQUE_NAME."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockcliq.contract.ids import ChatId, UserId
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.channels import Channel
from mockcliq.store.members import MEMBER
from mockcliq.worlds.world import World

UNKNOWN_CHANNEL = Rule(
    "unknown_channel",
    404,
    have="{key}",
    need="the id or the unique name of a channel",
    advice=(
        "No channel is called so. GET /channels lists all;"
        ' POST {control}/chats {"type": "channel", "name": "{have}"} makes one.'
    ),
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


@dataclass(frozen=True, slots=True)
class FoundChannel:
    """A channel as a call finds it; ``role`` is the caller's, None for who is no member."""

    channel: Channel
    name: str
    role: str | None

    @classmethod
    def of(cls, world: World, channel: Channel, user: UserId) -> FoundChannel:
        return cls(channel, channel.unique_name, world.store.channels.role_of(channel.chat_id, user))

    @property
    def chat_id(self) -> ChatId:
        return self.channel.chat_id

    @property
    def is_open(self) -> bool:
        """Whether everybody in the organisation may see it."""
        return self.channel.level == "organization"


def _by_id(call: Authenticated, key: str) -> FoundChannel | None:
    channel = call.world.store.channels.find(key)
    return None if channel is None else FoundChannel.of(call.world, channel, call.caller.id)


def _by_name(call: Authenticated, key: str) -> FoundChannel | None:
    channel = call.world.store.channels.named(key)
    return None if channel is None else FoundChannel.of(call.world, channel, call.caller.id)


def _is_visible(_call: Authenticated, channel: FoundChannel) -> bool:
    return channel.is_open or channel.role is not None


def _own_id(channel: Channel | None) -> str | None:
    return None if channel is None else channel.channel_id


_SHARED: dict[str, Any] = {
    "kind": "channel",
    "unknown": UNKNOWN_CHANNEL,
    "visible": _is_visible,
    "forbidden": NOT_IN_CHANNEL,
}
CHANNEL_BY_ID: Resource[FoundChannel] = Resource(
    parameter="CHANNEL_ID",
    pattern="[A-Za-z0-9_-]{1,200}",
    find=_by_id,
    own_id=lambda world, key: _own_id(world.store.channels.find(key)),
    description="The ID of the channel.",
    example="O2243173626687865223",
    **_SHARED,
)
CHANNEL_BY_NAME: Resource[FoundChannel] = Resource(
    parameter="CHANNEL_UNIQUE_NAME",
    pattern=r"#?[^/\s]{1,200}",
    find=_by_name,
    own_id=lambda world, key: _own_id(world.store.channels.named(key)),
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


def is_admin(role: str) -> bool:
    return role not in (MEMBER, "moderator")
