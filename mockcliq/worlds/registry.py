"""The worlds of a server: which of them a request belongs to, and the making of more."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any
from weakref import finalize

from mockcliq.contract.document import Blueprint
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.refusals import Profile
from mockcliq.runtime.budget import Budget
from mockcliq.runtime.clock import monotonic
from mockcliq.runtime.journal import Journals
from mockcliq.runtime.runs import EndedBy, Run, Runs
from mockcliq.seeding.files import WorldFile, settle, to_json
from mockcliq.seeding.named import Recipe, blueprint
from mockcliq.seeding.tokens import CLIENT, fixed_names, label_in, namesake
from mockcliq.store.database import Database
from mockcliq.worlds.credentials import Taken
from mockcliq.worlds.giving_up import GivenUp, GoOn, to_the_end
from mockcliq.worlds.template import WorldTemplate
from mockcliq.worlds.world import Setup, World

_LOG = logging.getLogger("mockcliq")

_UNUSED_S = 60.0
"""A world that nobody has asked for so long makes room for another; so does one that nobody has asked for at all."""

_WELL_KNOWN = frozenset({CLIENT.client_id, CLIENT.client_secret})


class TooManyWorlds(Exception):
    """There may be no more of them, and all are in use; the message names the variable."""


class Worlds:
    """The worlds of a server, and which of them a request belongs to.

    Every server has the ``default`` world; ``recipe`` makes the worlds of which nothing else is said.

    Attributes:
        runs: Those of worlds that ended.
    """

    def __init__(self, setup: Setup, default: World) -> None:
        self.default = default
        self.recipe = default.template.recipe
        self.runs = Runs(setup.kept_runs)
        self._setup = setup
        self._by_id = {default.id: default}
        self._numbers = count(1)
        self._is_closed = False
        self._templates: OrderedDict[Recipe, WorldTemplate] = OrderedDict()
        self._building: dict[Recipe, asyncio.Future[WorldTemplate]] = {}
        self._remember(default.template)

    @property
    def uploads(self) -> Budget:
        """What the bodies of requests in flight have together."""
        return self._setup.uploads

    @property
    def journals(self) -> Journals:
        """The journals of all worlds, also of those that ended."""
        return self._setup.journals

    def __iter__(self) -> Iterator[World]:
        """All of them, the oldest first."""
        return iter(list(self._by_id.values()))

    def named(self, world_id: str) -> World | None:
        return self._by_id.get(world_id)

    def run_of(self, world_id: str) -> Run | None:
        """The run of the world of that name that is there, else of the latest that was."""
        world = self.named(world_id)
        return self.runs.named(world_id) if world is None else world.record

    def all_runs(self) -> list[Run]:
        """Those of the worlds that are there, then those that ended, the latest first."""
        return [*(world.record for world in self), *self.runs]

    def of_token(self, token: str) -> World | None:
        """The world that issued the token, refresh token or code; None where it is unknown."""
        return self._by_id.get(self._setup.issuers.of(token) or "")

    def has_issued(self, secret: str) -> bool:
        """Whether it is a token, refresh token or code of ours, the id of a client, or the well-known client's secret.

        Another client's secret may be a real one. So that a journal stays as it was, the names of a world's own tokens
        are known as long as one of its runs is.
        """
        issuers, common = self._setup.issuers, self._setup.client
        return (
            issuers.of(secret) is not None
            or secret in issuers.client_ids
            or secret in _WELL_KNOWN
            or self.runs.has(namesake(secret) or "")
            or (common is not None and secret == common.client_id)
        )

    @property
    def templates_size(self) -> int:
        """How many bytes the templates that are at hand have."""
        return sum(each.size for each in self._templates.values())

    @property
    def snapshots_size(self) -> int:
        """How many bytes the snapshots of all worlds have."""
        return sum(snapshot.size for world in self for snapshot in world.snapshots.values())

    def end_streams(self) -> None:
        for world in self:
            world.journal.close()

    async def create(  # noqa: PLR0913 - what a request may say of it
        self,
        source: Recipe | WorldFile,
        world_id: str | None = None,
        *,
        rate_limit: bool | None = None,
        profile: Profile | None = None,
        test: str | None = None,
        go_on: GoOn = to_the_end,
    ) -> World:
        """Make a world and start it.

        Args:
            source: A recipe or a document.
            world_id: Its name; None for the next one that is free.
            rate_limit: Whether it has limits; None for as in the server's others.
            profile: How it refuses; None for as the server's others.
            test: The test that has it to itself, if there is one.
            go_on: Called while a document is written into a database.

        Raises:
            BadWorld: The recipe makes no world.
            Taken: There is such a world by now, or another has one of its tokens.
            TooManyWorlds: All others are in use.
        """
        self._make_room()
        own: dict[str, Any] = {"rate_limit": rate_limit, "profile": profile}
        setup = replace(self._setup, **{name: value for name, value in own.items() if value is not None})
        while True:
            name = world_id or next(name for name in map("w{}".format, self._numbers) if name not in self._by_id)
            template = await self.template(source, name, go_on)
            try:
                world = self._start(name, setup, template)
            except Taken:
                if world_id is not None:
                    raise
            else:
                world.record.test = test
                return world

    async def template(self, source: Recipe | WorldFile, world_id: str, go_on: GoOn = to_the_end) -> WorldTemplate:
        """A template with a database to be taken: one that is there, or built on another thread.

        Args:
            source: A recipe, for a template of any world, or a document, for one of this world alone.
            world_id: The world.
            go_on: Called while a document is written into a database.

        Raises:
            BadWorld: The recipe makes no world.
        """
        if isinstance(source, Recipe):
            return await self._template_of(source)
        while True:
            template = await asyncio.to_thread(self._build_from_document, source, world_id, go_on)
            names = set(template.credentials.rows.names) - fixed_names(world_id)
            # Meanwhile another world may have come to a token of the same name.
            if not any(self._is_anothers(world_id, name) for name in names):
                return template

    def delete(self, world: World, by: EndedBy = "deleted") -> None:
        """End a world and its tokens; its database is reused when its last call is through. Its journal is kept."""
        del self._by_id[world.id]
        world.end()
        self.runs.end(world.record, by)
        if world.template.pristine is not None:
            finalize(world, world.template.recycle, world.store.database)

    def collect(self, idle_s: float) -> None:
        """Delete the worlds, save the default one, without a reader or a request for so many seconds."""
        latest = monotonic() - idle_s
        for world in self:
            if world is not self.default and world.last_used <= latest and not world.journal.is_followed:
                self.delete(world, "idle")

    async def close(self) -> None:
        """Close them all; one that is being made is given up."""
        self._is_closed = True
        for world in self:
            await world.close()

    def _start(self, world_id: str, setup: Setup, template: WorldTemplate) -> World:
        if world_id in self._by_id:
            raise Taken(f"there is a world {world_id!r}")
        self._make_room()
        world = World(world_id, setup, template.take_database(), template)
        world.start()
        self._by_id[world_id] = world
        return world

    def _make_room(self) -> None:
        """End the world that is unused for longest, if there is no room for another.

        Raises:
            TooManyWorlds: None is unused.
        """
        limit = self._setup.max_worlds
        if len(self._by_id) <= limit:
            return
        latest = monotonic() - _UNUSED_S
        unused = (
            world
            for world in self._by_id.values()
            if world is not self.default
            and (world.last_used == world.made or world.last_used <= latest)
            and not world.journal.is_followed
        )
        oldest = min(unused, key=lambda world: world.last_used, default=None)
        if oldest is None:
            raise TooManyWorlds(
                f"there are {limit} worlds beside the default one, and all are in use; delete some,"
                " or let there be more by MOCKCLIQ_MAX_WORLDS"
            )
        _LOG.warning(
            "world %s was unused for longest and is ended: there are %d, and MOCKCLIQ_MAX_WORLDS allows no more",
            oldest.id,
            limit,
        )
        self.delete(oldest, "max_worlds")

    async def _template_of(self, recipe: Recipe) -> WorldTemplate:
        """The template of a recipe; several that ask for the same at once wait for one that is built."""
        template = self._templates.get(recipe)
        if template is None:
            building = self._building.get(recipe)
            if building is None:
                building = asyncio.ensure_future(asyncio.to_thread(self._build_from_recipe, recipe))
                self._building[recipe] = building
                building.add_done_callback(
                    lambda done: (self._building.pop(recipe), done.cancelled() or done.exception())
                )
            template = await asyncio.shield(building)
            if template.data is None:
                # Too large for a copy, and the one that there was is taken.
                template = await asyncio.to_thread(self._build_from_recipe, recipe)
        self._remember(template)
        return template

    def _build_from_recipe(self, recipe: Recipe) -> WorldTemplate:
        return self._build(recipe, blueprint(recipe), DEFAULT_WORLD)

    def _build_from_document(self, document: WorldFile, world_id: str, go_on: GoOn) -> WorldTemplate:
        settled, renamed = settle(document, world_id, partial(self._is_anothers, world_id))
        recipe = replace(self.recipe, world=settled.name, document=to_json(settled))
        return self._build(recipe, settled, world_id, renamed, go_on)

    def _build(
        self,
        recipe: Recipe,
        start: Blueprint,
        named_for: str,
        renamed: Mapping[str, str] | None = None,
        go_on: GoOn = to_the_end,
    ) -> WorldTemplate:
        def progress(_done: int, _of: int) -> None:
            go_on()
            if self._is_closed:
                raise GivenUp

        database = Database.private()
        template = WorldTemplate.build(database, recipe, start, progress, named_for)
        template = replace(template, renamed=renamed or {})
        database.mark()
        template.recycle(database)
        return template

    def _remember(self, template: WorldTemplate) -> None:
        """Keep it for the next world of its recipe; beyond the limit the least recently used ones go."""
        if template.pristine is None:
            return
        self._templates[template.recipe] = template
        self._templates.move_to_end(template.recipe)
        while len(self._templates) > 1 and self.templates_size > self._setup.templates_bytes:
            self._templates.popitem(last=False)

    def _is_anothers(self, world_id: str, credential: str) -> bool:
        """Whether another world has that token, or may issue it, since it is named after that world."""
        issuer = self._setup.issuers.of(credential) or self._named_after(credential)
        return issuer not in (None, world_id)

    def _named_after(self, credential: str) -> str | None:
        if label_in(credential, DEFAULT_WORLD) is not None:
            return DEFAULT_WORLD
        world_id = credential.split(".")[1] if credential.startswith(("1000.", "1001.")) else None
        return world_id if world_id in self._by_id else None
