"""Threads: list, follow, close and reopen; and the resource THREAD_CHAT_ID."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timezone
from typing import Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from mockcliq.apis.v2.channels import CHANNEL_BY_ID, require_member, require_open
from mockcliq.apis.v2.chats import CHAT
from mockcliq.apis.v2.messages import Sender, message_row
from mockcliq.apis.v2.paging import TokensQuery, read_offset, tokens, write_token
from mockcliq.apis.v2.posts import bot_of, channel_of
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MAXIMUM_LIMIT, AppKey, Limit, Names, msguid
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.apis.v2.users import people_named
from mockcliq.contract.ids import CHAT_ID_PATTERN, ChatId, UserId
from mockcliq.contract.operation import operation
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.contract.timestamps import iso_seconds
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.members import Member
from mockcliq.store.threads import Thread, ThreadInFull

UNKNOWN_THREAD = Rule(
    "unknown_thread",
    404,
    have="{key}",
    need="the chat id of a thread",
    advice="No thread has this chat id. GET /channels/{CHANNEL_ID}/threads lists those of a channel.",
)
NOT_IN_THREADS_CHAT = Rule(
    "not_in_threads_chat",
    403,
    have="user {user}",
    need="a participant of the chat that thread {id} is in",
    advice="The caller is not in the channel of the thread. Join it, or use the token of a member.",
)
CANNOT_FOLLOW = Rule(
    "cannot_follow",
    400,
    have="user {user}",
    need="a participant of chat {chat}, which the thread is in",
    advice="Only who is in the channel follows its threads. Add the person to the channel first.",
)


def _is_visible(call: Authenticated, thread: Thread) -> bool:
    return call.world.store.members.has(thread.parent_id, call.caller.id)


THREAD = Resource(
    parameter="THREAD_CHAT_ID",
    kind="thread",
    pattern=CHAT_ID_PATTERN,
    find=lambda call, key: call.world.store.threads.find(ChatId(key)),
    unknown=UNKNOWN_THREAD,
    visible=_is_visible,
    forbidden=NOT_IN_THREADS_CHAT,
    description="The chat ID of the thread.",
    example="CT_1840033127744310562_734029118-T-1840033951120077345",
)
"""A thread, visible to the participants of its chat."""

DEFAULT_LIMIT = 50


class ThreadsQuery(TokensQuery):
    """The query of a list of threads."""

    state: Literal["all", "followed", "not_followed"] = "all"
    type: Literal["open", "closed"] | None = None
    limit: Limit = DEFAULT_LIMIT


class FollowersQuery(Input):
    """The query of `list_thread_followers`."""

    model_config = ConfigDict(frozen=True)

    limit: Limit = MAXIMUM_LIMIT
    next_token: str = Field(default="", description="The next_token of the page before.")


class FollowersBody(Input):
    """Who begins or ceases to follow."""

    model_config = ConfigDict(json_schema_extra={"example": {"user_ids": ["631830848"]}})

    user_ids: Names = Field(min_length=1)


class StateQuery(Input):
    """The query of `update_thread_state`."""

    model_config = ConfigDict(frozen=True)

    bot_unique_name: str = Field(default="", description="The bot that does it; it must be in the channel.")
    appkey: AppKey = ""


class StateBody(Input):
    """The body of `update_thread_state`."""

    model_config = ConfigDict(json_schema_extra={"example": {"action": "close"}})

    action: Literal["close", "reopen"]


class LastThreadMessage(Schema):
    """The last message of a thread; empty where there is none."""

    sender_id: str | None = None
    message_type: str | None = None
    time: AwareDatetime | None = None
    text: str | None = None
    sender_name: str | None = None


class ThreadState(Schema):
    """Whether a thread takes posts."""

    thread_state: Literal["open", "closed"]


class ThreadShown(Schema):
    """A thread."""

    parent_chat_id: str
    is_follower: bool
    follower_count: int
    chat_id: str
    message_count: int
    last_message_information: LastThreadMessage
    title: str
    thread_message_id: str
    parent_message_sender: str
    thread_state_info: ThreadState


class ThreadList(Schema):
    """A page of threads, the latest first. ``next_token`` is there if there are more."""

    model_config = example(
        {
            "url": "/api/v2/threads",
            "type": "chat_thread",
            "next_token": "dG9rZW4tbmV4dA",
            "sync_token": "dG9rZW4tc3luYw",
            "has_more": True,
            "data": [
                {
                    "parent_chat_id": "CT_1840033127744310562_734029118",
                    "is_follower": True,
                    "follower_count": 5,
                    "chat_id": "CT_1840033127744310562_734029118-T-1840033951120077345",
                    "message_count": 19,
                    "last_message_information": {
                        "sender_id": "70412233",
                        "message_type": "text",
                        "time": "2031-03-11T10:45:00+05:30",
                        "text": "Draft two is in the folder.",
                        "sender_name": "Mara Lindqvist",
                    },
                    "title": "Canal Survey",
                    "thread_message_id": "1931204410022%2039911720046",
                    "parent_message_sender": "70418890",
                    "thread_state_info": {"thread_state": "open"},
                }
            ],
        }
    )

    url: str
    type: Literal["chat_thread"]
    has_more: bool
    next_token: str | None = None
    sync_token: str
    data: list[ThreadShown]


class ThreadMessage(Schema):
    """The newest message of a thread; empty where there is none."""

    msg: str | None = None
    msgid: str | None = None
    msguid: str | None = None
    id: str | None = None
    time: str | None = None


class ThreadInformation(Schema):
    """The thread that a message began."""

    is_follower: bool
    message_count: int
    follower_count: int
    thread_message_id: str
    title: str
    chat_id: str


class MainMessage(Schema):
    """The message that a thread began with."""

    model_config = example(
        {
            "is_read": False,
            "thread_state_info": {"thread_state": "open"},
            "parent_resource_id": "Depot Rota",
            "sender": {"name": "Jonas Okoye", "id": "70418890"},
            "id": "1931204410022_39911720046",
            "time": 1931204410022,
            "type": "text",
            "content": {"text": "Please check the pump log."},
            "thread_message": {
                "msg": "Thanks, that works.",
                "msgid": "1931204500120",
                "msguid": "1931204500981%2077120034411",
                "id": "1931204500981_77120034411",
                "time": "1931204500981",
            },
            "thread_information": {
                "is_follower": True,
                "message_count": 19,
                "follower_count": 2,
                "thread_message_id": "1931204410022%2039911720046",
                "title": "Canal Survey",
                "chat_id": "CT_1840033127744310562_734029118-T-1840033951120077345",
            },
        }
    )

    is_read: bool
    thread_state_info: ThreadState
    parent_resource_id: str
    sender: Sender
    id: str
    time: int
    type: str
    content: dict[str, Any]
    thread_message: ThreadMessage
    thread_information: ThreadInformation


class Follower(Schema):
    """A person."""

    user_id: str
    email_id: str
    name: str


class Followers(Schema):
    """Those who follow a thread. ``next_token`` and ``has_more`` are there if there are more."""

    model_config = example(
        {
            "data": [
                {"user_id": "70412233", "email_id": "mara@kelpworks.example", "name": "Mara Lindqvist"},
                {"user_id": "70418890", "email_id": "jonas@kelpworks.example", "name": "Jonas Okoye"},
            ]
        }
    )

    data: list[Follower]
    next_token: str | None = None
    has_more: bool | None = None


class Nonfollowers(Schema):
    """Those in a thread's chat who do not follow it."""

    model_config = example(
        {"data": [{"user_id": "70420061", "email_id": "priti@kelpworks.example", "name": "Priti Salgado"}]}
    )

    data: list[Follower]


@operation(
    "GET /channels/{CHANNEL_ID}/threads",
    title="List threads of a channel",
    scope="ZohoCliq.Chats.READ",
    limit=ASSUMED,
    query=ThreadsQuery,
    answer=ThreadList,
)
async def list_channel_threads(call: Call) -> Answer:
    """List the threads of a channel that the caller is in, the latest first."""
    channel = CHANNEL_BY_ID.of(call)
    require_member(call, channel)
    return _listed(call, channel.chat_id)


@operation(
    "GET /chats/{CHAT_ID}/threads",
    title="List threads of a chat",
    scope="ZohoCliq.Chats.READ",
    limit=ASSUMED,
    query=ThreadsQuery,
    answer=ThreadList,
    source="observed",
)
async def list_chat_threads(call: Call) -> Answer:
    """List the threads of a chat, a channel's as `list_channel_threads` does."""
    return _listed(call, CHAT.of(call).chat_id)


@operation(
    "GET /threads/{THREAD_CHAT_ID}/messages/main",
    title="Main message of a thread",
    scope="ZohoCliq.Messages.READ",
    limit=ASSUMED,
    answer=MainMessage,
    source="observed",
)
async def get_thread_main_message(call: Call) -> Answer:
    """Get the message that a thread began with."""
    found = call.world.store.threads.in_full(THREAD.of(call).chat_id, call.caller.id)
    last = found.last_message
    newest = {}
    if last is not None:
        time = str(last.time)
        newest = {"msg": last.text, "msgid": time, "msguid": msguid(last.id), "id": last.id, "time": time}
    return Answer(
        200,
        to_json(
            {
                "is_read": found.own is not None and found.own.read >= found.chat.message_count,
                "thread_state_info": _state(found.thread),
                "parent_resource_id": found.parent_name,
                **message_row(found.main_message),
                "thread_message": newest,
                "thread_information": {
                    "is_follower": found.own is not None,
                    "message_count": found.chat.message_count,
                    "follower_count": found.chat.participant_count,
                    "thread_message_id": msguid(found.thread.message_id),
                    "title": found.chat.name,
                    "chat_id": found.chat.id,
                },
            }
        ),
    )


@operation(
    "GET /threads/{THREAD_CHAT_ID}/followers",
    title="Followers of a thread",
    scope="ZohoCliq.Chats.READ",
    limit=ASSUMED,
    query=FollowersQuery,
    answer=Followers,
    source="observed",
)
async def list_thread_followers(call: Call) -> Answer:
    """List those who follow a thread, in the order in which they began."""
    query: FollowersQuery = call.query
    chat = THREAD.of(call).chat_id
    listing = f"followers/{chat}"
    start = read_offset(query.next_token, listing)
    end = start + query.limit
    followers = call.world.store.members.of(chat)
    page: dict[str, Any] = {"data": _people(followers[start:end])}
    if end < len(followers):
        page.update({"next_token": write_token(listing, end), "has_more": True})
    return Answer(200, to_json(page))


@operation(
    "POST /threads/{THREAD_CHAT_ID}/followers",
    title="Add followers",
    scope="ZohoCliq.Chats.UPDATE",
    limit=ASSUMED,
    body=FollowersBody,
    source="observed",
)
async def add_thread_followers(call: Call) -> Answer:
    """Let people of the channel follow a thread."""
    thread, store = THREAD.of(call), call.world.store
    people = people_named(call, call.payload.user_ids)
    for user in people:
        if not store.members.has(thread.parent_id, user):
            raise Refusal(CANNOT_FOLLOW, user=user, chat=thread.parent_id)
    return _following(call, people)


@operation(
    "DELETE /threads/{THREAD_CHAT_ID}/followers",
    title="Remove followers",
    scope="ZohoCliq.Chats.DELETE",
    limit=ASSUMED,
    body=FollowersBody,
    source="observed",
)
async def remove_thread_followers(call: Call) -> Answer:
    """Let people no longer follow a thread."""
    call.world.store.threads.unfollow(THREAD.of(call).chat_id, people_named(call, call.payload.user_ids))
    return NO_CONTENT


@operation(
    "GET /threads/{THREAD_CHAT_ID}/nonfollowers",
    title="Members who do not follow",
    scope="ZohoCliq.Chats.READ",
    limit=ASSUMED,
    answer=Nonfollowers,
    source="observed",
)
async def list_thread_nonfollowers(call: Call) -> Answer:
    """List those in the thread's channel who do not follow it."""
    return Answer(200, to_json({"data": _people(call.world.store.threads.nonfollowers(THREAD.of(call)))}))


@operation(
    "POST /threads/{THREAD_CHAT_ID}/follow",
    title="Follow a thread",
    scope="ZohoCliq.Chats.UPDATE",
    limit=ASSUMED,
    source="observed",
)
async def follow_thread(call: Call) -> Answer:
    """Follow a thread."""
    return _following(call, [call.caller.id])


@operation(
    "POST /threads/{THREAD_CHAT_ID}/unfollow",
    title="Unfollow a thread",
    scope="ZohoCliq.Chats.UPDATE",
    limit=ASSUMED,
    source="observed",
)
async def unfollow_thread(call: Call) -> Answer:
    """No longer follow a thread."""
    call.world.store.threads.unfollow(THREAD.of(call).chat_id, [call.caller.id])
    return NO_CONTENT


@operation(
    "PUT /threads/{THREAD_CHAT_ID}",
    title="Close or reopen a thread",
    scope="ZohoCliq.Chats.UPDATE",
    limit=ASSUMED,
    query=StateQuery,
    body=StateBody,
    source="observed",
)
async def update_thread_state(call: Call) -> Answer:
    """Close a thread, so that nobody posts in it, or reopen it."""
    thread = THREAD.of(call)
    channel = channel_of(call, thread.chat_id)
    bot_of(call, channel)
    if channel is not None:
        require_open(channel)
    call.world.store.threads.set_closed(thread.chat_id, call.now, closed=call.payload.action == "close")
    return NO_CONTENT


def _following(call: Call, people: Sequence[UserId]) -> Answer:
    call.world.store.threads.follow(THREAD.of(call).chat_id, people)
    return NO_CONTENT


def _listed(call: Call, chat: ChatId) -> Answer:
    query: ThreadsQuery = call.query
    followed = None if query.state == "all" else query.state == "followed"
    closed = None if query.type is None else query.type == "closed"
    zone = call.world.template.utc_offset
    listing = f"threads/{chat}"
    last, row, since = query.position(listing)
    found = call.world.store.threads.listed(
        chat, call.caller.id, followed=followed, closed=closed, after=(last, row), since=since, limit=query.limit + 1
    )
    page = found[: query.limit]
    end = (page[-1].chat.created, page[-1].row) if len(found) > len(page) else None
    rows = [_thread_row(each, zone) for each in page]
    paging = tokens(listing, call.now, last=end, since=since)
    return Answer(200, to_json({"url": "/api/v2/threads", "type": "chat_thread", **paging, "data": rows}))


def _thread_row(found: ThreadInFull, zone: timezone) -> dict[str, Any]:
    thread, chat, own, last, main, _, _ = found
    return {
        "parent_chat_id": thread.parent_id,
        "is_follower": own is not None,
        "follower_count": chat.participant_count,
        "chat_id": chat.id,
        "message_count": chat.message_count,
        "last_message_information": {}
        if last is None
        else {
            "sender_id": last.sender_id,
            "message_type": last.type,
            "time": iso_seconds(last.time, zone),
            "text": last.text,
            "sender_name": last.sender_name,
        },
        "title": chat.name,
        "thread_message_id": msguid(thread.message_id),
        "parent_message_sender": main.sender_id,
        "thread_state_info": _state(thread),
    }


def _state(thread: Thread) -> dict[str, str]:
    return {"thread_state": "closed" if thread.closed else "open"}


def _people(members: Sequence[Member]) -> list[dict[str, str]]:
    return [each._asdict() for each in members]
