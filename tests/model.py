"""The Chats API in plain Python: all that a world is, what every call is answered and what it changes.

Written from the reference's page and the fidelity table, to be read as a specification; it knows nothing of the
program. Moments and spans are milliseconds, the clock stands still until it is moved. What cannot be done is `Refused`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from math import inf
from typing import Any, NamedTuple

from tests.reference import DOCUMENTED, SENTENCES, documented

SECOND = 1_000
FIRST_ABSOLUTE_EXPIRY = 10**12
SCOPES = sorted({section.scope for section in DOCUMENTED})

Row = dict[str, Any]


class Refused(Exception):
    """It cannot be done; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Answer(NamedTuple):
    """An answer; no body is None."""

    status: int
    body: Any = None


class Call(NamedTuple):
    """A call of the emulated API."""

    operation: str
    token: str
    chat: str = ""
    query: Mapping[str, str] = {}
    body: Any = None
    accept: str = "*/*"
    has_other_method: bool = False


@dataclass
class User:
    """A person of the organisation."""

    id: str
    name: str
    email: str
    active: bool = True
    role: str | None = None


@dataclass
class Token:
    """What a token stands for."""

    user: str
    scopes: list[str]
    expires: float = inf
    revoked: bool = False


@dataclass
class Participant:
    """What a participant alone sees of a chat."""

    muted: bool = False
    pinned: bool = False
    draft: str | None = None


@dataclass
class Message:
    """A message; it keeps the name that its sender had."""

    id: str
    sender: str
    sender_name: str
    text: str
    time: int
    type: str = "text"


@dataclass
class Pin:
    """The pinned message of a chat."""

    message: Message
    creator: str
    created: int
    expires: float


@dataclass
class Chat:
    """A conversation: its participants in the order they joined, its messages in the order they were written."""

    id: str
    type: str
    name: str
    creator: str
    created: int
    participants: dict[str, Participant]
    messages: list[Message] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    pin: Pin | None = None
    unread: Counter[str] = field(default_factory=Counter)
    """By participant; a world file's messages are read."""

    def write(self, message: Message) -> None:
        """Whoever writes it has read it."""
        self.messages.append(message)
        self.unread.update(user for user in self.participants if user != message.sender)

    @property
    def last_message(self) -> Message | None:
        """The newest; of one moment the one that was written last."""
        return max(reversed(self.messages), key=lambda message: message.time, default=None)

    @property
    def stands_at(self) -> int:
        """Where it stands in a list."""
        return self.created if self.last_message is None else self.last_message.time

    def pin_at(self, now: int) -> Pin | None:
        """A pin is gone from the millisecond of its expiry on."""
        return self.pin if self.pin is not None and now < self.pin.expires else None


@dataclass
class Limit:
    """How many calls in a window, and the lock of who makes more."""

    calls: int
    window: int
    lock: int | None


@dataclass
class Fault:
    """A fault rule, the matching calls that reached it, and how often it fired."""

    id: str
    match: Mapping[str, str]
    then: Answer
    after: int = 0
    times: float = inf
    every: int = 1
    expires: float = inf
    comes_after: bool = False
    hits: int = 0
    fired: int = 0

    def strikes(self, seen: Mapping[str, str | None], now: int) -> bool:
        """Of the matching calls the first `after` pass, of the rest each `every`-th, at most `times`."""
        if any(seen[key] != wanted for key, wanted in self.match.items()):
            return False
        self.hits += 1
        nth = self.hits - self.after
        fires = nth > 0 and nth % self.every == 0 and self.fired < self.times and now < self.expires
        self.fired += fires
        return fires


class Entry(NamedTuple):
    """A line of the journal. Who calls is known once the token was judged."""

    operation: str | None
    user: str | None
    status: int
    fault: str | None


@dataclass
class Kept:
    """All of a world that a snapshot keeps."""

    utc_offset: timezone
    now: int
    users: dict[str, User]
    chats: dict[str, Chat]
    tokens: dict[str, Token]
    limits: dict[str, Limit]
    calls: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    locks: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class World:
    """One world.

    Args:
        document: What it starts with, as a world file has it.
        fixed: The names of its fixed tokens.
        has_limits: Whether the thresholds are applied.
    """

    def __init__(self, document: Row, fixed: Mapping[str, str], *, has_limits: bool) -> None:
        self._fixed = fixed
        self._has_limits = has_limits
        self.snapshots: dict[str, tuple[Kept, Kept]] = {}
        self.journal: list[Entry] = []
        self.begin(document)

    # The emulated API

    def answer(self, call: Call) -> Answer:
        """What the call is answered; it is worked through, and written down."""
        steps = _Steps(self, call)
        answer = steps.answer()
        fault = steps.fault
        self.journal.append(Entry(steps.operation, steps.user, answer.status, None if fault is None else fault.id))
        return answer if fault is None else fault.then

    # The control API

    def begin(self, document: Row) -> None:
        """A document becomes the start; snapshots and the journal stay."""
        users = {row["id"]: User(**row) for row in document["users"]}
        by_role = {user.role: user.id for user in users.values()}
        self.start = Kept(
            utc_offset=_offset(document["utc_offset"]),
            now=document["starts_at"],
            users=users,
            chats={row["id"]: _chat(row, users) for row in document["chats"]},
            tokens={self._fixed[label]: token for label, token in _fixed_tokens(by_role).items()},
            limits=_documented_limits(),
        )
        self.kept = deepcopy(self.start)

    def begin_with_what_there_is(self) -> None:
        """The world as it stands becomes the start: data and tokens stay, limits and faults begin anew.

        Who was activated is no longer the deactivated one that a fixed token is for.
        """
        self.start = deepcopy(self.kept)
        for user in self.start.users.values():
            user.role = None if user.active and user.role == "deactivated" else user.role
        self.start.limits, self.start.calls, self.start.locks, self.start.faults = _documented_limits(), {}, {}, []
        self.kept = deepcopy(self.start)

    def reset(self, parts: Iterable[str]) -> None:
        """These parts go back to the start; nobody has a token who is not there any more."""
        for part in parts:
            for name in _PARTS[part]:
                setattr(self.kept, name, deepcopy(getattr(self.start, name)))
            if part == "journal":
                self.journal.clear()
        self.kept.tokens = {name: token for name, token in self.kept.tokens.items() if token.user in self.kept.users}

    def save(self, name: str) -> None:
        """A snapshot, instead of one of that name; it knows what the world's start was."""
        self.snapshots[name] = deepcopy((self.kept, self.start))

    def restore(self, name: str) -> None:
        """Back to a snapshot; the journal goes on."""
        self.kept, self.start = deepcopy(self.snapshots[name])

    def add_user(self, user: str, name: str) -> None:
        """A person, without a token and in no chat."""
        if user in self.kept.users:
            raise Refused(409)
        self.kept.users[user] = User(user, name, f"user-{user}@example.com")

    def change_user(self, user: str, name: str | None, active: bool | None) -> None:
        """Another name, another standing."""
        if user not in self.kept.users:
            raise Refused(404)
        found = self.kept.users[user]
        found.name = found.name if name is None else name
        found.active = found.active if active is None else active

    def mint(self, token: str, user: str, scopes: list[str], expires_in: float) -> None:
        """A token that expires by the world's clock."""
        self._require_user(user)
        self.kept.tokens[token] = Token(user, scopes, self.kept.now + expires_in * SECOND)

    def revoke(self, token: str) -> None:
        """It stays known, and is refused."""
        if token not in self.kept.tokens:
            raise Refused(404)
        self.kept.tokens[token].revoked = True

    def add_chat(self, chat: str, kind: str, members: list[str]) -> None:
        """A chat, which its first member made, now."""
        for member in members:
            self._require_user(member)
        if kind == "dm" and len(members) != len(("one", "another")):
            raise Refused(422)
        if self.find(chat) is not None:
            raise Refused(409)
        participants = {member: Participant() for member in members}
        self.kept.chats[chat] = Chat(chat, kind, chat.lower(), members[0], self.kept.now, participants)

    def add_message(self, chat: str, message: str, sender: str, text: str, time: int | None) -> None:
        """A message, now where no time is given."""
        found = self._participating(chat, sender)
        when = self.kept.now if time is None else time
        found.write(Message(message, sender, self.kept.users[sender].name, text, when))

    def leave_draft(self, chat: str, user: str, text: str) -> None:
        """A draft instead of an earlier one; without a text none."""
        self._participating(chat, user).participants[user].draft = text or None

    def change_limits(self, calls: int) -> None:
        """Another threshold for all operations."""
        for operation in self.kept.limits:
            self.change_limit(operation, {"calls": calls})

    def change_limit(self, operation: str, changes: Mapping[str, int | None]) -> None:
        """What is given changes; counts and locks stay."""
        for name, value in changes.items():
            setattr(self.kept.limits[operation], name, value)

    def exhaust(self, user: str, operation: str, *, lock: bool) -> None:
        """The count is full, so that the next call is refused; or the lock begins at once."""
        self._require_user(user)
        if lock:
            self.lock(user, operation)
        else:
            self.kept.calls[user, operation] = [self.kept.now] * self.kept.limits[operation].calls

    def clear_limits(self, user: str | None, operation: str | None) -> None:
        """Counts and locks go, of all or of one; without a user the documented limits are back too."""
        if user is not None:
            self._require_user(user)
        tables: tuple[dict[tuple[str, str], Any], ...] = (self.kept.calls, self.kept.locks)
        for table in tables:
            for key in [key for key in table if user in (None, key[0]) and operation in (None, key[1])]:
                del table[key]
        for name, limit in _documented_limits().items():
            if user is None and operation in (None, name):
                self.kept.limits[name] = limit

    def lock(self, user: str, operation: str) -> None:
        """From now on; where there is no lock period, for the length of the window. The count starts at zero."""
        limit = self.kept.limits[operation]
        period = limit.window if limit.lock is None else limit.lock
        self.kept.locks[user, operation] = (self.kept.now, self.kept.now + period)
        self.kept.calls[user, operation] = []

    # What the control API shows

    def limits_shown(self) -> list[Row]:
        """Who has calls that count, or a lock; then the operations of which nobody has."""
        rows = []
        for user, operation in sorted({*self.kept.calls, *self.kept.locks}):
            counting, lock = self.counting(user, operation), self.lock_on(user, operation)
            count = len(counting)
            if count or lock is not None:
                frees_at = iso_ms(min(counting) + self.kept.limits[operation].window) if counting else None
                until = None if lock is None else iso_ms(lock[1])
                remaining = max(0, self.kept.limits[operation].calls - count) if lock is None else 0
                used = {
                    "user": user,
                    "count": count,
                    "remaining": remaining,
                    "frees_at": frees_at,
                    "locked_until": until,
                }
                rows.append({**self._unused(operation), **used})
        used_ones = {row["operation"] for row in rows}
        return [*rows, *(self._unused(name) for name in self.kept.limits if name not in used_ones)]

    def chats_shown(self, user: str | None = None) -> list[Row]:
        """All chats, or one person's, newest last message first, those of one moment by their ids."""
        chats = [chat for chat in self.kept.chats.values() if user is None or user in chat.participants]
        return [self._chat_shown(chat) for chat in sorted(chats, key=lambda chat: (-chat.stands_at, chat.id))]

    def own_chats_shown(self, user: str) -> list[Row]:
        """The same as that person sees them."""
        return [self._own_chat_shown(self.kept.chats[each["id"]], user) for each in self.chats_shown(user)]

    def users_shown(self) -> list[Row]:
        """Everyone."""
        return [vars(user) for user in self.kept.users.values()]

    def faults_shown(self) -> list[tuple[str, int, int]]:
        """The rules, newest first, with their hits and firings."""
        return [(fault.id, fault.hits, fault.fired) for fault in reversed(self.kept.faults)]

    def _chat_shown(self, chat: Chat) -> Row:
        last, pin = chat.last_message, chat.pin_at(self.kept.now)
        return {
            "id": chat.id,
            "type": chat.type,
            "name": chat.name,
            "creator": chat.creator,
            "created": iso_ms(chat.created),
            "modified": iso_ms(chat.created),
            "participants": [
                {"user": user, "name": self.kept.users[user].name, **vars(each)}
                for user, each in chat.participants.items()
            ],
            "aliases": chat.aliases,
            "messages": len(chat.messages),
            "last_message": None if last is None else _message_shown(last, chat),
            "pinned_message": None if pin is None else pin.message.id,
            "pin": None if pin is None else self._pin_shown(pin),
        }

    def _pin_shown(self, pin: Pin) -> Row:
        return {
            "message": pin.message.id,
            "text": pin.message.text,
            "creator": pin.creator,
            "creator_name": self.kept.users[pin.creator].name,
            "created": iso_ms(pin.created),
            "expires": None if pin.expires == inf else iso_ms(pin.expires),
        }

    def _own_chat_shown(self, chat: Chat, user: str) -> Row:
        other = next((each for each in chat.participants if each != user), user)
        name = self.kept.users[other].name if chat.type == "dm" else chat.name
        shown = self._chat_shown(chat)
        last = shown["last_message"]
        return {
            "id": chat.id,
            "type": chat.type,
            "name": name,
            "people": len(chat.participants),
            **vars(chat.participants[user]),
            "last_message": last and self._last_message_shown(last),
            "pinned_message": shown["pin"] is not None,
            "unread": chat.unread[user],
            "channel": chat.name if chat.type == "channel" else None,
            "bot": None,
            "parent": None,
        }

    @staticmethod
    def _last_message_shown(last: Row) -> Row:
        """The only messages of information here tell that their sender left."""
        info = {"type": "user_removed", "users": [last["sender"]]} if last["type"] == "info" else None
        shown = {key: last[key] for key in ("sender", "sender_name", "text", "time", "type")}
        return {**shown, "bot": None, "file": None, "info": info, "deleted": False}

    def _unused(self, operation: str) -> Row:
        limit = self.kept.limits[operation]
        return {
            "operation": operation,
            "threshold": limit.calls,
            "window_s": limit.window / SECOND,
            "lock_s": None if limit.lock is None else limit.lock / SECOND,
            "user": None,
            "count": 0,
            "remaining": limit.calls,
            "frees_at": None,
            "locked_until": None,
        }

    # What both need

    def find(self, chat: str) -> Chat | None:
        """By id or alias."""
        return next((each for each in self.kept.chats.values() if chat in (each.id, *each.aliases)), None)

    def counting(self, user: str, operation: str) -> list[int]:
        """The calls of the window that ends now; of a moment that the clock has not reached there are none."""
        now, window = self.kept.now, self.kept.limits[operation].window
        return [at for at in self.kept.calls.get((user, operation), []) if now - window < at <= now]

    def lock_on(self, user: str, operation: str) -> tuple[int, int] | None:
        """The lock in force."""
        since, until = self.kept.locks.get((user, operation), (0, 0))
        return (since, until) if since <= self.kept.now < until else None

    def require_admission(self, user: str, operation: str) -> None:
        """The call counts, or is the one too many, which locks; or one of the lock, which changes nothing."""
        if not self._has_limits:
            return
        if self.lock_on(user, operation) is not None:
            raise Refused(429)
        self.kept.locks.pop((user, operation), None)
        calls = self.kept.calls[user, operation] = self.counting(user, operation)
        limit = self.kept.limits[operation]
        if len(calls) < limit.calls:
            calls.append(self.kept.now)
            return
        if limit.lock is not None:
            self.lock(user, operation)
        raise Refused(429)

    def _participating(self, chat: str, user: str) -> Chat:
        found = self.find(chat)
        if found is None:
            raise Refused(404)
        if user not in found.participants:
            raise Refused(422)
        return found

    def _require_user(self, user: str) -> None:
        if user not in self.kept.users:
            raise Refused(422)


class _Steps:
    """A call on its way: what is known of it, and the order of refusals."""

    def __init__(self, world: World, call: Call) -> None:
        self._world = world
        self._kept = world.kept
        self._call = call
        self.operation: str | None = None
        self.user: str | None = None
        self.fault: Fault | None = None

    def answer(self) -> Answer:
        try:
            return self._answer()
        except Refused as refused:
            return Answer(refused.status, {"message": SENTENCES[refused.status]})

    def _answer(self) -> Answer:
        call, world, kept = self._call, self._world, self._kept
        if call.operation == "unknown":
            raise Refused(404)
        if call.has_other_method:
            raise Refused(405)
        section = documented(call.operation)
        self.operation = call.operation

        token = kept.tokens.get(call.token)
        chat = world.find(call.chat)
        self.fault = self._strike(token, chat)
        if self.fault is not None and not self.fault.comes_after:
            return self.fault.then

        if token is None or token.revoked or token.expires <= kept.now:
            raise Refused(401)
        self.user = token.user
        if not kept.users[token.user].active or section.scope not in token.scopes:
            raise Refused(403)
        world.require_admission(token.user, call.operation)
        if call.accept == "text/html":
            raise Refused(406)
        self._require_good_inputs()
        if "{CHAT_ID}" not in section.path:
            return Answer(200, self._direct_chats(token.user))
        if chat is None:
            raise Refused(404)
        if token.user not in chat.participants:
            raise Refused(403)
        work: Mapping[str, Callable[[Chat, str], Answer]] = {
            "list_chat_members": self._list_members,
            "mute_chat": self._mute,
            "unmute_chat": self._unmute,
            "pin_message": self._pin,
            "get_pinned_message": self._get_pin,
            "unpin_message": self._unpin,
            "leave_chat": self._leave,
        }
        return work[call.operation](chat, token.user)

    def _strike(self, token: Token | None, chat: Chat | None) -> Fault | None:
        """The newest rule that fires; one that matches and does not fire lets the next be asked."""
        seen = {
            "operation": self._call.operation,
            "user": None if token is None else token.user,
            "chat": None if chat is None else chat.id,
        }
        return next((fault for fault in reversed(self._kept.faults) if fault.strikes(seen, self._kept.now)), None)

    def _require_good_inputs(self) -> None:
        """What is wrong in itself, whatever the chat; a parameter that the operation does not have is ignored."""
        if "~" in self._call.chat:
            raise Refused(400)
        is_good = {
            "list_direct_chats": self._has_good_filters,
            "list_chat_members": self._has_good_fields,
            "pin_message": self._has_good_body,
        }.get(self._call.operation)
        if is_good is not None and not is_good():
            raise Refused(400)

    def _has_good_filters(self) -> bool:
        limit = self._call.query.get("limit", "100")
        has_good_limit = limit.isdigit() and 1 <= int(limit) <= 100
        is_range = {"modified_after", "modified_before"} <= {*self._call.query}
        return has_good_limit and not (is_range and self._after() >= self._before())

    def _has_good_fields(self) -> bool:
        return set(self._call.query.get("fields", "name").split(",")) <= {"name", "email_id", "user_id"}

    def _has_good_body(self) -> bool:
        body = self._call.body
        if not isinstance(body, dict) or "id" not in body:
            return False
        expiry = str(body.get("expiry_time", ""))
        return expiry in ("", "-1") or (expiry.isdigit() and int(expiry) > 0)

    # The eight operations

    def _direct_chats(self, user: str) -> Row:
        """One-to-one and group chats, newest last message first, of one moment by their ids."""
        query = self._call.query
        listed = [
            chat
            for chat in self._kept.chats.values()
            if user in chat.participants
            and chat.type != "channel"
            and (query.get("drafts") != "true" or chat.participants[user].draft is not None)
            and self._is_in_time(chat)
        ]
        listed.sort(key=lambda chat: (-chat.stands_at, chat.id))
        return {"chats": [self._listed(chat, user) for chat in listed[: int(query.get("limit", 100))]]}

    def _is_in_time(self, chat: Chat) -> bool:
        """Both times are exclusive, in the seconds that the list shows; what has no message passes neither."""
        if not {"modified_after", "modified_before"} & {*self._call.query}:
            return True
        last = chat.last_message
        return last is not None and self._after() < last.time // SECOND < self._before()

    def _after(self) -> float:
        return int(self._call.query.get("modified_after", 0)) // SECOND

    def _before(self) -> float:
        return int(self._call.query.get("modified_before", 10**15)) // SECOND

    def _listed(self, chat: Chat, user: str) -> Row:
        others = [{"user_id": each, "name": self._name(each)} for each in chat.participants if each != user]
        row: Row = {
            "name": others[0]["name"] if chat.type == "dm" else chat.name,
            "creation_time": self._iso(chat.created),
            "creator_id": chat.creator,
            "last_modified_time": self._iso(chat.created),
            "removed": False,
            "recipients_summary": others,
            "chat_type": chat.type,
            "chat_id": chat.id,
            "pinned": chat.participants[user].pinned,
            "participant_count": len(chat.participants),
        }
        last = chat.last_message
        if last is not None:
            row["last_message_info"] = {
                "sender_id": last.sender,
                "message_type": "text",
                "time": self._iso(last.time),
                "text": last.text,
                "sender_name": last.sender_name,
            }
        return row

    def _list_members(self, chat: Chat, _user: str) -> Answer:
        fields = self._call.query.get("fields", "name,email_id,user_id").split(",")
        users = [self._kept.users[each] for each in chat.participants]
        rows = [{"user_id": each.id, "email_id": each.email, "name": each.name} for each in users]
        return Answer(200, {"members": [{name: row[name] for name in fields} for row in rows]})

    def _mute(self, chat: Chat, user: str) -> Answer:
        chat.participants[user].muted = True
        return Answer(204)

    def _unmute(self, chat: Chat, user: str) -> Answer:
        chat.participants[user].muted = False
        return Answer(204)

    def _pin(self, chat: Chat, user: str) -> Answer:
        """A duration counts from now, from 10^12 on it is a moment; what is over before it began is refused."""
        body = self._call.body
        message = next((each for each in chat.messages if each.id == body["id"]), None)
        if message is None:
            raise Refused(400)
        now, given = self._kept.now, str(body.get("expiry_time", ""))
        if given in ("", "-1"):
            expires = inf
        else:
            expires = int(given) if int(given) >= FIRST_ABSOLUTE_EXPIRY else now + int(given)
        if expires <= now:
            raise Refused(400)
        chat.pin = Pin(message, user, now, expires)
        return Answer(200, {"data": self._pin_shown(chat, chat.pin)})

    def _get_pin(self, chat: Chat, _user: str) -> Answer:
        pin = chat.pin_at(self._kept.now)
        return Answer(200, {"type": "stickymessage", "data": {} if pin is None else self._pin_shown(chat, pin)})

    def _unpin(self, chat: Chat, _user: str) -> Answer:
        chat.pin = None
        return Answer(204)

    def _leave(self, chat: Chat, user: str) -> Answer:
        if chat.type == "dm":
            raise Refused(400)
        del chat.participants[user]
        if chat.type == "channel":
            # The others are told by a message without text.
            now, ids = self._kept.now, {each.id for each in chat.messages}
            free = (f"{now}_{number}" for number in count(len(ids) + 1))
            message = next(each for each in free if each not in ids)
            chat.write(Message(message, user, self._name(user), "", now, "info"))
        return Answer(204)

    def _pin_shown(self, chat: Chat, pin: Pin) -> Row:
        message = pin.message
        return {
            "expiry_time": -1 if pin.expires == inf else pin.expires,
            "creator": {"name": self._name(pin.creator), "id": pin.creator},
            "message": {
                "msg": message.text,
                "sender": message.sender,
                "lmsgtime": str(message.time),
                "msguid": message.id.replace("_", "%20"),
                "time": str(message.time),
                "dname": message.sender_name,
            },
            "created_time": pin.created,
            "last_modified_time": pin.created,
            "chat_id": chat.id,
        }

    def _name(self, user: str) -> str:
        return self._kept.users[user].name

    def _iso(self, moment: int) -> str:
        return datetime.fromtimestamp(moment // SECOND, self._kept.utc_offset).isoformat()


_PARTS: Mapping[str, tuple[str, ...]] = {
    "data": ("utc_offset", "users", "chats"),
    "tokens": ("tokens",),
    "clock": ("now",),
    "limits": ("limits", "calls", "locks"),
    "faults": ("faults",),
    "journal": (),
}


def iso_ms(moment: float) -> str:
    """A moment as the control API writes it."""
    return datetime.fromtimestamp(moment / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _offset(text: str) -> timezone:
    hours, minutes = text[1:].split(":")
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-span if text.startswith("-") else span)


def _documented_limits() -> dict[str, Limit]:
    return {
        section.name: Limit(
            section.threshold,
            round(section.window.total_seconds() * SECOND),
            round(section.lock_period.total_seconds() * SECOND),
        )
        for section in DOCUMENTED
    }


def _fixed_tokens(by_role: Mapping[str | None, str]) -> dict[str, Token]:
    """One for each thing worth testing."""
    return {
        "owner": Token(by_role["owner"], SCOPES),
        "member": Token(by_role["member"], SCOPES),
        "outsider": Token(by_role["outsider"], SCOPES),
        "readonly": Token(by_role["owner"], ["ZohoCliq.Chats.READ"]),
        "expired": Token(by_role["owner"], SCOPES, expires=-inf),
        "revoked": Token(by_role["owner"], SCOPES, revoked=True),
        "deactivated": Token(by_role["deactivated"], SCOPES),
    }


def _chat(row: Row, users: Mapping[str, User]) -> Chat:
    messages = [Message(sender_name=users[each["sender"]].name, **each) for each in row["messages"]]
    pin = row["pin"]
    return Chat(
        id=row["id"],
        type=row["type"],
        name=row["name"],
        creator=row["creator"],
        created=row["created"],
        participants={
            each["user"]: Participant(pinned=each.get("pinned", False), draft=each["draft"])
            for each in row["participants"]
        },
        messages=messages,
        aliases=row["aliases"],
        pin=pin and Pin(_by_id(messages, pin["message"]), pin["creator"], pin["created"], pin["expires"] or inf),
    )


def _by_id(messages: Iterable[Message], message_id: str) -> Message:
    return next(each for each in messages if each.id == message_id)


def _message_shown(message: Message, chat: Chat) -> Row:
    return {
        "id": message.id,
        "chat": chat.id,
        "sender": message.sender,
        "sender_name": message.sender_name,
        "text": message.text,
        "time": iso_ms(message.time),
        "modified": iso_ms(message.time),
        "type": message.type,
    }
