"""Who may come into a world: its tokens and codes, what they stand for, and the clients that may ask for more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from itertools import count

from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.document import Client, Token
from mockcliq.seeding.tokens import MINTED, token_name
from mockcliq.store.oauth import AuthorizationCode, RefreshToken
from mockcliq.store.store import Store
from mockcliq.store.tokens import Grant
from mockcliq.timestamps import MS_PER_SECOND

_CODES_REMEMBERED_MS = 3600 * MS_PER_SECOND
"""How long a code that was used, or has expired, is still known as one: longer than anything asks for it."""


class Taken(Exception):
    """A name that something else has: a world's, or a token's; the message says what has it."""


class Credentials:
    """Knows a world's credentials without asking its store: every request is judged by one of them.

    Args:
        world_id: Whose.
        store: Where they are kept.
        issued: Every token, refresh token and code of the server's worlds, and the name of the world that issued it.
        client: One that all worlds register beside their own.

    Attributes:
        grants: What each access token stands for.
    """

    def __init__(self, world_id: str, store: Store, issued: dict[str, str], client: Client | None = None) -> None:
        self.grants: dict[str, Grant] = {}
        self._world_id = world_id
        self._store = store
        self._issued = issued
        self._client = client
        self._credentials: set[str] = set()
        # They go on after a reset: a token that it took back is never another's later.
        self._numbers = count(1)

    def hold(self, grants: dict[str, Grant], credentials: Iterable[str]) -> None:
        """Let these in, and nobody else.

        Args:
            grants: The access tokens, and what they stand for.
            credentials: Their names, and those of the refresh tokens and codes.
        """
        self.end()
        self.grants, self._credentials = grants, set(credentials)
        self._issued.update(dict.fromkeys(self._credentials, self._world_id))

    def reread(self) -> None:
        """Let in whom the store says, and nobody else."""
        grants = self._store.tokens.grants()
        self.hold(grants, {*grants, *self._store.oauth.refreshing()})

    def reread_people(self) -> None:
        """Take note that people changed: those who call are known by their tokens."""
        self.grants = self._store.tokens.grants()

    def require_unissued(self, credentials: Iterable[str]) -> None:
        """See to it that no other world has one of these.

        Raises:
            Taken: One has.
        """
        for name in credentials:
            holder = self._issued.get(name)
            if holder not in (None, self._world_id):
                raise Taken(f"the world {holder!r} has a token {name!r}")

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Several changes as one: all of them or, where the disk refuses, none, neither in the store nor here."""
        try:
            with self._store.database.transaction():
                yield
        except BaseException:
            self.reread()
            raise

    def end(self) -> None:
        """Let nobody in any more."""
        for credential in self._credentials:
            self._issued.pop(credential, None)
        self._credentials = set()

    def mint(self, user: UserId, scopes: list[str], expires: EpochMs | None) -> Token:
        """Give a user a new token, of a name that nobody has."""
        names = (token_name(self._world_id, f"{MINTED}{number}") for number in self._numbers)
        token = Token(next(name for name in names if name not in self._issued), user, scopes, expires)
        self.issue(token)
        return token

    def issue(self, token: Token) -> None:
        """Let a token in."""
        self._store.tokens.add(token)
        self.grants.update(self._store.tokens.grants(token.token))
        self._claim(token.token)

    def has_issued(self, credential: str) -> bool:
        """Whether a token, refresh token or code is this world's."""
        return credential in self._credentials

    def revoke(self, token: str) -> bool:
        """Revoke a token, and of a refresh token all that was issued for it; tells whether this world has it."""
        if token in self.grants:
            self._store.tokens.revoke(token)
            self.grants.update(self._store.tokens.grants(token))
            return True
        if not self._store.oauth.drop_refresh_token(token):
            return False
        self.reread_people()
        self._disown(token)
        return True

    def holder(self, credential: str) -> UserId | None:
        """Whose an access token, a refresh token or a code of this world is."""
        grant = self.grants.get(credential)
        if grant is not None:
            return grant.caller.id
        found = self._store.oauth.refresh_token(credential) or self._store.oauth.code(credential)
        return None if found is None else found.user_id

    def add_code(self, code: AuthorizationCode, now: EpochMs) -> None:
        """Give a client a code, and forget those of which nothing follows any more."""
        for forgotten in self._store.oauth.drop_codes(EpochMs(now - _CODES_REMEMBERED_MS)):
            self._disown(forgotten)
        self._store.oauth.add_code(code)
        self._claim(code.code)

    def add_refresh_token(self, token: RefreshToken) -> None:
        """Give a client a refresh token."""
        self._store.oauth.add_refresh_token(token)
        self._claim(token.token)

    def client(self, client_id: str) -> Client | None:
        """The program that has registered under that id."""
        return next((client for client in self.clients() if client.client_id == client_id), None)

    def clients(self) -> list[Client]:
        """The programs that may ask for tokens; the one that all worlds have goes before a namesake."""
        common = [] if self._client is None else [self._client]
        taken = {client.client_id for client in common}
        return [*common, *(each for each in self._store.oauth.clients() if each.client_id not in taken)]

    def written_down(self, clients: list[dict[str, object]]) -> list[Mapping[str, object]]:
        """A document's clients, and the one that all worlds have: a refresh token of its may be in the document."""
        common = self._client
        if common is None or common.client_id in {each["client_id"] for each in clients}:
            return list(clients)
        return [*clients, asdict(common)]

    def _claim(self, credential: str) -> None:
        self._credentials.add(credential)
        self._issued[credential] = self._world_id

    def _disown(self, credential: str) -> None:
        self._credentials.discard(credential)
        self._issued.pop(credential, None)
