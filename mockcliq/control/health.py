"""Health and readiness of the server, for container engines."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Scope

from mockcliq.control.answers import Json
from mockcliq.control.problems import LOST_ADVICE, ProblemResponse
from mockcliq.worlds.startup import Startup


def probed(scope: Scope) -> str | None:
    """The probe that a request is for, `health` or `ready`; None if it is for something else.

    They need neither token nor control API, and are there for any Host and Origin: they reveal and change nothing.
    Whatever a prober adds to the path, a slash or a query against caches, means nothing.
    """
    name = scope["path"].removeprefix(scope["root_path"]).rstrip("/").removeprefix("/")
    return name if name in ("health", "ready") else None


def answer_probe(name: str, scope: Scope, startup: Startup) -> Response:
    if scope["method"] != "GET":
        detail = f"{scope['path']} does not take {scope['method']}; it takes GET, HEAD"
        return ProblemResponse(405, detail, {"Allow": "GET, HEAD"})
    return alive() if name == "health" else readiness(startup)


def alive() -> Response:
    return Json({"status": "alive"})


def readiness(startup: Startup) -> Response:
    """Whether the default world is ready, and kept in its file; starts making it if no lifespan did."""
    startup.begin()
    if startup.lost is not None:
        return ProblemResponse(503, f"the database is lost: {startup.lost}; {LOST_ADVICE}")
    if startup.is_ready:
        return Json({"status": "ready"})
    return ProblemResponse(503, "the world is being made; ask again", {"Retry-After": "1"})
