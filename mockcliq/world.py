"""A world: one organisation's data, tokens, clock, limits, faults and journal, and its way back to the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from time import monotonic
from typing import Any, Literal, get_args

import orjson

from mockcliq.document import Client, Token
from mockcliq.moments import MS_PER_SECOND, iso_ms, iso_offset
from mockcliq.runtime.clock import Clock, Setting
from mockcliq.runtime.faults import Faults
from mockcliq.runtime.journal import Journal
from mockcliq.runtime.limiter import Limiter
from mockcliq.seeding.tokens import token_name
from mockcliq.spec import EpochMs, Operation, UserId
from mockcliq.start import Start, fill
from mockcliq.store.database import Database
from mockcliq.store.dump import dump
from mockcliq.store.load import token_row
from mockcliq.store.oauth import Code, Refreshing
from mockcliq.store.people import Grant
from mockcliq.store.store import Store

Part = Literal["data", "tokens", "clock", "limits", "faults", "journal"]
PARTS: tuple[Part, ...] = get_args(Part)


_CODES_REMEMBERED_MS = 3600 * MS_PER_SECOND
"""How long a code that was used, or has expired, is still known as one: longer than anything asks for it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the worlds of one server have in common.

    Attributes:
        operations: What there is to call.
        rate_limit: Whether limits are applied, where a world does not say otherwise.
        token_limit: Whether the limits of the accounts server are applied.
        journal_size: How many exchanges each keeps.
        client: One that all of them register beside their own.
        issued: Every token, refresh token and code that is known, and the world that issued it.
    """

    operations: Sequence[Operation]
    rate_limit: bool
    token_limit: bool
    journal_size: int
    client: Client | None = None
    issued: dict[str, World] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world as it was at one moment: all but its journal."""

    taken_at: EpochMs
    data: Database
    clock: Setting
    limiter: Limiter
    faults: Faults


class World:
    """One organisation's users, chats, messages, pins and tokens, with its own clock, limits, faults and journal.

    Args:
        world_id: Its name, in a path and in its tokens.
        setup: What it has in common with the server's other worlds.
        database: Its data, as they are at the start or as a file kept them.
        start: What it goes back to.

    Attributes:
        id: Its name.
        start: What it goes back to.
        store: Its data.
        clock: What its readers of time read.
        limiter: The thresholds and locks.
        rate_limit: Whether they are applied.
        token_limit: Whether those of the accounts server are.
        faults: Which calls fail, and how.
        journal: The latest exchanges.
        grants: What each of its access tokens stands for.
        snapshots: By name.
        last_used: When it was asked for last, on the machine's monotonic clock, in seconds.
    """

    def __init__(self, world_id: str, setup: Setup, database: Database, start: Start) -> None:
        self.id = world_id
        self.start = start
        self.store = Store(database)
        self.clock = Clock()
        self.limiter = Limiter(setup.operations, locked=self.store.keep_lock)
        self.rate_limit = setup.rate_limit
        self.token_limit = setup.token_limit
        self.faults = Faults()
        self.journal = Journal(setup.journal_size)
        self.grants: dict[str, Grant] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.last_used = monotonic()
        self._client = setup.client
        self._issued = setup.issued
        self._credentials: set[str] = set()
        self._at_start: tuple[dict[str, Grant], set[str]] | None = None

    def begin(self) -> None:
        """Stand at the start, which the database holds already."""
        self._rename_credentials()
        self._hold_credentials()
        self._at_start = (self.grants.copy(), self._credentials.copy())
        self._start_clock()

    def resume(self) -> None:
        """Go on from where the file was left."""
        self.limiter.restore(self.store.locks())
        self._hold_credentials()
        clock = self.store.property("clock")
        if clock is None:
            self._start_clock()
        else:
            self.clock.setting = Setting(**orjson.loads(clock))

    def reset(self, parts: Iterable[Part] = PARTS) -> None:
        """Bring these parts back to the world's start, all of them or, where the disk is full, none.

        Raises:
            BadWorld: The world was made from a file that is needed again and cannot be used any more.
            DatabaseUnusable: The world's own file refuses.
        """
        wanted = set(parts)
        if wanted & {"data", "tokens"}:
            self._restore(wanted)
        if "clock" in wanted:
            self._start_clock()
        if "limits" in wanted:
            self.clear_limits()
        if "faults" in wanted:
            self.faults.clear()
        if "journal" in wanted:
            self.journal.clear()

    def begin_anew(self, start: Start, data: Database) -> None:
        """Make another start the world's own, and go there; the journal stays.

        Args:
            start: Made for this world: its tokens are named after it.
            data: What it holds then.
        """
        self.store.become(data)
        self.start = start
        self.reset(("clock", "limits", "faults"))
        self._hold_credentials()
        self._at_start = (self.grants.copy(), self._credentials.copy())

    def keep_snapshot(self, name: str) -> Snapshot:
        """Keep everything as it is now, save the journal, under a name; one that had it is gone."""
        setting = self.clock.setting
        now = self.clock.now()
        clock = Setting("real") if setting.mode == "real" else Setting(setting.mode, now)
        data = self.store.database.copy()
        snapshot = self.snapshots[name] = Snapshot(now, data, clock, self.limiter.copy(), self.faults.copy())
        return snapshot

    def restore_snapshot(self, snapshot: Snapshot) -> None:
        """Go back to what was kept; a clock that was set shows the time again that it showed then."""
        self.store.become(snapshot.data)
        self._hold_credentials()
        self.limiter, self.faults = snapshot.limiter.copy(), snapshot.faults.copy()
        clock = snapshot.clock
        if clock.mode == "offset":
            self.set_clock(lambda running: running.run_from(EpochMs(clock.value)))
        else:
            self.clock.setting = clock
            self._keep_clock()

    def clear_limits(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Forget counts and locks and return to the documented limits, for all or for one user or operation."""
        self.store.drop_locks(user, operation)
        self.limiter.clear(user, operation)

    def mint(self, user: UserId, scopes: list[str], expires: EpochMs | None) -> Token:
        """Give a user a new token, of a name that none of this world's has."""
        names = (token_name(self.id, f"minted-{number}") for number in count(len(self.grants)))
        token = Token(next(name for name in names if name not in self._issued), user, scopes, expires)
        self.issue(token)
        return token

    def issue(self, token: Token) -> None:
        """Let a token in."""
        self.store.people.add_token(token_row(token))
        self.grants.update(self.store.people.grants(token.token))
        self.claim(token.token)

    def has_issued(self, credential: str) -> bool:
        """Whether a token, refresh token or code is this world's."""
        return credential in self._credentials

    def claim(self, credential: str) -> None:
        """Take note that a token, refresh token or code is this world's."""
        self._credentials.add(credential)
        self._issued[credential] = self

    def revoke(self, token: str) -> bool:
        """Revoke a token, and of a refresh token all that was issued for it; tells whether this world has it."""
        if token in self.grants:
            self.store.people.revoke_token(token)
            self.grants.update(self.store.people.grants(token))
            return True
        if not self.store.oauth.drop_refresh_token(token):
            return False
        self.grants = self.store.people.grants()
        self._disown(token)
        return True

    def holder(self, credential: str) -> UserId | None:
        """Whose an access token, a refresh token or a code of this world is."""
        grant = self.grants.get(credential)
        if grant is not None:
            return grant.caller.id
        found = self.store.oauth.refresh_token(credential) or self.store.oauth.code(credential)
        return None if found is None else found.user_id

    def add_code(self, code: Code) -> None:
        """Give a client a code, and forget those of which nothing follows any more."""
        for forgotten in self.store.oauth.drop_codes(EpochMs(self.clock.now() - _CODES_REMEMBERED_MS)):
            self._disown(forgotten)
        self.store.oauth.add_code(code)
        self.claim(code.code)

    def add_refresh_token(self, token: Refreshing) -> None:
        """Give a client a refresh token."""
        self.store.oauth.add_refresh_token(token)
        self.claim(token.token)

    def client(self, client_id: str) -> Client | None:
        """The program that has registered under that id."""
        return next((client for client in self.clients() if client.client_id == client_id), None)

    def clients(self) -> list[Client]:
        """The programs that may ask for tokens; the one that all worlds have goes before a namesake."""
        common = [] if self._client is None else [self._client]
        taken = {client.client_id for client in common}
        return [*common, *(each for each in self.store.oauth.clients() if each.client_id not in taken)]

    def reread_people(self) -> None:
        """Take note that people changed: those who call are known by their tokens."""
        self.grants = self.store.people.grants()

    def set_clock(self, change: Callable[[Clock], None]) -> None:
        """Change how the clock runs; a world in a file runs so after a restart, too.

        Raises:
            ClockOutOfRange: The change would leave the years that a clock stays within.
        """
        before = self.clock.setting
        change(self.clock)
        try:
            self._keep_clock()
        except BaseException:
            self.clock.setting = before
            raise

    def state_of(self, data: Database) -> dict[str, Any]:
        """A copy of this world's data, as a world file has it; the clock starts there where it stands here."""
        is_real = self.clock.setting.mode == "real"
        document = dump(data.connection)
        if self._client is not None and self._client.client_id not in {
            each["client_id"] for each in document["clients"]
        }:
            # A refresh token of its may be in the document, and is to find its client there.
            document["clients"].append(asdict(self._client))
        return {
            "mockcliq": 1,
            "name": self.id,
            "starts_at": None if is_real else iso_ms(self.clock.now()),
            "utc_offset": iso_offset(self.start.utc_offset),
            **document,
        }

    def end(self) -> None:
        """Let nobody in any more."""
        for credential in self._credentials:
            self._issued.pop(credential, None)

    def close(self) -> None:
        """Close the store."""
        self.store.database.close()

    def _restore(self, wanted: set[Part]) -> None:
        """The data, the tokens, or both, in one transaction where they are in a file."""
        people, database, start = self.store.people, self.store.database, self.start
        tokens = None if "tokens" in wanted else people.credentials()
        locks = [] if "limits" in wanted else self.store.locks()
        if "data" in wanted and start.pristine is not None:
            self.store.become(start.pristine)
        with database.transaction():
            if "data" in wanted:
                if start.pristine is None:
                    database.delete_all()
                    fill(database, start.recipe)
                if tokens is None:
                    self._rename_credentials()
                else:
                    people.replace_credentials(tokens)
                self.store.keep_locks(locks)
                self._keep_clock()
            else:
                people.replace_credentials(start.credentials_of(self.id))
        if self._at_start is not None and {"data", "tokens"} <= wanted:
            grants, credentials = self._at_start
            self._hold(grants.copy(), credentials.copy())
        else:
            self._hold_credentials()

    def _rename_credentials(self) -> None:
        """Name what the start brought after this world."""
        if self.start.naming != self.id:
            self.store.people.replace_credentials(self.start.credentials_of(self.id))

    def _hold_credentials(self) -> None:
        """Take note of who may come in by what is in the store now, and of nothing else."""
        people = self.store.people
        grants = people.grants()
        self._hold(grants, {*grants, *people.refreshing()})

    def _disown(self, credential: str) -> None:
        self._credentials.discard(credential)
        self._issued.pop(credential, None)

    def _hold(self, grants: dict[str, Grant], credentials: set[str]) -> None:
        for credential in self._credentials:
            self._issued.pop(credential, None)
        self.grants, self._credentials = grants, credentials
        for credential in credentials:
            self._issued[credential] = self

    def _start_clock(self) -> None:
        starts_at = self.start.starts_at
        self.set_clock(Clock.follow_real_time if starts_at is None else lambda clock: clock.run_from(starts_at))

    def _keep_clock(self) -> None:
        if self.store.database.path is None:
            return  # nothing of this world is there after a restart
        self.store.set_property("clock", orjson.dumps(asdict(self.clock.setting)).decode())
