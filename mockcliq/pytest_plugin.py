"""The pytest plugin: a world for each test, on a server that starts by itself.

Client and server are loaded by the first fixture that needs them.
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

_FIXTURE = _MARKER = "mockcliq"
_INTERCEPT = "intercept"
_ARGUMENTS = ("world", "seed", "users", "chats", "messages", "present", "rate_limit", "profile", "state", _INTERCEPT)

_EXCLUDED_SETTINGS = frozenset({"MOCKCLIQ_DATABASE", "MOCKCLIQ_CONTROL", "MOCKCLIQ_PUBLIC_URL"})
"""Settings not passed on: workers would share a file, or the fixtures have no control API."""

_NO_CALL = "no call reached it; a call whose token no world has is in the journal of the world `default`"
_MAX_EXCHANGES = 50
_MAX_LINE_LENGTH = 300

_SERVER: pytest.StashKey[SubprocessServer] = pytest.StashKey()
_WORLD: pytest.StashKey[Client] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    description = "URL of a running MockCliq; without one, each process of the run starts its own (or MOCKCLIQ_URL)"
    parser.getgroup("mockcliq", "MockCliq").addoption("--mockcliq-url", metavar="URL", help=description)
    parser.addini("mockcliq_url", description, default=None)


def pytest_configure(config: pytest.Config) -> None:
    arguments = ", ".join(f"{name}=…" for name in _ARGUMENTS)
    config.addinivalue_line(
        "markers",
        f"{_MARKER}({arguments}): what the world of the `mockcliq` fixture is made from;"
        " with intercept=True the calls of Zoho's hosts in the test's process go there.",
    )


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a test that intercepts have its world, asked for or not, before its other fixtures make calls."""
    names: list[str] | None = getattr(item, "fixturenames", None)
    if names is not None and _arguments(item).get(_INTERCEPT):
        names[:] = [_FIXTURE, *(name for name in names if name != _FIXTURE)]


@pytest.fixture(scope="session")
def mockcliq_server(pytestconfig: pytest.Config) -> Iterator[Client]:
    """The MockCliq server of the tests' worlds, as a `mockcliq.Client` of its default world.

    It is the server of --mockcliq-url (or MOCKCLIQ_URL, or the ini option mockcliq_url); else each process of the run
    starts its own. Override the fixture to use another: return `mockcliq.connect(...)`.
    """
    from mockcliq.client import connect  # noqa: PLC0415 - loaded on first use
    from mockcliq.environment import interception_settings, secret, variable  # noqa: PLC0415 - the same

    with _fail_in_one_line(pytestconfig):
        control_token = secret("control_token")
    url = pytestconfig.option.mockcliq_url or os.environ.get("MOCKCLIQ_URL") or pytestconfig.getini("mockcliq_url")
    if url:
        yield connect(url, control_token=control_token)
        return

    from mockcliq.http.subprocess_server import subprocess_server  # noqa: PLC0415 - the same

    own = {name: value for name, value in os.environ.items() if name.upper() not in _EXCLUDED_SETTINGS}
    own |= {variable(name): value for name, value in interception_settings().items()}
    with ExitStack() as stack:
        with _fail_in_one_line(pytestconfig):
            server = stack.enter_context(subprocess_server(own))
        pytestconfig.stash[_SERVER] = server
        yield connect(server.url, control_token=control_token)


@pytest.fixture
def mockcliq(mockcliq_server: Client, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A MockCliq world of the test's own, as a `mockcliq.Client`: a bot needs its `url` and `token`.

    The test controls it by `.clock`, `.limits`, `.faults`, `.chats`, `.channels`, `.bots`, `.users`, `.token_for(...)`
    and `.webhook_url(...)`, and inspects it by `.messages(...)`, `.wait_for_message(...)`, `.requests()` and
    `.verify(...)`. `@pytest.mark.mockcliq(world="empty", rate_limit=False)` chooses its start;
    with `intercept=True`, or in `with mockcliq.intercept():`, a program in this process comes here that calls
    https://cliq.zoho.com. The report of a failed test has its journal.
    """
    start = _start(request.node)
    is_intercepting = start.pop(_INTERCEPT, False)
    with _fail_in_one_line(request.config), ExitStack() as stack:
        world = stack.enter_context(mockcliq_server.worlds.create(**start))
        if is_intercepting:
            stack.enter_context(world.intercept())
        entered = stack.pop_all()
    request.node.stash[_WORLD] = world
    yield world
    del request.node.stash[_WORLD]
    with _fail_in_one_line(request.config):
        entered.close()


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


def _arguments(node: pytest.Item) -> dict[str, Any]:
    """What the test's markers say; the nearest takes precedence."""
    arguments: dict[str, Any] = {}
    for marker in node.iter_markers(_MARKER):
        arguments = dict(marker.kwargs) | arguments
    return arguments


def _start(node: pytest.Item) -> dict[str, Any]:
    """What the test's markers say, once they are judged."""
    for marker in node.iter_markers(_MARKER):
        unknown = [repr(each) for each in marker.args] + [name for name in marker.kwargs if name not in _ARGUMENTS]
        if unknown:
            wanted = f"@pytest.mark.mockcliq takes, by name, {', '.join(_ARGUMENTS)}"
            pytest.fail(f"{wanted}; not {', '.join(unknown)}", pytrace=False)
    start = _arguments(node)
    if isinstance(start.get("state"), os.PathLike):
        start["state"] = node.path.parent / start["state"]
    return start


def _journal(world: Client, config: pytest.Config) -> str:
    """The latest exchanges, a line each."""
    from mockcliq.client import NoServer, Refused  # noqa: PLC0415 - loaded already, or there would be no world

    try:
        exchanges = world.requests(limit=_MAX_EXCHANGES)
    except (NoServer, Refused) as error:
        return _message(config, error)
    return "\n".join(str(each)[:_MAX_LINE_LENGTH] for each in exchanges) or _NO_CALL


@contextmanager
def _fail_in_one_line(config: pytest.Config) -> Iterator[None]:
    """Fail with the server's message alone: our traceback says less."""
    from mockcliq.client import NoServer, Refused  # noqa: PLC0415 - the same
    from mockcliq.environment import BadSetting  # noqa: PLC0415 - the same
    from mockcliq.http.subprocess_server import NotStarted  # noqa: PLC0415 - a fixture asks already

    try:
        yield
    except (BadSetting, NotStarted, NoServer, Refused) as error:
        raise pytest.fail.Exception(f"MockCliq: {_message(config, error)}", pytrace=False) from None


def _message(config: pytest.Config, error: Exception) -> str:
    """The error, and how our own server ended if it did."""
    server = config.stash.get(_SERVER, None)
    exit_message = None if server is None else server.exit_message
    return str(error) if exit_message is None else f"{error}; {exit_message}"
