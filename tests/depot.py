"""A small organisation with bots, channels and a message with reactions, so that expected answers can be read off it.

Its clock stands at noon of 2031-03-14 (UTC). Mara holds the tokens of the owner, Jonas those of the member.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NOON = "2031-03-14T12:00:00Z"
NOON_MS = 1_931_256_000_000

MARA, JONAS, PRITI, IVO = "70412233", "70418890", "70420061", "70420999"
"""Ivo has left the organisation."""

YARD = "2231000000000000001"
"""A group of all three."""
CRATE = "1931204410022_39911720046"
"""Mara's message there, to which Jonas and Priti have reacted."""
PLAIN = "1931204500001_39911720047"
"""Jonas's message there, without a reaction."""
GONE = "1931204500002_39911720048"
"""Mara's message there, which she has deleted."""

DEPOTBOT, PICKYBOT, IDLEBOT = "depotbot", "pickybot", "idlebot"
"""Bots: of Jonas, for everybody; of Mara, for Priti and Mara; of nobody, for nobody."""
CROWD = [f"crowdbot{number}" for number in range(10)]

_DETAILS = {
    "display_name": "Mara",
    "mobile": "+351 900 000 001",
    "timezone": "Europe/Lisbon",
    "department": {"id": "1840000000001071015", "name": "Signal Desk"},
    "designation": {"id": "1840000000001072003", "name": "Surveyor"},
}

_WORLD: dict[str, Any] = {
    "mockcliq": 1,
    "starts_at": NOON,
    "users": [
        {
            "id": MARA,
            "name": "Mara Lindqvist",
            "email": "mara@kelpworks.example",
            "role": "owner",
            "profile": _DETAILS,
        },
        {"id": JONAS, "name": "Jonas Okoye", "email": "jonas@kelpworks.example", "role": "member"},
        {"id": PRITI, "name": "Priti Salgado", "email": "priti@kelpworks.example"},
        {"id": IVO, "name": "Ivo", "email": "ivo@kelpworks.example", "role": "deactivated", "active": False},
    ],
    "bots": [
        {"unique_name": DEPOTBOT, "creator": JONAS},
        {"unique_name": PICKYBOT, "creator": MARA, "subscribers": [PRITI, MARA]},
        {"unique_name": IDLEBOT, "subscribers": []},
        *({"unique_name": name} for name in CROWD),
    ],
    "chats": [
        {
            "id": YARD,
            "type": "chat",
            "name": "Yard",
            "creator": MARA,
            "created": "2031-03-01T08:00:00Z",
            "participants": [MARA, JONAS, PRITI],
            "messages": [
                {
                    "id": CRATE,
                    "sender": MARA,
                    "text": "The crate arrived at dock 4.",
                    "time": 1931204410022,
                    "reactions": {
                        "😀": ["1931204500120:70418890:Jonas Okoye"],
                        ":thumbsup:": [
                            "1931204500981:70418890:Jonas Okoye",
                            "1931204501777:70420061:Priti Salgado",
                        ],
                    },
                },
                {"id": PLAIN, "sender": JONAS, "text": "Good.", "time": 1931204500001},
                {"id": GONE, "sender": MARA, "text": "", "time": 1931204500002, "deleted": True},
            ],
        },
        *(
            {
                "id": chat,
                "type": "channel",
                "name": name,
                "creator": MARA,
                "created": "2031-03-01T08:00:00Z",
                "participants": people,
                "channel": channel,
            }
            for chat, name, people, channel in (
                ("CT_11_9", "Marketing", [MARA, JONAS], {"bots": [PICKYBOT]}),
                ("CT_12_9", "Crowded", [MARA], {"bots": CROWD}),
                ("CT_13_9", "Old Stock", [MARA], {"unique_name": "oldstock", "status": "archived"}),
            )
        ),
    ],
}


def write_depot(folder: Path) -> Path:
    """Write the organisation down as a world file."""
    file = folder / "depot.json"
    file.write_text(json.dumps(_WORLD), "utf-8")
    return file
