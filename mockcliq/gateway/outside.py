"""Calls that the proxy refuses, since they are for a host that does not lead here. They have an operation by name."""

from __future__ import annotations

from mockcliq.contract.operation import Operation
from mockcliq.contract.refusals import Rule
from mockcliq.gateway.answers import Answer
from mockcliq.gateway.call import Received


async def _is_never_called(call: Received) -> Answer:
    raise NotImplementedError(call)


OUTSIDE = Operation(name="outside", method="", path="", handler=_is_never_called, source="assumed")
"""What the journal and `verify` call them; it is none of an API."""

_LETS_NOTHING_OUT = "Nothing leaves this machine: the proxy leads Zoho's hosts to this server and refuses all others."

FOREIGN_HOST = Rule(
    "outside",
    403,
    have="{host}",
    need="one of Zoho's hosts",
    advice=f"{_LETS_NOTHING_OUT} If the program needs this one, start the server with MOCKCLIQ_PROXY_PASS={{have}}.",
)
ADDRESS = Rule(
    "outside_address",
    403,
    have="{host}",
    need="a host's name",
    advice=f"{_LETS_NOTHING_OUT} Local addresses are called without it: NO_PROXY=localhost,127.0.0.1,::1.",
)
OTHER_PORT = Rule(
    "outside_port",
    403,
    have="{host}:{port}",
    need="port 443 or 80",
    advice="Zoho's hosts lead to this server by https on port 443 and http on port 80. Use one of them.",
)
PROXY_ITSELF = Rule(
    "outside_itself",
    403,
    have="{host}:{port}",
    need="another host than the proxy itself",
    advice="The host leads back to this proxy. Take it out of MOCKCLIQ_PROXY_PASS, or call it without the proxy.",
)
UNREACHABLE = Rule(
    "outside_unreachable",
    502,
    have="{host}:{port} ({error})",
    need="a host that answers",
    advice="MOCKCLIQ_PROXY_PASS lets the host through, and it cannot be reached from here. Check its name and port.",
)
NO_PROXY_REQUEST = Rule(
    "no_proxy_request",
    400,
    have="{line}",
    need="CONNECT host:port, or GET http://host/path",
    advice="This port is a proxy. Set HTTPS_PROXY to it; the API and the console are on the server's own port.",
)
UNKNOWN_WORLD_OF_PROXY = Rule(
    "unknown_world_of_proxy",
    403,
    have="{world}",
    need="a world of this server, as the user name in the proxy's URL",
    advice="The proxy's URL names a world that is not there. Use one of GET /_mockcliq/worlds.",
)
