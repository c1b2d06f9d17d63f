"""A world: one organisation's data, tokens, clock, limits, faults and journal; and the worlds of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from mockcliq.document import Blueprint, Token
from mockcliq.moments import iso_ms, iso_offset
from mockcliq.runtime.clock import Clock, Setting
from mockcliq.runtime.faults import Faults
from mockcliq.runtime.journal import Journal
from mockcliq.runtime.limiter import Limiter
from mockcliq.seeding.named import Recipe, blueprint
from mockcliq.seeding.tokens import token_name
from mockcliq.spec import EpochMs, Operation, UserId
from mockcliq.store.database import Database, DatabaseUnusable, explained
from mockcliq.store.dump import dump
from mockcliq.store.load import load, token_row
from mockcliq.store.people import Grant
from mockcliq.store.store import Store

Part = Literal["data", "tokens", "clock", "limits", "faults", "journal"]
PARTS: tuple[Part, ...] = get_args(Part)

_PRISTINE_LIMIT = 64 * 1024 * 1024
"""The largest database of which a world keeps a copy to reset from; a larger one is made anew from its recipe."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What worlds of one server have in common."""

    operations: Sequence[Operation]
    rate_limit: bool
    journal_size: int


Progress = Callable[[int, int], None]
"""Told how many chats have been written, of how many."""


def _unwatched(_done: int, _of: int) -> None:
    """Nobody watches the progress."""


class World:
    """One organisation's users, chats, messages, pins and tokens, with its own clock, limits, faults and journal.

    Attributes:
        id: Its name, in a path and in its tokens.
        recipe: What it was made from.
        store: Its data.
        clock: What its readers of time read.
        limiter: The thresholds and locks.
        rate_limit: Whether they are applied.
        faults: Which calls fail, and how.
        journal: The latest exchanges.
        grants: What each of its tokens stands for.
        utc_offset: The offset that its list's times are written in.
    """

    def __init__(self, world_id: str, setup: Setup, database: Database) -> None:
        self.id = world_id
        self.store = Store(database)
        self.recipe = Recipe(**orjson.loads(self._kept("recipe")))
        self.utc_offset = timezone(timedelta(seconds=orjson.loads(self._kept("utc_offset_s"))))
        self.clock = Clock()
        self.limiter = Limiter(setup.operations, locked=self.store.keep_lock)
        self.limiter.restore(self.store.locks())
        self.rate_limit = setup.rate_limit
        self.faults = Faults()
        self.journal = Journal(setup.journal_size)
        self.grants: dict[str, Grant] = self.store.people.grants()
        self._pristine: Database | None = None
        clock = self.store.property("clock")
        if clock is None:
            self._start_clock()
        else:
            self.clock.setting = Setting(**orjson.loads(clock))

    def reset(self, parts: Iterable[Part] = PARTS) -> None:
        """Bring these parts back to the world's start.

        Raises:
            BadWorld: The world was made from a file that is needed again and cannot be used any more.
        """
        wanted = set(parts)
        if "data" in wanted:
            tokens = None if "tokens" in wanted else self.store.people.tokens()
            locks = [] if "limits" in wanted else self.store.locks()
            self._restore_data()
            if tokens is not None:
                self.store.people.replace_tokens(tokens)
            self.store.keep_locks(locks)
            self._keep_clock()
        elif "tokens" in wanted:
            self.store.people.replace_tokens([token_row(token) for token in blueprint(self.recipe).tokens])
        self.grants = self.store.people.grants()
        if "clock" in wanted:
            self._start_clock()
        if "limits" in wanted:
            self.clear_limits()
        if "faults" in wanted:
            self.faults.clear()
        if "journal" in wanted:
            self.journal.clear()

    def state(self) -> dict[str, Any]:
        """The world as a document, in the format of a world file; its clock starts where it stands now."""
        is_real = self.clock.setting.mode == "real"
        return {
            "mockcliq": 1,
            "name": self.id,
            "starts_at": None if is_real else iso_ms(self.clock.now()),
            "utc_offset": iso_offset(self.utc_offset),
            **dump(self.store.database.connection),
        }

    def keep_pristine_copy(self) -> None:
        """Keep a copy of the data as it is now, to reset from: unless it is large, or in a file."""
        if self.store.database.path is None and self.store.database.size() <= _PRISTINE_LIMIT:
            self._pristine = self.store.database.copy()

    def clear_limits(self, user: UserId | None = None, operation: str | None = None) -> None:
        """Forget counts and locks and return to the documented limits, for all or for one user or operation."""
        self.limiter.clear(user, operation)
        self.store.drop_locks(user, operation)

    def mint(self, user: UserId, scopes: list[str], expires: EpochMs | None) -> Token:
        """Give a user a new token, of a name that none of this world's has."""
        names = (token_name(self.id, f"minted-{number}") for number in count(1))
        token = Token(next(name for name in names if name not in self.grants), user, scopes, expires)
        self.store.people.add_token(token_row(token))
        self.grants = self.store.people.grants()
        return token

    def revoke(self, token: str) -> bool:
        """Revoke a token; tells whether this world has it."""
        if token not in self.grants:
            return False
        self.store.people.revoke_token(token)
        self.grants = self.store.people.grants()
        return True

    def set_clock(self, change: Callable[[Clock], None]) -> None:
        """Change how the clock runs; a world in a file runs so after a restart, too.

        Raises:
            ClockOutOfRange: The change would leave the years that a clock stays within.
        """
        change(self.clock)
        self._keep_clock()

    def close(self) -> None:
        """Close the store, and the copy of how it was; who reads the journal is told that it ends."""
        self.journal.close()
        self.store.database.close()
        if self._pristine is not None:
            self._pristine.close()

    def _kept(self, name: str) -> str:
        value = self.store.property(name)
        if value is None:
            raise ValueError(f"the world's {name} is missing")
        return value

    def _start_clock(self) -> None:
        starts_at = orjson.loads(self._kept("starts_at"))
        if starts_at is None:
            self.clock.follow_real_time()
        else:
            self.clock.run_from(starts_at)
        self._keep_clock()

    def _keep_clock(self) -> None:
        if self.store.database.path is None:
            return  # nothing of this world is there after a restart
        self.store.set_property("clock", orjson.dumps(asdict(self.clock.setting)).decode())

    def _restore_data(self) -> None:
        if self._pristine is not None:
            self.store.become(self._pristine)
            return
        with self.store.database.transaction():
            self.store.database.delete_all()
            _fill(self.store.database, self.recipe, blueprint(self.recipe), _unwatched)


def _fill(database: Database, recipe: Recipe, start: Blueprint, progress: Progress) -> None:
    """Write what the world is made from, and what that makes, into empty tables."""
    done = 0

    def written(chats: int) -> None:
        nonlocal done
        done += chats
        progress(done, start.chat_count)

    offset = start.utc_offset.utcoffset(None)
    for name, value in (
        ("recipe", asdict(recipe)),
        ("utc_offset_s", int(offset.total_seconds())),
        ("starts_at", start.starts_at),
    ):
        database.connection.execute(
            "INSERT INTO property (name, value) VALUES (?, ?)", (name, orjson.dumps(value).decode())
        )
    load(database.connection, start, written)


class Preparation:
    """A world about to be made or opened, everything checked that can be checked beforehand.

    Args:
        world_id: What it will be called.
        setup: What it has in common with the server's other worlds.
        recipe: What a new one is made from.
        path: The database file that keeps it; None for a world in memory.

    Raises:
        BadWorld: The recipe names no world, or a file that cannot be used.
        DatabaseUnusable: The database file cannot be served.
    """

    def __init__(self, world_id: str, setup: Setup, recipe: Recipe, path: Path | None = None) -> None:
        self._world_id = world_id
        self._setup = setup
        self._recipe = recipe
        self._database = Database.private() if path is None else Database.open(path)
        self._world: World | None = None
        self._blueprint: Blueprint | None = None
        if not self._database.is_new:
            self._world = self._reopened()
            return
        try:
            self._blueprint = blueprint(recipe)
        except BaseException:
            self._database.discard()
            raise

    def complete(self, progress: Progress = _unwatched) -> World:
        """Write what has to be written; may take long, and may run on another thread.

        Raises:
            DatabaseUnusable: The disk is full, or refuses otherwise; a new file is gone again.
        """
        if self._world is None:
            assert self._blueprint is not None
            with self._database.first_filling():
                _fill(self._database, self._recipe, self._blueprint, progress)
            self._world = World(self._world_id, self._setup, self._database)
            self._world.keep_pristine_copy()
        return self._world

    def interrupt(self) -> None:
        """Break off a statement that is being carried out, such as the making of a big index; from any thread."""
        self._database.interrupt()

    def _reopened(self) -> World:
        path = self._database.path
        try:
            with explained(path):
                return World(self._world_id, self._setup, self._database)
        except DatabaseUnusable:
            self._database.close()
            raise
        except (ValueError, TypeError) as error:
            self._database.close()
            raise DatabaseUnusable(f"{path}: it is corrupt: {error}") from error


class Worlds:
    """The worlds of a server, and which of them a request belongs to.

    Args:
        default: The world that every server has.
    """

    def __init__(self, default: World) -> None:
        self.default = default
        self._by_id = {default.id: default}

    def named(self, world_id: str) -> World | None:
        """The world of that name."""
        return self._by_id.get(world_id)

    def of_token(self, token: str) -> World | None:
        """The world that issued the token; None where nobody knows it."""
        for world in self._by_id.values():
            if token in world.grants:
                return world
        return None

    def has_issued(self, secret: str) -> bool:
        """Whether the token, secret or code is one of this server's own."""
        return self.of_token(secret) is not None

    def end_streams(self) -> None:
        """Let those end who read the journals as they are written: the server is about to."""
        for world in self._by_id.values():
            world.journal.close()

    def close(self) -> None:
        """Close them all."""
        for world in self._by_id.values():
            world.close()
