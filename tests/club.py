"""A small club with channels, written by hand, so that expected answers can be read off it.

Its clock stands at noon of 2025-06-01 (UTC). Ada holds the tokens of the owner, Max those of the member, Zoe those of
the outsider; all of them may do whatever version 2 has a scope for.
"""

from __future__ import annotations

from typing import Any

NOON = "2025-06-01T12:00:00Z"

ADA, MAX, EVE, ZOE = "101", "102", "103", "104"
EMAILS = {ADA: "ada@club.test", MAX: "max@club.test", EVE: "eve@club.test", ZOE: "zoe@club.test"}
NAMES = {ADA: "Ada Byron", MAX: "Max Planck", EVE: "Eve Novak", ZOE: "Zoe Outside"}
LABELS = {ADA: "owner", MAX: "member", ZOE: "outsider"}

BOT = "b-1840000009075007"
"""A bot in the open channel, called `porter`."""

OPEN_CHAT = "CT_1840000000000000001_734029118"
OPEN = "O1840000000000000001"
"""A channel of the organisation: Ada, its super admin, Max, a member, and Eve, a moderator."""
VAULT_CHAT = "CT_1840000000000000002_734029118"
VAULT = "P1840000000000000002"
"""A private channel of Max, its super admin, and Eve."""
GREETING = "1748760000000_1"
"""Eve's message in the open channel, of 2025-06-01 at 06:40 UTC, which Ada has not read."""


def _person(user: str, **more: Any) -> dict[str, Any]:
    return {"id": user, "name": NAMES[user], "email": EMAILS[user], **more}


CLUB: dict[str, Any] = {
    "mockcliq": 1,
    "starts_at": NOON,
    "utc_offset": "+02:00",
    "users": [_person(ADA, role="owner"), _person(MAX, role="member"), _person(EVE), _person(ZOE, role="outsider")],
    "bots": [{"unique_name": "porter", "id": BOT, "name": "Porter"}],
    "chats": [
        {
            "id": OPEN_CHAT,
            "type": "channel",
            "name": "Front Desk",
            "creator": ADA,
            "created": "2025-05-01T08:00:00Z",
            "participants": [{"user": ADA, "read": 0, "pinned": True}, MAX, EVE],
            "channel": {"channel_id": OPEN, "roles": {ADA: "super_admin", EVE: "moderator"}, "bots": ["porter"]},
            "messages": [{"id": GREETING, "sender": EVE, "text": "Good morning", "time": 1_748_760_000_000}],
        },
        {
            "id": VAULT_CHAT,
            "type": "channel",
            "name": "Vault",
            "creator": MAX,
            "created": "2025-05-02T08:00:00Z",
            "participants": [MAX, EVE],
            "channel": {"channel_id": VAULT, "level": "private", "description": "Keys"},
        },
    ],
}
