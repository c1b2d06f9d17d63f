"""From what a server listens on, or the variables say of it, to the URL that reaches it from this machine."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address

from mockcliq.contract.urls import bracketed
from mockcliq.environment import BadSetting, variable, variables
from mockcliq.version import DEFAULT_PORT

_MAX_PORT = 65535


def url_at(host: str, port: int) -> str:
    """The URL of a server that listens there; one that listens everywhere is asked at the loopback address."""
    with suppress(ValueError):  # it is a name
        address = ip_address(host)
        if address.is_unspecified:
            host = "127.0.0.1" if address.version == 4 else "::1"  # noqa: PLR2004 - IP's
    return f"http://{bracketed(host)}:{port}"


def url_by_variables() -> str:
    """The URL of the server that MOCKCLIQ_URL names, else of one that MOCKCLIQ_HOST and MOCKCLIQ_PORT were given to.

    Raises:
        BadSetting: The port is none that can be asked.
    """
    given = variables()
    url = given.get(variable("url"))
    if url is not None:
        return url
    name = variable("port")
    text = given.get(name, str(DEFAULT_PORT))
    try:
        port = int(text)
    except ValueError:
        port = -1
    if port == 0:
        raise BadSetting(f"{name}: 0 takes a free port, which only the server knows; name it by {variable('url')}")
    if not 0 < port <= _MAX_PORT:
        raise BadSetting(f"{name}: {text!r} will not do: a port is a number from 1 to {_MAX_PORT}")
    return url_at(given.get(variable("host"), "127.0.0.1"), port)
