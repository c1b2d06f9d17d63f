"""Documents of worlds, generated: everything that a world file may have, consistent with itself."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from hypothesis import strategies as st

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_TIMES = st.integers(0, 2_000_000_000_000)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=4,
)
_OBJECTS = st.dictionaries(_TEXT, _ANYTHING, max_size=3)
_LISTS = st.lists(_ANYTHING, max_size=3)
_LEVELS = st.sampled_from(["organization", "team", "private", "external"])
_ROLES = st.sampled_from(["super_admin", "admin", "moderator", "member"])


def _some(draw: st.DrawFn, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    """An object that has some of these."""
    return {name: draw(values) for name, values in fields.items() if draw(st.booleans())}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A world with people, bots, statuses, and chats of every type."""
    users = [f"{draw(st.sampled_from(['', 'x:', '7']))}{number}" for number in range(draw(st.integers(2, 5)))]
    people = st.sampled_from(users)
    bots = [
        {
            "unique_name": f"bot-{number}",
            **_some(
                draw,
                id=st.just(f"b-{number}"),
                name=_TEXT,
                description=_TEXT,
                image_url=_TEXT,
                creator=people,
                subscribers=st.lists(people, unique=True),
            ),
        }
        for number in range(draw(st.integers(0, 2)))
    ]
    statuses = [
        {"id": str(number), "user": user, "code": "busy", "message": draw(_TEXT), "current": draw(st.booleans())}
        for number, user in enumerate(users)
        if draw(st.booleans())
    ]
    transient = {"id": "t", "user": users[0], "code": "busy", "message": draw(_TEXT), "expires": draw(_TIMES)}
    chats: list[dict[str, Any]] = []
    kinds = ["dm", "chat", "channel", *(["bot"] if bots else [])]
    for number, kind in enumerate(draw(st.lists(st.sampled_from(kinds), max_size=4))):
        chats.append(draw(_chats(f"{number}", kind, users, bots)))
    for parent in [chat for chat in chats if chat["type"] == "channel" and chat["messages"]]:
        if draw(st.booleans()):
            thread = draw(_chats(f"{parent['id']}-T", "thread", users, bots))
            message = draw(st.sampled_from(parent["messages"]))["id"]
            thread["thread"] = {"chat": parent["id"], "message": message, **_some(draw, closed=st.booleans())}
            chats.append(thread)
    webhook = {"token": "1001.own.hook", "user": users[0], "scopes": ["ZohoCliq.Webhooks.CREATE"], "webhook": True}
    client = {"token": "1000.own.client", "user": users[0], "scopes": ["ZohoCliq.Users.READ"], "client": True}
    profiles = st.dictionaries(_TEXT, _TEXT, max_size=2)
    return {
        "mockcliq": 1,
        "users": [
            {"id": user, "name": draw(_TEXT), "email": f"{user}@x.test", **_some(draw, profile=profiles)}
            for user in users
        ],
        "retired": draw(st.lists(_TEXT, unique=True, max_size=2)),
        "tokens": draw(st.sampled_from([[], [webhook], [client], [webhook, client]])),
        "bots": bots,
        "statuses": [*statuses, *([transient] if draw(st.booleans()) else [])],
        "chats": chats,
    }


def _configs(people: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    switches = st.sampled_from(["enable", "disable"])
    return st.fixed_dictionaries(
        {},
        optional={
            "reply_mode": st.sampled_from(["normal_reply", "threads", "both"]),
            "leave_join_info": switches,
            "add_remove_info": switches,
            "invite_only": st.booleans(),
            "auto_follow_threads": st.lists(st.sampled_from(people), unique=True),
            "member_permission": st.dictionaries(_TEXT, st.booleans(), max_size=2),
        },
    )


@st.composite
def _chats(draw: st.DrawFn, chat: str, kind: str, users: list[str], bots: list[dict[str, Any]]) -> dict[str, Any]:
    people = draw(st.permutations(users))
    people = people[: {"dm": 2, "bot": 1}.get(kind, draw(st.integers(1, len(users))))]
    messages: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 4))):
        messages.append(draw(_messages(chat, number, users, bots, [each["id"] for each in messages])))
    own: dict[str, Any] = {}
    if kind == "channel" and draw(st.booleans()):
        own["channel"] = _some(
            draw,
            channel_id=st.just(f"O{chat}"),
            unique_name=st.just(f"name-{chat}"),
            level=_LEVELS,
            description=_TEXT,
            status=st.sampled_from(["created", "archived"]),
            config=_configs(people),
            roles=st.dictionaries(st.sampled_from(people), _ROLES),
            bots=st.lists(st.sampled_from([bot["unique_name"] for bot in bots]), unique=True) if bots else st.just([]),
        )
    if kind == "bot":
        own["bot"] = draw(st.sampled_from(bots))["unique_name"]
    return {
        "id": chat,
        "type": kind,
        "name": draw(_TEXT),
        "creator": people[0],
        "created": draw(_TIMES),
        "participants": [
            {
                "user": user,
                **_some(
                    draw,
                    muted=st.booleans(),
                    pinned=st.booleans(),
                    draft=_TEXT,
                    read=st.integers(0, len(messages)),
                ),
            }
            for user in people
        ],
        "messages": messages,
        **own,
    }


@st.composite
def _messages(
    draw: st.DrawFn, chat: str, number: int, users: list[str], bots: list[dict[str, Any]], before: list[str]
) -> dict[str, Any]:
    people = st.sampled_from(users)
    senders = st.sampled_from([*users, *(bot["id"] for bot in bots if "id" in bot)])
    reactions = st.builds("{}:{}:{}".format, _TIMES, people, _TEXT)
    unseen = {"name": "big.bin", "size": 2000, "id": f"a_{chat.encode().hex()}{number}"}
    files = st.just(unseen) | st.builds(
        lambda name, content, comment: {
            "name": name,
            "content": b64encode(content).decode(),
            "comment": comment,
            "id": f"a_{chat.encode().hex()}{number}",
        },
        _TEXT,
        st.binary(max_size=20),
        _TEXT,
    )
    message = {"id": f"{draw(_TIMES)}_{number}", "sender": draw(senders), "text": draw(_TEXT), "time": draw(_TIMES)}
    if before:
        message |= _some(draw, reply_to=st.sampled_from(before))
    return {
        **message,
        **_some(
            draw,
            sender_name=_TEXT,
            modified=_TIMES,
            type=st.sampled_from(["text", "card", "file", "info"]),
            highlight=st.booleans(),
            bot=st.fixed_dictionaries({"name": _TEXT, "image_url": _TEXT}),
            card=_OBJECTS,
            slides=_LISTS,
            buttons=_LISTS,
            reactions=st.dictionaries(_TEXT, st.lists(reactions, max_size=2), max_size=2),
            info=st.fixed_dictionaries({"type": _TEXT, "users": st.lists(people, max_size=2)}),
            deleted=st.booleans(),
            file=files,
        ),
    }
