"""The pytest plugin: a world for each test, on a server that starts by itself.

Client and server are loaded by the first fixture that needs them.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockcliq.client import Client, Exchange
    from mockcliq.contract.outcome import Outcome
    from mockcliq.http.subprocess_server import SubprocessServer

_FIXTURE = _MARKER = "mockcliq"
_INTERCEPT = "intercept"
_ARGUMENTS = ("world", "seed", "users", "chats", "messages", "present", "rate_limit", "profile", "state", _INTERCEPT)

_EXCLUDED_SETTINGS = frozenset({"MOCKCLIQ_DATABASE", "MOCKCLIQ_CONTROL", "MOCKCLIQ_PUBLIC_URL"})
"""Settings not passed on: workers would share a file, or the fixtures have no control API."""

_NO_CALL = "no call reached it; a call whose token no world has is in the journal of the world `default`"
_ASTRAY = "meanwhile the world `default` refused, where a call goes whose token no world has:"
_MAX_EXCHANGES = 50
_MAX_ASTRAY = 5
_MAX_LINE_LENGTH = 300

_MAX_NAME = 1000
"""The characters of a test's name that the server takes."""

_OUTCOME: pytest.StashKey[Outcome] = pytest.StashKey()
_REPORT: pytest.StashKey[str] = pytest.StashKey()
_SERVER: pytest.StashKey[SubprocessServer] = pytest.StashKey()
_SERVERS: pytest.StashKey[ExitStack] = pytest.StashKey()
_WORLD: pytest.StashKey[Client] = pytest.StashKey()
_BEGAN: pytest.StashKey[tuple[Client, float]] = pytest.StashKey()
"""The server's default world, and when the test began."""
_ENDED_WORLD: pytest.StashKey[Client] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    description = "URL of a running MockCliq; without one, each process of the run starts its own (or MOCKCLIQ_URL)"
    parser.getgroup("mockcliq", "MockCliq").addoption("--mockcliq-url", metavar="URL", help=description)
    parser.addini("mockcliq_url", description, default=None)
    parser.getgroup("mockcliq", "MockCliq").addoption(
        "--mockcliq-report",
        metavar="DIR",
        help="folder of its own for a report of the run's calls: report.html and mockcliq.har (or MOCKCLIQ_REPORT)",
    )


def pytest_configure(config: pytest.Config) -> None:
    arguments = ", ".join(f"{name}=…" for name in _ARGUMENTS)
    config.addinivalue_line(
        "markers",
        f"{_MARKER}({arguments}): what the world of the `mockcliq` fixture is made from;"
        " with intercept=True the calls of Zoho's hosts in the test's process go there.",
    )

    folder = config.option.mockcliq_report or os.environ.get("MOCKCLIQ_REPORT")
    if folder and not _is_worker(config):
        url = _url(config)
        if url and config.option.mockcliq_report:
            raise pytest.UsageError(
                f"--mockcliq-report: the server at {url} is not the run's own; it writes a report if it is started with"
                " --report"
            )
        # Workers of xdist have another working directory.
        config.option.mockcliq_report = os.path.abspath(folder)  # noqa: PTH100 - Path.resolve would follow links


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Remove an earlier run's report, which would look like this one's if it is killed; before workers start."""
    config = session.config
    if config.option.mockcliq_report and not (_is_worker(config) or config.option.collectonly):
        from mockcliq.report_files import forget_report  # noqa: PLC0415 - of runs that have a report

        forget_report(config.option.mockcliq_report)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the process's own server, and make one report of those of xdist's workers, once all have ended."""
    config = session.config
    config.stash.get(_SERVERS, ExitStack()).close()
    folder = config.option.mockcliq_report
    if not folder or _is_worker(config):
        return
    from mockcliq.report_files import PAGE, ReportUnusable, join_parts  # noqa: PLC0415 - the same

    try:
        if join_parts(folder, is_over=True) or _SERVER in config.stash:
            config.stash[_REPORT] = os.path.join(folder, PAGE)  # noqa: PTH118 - as it was given
    except ReportUnusable as error:
        config.stash[_REPORT] = str(error)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say where the report is."""
    report = config.stash.get(_REPORT, None)
    if report is not None:
        terminalreporter.write_line(f"MockCliq report: {report}")


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
    url = _url(pytestconfig)
    if url:
        yield connect(url, control_token=control_token)
        return

    from mockcliq.http.subprocess_server import subprocess_server  # noqa: PLC0415 - the same

    own = {name: value for name, value in os.environ.items() if name.upper() not in _EXCLUDED_SETTINGS}
    own |= {variable(name): value for name, value in interception_settings().items()}
    if pytestconfig.option.mockcliq_report:
        own[variable("report")] = _report_folder(pytestconfig)
    # The last test's outcome is known when all fixtures are over: it ends with the session.
    servers = pytestconfig.stash.setdefault(_SERVERS, ExitStack())
    with _fail_in_one_line(pytestconfig):
        server = servers.enter_context(subprocess_server(own))
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
    request.node.stash[_BEGAN] = mockcliq_server, monotonic()
    with _fail_in_one_line(request.config), ExitStack() as stack:
        world = stack.enter_context(mockcliq_server.worlds.create(**start, test=request.node.nodeid[:_MAX_NAME]))
        if is_intercepting:
            stack.enter_context(world.intercept())
        entered = stack.pop_all()
    request.node.stash[_WORLD] = world
    yield world
    del request.node.stash[_WORLD]
    with _fail_in_one_line(request.config):
        outcome = request.node.stash.get(_OUTCOME, None)
        if outcome is not None:
            world.set_outcome(outcome)
        request.node.stash[_ENDED_WORLD] = world
        entered.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the journal of a failed test's world to its report, and keep the outcome for its world."""
    report = yield
    if call.when == "teardown" and report.failed:
        _tell_error(item)
    elif call.when == "call" or report.outcome != "passed":
        item.stash[_OUTCOME] = "error" if report.failed and call.when != "call" else report.outcome
    world = item.stash.get(_WORLD, None)
    if world is not None and report.failed and call.when != "teardown":
        report.sections.append((f"MockCliq journal of world {world.world}", _journal(world, item)))
    return report


def _tell_error(item: pytest.Item) -> None:
    """Tell that a fixture failed after the test, whose world has ended meanwhile; a failure of its own says more."""
    world = item.stash.get(_ENDED_WORLD, None)
    if world is None or item.stash.get(_OUTCOME, None) in ("failed", "error"):
        return
    from mockcliq.client import NoServer, Refused  # noqa: PLC0415 - loaded already, or there would be no world

    with suppress(NoServer, Refused):
        world.set_outcome("error")


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


def _journal(world: Client, item: pytest.Item) -> str:
    """The latest exchanges, a line each, and those that may have been meant for the world."""
    from mockcliq.client import NoServer, Refused  # noqa: PLC0415 - loaded already, or there would be no world

    try:
        exchanges = world.requests(limit=_MAX_EXCHANGES)
        astray = _astray(*item.stash[_BEGAN])
    except (NoServer, Refused) as error:
        return _message(item.config, error)
    lines = [str(each)[:_MAX_LINE_LENGTH] for each in exchanges] or [_NO_CALL]
    if astray:
        lines += [_ASTRAY, *(str(each)[:_MAX_LINE_LENGTH] for each in astray)]
    return "\n".join([*lines, *_links(world, exchanges or astray, item.config)])


def _astray(default: Client, began: float) -> list[Exchange]:
    """The latest calls that the default world has refused since then for their token; none where its clock stands."""
    clock = default.clock.state()
    if clock.mode == "frozen":  # nobody knows which are from before
        return []
    since = clock.now - timedelta(seconds=monotonic() - began)
    return default.requests(status=HTTPStatus.UNAUTHORIZED, since=since, limit=_MAX_ASTRAY)


def _links(world: Client, exchanges: Sequence[Exchange], config: pytest.Config) -> Iterator[str]:
    """Where to look closer: at the last refused call in the console of a server that stays, or at the report."""
    refused = next((each.id for each in reversed(exchanges) if each.reason is not None), None)
    if _url(config):
        if refused is not None:
            yield f"{world.url}/_mockcliq/ui#request={refused}"
    elif config.option.mockcliq_report:
        yield f"report: {os.path.join(config.option.mockcliq_report, 'report.html')}"  # noqa: PTH118 - as it was given


def _url(config: pytest.Config) -> str | None:
    """The server that runs already, if the run has been given one."""
    return config.option.mockcliq_url or os.environ.get("MOCKCLIQ_URL") or config.getini("mockcliq_url") or None


def _is_worker(config: pytest.Config) -> bool:
    """Whether this is one of xdist's workers."""
    return hasattr(config, "workerinput")


def _report_folder(config: pytest.Config) -> str:
    """Where this process's server writes: a worker's report is a part of the run's."""
    from mockcliq.report_files import part_of  # noqa: PLC0415 - the same

    folder: str = config.option.mockcliq_report
    worker: dict[str, str] | None = getattr(config, "workerinput", None)
    return folder if worker is None else part_of(folder, worker["workerid"])


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
