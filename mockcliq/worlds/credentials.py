"""The credentials of a world: its tokens, refresh tokens, codes and clients; and who issued what on a server."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import count

from mockcliq.contract.document import Client, Token
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.timestamps import MS_PER_SECOND
from mockcliq.seeding.tokens import ALL_SCOPES, MINTED, WEBHOOK_LABEL, label_in, taken_over, token_name
from mockcliq.store.oauth import AuthorizationCode, CredentialRows, RefreshToken
from mockcliq.store.oauth import Client as ClientRow
from mockcliq.store.store import Store
from mockcliq.store.tokens import Grant

WEBHOOK_TOKENS_EACH = 5
"""How many webhook tokens a person may have, as documented."""

_CODES_REMEMBERED_MS = 3600 * MS_PER_SECOND
"""How long an expired code is kept: longer than anything asks for it."""

_EXPIRED_KEPT = 200
"""How many of the tokens that expired last are kept, so that a call with one is told that it expired."""


class Taken(Exception):
    """A name that something else has: a world's, or a token's; the message says what has it."""


class TooManyWebhookTokens(Exception):
    """A person has `WEBHOOK_TOKENS_EACH` in force."""


def random_credential() -> str:
    """A code or token in the service's format; random, because clients keep them across runs."""
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


class Issuers:
    """The worlds of a server by the tokens, refresh tokens and codes that they issued.

    ``client_ids`` are of the clients that worlds have, with the number of worlds: several may have one.
    """

    def __init__(self) -> None:
        self.client_ids: Counter[str] = Counter()
        self._world_ids: dict[str, str] = {}

    def of(self, credential: str) -> str | None:
        """The id of the world that issued it."""
        return self._world_ids.get(credential)

    def add(self, world_id: str, credentials: Iterable[str]) -> None:
        self._world_ids.update(dict.fromkeys(credentials, world_id))

    def remove(self, credentials: Iterable[str]) -> None:
        for credential in credentials:
            self._world_ids.pop(credential, None)


@dataclass(frozen=True)
class InitialCredentials:
    """The credentials that a template brings into each world that starts from it, named after one world.

    ``grants`` are by the access tokens; None where the rows of the people are not at hand.
    """

    named_for: str
    rows: CredentialRows
    grants: Mapping[str, Grant] | None

    def names_in(self, world_id: str) -> dict[str, str]:
        """What a world calls them, by their names in the template."""
        if world_id == self.named_for:
            return {name: name for name in self.rows.names}
        return {name: token_name(world_id, label) for name, label in self._labels.items()}

    @cached_property
    def _labels(self) -> dict[str, str]:
        """The ends of the names that other worlds have for them, the same in each."""
        any_world = "any"
        names = taken_over(self.rows.names, any_world, self.named_for)
        return {name: label_in(own, any_world) or "" for name, own in names.items()}


class Credentials:
    """A world's credentials, known without asking its store: every request is judged by one of them.

    ``grants`` are by the access tokens; ``client`` is one that all worlds register beside their own.
    """

    def __init__(self, world_id: str, store: Store, issuers: Issuers, client: Client | None = None) -> None:
        self.grants: dict[str, Grant] = {}
        self._world_id = world_id
        self._store = store
        self._issuers = issuers
        self._client = client
        self._names: set[str] = set()
        self._client_ids: Counter[str] = Counter()
        # They go on after a reset: a name is never issued twice.
        self._numbers = count(1)

    def load(self, initial: InitialCredentials) -> None:
        """Hold what a template brings and nothing else; the store is as the template has it."""
        names = self.rename(initial)
        if initial.grants is None:
            self.refresh()
        else:
            grants = {names[name]: grant for name, grant in initial.grants.items()}
            self._hold(grants, names.values(), initial.rows.clients)

    def rename(self, initial: InitialCredentials) -> dict[str, str]:
        """Rename what a template has just brought into the store; returns this world's names by the old."""
        names = initial.names_in(self._world_id)
        if initial.named_for != self._world_id:
            self._store.oauth.rename_credentials(initial.rows, names)
        return names

    def refresh(self) -> None:
        """Hold what the store has and nothing else."""
        grants = self._store.tokens.grants()
        self._hold(grants, {*grants, *self._store.oauth.refreshing()}, self._store.oauth.clients())

    def forget(self) -> None:
        """Revoke all of them, for good."""
        self._issuers.remove(self._names)
        self._issuers.client_ids -= self._client_ids
        self._names, self._client_ids = set(), Counter()

    def require_free(self, names: Iterable[str]) -> None:
        """Raise `Taken` if another world has one of these names."""
        for name in names:
            issuer = self._issuers.of(name)
            if issuer not in (None, self._world_id):
                raise Taken(f"the world {issuer!r} has a token {name!r}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Several changes as one: all of them or, where the disk refuses, none, neither in the store nor here."""
        try:
            with self._store.database.transaction():
                yield
        except BaseException:
            self.refresh()
            raise

    def mint(self, user: UserId, scopes: list[str], expires: EpochMs | None, now: EpochMs) -> Token:
        """Issue a token of a free name."""
        names = (token_name(self._world_id, f"{MINTED}{number}") for number in self._numbers)
        token = Token(next(name for name in names if self._issuers.of(name) is None), user, scopes, expires)
        self.issue(token, now)
        return token

    def mint_for_webhooks(self, user: UserId, now: EpochMs) -> Token:
        """Issue a webhook token of a free name, with every scope.

        Raises:
            TooManyWebhookTokens: The person has as many as are allowed.
        """
        held = sum(grant.is_webhook and not grant.revoked and grant.caller.id == user for grant in self.grants.values())
        if held >= WEBHOOK_TOKENS_EACH:
            raise TooManyWebhookTokens
        names = (token_name(self._world_id, f"{WEBHOOK_LABEL}-{number}") for number in self._numbers)
        name = next(name for name in names if self._issuers.of(name) is None)
        token = Token(name, user, list(ALL_SCOPES), webhook=True)
        self.issue(token, now)
        return token

    def issue(self, token: Token, now: EpochMs) -> None:
        """Issue a token, and drop those that expired long ago: a bot may log in for each of its calls."""
        if len(self.grants) % _EXPIRED_KEPT == 0:
            self._drop_expired(now)
        self._store.tokens.add(token)
        self.grants.update(self._store.tokens.grants(token.token))
        self._add(token.token)

    def add_refresh_token(self, token: RefreshToken) -> None:
        self._store.oauth.add_refresh_token(token)
        self._add(token.token)

    def add_code(self, code: AuthorizationCode) -> None:
        """Add an authorization code, and drop the old ones."""
        for dropped in self._store.oauth.drop_codes(EpochMs(code.issued - _CODES_REMEMBERED_MS)):
            self._names.discard(dropped)
            self._issuers.remove([dropped])
        self._store.oauth.add_code(code)
        self._add(code.code)

    def revoke(self, token: str) -> bool:
        """Revoke a token, and of a refresh token all that was issued for it; returns whether this world has it."""
        if token in self.grants:
            self._store.tokens.revoke(token)
            self.grants.update(self._store.tokens.grants(token))
            return True
        if not self._store.oauth.drop_refresh_token(token):
            return False
        self.refresh()
        return True

    def has_issued(self, credential: str) -> bool:
        """Whether a token, refresh token or code is this world's."""
        return credential in self._names

    def holder(self, credential: str) -> UserId | None:
        """The user of an access token, a refresh token or a code of this world."""
        grant = self.grants.get(credential)
        if grant is not None:
            return grant.caller.id
        found = self._store.oauth.refresh_token(credential) or self._store.oauth.code(credential)
        return None if found is None else found.user_id

    def add_client(self, client: Client) -> None:
        """Add a client, of an id that none has."""
        self._store.oauth.add_client(client)
        self._client_ids[client.client_id] += 1
        self._issuers.client_ids[client.client_id] += 1

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients() if client.client_id == client_id), None)

    def clients(self) -> list[Client]:
        """The clients that may ask for tokens; the one that all worlds have goes before a namesake."""
        common, own = self._client, self._store.oauth.clients()
        return own if common is None else [common, *(each for each in own if each.client_id != common.client_id)]

    def with_common_client(self, clients: list[dict[str, object]]) -> list[dict[str, object]]:
        """A document's clients, and the one that all worlds have, which may have refresh tokens in the document."""
        if self._client is None or any(each["client_id"] == self._client.client_id for each in clients):
            return clients
        return [*clients, asdict(self._client)]

    def _drop_expired(self, now: EpochMs) -> None:
        expired = [(grant.expires, name) for name, grant in self.grants.items() if grant.expires is not None]
        dropped = [name for expires, name in sorted(expired)[:-_EXPIRED_KEPT] if expires <= now]
        self._store.tokens.drop(dropped)
        for name in dropped:
            del self.grants[name]
        self._names.difference_update(dropped)
        self._issuers.remove(dropped)

    def _hold(self, grants: dict[str, Grant], names: Iterable[str], clients: Iterable[Client | ClientRow]) -> None:
        self.forget()
        self.grants, self._names = grants, set(names)
        self._client_ids = Counter(client.client_id for client in clients)
        self._issuers.add(self._world_id, self._names)
        self._issuers.client_ids += self._client_ids

    def _add(self, name: str) -> None:
        self._names.add(name)
        self._issuers.add(self._world_id, [name])
