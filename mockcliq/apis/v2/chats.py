"""The Chats API, in the order of its reference page: each block is a section of it."""

from __future__ import annotations

from datetime import timedelta

from mockcliq.apis.v2 import rendering
from mockcliq.apis.v2.errors import ExpiryInThePast, OneToOneChat, UnknownMessage
from mockcliq.apis.v2.inputs import FIRST_ABSOLUTE_EXPIRY, ChatMembersQuery, DirectChatsQuery, PinMessageBody
from mockcliq.apis.v2.schemas import ChatMembers, DirectChats, NewPin, PinnedMessage
from mockcliq.contract.ids import EpochMs
from mockcliq.contract.operation import Operation, per_minute
from mockcliq.contract.scopes import Scope
from mockcliq.gateway.answers import NO_CONTENT, Answer, json
from mockcliq.gateway.call import Call
from mockcliq.gateway.route import Api
from mockcliq.timestamps import iso_ms

api = Api(prefix=Operation.prefix)


@api.operation(
    "GET /chats",
    title="Retrieve all direct chats",
    scope=Scope.CHATS_READ,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
    query=DirectChatsQuery,
    answer=DirectChats,
)
async def list_direct_chats(call: Call) -> Answer:
    """Get details of all direct chats: one-to-one and group chats, newest last message first."""
    query: DirectChatsQuery = call.query

    def listed() -> bytes:
        found = call.world.store.chats.listed(
            call.caller.id, query.limit, query.before, query.after, only_drafts=query.drafts
        )
        return json(rendering.direct_chats(found, call.world.template.utc_offset))

    return Answer(200, call.remember(listed))


@api.operation(
    "GET /chats/{CHAT_ID}/members",
    title="Retrieve the members of a chat",
    scope=Scope.CHATS_READ,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
    query=ChatMembersQuery,
    answer=ChatMembers,
)
async def list_chat_members(call: Call) -> Answer:
    """Get details of members of a chat, in the order they joined."""
    query: ChatMembersQuery = call.query
    members = call.world.store.chats.members(call.chat.chat_id)
    return Answer(200, json(rendering.chat_members(members, query.fields_)))


@api.operation(
    "POST /chats/{CHAT_ID}/mute",
    title="Mute a chat",
    scope=Scope.CHATS_UPDATE,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
)
async def mute_chat(call: Call) -> Answer:
    """Mute a chat conversation, for the caller alone."""
    call.world.store.chats.set_muted(call.chat.chat_id, call.caller.id, muted=True)
    return NO_CONTENT


@api.operation(
    "POST /chats/{CHAT_ID}/unmute",
    title="Unmute a chat",
    scope=Scope.CHATS_UPDATE,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
)
async def unmute_chat(call: Call) -> Answer:
    """Unmute a chat conversation, for the caller alone."""
    call.world.store.chats.set_muted(call.chat.chat_id, call.caller.id, muted=False)
    return NO_CONTENT


@api.operation(
    "POST /chats/{CHAT_ID}/stickymessage",
    title="Pin a message",
    scope=Scope.CHATS_CREATE,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
    raises=(UnknownMessage, ExpiryInThePast),
    body=PinMessageBody,
    answer=NewPin,
)
async def pin_message(call: Call) -> Answer:
    """Pin a message within a conversation; it takes the place of one that was pinned."""
    pin: PinMessageBody = call.payload
    chats, chat = call.world.store.chats, call.chat.chat_id
    if not chats.has_message(chat, pin.id):
        raise UnknownMessage(message=pin.id, chat=chat)
    expires = pin.expiry_time
    if expires is not None and expires < FIRST_ABSOLUTE_EXPIRY:
        expires += call.now
    if expires is not None and expires <= call.now:
        raise ExpiryInThePast(expiry_time=pin.expiry_time, now=iso_ms(call.now))
    pinned = chats.pin(chat, pin.id, call.caller.id, call.now, None if expires is None else EpochMs(expires))
    return Answer(200, json(rendering.new_pin(pinned)))


@api.operation(
    "GET /chats/{CHAT_ID}/stickymessage",
    title="Retrieve a pinned message",
    scope=Scope.CHATS_READ,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
    answer=PinnedMessage,
)
async def get_pinned_message(call: Call) -> Answer:
    """Retrieve a pinned message within a conversation."""
    pinned = call.world.store.chats.pinned(call.chat.chat_id, call.now)
    return Answer(200, json(rendering.pinned_message(pinned)))


@api.operation(
    "DELETE /chats/{CHAT_ID}/stickymessage",
    title="Unpin a message",
    scope=Scope.CHATS_DELETE,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
)
async def unpin_message(call: Call) -> Answer:
    """Unpin a message in a conversation."""
    call.world.store.chats.unpin(call.chat.chat_id)
    return NO_CONTENT


@api.operation(
    "POST /chats/{CHAT_ID}/leave",
    title="Leave a group chat",
    scope=Scope.CHATS_UPDATE,
    threshold=per_minute(20),
    lock_period=timedelta(minutes=10),
    raises=(OneToOneChat,),
)
async def leave_chat(call: Call) -> Answer:
    """Exit a group chat or a channel."""
    if call.chat.type == "dm":
        raise OneToOneChat(chat=call.chat.chat_id)
    call.world.store.chats.leave(call.chat.chat_id, call.caller.id)
    return NO_CONTENT
