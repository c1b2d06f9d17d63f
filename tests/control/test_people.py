"""Who exists, and the tokens that are minted for them."""

from __future__ import annotations

import pytest

from tests.conftest import Cliq, Running


def test_a_token_can_do_what_its_scopes_say_for_whom_it_is(documentation: Running) -> None:
    minted = documentation.control(
        "POST", "/tokens", json={"user": "olivia.palmer@zylcal.com", "scopes": ["ZohoCliq.Chats.UPDATE"]}
    )
    assert (minted["user"], minted["scopes"], minted["expires_at"]) == ("431930546", ["ZohoCliq.Chats.UPDATE"], None)
    olivia = Cliq(documentation, minted["token"])
    assert olivia.post("/chats/987000000654321/mute").status_code == 204
    assert olivia.get("/chats").status_code == 403


@pytest.mark.parametrize("scope", ["ZohoCliq.Chats.ALL", "zohocliq.chats.read"])
def test_a_scope_may_be_the_one_that_grants_all_and_in_any_case(documentation: Running, scope: str) -> None:
    minted = documentation.control("POST", "/tokens", json={"scopes": [scope]})
    assert Cliq(documentation, minted["token"]).get("/chats").status_code == 200


def test_a_token_expires_by_the_worlds_clock(documentation: Running) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T00:00:00Z"})
    minted = documentation.control("POST", "/tokens", json={"expires_in": 3600})
    assert minted["expires_at"] == "2025-06-01T01:00:00.000Z"
    holder = Cliq(documentation, minted["token"])
    documentation.advance(seconds=3599.999)
    assert holder.get("/chats").status_code == 200
    documentation.advance(seconds=0.001)
    answer = holder.get("/chats")
    assert answer.status_code == 401
    assert answer.headers["x-mockcliq-reason"].startswith("token_expired;")


def test_a_revoked_token_is_refused_and_known_as_one(documentation: Running) -> None:
    token = documentation.control("POST", "/tokens", json={})["token"]
    assert documentation.control("DELETE", f"/tokens/{token}") == {"revoked": token}
    answer = Cliq(documentation, token).get("/chats")
    assert (answer.status_code, answer.headers["x-mockcliq-reason"].partition(";")[0]) == (401, "token_revoked")
    assert documentation.http.delete("/_mockcliq/tokens/1000.unknown").status_code == 404


def test_no_token_is_given_twice_and_reset_takes_them_back(documentation: Running) -> None:
    tokens = {documentation.control("POST", "/tokens", json={})["token"] for _ in range(3)}
    assert len(tokens) == 3
    documentation.control("POST", "/reset", json={"what": ["tokens"]})
    assert {Cliq(documentation, token).get("/chats").status_code for token in tokens} == {401}


def test_a_reset_of_the_data_alone_keeps_tokens_and_their_names(documentation: Running) -> None:
    first = documentation.control("POST", "/tokens", json={})["token"]
    documentation.control("POST", "/reset", json={"what": ["data"]})
    assert documentation.control("POST", "/tokens", json={})["token"] != first
    assert Cliq(documentation, first).get("/chats").status_code == 200


def test_everyone_is_listed_with_their_role(documentation: Running) -> None:
    users = documentation.control("GET", "/users")["users"]
    olivia = {
        "id": "431930546",
        "name": "Olivia - Content Writer",
        "email": "olivia.palmer@zylcal.com",
        "active": True,
        "role": None,
    }
    assert olivia in users
    assert {user["role"] for user in users} == {"owner", "member", "outsider", "deactivated", None}
    assert [user["active"] for user in users if user["role"] == "deactivated"] == [False]


def test_a_token_for_nobody_is_refused(documentation: Running) -> None:
    answer = documentation.http.post("/_mockcliq/tokens", json={"user": "nobody"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "nobody" in answer.json()["detail"]


def test_a_token_that_a_reset_took_back_is_never_another_persons(demo: Running) -> None:
    first = demo.control("POST", "/tokens")["token"]
    demo.control("POST", "/reset")
    second = demo.control("POST", "/tokens", json={"user": demo.control("GET", "/users")["users"][1]["id"]})["token"]
    assert second != first
    assert Cliq(demo, first).get("/chats").status_code == 401


def test_the_tokens_of_a_world_are_told_by_what_they_are_for(demo: Running) -> None:
    """Those that were minted since are whose they are."""
    demo.control("POST", "/tokens")
    tokens = demo.control("GET", "/worlds/default")["tokens"]
    assert list(tokens) == ["owner", "member", "outsider", "readonly", "expired", "revoked", "deactivated", "webhook"]
