"""``mockcliq serve``, the only command that loads the server."""

from __future__ import annotations

import gc
import signal
import sys

import click

from mockcliq.cli.printing import BAD_USAGE, fail


@click.command()
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", help="Port to listen on; 0 takes a free one.  [default: 2547]")
@click.option("--world", help="demo, documentation, empty, or a file's path.  [default: demo]")
@click.option("--seed", help="Seed of the demo: same seed, same bytes.  [default: 1]")
@click.option("--users", help="People in the demo.  [default: 25]")
@click.option("--chats", help="Conversations in the demo, up to a million.  [default: 60]")
@click.option("--messages", help="Messages in the demo.  [default: by its chats]")
@click.option("--database", help="File that keeps the world across restarts.")
@click.option("--rate-limit", help="Rate limits and locks, on or off.  [default: on]")
@click.option("--ui", help="The console at /_mockcliq/ui, on or off.  [default: on]")
@click.option("--label", help="The server's name in console and banner.")
@click.option("--log-format", help="text or json.  [default: text]")
@click.option("--until-stdin-closes", help="Stop when standard input closes, on or off.  [default: off]")
def serve(**flags: str | None) -> None:
    """Serve the mock until Ctrl-C. Every flag has a variable MOCKCLIQ_<FLAG>; the flag takes precedence."""
    # What is loaded now stays, so collecting only costs time. The server enables it when it is ready.
    gc.disable()

    from mockcliq.settings import BadSetting, read_settings  # noqa: PLC0415 - only serve needs it

    try:
        settings = read_settings(**flags)
    except BadSetting as error:
        fail(str(error), BAD_USAGE)

    from mockcliq.cli.foreground import serve_in_foreground  # noqa: PLC0415 - brings the whole server
    from mockcliq.http.server_thread import Unservable  # noqa: PLC0415 - loaded by the server already

    # From here on exit cleans up, such as a database file.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    try:
        serve_in_foreground(settings)
    except Unservable as error:
        fail(str(error), BAD_USAGE)
