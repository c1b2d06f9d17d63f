"""What `mockcliq serve` does around the server: its banner, its progress bar, its log."""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import click

from mockcliq.app import CONSOLE_PATH, create_app
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.http.fd_limit import raise_limit
from mockcliq.http.server import Server, listen
from mockcliq.http.server_thread import servable
from mockcliq.runtime.clock import real_time
from mockcliq.seeding.named import Recipe
from mockcliq.seeding.tokens import token_name
from mockcliq.settings import PREFIX, Settings
from mockcliq.timestamps import iso_ms
from mockcliq.version import __version__

_WORTH_A_BAR = 20_000
"""Chats from which on making a world takes long enough to be watched."""


def serve_in_foreground(settings: Settings) -> None:
    """Serve until a signal.

    Raises:
        Unservable: The address, the world or the database cannot be used.
    """
    _set_up_log(settings)
    raise_limit()
    bar = _Bar()
    try:
        with servable(), listen(settings.host, settings.port) as listening:
            app = create_app(settings, bar.show)
            address, port = listening.getsockname()[:2]

            def announce() -> None:
                # What is there now stays: the collector, which slept while all was loaded, need not look at it.
                gc.freeze()
                gc.enable()
                bar.close()
                _announce(settings, app.startup.made.default.template.recipe, address, port)

            server = Server(app, listening, announce)
            if settings.until_stdin_closes:
                threading.Thread(target=_stop_when_stdin_closes, args=(server,), daemon=True).start()
            server.run_until_told()
    finally:
        bar.close()


def _stop_when_stdin_closes(server: Server) -> None:
    # Not by sys.stdin's own methods: they hold a lock, which a thread that still reads would not let Python's end have.
    if sys.stdin is not None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
    server.end_process()


def _announce(settings: Settings, recipe: Recipe, address: str, port: int) -> None:
    """Print the banner: all that a person needs for the first call."""
    host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::", "localhost") else settings.host  # noqa: S104 - compared
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    token = token_name(DEFAULT_WORLD, "owner")
    console = f"{url}{CONSOLE_PATH}" if settings.has_console else None
    database = None if settings.database is None else str(settings.database)
    facts: dict[str, Any] = {
        "version": __version__,
        "label": settings.label,
        "url": url,
        "console": console,
        "token": token,
        "world": recipe.world,
        "seed": recipe.seed,
        "database": database,
        "rate_limit": settings.rate_limit,
        "control": settings.control,
        "control_token": settings.control_token is not None,
    }
    if settings.log_format == "json":
        _print(json.dumps({"time": iso_ms(real_time()), "event": "ready", **facts}))
        return
    shown = {
        "label": settings.label,
        "URL": url,
        "token": token,
        "try it": f"curl -H 'Authorization: Bearer {token}' '{url}/api/v2/chats?limit=3'",
        "console": console,
        "reference": f"{url}/docs",
        "world": f"{recipe.world} (seed {recipe.seed})",
        "kept in": database,
        "limits": "on, as documented" if settings.rate_limit else "off",
        "control": _who_may_steer(settings, address) or f"{url}/_mockcliq/docs",
    }
    _print(
        f"MockCliq {__version__} is ready. Not affiliated with Zoho; nothing leaves this machine.\n\n"
        + "".join(f"  {name:<10} {value}\n" for name, value in shown.items() if value is not None)
    )


def _print(text: str) -> None:
    """Print what nobody need read: a server goes on where its output is closed, or its disk full."""
    # Past the buffer, which would be written again at the end of the process.
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode(sys.stdout.encoding, "backslashreplace"))


def _who_may_steer(settings: Settings, address: str) -> str | None:
    """What must be known of the control API beside its URL, if anything must."""
    if not settings.control:
        return "off, save for health and ready"
    if settings.control_token is not None:
        return f"needs the token in {PREFIX}CONTROL_TOKEN"
    if ip_address(address).is_loopback:
        return None
    return f"open to anybody who reaches this port at {address}, unless {PREFIX}CONTROL_TOKEN asks for a token"


class _Bar:
    """A progress bar, for the making of a big world on a terminal."""

    def __init__(self) -> None:
        self._shown = ExitStack()
        self._go_to: Callable[[int], None] | None = None

    def show(self, done: int, of: int) -> None:
        """So many chats of so many are written."""
        if self._go_to is None and of >= _WORTH_A_BAR and sys.stderr.isatty():
            bar = self._shown.enter_context(
                click.progressbar(length=of, label="Making the world", show_pos=True, file=sys.stderr)
            )
            self._go_to = lambda done: bar.update(done - bar.pos)
        if self._go_to is not None:
            self._go_to(done)

    def close(self) -> None:
        """End its line, and give the terminal its cursor back."""
        self._shown.close()


class _JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Format it."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _set_up_log(settings: Settings) -> None:
    handler = logging.StreamHandler()
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(_JsonFormatter() if settings.log_format == "json" else text)
    # What is no HTTP, or no form, is answered as such, and no news.
    for library in ("uvicorn", "python_multipart"):
        logging.getLogger(library).setLevel(logging.ERROR)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
