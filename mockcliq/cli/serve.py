"""``mockcliq serve``: the only command that loads the server."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Annotated

import typer

from mockcliq.cli.printing import BAD_USAGE, fail

Flag = str | None
"""A setting's flag; read and judged together with the environment."""


def serve(  # noqa: PLR0913 - one parameter for each flag
    host: Annotated[Flag, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[Flag, typer.Option(help="Port to listen on; 0 takes a free one.  [default: 2547]")] = None,
    world: Annotated[Flag, typer.Option(help="demo, documentation, empty, or a file's path.  [default: demo]")] = None,
    seed: Annotated[Flag, typer.Option(help="What the demo is made from: same seed, same bytes.  [default: 1]")] = None,
    users: Annotated[Flag, typer.Option(help="People in the demo.  [default: 25]")] = None,
    chats: Annotated[Flag, typer.Option(help="Conversations in the demo, up to a million.  [default: 60]")] = None,
    messages: Annotated[Flag, typer.Option(help="Messages in the demo.  [default: by its chats]")] = None,
    database: Annotated[Flag, typer.Option(help="File that keeps the world across restarts.")] = None,
    rate_limit: Annotated[Flag, typer.Option(help="The threshold and its lock-out, on or off.  [default: on]")] = None,
    log_format: Annotated[Flag, typer.Option(help="text or json.  [default: text]")] = None,
    until_stdin_closes: Annotated[
        Flag, typer.Option(help="End when standard input does, on or off.  [default: off]")
    ] = None,
) -> None:
    """Serve the mock until Ctrl-C. Every flag has its variable MOCKCLIQ_<FLAG>; a flag goes before it."""
    # What is loaded now stays; collecting amid it only costs time. The server collects again once it is ready.
    gc.disable()

    from mockcliq.settings import BadSetting, read_settings  # noqa: PLC0415 - only serve needs it

    try:
        settings = read_settings(
            host=host,
            port=port,
            world=world,
            seed=seed,
            users=users,
            chats=chats,
            messages=messages,
            database=database,
            rate_limit=rate_limit,
            log_format=log_format,
            until_stdin_closes=until_stdin_closes,
        )
    except BadSetting as error:
        fail(str(error), BAD_USAGE)

    from mockcliq.embedded import Unservable  # noqa: PLC0415 - loaded by the server already
    from mockcliq.serving import serve_in_foreground  # noqa: PLC0415 - brings the whole server

    # What is begun from here on, a database file for one, is cleared up behind.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    try:
        serve_in_foreground(settings)
    except Unservable as error:
        fail(str(error), BAD_USAGE)
