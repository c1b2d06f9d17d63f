"""MockCliq: a local server that behaves as Zoho Cliq's API does.

``connect`` returns a `Client` of a running server, ``start`` starts one in this process and returns its client.
``create_app`` makes the ASGI application from ``Settings``. All names are loaded on first use, so that a client, such
as a container's health check, loads no web framework.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mockcliq.version import __version__

if TYPE_CHECKING:
    from mockcliq.app import create_app
    from mockcliq.client import Client, NoServer, Refused, connect
    from mockcliq.environment import BadSetting
    from mockcliq.http.server_thread import Unservable, start
    from mockcliq.settings import Settings

__all__ = [
    "BadSetting",
    "Client",
    "NoServer",
    "Refused",
    "Settings",
    "Unservable",
    "__version__",
    "connect",
    "create_app",
    "start",
]

_MODULES = {
    "BadSetting": "mockcliq.environment",
    "Client": "mockcliq.client",
    "NoServer": "mockcliq.client",
    "Refused": "mockcliq.client",
    "Settings": "mockcliq.settings",
    "Unservable": "mockcliq.http.server_thread",
    "connect": "mockcliq.client",
    "create_app": "mockcliq.app",
    "start": "mockcliq.http.server_thread",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module 'mockcliq' has no attribute {name!r}")
