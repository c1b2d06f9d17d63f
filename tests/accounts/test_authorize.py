"""GET /oauth/v2/auth: the consent, and where it sends."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.accounts.login import CLIENT, HOME, authorize, code, redeem, sent_back
from tests.conftest import Running

VALUE = r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}"


def test_the_redirect_has_all_that_is_documented(documentation: Running) -> None:
    said = sent_back(authorize(documentation, state="a b&c=é"))
    assert list(said) == ["code", "location", "accounts-server", "state"]
    assert re.fullmatch(VALUE, said.pop("code"))
    assert said == {"location": "us", "accounts-server": documentation.url, "state": "a b&c=é"}


def test_what_the_redirect_uri_asks_for_itself_stays(documentation: Running) -> None:
    answer = authorize(documentation, redirect_uri=f"{HOME}?from=zoho")
    assert answer.headers["location"].startswith(f"{HOME}?from=zoho&code=1000.")


@pytest.mark.parametrize("user", ["431930546", "olivia.palmer@zylcal.com"])
def test_a_program_names_who_agrees_by_id_or_e_mail(documentation: Running, user: str) -> None:
    token = redeem(documentation, code(documentation, user=user))["access_token"]
    documentation.http.get("/api/v2/chats", headers={"Authorization": f"Bearer {token}"})
    used = documentation.control("GET", "/limits", params={"user": "431930546"})["limits"]
    assert next(each["count"] for each in used if each["operation"] == "list_direct_chats") == 1


def test_without_a_name_it_is_the_owner(documentation: Running) -> None:
    token = redeem(documentation, code(documentation))["access_token"]
    answer = documentation.http.get("/api/v2/chats", headers={"Authorization": f"Zoho-oauthtoken {token}"})
    assert answer.content == documentation.as_("owner").get("/chats").content


@pytest.mark.parametrize(
    ("changes", "error", "rule"),
    [
        ({"response_type": None}, "unsupported_response_type", "response_type"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type"),
        ({"scope": None}, "invalid_scope", "invalid_scope"),
        ({"scope": " , "}, "invalid_scope", "invalid_scope"),
        ({"scope": "ZohoCliq.Chats.READ,<script>"}, "invalid_scope", "invalid_scope"),
        ({"scope": "a" * 101}, "invalid_scope", "invalid_scope"),
        ({"user": "nobody@nowhere.example"}, "access_denied", "access_denied"),
    ],
)
def test_what_the_client_can_be_told_it_is_told(
    documentation: Running, changes: dict[str, str | None], error: str, rule: str
) -> None:
    answer = authorize(documentation, state="s", **changes)
    assert sent_back(answer) == {"error": error, "state": "s"}
    assert answer.headers["x-mockcliq-reason"].startswith(f"{rule}; have=")


def test_who_was_deactivated_agrees_to_nothing(documentation: Running) -> None:
    gone = next(user for user in documentation.control("GET", "/users")["users"] if not user["active"])
    assert sent_back(authorize(documentation, user=gone["id"])) == {"error": "access_denied"}


@pytest.mark.parametrize(
    ("changes", "error", "rule"),
    [
        ({"client_id": None}, "invalid_client", "unknown_client"),
        ({"client_id": "1000.SOMEBODYS"}, "invalid_client", "unknown_client"),
        ({"redirect_uri": None}, "invalid_redirect_uri", "redirect_uri_missing"),
        ({"redirect_uri": "/callback"}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "http://"}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "http://["}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "http://a/#b"}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "http://a/\r\nSet-Cookie: a=b"}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "JavaScript://x/%0aalert(1)"}, "invalid_redirect_uri", "redirect_uri_unusable"),
        ({"redirect_uri": "data:text/html,x"}, "invalid_redirect_uri", "redirect_uri_unusable"),
    ],
)
def test_nobody_is_sent_to_an_unknown_place(
    documentation: Running, changes: dict[str, str | None], error: str, rule: str
) -> None:
    answer = authorize(documentation, **changes)
    assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert "location" not in answer.headers
    assert answer.headers["x-mockcliq-reason"].startswith(f"{rule}; have=")
    shown = documentation.http.get(
        "/oauth/v2/auth", params={**CLIENT, **{k: v for k, v in changes.items() if v}}, headers={"Accept": "text/html"}
    )
    assert (shown.status_code, shown.headers["content-type"]) == (400, "text/html;charset=UTF-8")
    assert "invalid_" in shown.text


def test_an_app_s_own_scheme_will_do(documentation: Running) -> None:
    answer = authorize(documentation, redirect_uri="com.example.app:/back")
    assert answer.headers["location"].startswith("com.example.app:/back?code=1000.")


def test_a_client_that_names_redirect_uris_gets_no_others(documentation: Running) -> None:
    client = documentation.control("POST", "/clients", json={"redirect_uris": [HOME]})
    assert sent_back(authorize(documentation, client_id=client["client_id"]))["code"]
    answer = authorize(documentation, client_id=client["client_id"], redirect_uri=f"{HOME}/more")
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_redirect_uri"})


def test_a_page_may_not_be_asked_for_by_post(documentation: Running) -> None:
    answer = documentation.http.post("/oauth/v2/auth")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    for nowhere in ("/oauth/v2/nothing", "/oauth/v2/auth/", "/network/acme/oauth/v2/auth"):
        assert documentation.http.get(nowhere).status_code == 404


@pytest.mark.parametrize("offline", [True, False])
def test_a_refresh_token_is_due_offline_at_the_first_consent(documentation: Running, *, offline: bool) -> None:
    changes = {"access_type": "offline" if offline else "online"}
    assert ("refresh_token" in redeem(documentation, code(documentation, **changes))) is offline
    assert "refresh_token" not in redeem(documentation, code(documentation, **changes))
    asked_again = redeem(documentation, code(documentation, prompt="consent none", **changes))
    assert ("refresh_token" in asked_again) is offline
    another = redeem(documentation, code(documentation, user="431930546", **changes))
    assert ("refresh_token" in another) is offline


def test_a_browser_asks_first_and_may_read_the_answer(documentation: Running) -> None:
    headers = {"Origin": "http://page.test", "Access-Control-Request-Method": "POST"}
    answer = documentation.http.options("/oauth/v2/token", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "http://page.test")
    answer = documentation.http.post("/oauth/v2/token", headers={"Origin": "http://page.test"})
    assert answer.headers["access-control-allow-origin"] == "http://page.test"


def test_the_accounts_server_is_the_one_that_was_asked(documentation: Running) -> None:
    def asked_as(host: str) -> httpx.Response:
        return documentation.http.get("/oauth/v2/auth?" + QUERY, headers={"Host": host})

    assert sent_back(asked_as("cliq.localhost:99"))["accounts-server"] == "http://cliq.localhost:99"
    assert sent_back(asked_as('"evil"/?#'))["accounts-server"] == documentation.url


QUERY = f"client_id=1000.MOCKCLIQ&response_type=code&redirect_uri={HOME}&scope=a&prompt=none"
