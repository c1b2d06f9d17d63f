"""Routes of a world's journal."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from math import inf
from typing import Annotated
from weakref import ref

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from mockcliq.control.answers import Json
from mockcliq.control.deps import AllWorlds, SelectedWorld, server_url
from mockcliq.control.explain.explanation import Explanation, explained
from mockcliq.control.journal_entries import Entry, entry_of, rendered
from mockcliq.control.journal_filters import IssuedHere, Selected, SelectedPage, Selection
from mockcliq.control.middleware import WORLD_KEY
from mockcliq.control.pieces import PIECE_BYTES, Pieces, pieces, separated
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import LONGEST_WAIT_S, link
from mockcliq.control.turns import InTurns, Turns
from mockcliq.environment import PREFIX
from mockcliq.runtime.clock import monotonic
from mockcliq.runtime.journal import Exchange, Journal, Reader
from mockcliq.worlds.world import World

router = APIRouter(prefix="/requests", tags=["Journal"], responses=PROBLEMS, route_class=ControlRoute)

_USUAL = 1000
"""The maximum number of entries in an answer, unless the request gives one."""

_ANSWER_BYTES = 8 * 1024 * 1024
"""The size of an answer's entries beyond which the earlier ones are left for another; a single one may be larger."""

_KEEPALIVE_S = 15.0
"""The silence before a keepalive comment, so that no proxy closes the stream."""

_KEEPALIVE = b": ping\n\n"


class Entries(BaseModel):
    """Entries of the journal, oldest first."""

    requests: list[Entry]
    more: bool = Field(default=False, description="Whether earlier ones were left out; else the key is left out.")
    before: str = Field(default="", description="With `more`: `before=` this and the same filters give the rest.")
    dropped: int = Field(
        default=0,
        description="How many calls this journal lost since all journals take too many bytes; left out if it is none.",
    )


class ExplainedEntry(Entry):
    explanation: Explanation


class EventStream(StreamingResponse):
    """Server-sent events, several to a chunk.

    FastAPI's own sends one at a time, in more turns of the loop than a call takes: readers would fall behind.
    """

    media_type = "text/event-stream"


class LiveRequests:
    """The exchanges of a stream: the missed ones, then each as it is recorded."""

    def __init__(self, journal: Journal, selection: Selection, turns: Turns, within_s: float | None) -> None:
        self._journal = journal
        self._selection = selection
        self._missed = None if selection.filters.since is None else selection.latest_first(turns)
        self._turns = turns
        self._end = inf if within_s is None else monotonic() + within_s
        self._wake = asyncio.Event()
        self._reader: Reader = self._journal.subscribe(selection.accepts, self._wake.set)

    def close(self) -> None:
        self._journal.unsubscribe(self._reader)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Pieces of events, until the server stops or the time is over; keepalive comments during silence."""
        if self._missed is not None:
            missed: deque[ref[Exchange]] = deque()
            async for exchange in self._missed:
                missed.appendleft(ref(exchange))
                if len(missed) == self._selection.filters.limit:
                    break
            self._reader.catch_up(missed)
        while True:
            found = await self._next_events()
            if found:
                for piece in pieces(found):
                    yield piece
                    await asyncio.sleep(0)  # a send does not yield while its reader keeps up
            elif self._reader.has_ended or (remaining_s := self._end - monotonic()) <= 0:
                return
            else:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), min(remaining_s, _KEEPALIVE_S))
                except TimeoutError:
                    yield _KEEPALIVE

    async def _next_events(self) -> list[bytes]:
        """The parts of the next events: of several, if they fit into a piece."""
        parts: list[bytes] = []
        size = 0
        while size < PIECE_BYTES // 2:
            async with self._turns:
                found = self._reader.take()
                if found is None:
                    break
                if isinstance(found, Exchange):
                    rendering = self._selection.rendering(found)
                    if rendering is not None:
                        # JSON of one line needs one `data:` field.
                        entry = rendering.entry
                        parts += [b"event: request\ndata: ", entry, b"\nid: %b\n\n" % found.id.encode()]
                        size += len(entry)
                else:
                    parts.append(b'event: lost\ndata: {"lost": %d}\n\n' % found)
        return parts


class LiveEvents(EventStream):
    """Live requests, which end with the answer: up to FastAPI 0.117 a dependency ends before its answer is sent."""

    def __init__(self, live: LiveRequests) -> None:
        super().__init__(live.chunks(), headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.close()


@router.get(
    "",
    summary="List the journal",
    response_model=Entries,
    responses={200: link("/requests/{request_id}", "get", "/requests/0/id")},
)
async def list_requests(selection: SelectedPage, issued: IssuedHere, turns: InTurns) -> Response:
    """Oldest first; `limit` keeps the latest, 1,000 by default. An answer has at most 8 MiB of entries.

    With `world`, those of another world, also of one that has ended as long as it is among `GET /runs`; with `*` those
    of all worlds, in the order of real time.

    Where earlier ones are left out, the answer says `"more": true`, and `before`: that filter gives the rest.

    Tokens, secrets and codes that this server did not issue are masked but for the last four characters, as they were
    known when the entry was first read.
    """
    journal = selection.journal
    found = await selection.latest(
        turns, selection.filters.limit or _USUAL, _ANSWER_BYTES, lambda each: rendered(journal, each, issued).entry
    )
    parts = [b'{"requests":[', *separated(found.entries), b"]"]
    if found.left_out is not None:
        parts.append(b',"more":true,"before":"%b"' % found.earliest.encode())
    if journal.dropped:
        parts.append(b',"dropped":%d' % journal.dropped)
    parts.append(b"}")
    return Pieces(parts)


@router.delete("", summary="Clear the journal", response_model_exclude_unset=True)
async def clear_requests(world: SelectedWorld) -> Entries:
    """Streams go on."""
    world.journal.clear()
    return Entries(requests=[])


@router.get("/stream", summary="Stream the journal", response_class=EventStream)
async def stream_requests(  # noqa: PLR0913 - a dependency each
    worlds: AllWorlds,
    world: SelectedWorld,
    selection: Selected,
    issued: IssuedHere,
    turns: InTurns,
    within_s: Annotated[
        float | None, Query(gt=0, le=LONGEST_WAIT_S, description="Real seconds after which it ends.")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="As `since`; sent by a browser that reconnects.")] = None,
) -> Response:
    """Server-sent events: `request` with an entry; `lost` with the number of entries a slow reader lost.

    A call that is in flight for longer comes twice, the second time with its answer.

    With `since` or `Last-Event-ID`, entries of the journal come first. Calls never wait for a reader.
    """
    if last_event_id is not None and selection.filters.since is None:
        filters = selection.filters.model_copy(update={"since": last_event_id})
        selection = Selection(worlds, world, filters, issued)
    return LiveEvents(LiveRequests(world.journal, selection, turns, within_s))


@router.get(
    "/{request_id}",
    summary="Explain an exchange",
    response_model=ExplainedEntry,
    responses={404: {**PROBLEMS[422], "description": "The journal does not hold it."}},
)
async def explain_request(  # noqa: PLR0913 - a dependency each
    worlds: AllWorlds, world: SelectedWorld, request: Request, request_id: str, issued: IssuedHere, turns: InTurns
) -> Response:
    """By its `X-Mockcliq-Request-Id`, also one of another world, or of one that has ended.

    Below `/worlds/{world}` it is one of that world. What is explained of a world that has ended is less: nobody knows
    any more what would have worked there.
    """
    exchange = world.journal.find(request_id)
    there: World | None = world
    if exchange is None and WORLD_KEY not in request.scope:
        exchange = worlds.journals.find(request_id)
        there = next((each for each in worlds if exchange is not None and each.journal is exchange.journal), None)
    if exchange is None:
        raise Problem(404, _not_held(world, request_id))
    async with turns:
        rendering = rendered(worlds.journals, exchange, issued)
    async with turns:
        explanation = explained(there, exchange, rendering, issued, server_url(request), world.register)
    return Json({**entry_of(rendering), "explanation": explanation})


def _not_held(world: World, request_id: str) -> str:
    journal = world.journal
    size = journal.size
    holds = f"it holds the latest {size}, and a reset forgets them" if size else f"it is off ({PREFIX}JOURNAL_SIZE=0)"
    if journal.dropped:
        holds += f"; it lost {journal.dropped}, since all journals take at most {PREFIX}JOURNAL_BYTES"
    return f"the journal of world {world.id} has no request {request_id!r}; {holds}"
