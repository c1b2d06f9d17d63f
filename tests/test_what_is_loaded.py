"""What a server loads before it is ready, and what only once it is asked for: starts are quick, and memory is small."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from tests.processes import ROOT

OWNER = {"Authorization": "Bearer 1000.mockcliq.owner"}

PROGRAM = """
import sys
from mockcliq.cli import main
sys.argv[0] = "mockcliq"
try:
    main()
finally:
    print(*sys.modules)
"""


def loaded(*calls: tuple[str, str], world: str = "demo") -> set[str]:
    """The modules that a server has loaded in the end that was ready, and answered these calls ten times each."""
    serve = ["serve", "--port", "0", "--rate-limit", "off", "--log-format", "json", "--until-stdin-closes", "on"]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *serve, "--world", world],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        with httpx.Client(base_url=json.loads(server.stdout.readline())["url"], headers=OWNER, trust_env=False) as http:
            assert http.get("/_mockcliq/health").json() == {"status": "alive"}
            assert http.get("/_mockcliq/ready").json() == {"status": "ready"}
            for _ in range(10):
                for method, path in calls:
                    assert http.request(method, path).is_success
        server.stdin.close()
        return set(server.stdout.read().split())


EMULATED = (
    ("GET", "/api/v2/chats"),
    ("GET", "/api/v2/chats?limit=1"),
    ("GET", "/api/v2/chats/2230748224630350194/members"),
    ("POST", "/api/v2/chats/2230748224630350194/mute"),
    ("POST", "/api/v2/chats/2230748224630350194/unmute"),
)
CONTROL = (
    ("GET", "/_mockcliq/users"),
    ("GET", "/_mockcliq/chats"),
    ("GET", "/_mockcliq/state"),
    ("GET", "/_mockcliq/requests"),
    ("POST", "/_mockcliq/reset"),
    ("POST", "/_mockcliq/tokens"),
    ("PUT", "/_mockcliq/snapshots/one"),
    ("POST", "/_mockcliq/snapshots/one/restore"),
)

NEVER = {
    "sqlmodel",
    "sqlalchemy",
    "yaml",
    "h11",
    "mockcliq.client",
    "mockcliq.store.models",
}
"""What neither API needs: the object mapper is for files that are opened again, the client for other commands."""


@pytest.mark.slow
@pytest.mark.parametrize("world", ["demo", "documentation"])
def test_a_server_that_is_ready_has_loaded_no_object_mapper_and_not_yet_the_control_api(world: str) -> None:
    there = loaded(world=world)
    assert {"mockcliq.gateway.gateway", "mockcliq.store.database", "fastapi"} <= there
    assert NEVER.isdisjoint(there)
    assert {"mockcliq.control.app", "mockcliq.control.chats", "pydantic.v1"}.isdisjoint(there)
    assert ("faker" in there) == (world == "demo")


def test_calls_of_both_apis_load_no_object_mapper() -> None:
    there = loaded(*EMULATED, *CONTROL, world="documentation")
    assert "mockcliq.control.app" in there
    assert NEVER.isdisjoint(there)
