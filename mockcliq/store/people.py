"""Who there is, and the tokens they hold.

Tokens are few and asked for by every request, so that a world reads them all at its start and keeps them in a
dictionary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import or_, select

from mockcliq.spec import EpochMs, Scope, UserId
from mockcliq.store.database import Database
from mockcliq.store.tables import AccessToken, User


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a token."""

    id: UserId
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token stands for. ``allows`` holds the scopes that it satisfies, ``scopes`` what it was given."""

    caller: Caller
    scopes: tuple[str, ...]
    allows: frozenset[Scope]
    expires: EpochMs | None
    revoked: bool


class People:
    """The users of a world and their tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, id_or_email: str) -> User | None:
        """The user with that id or e-mail address."""
        with self._database.session() as session:
            return session.exec(select(User).where(or_(User.id == id_or_email, User.email == id_or_email))).first()

    def users(self) -> Sequence[User]:
        """Everyone, in the order they were made."""
        with self._database.session() as session:
            return session.exec(select(User)).all()

    def owner(self) -> User | None:
        """The person behind the owner's token."""
        with self._database.session() as session:
            return session.exec(select(User).where(User.role == "owner")).first()

    def grants(self) -> dict[str, Grant]:
        """Every token, and what it stands for."""
        rows = self._database.connection.execute(
            "SELECT token, user.id, user.name, user.active, scopes, expires, revoked"
            " FROM access_token JOIN user ON user.id = access_token.user_id"
        )
        return {
            token: Grant(
                caller=Caller(user_id, name, bool(active)),
                scopes=tuple(scopes.split()),
                allows=_allowed_by(scopes.split()),
                expires=expires,
                revoked=bool(revoked),
            )
            for token, user_id, name, active, scopes, expires, revoked in rows
        }

    def tokens(self) -> list[tuple[object, ...]]:
        """The rows of the tokens, to be put back by `replace_tokens`."""
        return self._database.connection.execute(f"SELECT {_TOKEN_COLUMNS} FROM access_token").fetchall()

    def replace_tokens(self, rows: Iterable[tuple[object, ...]]) -> None:
        """Exchange all tokens for others."""
        with self._database.transaction():
            self._database.connection.execute("DELETE FROM access_token")
            for row in rows:
                self.add_token(row)

    def add_token(self, row: tuple[object, ...]) -> None:
        """Add a token."""
        self._database.connection.execute(f"INSERT INTO access_token ({_TOKEN_COLUMNS}) VALUES (?, ?, ?, ?, ?)", row)

    def revoke_token(self, token: str) -> None:
        """Mark a token as revoked."""
        self._database.connection.execute("UPDATE access_token SET revoked = TRUE WHERE token = ?", (token,))


_TOKEN_COLUMNS = ", ".join(AccessToken.model_fields)

_SCOPES = {scope.value.lower(): scope for scope in Scope}


def _allowed_by(scopes: Iterable[str]) -> frozenset[Scope]:
    """The scopes that these names satisfy; clients in the wild write them in other cases."""
    known = frozenset(_SCOPES[name.lower()] for name in scopes if name.lower() in _SCOPES)
    return frozenset(Scope) if Scope.CHATS_ALL in known else known
