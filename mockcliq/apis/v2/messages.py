"""Messages: read, edited and deleted; and the resource MESSAGE_ID."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from pydantic import ConfigDict, Field

from mockcliq.apis.v2.chats import CHAT
from mockcliq.apis.v2.posts import Text, channel_of, require_unarchived
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MAXIMUM_LIMIT, MESSAGE_ID_PATTERN, Flag, Limit, Time, read_message_id
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.contract.ids import is_bot_id
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal, Rule
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.gateway.rules import INVALID_INPUT
from mockcliq.store.chats import Membership
from mockcliq.store.messages import Message as StoredMessage
from mockcliq.store.messages import as_more, type_of

NO_SUCH_MESSAGE = Rule(
    "no_such_message",
    404,
    have="{key}",
    need="the id of a message in this chat",
    advice="The message is not in this chat. GET /chats/{CHAT_ID}/messages lists its messages.",
)
NOT_THE_AUTHOR = Rule(
    "not_the_author",
    403,
    have="user {user}",
    need="{need}",
    advice="Only its author changes a message; a moderator of its channel may delete it.",
    hints=("token",),
)
NOT_TO_BE_DELETED = replace(NOT_THE_AUTHOR, variant="delete")
NOT_A_BOTS_MESSAGE = replace(NOT_THE_AUTHOR, variant="bot")
DELETED_MESSAGE = Rule(
    "deleted_message",
    400,
    have="message {message}, deleted",
    need="a message that is not deleted",
    advice="The message was deleted. Name another one.",
)
INFO_MESSAGE = Rule(
    "info_message",
    400,
    have="message {message}, of type info",
    need="a message that somebody wrote",
    advice="The message tells who joined or left, and cannot be edited. Name another one.",
)


def _find(call: Authenticated, key: str) -> StoredMessage | None:
    chat = cast("Call", call).found[CHAT.parameter]
    return call.world.store.messages.find(chat.chat_id, read_message_id(key))


MESSAGE = Resource(
    parameter="MESSAGE_ID",
    kind="message",
    pattern=MESSAGE_ID_PATTERN,
    find=_find,
    unknown=NO_SUCH_MESSAGE,
    description="The ID of the message.",
    example="1573641936588_345281288778",
)
"""A message of the chat in the path, in any spelling of its id."""


class MessagesQuery(Input):
    """The query of `list_messages`."""

    model_config = ConfigDict(frozen=True)

    fromtime: Time | None = Field(default=None, description="The earliest time, inclusive, in epoch milliseconds.")
    totime: Time | None = Field(default=None, description="The latest time, inclusive, in epoch milliseconds.")
    limit: Limit = MAXIMUM_LIMIT


class Sender(Schema):
    """Who wrote a message: a person, or a bot by its id."""

    name: str
    id: str


class Message(Schema):
    """A message."""

    sender: Sender
    id: str
    time: int
    type: str
    content: dict[str, Any]


class Messages(Schema):
    """The messages of a chat, oldest first."""

    model_config = example(
        {
            "data": [
                {
                    "sender": {"name": "Mara Lindqvist", "id": "70412233"},
                    "id": "1931204410022_39911720046",
                    "time": 1931204410022,
                    "type": "text",
                    "content": {"text": "The crate arrived at dock 4."},
                }
            ]
        }
    )

    data: list[Message]


class EditBody(Input):
    """The body of `edit_message`."""

    text: Text = Field(description="What it says from now on.")
    notify_edit: Flag = Field(default=False, description="Whether a notice of the edit is posted.")
    card: dict[str, Any] | None = None
    slides: list[Any] | None = None
    buttons: list[Any] | None = None


@operation(
    "GET /chats/{CHAT_ID}/messages",
    title="Get messages of a chat",
    scope="ZohoCliq.Messages.READ",
    needs_person=True,
    limit=per_minute(15, lock_minutes=10),
    query=MessagesQuery,
    answer=Messages,
)
async def list_messages(call: Call) -> Answer:
    """Get the newest messages of a chat, or of a time in it, oldest first."""
    query: MessagesQuery = call.query
    chat = CHAT.of(call).chat_id

    def listed() -> bytes:
        found = call.world.store.messages.between(chat, query.fromtime, query.totime, query.limit)
        return to_json({"data": [message_row(each) for each in found]})

    return Answer(200, call.cached(listed))


@operation(
    "GET /chats/{CHAT_ID}/messages/{MESSAGE_ID}",
    title="Get one message",
    scope="ZohoCliq.Messages.READ",
    needs_person=True,
    limit=ASSUMED,
    answer=Message,
    source="observed",
)
async def get_message(call: Call) -> Answer:
    """Get one message of a chat."""
    return Answer(200, to_json(message_row(MESSAGE.of(call))))


@operation(
    "PUT /chats/{CHAT_ID}/messages/{MESSAGE_ID}",
    title="Edit a message",
    scope="ZohoCliq.Messages.UPDATE",
    needs_person=True,
    limit=ASSUMED,
    body=EditBody,
)
async def edit_message(call: Call) -> Answer:
    """Edit a message of the caller's own; of a file's the text is the caption."""
    message, body = MESSAGE.of(call), cast("EditBody", call.payload)
    require_unarchived(call, message.chat_id)
    if message.sender_id != call.caller.id:
        raise Refusal(NOT_THE_AUTHOR, user=call.caller.id, need=f"its author, {message.sender_id}")
    content = message.content
    if content.get("deleted"):
        raise Refusal(DELETED_MESSAGE, message=message.id)
    if "info" in content:
        raise Refusal(INFO_MESSAGE, message=message.id)
    said = {name: value for name in ("card", "slides", "buttons") if (value := getattr(body, name)) is not None}
    text = body.text
    if "file" in content:
        if said:
            raise Refusal(INVALID_INPUT, name=next(iter(said)), value="given", need="text alone: a file has a caption")
        text, said = "", {"file": {**content["file"], "comment": text}}
    content |= said
    kind = type_of(content) if said else message.type
    call.world.store.messages.change(message, kind=kind, text=text, more=as_more(content), now=call.now)
    return NO_CONTENT


@operation(
    "DELETE /chats/{CHAT_ID}/messages/{MESSAGE_ID}",
    title="Delete a message",
    scope="ZohoCliq.Messages.DELETE",
    needs_person=True,
    limit=ASSUMED,
    source="observed",
)
async def delete_message(call: Call) -> Answer:
    """Delete a message: its row stays, without content. A moderator of a channel deletes others' messages, too."""
    message = MESSAGE.of(call)
    require_unarchived(call, message.chat_id)
    if message.sender_id != call.caller.id and not _moderates(call, CHAT.of(call)):
        need = f"its author, {message.sender_id}, or a moderator of the channel"
        rule = NOT_A_BOTS_MESSAGE if is_bot_id(message.sender_id) else NOT_TO_BE_DELETED
        raise Refusal(rule, user=call.caller.id, need=need)
    store = call.world.store
    with store.database.transaction():
        store.messages.change(message, text="", more=as_more({"deleted": True}), now=call.now)
        store.files.drop(message.chat_id, message.id)
    return NO_CONTENT


def _moderates(call: Call, chat: Membership) -> bool:
    channel = channel_of(call, chat.chat_id)
    return channel is not None and channel.is_moderated


def message_row(message: StoredMessage) -> dict[str, Any]:
    """A message as lists have it."""
    return {
        "sender": {"name": message.bot_name or message.sender_name, "id": message.sender_id},
        "id": message.id,
        "time": message.time,
        "type": message.type,
        "content": _content(message),
    }


def _content(message: StoredMessage) -> dict[str, Any]:
    more = message.content
    if "info" in more:
        return {"data": {"users": more["info"]["users"]}, "type": more["info"]["type"]}
    if "file" in more:
        file = more["file"]
        dimensions = {"size": file["size"]}
        shown: dict[str, Any] = {
            "file": {"name": file["name"], "type": file["type"], "dimensions": dimensions, "id": file["id"]},
        }
        return {**shown, "comment": file["comment"]} if "comment" in file else shown
    said: dict[str, Any] = {name: more[name] for name in ("card", "slides", "buttons", "reply_to") if name in more}
    return {"text": message.text, **said}
