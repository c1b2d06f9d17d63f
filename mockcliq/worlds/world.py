"""A world: one organisation's data, credentials, clock, limits, faults and journal, and its reset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any, Literal, TypeVar, get_args

import orjson

from mockcliq.contract.api import Register
from mockcliq.contract.document import Client
from mockcliq.contract.ids import EpochMs, UserId
from mockcliq.contract.refusals import Profile
from mockcliq.contract.timestamps import iso_ms, iso_offset
from mockcliq.runtime.budget import Budget
from mockcliq.runtime.clock import Clock, Setting, monotonic, real_time, running_from
from mockcliq.runtime.faults import Faults
from mockcliq.runtime.journal import Journal, Journals
from mockcliq.runtime.limiter import Limiter
from mockcliq.runtime.runs import Run
from mockcliq.seeding.named import blueprint
from mockcliq.store.database import Database
from mockcliq.store.dump import dump
from mockcliq.store.oauth import OAuth
from mockcliq.store.store import Store
from mockcliq.worlds.credentials import Credentials, Issuers
from mockcliq.worlds.giving_up import GivenUp
from mockcliq.worlds.template import WorldTemplate, seed_database

Part = Literal["data", "tokens", "clock", "limits", "faults", "journal"]
PARTS: tuple[Part, ...] = get_args(Part)

Result = TypeVar("Result")

_QUICKLY_FILLED = 1024 * 1024
"""The size in bytes up to which a database is filled again between two calls."""

_QUICKLY_COPIED = 4 * 1024 * 1024
"""The same, up to which it is copied."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the worlds of one server have in common.

    Attributes:
        rate_limit: Whether limits are applied, where a world does not say otherwise.
        token_limit: Whether the limits of the accounts server are applied.
        client: One that all of them register beside their own.
        profile: How they refuse, where a world does not say otherwise.
        templates_bytes: How many bytes of templates are kept for worlds to come.
        snapshots_bytes: How many bytes the snapshots of all worlds have at most.
        uploads: What the bodies of requests in flight have together.
        kept_runs: How many worlds that ended are remembered, with their journals.
        max_worlds: How many worlds there may be beside the default one.
    """

    register: Register
    rate_limit: bool
    token_limit: bool
    journals: Journals
    client: Client | None = None
    profile: Profile = "documented"
    templates_bytes: int = 128 * 1024 * 1024
    snapshots_bytes: int = 256 * 1024 * 1024
    uploads: Budget = field(default_factory=lambda: Budget(256 * 1024 * 1024))
    issuers: Issuers = field(default_factory=Issuers)
    kept_runs: int = 200
    max_worlds: int = 1000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world as it was at one moment: all but its journal."""

    taken_at: EpochMs
    template: WorldTemplate
    data: Database
    clock: Setting
    limiter: Limiter
    faults: Faults
    profile: Profile

    @property
    def size(self) -> int:
        """In bytes."""
        return self.data.size()


class World:
    """One organisation's users, chats, messages, pins and tokens, with its own clock, limits, faults and journal.

    Attributes:
        id: Its name, in a path and in its tokens.
        run: Tells it from a world of its name before it, or in another process.
        record: What stays of it after its end.
        template: What a reset goes back to.
        profile: How it refuses.
        snapshots: By name.
        made: When, on the machine's monotonic clock, in seconds.
        last_used: When it was asked for last, on the same.
        working: The task of the thread that uses its store; None if none does. Its calls wait for it by `free`.
    """

    def __init__(self, world_id: str, setup: Setup, database: Database, template: WorldTemplate) -> None:
        self.id = world_id
        self.run = token_hex(4)
        self.register = setup.register
        self.template = template
        self.store = Store(database)
        self.clock = Clock()
        self.limiter = Limiter(setup.register.limits, locked=self.store.locks.keep)
        self.rate_limit = setup.rate_limit
        self.token_limit = setup.token_limit
        self.profile = setup.profile
        self._first_profile = setup.profile
        self.faults = Faults()
        self.journal = Journal(setup.journals)
        self.record = Run(world_id, self.run, self.journal, real_time())
        self.credentials = Credentials(world_id, self.store, setup.issuers, setup.client)
        self.snapshots: dict[str, Snapshot] = {}
        self.made = self.last_used = monotonic()
        self.working: asyncio.Task[Any] | None = None
        self._is_closing = False

    async def free(self) -> None:
        """Wait until no thread has its store."""
        while self.working is not None:
            await asyncio.wait([self.working])

    async def on_thread(self, work: Callable[[], Result]) -> Result:
        """Do what takes long with its store on a thread; its calls wait meanwhile, those of other worlds do not."""
        await self.free()
        self.working = asyncio.ensure_future(asyncio.to_thread(work))
        self.working.add_done_callback(self._end_work)
        # Who waits may give up, the thread does not.
        result: Result = await asyncio.shield(self.working)
        return result

    def _end_work(self, work: asyncio.Task[Any]) -> None:
        self.working = None
        if not work.cancelled():
            work.exception()  # looked at, though nobody may wait for it any more

    async def copying(self, data: Database | None, work: Callable[[], Result]) -> Result:
        """Do work that copies a database, if any: between two calls if that is small, else on a thread."""
        return work() if data is None or data.size() <= _QUICKLY_COPIED else await self.on_thread(work)

    @property
    def renamed(self) -> Mapping[str, str]:
        """Its names of the tokens of its start that another world has, by their names there."""
        return self.template.renamed_in(self.id)

    def start(self) -> None:
        """Start from the template, whose data the database holds already.

        Raises:
            Taken: Another world has one of the template's tokens.
        """
        initial = self.template.credentials
        self.credentials.require_free(initial.names_in(self.id).values())
        self.store.database.mark()
        self.credentials.load(initial)
        self._start_clock()

    def resume(self) -> None:
        """Go on from where the file was left."""
        self.limiter.restore(self.store.locks.all())
        self.credentials.refresh()
        clock = self.store.property("clock")
        if clock is None:
            self._start_clock()
        else:
            self.clock.setting = Setting(**orjson.loads(clock))

    @property
    def is_reset_quickly(self) -> bool:
        """Whether a reset takes no longer than a call or two; else it is work for a thread."""
        pristine = self.template.pristine
        if pristine is None:
            return self.store.database.size() <= _QUICKLY_FILLED
        return self.store.database.is_marked or pristine.size() <= _QUICKLY_COPIED

    def reset(self, parts: Iterable[Part] = PARTS) -> None:
        """Bring these parts back to the template, all of them or, where the disk is full, none.

        The profile is no part: it comes back with all of them.

        Raises:
            BadWorld: The world's file is needed again and cannot be used.
            DatabaseUnusable: The world's own file refuses.
        """
        wanted = set(parts)
        setting = self.template.clock() if "clock" in wanted else self.clock.setting
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
        if wanted == set(PARTS):
            self.profile = self._first_profile

    def replace_template(self, template: WorldTemplate) -> None:
        """Start anew from another template; the journal stays.

        Args:
            template: Built for this world: its tokens are named after it.

        Raises:
            Taken: Another world has one of its tokens.
        """
        # A world in a file is reset in one transaction, which a copy could not be a part of.
        is_in_file = self.store.database.path is not None
        kept = replace(template, pristine=None) if is_in_file else template
        self._become(kept, template.take_database(), template.clock())
        self.store.database.mark()
        self.limiter.clear()
        self.faults.clear()

    def keep_snapshot(self, name: str) -> Snapshot:
        """Keep everything as it is now, save the journal, in place of an earlier snapshot of that name."""
        setting = self.clock.setting
        now = self.clock.now()
        clock = Setting("real") if setting.mode == "real" else Setting(setting.mode, now)
        data = self.store.database.image()
        self.snapshots.pop(name, None)
        snapshot = Snapshot(now, self.template, data, clock, self.limiter.copy(), self.faults.copy(), self.profile)
        self.snapshots[name] = snapshot
        return snapshot

    def restore_snapshot(self, snapshot: Snapshot) -> None:
        """Go back to what was kept; a clock that was set shows the time again that it showed then.

        Raises:
            Taken: Another world has one of its tokens by now.
        """
        clock = snapshot.clock
        setting = running_from(EpochMs(clock.value)) if clock.mode == "offset" else clock
        self._become(snapshot.template, snapshot.data, setting)
        self.limiter, self.faults = snapshot.limiter.copy(), snapshot.faults.copy()
        self.profile = snapshot.profile

    def clear_limits(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Clear counts and locks and restore the documented limits, for all or for one user or operation."""
        self.store.locks.drop(user, operation)
        self.limiter.clear(user, operation)

    def set_clock(self, change: Callable[[Clock], None]) -> None:
        """Change how the clock runs; a world in a file runs so after a restart, too.

        Raises:
            ClockOutOfRange: The change would leave the years that a clock stays within.
        """
        clock = copy(self.clock)
        change(clock)
        self._keep_clock(clock.setting)
        self.clock.setting = clock.setting

    def state(self, largest_file: int, all_files: int) -> Callable[[], bytes]:
        """This world as it is now, as a world file; its clock starts where it stands now.

        Args:
            largest_file: A file of more bytes is there without its content.
            all_files: So many bytes of files are there at most.

        Returns:
            What writes the file, of a copy of the data. It takes a while and may run on another thread.
        """
        is_real = self.clock.setting.mode == "real"
        heading = {
            "mockcliq": 1,
            "name": self.id,
            "starts_at": None if is_real else iso_ms(self.clock.now()),
            "utc_offset": iso_offset(self.template.utc_offset),
        }
        data = self.store.database.image()

        def written() -> bytes:
            document = dump(data.connection, largest_file, all_files)
            document["clients"] = self.credentials.with_common_client(document["clients"])
            return orjson.dumps({**heading, **document})

        return written

    def end(self) -> None:
        """Revoke all credentials and end journal streams; the journal is its record's from now on."""
        self.credentials.forget()
        self.journal.close()

    async def close(self) -> None:
        """Close the store and end journal streams; what a thread does is given up."""
        self._is_closing = True
        self.journal.close()
        await self.free()
        self.store.database.close()

    def _restore(self, wanted: set[Part], setting: Setting) -> None:
        """Restore the data, the tokens, the locks of limits and the clock in the store, in one transaction."""
        oauth, database, template = self.store.oauth, self.store.database, self.template
        if {"data", "tokens", "limits"} <= wanted and self._roll_back():
            return  # that is all that the store holds, so that nothing has to be read or written beside
        tokens = None if "tokens" in wanted else oauth.credentials()
        locks = [] if "limits" in wanted else self.store.locks.all()
        # Only a world in memory can roll back; no disk can refuse what follows.
        is_back = "data" in wanted and self._roll_back()
        with database.transaction():
            if "data" in wanted:
                if not is_back:
                    with database.filling():
                        seed_database(database, template.recipe, blueprint(template.recipe), self._go_on)
                    self.credentials.rename(template.credentials)
                if tokens is not None:
                    oauth.replace_credentials(tokens)
                    oauth.drop_orphans()
            elif tokens is None:
                oauth.replace_credentials(template.credentials.rows)
                self.credentials.rename(template.credentials)
            self.store.locks.replace(locks)
            self._keep_clock(setting)
        if "data" in wanted and not is_back:
            database.mark()
        if wanted & {"data", "tokens"}:
            self.credentials.refresh()

    def _go_on(self, _done: int, _of: int) -> None:
        if self._is_closing:
            raise GivenUp

    def _roll_back(self) -> bool:
        """Restore all that the store held at the start; returns whether that is possible without making it anew."""
        database, pristine = self.store.database, self.template.pristine
        if not database.go_back():
            if pristine is None:
                return False
            database.become(pristine)
        database.mark()
        self.credentials.load(self.template.credentials)
        return True

    def _become(self, template: WorldTemplate, data: Database, setting: Setting) -> None:
        self.credentials.require_free(OAuth(data).credentials().names)
        if self.store.database.path is not None:
            Store(data).set_property("clock", orjson.dumps(setting).decode())
        self.store.database.become(data)
        self.template = template
        self.clock.setting = setting
        self.credentials.refresh()

    def _start_clock(self) -> None:
        setting = self.template.clock()
        self._keep_clock(setting)
        self.clock.setting = setting

    def _keep_clock(self, setting: Setting) -> None:
        # Of a world in memory nothing is left after a restart.
        if self.store.database.path is not None:
            self.store.set_property("clock", orjson.dumps(setting).decode())
