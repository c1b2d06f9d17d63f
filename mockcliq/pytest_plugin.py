"""The pytest plugin: a world of its own for each test, on a server that nobody has to start.

It costs nothing when unused: neither the client nor the server is loaded until a fixture asks.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockcliq.client import Client
    from mockcliq.http.subprocess_server import SubprocessServer

_MARKER = "mockcliq"
_ARGUMENTS = ("world", "seed", "users", "chats", "messages", "rate_limit", "state")

_NOT_FOR_OUR_OWN = frozenset({"MOCKCLIQ_DATABASE", "MOCKCLIQ_CONTROL"})
"""Settings that would have the servers of two workers at one file, or keep the fixtures from arranging anything."""

_NO_CALL = "no call reached it; a call whose token no world has is in the journal of the world `default`"
_SHOWN_EXCHANGES = 50
_SHOWN_CHARACTERS = 300

_SERVER: pytest.StashKey[SubprocessServer] = pytest.StashKey()
_WORLD: pytest.StashKey[Client] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the server be named."""
    told = "URL of a running MockCliq; without one, each process of the run starts its own (or MOCKCLIQ_URL)"
    parser.getgroup("mockcliq", "MockCliq").addoption("--mockcliq-url", metavar="URL", help=told)
    parser.addini("mockcliq_url", told, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Tell of the marker."""
    arguments = ", ".join(f"{name}=…" for name in _ARGUMENTS)
    config.addinivalue_line(
        "markers", f"{_MARKER}({arguments}): what the world of the `mockcliq` fixture is made from."
    )


@pytest.fixture(scope="session")
def mockcliq_server(pytestconfig: pytest.Config) -> Iterator[Client]:
    """The MockCliq server that the tests' worlds are made on, as a `mockcliq.Client` of its default world.

    The one that --mockcliq-url (or MOCKCLIQ_URL, or the ini option mockcliq_url) names; else a process of its own for
    each process of the run, which ends with it. Override it to use another: return `mockcliq.connect(...)`.
    """
    from mockcliq.client import connect  # noqa: PLC0415 - loaded when first asked for

    control_token = os.environ.get("MOCKCLIQ_CONTROL_TOKEN") or None
    url = pytestconfig.option.mockcliq_url or os.environ.get("MOCKCLIQ_URL") or pytestconfig.getini("mockcliq_url")
    if url:
        yield connect(url, control_token=control_token)
        return

    from mockcliq.http.subprocess_server import subprocess_server  # noqa: PLC0415 - the same

    own = {name: value for name, value in os.environ.items() if name.upper() not in _NOT_FOR_OUR_OWN}
    with ExitStack() as stack:
        with _failing_in_one_line(pytestconfig):
            server = stack.enter_context(subprocess_server(own))
        pytestconfig.stash[_SERVER] = server
        yield connect(server.url, control_token=control_token)


@pytest.fixture
def mockcliq(mockcliq_server: Client, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A MockCliq world of the test's own, as a `mockcliq.Client`: its `url` and `token` are what a bot needs.

    It also arranges and looks: `.clock`, `.limits`, `.faults`, `.chats`, `.users`, `.token_for(...)`, `.requests()`,
    `.verify(...)`. `@pytest.mark.mockcliq(world="empty", rate_limit=False)` chooses what it is made from; when the test
    fails, its journal is in the report.
    """
    start = _start(request.node)
    with _failing_in_one_line(request.config):
        world = mockcliq_server.worlds.create(**start)
    request.node.stash[_WORLD] = world
    yield world
    del request.node.stash[_WORLD]
    with _failing_in_one_line(request.config):
        world.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journal of a failed test's world to its report."""
    report = yield
    world = item.stash.get(_WORLD, None)
    if world is not None and report.failed and call.when != "teardown":
        report.sections.append((f"MockCliq journal of world {world.world}", _journal(world, item.config)))
    return report


def _start(node: pytest.Item) -> dict[str, Any]:
    """What the test's markers, the nearest first, say that its world is made from."""
    start: dict[str, Any] = {}
    for marker in node.iter_markers(_MARKER):
        unknown = [repr(each) for each in marker.args] + [name for name in marker.kwargs if name not in _ARGUMENTS]
        if unknown:
            wanted = f"@pytest.mark.mockcliq takes, by name, {', '.join(_ARGUMENTS)}"
            pytest.fail(f"{wanted}; not {', '.join(unknown)}", pytrace=False)
        start = dict(marker.kwargs) | start
    if isinstance(start.get("state"), os.PathLike):
        start["state"] = node.path.parent / start["state"]
    return start


def _journal(world: Client, config: pytest.Config) -> str:
    """A line for each of the latest exchanges."""
    from mockcliq.client import NoServer, Refused  # noqa: PLC0415 - loaded already, or there would be no world

    try:
        exchanges = world.requests(limit=_SHOWN_EXCHANGES)
    except (NoServer, Refused) as error:
        return _told(config, error)
    return "\n".join(str(each)[:_SHOWN_CHARACTERS] for each in exchanges) or _NO_CALL


@contextmanager
def _failing_in_one_line(config: pytest.Config) -> Iterator[None]:
    """Where the server cannot do its part, its own word for it says more than our traceback."""
    from mockcliq.client import NoServer, Refused  # noqa: PLC0415 - the same
    from mockcliq.http.subprocess_server import NotStarted  # noqa: PLC0415 - a fixture asks already

    try:
        yield
    except (NotStarted, NoServer, Refused) as error:
        raise pytest.fail.Exception(f"MockCliq: {_told(config, error)}", pytrace=False) from None


def _told(config: pytest.Config, error: Exception) -> str:
    """What is wrong, and what became of our own server, where it has ended."""
    server = config.stash.get(_SERVER, None)
    exit_message = None if server is None else server.exit_message
    return str(error) if exit_message is None else f"{error}; {exit_message}"
