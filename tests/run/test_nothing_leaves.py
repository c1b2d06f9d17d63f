"""What `mockcliq run` starts sends nothing to any other machine: watched where a packet would leave this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import needs
from tests.processes import clean_environment

pytestmark = [
    pytest.mark.slow,
    needs("ip", "unshare"),
    pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root, for a network of its own"),
]

# A network of its own, in which all that is not for this machine goes into a wire that nobody is at the end of.
IN_A_NETWORK = """
ip link set lo up
ip link add out type veth peer name sink
ip link set out up
ip link set sink up
ip address add 198.51.100.2/24 dev out
ip neighbour add 198.51.100.1 lladdr 02:00:00:00:00:01 dev out
ip route add default via 198.51.100.1
exec "$@"
"""

WATCH = """
import socket, subprocess, sys
IPV4, ALL = 0x0800, 3
sink = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
sink.bind(("sink", 0))
sink.settimeout(0.2)
ended = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(ended.stdout)
try:
    while True:
        frame = sink.recv(65536)
        if int.from_bytes(frame[12:14], "big") == IPV4:
            print("LEFT for", socket.inet_ntoa(frame[30:34]))
except TimeoutError:
    print("the program ended with", ended.returncode)
"""

PROGRAM = """
import asyncio, socket, urllib.request
import aiohttp, httpx, requests

URLS = ["https://cliq.zoho.com/api/v2/chats", "https://hooks.example.com/x", "http://192.0.2.7/y"]
socket.setdefaulttimeout(2)

async def by_aiohttp(url):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(2)) as session:
        async with session.get(url) as answer:
            return answer.status

BY = {
    "requests": lambda url: requests.get(url, timeout=2).status_code,
    "httpx": lambda url: httpx.get(url, timeout=2).status_code,
    "urllib": lambda url: urllib.request.urlopen(url, timeout=2).status,
    "aiohttp": lambda url: asyncio.run(by_aiohttp(url)),
    "socket": lambda url: socket.create_connection((url.split("/")[2], 443), 2).close(),
}
for name, get in BY.items():
    for url in URLS:
        try:
            print(name, url, get(url))
        except Exception as error:
            print(name, url, type(error).__name__)
"""


def watched(tmp_path: Path, *command: str) -> str:
    """What a program says, and what would have left the machine meanwhile."""
    (tmp_path / "watch.py").write_text(WATCH)
    (tmp_path / "program.py").write_text(PROGRAM)
    env = clean_environment() | {"MOCKCLIQ_TLS_DIRECTORY": str(tmp_path / "tls")}
    return subprocess.run(
        ["unshare", "--net", "sh", "-ec", IN_A_NETWORK, "sh", sys.executable, "watch.py", *command],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    ).stdout


def test_no_packet_leaves_the_machine(tmp_path: Path) -> None:
    told = watched(tmp_path, sys.executable, "-m", "mockcliq", "run", "--", sys.executable, "program.py")
    assert "LEFT" not in told, told
    for library in ("requests", "httpx", "aiohttp"):
        assert f"{library} https://cliq.zoho.com/api/v2/chats 401" in told, told
    assert "socket https://cliq.zoho.com/api/v2/chats None" in told, told
    assert "hooks.example.com" in told.partition("refused:")[2], told
    assert "the program ended with 0" in told, told


def test_without_it_packets_would_be_seen(tmp_path: Path) -> None:
    assert "LEFT for " in watched(tmp_path, sys.executable, "program.py")
