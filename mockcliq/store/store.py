"""The store of a world: its database and the words in which the rest of the program speaks to it."""

from __future__ import annotations

from collections.abc import Iterable

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.runtime.limiter import Lock
from mockcliq.store.arrange import Arrange
from mockcliq.store.cache import Cache
from mockcliq.store.chats import Chats
from mockcliq.store.conversations import Inbox
from mockcliq.store.database import Database
from mockcliq.store.oauth import OAuth
from mockcliq.store.people import People

_ANSWERS_REMEMBERED = 256
"""How many are kept; with the longest list of the demo world about 15 MB."""


class Store:
    """What a world keeps.

    Attributes:
        chats: Conversations and what people do in them.
        people: Users and their tokens.
        oauth: Clients, and what they get access tokens for.
        inbox: People's own lists, with channels.
        arrange: What a test makes and looks at beside the emulated API.
        answers: Lists as they went over the wire.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.chats = Chats(database)
        self.people = People(database)
        self.oauth = OAuth(database)
        self.inbox = Inbox(database)
        self.arrange = Arrange(database)
        self.answers: Cache[bytes] = Cache(database, _ANSWERS_REMEMBERED)

    def become(self, database: Database) -> None:
        """Take over another database's content."""
        self.database.become(database)

    def locks(self) -> list[Lock]:
        """The lock-outs that were kept."""
        rows = self.database.connection.execute("SELECT user_id, operation, since, until FROM limit_lock")
        return [Lock(UserId(user), operation, EpochMs(since), EpochMs(until)) for user, operation, since, until in rows]

    def keep_lock(self, lock: Lock) -> None:
        """Keep a lock-out, so that it survives a restart."""
        self.keep_locks([lock])

    def replace_locks(self, locks: Iterable[Lock]) -> None:
        """Keep these and no others."""
        with self.database.transaction():
            self.drop_locks()
            self.keep_locks(locks)

    def keep_locks(self, locks: Iterable[Lock]) -> None:
        """Keep several."""
        kept = self.database.connection.executemany(
            "INSERT OR REPLACE INTO limit_lock (user_id, operation, since, until) VALUES (?, ?, ?, ?)",
            [(lock.user, lock.operation, lock.since, lock.until) for lock in locks],
        )
        self.database.unlisted(kept)

    def drop_locks(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Forget lock-outs: all, or one user's or operation's."""
        self.database.connection.execute(
            "DELETE FROM limit_lock WHERE (:user IS NULL OR user_id = :user)"
            " AND (:operation IS NULL OR operation = :operation)",
            {"user": user, "operation": operation},
        )

    def property(self, name: str) -> str | None:
        """A property of the world as a whole."""
        row = self.database.connection.execute("SELECT value FROM property WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_property(self, name: str, value: str) -> None:
        """Set a property of the world as a whole."""
        self.database.connection.execute("INSERT OR REPLACE INTO property (name, value) VALUES (?, ?)", (name, value))
