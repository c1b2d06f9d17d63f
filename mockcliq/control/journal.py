"""Routes of a world's journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from math import inf
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from mockcliq.control.answers import Json
from mockcliq.control.deps import SelectedWorld, server_url
from mockcliq.control.explain.explanation import Explanation, explain
from mockcliq.control.journal_entries import Entry, render_entry
from mockcliq.control.journal_filters import IssuedHere, Selected, Selection
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import LONGEST_WAIT_S, link
from mockcliq.redaction import Issued
from mockcliq.runtime.clock import monotonic
from mockcliq.runtime.journal import Exchange, Reader

router = APIRouter(prefix="/requests", tags=["Journal"], responses=PROBLEMS, route_class=ControlRoute)

_BATCH = 20
"""The number of entries rendered in one turn of the event loop."""

_KEEPALIVE_S = 15.0
"""The silence before a keepalive comment, so that no proxy closes the stream."""

_KEEPALIVE = b": ping\n\n"


class Entries(BaseModel):
    """Entries of the journal, oldest first."""

    requests: list[Entry]


class ExplainedEntry(Entry):
    explanation: Explanation


class EventStream(StreamingResponse):
    """Server-sent events, several to a chunk.

    FastAPI's own sends one at a time, in more turns of the loop than a call takes: readers would fall behind.
    """

    media_type = "text/event-stream"


class LiveRequests:
    """The exchanges of a stream: the missed ones, then each as it is recorded."""

    def __init__(self, selection: Selection, issued: Issued, within_s: float | None) -> None:
        self._journal = selection.world.journal
        self._missed = [] if selection.filters.since is None else selection.kept()
        self._issued = issued
        self._end = inf if within_s is None else monotonic() + within_s
        self._wake = asyncio.Event()
        self._reader: Reader = self._journal.subscribe(selection.accepts, self._wake.set)

    def close(self) -> None:
        self._journal.unsubscribe(self._reader)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Batches of events, until the server stops or the time is over; keepalive comments during silence."""
        for start in range(0, len(self._missed), _BATCH):
            yield b"".join(self._event(each) for each in self._missed[start : start + _BATCH])
        while True:
            found = b"".join(islice(self._events(), _BATCH))
            if found:
                yield found
                await asyncio.sleep(0)  # a send does not yield while its reader keeps up
            elif self._reader.has_ended or (remaining_s := self._end - monotonic()) <= 0:
                return
            else:
                self._wake.clear()
                try:
                    await asyncio.wait_for(self._wake.wait(), min(remaining_s, _KEEPALIVE_S))
                except TimeoutError:
                    yield _KEEPALIVE

    def _events(self) -> Iterator[bytes]:
        while (found := self._reader.take()) is not None:
            if isinstance(found, Exchange):
                yield self._event(found)
            else:
                yield b'event: lost\ndata: {"lost": %d}\n\n' % found

    def _event(self, exchange: Exchange) -> bytes:
        # JSON of one line needs one `data:` field.
        entry = orjson.dumps(render_entry(exchange, self._issued))
        return b"event: request\ndata: %b\nid: %b\n\n" % (entry, exchange.id.encode())


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
async def list_requests(selection: Selected, issued: IssuedHere) -> Response:
    """Oldest first; `limit` keeps the latest.

    Tokens, secrets and codes that this server did not issue are masked but for the last four characters.
    """
    entries = []
    for number, exchange in enumerate(selection.kept(), start=1):
        entries.append(orjson.dumps(render_entry(exchange, issued)))
        if number % _BATCH == 0:
            await asyncio.sleep(0)
    return Response(b'{"requests":[%b]}' % b",".join(entries), media_type="application/json")


@router.delete("", summary="Clear the journal")
async def clear_requests(world: SelectedWorld) -> Entries:
    """Streams go on."""
    world.journal.clear()
    return Entries(requests=[])


@router.get("/stream", summary="Stream the journal", response_class=EventStream)
async def stream_requests(
    world: SelectedWorld,
    selection: Selected,
    issued: IssuedHere,
    within_s: Annotated[
        float | None, Query(gt=0, le=LONGEST_WAIT_S, description="Real seconds after which it ends.")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="As `since`; sent by a browser that reconnects.")] = None,
) -> Response:
    """Server-sent events: `request` with an entry; `lost` with the number of entries a slow reader lost.

    With `since` or `Last-Event-ID`, entries of the journal come first. Calls never wait for a reader.
    """
    if last_event_id is not None and selection.filters.since is None:
        selection = Selection(world, selection.filters.model_copy(update={"since": last_event_id}))
    return LiveEvents(LiveRequests(selection, issued, within_s))


@router.get(
    "/{request_id}",
    summary="Explain an exchange",
    response_model=ExplainedEntry,
    responses={404: {**PROBLEMS[422], "description": "The journal does not hold it."}},
)
async def explain_request(world: SelectedWorld, request: Request, request_id: str, issued: IssuedHere) -> Response:
    """By its `X-Mockcliq-Request-Id`."""
    exchange = world.journal.find(request_id)
    if exchange is None:
        size = world.journal.size
        holds = (
            f"it holds the latest {size}, and a reset forgets them" if size else "it is off (MOCKCLIQ_JOURNAL_SIZE=0)"
        )
        raise Problem(404, f"the journal of world {world.id} has no request {request_id!r}; {holds}")
    explanation = explain(world, exchange, issued, server_url(request))
    return Json({**render_entry(exchange, issued), "explanation": explanation.model_dump()})
