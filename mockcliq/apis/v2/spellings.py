"""How clients spell flags, ids and times in queries and bodies."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from mockcliq.contract.ids import EpochMs, MessageId
from mockcliq.contract.timestamps import EARLIEST, LATEST, NoMoment, parse_moment

MESSAGE_ID = re.compile("([0-9]+)(?:_| |%20|%2520)([0-9]+)")


def read_message_id(value: Any) -> MessageId:
    """A message's id in any of its spellings."""
    found = MESSAGE_ID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("the msguid of a message, such as 1573708648341_375412769224")
    return MessageId(f"{found[1]}_{found[2]}")


def msguid(message: MessageId) -> str:
    """A message's id with an encoded space."""
    return message.replace("_", "%20")


def _read_flag(value: Any) -> bool:
    if value is None or value == "":
        return False
    if isinstance(value, bool):
        return value
    flags = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in flags:
        return flags[value.lower()]
    raise ValueError("true or false")


def _read_names(value: Any) -> list[str]:
    if value is None:
        return []
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if not all(type(each) in (str, int) for each in names):
        raise ValueError("ids or addresses, in a list or separated by commas")
    return [name for each in names if (name := str(each).strip())]


def _read_time(value: Any) -> EpochMs:
    try:
        return parse_moment(str(value))
    except NoMoment:
        raise
    except ValueError:
        raise NoMoment from None


def _read_limit(value: Any) -> int:
    if not isinstance(value, str) or re.fullmatch("[0-9]{1,30}", value) is None or int(value) < 1:
        raise ValueError("an integer of 1 or more")
    return int(value)


_NAME = {"type": ["string", "integer"]}
MessageKey = Annotated[
    MessageId,
    BeforeValidator(read_message_id),
    WithJsonSchema({"type": "string", "pattern": f"^{MESSAGE_ID.pattern}$"}),
]
Flag = Annotated[
    bool,
    BeforeValidator(_read_flag),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": ["true", "false", ""]}, {"type": "null"}]}),
]
"""A boolean, or its name in a string."""
Names = Annotated[
    list[str],
    BeforeValidator(_read_names),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": _NAME}, {"type": "integer"}, {"type": "null"}]}
    ),
]
"""Several ids or addresses: a list, or one string with commas."""
Time = Annotated[
    EpochMs,
    BeforeValidator(_read_time),
    WithJsonSchema({"type": "integer", "minimum": EARLIEST, "maximum": LATEST, "description": "Epoch milliseconds."}),
]
Limit = Annotated[int, BeforeValidator(_read_limit), WithJsonSchema({"type": "integer", "minimum": 1})]
"""How many at most; what is above an operation's maximum is the maximum."""
