"""How clients spell flags, ids and times in queries and bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from mockcliq.contract.ids import EpochMs, MessageId
from mockcliq.contract.timestamps import EARLIEST, LATEST, NoMoment, parse_moment

MAXIMUM_LIMIT = 100
"""The largest page of a list; what asks for more gets that."""

AppKey = Annotated[str, Field(description="The key of an extension's bot; none is needed here.")]
Ignored = Annotated[Any, Field(description="Ignored.")]

_SEPARATOR = "(?:_| |%20|%2520)"
MESSAGE_ID_PATTERN = f"[0-9]+{_SEPARATOR}[0-9]+"
_MESSAGE_ID = re.compile(MESSAGE_ID_PATTERN)


def unknown_choice(choices: Iterable[str]) -> PydanticCustomError:
    """The error of a value that is none of a few; `observed` has a code for it."""
    return PydanticCustomError("enum", "{choices}", {"choices": f"one of {', '.join(choices)}"})


def read_message_id(value: Any) -> MessageId:
    """A message's id in any of its spellings."""
    if not isinstance(value, str) or _MESSAGE_ID.fullmatch(value) is None:
        raise ValueError("the msguid of a message, such as 1573708648341_375412769224")
    return MessageId(re.sub(_SEPARATOR, "_", value))


def _read_message_id_if_any(value: Any) -> MessageId | None:
    return None if value is None or value == "" else read_message_id(value)


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
    return min(int(value), MAXIMUM_LIMIT)


def text_of(limit: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """What annotates a text of so many characters at most that is not blank."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > limit:
            raise ValueError(f"a text of 1 to {limit} characters")
        return value

    schema = {"type": "string", "minLength": 1, "maxLength": limit, "pattern": r"\S"}
    return BeforeValidator(read), WithJsonSchema(schema)


_NAME = {"type": ["string", "integer"]}
MessageKey = Annotated[
    MessageId,
    BeforeValidator(read_message_id),
    WithJsonSchema({"type": "string", "pattern": f"^{MESSAGE_ID_PATTERN}$"}),
]
MessageKeyIfAny = Annotated[
    MessageId | None,
    BeforeValidator(_read_message_id_if_any),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^(?:{MESSAGE_ID_PATTERN})?$"}, {"type": "null"}]}),
]
"""An empty one is none, as programs send it that fill in a form."""
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
Limit = Annotated[
    int,
    BeforeValidator(_read_limit),
    WithJsonSchema({"type": "integer", "minimum": 1}),
    Field(description=f"How many at most; up to {MAXIMUM_LIMIT}."),
]
"""What is above the maximum is the maximum."""
