"""MockCliq: a local server that behaves as Zoho Cliq's Chats API does.

``create_app`` makes the ASGI application, ``Settings`` says how it is set up. Both are loaded when asked for: what
needs neither, such as a container's health check, loads no web framework.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mockcliq.version import __version__

if TYPE_CHECKING:
    from mockcliq.app import create_app
    from mockcliq.settings import Settings

__all__ = ["Settings", "__version__", "create_app"]

_HOMES = {"create_app": "mockcliq.app", "Settings": "mockcliq.settings"}


def __getattr__(name: str) -> Any:
    """Load a public name from where it lives."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mockcliq' has no attribute {name!r}")
