"""The lives of a database file, each ended by SIGKILL: what was answered is there, and nothing is half done.

Clients write without a pause, each over a connection of its own and to things that no other writes to: what was last
answered must be there, and of the one write in flight all or nothing. A story is one file and a kill at each of the
`MOMENTS`, in an order and after writes that follow from the story's number. `make durability` is a hundred kills.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.processes import SERVE, Program, Start, until

pytestmark = pytest.mark.slow

Facts = Mapping[str, Any]
"""What holds of a world: by its kind and, after a space, what of that kind it is about."""

CHATS = [str(number) for number in range(100, 108)]
MUTER, PINNER, LEAVER, WRITER, VISITOR, LOCKED, POSTER = (str(number) for number in range(1, 8))
"""Each client's own person."""
POSTED = ("200", "201")
"""The chats that one client posts to; all others talk in those before."""
LIMITED = ("list_direct_chats", "mute_chat", "leave_chat")
BEGIN_MS = 1_900_000_000_000

WORLD: dict[str, Any] = {
    "mockcliq": 1,
    "starts_at": BEGIN_MS,
    "users": [{"id": str(number), "name": f"P{number}", "email": f"p{number}@x.test"} for number in range(1, 8)],
    "tokens": [
        {
            "token": f"1000.mockcliq.p{number}",
            "user": str(number),
            "scopes": ["ZohoCliq.Chats.ALL", "ZohoCliq.Webhooks.CREATE"],
        }
        for number in range(1, 8)
    ],
    "chats": [
        {
            "id": chat,
            "type": "chat",
            "name": f"Chat {chat}",
            "creator": "1",
            "created": BEGIN_MS - 1000,
            "participants": [str(number) for number in range(1, 8)],
            "messages": [
                {
                    "id": f"{BEGIN_MS - 500 + number}_1",
                    "sender": "1",
                    "time": BEGIN_MS - 500 + number,
                    "text": "Ship it?",
                }
                for number in range(2)
            ],
        }
        for chat in [*CHATS, *POSTED]
    ],
}
MESSAGES = [message["id"] for message in WORLD["chats"][0]["messages"]]

AT_FIRST: dict[str, Any] = {
    **{f"muted {chat}": 0 for chat in CHATS},
    **{f"pinned {chat}": None for chat in CHATS},
    **{f"messages {chat}": 2 for chat in [*CHATS, *POSTED]},
    **{f"read {chat}": 2 for chat in POSTED},
    **{f"locked {operation}": 0 for operation in LIMITED},
    f"tokens {WRITER}": 1,
    f"tokens {VISITOR}": 1,
    "codes": 0,
    "refreshing": 0,
    "name": "P1",
    "clock": None,
}

LOOK = {
    "muted": "SELECT muted FROM participation WHERE chat_id = ? AND user_id = 1",
    "pinned": "SELECT message_id FROM pinned_message WHERE chat_id = ?",
    "people": "SELECT participant_count FROM chat WHERE id = ?",
    "messages": "SELECT count(*) FROM message WHERE chat_id = ?",
    "read": "SELECT read FROM participation WHERE chat_id = ? AND user_id = 7",
    "tokens": "SELECT count(*) FROM access_token WHERE user_id = ?",
    "revoked": "SELECT revoked FROM access_token WHERE token = ?",
    "codes": "SELECT count(*) FROM authorization_code",
    "redeemed": "SELECT redeemed FROM authorization_code WHERE code = ?",
    "refreshing": "SELECT count(*) FROM refresh_token WHERE token <> '1000.mockcliq.refresh'",
    "locked": "SELECT count(*) FROM limit_lock WHERE operation = 'v2.' || ?",
    "name": "SELECT name FROM user WHERE id = 1",
    "clock": """
        SELECT CASE json_extract(value, '$.mode') WHEN 'frozen' THEN json_extract(value, '$.value') END
        FROM property WHERE name = 'clock'""",
}
"""How a fact is read from the file, by its kind."""

NEVER = {
    "a chat that miscounts its people": """
        SELECT id FROM chat WHERE participant_count <> (SELECT count(*) FROM participation WHERE chat_id = id)""",
    "a chat that miscounts its messages": """
        SELECT id FROM chat WHERE message_count <> (SELECT count(*) FROM message WHERE chat_id = chat.id)""",
    "more messages read than written": """
        SELECT chat_id FROM participation JOIN chat ON chat.id = chat_id WHERE read > message_count""",
    "a last message that is not the last": """
        SELECT id FROM chat WHERE last_message IS NOT
            (SELECT id FROM message WHERE chat_id = chat.id ORDER BY time DESC, length(id) DESC, id DESC LIMIT 1)""",
    "a pin of no message": """
        SELECT chat_id FROM pinned_message WHERE (chat_id, message_id) NOT IN (SELECT chat_id, id FROM message)""",
    "a place in the list that is another message's": """
        SELECT participation.chat_id FROM participation JOIN chat ON chat.id = participation.chat_id
        LEFT JOIN message ON message.chat_id = chat.id AND message.id = last_message
        WHERE list_order IS NOT coalesce(message.time, chat.created)""",
    "a participation of nobody, or in nothing": """
        SELECT chat_id FROM participation
        WHERE chat_id NOT IN (SELECT id FROM chat) OR user_id NOT IN (SELECT id FROM user)""",
    "a message of no chat": "SELECT id FROM message WHERE chat_id NOT IN (SELECT id FROM chat)",
    "a token of nobody": "SELECT token FROM access_token WHERE user_id NOT IN (SELECT id FROM user)",
    "a token for no refresh token": """
        SELECT token FROM access_token WHERE refresh_token NOT IN (SELECT token FROM refresh_token)""",
    "a refresh token of no client": """
        SELECT token FROM refresh_token WHERE client_id NOT IN (SELECT client_id FROM client)""",
}
"""What no file has, whenever its server was killed."""


class Ledger:
    """What clients were answered of one file, over all its lives."""

    def __init__(self) -> None:
        self.known = dict(AT_FIRST)
        self.in_flight: dict[str, Facts] = {}
        self.answers = count(1)
        self.answered = 0
        self.numbers = count(10_000)

    def expect(self, client: str, facts: Facts) -> None:
        """A client is about to write what makes these true."""
        self.in_flight[client] = facts

    def confirm(self, client: str) -> int:
        """It was answered; gives how many writes were by now."""
        self.known.update(self.in_flight.pop(client))
        self.answered = next(self.answers)
        return self.answered

    def settle(self, look: Callable[[str], object]) -> None:
        """Compare with what is there; of each write in flight that is all or nothing, and known from then on."""
        for client, facts in self.in_flight.items():
            before = {fact: self.known.get(fact) for fact in facts}
            seen = {fact: look(fact) for fact in facts}
            assert seen in (before, facts), f"half of what the client that {client} wrote is there"
            self.known.update(seen)
        self.in_flight.clear()
        assert {fact: look(fact) for fact in self.known} == self.known


class Client(threading.Thread):
    """One connection that does one kind of work until the server is gone, or it is told to stop."""

    def __init__(self, port: int, ledger: Ledger, chance: random.Random, work: Callable[[Client], None]) -> None:
        super().__init__(name=work.__name__)
        self.ledger = ledger
        self.chance = random.Random(chance.random())  # noqa: S311 - a test's, seeded
        self.is_told_to_stop = False
        self.failure: Exception | None = None
        self.after_answer: Callable[[int], None] = lambda _: None
        self.message_size = 60
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)
        self._work = work

    def run(self) -> None:
        """Work."""
        try:
            while not self.is_told_to_stop:
                self._work(self)
        except (OSError, HTTPException):
            return
        except Exception as failure:  # noqa: BLE001 - raised where it is waited for
            self.failure = failure
        finally:
            self.close()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def write(
        self,
        facts: Facts,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        status: int | None = None,
    ) -> Any:
        """Ask for what makes these facts true, and believe them once it is answered."""
        self.ledger.expect(self.name, facts)
        answer, text = self.call(method, path, body, token)
        assert answer.status == status if status else answer.status < 400, (method, path, answer.status, text)
        self.after_answer(self.ledger.confirm(self.name))
        return answer.headers["Location"] or (json.loads(text) if text else None)

    def call(self, method: str, path: str, body: object = None, token: str = "") -> tuple[HTTPResponse, bytes]:
        """Call the server."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        return answer, answer.read()


def person(number: str) -> str:
    """A person's token."""
    return f"1000.mockcliq.p{number}"


# What clients do


def mutes(client: Client) -> None:
    chat, verb = client.chance.choice(CHATS), client.chance.choice(["mute", "unmute"])
    facts = {f"muted {chat}": int(verb == "mute")}
    client.write(facts, "POST", f"/api/v2/chats/{chat}/{verb}", token=person(MUTER))


def pins(client: Client) -> None:
    chat, message = client.chance.choice(CHATS), client.chance.choice([*MESSAGES, None])
    facts, path = {f"pinned {chat}": message}, f"/api/v2/chats/{chat}/stickymessage"
    if message is None:
        client.write(facts, "DELETE", path, token=person(PINNER))
    else:
        client.write(facts, "POST", path, {"id": message}, token=person(PINNER))


def leaves(client: Client) -> None:
    chat = str(next(client.ledger.numbers))
    order = {"id": chat, "type": "chat", "members": [LEAVER, WRITER]}
    client.write({f"people {chat}": 2}, "POST", "/_mockcliq/chats", order)
    client.write({f"people {chat}": 1}, "POST", f"/api/v2/chats/{chat}/leave", token=person(LEAVER))


def talks(client: Client) -> None:
    chat = client.chance.choice(CHATS)
    fact, order = f"messages {chat}", {"sender": WRITER, "text": "x" * client.message_size}
    client.write({fact: client.ledger.known[fact] + 1}, "POST", f"/_mockcliq/chats/{chat}/messages", order)


def posts(client: Client) -> None:
    """As bots do; who posts has read it."""
    chat = client.chance.choice(POSTED)
    facts = {f"{kind} {chat}": client.ledger.known[f"{kind} {chat}"] + 1 for kind in ("messages", "read")}
    client.write(facts, "POST", f"/api/v2/chats/{chat}/message", {"text": "Built"}, token=person(POSTER), status=204)


def mints(client: Client) -> None:
    fact = f"tokens {WRITER}"
    minted = client.write({fact: client.ledger.known[fact] + 1}, "POST", "/_mockcliq/tokens", {"user": WRITER})["token"]
    client.ledger.known[f"revoked {minted}"] = 0
    if client.chance.random() < 0.5:
        client.write({f"revoked {minted}": 1}, "DELETE", f"/_mockcliq/tokens/{minted}")


def logs_in(client: Client) -> None:
    known = client.ledger.known
    mine = {"client_id": "1000.MOCKCLIQ", "redirect_uri": "http://localhost/back"}
    asked = mine | {"response_type": "code", "scope": "ZohoCliq.Chats.READ", "user": VISITOR}
    asked |= {"access_type": "offline", "prompt": "none consent"}
    there = client.write({"codes": known["codes"] + 1}, "GET", f"/oauth/v2/auth?{urlencode(asked)}")
    (code,) = parse_qs(urlsplit(there).query)["code"]
    known[f"redeemed {code}"] = 0
    given = mine | {"client_secret": "mockcliq-secret", "grant_type": "authorization_code", "code": code}
    facts = {
        f"redeemed {code}": 1,
        f"tokens {VISITOR}": known[f"tokens {VISITOR}"] + 1,
        "refreshing": known["refreshing"] + 1,
    }
    issued = client.write(facts, "POST", f"/oauth/v2/token?{urlencode(given)}")["access_token"]
    known[f"revoked {issued}"] = 0


def gets_locked(client: Client) -> None:
    operation = client.chance.choice(LIMITED)
    order, chance = {"user": LOCKED, "operation": operation}, client.chance.random()
    if chance < 0.4:
        client.write({f"locked {operation}": 1}, "POST", "/_mockcliq/limits/exhaust", {**order, "lock": True})
    elif chance < 0.8:
        client.write({f"locked {operation}": 0}, "DELETE", f"/_mockcliq/limits?{urlencode(order)}")
    else:
        client.call("POST", "/_mockcliq/limits/exhaust", {**order, "operation": LIMITED[0]})
        client.write({f"locked {LIMITED[0]}": 1}, "GET", "/api/v2/chats", token=person(LOCKED), status=429)


def winds_the_clock(client: Client) -> None:
    facts = {"clock": client.ledger.known["clock"] + 1}
    client.write(facts, "POST", "/_mockcliq/clock/advance", {"seconds": 0.001})


WORKS = (mutes, pins, leaves, talks, posts, mints, logs_in, gets_locked, winds_the_clock)


def begins_anew(client: Client) -> None:
    """Import the world under another name, change it, go back to what was imported; alone with the server."""
    known = client.ledger.known
    document = json.loads(client.call("GET", "/_mockcliq/state")[1])
    document["users"][0]["name"] = f"Anew {next(client.ledger.numbers)}"
    forgotten = {
        **{f"locked {operation}": 0 for operation in LIMITED},
        **{fact: None for fact in known if fact.startswith("redeemed")},
        "codes": 0,
        "clock": None,
    }
    client.write({**forgotten, "name": document["users"][0]["name"]}, "PUT", "/_mockcliq/state", document)
    imported = {**known}
    client.call("PUT", "/_mockcliq/limits", {"threshold": 10**9})
    for work in (stops_the_clock, mutes, pins, talks, posts, mints, gets_locked):
        work(client)
    client.write({fact: imported.get(fact) for fact in known}, "POST", "/_mockcliq/reset")


def stops_the_clock(client: Client) -> None:
    order = {"mode": "frozen", "now": BEGIN_MS}
    client.write({"clock": BEGIN_MS}, "PUT", "/_mockcliq/clock", order)


class Story:
    """A file, and one server after another on it."""

    def __init__(self, number: int, folder: Path, start: Start) -> None:
        self.chance = random.Random(number)  # noqa: S311 - a test's, seeded
        self.ledger = Ledger()
        self.file = folder / "data" / "cliq.db"
        self.file.parent.mkdir()
        self._world = folder / "world.json"
        self._world.write_text(json.dumps(WORLD))
        self._copy = folder / "copy"
        self._start = start
        self._took_s = 1.0

    def begin(self) -> Program:
        """Start a server on the file, without waiting for it."""
        return self._start(*SERVE, "--world", self._world, "--database", self.file)

    def serve(self) -> Program:
        """A server that is ready, and agrees with the ledger."""
        began = time.monotonic()
        server = self.begin()
        with closing(self.client(server, mutes)) as client:
            self._took_s = time.monotonic() - began
            self._require_agreement(client)
            client.call("PUT", "/_mockcliq/limits", {"threshold": 10**9})
            if self.ledger.known["clock"] is None:
                stops_the_clock(client)
        return server

    def client(self, server: Program, work: Callable[[Client], None]) -> Client:
        """A client of the server."""
        return Client(server.port, self.ledger, self.chance, work)

    @contextmanager
    def at_work(self, server: Program, *works: Callable[[Client], None], size: int = 60) -> Iterator[list[Client]]:
        """Clients that write until the server is gone."""
        clients = [self.client(server, work) for work in works]
        for client in clients:
            client.message_size = size
        try:
            yield clients
        finally:
            server.kill()
            for client in clients:
                if client.ident is not None:
                    client.join()
        for client in clients:
            if client.failure is not None:
                raise client.failure
        assert server.err == ""

    def settle(self) -> None:
        """Read the file as it was left, log and all; the next server finds it untouched."""
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self.file.parent, self._copy)
        with closing(sqlite3.connect(self._copy / self.file.name)) as left:
            assert left.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            if left.execute("PRAGMA user_version").fetchone() == (0,):
                assert not self.ledger.answered, "what was answered is gone"
                return

            def look(fact: str) -> object:
                kind, *about = fact.split()
                return next(iter(left.execute(LOOK[kind], about).fetchone() or (None,)))

            self.ledger.settle(look)
            for what, statement in NEVER.items():
                assert left.execute(statement).fetchall() == [], what

    def a_moment(self, longest_s: float) -> None:
        """Let chance decide when to kill."""
        time.sleep(self.chance.uniform(0, longest_s))

    def _require_agreement(self, client: Client) -> None:
        """The server lets in, locks out and tells the time as it did."""
        known = self.ledger.known
        clock = json.loads(client.call("GET", "/_mockcliq/clock")[1])
        assert clock["mode"] == ("offset" if known["clock"] is None else "frozen")
        tokens = [fact.split()[1] for fact in known if fact.startswith("revoked")]
        for token in self.chance.sample(tokens, min(5, len(tokens))):
            answer, _ = client.call("GET", "/api/v2/chats", token=token)
            assert answer.status == (200 if known[f"revoked {token}"] == 0 else 401)
        limits = json.loads(client.call("GET", f"/_mockcliq/limits?user={LOCKED}")[1])["limits"]
        locked = {each["operation"] for each in limits if each["locked_until"]}
        assert locked == {operation for operation in LIMITED if known[f"locked {operation}"]}
        answer, _ = client.call("POST", f"/api/v2/chats/{CHATS[0]}/mute", token=person(LOCKED))
        assert answer.status == (429 if known["locked mute_chat"] else 204)


# When the process is killed


def amid_the_start(story: Story) -> None:
    server = story.begin()
    story.a_moment(1.2 * story._took_s)
    server.kill()


def amid_writes(story: Story) -> None:
    server = story.serve()
    enough = story.ledger.answered + story.chance.randint(20, 300)
    with story.at_work(server, *WORKS) as clients:
        for client in clients:
            client.start()
        until(lambda: story.ledger.answered >= enough or server.has_ended)


def right_after_an_answer(story: Story) -> None:
    """By the client that got it."""
    server = story.serve()
    last = story.ledger.answered + story.chance.randint(20, 300)

    def kill(answered: int) -> None:
        if answered == last:
            os.kill(server.pid, signal.SIGKILL)

    with story.at_work(server, *WORKS) as clients:
        for client in clients:
            client.after_answer = kill
            client.start()
        until(lambda: server.has_ended)


def amid_a_checkpoint(story: Story) -> None:
    """The log has grown so large that it is written back into the file: that changes, and else never does."""
    server = story.serve()
    before = story.file.stat().st_mtime_ns
    with story.at_work(server, talks, mutes, pins, size=100_000) as clients:
        for client in clients:
            client.start()
        while story.file.stat().st_mtime_ns == before:
            assert not server.has_ended
            time.sleep(0)


def amid_the_end(story: Story) -> None:
    server = story.serve()
    enough = story.ledger.answered + story.chance.randint(20, 100)
    with story.at_work(server, *WORKS) as clients:
        for client in clients:
            client.start()
        until(lambda: story.ledger.answered >= enough or server.has_ended)
        server.send(signal.SIGTERM)
        story.a_moment(0.4)


def amid_a_new_beginning(story: Story) -> None:
    server = story.serve()
    with story.at_work(server, begins_anew) as (client,):
        client.start()
        story.a_moment(0.3)


MOMENTS = (
    amid_the_start,
    amid_writes,
    right_after_an_answer,
    amid_a_checkpoint,
    amid_the_end,
    amid_a_new_beginning,
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """As many stories as were asked for."""
    if "story_number" in metafunc.fixturenames:
        kills = metafunc.config.getoption("--kills")
        metafunc.parametrize("story_number", range(1, -(-kills // len(MOMENTS)) + 1))


def test_what_was_answered_outlives_kill_9_and_nothing_is_half_done(
    start: Start, tmp_path: Path, story_number: int
) -> None:
    story = Story(story_number, tmp_path, start)
    moments = list(MOMENTS)
    story.chance.shuffle(moments)
    for moment in moments:
        moment(story)
        if story.file.exists():
            story.settle()
    ended = story.serve().end_by(signal.SIGTERM)
    assert (ended.code, ended.err) == (0, "")
    assert [each.name for each in story.file.parent.iterdir()] == [story.file.name]
    story.settle()
