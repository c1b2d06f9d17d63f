"""Whether the server is alive and ready: what a container's engine asks for, without a token."""

from __future__ import annotations

import orjson
from starlette.responses import Response

from mockcliq.control.problems import ProblemResponse
from mockcliq.worlds.startup import Startup

ALWAYS_THERE = ("/health", "/ready")
"""What tells nothing else and changes nothing, and an engine of containers asks for without a token."""


def alive() -> Response:
    """That the server is alive, which it is as long as it answers."""
    return _status("alive")


def readiness(startup: Startup) -> Response:
    """Whether the default world is there; its making begins, where no lifespan has begun it."""
    startup.begin()
    if startup.is_ready:
        return _status("ready")
    return ProblemResponse(503, "the world is being made; ask again", {"Retry-After": "1"})


def _status(status: str) -> Response:
    return Response(orjson.dumps({"status": status}), media_type="application/json")
