"""A client of a running server, on the standard library alone.

``connect`` returns a `Client` of one world, with all of the control API under the same names.
"""

from mockcliq.client.chats import Chat, Message, Participant
from mockcliq.client.client import DEFAULT_URL, Client, connect
from mockcliq.client.clock import ClockState
from mockcliq.client.conversations import Bot
from mockcliq.client.errors import NoServer, Refused
from mockcliq.client.faults import Fault
from mockcliq.client.journal import Exchange
from mockcliq.client.limits import Limit
from mockcliq.client.people import OAuthClient, Token, User
from mockcliq.client.snapshots import Snapshot
from mockcliq.client.worlds import World, WorldAccess

__all__ = [
    "DEFAULT_URL",
    "Bot",
    "Chat",
    "Client",
    "ClockState",
    "Exchange",
    "Fault",
    "Limit",
    "Message",
    "NoServer",
    "OAuthClient",
    "Participant",
    "Refused",
    "Snapshot",
    "Token",
    "User",
    "World",
    "WorldAccess",
    "connect",
]
