"""Members: the participants of a chat."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.apis.v2.chats import CHAT
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.contract.operation import operation, per_minute
from mockcliq.gateway.answers import Answer, to_json
from mockcliq.gateway.call import Call

MEMBER_FIELDS = ("user_id", "email_id", "name")

_FIELD = f"({'|'.join(MEMBER_FIELDS)})? *"


def _read_fields(value: str) -> tuple[str, ...]:
    chosen = {name.strip(" ") for name in value.split(",")} - {""}
    unknown = chosen - set(MEMBER_FIELDS)
    if unknown:
        raise ValueError(f"some of {', '.join(MEMBER_FIELDS)}, separated by commas")
    return tuple(name for name in MEMBER_FIELDS if not chosen or name in chosen)


class ChatMembersQuery(Input):
    """The query of `list_chat_members`."""

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


class Member(Schema):
    """A participant; only the chosen fields are there."""

    user_id: str | None = None
    email_id: str | None = None
    name: str | None = None


class ChatMembers(Schema):
    """The participants of a chat."""

    model_config = example(
        {
            "members": [
                {"user_id": "431930546", "email_id": "olivia.palmer@zylcal.com", "name": "Olivia - Content Writer"}
            ]
        }
    )

    members: list[Member]


@operation(
    "GET /chats/{CHAT_ID}/members",
    title="Retrieve the members of a chat",
    scope="ZohoCliq.Chats.READ",
    limit=per_minute(20, lock_minutes=10),
    query=ChatMembersQuery,
    answer=ChatMembers,
)
async def list_chat_members(call: Call) -> Answer:
    """Get details of members of a chat, in the order they joined."""
    query: ChatMembersQuery = call.query
    members = call.world.store.members.of(CHAT.of(call).chat_id)
    return Answer(
        200, to_json({"members": [{field: getattr(each, field) for field in query.fields_} for each in members]})
    )
