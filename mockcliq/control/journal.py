"""Routes about a world's journal: what its clients called, and what they were answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mockcliq.control.answers import Json
from mockcliq.control.deps import SelectedWorld, server_url
from mockcliq.control.explain.explanation import Asked, Explanation, explain
from mockcliq.control.journal_entries import Entry, rendered
from mockcliq.control.journal_filters import IssuedHere, Selected, Selection
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.schemas import link
from mockcliq.redaction import Issued
from mockcliq.runtime.journal import Exchange, Reader

router = APIRouter(prefix="/requests", tags=["Journal"], responses=PROBLEMS)

_AT_ONCE = 20
"""How many entries are rendered before other requests get their turn."""

_ALIVE_S = 15.0
"""How long a stream is silent before it says that it is alive, so that nothing between the two takes it for dead."""


class Entries(BaseModel):
    """Entries of the journal, oldest first."""

    requests: list[Entry]


class ExplainedEntry(Entry):
    """An entry, and why the call was refused."""

    explanation: Explanation


class EventStream(StreamingResponse):
    """Server-sent events, in chunks of any number of them.

    FastAPI's own hands on one at a time, in more turns of the loop than a call takes: a reader would fall behind a
    single client, however fast it reads.
    """

    media_type = "text/event-stream"


class LiveRequests:
    """The exchanges that a stream tells of: those missed, then each as it is written down."""

    def __init__(self, selection: Selection, issued: Issued) -> None:
        self._journal = selection.world.journal
        self._missed = list(selection.replayed())
        self._issued = issued
        self._woken = asyncio.Event()
        self._reader: Reader = self._journal.subscribe(selection.wants, self._woken.set)

    def close(self) -> None:
        """Hear of no more."""
        self._journal.unsubscribe(self._reader)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The events, as many at once as there are, until the server ends; a comment where there are none for long."""
        for start in range(0, len(self._missed), _AT_ONCE):
            yield b"".join(self._request(each) for each in self._missed[start : start + _AT_ONCE])
        while True:
            found = b"".join(islice(self._waiting(), _AT_ONCE))
            if found:
                yield found
                await asyncio.sleep(0)  # a send gives nobody a turn while its reader keeps up
            elif self._reader.has_ended:
                return
            else:
                self._woken.clear()
                try:
                    await asyncio.wait_for(self._woken.wait(), _ALIVE_S)
                except TimeoutError:
                    yield KEEPALIVE_COMMENT

    def _waiting(self) -> Iterator[bytes]:
        while (found := self._reader.take()) is not None:
            if isinstance(found, Exchange):
                yield self._request(found)
            else:
                yield format_sse_event(event="lost", data_str=f'{{"lost": {found}}}')

    def _request(self, exchange: Exchange) -> bytes:
        entry = orjson.dumps(rendered(exchange, self._issued)).decode()
        return format_sse_event(event="request", id=exchange.id, data_str=entry)


@router.get(
    "",
    summary="The journal",
    response_model=Entries,
    responses={200: link("/requests/{request_id}", "get", "/requests/0/id")},
)
async def list_requests(selection: Selected, issued: IssuedHere) -> Response:
    """Oldest first; `limit` keeps the latest.

    Of a token, secret or code that this server did not issue only the last four characters are shown.
    """
    return await _entries(selection.kept(), issued)


@router.delete("", summary="Forget the journal")
async def clear_requests(world: SelectedWorld) -> Entries:
    """Its entries are gone; streams go on."""
    world.journal.clear()
    return Entries(requests=[])


async def _live_requests(
    world: SelectedWorld,
    selection: Selected,
    issued: IssuedHere,
    last_event_id: Annotated[
        str | None, Header(description="As `since`: what a browser sends that reconnects.")
    ] = None,
) -> AsyncIterator[LiveRequests]:
    # A dependency, so that it listens before the answer begins, and no longer when that is over.
    if last_event_id is not None and selection.filters.since is None:
        selection = Selection(world, selection.filters.model_copy(update={"since": last_event_id}))
    live = LiveRequests(selection, issued)
    try:
        yield live
    finally:
        live.close()


@router.get("/stream", summary="The journal as it is written", response_class=EventStream)
async def stream_requests(live: Annotated[LiveRequests, Depends(_live_requests)]) -> Response:
    """Server-sent events: `request` with an entry; `lost` with how many a reader was too slow for.

    With `since`, or a `Last-Event-ID`, those in the journal come first. Calls never wait for a reader.
    """
    return EventStream(live.chunks(), headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})


@router.get(
    "/{request_id}",
    summary="One exchange, and why it was refused",
    response_model=ExplainedEntry,
    responses={404: {**PROBLEMS[422], "description": "The journal does not hold it."}},
)
async def explain_request(world: SelectedWorld, request: Request, request_id: str, issued: IssuedHere) -> Response:
    """By the value of its `X-Mockcliq-Request-Id`."""
    exchange = world.journal.find(request_id)
    if exchange is None:
        raise Problem(
            404, f"the journal of world {world.id} has no request {request_id!r}; {_holds(world.journal.size)}"
        )
    explanation = explain(world, exchange, Asked(issued, server_url(request)))
    return Json({**rendered(exchange, issued), "explanation": explanation.model_dump()})


def _holds(size: int) -> str:
    if not size:
        return "it is off (MOCKCLIQ_JOURNAL_SIZE=0)"
    return f"it holds the latest {size}, and a reset forgets them"


async def _entries(exchanges: Iterable[Exchange], issued: Issued) -> Response:
    entries = []
    for number, exchange in enumerate(exchanges, start=1):
        entries.append(orjson.dumps(rendered(exchange, issued)))
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return Response(b'{"requests":[%b]}' % b",".join(entries), media_type="application/json")
