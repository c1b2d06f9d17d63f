"""The server against a model of it: whatever is called and arranged, in whatever order, both say the same.

The model is `tests.model`. Each example is a story in a world of its own, told over HTTP; one that ends badly is shrunk
to its shortest and printed as the calls of the methods below.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from time import time
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from mockcliq.settings import Settings
from tests.answers import assert_agreed
from tests.conftest import Running, running
from tests.control.worlds import Made, default_of, make
from tests.model import SCOPES, Answer, Call, Fault, Refused, World, iso_ms
from tests.profiles import examples
from tests.reference import DOCUMENTED, SENTENCES, documented

NOON = 1_748_779_200_000
"""2025-06-01T12:00:00Z, where every story begins."""
MINUTE = 60_000

PEOPLE = {"ann": "owner", "ben": "member", "cem": "outsider", "dee": "deactivated"}
CHATS = ["C1", "C2", "C3", "A1"]
"""A1 is an alias of C1; not all of them may be there."""
OPERATIONS = [section.name for section in DOCUMENTED]
PARTS = ["data", "tokens", "clock", "limits", "faults", "journal"]

people = st.sampled_from([*PEOPLE])
anybody = st.sampled_from([*PEOPLE, "eve"])
"""Eve may have been added, or not."""
kinds = st.sampled_from(["chat", "dm", "channel"])
chat_ids = st.just("C1") | st.sampled_from(CHATS)
fixed_tokens = st.just("owner") | st.sampled_from(["member", "outsider"])
special_tokens = st.sampled_from(["readonly", "expired", "revoked", "deactivated", "unknown"])
operations = st.sampled_from(["list_direct_chats", "mute_chat"]) | st.sampled_from(OPERATIONS)
"""Some more often, so that a story comes back to them."""
spans = st.sampled_from([1, 0.001, 59.999, 60, 599.999, 600, 86400])
moments = st.integers(-3, 3).map(lambda minutes: NOON + minutes * MINUTE)
good_expiries = st.sampled_from([None, "60000", MINUTE, NOON + MINUTE, 1, "", -1])
bad_expiries = st.sampled_from([0, NOON - MINUTE, "soon", -2, 1.5])
times = st.none() | st.integers(-4, 3).map(lambda minutes: str(NOON + minutes * MINUTE + 500))
limits = st.sampled_from([None, "1", "2", "0", "101", "x"])
scopes = st.just(SCOPES) | st.sampled_from(SCOPES).map(lambda scope: [scope])
choices = st.sampled_from([None, "name", "email_id,user_id", "name,shoe_size"])


class Conversation(NamedTuple):
    """A chat of the world that a story begins with: its messages, each by a participant; the first may be pinned."""

    kind: str
    members: list[str]
    senders: list[str]
    pinned_until: int | None


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Any kind of chat."""
    kind = draw(kinds)
    two = 2 if kind == "dm" else None
    members = draw(st.lists(people, min_size=2, max_size=two or 4, unique=True))
    senders = draw(st.lists(st.sampled_from(members), max_size=2))
    return Conversation(kind, members, senders, draw(st.sampled_from([None, 0, NOON + MINUTE])) if senders else None)


def document(chats: list[Conversation], utc_offset: str) -> dict[str, Any]:
    """The world as a world file has it. Every message has its own minute, the earliest in the first chat."""
    return {
        "mockcliq": 1,
        "starts_at": NOON,
        "utc_offset": utc_offset,
        "users": [
            {"id": user, "name": user.title(), "email": f"{user}@office.test", "active": user != "dee", "role": role}
            for user, role in PEOPLE.items()
        ],
        "chats": [_written(number, chat) for number, chat in enumerate(chats, start=1)],
    }


def _written(number: int, chat: Conversation) -> dict[str, Any]:
    sent_at = [NOON - (10 * number - nth) * MINUTE for nth, _ in enumerate(chat.senders)]
    pin = {"message": f"{sent_at[0]}_1", "creator": chat.senders[0], "created": NOON} if chat.senders else {}
    return {
        "id": f"C{number}",
        "type": chat.kind,
        "name": f"c{number}",
        "creator": chat.members[0],
        "created": NOON - number * MINUTE,
        "aliases": ["A1"] * (number == 1),
        "participants": [
            {"user": user, "pinned": nth == 1, "draft": "Wait" if nth == number % 2 else None}
            for nth, user in enumerate(chat.members)
        ],
        "messages": [
            {"id": f"{at}_{nth}", "sender": sender, "text": f"{nth} of C{number}", "time": at}
            for nth, (sender, at) in enumerate(zip(chat.senders, sent_at, strict=True), start=1)
        ],
        "pin": None if chat.pinned_until is None else {**pin, "modified": NOON, "expires": chat.pinned_until or None},
    }


some_chats = st.lists(conversations(), min_size=1, max_size=3)
offsets = st.sampled_from(["-07:00", "+05:30"])


class Office(RuleBasedStateMachine):
    """What people do in a world, and what is arranged in it; each rule judges the answers by the model."""

    minted = Bundle("minted")
    snapshots = Bundle("snapshots")
    tokens = fixed_tokens | minted

    def made(self, start: dict[str, Any], *, has_limits: bool) -> Made:
        """A world that begins with that document."""
        raise NotImplementedError

    def open(self, chats: list[Conversation], utc_offset: str, *, has_limits: bool) -> None:
        """Begin, at noon."""
        start = document(chats, utc_offset)
        self.world = self.made(start, has_limits=has_limits)
        self.model = World(start, self.world.answer["tokens"], has_limits=has_limits)
        self.seen: dict[int, Any] = {}
        self.stand_still(NOON)

    # The emulated API

    @rule(token=tokens, limit=limits, before=times, after=times, drafts=st.sampled_from([None, "true", "false"]))
    def list_chats(
        self, token: str, limit: str | None, before: str | None, after: str | None, drafts: str | None
    ) -> None:
        query = {"limit": limit, "modified_before": before, "modified_after": after, "drafts": drafts}
        self.call("list_direct_chats", token, query=query)

    @rule(token=tokens, chat=chat_ids, fields=choices)
    def list_members(self, token: str, chat: str, fields: str | None) -> None:
        self.call("list_chat_members", token, chat, query={"fields": fields})

    @rule(token=tokens, chat=chat_ids, muted=st.booleans())
    def mute(self, token: str, chat: str, muted: bool) -> None:
        self.call("mute_chat" if muted else "unmute_chat", token, chat)
        self.look_at_chats()

    @rule(token=tokens, chat=chat_ids, which=st.just(0) | st.integers(1, 3), expiry=good_expiries | bad_expiries)
    def pin(self, token: str, chat: str, which: int, expiry: Any) -> None:
        """One of the chat's messages; where it has not so many, one of another chat or of none."""
        found = self.model.find(chat)
        its = [] if found is None else found.messages
        others = [each for other in self.model.kept.chats.values() for each in other.messages]
        ids = [*(each.id for each in (*its, *others)), *["1_1"] * 4]
        body = {"id": ids[which]} | ({} if expiry is None else {"expiry_time": expiry})
        self.call("pin_message", token, chat, body=body)
        self.look_at_chats()

    @rule(token=tokens, chat=chat_ids)
    def look_at_pin(self, token: str, chat: str) -> None:
        self.call("get_pinned_message", token, chat)

    @rule(token=tokens, chat=chat_ids)
    def unpin(self, token: str, chat: str) -> None:
        self.call("unpin_message", token, chat)
        self.look_at_chats()

    @rule(token=tokens, chat=chat_ids)
    def leave(self, token: str, chat: str) -> None:
        self.call("leave_chat", token, chat)
        self.look_at_chats()

    def everybody_looks(self) -> None:
        """At the lists, with drafts alone and with channels too; at the members of every chat and of none; at pins."""
        for token in ("owner", "member", "outsider"):
            self.call("list_direct_chats", token)
            self.call("list_direct_chats", token, query={"drafts": "true"})
            for chat in CHATS:
                self.call("list_chat_members", token, chat)
        for chat in self.model.kept.chats:
            self.call("get_pinned_message", "owner", chat)
        for user in PEOPLE:
            own = self.model.own_chats_shown(user)
            assert self.arrange("GET", f"/users/{user}/chats") == {"user": user, "total": len(own), "chats": own}

    def look_at_chats(self) -> None:
        """With participants, mutes, drafts and pins; no limit and no journal notices."""
        assert self.arrange("GET", "/chats")["chats"] == self.model.chats_shown()

    def look_at_changes(self) -> None:
        """While their number is one that was told before, the data are what they were then."""
        changes = self.arrange("GET", "/overview")["changes"]
        data = (self.model.kept.users, self.model.kept.chats)
        assert self.seen.setdefault(changes, deepcopy(data)) == data

    def look(self) -> None:
        """At chats, counts and locks, and faults."""
        self.look_at_chats()
        self.look_at_changes()
        limits = self.arrange("GET", "/limits")["limits"]
        assert [each for each in limits if each["operation"] in OPERATIONS] == self.model.limits_shown()
        faults = self.arrange("GET", "/faults")["faults"]
        assert [(fault["id"], fault["hits"], fault["fired"]) for fault in faults] == self.model.faults_shown()

    # What is arranged

    @rule(chat=st.just("C3") | chat_ids, kind=kinds, members=st.lists(anybody, min_size=1, max_size=3, unique=True))
    def make_chat(self, chat: str, kind: str, members: list[str]) -> None:
        order = {"id": chat, "type": kind, "name": chat.lower(), "members": members}
        self.arrange("POST", "/chats", order, lambda _: self.model.add_chat(chat, kind, members))
        self.look_at_chats()

    @rule(chat=chat_ids, sender=people, at=st.none() | moments)
    def write(self, chat: str, sender: str, at: int | None) -> None:
        order = {"sender": sender, "text": "Hi"} | ({} if at is None else {"time": at})
        self.arrange(
            "POST",
            f"/chats/{chat}/messages",
            order,
            lambda told: self.model.add_message(chat, told.get("id", ""), sender, "Hi", at),
        )
        self.look_at_chats()

    @rule(chat=chat_ids, user=people, text=st.sampled_from(["Hm", ""]))
    def leave_draft(self, chat: str, user: str, text: str) -> None:
        order = {"user": user, "text": text}
        self.arrange("POST", f"/chats/{chat}/drafts", order, lambda _: self.model.leave_draft(chat, user, text))
        self.look_at_chats()

    @rule(
        user=people | st.just("eve"), name=st.sampled_from([None, "Zoe"]), active=st.sampled_from([None, True, False])
    )
    def change_user(self, user: str, name: str | None, active: bool | None) -> None:
        """Eve is hired first, unless she was."""
        if user == "eve":
            self.arrange("POST", "/users", {"id": user, "name": "Eve"}, lambda _: self.model.add_user(user, "Eve"))
        order = {"name": name, "active": active}
        self.arrange("PATCH", f"/users/{user}", order, lambda _: self.model.change_user(user, name, active))
        self.look_at_chats()

    @rule(
        target=minted,
        user=people,
        scopes=st.just(SCOPES) | st.sampled_from(SCOPES).map(lambda one: [one]),
        expires_in=st.sampled_from([60, 3600]),
    )
    def mint(self, user: str, scopes: list[str], expires_in: int) -> str:
        order = {"user": user, "scopes": scopes, "expires_in": expires_in}
        told = self.arrange(
            "POST", "/tokens", order, lambda told: self.model.mint(told["token"], user, scopes, expires_in)
        )
        return str(told["token"])

    @rule(token=tokens)
    def revoke(self, token: str) -> None:
        name = self.name_of(token)
        self.arrange("DELETE", f"/tokens/{name}", None, lambda _: self.model.revoke(name))

    # Time, and going back in it

    @rule(seconds=spans)
    def advance(self, seconds: float) -> None:
        self.model.kept.now += round(seconds * 1000)
        told = self.arrange("POST", "/clock/advance", {"seconds": seconds})
        assert told == {"mode": "frozen", "now": iso_ms(self.model.kept.now)}
        self.look()

    @rule(at=moments)
    def stand_still(self, at: int) -> None:
        self.model.kept.now = at
        told = self.arrange("PUT", "/clock", {"mode": "frozen", "now": at})
        assert told == {"mode": "frozen", "now": iso_ms(at)}
        self.look()

    @rule(target=snapshots, name=st.sampled_from("st"))
    def save(self, name: str) -> str:
        told = self.arrange("PUT", f"/snapshots/{name}", None, lambda _: self.model.save(name))
        assert told == {"name": name, "taken_at": iso_ms(self.model.kept.now)}
        return name

    @rule(name=snapshots)
    def restore(self, name: str) -> None:
        self.arrange("POST", f"/snapshots/{name}/restore", None, lambda _: self.model.restore(name))
        assert self.arrange("GET", "/clock") == {"mode": "frozen", "now": iso_ms(self.model.kept.now)}
        self.look()

    @rule(parts=st.just(PARTS) | st.lists(st.sampled_from(PARTS), unique=True, max_size=3))
    def reset(self, parts: list[str]) -> None:
        self.arrange("POST", "/reset", {"what": parts}, lambda _: self.model.reset(parts))
        if "clock" in parts:
            self.stand_still_again()
        self.look()

    @rule(chats=st.none() | some_chats, utc_offset=offsets)
    def begin_anew(self, chats: list[Conversation] | None, utc_offset: str) -> None:
        """With another document, or with what there is."""
        if chats is None:
            written = self.arrange("GET", "/state")
            self.arrange("PUT", "/state", written, lambda _: self.model.begin_with_what_there_is())
        else:
            start = document(chats, utc_offset)
            self.arrange("PUT", "/state", start, lambda _: self.model.begin(start))
        self.stand_still_again()

    def stand_still_again(self) -> None:
        """After a start the clock runs, from where the start says."""
        told = self.arrange("GET", "/clock")
        assert told["mode"] == "offset"
        assert iso_ms(self.model.kept.now) <= told["now"] < iso_ms(self.model.kept.now + MINUTE)
        self.stand_still(self.model.kept.now)

    # How both are asked

    def call(self, operation: str, token: str, chat: str = "", **more: Any) -> None:
        """Make the call; the answer must be the model's. What is None in a query is not sent."""
        has_chat = operation in OPERATIONS and "{CHAT_ID}" in documented(operation).path
        more["query"] = {name: value for name, value in more.get("query", {}).items() if value is not None}
        self.make(Call(operation, self.name_of(token), chat if has_chat else "", **more))

    def make(self, call: Call) -> None:
        expected = self.model.answer(call)
        answer = self.send(call)
        if expected.status < httpx.codes.BAD_REQUEST:
            assert_agreed(answer, expected.status)
        assert Answer(answer.status_code, json.loads(answer.content or "null")) == expected, answer.headers

    def send(self, call: Call) -> httpx.Response:
        """Over HTTP, below the world's own path: of a token that nobody knows it would be the default one's."""
        section = next((each for each in DOCUMENTED if each.name == call.operation), None)
        path = "/api/v2/nowhere" if section is None else section.path.replace("{CHAT_ID}", call.chat)
        return self.world.server.http.request(
            "PATCH" if section is None or call.has_other_method else section.method,
            f"/w/{self.world.id}{path}",
            params=call.query,
            json=call.body,
            headers={"Authorization": f"Bearer {call.token}", "Accept": call.accept},
        )

    def arrange(
        self, method: str, path: str, order: Any = None, change: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> Any:
        """Ask the control API, and the model for the same; told what the API says, it must agree or refuse as well."""
        answer = self.world.call(method, path, json=order)
        refused = None
        try:
            change(answer.json())
        except Refused as error:
            refused = error.status
        assert (answer.status_code if answer.is_error else None) == refused, answer.text
        return answer.json()

    def name_of(self, token: str) -> str:
        """The token of that label, or a minted one itself."""
        return str(self.world.answer["tokens"].get(token, token))

    def teardown(self) -> None:
        if hasattr(self, "world") and self.world.id != "default":
            self.world.server.control("DELETE", f"/worlds/{self.world.id}")


class Stories(Office):
    """All of it, with limits, faults, tokens of all kinds and calls that are refused."""

    @initialize(chats=some_chats, utc_offset=offsets, threshold=st.none() | st.sampled_from([20, 3]))
    def begin(self, chats: list[Conversation], utc_offset: str, threshold: int | None) -> None:
        """Without limits; or with the documented threshold, or with one that is soon crossed."""
        self.open(chats, utc_offset, has_limits=threshold is not None)
        if threshold is not None:
            self.arrange("PUT", "/limits", {"threshold": threshold}, lambda _: self.model.change_limits(threshold))

    @rule(
        operation=st.sampled_from([*OPERATIONS, "unknown"]),
        token=fixed_tokens | special_tokens,
        chat=chat_ids | st.just("not~an~id"),
        bad_query=st.booleans(),
        accept=st.sampled_from(["*/*", "text/html"]),
        has_other_method=st.booleans(),
    )
    def call_badly(
        self, operation: str, token: str, chat: str, bad_query: bool, accept: str, has_other_method: bool
    ) -> None:
        """In several ways at once, so that the order of refusals decides."""
        query = {"limit": "0", "fields": "shoe_size"} if bad_query else {}
        self.call(operation, token, chat, query=query, accept=accept, has_other_method=has_other_method)

    @rule(operation=operations, token=fixed_tokens, chat=chat_ids, times=st.sampled_from([2, 20, 21]))
    def call_often(self, operation: str, token: str, chat: str, times: int) -> None:
        for _ in range(times):
            self.call(operation, token, chat)
        self.look()

    @rule(
        operation=operations,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "calls": st.integers(0, 3),
                "window": st.sampled_from([1000, MINUTE, 2 * MINUTE]),
                "lock": st.sampled_from([None, 0, 1000, MINUTE]),
            },
        ),
    )
    def change_limit(self, operation: str, changes: dict[str, int | None]) -> None:
        names = {"calls": "threshold", "window": "window_s", "lock": "lock_s"}
        order = {
            names[each]: value if each == "calls" or value is None else value / 1000 for each, value in changes.items()
        }
        self.arrange(
            "PUT", "/limits", {"operation": operation, **order}, lambda _: self.model.change_limit(operation, changes)
        )
        self.look()

    @rule(operation=operations, user=people, lock=st.sampled_from([True, True, False]))
    def exhaust(self, operation: str, user: str, lock: bool) -> None:
        order = {"operation": operation, "user": user, "lock": lock}
        self.arrange("POST", "/limits/exhaust", order, lambda _: self.model.exhaust(user, operation, lock=lock))
        self.look()

    @rule(user=st.none() | people, operation=st.none() | operations)
    def clear_limits(self, user: str | None, operation: str | None) -> None:
        query = "&".join(f"{key}={value}" for key, value in (("user", user), ("operation", operation)) if value)
        self.arrange("DELETE", f"/limits?{query}", None, lambda _: self.model.clear_limits(user, operation))
        self.look()

    @rule(
        match=st.fixed_dictionaries(
            {}, optional={"operation": operations, "user": people, "chat": st.sampled_from(["C1", "C2"])}
        ),
        when=st.fixed_dictionaries(
            {},
            optional={
                "after": st.integers(0, 2),
                "times": st.integers(1, 2),
                "every": st.integers(1, 2),
                "expires_in": st.just(60),
            },
        ),
        status=st.sampled_from([500, 429, 404]),
        body=st.sampled_from([None, {"code": 7}]),
        apply=st.sampled_from(["before", "after"]),
    )
    def add_fault(self, match: dict[str, str], when: dict[str, int], status: int, body: Any, apply: str) -> None:
        def add(told: dict[str, Any]) -> None:
            if "chat" in match and self.model.find(match["chat"]) is None:
                raise Refused(422)
            then = Answer(status, {"message": SENTENCES[status]} if body is None else body)
            more: dict[str, Any] = {key: value for key, value in when.items() if key != "expires_in"}
            if "expires_in" in when:
                more["expires"] = self.model.kept.now + when["expires_in"] * 1000
            self.model.kept.faults.append(Fault(told["id"], match, then, comes_after=apply == "after", **more))

        order = {"match": match, "when": when, "then": {"status": status, "body": body, "apply": apply}}
        self.arrange("POST", "/faults", order, add)

    @rule()
    def take_the_newest_fault_away(self) -> None:
        if self.model.kept.faults:
            fault = self.model.kept.faults.pop()
            self.arrange("DELETE", f"/faults/{fault.id}")

    @rule(mode=st.sampled_from(["offset", "real"]))
    def let_the_clock_run(self, mode: str) -> None:
        """From where the story stands, or with the world's; then the story goes on from where it stood."""
        began = iso_ms(time() * 1000 - 1)
        told = self.arrange(
            "PUT", "/clock", {"mode": mode} | ({"now": self.model.kept.now} if mode == "offset" else {})
        )
        if mode == "offset":
            self.stand_still_again()
        else:
            assert told["mode"] == "real"
            assert began <= told["now"] <= iso_ms(time() * 1000)
            self.stand_still(self.model.kept.now)

    def look_at_journal(self) -> None:
        """Each call of the emulated API was written down once, with operation, user, status and fault."""
        keys = ("operation", "user", "status", "fault")
        journal = [tuple(entry[key] for key in keys) for entry in self.arrange("GET", "/requests")["requests"]]
        assert journal == self.model.journal[-1000:]

    def teardown(self) -> None:
        """Of a story that went well all the way, the end is looked at too."""
        if sys.exc_info()[0] is None:
            self.look()
            assert self.arrange("GET", "/chats?user=ben")["chats"] == self.model.chats_shown("ben")
            assert self.arrange("GET", "/users")["users"] == self.model.users_shown()
            self.everybody_looks()
            self.look_at_journal()
        super().teardown()


class Readers(Office):
    """After each write everybody reads everything, so that whatever is remembered was remembered before the next."""

    @initialize(chats=some_chats, utc_offset=offsets)
    def begin(self, chats: list[Conversation], utc_offset: str) -> None:
        self.open(chats, utc_offset, has_limits=False)

    @invariant()
    def nobody_reads_what_was_once_so(self) -> None:
        self.everybody_looks()
        self.look_at_changes()


def of_stories(how_many: int, steps: int) -> settings:
    """So many, of so many steps at most; the first that goes wrong is told, as short as it can be."""
    phases = [Phase.generate, Phase.shrink]
    return settings(examples(how_many), stateful_step_count=steps, phases=phases, report_multiple_bugs=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    """One server; each story has a world of its own."""
    with running(Settings(world="empty")) as server:
        yield server


@pytest.mark.hypothesis
def test_every_story_goes_as_the_model_says(server: Running) -> None:
    class Here(Stories):
        def made(self, start: dict[str, Any], *, has_limits: bool) -> Made:
            return make(server, state=start, rate_limit=has_limits)

    run_state_machine_as_test(Here, settings=of_stories(60, 30))


@pytest.mark.hypothesis
def test_no_sequence_of_writes_ever_shows_a_stale_read(server: Running) -> None:
    class Here(Readers):
        def made(self, start: dict[str, Any], *, has_limits: bool) -> Made:
            return make(server, state=start, rate_limit=has_limits)

    run_state_machine_as_test(Here, settings=of_stories(10, 20))


@pytest.mark.hypothesis
def test_no_sequence_of_writes_to_a_file_ever_shows_a_stale_read(tmp_path: Path) -> None:
    """Its world goes back to a start or a snapshot another way than one in memory."""
    with running(Settings(world="empty", rate_limit=False, database=tmp_path / "cliq.db")) as server:

        class Here(Readers):
            def made(self, start: dict[str, Any], *, has_limits: bool) -> Made:
                assert not has_limits, "the server has none"
                for each in server.control("GET", "/snapshots")["snapshots"]:
                    server.control("DELETE", f"/snapshots/{each['name']}")
                server.control("PUT", "/state", json=start)
                return default_of(server)

        run_state_machine_as_test(Here, settings=of_stories(8, 15))
