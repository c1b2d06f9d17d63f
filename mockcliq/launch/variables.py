"""The variables that a program is started with: one table, from which the documentation's is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from mockcliq.contract.urls import proxy_url
from mockcliq.launch.trust import STORE_PASSWORD, TrustFiles

_PYTHONPATH = Path(__file__).with_name("pythonpath")
_PRELOAD = Path(__file__).with_name("preload.cjs")

_LOCAL = ("localhost", "127.0.0.1", "::1")
_JAVA_S_LOCAL = ("localhost", "127.*", "[::1]")


@dataclass(frozen=True)
class Target:
    """Where a program's calls shall go.

    Attributes:
        url: The server's.
        proxy_port: Its proxy's, on the same host.
        world: The world that gets calls with a token of no world.
        token: Its owner's.
        trust: Makes the files by which it is trusted.
    """

    url: str
    proxy_port: int
    world: str
    token: str
    trust: TrustFiles

    @property
    def host(self) -> str:
        """The server's, as sockets take it."""
        return urlsplit(self.url).hostname or ""

    @property
    def proxy_url(self) -> str:
        """The proxy's, with the world as its user."""
        return proxy_url(self.host, self.proxy_port, self.world)

    def around(self, local: tuple[str, ...]) -> tuple[str, ...]:
        """The hosts that are called without the proxy, by these names of the machine itself."""
        return local if self.host in _LOCAL else (*local, self.host)


class Variable(NamedTuple):
    """Variables with one value.

    Attributes:
        names: Theirs.
        about: What it is for, in Markdown.
        value: Its value, from the target and from what the variable had before; empty where it had none.
    """

    names: tuple[str, ...]
    about: str
    value: Callable[[Target, str], str]


def _bundle(target: Target, before: str) -> str:
    return str(target.trust.bundle(before))


def _node_options(_: Target, before: str) -> str:
    path = str(_PRELOAD).replace("\\", "\\\\").replace('"', '\\"')
    return f'{before} --require "{path}"'.lstrip()


def _java_options(target: Target, before: str) -> str:
    properties = {
        "http.proxyHost": target.host,
        "http.proxyPort": target.proxy_port,
        "https.proxyHost": target.host,
        "https.proxyPort": target.proxy_port,
        "http.nonProxyHosts": "|".join(target.around(_JAVA_S_LOCAL)),
        "javax.net.ssl.trustStore": target.trust.java_store(),
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": STORE_PASSWORD,
    }
    options = [f"-D{name}={value}" for name, value in properties.items()]
    return " ".join(filter(None, [before, *(f'"{each}"' if " " in each else each for each in options)]))


VARIABLES = (
    Variable(
        ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
        "the proxy, which most programs and libraries go by",
        lambda target, _: target.proxy_url,
    ),
    Variable(
        ("NO_PROXY", "no_proxy"),
        "this machine and the server itself are called without it",
        lambda target, _: ",".join(target.around(_LOCAL)),
    ),
    Variable(("SSL_CERT_FILE",), "the CA, for OpenSSL (Python's urllib and httpx among others) and for Go", _bundle),
    Variable(("REQUESTS_CA_BUNDLE",), "the same for Python's requests", _bundle),
    Variable(("CURL_CA_BUNDLE",), "for curl", _bundle),
    Variable(("GIT_SSL_CAINFO",), "for git", _bundle),
    Variable(("HTTPLIB2_CA_CERTS",), "for Python's httplib2", _bundle),
    Variable(("PERL_LWP_SSL_CA_FILE",), "for Perl's LWP", _bundle),
    Variable(("NODE_EXTRA_CA_CERTS",), "for Node", _bundle),
    Variable(
        ("NODE_OPTIONS",),
        "Node has no proxy variables before version 24: a module that is loaded first leads its `https`, `http` and "
        "`fetch` to the proxy; what the variable had stays",
        _node_options,
    ),
    Variable(
        ("JAVA_TOOL_OPTIONS",),
        "proxy and CA as system properties of Java, behind what the variable had",
        _java_options,
    ),
    Variable(
        ("PHP_INI_SCAN_DIR",),
        "one more folder of ini files for PHP, in which `curl.cainfo` and `openssl.cafile` name the CA",
        lambda target, before: f"{before}{os.pathsep}{target.trust.php_settings()}",
    ),
    Variable(
        ("PYTHONPATH",),
        "a module that Python loads first, before what the variable had, for libraries that ignore proxy variables, "
        "such as aiohttp",
        lambda _, before: os.pathsep.join(filter(None, (str(_PYTHONPATH), before))),
    ),
    Variable(("MOCKCLIQ_RUN_PROXY",), "the proxy, for that module", lambda target, _: target.proxy_url),
    Variable(("MOCKCLIQ_RUN_CA",), "the CA, for that module", lambda target, _: str(target.trust.ca())),
    Variable(("MOCKCLIQ_URL",), "the server, for tests and for `mockcliq`'s commands", lambda target, _: target.url),
    Variable(
        ("MOCKCLIQ_TOKEN",),
        "a token of the world's owner; yours, where you have set it",
        lambda target, before: before or target.token,
    ),
)


def environment(target: Target, before: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program whose calls shall go to the target, made of this one."""
    after = dict(before)
    for each in VARIABLES:
        value = each.value(target, before.get(each.names[0], ""))
        after.update(dict.fromkeys(each.names, value))
    return after
