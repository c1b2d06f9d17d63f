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


ZOHO_IN_CONVERSATIONS = (
    ZOHO_IN_THE_CHATS_API.partition("async def main():")[0]
    + """
async def main():
    async with client() as zoho:
        cliq = zoho.cliq
        users, channels, messages, threads = cliq.users, cliq.channels, cliq.messages, cliq.threads
        await tell(users.list(limit=2, fields="display_name"))
        await tell(users.get(user_id="max@office.test"))
        await tell(users.create(data={"users": [{"email_id": "new@office.test", "first_name": "New"}]}))
        await tell(users.update(user_id="102", data={"mobile": "1"}))

        await tell(channels.create(data={"name": "Alerts", "level": "organization", "email_ids": ["max@office.test"]}))
        made = (await channels.list(name="alerts", limit=10)).model_dump()["channels"][0]
        channel, chat = made["channel_id"], made["chat_id"]
        await tell(channels.get(channel_id=channel))
        await tell(channels.update(channel_id=channel, data={"description": "What went wrong"}))
        await tell(channels.add_members(channel_id=channel, user_ids=["105"]))
        await tell(channels.list_members(channel_id=channel))
        await tell(channels.remove_members(channel_id=channel, user_ids=["105"]))

        await tell(messages.post_to_channel(channel_unique_name="alerts", data={"text": "The disk is full"}))
        await tell(messages.post_to_chat(chat_id=chat, data={"text": "Who looks?", "sync_message": True}))
        message = (await messages.list(chat_id=chat, limit=1)).model_dump()["data"][0]["id"]
        await tell(messages.update(chat_id=chat, message_id=message, data={"text": "Who looks at it?"}))
        await tell(messages.get(chat_id=chat, message_id=message))
        await messages.post_to_chat(chat_id=chat, data={"text": "I do", "thread_message_id": message})
        with urlopen(f"{url}/_mockcliq/state") as state:
            thread = next(chat["id"] for chat in json.load(state)["chats"] if chat["type"] == "thread")
        await tell(threads.list_followers(thread_id=thread))
        await tell(threads.add_followers(thread_id=thread, user_ids=["102"]))
        await tell(threads.remove_followers(thread_id=thread, user_ids=["102"]))
        await tell(threads.close(thread_id=thread))  # a path that Cliq has not
        await tell(messages.delete(chat_id=chat, message_id=message))
        await tell(channels.delete(channel_id=channel))
        await tell(channels.get(channel_id=channel))


asyncio.run(main())
"""
)


def test_zoho_of_pypi_holds_a_conversation(serve: Serve, tmp_path: Path) -> None:
    office = serve(world=str(write_office(tmp_path)), rate_limit=False)
    reopen(office)
    lines = printed([sys.executable, "-c", ZOHO_IN_CONVERSATIONS, office.url]).splitlines()
    told = iter([json.loads(line.removeprefix("told ")) for line in lines if line.startswith("told ")])
    missing = ["ZohoNotFoundError", 404, None]

    people, person, added, not_emulated = (next(told) for _ in range(4))
    assert ([row["id"] for row in people["data"]], people["has_more"]) == (["101", "102"], True)
    assert all("display_name" in row for row in people["data"])
    assert (person["data"]["id"], added["data"]["success_users"]) == ("102", ["new@office.test"])
    assert not_emulated == missing

    made, found, changed, grown, members, shrunk = (next(told) for _ in range(6))
    assert (made["unique_name"], made["level"], made["status"]) == ("alerts", "organization", "created")
    assert (found["channel_id"], changed["description"]) == (made["channel_id"], "What went wrong")
    assert [row["email_id"] for row in members["members"]] == ["ada@office.test", "max@office.test", "eve@office.test"]
    assert grown == shrunk == {}

    silent, synced, edited, read = (next(told) for _ in range(4))
    assert (silent, edited, {*synced}) == ({}, {}, {"message_id"})
    assert (read["id"], read["content"]) == (synced["message_id"], {"text": "Who looks at it?"})
    followers, added, removed, closed = (next(told) for _ in range(4))
    assert [row["user_id"] for row in followers["data"]] == ["101"]
    assert (added, removed, closed) == ({}, {}, missing)
    assert [*told] == [{}, {}, missing]
