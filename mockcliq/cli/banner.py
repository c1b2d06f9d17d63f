"""The banner of `mockcliq serve`: all that a person, or a program, needs for the first call."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from mockcliq.app import CONSOLE_PATH
from mockcliq.contract.ids import DEFAULT_WORLD
from mockcliq.contract.timestamps import iso_ms
from mockcliq.http.listeners import Listeners, url_of
from mockcliq.runtime.clock import real_time
from mockcliq.seeding.named import Recipe
from mockcliq.seeding.tokens import token_name
from mockcliq.settings import PREFIX, Settings
from mockcliq.version import __version__


def print_banner(settings: Settings, recipe: Recipe, listeners: Listeners) -> None:
    """Print the banner, as text or one line of JSON."""
    url = settings.public_url or url_of(listeners.plain)
    token = token_name(DEFAULT_WORLD, "owner")
    tls_url = None if listeners.tls is None else url_of(listeners.tls, "https")
    proxy_url = None if listeners.proxy is None else url_of(listeners.proxy)
    console = f"{url}{CONSOLE_PATH}" if settings.has_console else None
    database = None if settings.database is None else str(settings.database)
    facts: dict[str, Any] = {
        "version": __version__,
        "label": settings.label,
        "url": url,
        "tls_url": tls_url,
        "proxy_url": proxy_url,
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
        "https": tls_url,
        "proxy": proxy_url,
        "token": token,
        "try it": f"curl -H 'Authorization: Bearer {token}' '{url}/api/v2/chats?limit=3'",
        "console": console,
        "reference": f"{url}/docs",
        "world": f"{recipe.world} (seed {recipe.seed})",
        "kept in": database,
        "limits": "on, as documented" if settings.rate_limit else "off",
        "control": _control_access(settings, listeners.plain.getsockname()[0]) or f"{url}/_mockcliq/docs",
    }
    _print(
        f"MockCliq {__version__} is ready. Not affiliated with Zoho; nothing leaves this machine.\n\n"
        + "".join(f"  {name:<10} {value}\n" for name, value in shown.items() if value is not None)
    )


def _print(text: str) -> None:
    """Print if the output takes it: a closed output or a full disk does not stop the server."""
    # Past the buffer, which would be written again at the end of the process.
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{text}\n".encode(sys.stdout.encoding, "backslashreplace"))


def _control_access(settings: Settings, address: str) -> str | None:
    """Who can use the control API; None if it needs no word."""
    if not settings.control:
        return "off, save for health and ready"
    if settings.control_token is not None:
        return f"needs the token in {PREFIX}CONTROL_TOKEN"
    if ip_address(address).is_loopback:
        return None
    return f"open to anybody who reaches this port at {address}, unless {PREFIX}CONTROL_TOKEN asks for a token"
