"""What the operations take: query parameters and JSON bodies, and the spellings in which clients send them.

A model validates, and describes itself in the OpenAPI document. Where the reference is silent, what is accepted here
is a row of the README's fidelity table.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from mockcliq.contract.ids import EpochMs, MessageId
from mockcliq.timestamps import MS_PER_SECOND, parse_moment

DEFAULT_LIMIT = 100
MAXIMUM_LIMIT = 100
"""The reference gives the maximum; that it is the default too is our choice."""

FIRST_ABSOLUTE_EXPIRY = 10**12
"""An `expiry_time` from here on is a moment (this one is in 2001), below it a span of milliseconds from now."""

LAST_EXPIRY = 2**63 - 1
"""The reference calls `expiry_time` a long."""

MEMBER_FIELDS = ("user_id", "email_id", "name")

_FIELD = f"({'|'.join(MEMBER_FIELDS)})? *"

_LIMIT = re.compile("[0-9]{1,9}")
_NUMBER = re.compile("-?[0-9]{1,19}")
_MESSAGE_ID = re.compile("([0-9]+)(?:_| |%20|%2520)([0-9]+)")


def _read_limit(value: str) -> int:
    limit = int(value) if _LIMIT.fullmatch(value) else 0
    if not 1 <= limit <= MAXIMUM_LIMIT:
        raise ValueError(f"an integer from 1 to {MAXIMUM_LIMIT}")
    return limit


def _read_second(value: str) -> int:
    return parse_moment(value) // MS_PER_SECOND


def _read_flag(value: str) -> bool:
    try:
        return {"true": True, "false": False}[value.lower()]
    except KeyError:
        raise ValueError("true or false") from None


def _read_fields(value: str) -> tuple[str, ...]:
    chosen = {name.strip(" ") for name in value.split(",")} - {""}
    unknown = chosen - set(MEMBER_FIELDS)
    if unknown:
        raise ValueError(f"some of {', '.join(MEMBER_FIELDS)}, separated by commas")
    return tuple(name for name in MEMBER_FIELDS if not chosen or name in chosen)


def _read_message_id(value: Any) -> MessageId:
    found = _MESSAGE_ID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("the msguid of a message, such as 1573708648341_375412769224")
    return MessageId(f"{found[1]}_{found[2]}")


def _read_expiry(value: Any) -> int | None:
    if value in (None, "", "-1") or (type(value) is int and value == -1):
        return None
    number = int(value) if type(value) is int or (isinstance(value, str) and _NUMBER.fullmatch(value)) else 0
    if not 0 < number <= LAST_EXPIRY:
        raise ValueError("epoch milliseconds, or a positive number of milliseconds from now, or -1")
    return number


def _read_boolean(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ValueError("true or false")


_Second = Annotated[
    int | None,
    BeforeValidator(_read_second),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
]


class DirectChatsQuery(BaseModel):
    """What `list_direct_chats` may be asked; times in whole seconds, the precision that the list shows."""

    model_config = ConfigDict(frozen=True)

    limit: Annotated[
        int, BeforeValidator(_read_limit), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAXIMUM_LIMIT})
    ] = Field(default=DEFAULT_LIMIT, description="The number of chats that has to be retrieved. Maximum limit: 100.")
    modified_before: _Second = Field(
        default=None,
        description=(
            "Gets the list of chats where the last message is sent before the mentioned time:"
            " ISO 8601, or epoch milliseconds."
        ),
    )
    modified_after: _Second = Field(
        default=None,
        description=(
            "Gets the list of chats where the last message is sent after the mentioned time:"
            " ISO 8601, or epoch milliseconds."
        ),
    )
    drafts: Annotated[bool, BeforeValidator(_read_flag), WithJsonSchema({"type": "boolean"})] = Field(
        default=False, description="If drafts is set to true, it retrieves the list of chats that contain drafts."
    )

    @model_validator(mode="after")
    def _ends_after_its_beginning(self) -> DirectChatsQuery:
        after, before = self.modified_after, self.modified_before
        if after is not None and before is not None and after >= before:
            raise ValueError("modified_after earlier than modified_before")
        return self

    @property
    def before(self) -> EpochMs | None:
        """The first millisecond that is too late, or None."""
        return None if self.modified_before is None else EpochMs(self.modified_before * MS_PER_SECOND)

    @property
    def after(self) -> EpochMs | None:
        """The first millisecond that is late enough, or None."""
        return None if self.modified_after is None else EpochMs((self.modified_after + 1) * MS_PER_SECOND)


class ChatMembersQuery(BaseModel):
    """What `list_chat_members` may be asked."""

    model_config = ConfigDict(frozen=True)

    fields_: Annotated[
        tuple[str, ...],
        BeforeValidator(_read_fields),
        WithJsonSchema({"type": "string", "pattern": f"^ *{_FIELD}(, *{_FIELD})*$", "example": "name,email_id"}),
    ] = Field(
        default=MEMBER_FIELDS,
        alias="fields",
        description="A choice of name, email_id and user_id, separated by commas; all of them by default.",
    )


class PinMessageBody(BaseModel):
    """What `pin_message` is sent; the example is the reference's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"id": "1573708648341_375412769224", "expiry_time": 1748946453794, "notify": False}
        }
    )

    id: Annotated[
        MessageId,
        BeforeValidator(_read_message_id),
        WithJsonSchema({"type": "string", "pattern": f"^{_MESSAGE_ID.pattern}$"}),
    ] = Field(description="Unique identifier (msguid) of the message to be pinned.")
    expiry_time: Annotated[
        int | None,
        BeforeValidator(_read_expiry),
        WithJsonSchema(
            {
                "anyOf": [
                    {"const": -1},
                    {"type": "integer", "format": "int64", "minimum": 1, "maximum": LAST_EXPIRY},
                    {"type": "string", "pattern": "^(-1|0*[1-9][0-9]{0,17})?$"},
                    {"type": "null"},
                ]
            }
        ),
    ] = Field(default=None, description="Expiry time in milliseconds for the pinned message; -1 for never.")
    notify: Annotated[bool, BeforeValidator(_read_boolean), WithJsonSchema({"type": ["boolean", "null"]})] = Field(
        default=False, description="Indicates whether pinning the message should notify all participants."
    )
