"""Every table of a world: a new one is a line here. A document is loaded and dumped in this order."""

from __future__ import annotations

from typing import Any

from mockcliq.store.bots import BOT_CHATS, BOTS
from mockcliq.store.channels import CHANNELS
from mockcliq.store.chats import ALIASES, CHATS
from mockcliq.store.files import FILES
from mockcliq.store.locks import LOCKS
from mockcliq.store.members import PARTICIPATIONS
from mockcliq.store.messages import MESSAGES
from mockcliq.store.oauth import AUTHORIZATION_CODES, CLIENTS, REFRESH_TOKENS
from mockcliq.store.pins import PINS
from mockcliq.store.properties import PROPERTIES
from mockcliq.store.retired import RETIRED
from mockcliq.store.statuses import STATUSES
from mockcliq.store.table import ChatTable, Table, WorldTable
from mockcliq.store.threads import THREADS
from mockcliq.store.tokens import ACCESS_TOKENS
from mockcliq.store.users import USERS

TABLES: tuple[Table[Any], ...] = (
    USERS,
    BOTS,
    STATUSES,
    RETIRED,
    ACCESS_TOKENS,
    CLIENTS,
    REFRESH_TOKENS,
    AUTHORIZATION_CODES,
    CHATS,
    PARTICIPATIONS,
    MESSAGES,
    PINS,
    ALIASES,
    CHANNELS,
    THREADS,
    BOT_CHATS,
    FILES,
    LOCKS,
    PROPERTIES,
)
WORLD_TABLES = [table for table in TABLES if isinstance(table, WorldTable)]
CHAT_TABLES = [table for table in TABLES if isinstance(table, ChatTable)]
