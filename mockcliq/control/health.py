"""Health and readiness of the server, for container engines."""

from __future__ import annotations

from starlette.responses import Response

from mockcliq.control.answers import Json
from mockcliq.control.problems import ProblemResponse
from mockcliq.worlds.startup import Startup

ALWAYS_THERE = ("/health", "/ready")
"""The paths that need neither token nor control API: they reveal and change nothing."""


def alive() -> Response:
    return Json({"status": "alive"})


def readiness(startup: Startup) -> Response:
    """Whether the default world is ready; starts making it if no lifespan did."""
    startup.begin()
    if startup.is_ready:
        return Json({"status": "ready"})
    return ProblemResponse(503, "the world is being made; ask again", {"Retry-After": "1"})
