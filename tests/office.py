"""A small organisation, written by hand, so that expected answers can be read off it.

Its clock stands at noon of 2025-06-01 (UTC); its list writes times with +02:00. Ada holds the tokens of the owner.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Running
from tests.reference import DOCUMENTED, Documented

NOON = "2025-06-01T12:00:00Z"
NOON_MS = 1_748_779_200_000

ADA, MAX, OLGA, DAN, EVE = "101", "102", "103", "104", "105"

LAUNCH = "2002"
"""A group: Max, who made it, Ada and Eve, joined in this order. The latest two of its messages are Eve's and Ada's."""
QUIET = "2003"
"""A group of Ada and Eve in which nobody has said anything."""
WITH_MAX = "2001"
"""Ada and Max, one-to-one."""
WITH_EVE = "2004"
"""Ada and Eve, one-to-one."""
WITH_DAN = "2006"
"""Ada and Dan, one-to-one and silent; Dan has left the organisation."""
WITHOUT_ADA = "2005"
"""Max and Eve, one-to-one."""
EVERYONE = "CT_3001_900-C1"
"""A channel of Max, Ada and Eve."""
EVERYONE_ALIAS = "3001"

LAUNCH_NOON = "1748689200000_7001"
"""Eve's message in the launch group, sent on 2025-05-31 at 11:00 UTC."""
LAUNCH_OLDER = "1748685600000_7002"
"""Ada's message there, sent an hour earlier."""
WITH_MAX_LUNCH = "1748685600500_7003"
"""Max's message to Ada, sent on 2025-05-31 at 10:00:00.500 UTC."""
ELSEWHERE = "1748600000000_7004"
"""Eve's message to Max."""
NOWHERE = "1748600000000_9999"
"""The id of no message."""

SCOPES = sorted({section.scope for section in DOCUMENTED})

_USERS = [
    {"id": ADA, "name": "Ada Byron", "email": "ada@office.test", "role": "owner"},
    {"id": MAX, "name": "Max Planck", "email": "max@office.test", "role": "member"},
    {"id": OLGA, "name": "Olga Outside", "email": "olga@office.test", "role": "outsider"},
    {"id": DAN, "name": "Dan Gone", "email": "dan@office.test", "role": "deactivated", "active": False},
    {"id": EVE, "name": "Eve Novak", "email": "eve@office.test"},
]

_TOKENS: list[dict[str, Any]] = [
    {"token": "1000.mockcliq.eve", "user": EVE, "scopes": SCOPES},
    {"token": "1000.mockcliq.all", "user": ADA, "scopes": ["ZohoCliq.Chats.ALL"]},
    {"token": "1000.mockcliq.scopeless", "user": ADA, "scopes": []},
    {"token": "1000.mockcliq.until_one", "user": ADA, "scopes": SCOPES, "expires": "2025-06-01T13:00:00Z"},
    {"token": "1000.mockcliq.gone_and_expired", "user": DAN, "scopes": SCOPES, "expires": "2025-06-01T11:00:00Z"},
    {"token": "1000.mockcliq.gone_and_scopeless", "user": DAN, "scopes": []},
    *({"token": f"1000.mockcliq.only.{scope}", "user": ADA, "scopes": [scope]} for scope in SCOPES),
    *(
        {"token": f"1000.mockcliq.without.{scope}", "user": ADA, "scopes": [each for each in SCOPES if each != scope]}
        for scope in SCOPES
    ),
]


def _message(message_id: str, sender: str, text: str) -> dict[str, Any]:
    return {"id": message_id, "sender": sender, "text": text, "time": int(message_id.partition("_")[0])}


_CHATS: list[dict[str, Any]] = [
    {
        "id": WITH_MAX,
        "type": "dm",
        "creator": ADA,
        "created": "2025-05-01T08:00:00Z",
        "participants": [ADA, MAX],
        "messages": [_message(WITH_MAX_LUNCH, MAX, "Lunch?")],
    },
    {
        "id": LAUNCH,
        "type": "chat",
        "name": "Launch",
        "creator": MAX,
        "created": "2025-05-02T08:00:00Z",
        "participants": [{"user": MAX, "draft": "Wait"}, {"user": ADA, "pinned": True}, EVE],
        "messages": [_message(LAUNCH_NOON, EVE, "We launch at noon"), _message(LAUNCH_OLDER, ADA, "When?")],
    },
    {
        "id": QUIET,
        "type": "chat",
        "name": "Quiet",
        "creator": ADA,
        "created": "2025-05-31T10:30:00Z",
        "participants": [{"user": ADA, "draft": "Anybody?"}, EVE],
    },
    {
        "id": WITH_EVE,
        "type": "dm",
        "creator": EVE,
        "created": "2025-05-03T08:00:00Z",
        "participants": [EVE, {"user": ADA, "draft": "Happy b"}],
        "messages": [_message("1748595600000_7005", ADA, "Thanks!")],
    },
    {
        "id": WITHOUT_ADA,
        "type": "dm",
        "creator": EVE,
        "created": "2025-05-04T08:00:00Z",
        "participants": [EVE, MAX],
        "messages": [_message(ELSEWHERE, EVE, "Ada must not know")],
    },
    {
        "id": WITH_DAN,
        "type": "dm",
        "creator": DAN,
        "created": "2025-01-01T00:00:00Z",
        "participants": [DAN, ADA],
    },
    {
        "id": EVERYONE,
        "aliases": [EVERYONE_ALIAS],
        "type": "channel",
        "name": "#everyone",
        "creator": MAX,
        "created": "2025-05-05T08:00:00Z",
        "participants": [MAX, ADA, EVE],
        "messages": [_message("1748775600000_7006", EVE, "Good morning")],
    },
]


def write_office(folder: Path) -> Path:
    """Write the organisation down as a world file."""
    file = folder / "office.json"
    world = {"mockcliq": 1, "starts_at": NOON, "utc_offset": "+02:00", "users": _USERS, "tokens": _TOKENS}
    file.write_text(json.dumps({**world, "chats": _CHATS}), "utf-8")
    return file


def reopen(office: Running) -> None:
    """Bring the organisation back to its start, its clock standing still."""
    office.start_over()
    office.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})


def pin_body(message: str = LAUNCH_NOON, **more: Any) -> dict[str, Any]:
    """The body of a pin."""
    return {"id": message, **more}


def who_muted(chat: str, office: Running) -> set[str]:
    """The participants who muted the chat: no operation shows it, the world's document does."""
    chats: list[dict[str, Any]] = office.control("GET", "/state")["chats"]
    participants = next(each["participants"] for each in chats if each["id"] == chat)
    return {each["user"] for each in participants if isinstance(each, dict) and each.get("muted", False)}


def call(office: Running, section: Documented, label: str | None = "owner", **changes: Any) -> httpx.Response:
    """Make the operation's call, on the launch group, where Eve's message is there to be pinned.

    Args:
        office: The server.
        section: The operation.
        label: Whose token to send; None sends none.
        **changes: What to do otherwise: ``chat``, ``method``, ``path`` (below the prefix) or an argument of httpx's.
    """
    path = changes.pop("path", section.path.removeprefix("/api/v2"))
    request = {"method": section.method, "url": f"/api/v2{path.replace('{CHAT_ID}', changes.pop('chat', LAUNCH))}"}
    if section.body_example is not None and "content" not in changes:
        changes.setdefault("json", pin_body())
    token = {} if label is None else {"Authorization": f"Bearer 1000.mockcliq.{label}"}
    headers = token | changes.pop("headers", {})
    return office.http.request(**request | changes, headers=headers)
