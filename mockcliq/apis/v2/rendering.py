"""What the store found, in the shapes of the reference's examples: the same fields, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timezone
from typing import Any

from mockcliq.contract.ids import MessageId
from mockcliq.store.chats import ListedChat
from mockcliq.store.members import Member
from mockcliq.store.messages import Message
from mockcliq.store.pins import PinnedMessage
from mockcliq.timestamps import iso_seconds

NEVER = -1
"""The `expiry_time` of a pin that does not expire."""


def direct_chats(chats: Iterable[ListedChat], zone: timezone) -> dict[str, Any]:
    """The list of chats, times with the zone's offset."""
    return {"chats": [_direct_chat(listed, zone) for listed in chats]}


def chat_members(members: Iterable[Member], fields: Sequence[str]) -> dict[str, Any]:
    """The participants, with the chosen fields."""
    return {"members": [{field: getattr(member, field) for field in fields} for member in members]}


def new_pin(pin: PinnedMessage) -> dict[str, Any]:
    """The pin that was made; without a type, as the reference has it."""
    return {"data": _pin(pin)}


def pinned_message(pin: PinnedMessage | None) -> dict[str, Any]:
    """The pinned message, or none."""
    return {"type": "stickymessage", "data": {} if pin is None else _pin(pin)}


def _direct_chat(listed: ListedChat, zone: timezone) -> dict[str, Any]:
    chat = listed.chat
    recipients = [{"user_id": user_id, "name": name} for user_id, name in listed.recipients]
    row: dict[str, Any] = {
        # Each of the two in a one-to-one chat sees the other's name.
        "name": recipients[0]["name"] if chat.type == "dm" and recipients else chat.name,
        "creation_time": iso_seconds(chat.created, zone),
        "creator_id": chat.creator_id,
        "last_modified_time": iso_seconds(chat.modified, zone),
        "removed": False,
        "recipients_summary": recipients,
        "chat_type": chat.type,
        "chat_id": chat.id,
    }
    if listed.last_message is not None:
        row["last_message_info"] = _last_message(listed.last_message, zone)
    row["pinned"] = listed.pinned
    row["participant_count"] = chat.participant_count
    return row


def _last_message(message: Message, zone: timezone) -> dict[str, Any]:
    shown: dict[str, Any] = {"sender_id": message.sender_id, "message_type": message.type}
    if message.highlight is not None:
        shown["styles"] = {"highlight": message.highlight}
    shown["time"] = iso_seconds(message.time, zone)
    shown["text"] = message.text
    if message.bot_name is not None:
        shown["bot"] = {"name": message.bot_name, "image_url": message.bot_image_url}
    shown["sender_name"] = message.sender_name
    return shown


def _pin(pinned: PinnedMessage) -> dict[str, Any]:
    pin, message = pinned.pin, pinned.message
    return {
        "expiry_time": NEVER if pin.expires is None else pin.expires,
        "creator": {"name": pinned.creator_name, "id": pin.creator_id},
        "message": {
            "msg": message.text,
            "sender": message.sender_id,
            "lmsgtime": str(message.modified),
            "msguid": _msguid(message.id),
            "time": str(message.time),
            "dname": message.sender_name,
        },
        "created_time": pin.created,
        "last_modified_time": pin.modified,
        "chat_id": pin.chat_id,
    }


def _msguid(message: MessageId) -> str:
    """The id as stickymessage answers spell it, with an encoded space."""
    return message.replace("_", "%20")
