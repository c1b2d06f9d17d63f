"""Which world a login belongs to, what it leaves behind, and who may log in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.accounts.login import (
    CLIENT,
    EXPIRED,
    GOOD,
    HOME,
    REVOKED,
    UNKNOWN,
    asked,
    authorize,
    code,
    freeze,
    listing,
    redeem,
    refresh,
    sent_back,
    token,
)
from tests.conftest import Running, Serve
from tests.processes import SERVE, Start


@pytest.fixture
def second(documentation: Running) -> Iterator[str]:
    """The name of another world of the server."""
    name: str = documentation.control("POST", "/worlds", json={})["id"]
    yield name
    documentation.control("DELETE", f"/worlds/{name}")


# Which world


def test_a_refresh_token_leads_into_its_world_whatever_the_path(documentation: Running, second: str) -> None:
    made = refresh(documentation, f"1000.{second}.refresh")["access_token"]
    documentation.control("PUT", f"/worlds/{second}/clock", json={"mode": "frozen", "now": "2100-01-01T00:00:00Z"})
    assert listing(documentation, made) == EXPIRED
    own = token(documentation, f"/w/{second}", grant_type="refresh_token", refresh_token="1000.mockcliq.refresh")
    assert listing(documentation, own["access_token"]) == GOOD


def test_a_code_leads_into_the_world_that_gave_it(documentation: Running, second: str) -> None:
    value = sent_back(authorize(documentation, f"/w/{second}"))["code"]
    documentation.control("POST", f"/worlds/{second}/users", json={"name": "New", "id": "77"})
    assert sent_back(authorize(documentation, user="77")) == {"error": "access_denied"}
    made = redeem(documentation, value)["access_token"]
    documentation.control("POST", f"/worlds/{second}/faults", json={"then": {"status": 500}})
    assert listing(documentation, made) == (500, "injected_fault")
    assert refresh(documentation)["expires_in"] == 3600
    assert (
        documentation.http.post(
            "/oauth/v2/token", data={**CLIENT, "grant_type": "refresh_token", "refresh_token": f"1000.{second}.refresh"}
        )
        .headers["x-mockcliq-reason"]
        .startswith("injected_fault")
    )


def test_a_client_is_looked_up_where_the_path_leads(documentation: Running, second: str) -> None:
    client = documentation.control("POST", f"/worlds/{second}/clients", json={})
    assert authorize(documentation, client_id=client["client_id"]).status_code == 400
    assert sent_back(authorize(documentation, f"/w/{second}", client_id=client["client_id"]))["code"]
    nowhere = authorize(documentation, "/w/nowhere")
    assert (nowhere.status_code, nowhere.headers["x-mockcliq-reason"].partition(";")[0]) == (404, "unknown_world")


def test_a_token_can_be_revoked_at_any_path_and_not_after_its_world(documentation: Running) -> None:
    documentation.control("POST", "/worlds", json={"id": "brief"})
    first, other = (refresh(documentation, "1000.brief.refresh")["access_token"] for _ in range(2))
    assert documentation.http.post("/oauth/v2/token/revoke", params={"token": first}).status_code == 200
    assert listing(documentation, first) == REVOKED
    documentation.control("DELETE", "/worlds/brief")
    assert listing(documentation, other) == UNKNOWN
    assert documentation.http.post("/oauth/v2/token/revoke", params={"token": other}).status_code == 400


# Who may log in


def test_a_client_can_be_registered_in_the_services_shape(documentation: Running) -> None:
    made = documentation.control("POST", "/clients")
    assert len(made["client_id"]) == 33
    assert made["client_id"].startswith("1000.")
    assert len(made["client_secret"]) == 42
    own = {"client_id": "my-app", "client_secret": "s3cret!", "redirect_uris": [HOME, "app.example:/back"]}
    assert documentation.control("POST", "/clients", json=own) == own
    listed = documentation.control("GET", "/clients")["clients"]
    assert listed == [{**CLIENT, "redirect_uris": []}, made, own]
    told = redeem(documentation, code(documentation, client_id="my-app"), client_id="my-app", client_secret="s3cret!")
    assert listing(documentation, told["access_token"]) == GOOD
    documentation.control("POST", "/reset", json={"what": ["tokens"]})
    assert documentation.control("GET", "/clients")["clients"] == [{**CLIENT, "redirect_uris": []}]


@pytest.mark.parametrize(
    ("order", "status", "named"),
    [
        ({"client_id": "1000.MOCKCLIQ"}, 409, "1000.MOCKCLIQ"),
        ({"client_id": "two words"}, 422, "client_id"),
        ({"client_id": '<img src=x onerror="a()">'}, 422, "client_id"),
        ({"client_secret": ""}, 422, "client_secret"),
        ({"redirect_uris": ["javascript:alert(1)"]}, 422, "redirect_uris"),
        ({"redirect_uris": ["/back"]}, 422, "redirect_uris"),
        ({"redirect_uri": HOME}, 422, "redirect_uri"),
    ],
)
def test_a_client_that_cannot_be_is_refused(
    documentation: Running, order: dict[str, Any], status: int, named: str
) -> None:
    answer = documentation.http.post("/_mockcliq/clients", json=order)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert named in answer.json()["detail"]


def test_the_settings_register_a_client_in_every_world(serve: Serve) -> None:
    server = serve(world="empty", client_id="mine", client_secret="my-secret")
    mine = {"client_id": "mine", "client_secret": "my-secret"}
    server.control("POST", "/worlds", json={"id": "second"})
    server.control("POST", "/reset")
    for before in ("", "/w/second"):
        value = sent_back(authorize(server, before, client_id="mine", access_type="offline"))["code"]
        told = redeem(server, value, **mine)
        assert listing(server, told["access_token"]) == GOOD
    assert {**mine, "redirect_uris": []} in server.control("GET", "/clients")["clients"]
    state = server.control("GET", "/state")
    other = serve(world="empty")
    other.control("PUT", "/state", json=state)
    kept = next(each["token"] for each in state["refresh_tokens"] if each["client"] == "mine")
    assert "access_token" in refresh(other, kept, **mine)


# What it leaves behind


def test_all_of_it_is_in_the_state_and_back(documentation: Running, serve: Serve) -> None:
    freeze(documentation)
    client = documentation.control("POST", "/clients", json={"redirect_uris": [HOME]})
    credentials = {name: client[name] for name in ("client_id", "client_secret")}
    value = code(documentation, client_id=client["client_id"], access_type="offline")
    told = redeem(documentation, value, **credentials)
    revoked = refresh(documentation, told["refresh_token"], **credentials)["access_token"]
    documentation.http.post("/oauth/v2/token/revoke", params={"token": revoked})
    elsewhere = serve(world="empty")
    elsewhere.control("PUT", "/state", json=documentation.control("GET", "/state"))
    assert listing(elsewhere, told["access_token"]) == GOOD
    assert listing(elsewhere, revoked) == REVOKED
    again = refresh(elsewhere, told["refresh_token"], **credentials)["access_token"]
    elsewhere.http.post("/oauth/v2/token/revoke", params={"token": told["refresh_token"]})
    assert [listing(elsewhere, each) for each in (again, told["access_token"])] == [REVOKED, REVOKED]
    assert authorize(elsewhere, client_id=client["client_id"], redirect_uri="http://a/").status_code == 400


def test_a_reset_takes_all_of_it_away(documentation: Running) -> None:
    told = redeem(documentation, code(documentation, access_type="offline"))
    pending = code(documentation)
    documentation.control("POST", "/reset")
    assert listing(documentation, told["access_token"]) == UNKNOWN
    assert refresh(documentation, told["refresh_token"]) == {"error": "invalid_code"}
    assert redeem(documentation, pending) == {"error": "invalid_code"}


def test_a_snapshot_brings_all_of_it_back(documentation: Running) -> None:
    told = redeem(documentation, code(documentation, access_type="offline"))
    pending = code(documentation)
    documentation.control("PUT", "/snapshots/logged-in")
    documentation.http.post("/oauth/v2/token/revoke", params={"token": told["refresh_token"]})
    redeem(documentation, pending)
    documentation.control("POST", "/snapshots/logged-in/restore")
    documentation.control("DELETE", "/snapshots/logged-in")
    assert listing(documentation, told["access_token"]) == GOOD
    assert "access_token" in refresh(documentation, told["refresh_token"])
    assert "access_token" in redeem(documentation, pending)


@pytest.mark.slow
def test_what_was_answered_survives_a_kill(start: Start, tmp_path: Path) -> None:
    arguments = (*SERVE, "--world", "documentation", "--database", str(tmp_path / "cliq.db"))
    first = start(*arguments)
    with first.http() as http:
        client = http.post("/_mockcliq/clients", json={}).json()
        parameters = asked(client_id=client["client_id"], access_type="offline")
        locations = [http.get("/oauth/v2/auth", params=parameters).headers["location"] for _ in range(2)]
        used, pending = (each.partition("code=")[2].partition("&")[0] for each in locations)
        given = {**{name: client[name] for name in ("client_id", "client_secret")}, "redirect_uri": HOME}
        redeeming = {**given, "grant_type": "authorization_code"}
        told = http.post("/oauth/v2/token", data={**redeeming, "code": used}).json()
        revoked = http.post(
            "/oauth/v2/token", data={**given, "grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
        ).json()["access_token"]
        http.post("/oauth/v2/token/revoke", params={"token": revoked})
    first.end_by(signal.SIGKILL)
    with start(*arguments).http() as http:

        def listed(value: str) -> int:
            return http.get("/api/v2/chats", headers={"Authorization": f"Bearer {value}"}).status_code

        assert [listed(told["access_token"]), listed(revoked)] == [200, 401]
        assert http.post("/oauth/v2/token", data={**redeeming, "code": used}).json() == {"error": "invalid_code"}
        again = http.post("/oauth/v2/token", data={**redeeming, "code": pending}).json()
        assert listed(again["access_token"]) == 200
        assert http.get("/_mockcliq/clients").json()["clients"][1] == client
