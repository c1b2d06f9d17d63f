"""A world: one organisation's data, tokens, clock, limits, faults and journal, and its way back to the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from secrets import token_hex
from time import monotonic
from typing import Literal, get_args

import orjson

from mockcliq.contract.api import Register
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.document import Client
from mockcliq.runtime.clock import Clock, Setting, running_from
from mockcliq.runtime.faults import Faults
from mockcliq.runtime.journal import Journal
from mockcliq.runtime.limiter import Limiter
from mockcliq.store.database import Database
from mockcliq.store.dump import dump
from mockcliq.store.oauth import OAuth
from mockcliq.store.store import Store
from mockcliq.timestamps import iso_ms, iso_offset
from mockcliq.worlds.credentials import Credentials
from mockcliq.worlds.template import WorldTemplate, seed_database

Part = Literal["data", "tokens", "clock", "limits", "faults", "journal"]
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the worlds of one server have in common.

    Attributes:
        register: What there is to call.
        rate_limit: Whether limits are applied, where a world does not say otherwise.
        token_limit: Whether the limits of the accounts server are applied.
        journal_size: How many exchanges each keeps.
        client: One that all of them register beside their own.
        issued: Every token, refresh token and code that is known, and the name of the world that issued it.
    """

    register: Register
    rate_limit: bool
    token_limit: bool
    journal_size: int
    client: Client | None = None
    issued: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world as it was at one moment: all but its journal."""

    taken_at: EpochMs
    start: WorldTemplate
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
        run: Told from others of its name, that were before it or are in another process.
        register: What there is to call.
        start: What it goes back to.
        store: Its data.
        clock: What its readers of time read.
        limiter: The thresholds and locks.
        rate_limit: Whether they are applied.
        token_limit: Whether those of the accounts server are.
        faults: Which calls fail, and how.
        journal: The latest exchanges.
        credentials: Who may come in, by tokens and codes.
        snapshots: By name.
        renamed: What it calls the tokens of its start that another world has: by their names there.
        last_used: When it was asked for last, on the machine's monotonic clock, in seconds.
    """

    def __init__(self, world_id: str, setup: Setup, database: Database, start: WorldTemplate) -> None:
        self.id = world_id
        self.run = token_hex(4)
        self.register = setup.register
        self.start = start
        self._names = start.names_of(world_id)
        self.store = Store(database)
        self.clock = Clock()
        self.limiter = Limiter(setup.register.limits, locked=self.store.locks.keep)
        self.rate_limit = setup.rate_limit
        self.token_limit = setup.token_limit
        self.faults = Faults()
        self.journal = Journal(setup.journal_size)
        self.credentials = Credentials(world_id, self.store, setup.issued, setup.client)
        self.snapshots: dict[str, Snapshot] = {}
        self.renamed: dict[str, str] = {}
        self.last_used = monotonic()

    def begin(self) -> None:
        """Stand at the start, which the database holds already.

        Raises:
            Taken: Another world has one of the start's tokens.
        """
        self.credentials.require_unissued(self._names.values())
        self.store.database.mark()
        self._rename_credentials()
        self._let_first_in()
        self._start_clock()

    def resume(self) -> None:
        """Go on from where the file was left."""
        self.limiter.restore(self.store.locks.all())
        self.credentials.reread()
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
        setting = self.start.clock() if "clock" in wanted else self.clock.setting
        if wanted - {"faults", "journal"}:
            self._restore(wanted, setting)
        # From here on nothing can fail: what may fail is written down.
        self.clock.setting = setting
        if "limits" in wanted:
            self.limiter.clear()
        if "faults" in wanted:
            self.faults.clear()
        if "journal" in wanted:
            self.journal.clear()

    def begin_anew(self, start: WorldTemplate, data: Database) -> None:
        """Make another start the world's own, and go there; the journal stays.

        Args:
            start: Made for this world: its tokens are named after it.
            data: What it holds then.

        Raises:
            Taken: Another world has one of its tokens.
        """
        names = start.names_of(self.id)
        self.credentials.require_unissued(names.values())
        setting = start.clock()
        if self.store.database.path is not None:
            # A world in a file goes back to its start in one transaction, which a copy could not be a part of.
            start = replace(start, pristine=None)
            Store(data).set_property("clock", _written(setting))
        self.store.become(data)
        self.store.database.mark()
        self.start, self._names = start, names
        self.clock.setting = setting
        self.limiter.clear()
        self.faults.clear()
        self.credentials.reread()

    def keep_snapshot(self, name: str) -> Snapshot:
        """Keep everything as it is now, save the journal, under a name; one that had it is gone."""
        setting = self.clock.setting
        now = self.clock.now()
        clock = Setting("real") if setting.mode == "real" else Setting(setting.mode, now)
        data = self.store.database.copy()
        self.snapshots.pop(name, None)
        snapshot = Snapshot(now, self.start, data, clock, self.limiter.copy(), self.faults.copy())
        self.snapshots[name] = snapshot
        return snapshot

    def restore_snapshot(self, snapshot: Snapshot) -> None:
        """Go back to what was kept; a clock that was set shows the time again that it showed then.

        Raises:
            Taken: Another world has one of its tokens by now.
        """
        self.credentials.require_unissued(OAuth(snapshot.data).credentials().names)
        clock, data = snapshot.clock, snapshot.data
        setting = running_from(EpochMs(clock.value)) if clock.mode == "offset" else clock
        if self.store.database.path is not None:
            data = data.copy()
            Store(data).set_property("clock", _written(setting))
        self.store.become(data)
        self.start, self._names = snapshot.start, snapshot.start.names_of(self.id)
        self.credentials.reread()
        self.limiter, self.faults = snapshot.limiter.copy(), snapshot.faults.copy()
        self.clock.setting = setting

    def clear_limits(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Forget counts and locks and return to the documented limits, for all or for one user or operation."""
        self.store.locks.drop(user, operation)
        self.limiter.clear(user, operation)

    def set_clock(self, change: Callable[[Clock], None]) -> None:
        """Change how the clock runs; a world in a file runs so after a restart, too.

        Raises:
            ClockOutOfRange: The change would leave the years that a clock stays within.
        """
        before = self.clock.setting
        change(self.clock)
        try:
            self._keep_clock(self.clock.setting)
        except BaseException:
            self.clock.setting = before
            raise

    def state(self) -> Callable[[], bytes]:
        """This world as it is now, to be written down as a world file has it; its clock starts where it stands now.

        Returns:
            What writes it down, which takes a while and may run on another thread: a copy of the data is quick, and
            stands still.
        """
        is_real = self.clock.setting.mode == "real"
        heading = {
            "mockcliq": 1,
            "name": self.id,
            "starts_at": None if is_real else iso_ms(self.clock.now()),
            "utc_offset": iso_offset(self.start.utc_offset),
        }
        data = self.store.database.copy()

        def written() -> bytes:
            document = dump(data.connection)
            document["clients"] = self.credentials.written_down(document["clients"])
            return orjson.dumps({**heading, **document})

        return written

    def end(self) -> None:
        """Let nobody in any more, and tell who reads the journal that it ends."""
        self.credentials.end()
        self.journal.close()

    def close(self) -> None:
        """Close the store; who reads the journal is told that it ends."""
        self.journal.close()
        self.store.database.close()

    def _restore(self, wanted: set[Part], setting: Setting) -> None:
        """The data, the tokens, the limits' locks and the clock as they are kept: in one transaction."""
        oauth, database, start = self.store.oauth, self.store.database, self.start
        if {"data", "tokens", "limits"} <= wanted and self._go_back():
            # That is all that the store holds, so that nothing has to be read or written beside.
            self._let_first_in()
            return
        tokens = None if "tokens" in wanted else oauth.credentials()
        locks = [] if "limits" in wanted else self.store.locks.all()
        # Only a world in memory can go back; no disk can refuse what follows.
        is_back = "data" in wanted and self._go_back()
        with database.transaction():
            if "data" in wanted and not is_back:
                with database.filling():
                    seed_database(database, start.recipe)
                self._rename_credentials()
            if "data" in wanted and tokens is not None:
                oauth.replace_credentials(tokens)
                oauth.drop_credentials_of_nobody()
            elif "data" not in wanted and "tokens" in wanted:
                oauth.replace_credentials(start.credentials_of(self.id))
            self.store.locks.replace(locks)
            self._keep_clock(setting)
        if wanted & {"data", "tokens"}:
            self.credentials.reread()

    def _go_back(self) -> bool:
        """Bring back all that the store held at the start; tells whether that can be done without making it anew."""
        database, pristine = self.store.database, self.start.pristine
        if not database.go_back():
            if pristine is None:
                return False
            self.store.become(pristine)
        database.mark()
        self._rename_credentials()
        return True

    def _let_first_in(self) -> None:
        """Hold what the start lets in, under this world's names; the data are those of the start."""
        if self.start.pristine is None:
            self.credentials.reread()
        else:
            grants = {self._names[name]: grant for name, grant in self.start.grants.items()}
            self.credentials.hold(grants, self._names.values())

    def _rename_credentials(self) -> None:
        """Name what the start brought after this world."""
        if self.start.naming != self.id:
            self.store.oauth.rename_credentials(self.start.credentials, self._names)

    def _start_clock(self) -> None:
        setting = self.start.clock()
        self._keep_clock(setting)
        self.clock.setting = setting

    def _keep_clock(self, setting: Setting) -> None:
        if self.store.database.path is None:
            return  # nothing of this world is there after a restart
        self.store.set_property("clock", _written(setting))


def _written(setting: Setting) -> str:
    return orjson.dumps(asdict(setting)).decode()
