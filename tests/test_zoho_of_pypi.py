"""PyPI's zoho makes the calls of the Chats API that it has; log-in: ``tests/accounts/test_real_clients.py``."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.accounts.test_real_clients import printed
from tests.conftest import Serve
from tests.office import reopen, write_office
from tests.recordings import NAMES, Exchange, filled, recording

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("zoho") is None, reason="needs the package zoho, and so Python 3.12"
)

# Its retries wait for milliseconds: MockCliq tells it ten minutes, and it takes five seconds at most.
ZOHO_IN_THE_CHATS_API = """
import asyncio
import json
import sys
from urllib.request import urlopen

from zoho import Zoho
from zoho.core.errors import ZohoError

url = sys.argv[1]


def steer(path, **body):
    urlopen(f"{url}/_mockcliq{path}", json.dumps(body).encode()).close()


def client():
    return Zoho.from_credentials(
        client_id="1000.MOCKCLIQ",
        client_secret="mockcliq-secret",
        refresh_token="1000.mockcliq.refresh",
        token_store_backend="memory",
        cliq_base_url=url,
        accounts_domain=url,
        backoff_base_seconds=0.01,
        backoff_max_seconds=0.01,
    )


async def tell(call):
    try:
        said = (await call).model_dump(exclude_none=True)
    except ZohoError as error:
        said = [type(error).__name__, error.status_code, getattr(error, "retry_after", None)]
    print("told", json.dumps(said))


async def main():
    async with client() as zoho:
        chats = zoho.cliq.chats
        await tell(chats.list(limit=2))
        await tell(chats.list(limit=100, modified_before=1748689200000, modified_after=1748595599000, drafts=True))
        await tell(chats.list_members(chat_id="2002"))
        await tell(chats.list_members(chat_id="2002", fields="name,email_id"))
        await tell(chats.mute(chat_id="2002"))
        await tell(chats.unmute(chat_id="2002"))
        await tell(chats.leave(chat_id="2002"))
        await tell(chats.list_members(chat_id="2002"))
        await tell(chats.leave(chat_id="2001"))
        await tell(chats.mute(chat_id="2999"))
        steer("/limits/exhaust", operation="unmute_chat")
        await tell(chats.unmute(chat_id="2001"))
        steer("/clock/advance", seconds=7200)
        await tell(chats.list())
    async with client() as zoho:
        await tell(zoho.cliq.chats.list(limit=1))


asyncio.run(main())
"""


def test_zoho_of_pypi_in_the_chats_api(serve: Serve, tmp_path: Path) -> None:
    """Each call as the package tells it; and it still sends what it sent when it was recorded."""
    office = serve(world=str(write_office(tmp_path)), rate_limit_headers="retry-after")
    reopen(office)
    lines = printed([sys.executable, "-c", ZOHO_IN_THE_CHATS_API, office.url]).splitlines()
    told = [json.loads(line.removeprefix("told ")) for line in lines if line.startswith("told ")]
    first, drafts, members, fields, *done = told[:7]
    assert [row["chat_id"] for row in first["chats"]] == ["2002", "2003"]
    assert [row["chat_id"] for row in drafts["chats"]] == ["2004"]
    assert [row["user_id"] for row in members["members"]] == ["102", "101", "105"]
    assert {*fields["members"][0]} == {"name", "email_id"}
    assert done == [{}, {}, {}]
    assert told[7:12] == [
        ["ZohoAPIError", 403, None],
        ["ZohoValidationError", 400, None],
        ["ZohoNotFoundError", 404, None],
        ["ZohoRateLimitError", 429, 600.0],
        ["ZohoAuthError", 401, None],
    ]
    assert [row["chat_id"] for row in told[12]["chats"]] == ["2003"]
    sent = [
        (entry["method"], entry["path"], entry["query"], told_of_itself(entry["headers"]), entry["status"])
        for entry in office.control("GET", "/requests")["requests"]
    ]
    assert sent == [as_journalled(exchange) for exchange in recording("zoho-0.1.3").exchanges]


def told_of_itself(headers: Mapping[str, str]) -> dict[str, str]:
    """Of a request's headers those in which a client differs from another; no token."""
    of_interest = {"accept", "user-agent", "content-type", "authorization"}
    return {name: value.partition(" ")[0] for name, value in headers.items() if name in of_interest}


def as_journalled(exchange: Exchange) -> tuple[str, str, dict[str, str], dict[str, str], int]:
    """A recorded exchange as the journal shows one."""
    target = urlsplit(filled(exchange.target, NAMES))
    headers = dict(line.split(": ", 1) for line in exchange.headers)
    lowered = {name.lower(): value for name, value in headers.items()}
    return (
        exchange.method,
        target.path,
        dict(parse_qsl(target.query)),
        told_of_itself(lowered),
        exchange.answer.status,
    )
