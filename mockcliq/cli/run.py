"""``mockcliq run``: a program whose calls to Zoho's hosts come here, with nothing in it changed."""

from __future__ import annotations

import socket
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from mockcliq.cli.arguments import argument
from mockcliq.cli.printing import BAD_USAGE, fail, format_cell, print_error
from mockcliq.cli.target import World, control_token_option, exit_on_failure, world_option
from mockcliq.client import NoServer, Refused
from mockcliq.client.transport import segment
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.quoting import cause_of
from mockcliq.contract.urls import authority
from mockcliq.contract.zoho_hosts import ZOHO_HOSTS
from mockcliq.environment import inherited, secret, variable, variables
from mockcliq.http.subprocess_server import NotStarted, subprocess_server
from mockcliq.launch.process import NotRun
from mockcliq.launch.process import run as run_program
from mockcliq.launch.trust import TrustFiles
from mockcliq.launch.variables import Target, environment
from mockcliq.tls.errors import TlsMissing
from mockcliq.tls.place import packages_are_there

_OUTSIDE = "outside"
"""What the journal calls a refused call to another host."""

_FOREIGN_HOST = "outside;"
"""How the reason begins of one that could be let through: no address, no other port of Zoho's."""

_TIMEOUT_S = 10.0

_OWN_SERVER = {
    "MOCKCLIQ_PROXY": "on",
    "MOCKCLIQ_PROXY_PORT": "0",
    "MOCKCLIQ_TLS": "off",  # nobody is told of its port
    "MOCKCLIQ_CONTROL": "on",
    "MOCKCLIQ_PUBLIC_URL": "",
}
"""The variables of a server that is started for a run, whatever this process's are."""


@click.command(context_settings={"allow_interspersed_args": False})
@argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...", about="The program to run.")
@click.option("--url", help="The server's URL.  [MOCKCLIQ_URL; without one, a server is started for the run]")
@control_token_option
@world_option
@click.option("--report", type=click.Path(), help="Folder of its own for a report of all calls.  [MOCKCLIQ_REPORT]")
@click.option("--quiet", is_flag=True, help="Do not say what was called.")
def run(  # noqa: PLR0913 - an option each
    *,
    command: tuple[str, ...],
    url: str | None,
    control_token: str | None,
    world: str,
    report: str | None,
    quiet: bool,
) -> None:
    """Run a program, unchanged: its calls to Zoho's hosts come to the mock, and all others are refused.

    It ends with the program's exit code, and says on standard error what was called. The server has to have a proxy
    (--proxy); calls with a token that no world has go to the world.
    """
    with exit_on_failure(), ExitStack() as stack:
        if not packages_are_there():
            fail(str(TlsMissing()), BAD_USAGE)
        url = url or variables().get(variable("url"))
        if url is None:
            url = _started(stack, world, {} if report is None else {variable("report"): report})
        elif report is not None:
            fail(f"--report: the server at {url} runs already; it writes one if it is started with --report", BAD_USAGE)
        server = World(url, control_token or secret("control_token"), as_json=False, world=world)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="mockcliq-run-")))
        target = _target(server, folder)
        before = _latest(server)
        try:
            code = run_program(command, environment(target, inherited()))
        except NotRun as error:
            fail(str(error), error.code)
        if not quiet:
            try:
                _tell(server, before)
            except (NoServer, Refused) as error:
                print_error(f"what was called is not known: {error}")
    sys.exit(code)


def _started(stack: ExitStack, world: str, variables_of_options: dict[str, str]) -> str:
    """Start a server for as long as the stack is open; gives its URL."""
    if world != DEFAULT_WORLD:
        fail(
            f"--world: {world!r} is a world of a server that runs, which {variable('url')} or --url names; one that is "
            f"started for the run has its own, made from {variable('world')}",
            BAD_USAGE,
        )
    others = {name: value for name, value in inherited().items() if name.upper() not in _OWN_SERVER}
    try:
        return stack.enter_context(subprocess_server(others | _OWN_SERVER | variables_of_options)).url
    except NotStarted as error:
        fail(str(error), BAD_USAGE)


def _target(server: World, folder: Path) -> Target:
    """Where the program's calls shall go; exits if they cannot go there."""
    port = server.call("GET", "/server").get("proxy_port")
    if port is None:
        fail(f"the server at {server.url} has no proxy; start it with --proxy, or {variable('proxy')}=on")
    token = server.call("GET", f"/worlds/{segment(server.world)}")["token"]
    target = Target(server.url.rstrip("/"), port, server.world, token, TrustFiles(folder, server.client().ca()))
    try:
        socket.create_connection((target.host, port), _TIMEOUT_S).close()
    except OSError as error:
        fail(f"the proxy of the server does not answer at {target.host} port {port}: {cause_of(error)}")
    return target


def _latest(world: World) -> str | None:
    """The id of the latest call in the world's journal; None where there is none."""
    calls = world.client().journal(limit=1)["requests"]
    return calls[-1]["id"] if calls else None


def _tell(server: World, before: str | None) -> None:
    """Say what was called since then, a line for each kind of call."""
    kept = server.call("GET", "/server")["journal_size"]
    if kept == 0:
        print_error(f"what was called is not known: the server keeps no journal ({variable('journal_size')}=0)")
        return
    calls = server.client().journal(since=before)["requests"]
    outside = [each for each in calls if each["operation"] == _OUTSIDE]
    here = [each for each in calls if each["operation"] != _OUTSIDE]
    if len(calls) >= kept:
        print_error(f"the latest {kept} calls alone are known; {variable('journal_size')} keeps more")
    if here:
        _list(f"{_calls(len(here))} came here:", here)
    if outside:
        _list(f"{_calls(len(outside))} for other hosts refused:", outside)
        foreign = {each["path"].rpartition(":")[0] for each in outside if each["reason"].startswith(_FOREIGN_HOST)}
        if foreign:
            hosts = ",".join(sorted(foreign))
            print_error(f"{variable('proxy_pass')}={hosts} lets them through, set where the server starts")
    elif not any(_host(each) in ZOHO_HOSTS for each in here):
        print_error(
            "nothing came through the proxy: the program called nobody, or it does not go by HTTPS_PROXY; "
            "docs/guides/run.md says which do not"
        )


def _calls(count: int) -> str:
    return f"{count} call{'' if count == 1 else 's'}"


def _list(head: str, calls: list[Mapping[str, Any]]) -> None:
    print_error(head)
    counts = Counter((each["method"], each["path"], _status(each), each["reason"]) for each in calls)
    for call, count in counts.items():
        print_error(f"{count:5}  {' '.join(format_cell(each) for each in call if each is not None)}")


def _status(call: Mapping[str, Any]) -> object:
    if call["status"] is None:
        return "in flight" if call.get("in_flight") else "broken off"
    return call["status"]


def _host(call: Mapping[str, Any]) -> str:
    where = authority(str(call["headers"].get("host", "")))
    return "" if where is None else where.name
