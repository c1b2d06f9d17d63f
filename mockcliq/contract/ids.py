"""Types of ids and moments, and the patterns of names."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import NewType
from zlib import crc32

UserId = NewType("UserId", str)
ChatId = NewType("ChatId", str)
ChannelId = NewType("ChannelId", str)
ChannelName = NewType("ChannelName", str)
"""A channel's unique name, by which paths know it."""
MessageId = NewType("MessageId", str)
"""A message's id in its canonical spelling, ``<epoch ms>_<digits>``."""
EpochMs = NewType("EpochMs", int)
"""A moment, in milliseconds since 1970-01-01T00:00:00Z."""

DEFAULT_WORLD = "default"
"""The world that every server has; requests with an unknown token belong to it."""

ORGANISATION = "734029118"
"""The number of every organisation: the one in the reference's examples."""

CHAT_ID_PATTERN = "[A-Za-z0-9_-]{1,200}"
"""The pattern of a CHAT_ID, which existing clients check before they call."""

BOT_NAME_PATTERN = "[a-z0-9][a-z0-9_-]{0,99}"
"""The pattern of a bot's unique name."""
BOT_ID_PATTERN = "b-[0-9]{1,30}"
"""The pattern of a bot's id, which stands for it as a sender."""
FILE_ID_PATTERN = "[A-Za-z0-9_-]{1,200}"

CLIENT_ID_PATTERN = "^[A-Za-z0-9._~-]+$"
"""The characters of a client_id that need no escape in a query, a form or a Basic header."""
CLIENT_SECRET_PATTERN = "^[!-~]+$"  # noqa: S105 - a pattern
SCOPE_PATTERN = "^[A-Za-z0-9_.]+$"
"""The pattern of a scope's name; a token may hold scopes of APIs that are not emulated."""


def bot_id(unique_name: str) -> UserId:
    """The id that a bot of that name has where nobody gives one."""
    return UserId(f"b-{10**9 + crc32(unique_name.encode())}")


def file_id(chat: ChatId, message: MessageId) -> str:
    """The id of a message's file where nobody gives one: another one for each message, so that it never comes again."""
    return f"a_{blake2b(f'{chat} {message}'.encode(), digest_size=16).hexdigest()}"


def is_bot_id(sender: str) -> bool:
    """Whether a message's sender is a bot; people's ids begin otherwise."""
    return re.fullmatch(BOT_ID_PATTERN, sender) is not None
