"""``mockcliq users``, ``token``, ``code`` and ``revoke``."""

from __future__ import annotations

from tests.cli.conftest import Shell
from tests.conftest import Running
from tests.needs import needs


def status_with(server: Running, token: str, path: str = "/chats", method: str = "GET") -> int:
    """What a call with that token is answered."""
    headers = {"Authorization": f"Bearer {token}"}
    return server.http.request(method, f"/api/v2{path}", headers=headers).status_code


def test_everybody_is_listed(shell: Shell, documentation: Running) -> None:
    users = documentation.control("GET", "/users")["users"]
    head, *rows = shell.table("users")
    assert head == ["ID", "NAME", "E-MAIL", "ROLE", "STATE"]
    assert [row[:3] for row in rows] == [[user["id"], user["name"], user["email"]] for user in users]
    assert [row[4] for row in rows if row[3] == "deactivated"] == ["deactivated"]
    assert shell.json("users") == {"users": users}


def test_names_of_all_scripts_stand_in_columns_on_a_line_each(shell: Shell, documentation: Running) -> None:
    names = ("李小龍", "Zoe\u0301", "two\nlines \x1b[31m", "🦊")
    for number, name in enumerate(names):
        documentation.control("POST", "/users", json={"name": name, "email": f"n{number}@example.com"})
    head, *lines = shell.out("users").splitlines()
    assert [line.split("  ")[1] for line in lines[-4:]] == ["李小龍", "Zoe\u0301", r"two\nlines \x1b[31m", "🦊"]
    # A wide letter takes two columns of a terminal, and an accent that joins a letter takes none.
    assert [line.index(f"n{number}@") - head.index("E-MAIL") for number, line in enumerate(lines[-4:])] == [
        -3,
        1,
        0,
        -1,
    ]


@needs("bash", "curl")
def test_a_token_is_printed_bare(shell: Shell, documentation: Running) -> None:
    done = shell.paste("""
TOKEN=$(mockcliq token owner)
curl --silent --noproxy '*' --output /dev/null --write-out '%{http_code}' -H "Authorization: Bearer $TOKEN" \\
  "$MOCKCLIQ_URL/api/v2/chats"
""")
    assert (done.stdout, done.stderr) == ("200", "")
    assert status_with(documentation, shell.out("token").strip()) == 200


def test_a_token_has_the_user_scopes_and_time_that_it_was_ordered_with(shell: Shell, documentation: Running) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    users = documentation.control("GET", "/users")["users"]
    member = next(user for user in users if user["role"] == "member")
    scopes = ("--scope", "ZohoCliq.Chats.READ", "--scope", "ZohoCliq.Chats.DELETE")
    minted = shell.json("token", member["email"], *scopes, "--expires-in", "60")
    assert minted == {
        "token": minted["token"],
        "user": member["id"],
        "scopes": ["ZohoCliq.Chats.READ", "ZohoCliq.Chats.DELETE"],
        "expires_at": "2025-06-01T12:01:00.000Z",
    }
    chat = "/chats/CT_2243173626687865223_P87610291-C4"
    assert status_with(documentation, minted["token"]) == 200
    assert status_with(documentation, minted["token"], f"{chat}/mute", "POST") == 403
    shell.run("clock", "advance", "1m")
    assert status_with(documentation, minted["token"]) == 401


def test_a_revoked_token_is_refused(shell: Shell, documentation: Running) -> None:
    token = shell.out("token", "member").strip()
    assert shell.out("revoke", token) == f"revoked {token}\n"
    assert status_with(documentation, token) == 401
    assert shell.refused("revoke", "1000.not.ours") == "this world has no such token"


def test_a_self_clients_code_is_printed_bare(shell: Shell, documentation: Running) -> None:
    given = {"client_id": "1000.MOCKCLIQ", "client_secret": "mockcliq-secret", "grant_type": "authorization_code"}
    told = documentation.http.post("/oauth/v2/token", data={**given, "code": shell.out("code").strip()}).json()
    assert status_with(documentation, told["access_token"]) == 200


def test_a_code_has_what_it_was_ordered_with(shell: Shell, documentation: Running) -> None:
    documentation.control("PUT", "/clock", json={"mode": "frozen", "now": "2025-06-01T12:00:00Z"})
    documentation.control("POST", "/clients", json={"client_id": "1000.OTHER"})
    member = next(each for each in documentation.control("GET", "/users")["users"] if each["role"] == "member")
    scopes = ("--scope", "ZohoCliq.Chats.READ", "--scope", "ZohoCliq.Chats.DELETE")
    made = shell.json("code", "--user", "member", "--client", "1000.OTHER", *scopes, "--expires-in", "10m")
    assert made == {
        "code": made["code"],
        "user": member["id"],
        "client_id": "1000.OTHER",
        "scopes": ["ZohoCliq.Chats.READ", "ZohoCliq.Chats.DELETE"],
        "expires_at": "2025-06-01T12:10:00.000Z",
    }


def test_what_cannot_be_minted_is_refused(shell: Shell) -> None:
    assert "'nobody'" in shell.refused("token", "nobody")
    assert "scopes" in shell.refused("token", "--scope", "two words")
    assert "expires_in" in shell.refused("token", "--expires-in", "0")
    assert "no span" in shell.refused("token", "--expires-in", "soon", code=2)
    assert "1000.NOBODYS" in shell.refused("code", "--client", "1000.NOBODYS")
