"""Clients as people use them log in over HTTP, with nothing but the URL changed."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.accounts.login import CLIENT, GOOD, HOME, READ, REVOKED, code, listing
from tests.conftest import Running

SECRET = CLIENT["client_secret"]
NODE = shutil.which("node")
HERE = Path(__file__).parent


@pytest.fixture
def _over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries insist on https unless they are told otherwise."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def consented(server: Running, url: str) -> str:
    """Where a browser lands whose user agrees."""
    answer = server.http.get(url)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


@pytest.mark.usefixtures("_over_http")
@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_authlib(documentation: Running, way: str) -> None:
    tokens = []

    def keep(token: dict[str, str], refresh_token: str | None = None, access_token: str | None = None) -> None:
        tokens.append((token, refresh_token, access_token))

    url = documentation.url
    with AuthlibSession(
        CLIENT["client_id"],
        SECRET,
        token_endpoint_auth_method=way,
        scope=f"{READ} ZohoCliq.Chats.UPDATE",
        redirect_uri=HOME,
        token_endpoint=f"{url}/oauth/v2/token",
        update_token=keep,
    ) as client:
        client.trust_env = False
        asked, state = client.create_authorization_url(
            f"{url}/oauth/v2/auth", access_type="offline", prompt="none", user="olivia.palmer@zylcal.com"
        )
        first = client.fetch_token(authorization_response=consented(documentation, asked), state=state)
        assert client.get(f"{url}/api/v2/chats").status_code == 200
        client.token = {**first, "expires_at": 1}
        assert client.get(f"{url}/api/v2/chats").status_code == 200
        ((second, refresh_token, _),) = tokens
        assert refresh_token == first["refresh_token"]
        assert second["access_token"] != first["access_token"]
        revoked = client.revoke_token(f"{url}/oauth/v2/token/revoke", token=first["refresh_token"])
        assert revoked.json() == {"status": "success"}
        assert listing(documentation, second["access_token"]) == REVOKED


@pytest.mark.usefixtures("_over_http")
def test_authlib_tells_the_refusals(documentation: Running) -> None:
    url = f"{documentation.url}/oauth/v2/token"
    with AuthlibSession(CLIENT["client_id"], "wrong") as client:
        client.trust_env = False
        with pytest.raises(OAuthError) as told:
            client.fetch_token(url, grant_type="client_credentials", scope=READ)
    assert told.value.error == "invalid_client_secret"
    with AuthlibSession(CLIENT["client_id"], SECRET) as client:
        client.trust_env = False
        token = client.fetch_token(url, grant_type="client_credentials", scope=READ)
        assert client.get(f"{documentation.url}/api/v2/chats").status_code == 200
    assert token["scope"] == READ


@pytest.mark.usefixtures("_over_http")
@pytest.mark.parametrize("scope", [[READ, "ZohoCliq.Chats.UPDATE"], [f"{READ},ZohoCliq.Chats.UPDATE"]])
@pytest.mark.parametrize("basic", [True, False], ids=["basic", "post"])
def test_requests_oauthlib(documentation: Running, scope: list[str], *, basic: bool) -> None:
    """With the scopes as the library joins them, and as Zoho's documentation does."""
    url = documentation.url
    refreshed: list[dict[str, Any]] = []
    with OAuth2Session(
        CLIENT["client_id"],
        redirect_uri=HOME,
        scope=scope,
        auto_refresh_url=f"{url}/oauth/v2/token",
        auto_refresh_kwargs=CLIENT,
        token_updater=refreshed.append,
    ) as session:
        session.trust_env = False
        asked, _ = session.authorization_url(f"{url}/oauth/v2/auth", access_type="offline", prompt="none")
        back = consented(documentation, asked)
        if basic:
            session.fetch_token(
                f"{url}/oauth/v2/token",
                authorization_response=back,
                auth=HTTPBasicAuth(CLIENT["client_id"], SECRET),
            )
        else:
            session.fetch_token(
                f"{url}/oauth/v2/token", authorization_response=back, client_secret=SECRET, include_client_id=True
            )
        assert session.get(f"{url}/api/v2/chats").status_code == 200
        session.token = {**session.token, "expires_in": -1, "expires_at": 1}
        assert session.get(f"{url}/api/v2/chats").status_code == 200
    assert [each["scope"] for each in refreshed] == [scope]


ZOHO_SDK = """
import sys

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig

url, folder, code, home = sys.argv[1:]
client = {"client_id": "1000.MOCKCLIQ", "client_secret": "mockcliq-secret", "find_user": False}
token = OAuthToken(**client, grant_token=code, redirect_url=home)
Initializer.initialize(
    environment=DataCenter.Environment(url, f"{url}/oauth/v2/token", url),
    token=token,
    store=FileStore(f"{folder}/tokens.csv"),
    sdk_config=SDKConfig(),
    resource_path=folder,
    logger=Logger.get_instance(Logger.Levels.INFO, f"{folder}/log"),
)
token.generate_token()
later = OAuthToken(**client, refresh_token="1000.mockcliq.refresh")
later.generate_token()
revoked = OAuthToken.revoke_refresh_token(token.get_refresh_token(), f"{url}/oauth/v2/token/revoke")
print(token.get_access_token(), later.get_access_token(), token.get_api_domain(), revoked)
"""
"""Zoho's own SDK for its CRM: what it keeps of itself is global, so it has a process of its own."""


def test_zohos_own_sdk(documentation: Running, tmp_path: Path) -> None:
    """It logs in for a code and for a refresh token, and revokes."""
    value = code(documentation, access_type="offline")
    told = printed([sys.executable, "-c", ZOHO_SDK, documentation.url, str(tmp_path), value, HOME])
    first, second, api_domain, revoked = told.split(" ")
    assert (api_domain, revoked) == (documentation.url, "True")
    assert listing(documentation, first) == REVOKED
    assert listing(documentation, second) == GOOD


ZOHO_ON_PYPI = """
import asyncio
import sys

from zoho import Zoho

url = sys.argv[1]


async def main():
    async with Zoho.from_credentials(
        client_id="1000.MOCKCLIQ",
        client_secret="mockcliq-secret",
        refresh_token="1000.mockcliq.refresh",
        token_store_backend="memory",
        cliq_base_url=url,
        accounts_domain=url,
    ) as zoho:
        listed = await zoho.cliq.chats.list(limit=3)
        print("listed", len(listed.model_extra["chats"]))


asyncio.run(main())
"""


@pytest.mark.skipif(importlib.util.find_spec("zoho") is None, reason="needs the package zoho, and so Python 3.12")
def test_zoho_of_pypi(documentation: Running) -> None:
    told = printed([sys.executable, "-c", ZOHO_ON_PYPI, documentation.url])
    assert "listed 1" in told.splitlines(), "between the lines of its own log"


def has_simple_oauth2() -> bool:
    """Whether node is here and finds the package; NODE_PATH tells it where."""
    return (
        NODE is not None
        and not subprocess.run(
            [NODE, "-e", "require.resolve('simple-oauth2')"], capture_output=True, check=False
        ).returncode
    )


@pytest.mark.skipif(not has_simple_oauth2(), reason="needs node, and simple-oauth2 in NODE_PATH")
def test_simple_oauth2(documentation: Running) -> None:
    assert NODE is not None
    said = json.loads(printed([NODE, str(HERE / "simple_oauth2.js"), documentation.url]))
    assert said == {"listed": [200, 200, 200, 401], "scope": "ZohoCliq.Chats.READ ZohoCliq.Chats.UPDATE"}


def printed(command: list[str]) -> str:
    """What a program prints that ends well."""
    environment = {**os.environ, "NO_PROXY": "*"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.removesuffix("\n")
