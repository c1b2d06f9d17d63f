"""The people of an organisation."""

from __future__ import annotations

from itertools import count
from typing import Any, NamedTuple

from mockcliq.contract import document
from mockcliq.contract.ids import UserId
from mockcliq.store.database import Repository
from mockcliq.store.table import WorldTable, written


class User(NamedTuple):
    id: UserId
    name: str
    email: str
    active: bool
    role: str | None

    @classmethod
    def load(cls, user: document.User) -> User:
        return cls(user.id, user.name, user.email, user.active, user.role)

    def dump(self) -> dict[str, Any]:
        # Who was activated since is none that the fixed token of that role could be for.
        role = None if self.active and self.role == "deactivated" else self.role
        return written(**self._replace(role=role)._asdict())


USERS = WorldTable(name="user", row=User, key=("id",), unique=("email",), field="users")


class Users(Repository):
    def find(self, id_or_email: str) -> User | None:
        return next(USERS.select(self._connection, "WHERE id = :key OR email = :key", {"key": id_or_email}), None)

    def all(self) -> list[User]:
        """Everyone, in the order they were made."""
        return list(USERS.select(self._connection, "ORDER BY rowid"))

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
