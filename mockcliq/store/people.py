"""Who there is, and the tokens they hold.

Tokens are few and asked for by every request, so that a world reads them all at its start and keeps them in a
dictionary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.scopes import held
from mockcliq.store.database import Database


class Person(NamedTuple):
    """A user of the organisation."""

    id: UserId
    name: str
    email: str
    active: bool
    role: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a token."""

    id: UserId
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. ``allows`` are its scopes in lower case, ``scopes`` as they were given."""

    caller: Caller
    scopes: tuple[str, ...]
    allows: frozenset[str]
    expires: EpochMs | None
    revoked: bool


class People:
    """The users of a world and their tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, id_or_email: str) -> Person | None:
        """The user with that id or e-mail address."""
        return next(self._people("WHERE id = :key OR email = :key", key=id_or_email), None)

    def users(self) -> list[Person]:
        """Everyone, in the order they were made."""
        return list(self._people("ORDER BY rowid"))

    def owner(self) -> Person | None:
        """The person behind the owner's token."""
        return next(self._people("WHERE role = 'owner'"), None)

    def _people(self, which: str, **values: str) -> Iterator[Person]:
        rows = self._database.connection.execute(f"SELECT id, name, email, active, role FROM user {which}", values)
        for user_id, name, email, active, role in rows:
            yield Person(user_id, name, email, bool(active), role)

    def add(self, user: Person) -> None:
        """Add a user."""
        self._database.connection.execute(
            "INSERT INTO user (id, name, email, active, role) VALUES (?, ?, ?, ?, ?)",
            (user.id, user.name, user.email, user.active, user.role),
        )

    def change(self, user: UserId, name: str, *, active: bool) -> None:
        """Give a user another name, or another standing in the organisation."""
        self._database.connection.execute("UPDATE user SET name = ?, active = ? WHERE id = ?", (name, active, user))

    def grants(self, token: str | None = None) -> dict[str, Grant]:
        """Every token, or this one, and what it stands for."""
        rows = self._database.connection.execute(
            "SELECT token, user.id, user.name, user.active, scopes, expires, revoked"
            " FROM access_token JOIN user ON user.id = access_token.user_id WHERE :token IS NULL OR token = :token",
            {"token": token},
        )
        return {
            token: Grant(
                caller=Caller(user_id, name, bool(active)),
                scopes=tuple(scopes.split()),
                allows=held(scopes.split()),
                expires=expires,
                revoked=bool(revoked),
            )
            for token, user_id, name, active, scopes, expires, revoked in rows
        }

    def refreshing(self) -> set[str]:
        """What access tokens can be had for: the names of the refresh tokens, and the authorization codes."""
        rows = self._database.connection.execute(
            "SELECT token FROM refresh_token UNION ALL SELECT code FROM authorization_code"
        )
        return {name for (name,) in rows}

    def credentials(self) -> CredentialRows:
        """Everything that lets anybody in."""
        return CredentialRows(
            *(
                self._database.connection.execute(f"SELECT * FROM {table}").fetchall()
                for table in CredentialRows._fields
            )
        )

    def rename_credentials(self, credentials: CredentialRows, names: Mapping[str, str]) -> None:
        """Give access tokens and refresh tokens other names.

        Args:
            credentials: Those that there are, under their old names.
            names: The new names by the old.
        """
        for table, column, old in (
            ("access_token", "token", [row[0] for row in credentials.access_token]),
            ("access_token", "refresh_token", {row[-1] for row in credentials.access_token}),
            ("refresh_token", "token", [row[0] for row in credentials.refresh_token]),
        ):
            pairs = [(names[name], name) for name in old if name in names]
            if pairs:
                self._database.connection.executemany(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", pairs)

    def replace_credentials(self, credentials: CredentialRows) -> None:
        """Exchange everything that lets anybody in for this."""
        with self._database.transaction():
            for table, rows in zip(CredentialRows._fields, credentials, strict=True):
                self._database.connection.execute(f"DELETE FROM {table}")
                if rows:
                    places = ", ".join("?" * len(rows[0]))
                    self._database.connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)

    def drop_credentials_of_nobody(self) -> None:
        """Take away what would let in people who are not there any more."""
        for table in ("access_token", "refresh_token", "authorization_code"):
            self._database.connection.execute(f"DELETE FROM {table} WHERE user_id NOT IN (SELECT id FROM user)")

    def add_token(self, row: tuple[object, ...]) -> None:
        """Add an access token."""
        places = ", ".join("?" * len(row))
        self._database.connection.execute(f"INSERT INTO access_token VALUES ({places})", row)

    def revoke_token(self, token: str) -> None:
        """Mark a token as revoked."""
        self._database.connection.execute("UPDATE access_token SET revoked = TRUE WHERE token = ?", (token,))


class CredentialRows(NamedTuple):
    """The rows of the tables that say who may come in, as they stand there."""

    access_token: Sequence[tuple[Any, ...]]
    client: Sequence[tuple[Any, ...]]
    refresh_token: Sequence[tuple[Any, ...]]
    authorization_code: Sequence[tuple[Any, ...]] = ()

    @property
    def names(self) -> list[str]:
        """What is sent in order to come in: the tokens, refresh tokens and codes."""
        return [row[0] for row in (*self.access_token, *self.refresh_token, *self.authorization_code)]

    def renamed(self, names: Mapping[str, str]) -> CredentialRows:
        """The same under other names."""
        return self._replace(
            access_token=[
                (names.get(token, token), *rest, names.get(refresh_token, refresh_token))
                for token, *rest, refresh_token in self.access_token
            ],
            refresh_token=[(names.get(row[0], row[0]), *row[1:]) for row in self.refresh_token],
        )
