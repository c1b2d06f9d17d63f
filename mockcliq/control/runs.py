"""Routes of what worlds leave behind: which ones ended, and how the tests ended that had them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.outcome import Outcome
from mockcliq.contract.timestamps import iso_ms
from mockcliq.control.answers import Json
from mockcliq.control.deps import AllWorlds, selected_world, server_url
from mockcliq.control.explain.explanation import explain
from mockcliq.control.journal_entries import rendered
from mockcliq.control.journal_filters import IssuedHere
from mockcliq.control.middleware import WORLD_KEY
from mockcliq.control.problems import PROBLEMS
from mockcliq.control.routes import ControlRoute
from mockcliq.control.schemas import Input
from mockcliq.control.turns import InTurns
from mockcliq.runtime.journal import Exchange, Journal
from mockcliq.runtime.runs import EndedBy, Run

router = APIRouter(tags=["Journal"], responses=PROBLEMS, route_class=ControlRoute)

_MOST_EXPLAINED = 20
"""The refused calls, the latest ones, that are explained while the world of a failed test is still there."""


class RunShown(BaseModel):
    """One life of a world.

    ``started`` and ``ended`` are real time; ``failed`` counts the calls with a status from 400 on and those without an
    answer; ``dropped`` those that its journal lost to `MOCKCLIQ_JOURNAL_BYTES`.
    """

    run: str = Field(description="Tells it from other runs of a world of that name.")
    world: str
    started: str
    ended: str | None = Field(description="Null while the world is there, which it is in a report alone.")
    ended_by: EndedBy | None = Field(
        description="A request, that it was idle, or that there were `MOCKCLIQ_MAX_WORLDS`."
    )
    calls: int
    failed: int
    dropped: int
    test: str | None
    outcome: Outcome | None


class RunList(BaseModel):
    """The runs of worlds that ended, the latest first, and how many earlier ones are forgotten."""

    runs: list[RunShown]
    dropped: int


class TestOutcome(Input):
    """How a test ended."""

    outcome: Outcome


class OutcomeKept(BaseModel):
    world: str
    test: str | None
    outcome: Outcome


async def _latest_run(request: Request, worlds: AllWorlds) -> Run:
    """The run of the world in the path, or `default`: as it is there, else the latest that ended."""
    name = request.scope.get(WORLD_KEY, DEFAULT_WORLD)
    ended = None if worlds.named(name) else worlds.runs.named(name)
    return (await selected_world(request)).record if ended is None else ended


LatestRun = Annotated[Run, Depends(_latest_run)]


@router.get("/runs", summary="The worlds that ended", response_model=RunList)
async def list_runs(worlds: AllWorlds) -> Response:
    """The latest first, as many as `MOCKCLIQ_KEPT_RUNS` says; `GET /requests?run=` has the journal of each."""
    return Json({"runs": [shown_run(each) for each in worlds.runs], "dropped": worlds.runs.dropped})


@router.put("/outcome", summary="Tell how the world's test ended")
async def keep_outcome(  # noqa: PLR0913 - a dependency each
    request: Request, worlds: AllWorlds, run: LatestRun, body: TestOutcome, issued: IssuedHere, turns: InTurns
) -> OutcomeKept:
    """`GET /runs` and the report have it. Of a failed test, the latest refused calls stay explained.

    Where the world has ended, it is its latest run's: a test may fail while it is cleared up.
    """
    world, journals = worlds.named(run.world), worlds.journals
    run.outcome = body.outcome
    if run.has_failed and world is not None:
        for exchange in list(islice(_refused(world.journal), _MOST_EXPLAINED)):
            async with turns:
                rendering = rendered(journals, exchange, issued)
                explanation = explain(world, exchange, rendering, issued, server_url(request), world.register)
                if exchange.journal is not None:
                    journals.explain(exchange, explanation.model_dump_json().encode())
    return OutcomeKept(world=run.world, test=run.test, outcome=body.outcome)


def shown_run(run: Run) -> dict[str, object]:
    """A run in the form of `RunShown`."""
    return {
        "run": run.id,
        "world": run.world,
        "started": iso_ms(run.started),
        "ended": None if run.ended is None else iso_ms(run.ended),
        "ended_by": run.ended_by,
        "calls": run.journal.calls,
        "failed": run.journal.failed,
        "dropped": run.journal.dropped,
        "test": run.test,
        "outcome": run.outcome,
    }


def _refused(journal: Journal) -> Iterator[Exchange]:
    """The refused calls, the latest first."""
    return (each for each in reversed(list(journal)) if each.reason is not None)
