"""The report of a server: what was called in all its worlds, in files that outlive it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import takewhile
from math import inf
from pathlib import Path
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

import orjson

from mockcliq.contract.api import Register
from mockcliq.contract.timestamps import iso_ms
from mockcliq.control import har
from mockcliq.control.explain.explanation import explained
from mockcliq.control.journal_entries import entry_of, rendered
from mockcliq.control.pieces import separated
from mockcliq.control.runs import shown_run
from mockcliq.control.turns import Turns
from mockcliq.report_files import ReportFolder, ReportUnusable, embeddable
from mockcliq.runtime.clock import monotonic, real_time
from mockcliq.runtime.journal import Exchange, Journal
from mockcliq.runtime.runs import Run
from mockcliq.version import __version__
from mockcliq.worlds.registry import Worlds
from mockcliq.worlds.startup import Startup
from mockcliq.worlds.world import World

_LOG = logging.getLogger("mockcliq")

_PAUSE_S = 1.0
"""How long changes are gathered; within 8 seconds they are promised to be in the files."""

_RENDERING_PAUSE_S = 0.2
"""How long calls are gathered before they are rendered: little may be left for a server's end, which is to be soon."""

_EXPLAINING_S = 1.0
"""How long a report may explain calls, which takes far longer than to tell them: other explanations come later."""

_LAST_S = 0.3, 0.7
"""How long before a server has to end it renders no more calls, and explains no more, so that the files are written."""

_MOST_BYTES = 32 * 1024 * 1024
"""The bytes of the calls in both files together; beyond them the oldest calls of tests that did not fail go first."""

_UNEXPLAINED = b"null}"
"""How the entry of a call ends that has no explanation: it is the last key."""


class _Part(NamedTuple):
    """A call as it stands in the two files."""

    entry: bytes
    archived: bytes
    was_in_flight: bool
    lacks_explanation: bool

    @property
    def size(self) -> int:
        return len(self.entry) + len(self.archived)

    def explained_by(self, explanation: bytes) -> _Part:
        """The same, with an explanation in place of none."""
        return self._replace(
            entry=self.entry.removesuffix(_UNEXPLAINED) + embeddable(explanation) + b"}", lacks_explanation=False
        )


class Report:
    """Writes the files of a report while a server runs, and at its end.

    Args:
        path: Its folder.
        startup: The server's worlds.
        register: The operations.
        base_url: The server's.

    Raises:
        ReportUnusable: Nothing can be written there.
    """

    def __init__(self, path: Path, startup: Startup, register: Register, base_url: str) -> None:
        self._startup = startup
        self._register = register
        self._base_url = base_url
        self._turns = Turns()
        self._parts: WeakKeyDictionary[Exchange, _Part | None] = WeakKeyDictionary()
        """What was rendered; None for what is not in the files, and takes no memory."""
        self._written: object = None
        self._has_failed = False
        self._tasks: list[asyncio.Task[None]] = []
        self._writing: asyncio.Future[None] | None = None
        self._folder = ReportFolder(path, _document([], 0, 0, []), har.archive([]))
        if not self._folder.claim():
            _LOG.warning(
                "another server writes its report to %s, too: only what is written last will be there; MOCKCLIQ_REPORT"
                " names a folder of its own for each",
                path,
            )

    def begin(self) -> None:
        """Write from now on what changes."""
        self._tasks = [asyncio.ensure_future(self._go_on()), asyncio.ensure_future(self._keep_up())]

    async def close(self, end: float | None = None) -> None:
        """Write what has changed for the last time.

        Args:
            end: When all has to be over, by `monotonic`; None if there is no such moment.
        """
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            # A thread cannot be cancelled, and two may not write at once.
            await asyncio.wait([*self._tasks, *filter(None, [self._writing])])
        if self._startup.is_ready:
            for world in self._startup.made:
                world.record.ended = real_time()
        await self._update(inf if end is None else end)
        try:
            await asyncio.to_thread(self._folder.end)
        except ReportUnusable as error:
            _LOG.error("%s", error)

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_S)
            await self._update()

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(_RENDERING_PAUSE_S)
            if not self._startup.is_ready:
                continue
            worlds = self._startup.made
            new = [ref(each) for each in takewhile(lambda each: each not in self._parts, worlds.journals.latest())]
            by_journal = {run.journal: run for run in _runs(worlds)} if new else {}
            for each in reversed(new):
                async with self._turns:
                    exchange = each()
                    journal = None if exchange is None else exchange.journal
                    if exchange is not None and journal is not None and not exchange.is_in_flight:
                        self._parts[exchange] = self._part(worlds, exchange, by_journal.get(journal))

    async def _update(self, end: float = inf) -> None:
        if not self._startup.is_ready:
            return
        worlds = self._startup.made
        runs = _runs(worlds)
        calls = sum(run.journal.calls for run in runs)
        state = worlds.journals.changes, [(run.id, run.outcome, run.ended, run.journal.calls) for run in runs]
        if state == self._written:
            return
        found = await self._gather(worlds, runs, end)
        over = sum(not part.was_in_flight for part in found)
        document = _document(runs, worlds.runs.dropped, max(0, calls - over), (part.entry for part in found))
        archive = har.archive(part.archived for part in found)
        try:
            self._writing = asyncio.ensure_future(asyncio.to_thread(self._folder.write, list(document), list(archive)))
            await asyncio.shield(self._writing)
        except OSError as error:
            if not self._has_failed:
                _LOG.error("the report in %s cannot be written: %s", self._folder.path, error.strerror or error)
            self._has_failed = True
        else:
            self._has_failed = False
            # What was not explained in time comes with the next.
            self._written = None if any(part.lacks_explanation for part in found) else state

    async def _gather(self, worlds: Worlds, runs: list[Run], end: float) -> list[_Part]:
        """The parts of the calls that are in the report, oldest first."""
        calls = [ref(each) for each in worlds.journals]
        rendering_ends, explaining_ends = _LAST_S
        found = await self._render(worlds, runs, calls, end - rendering_ends)
        # All calls are there: no time that it takes to explain them loses one.
        await self._explain(worlds, calls, found, min(end - explaining_ends, monotonic() + _EXPLAINING_S))
        size = sum(part.size for part in found.values())
        while size > _MOST_BYTES:
            size -= found.popitem()[1].size
        return [found[at] for at in sorted(found)]

    async def _render(
        self, worlds: Worlds, runs: list[Run], calls: list[ref[Exchange]], end: float
    ) -> dict[int, _Part]:
        """The parts by their places in the calls: of failed tests first, the latest first."""
        by_journal = {run.journal: run for run in runs}
        wanted = list(reversed(range(len(calls))))
        wanted.sort(key=lambda at: not self._is_of_failed(by_journal, calls[at]))
        found: dict[int, _Part] = {}
        size = 0
        for at in wanted:
            async with self._turns:
                exchange = calls[at]()
                journal = None if exchange is None else exchange.journal
                if exchange is None or journal is None:
                    continue
                if size > _MOST_BYTES:
                    if exchange in self._parts:
                        self._parts[exchange] = None
                    continue
                part = self._parts.get(exchange)
                if part is None or part.was_in_flight:
                    if monotonic() < end:
                        part = self._parts[exchange] = self._part(worlds, exchange, by_journal.get(journal))
                    elif part is None:
                        continue
                size += part.size
                if size <= _MOST_BYTES:
                    found[at] = part
        return found

    async def _explain(self, worlds: Worlds, calls: list[ref[Exchange]], found: dict[int, _Part], end: float) -> None:
        """Explain what is refused, in the order in which it was found, as far as time lasts."""
        there = {world.journal: world for world in worlds}
        for at, part in found.items():
            if not part.lacks_explanation:
                continue
            if monotonic() >= end:
                break
            async with self._turns:
                exchange = calls[at]()
                journal = None if exchange is None else exchange.journal
                if exchange is not None and journal is not None:
                    explanation = self._explanation(worlds, exchange, there.get(journal))
                    found[at] = self._parts[exchange] = part.explained_by(explanation)

    def _is_of_failed(self, runs: Mapping[Journal, Run], call: ref[Exchange]) -> bool:
        exchange = call()
        journal = None if exchange is None else exchange.journal
        return journal is not None and journal in runs and runs[journal].has_failed

    def _part(self, worlds: Worlds, exchange: Exchange, run: Run | None) -> _Part:
        rendering = rendered(worlds.journals, exchange, worlds.has_issued)
        entry = entry_of(rendering)
        entry["run"] = None if run is None else run.id
        entry["explanation"] = None
        return _Part(
            embeddable(orjson.dumps(entry)),
            orjson.dumps(har.har_entry(exchange, rendering, self._base_url)),
            was_in_flight=exchange.is_in_flight,
            lacks_explanation=exchange.reason is not None,
        )

    def _explanation(self, worlds: Worlds, exchange: Exchange, world: World | None) -> bytes:
        rendering = rendered(worlds.journals, exchange, worlds.has_issued)
        for there in (world if world is None or world.working is None else None, None):
            # Its database may be lost: then as if the world had ended.
            with suppress(Exception):
                return orjson.dumps(
                    explained(there, exchange, rendering, worlds.has_issued, self._base_url, self._register)
                )
        return b"null"


def _runs(worlds: Worlds) -> list[Run]:
    """All that are known: of failed tests first, then the worlds that are there, then the latest that ended."""
    return sorted(worlds.all_runs(), key=lambda run: not run.has_failed)


def _document(runs: Iterable[Run], dropped_runs: int, dropped: int, entries: Iterable[bytes]) -> Iterator[bytes]:
    head = {
        "version": __version__,
        "written": iso_ms(real_time()),
        "runs": [shown_run(run) for run in runs],
        "dropped_runs": dropped_runs,
        "dropped": dropped,
    }
    yield embeddable(orjson.dumps(head)).removesuffix(b"}") + b',"requests":['
    yield from separated(entries)
    yield b"]}"
