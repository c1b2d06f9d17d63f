"""People of the organisation: list, get, add; and the resource USER_ID, by id or e-mail address."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from mockcliq.apis.v2.paging import read_offset, write_token
from mockcliq.apis.v2.schema import Input, Schema, example
from mockcliq.apis.v2.spellings import MAXIMUM_LIMIT, Ignored, Limit, unknown_choice
from mockcliq.apis.v2.statuses import current_status
from mockcliq.apis.v2.thresholds import ASSUMED
from mockcliq.contract.ids import ORGANISATION, UserId
from mockcliq.contract.operation import operation, per_minute
from mockcliq.contract.refusals import Rule
from mockcliq.gateway.answers import Answer, to_json
from mockcliq.gateway.call import Authenticated, Call
from mockcliq.gateway.resources import Resource
from mockcliq.store.users import User, as_profile, default_email

UNKNOWN_USER = Rule(
    "unknown_user",
    404,
    have="{key}",
    need="the id or e-mail address of a person",
    advice=(
        "Nobody has this id or e-mail address. GET {control}/users lists everybody;"
        ' POST {control}/users {"name": "{have}", "email": "{have}"} adds somebody.'
    ),
)

USER_PATTERN = r"[^/\s\x00-\x1f\x85]{1,254}"


def _make(call: Authenticated, key: str) -> None:
    """Add somebody of that address, or else of that id."""
    users = call.world.store.users
    local, _, domain = key.rpartition("@")
    if local and domain:
        name = " ".join(filter(None, re.split(r"[._+-]+", local))).title()
        users.add(User(users.free_id(), name or key, key, active=True, role=None))
    elif users.find(default_email(UserId(key))) is None:
        users.add(User(UserId(key), key, default_email(UserId(key)), active=True, role=None))


BUDDY = Resource(
    parameter="USER_ID",
    kind="user",
    pattern=USER_PATTERN,
    find=lambda call, key: call.world.store.users.find(key),
    own_id=lambda world, key: None if (user := world.store.users.find(key)) is None else user.id,
    unknown=UNKNOWN_USER,
    names=lambda world, key: world.store.users.near(key),
    make=_make,
    description="The id (ZUID) or the e-mail address of the person.",
    example="631830848",
)


def people_named(call: Call, keys: Iterable[str]) -> list[UserId]:
    """The people with these ids or e-mail addresses, each once.

    Raises:
        Refusal: One of them is nobody's.
    """
    return list(dict.fromkeys(BUDDY.look_up(call, key).id for key in keys))


_KEPT_FIELDS = frozenset({"mobile", "department", "designation"})
_FIELDS = ("display_name", *sorted(_KEPT_FIELDS), "chat_status")
_STATUSES = {"active": True, "inactive": False, "pending": None, "imported_active": None, "imported_inactive": None}
"""Whether a person of that status is active; nobody is pending or imported."""
_STATES = {"available": "online", "busy": "busy", "invisible": "offline"}
_CODES = {"available": "1", "busy": "3", "invisible": "0"}
_EMAIL = re.compile(r"[^@/\s\x00-\x1f\x85]+@[^@/\s\x00-\x1f\x85]+")
_LONGEST_EMAIL = 254


def _read_fields(value: str) -> frozenset[str]:
    names = frozenset(name for each in value.split(",") if (name := each.strip()))
    if not names <= {"all", *_FIELDS}:
        raise ValueError(f"all, or some of {', '.join(_FIELDS)}")
    return frozenset(_FIELDS) if "all" in names else names


def _read_status(value: str) -> str:
    if value and value not in _STATUSES:
        raise unknown_choice(_STATUSES)
    return value


def _read_email(value: Any) -> str:
    address = value.strip() if isinstance(value, str) else ""
    if len(address) > _LONGEST_EMAIL or _EMAIL.fullmatch(address) is None:
        raise ValueError("an e-mail address")
    return address


_FIELDS_PATTERN = "(?:{0})(?:,(?:{0}))*".format("|".join(("all", *_FIELDS)))
Fields = Annotated[
    frozenset[str],
    BeforeValidator(_read_fields),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_FIELDS_PATTERN})?$"}),
]


class UserQuery(Input):
    """The query of `get_user`."""

    model_config = ConfigDict(frozen=True)

    fields: Fields = Field(
        default=frozenset(), description="Fields to add, with commas: display_name, mobile, chat_status; or all."
    )


class UsersQuery(UserQuery):
    """The query of `list_users`."""

    search: str = Field(default="", description="A part of the name or the e-mail address.")
    status: Annotated[str, BeforeValidator(_read_status), WithJsonSchema({"enum": ["", *_STATUSES]})] = Field(
        default="", description="Only people of that status."
    )
    plan_type: Ignored = None
    sort_by: Ignored = None
    modified_after: Ignored = None
    limit: Limit = MAXIMUM_LIMIT
    next_token: str = Field(default="", description="The next_token of the page before.")


class MeQuery(Input):
    """The query of `get_me`."""

    model_config = ConfigDict(frozen=True)

    source: Ignored = None


_NOT_KEPT = {
    "email_id",
    "image_data",
    "department_id",
    "designation_id",
    "reporting_to_zuid",
    "team_ids",
    "channel_ids",
}


class NewUser(Input):
    """Somebody to add."""

    email_id: Annotated[
        str,
        BeforeValidator(_read_email),
        WithJsonSchema({"type": "string", "maxLength": _LONGEST_EMAIL, "pattern": f"^{_EMAIL.pattern}$"}),
    ]
    first_name: str = ""
    last_name: str = ""
    display_name: str = ""
    phone: str = ""
    mobile: str = ""
    extension: str = ""
    employee_id: str = ""
    work_location: str = ""
    language: str = ""
    country: str = ""
    timezone: str = ""
    image_data: Ignored = None
    department_id: Ignored = None
    designation_id: Ignored = None
    reporting_to_zuid: Ignored = None
    team_ids: Ignored = None
    channel_ids: Ignored = None

    def as_user(self, user: UserId) -> User:
        said = {name: value for name, value in self.model_dump(exclude=_NOT_KEPT).items() if value}
        full_name = " ".join(filter(None, (self.first_name, self.last_name))) or self.display_name
        name = full_name or self.email_id.partition("@")[0]
        return User(user, name, self.email_id, active=True, role=None, profile=as_profile(said))


class AddUsersBody(Input):
    """The body of `add_users`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "users": [{"email_id": "priti@kelpworks.example", "first_name": "Priti", "last_name": "Salgado"}]
            }
        }
    )

    users: list[NewUser] = Field(min_length=1)


class ChatStatus(Schema):
    """What a person's status looks like to others."""

    state: str
    activity: str
    text: str


class Unit(Schema):
    """A department or a designation."""

    id: str
    name: str


class ListedPerson(Schema):
    """A row of the list; the last five are there where ``fields`` asks for them and they are known."""

    id: str
    email_id: str
    zuid: str
    zoid: str
    name: str
    organization_id: str
    display_name: str | None = None
    mobile: str | None = None
    department: Unit | None = None
    designation: Unit | None = None
    chat_status: ChatStatus | None = None


class Person(ListedPerson):
    """A person, with all that is known of them."""

    first_name: str
    last_name: str
    status: str
    phone: str | None = None
    extension: str | None = None
    employee_id: str | None = None
    work_location: str | None = None
    language: str | None = None
    country: str | None = None
    timezone: str | None = None


class People(Schema):
    """A page of the list of people; without ``next_token`` it is the last one."""

    model_config = example(
        {
            "data": [
                {
                    "id": "70412233",
                    "email_id": "mara@kelpworks.example",
                    "zuid": "70412233",
                    "zoid": "73402911",
                    "display_name": "Mara",
                    "name": "Mara Lindqvist",
                    "organization_id": "734029118",
                }
            ],
            "next_token": "dG9rZW4tbmV4dA",
            "has_more": True,
        }
    )

    data: list[ListedPerson]
    next_token: str | None = None
    has_more: bool


class PersonAnswer(Schema):
    """The answer of `get_user`."""

    model_config = example(
        {
            "data": {
                "id": "70412233",
                "email_id": "mara@kelpworks.example",
                "zuid": "70412233",
                "zoid": "73402911",
                "name": "Mara Lindqvist",
                "organization_id": "734029118",
                "display_name": "Mara",
                "first_name": "Mara",
                "last_name": "Lindqvist",
                "status": "active",
                "timezone": "Europe/Lisbon",
                "department": {"id": "1840000000001071015", "name": "Signal Desk"},
                "designation": {"id": "1840000000001072003", "name": "Surveyor"},
            }
        }
    )

    data: Person


class ChatStatusAnswer(Schema):
    """The answer of `get_user_status`."""

    model_config = example({"data": {"state": "online", "activity": "web", "text": "At the depot"}})

    data: ChatStatus


class OwnStatus(Schema):
    """The caller's own status; ``code`` is a number."""

    code: str
    message: str


class Me(Schema):
    """The caller."""

    model_config = example(
        {
            "id": "70412233",
            "zuid": "70412233",
            "email_id": "mara@kelpworks.example",
            "display_name": "Mara",
            "first_name": "Mara",
            "last_name": "Lindqvist",
            "checkin_allowed": False,
            "checkin_status": False,
            "status": {"code": "3", "message": "Busy"},
            "department": {"id": "1840000000001071015", "name": "Signal Desk"},
        }
    )

    id: str
    zuid: str
    email_id: str
    display_name: str
    first_name: str
    last_name: str
    checkin_allowed: bool
    checkin_status: bool
    status: OwnStatus
    department: Unit | None = None


class AddedUsers(Schema):
    """Who was added, and why others were not, by their e-mail address."""

    success_users: list[str]
    failed_users: dict[str, str]


class AddedUsersAnswer(Schema):
    """The answer of `add_users`."""

    model_config = example({"data": {"success_users": ["priti@kelpworks.example"], "failed_users": {}}})

    data: AddedUsers


@operation(
    "GET /users",
    title="List users",
    scope="ZohoCliq.Users.READ",
    limit=ASSUMED,
    query=UsersQuery,
    answer=People,
    source="observed",
)
async def list_users(call: Call) -> Answer:
    """Get the people of the organisation, in pages."""
    query: UsersQuery = call.query
    users = call.world.store.users
    after, active = read_offset(query.next_token, "users"), _STATUSES.get(query.status)
    if query.status and active is None:
        return Answer(200, to_json({"data": [], "has_more": False}))
    found = users.listed(query.search.strip(), after, query.limit + 1, active=active)
    page = found[: query.limit]
    rows = [_listed(call, user, query.fields) for user in page]
    if len(found) == len(page):
        return Answer(200, to_json({"data": rows, "has_more": False}))
    token = write_token("users", users.number_of(page[-1].id))
    return Answer(200, to_json({"data": rows, "next_token": token, "has_more": True}))


@operation(
    "GET /users/{USER_ID}",
    title="Get a user",
    scope="ZohoCliq.Users.READ",
    limit=ASSUMED,
    query=UserQuery,
    answer=PersonAnswer,
    source="observed",
)
async def get_user(call: Call) -> Answer:
    """Get one person, by id or e-mail address."""
    query: UserQuery = call.query
    user = BUDDY.of(call)
    status = "active" if user.active else "inactive"
    row = {**user.details, **_listed(call, user, query.fields), **_names(user), "status": status}
    return Answer(200, to_json({"data": row}))


def _asks_for_status(query: bytes, _body: bytes) -> bool:
    return dict(parse_qsl(query.decode("latin-1"))).get("fields") == "chat_status"


@operation(
    "GET /users/{USER_ID}",
    title="Status of another user",
    scope="ZohoCliq.Users.READ",
    limit=per_minute(20, lock_minutes=10),
    query=UserQuery,
    answer=ChatStatusAnswer,
    source="observed",
    applies=_asks_for_status,
)
async def get_user_status(call: Call) -> Answer:
    """Get a person's status: with ``fields=chat_status`` and no other field."""
    return Answer(200, to_json({"data": _chat_status(call, BUDDY.of(call))}))


@operation(
    "GET /me",
    title="The authenticated user and remote work status",
    scope="ZohoCliq.Profile.READ",
    limit=ASSUMED,
    query=MeQuery,
    answer=Me,
    source="observed",
)
async def get_me(call: Call) -> Answer:
    """Get the caller. Nobody checks in for remote work here."""
    user = call.caller
    status = current_status(call, user.id)
    me: dict[str, Any] = {
        "id": user.id,
        "zuid": user.id,
        "email_id": user.email,
        **_names(user),
        "checkin_allowed": False,
        "checkin_status": False,
        "status": {"code": _CODES.get(status.code, status.code), "message": status.message},
    }
    if "department" in user.details:
        me["department"] = user.details["department"]
    return Answer(200, to_json(me))


@operation(
    "POST /users",
    title="Add users",
    scope="ZohoCliq.Users.CREATE",
    limit=per_minute(5, lock_minutes=5),
    body=AddUsersBody,
    answer=AddedUsersAnswer,
)
async def add_users(call: Call) -> Answer:
    """Add people to the organisation. They are active at once: there is no invitation to accept."""
    body: AddUsersBody = call.payload
    store = call.world.store
    added: list[str] = []
    failed: dict[str, str] = {}
    with store.database.transaction():
        for each in body.users:
            if store.users.find(each.email_id) is not None:
                failed[each.email_id] = "email.activeuser"
                continue
            store.users.add(each.as_user(store.users.free_id()))
            added.append(each.email_id)
    return Answer(200, to_json({"data": {"success_users": added, "failed_users": failed}}))


def _listed(call: Call, user: User, fields: frozenset[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": user.id,
        "email_id": user.email,
        "zuid": user.id,
        "zoid": ORGANISATION,
        "name": user.name,
        "organization_id": ORGANISATION,
    }
    if "display_name" in fields:
        row["display_name"] = _names(user)["display_name"]
    row.update((name, value) for name, value in user.details.items() if name in _KEPT_FIELDS & fields)
    if "chat_status" in fields:
        row["chat_status"] = _chat_status(call, user)
    return row


def _names(user: User) -> dict[str, str]:
    first, _, last = user.name.partition(" ")
    details = user.details
    return {
        "display_name": details.get("display_name", first),
        "first_name": details.get("first_name", first),
        "last_name": details.get("last_name", last),
    }


def _chat_status(call: Call, user: User) -> dict[str, str]:
    status = current_status(call, user.id)
    state = _STATES.get(status.code, status.code) if user.active else "offline"
    return {"state": state, "activity": "web", "text": status.message}
