"""``mockcliq serve``, the only command that loads the server."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress

import click

from mockcliq.cli.printing import BAD_USAGE, fail

_MIN_CHATS_FOR_BAR = 20_000
"""The size from which making a world takes long enough for a progress bar."""


class _ProgressBar(ExitStack):
    """A progress bar on a terminal, for making a big world; on closing it ends its line."""

    _update: Callable[[int], None] | None = None

    def show(self, done: int, total: int) -> None:
        """Show the number of chats written."""
        if self._update is None and total >= _MIN_CHATS_FOR_BAR and sys.stderr.isatty():
            bar = self.enter_context(
                click.progressbar(length=total, label="Making the world", show_pos=True, file=sys.stderr)
            )
            self._update = lambda done: bar.update(done - bar.pos)
        if self._update is not None:
            self._update(done)


def _call_when_stdin_closes(end: Callable[[], None]) -> None:
    # By the descriptor: a read by sys.stdin holds a lock that Python needs to exit.
    if sys.stdin is not None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
    end()


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

    # These bring the whole server.
    from mockcliq.app import create_app  # noqa: PLC0415 - once the settings are good
    from mockcliq.cli.banner import print_banner  # noqa: PLC0415 - the same
    from mockcliq.cli.log import set_up_log  # noqa: PLC0415 - the same
    from mockcliq.http.fd_limit import raise_limit  # noqa: PLC0415 - the same
    from mockcliq.http.server import Server, listen  # noqa: PLC0415 - the same
    from mockcliq.http.server_thread import Unservable, servable  # noqa: PLC0415 - the same

    # From here on exit cleans up, such as a database file.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    set_up_log(settings.log_format)
    raise_limit()
    try:
        with _ProgressBar() as bar, servable(), listen(settings.host, settings.port) as listening:
            app = create_app(settings, bar.show)

            def announce() -> None:
                # The objects of now stay, and the collector need not visit them.
                gc.freeze()
                gc.enable()
                bar.close()
                print_banner(settings, app.startup.made.default.template.recipe, *listening.getsockname()[:2])

            server = Server(app, listening, announce)
            if settings.until_stdin_closes:
                threading.Thread(target=_call_when_stdin_closes, args=(server.end_process,), daemon=True).start()
            server.run_until_told()
    except Unservable as error:
        fail(str(error), BAD_USAGE)
