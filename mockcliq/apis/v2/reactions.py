"""Reactions to messages."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.apis.v2.messages import DELETED_MESSAGE, MESSAGE
from mockcliq.apis.v2.posts import require_unarchived
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Refusal
from mockcliq.gateway.answers import NO_CONTENT, Answer, to_json
from mockcliq.gateway.call import Call
from mockcliq.store.messages import Message, as_more

_EMOJI = re.compile(r":[A-Za-z0-9_+-]{1,100}:|[0-9#*]?(?:[^\x00-\xa8\s\w]|\u2139){1,40}")
"""A short name of any spelling, since organisations have emoji of their own; or a character, which may be several
code points: a keycap's digit, joiners, skin tones. The one that counts as a letter is the sign of information.
"""

_THRESHOLD = per_minute(20, lock_minutes=5, source="observed")


def _read_emoji(value: Any) -> str:
    if not isinstance(value, str) or _EMOJI.fullmatch(value) is None:
        raise ValueError("an emoji, or its name between colons, such as :smile:")
    return value


class ReactionBody(Input):
    """The body of `add_reaction` and `remove_reaction`."""

    model_config = ConfigDict(json_schema_extra={"example": {"emoji_code": ":smile:"}})

    emoji_code: Annotated[
        str, BeforeValidator(_read_emoji), WithJsonSchema({"type": "string", "pattern": f"^(?:{_EMOJI.pattern})$"})
    ] = Field(description="The emoji itself, or its name between colons.")


class Reactions(Schema):
    """The reactions to a message: of each emoji who used it, as ``time:user:name``."""

    model_config = example(
        {
            "data": {
                "😀": ["1931204500120:70418890:Jonas Okoye"],
                ":thumbsup:": ["1931204500981:70412233:Mara Lindqvist", "1931204501777:70420061:Priti Salgado"],
            }
        }
    )

    data: dict[str, list[str]]


@operation(
    "POST /chats/{CHAT_ID}/messages/{MESSAGE_ID}/reactions",
    title="Add a reaction",
    scope="ZohoCliq.messageactions.CREATE",
    needs_person=True,
    limit=_THRESHOLD,
    body=ReactionBody,
)
async def add_reaction(call: Call) -> Answer:
    """React to a message. The same emoji again changes nothing."""
    message, body = MESSAGE.of(call), call.payload
    require_unarchived(call, message.chat_id)
    content = message.content
    if content.get("deleted"):
        raise Refusal(DELETED_MESSAGE, message=message.id)
    reactions = _reactions(message)
    entries = reactions.setdefault(body.emoji_code, [])
    if not any(_is_of(entry, call.caller.id) for entry in entries):
        entries.append(f"{call.now}:{call.caller.id}:{call.caller.name}")
        _keep(call, message, reactions)
    return NO_CONTENT


@operation(
    "GET /chats/{CHAT_ID}/messages/{MESSAGE_ID}/reactions",
    title="Get reactions",
    scope="ZohoCliq.messageactions.READ",
    needs_person=True,
    limit=_THRESHOLD,
    answer=Reactions,
)
async def list_reactions(call: Call) -> Answer:
    """Get the reactions to a message, by emoji in the order of their first use."""
    return Answer(200, to_json({"data": _reactions(MESSAGE.of(call))}))


@operation(
    "DELETE /chats/{CHAT_ID}/messages/{MESSAGE_ID}/reactions",
    title="Remove a reaction",
    scope="ZohoCliq.messageactions.DELETE",
    needs_person=True,
    limit=_THRESHOLD,
    body=ReactionBody,
    source="observed",
)
async def remove_reaction(call: Call) -> Answer:
    """Take the caller's own reaction back; it succeeds where there is none."""
    message, emoji = MESSAGE.of(call), call.payload.emoji_code
    require_unarchived(call, message.chat_id)
    reactions = _reactions(message)
    entries = reactions.get(emoji, [])
    reactions[emoji] = [entry for entry in entries if not _is_of(entry, call.caller.id)]
    if reactions[emoji] != entries:
        _keep(call, message, reactions)
    return NO_CONTENT


def _reactions(message: Message) -> dict[str, list[str]]:
    reactions: dict[str, list[str]] = message.content.get("reactions", {})
    return reactions


def _is_of(entry: str, user: str) -> bool:
    # An id may have colons of its own.
    return entry.partition(":")[2].startswith(f"{user}:")


def _keep(call: Call, message: Message, reactions: dict[str, list[str]]) -> None:
    used = {emoji: entries for emoji, entries in reactions.items() if entries}
    others = {name: value for name, value in message.content.items() if name != "reactions"}
    more = as_more({**others, "reactions": used} if used else others)
    # The message itself is as it was: its time of change stays.
    call.world.store.messages.change(message, text=message.text, more=more, now=message.modified)
