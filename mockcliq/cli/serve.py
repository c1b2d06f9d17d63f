"""``mockcliq serve``, the only command that loads the server."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import click

from mockcliq.cli.log import set_up_log
from mockcliq.cli.misspelt import misspelt_variables
from mockcliq.cli.printing import BAD_USAGE, fail, print_error
from mockcliq.cli.running import announced
from mockcliq.cli.sections import SectionedCommand, SectionOption, Words
from mockcliq.environment import FILE_SUFFIX, variable, variables

if TYPE_CHECKING:
    from mockcliq.settings import Setting

_LOG = logging.getLogger("mockcliq")

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


class _Serve(SectionedCommand):
    """A command with an option for each setting, made when it is used."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the flags; what is wrong with them is a line of JSON where the log is."""
        # What is loaded from here on stays, so collecting only costs time. The server enables it when it is ready.
        gc.disable()
        is_json = "--log-format=json" in args or ("--log-format", "json") in pairwise(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if not is_json and variables().get(variable("log_format")) != "json":
                raise
            message = error.format_message()
            _fail(message[:1].lower() + message[1:], is_json=True)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*self._flags, *super().get_params(ctx)]

    def sections(self, ctx: click.Context) -> dict[str, list[tuple[str, str]]]:
        """The settings, those too that have a variable alone."""
        from mockcliq.settings import setting_list  # noqa: PLC0415 - the flags have loaded it

        found = super().sections(ctx)
        for each in setting_list():
            if each.is_secret:
                about = f"{each.description}  [no flag, which others could read; or {each.variable}{FILE_SUFFIX}]"
                found[each.group.value].append((f"{each.variable} {each.kind}", about))
        return found

    @cached_property
    def _flags(self) -> list[click.Parameter]:
        from mockcliq.settings import setting_list  # noqa: PLC0415 - a list of all commands needs no settings

        return [_option(each) for each in setting_list() if not each.is_secret]


def _option(setting: Setting) -> click.Option:
    default = "" if setting.default is None else f"; default: {setting.default}"
    bare = {"is_flag": False, "flag_value": "on"} if "on" in setting.choices else {}
    return SectionOption(
        (setting.flag, setting.name),
        section=setting.group.value,
        metavar=setting.kind,
        type=Words(setting.choices),
        help=f"{setting.description}  [{setting.variable}{default}]",
        **bare,
    )


def _warn(*, is_json: bool) -> None:
    set_up_log("json" if is_json else "text")
    for line in misspelt_variables():
        if is_json:
            _LOG.warning(line)
        else:
            print_error(line)


def _fail(message: str, *, is_json: bool) -> NoReturn:
    if not is_json:
        fail(message, BAD_USAGE)
    set_up_log("json")
    _LOG.error(message)
    sys.exit(BAD_USAGE)


def _default(value: str | None) -> str | None:
    return None if value is None else f"default: {value}"


@click.command(cls=_Serve)
def serve(**flags: str | None) -> None:
    """Serve the mock until Ctrl-C.

    A flag overrides its variable, which stands in brackets; a variable overrides the default.
    """
    is_json = (flags["log_format"] or variables().get(variable("log_format"))) == "json"
    _warn(is_json=is_json)

    from mockcliq.settings import BadSetting, read_settings  # noqa: PLC0415 - the flags have loaded it

    try:
        settings = read_settings(**flags)
    except BadSetting as error:
        _fail(str(error), is_json=is_json)

    # These bring the whole server.
    from mockcliq.app import create_app  # noqa: PLC0415 - once the settings are good
    from mockcliq.cli.banner import print_banner  # noqa: PLC0415 - the same
    from mockcliq.http.fd_limit import raise_limit  # noqa: PLC0415 - the same
    from mockcliq.http.listeners import listen_by, url_of  # noqa: PLC0415 - the same
    from mockcliq.http.server import Server  # noqa: PLC0415 - the same
    from mockcliq.http.server_thread import Unservable, servable  # noqa: PLC0415 - the same

    # From here on exit cleans up, such as a database file.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))
    raise_limit()
    try:
        with (
            _ProgressBar() as bar,
            servable(),
            listen_by(settings) as listeners,
            announced(url_of(listeners.plain)),
        ):
            app = create_app(settings, bar.show, endpoints=listeners.endpoints, is_lazy=True)

            def announce() -> None:
                # The objects of now stay, and the collector need not visit them.
                gc.freeze()
                gc.enable()
                bar.close()
                print_banner(settings, app.startup.made.default.template.recipe, listeners)

            server = Server(app, listeners, announce)
            if settings.until_stdin_closes:
                threading.Thread(target=_call_when_stdin_closes, args=(server.end_process,), daemon=True).start()
            server.run_until_told()
    except Unservable as error:
        _fail(str(error), is_json=is_json)
