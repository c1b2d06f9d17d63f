"""The people of an organisation."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any, NamedTuple

import orjson

from mockcliq.contract import document
from mockcliq.contract.ids import UserId
from mockcliq.store.database import Repository
from mockcliq.store.table import WorldTable, written


class User(NamedTuple):
    """A person; ``profile`` is a JSON object of what else was said of them, None for nothing."""

    id: UserId
    name: str
    email: str
    active: bool
    role: str | None
    profile: str | None = None

    @classmethod
    def load(cls, user: document.User) -> User:
        return cls(user.id, user.name, user.email, user.active, user.role, as_profile(user.profile))

    def dump(self) -> dict[str, Any]:
        # Who was activated since is none that the fixed token of that role could be for.
        role = None if self.active and self.role == "deactivated" else self.role
        return written(**{**self._asdict(), "role": role, "profile": self.details or None})

    @property
    def details(self) -> dict[str, Any]:
        """What else was said of them, by the API's names of it."""
        details: dict[str, Any] = {} if self.profile is None else orjson.loads(self.profile)
        return details


def as_profile(details: Mapping[str, Any]) -> str | None:
    """A person's details as their column has them."""
    return orjson.dumps(details).decode() if details else None


USERS = WorldTable(name="user", row=User, key=("id",), unique=("email",), field="users")


_NEAR_LIMIT = 500
_NEAR = """
    SELECT * FROM (SELECT email FROM user WHERE email >= :first AND email < :last LIMIT :limit)
    UNION
    SELECT * FROM (SELECT email FROM user ORDER BY rowid LIMIT :limit)
"""


def default_email(user: UserId) -> str:
    """The address of somebody who was given none."""
    return f"user-{user}@example.com"


class Users(Repository):
    def find(self, id_or_email: str) -> User | None:
        """A person by id, or by e-mail address in any case."""
        exact = next(USERS.select(self._connection, "WHERE id = :key OR email = :key", {"key": id_or_email}), None)
        if exact is not None or "@" not in id_or_email:
            return exact
        return next(USERS.select(self._connection, "WHERE casefold(email) = ?", (id_or_email.casefold(),)), None)

    def all(self) -> list[User]:
        """Everyone, in the order they were made."""
        return list(USERS.select(self._connection, "ORDER BY rowid"))

    def number_of(self, user: UserId) -> int:
        """Where a person stands in the list of all; those who come later have higher numbers."""
        (number,) = self._connection.execute("SELECT rowid FROM user WHERE id = ?", (user,)).fetchone()
        return int(number)

    def listed(self, search: str, after: int, limit: int, *, active: bool | None) -> list[User]:
        """Those of whose name or address ``search`` is a part, in any case, in the order they were made.

        Args:
            search: Empty for everybody.
            after: The list goes on after the person of that number; 0 for its beginning.
            limit: How many at most.
            active: Only those who are, or are not; None for both.
        """
        rows = USERS.select(
            self._connection,
            "WHERE rowid > :after AND (instr(casefold(name), :search) OR instr(casefold(email), :search))"
            " AND (:active IS NULL OR active = :active) ORDER BY rowid LIMIT :limit",
            {"search": search.casefold(), "after": after, "active": active, "limit": limit},
        )
        return list(rows)

    def near(self, email: str) -> list[str]:
        """E-mail addresses that may be meant by one that nobody has: those that begin alike, and the first people's."""
        first = email[:1]
        values = {"first": first, "last": f"{first}\U0010ffff", "limit": _NEAR_LIMIT}
        return [found for (found,) in self._connection.execute(_NEAR, values)]

    def insiders(self, first: UserId) -> list[UserId]:
        """That person, and the active people but the outsider: who is in a channel of which nothing else is said."""
        others = [user.id for user in self.all() if user.active and user.role != "outsider"]
        return list(dict.fromkeys((first, *others)))

    def owner(self) -> User | None:
        return next(USERS.select(self._connection, "WHERE role = 'owner'"), None)

    def free_id(self) -> UserId:
        ids = (UserId(str(9 * 10**8 + number)) for number in count(1))
        return next(each for each in ids if not self._has("user WHERE id = :id", id=each))

    def add(self, user: User) -> None:
        USERS.insert(self._connection, [user])

    def change(self, user: UserId, name: str, *, active: bool) -> None:
        """Give a user another name, or another standing in the organisation."""
        self._connection.execute("UPDATE user SET name = ?, active = ? WHERE id = ?", (name, active, user))
