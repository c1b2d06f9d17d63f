"""One person's conversations, page by page and by name, as a chat app lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.control.worlds import Made, default_of, make, settled, told
from tests.office import ADA, DAN, EVE, EVERYONE, LAUNCH, LAUNCH_NOON, MAX, OLGA, QUIET, WITH_DAN, WITH_EVE, WITH_MAX
from tests.profiles import examples

pytest_plugins = ["tests.office_server"]


@pytest.fixture
def world(office: Running) -> Made:
    """The office as a world of the test's own, at noon."""
    world = make(office, rate_limit=False)
    world.freeze()
    return world


def page(world: Made | Running, user: str = ADA, **query: Any) -> dict[str, Any]:
    """What the route answers."""
    answer: dict[str, Any] = world.control("GET", f"/users/{user}/chats", params=query)
    return answer


def ids(world: Made | Running, user: str = ADA, **query: Any) -> list[str]:
    """The chats of a page."""
    return [chat["id"] for chat in page(world, user, **query)["chats"]]


def own(world: Made, chat: str, user: str = ADA) -> dict[str, Any]:
    """One chat as that person sees it."""
    chats: list[dict[str, Any]] = page(world, user)["chats"]
    return next(each for each in chats if each["id"] == chat)


# What is there


def test_everything_somebody_is_in_is_there_newest_last_message_first(world: Made) -> None:
    """Channels too; who has said nothing yet stands where it was made."""
    assert page(world)["user"] == ADA
    assert page(world)["total"] == 6
    assert ids(world) == [EVERYONE, LAUNCH, QUIET, WITH_MAX, WITH_EVE, WITH_DAN]
    assert page(world, OLGA) == {"user": OLGA, "total": 0, "chats": []}


def test_a_chat_tells_what_a_list_shows_of_it(world: Made) -> None:
    last: dict[str, Any] = {"sender": EVE, "sender_name": "Eve Novak", "text": "We launch at noon"}
    last |= {"time": "2025-05-31T11:00:00.000Z"}
    last |= {"type": "text", "bot": None, "file": None, "info": None, "deleted": False}
    launch = {
        "id": LAUNCH,
        "type": "chat",
        "name": "Launch",
        "people": 3,
        "muted": False,
        "pinned": True,
        "draft": None,
        "last_message": last,
        "pinned_message": False,
        "unread": 0,
        "channel": None,
        "bot": None,
        "parent": None,
    }
    assert own(world, LAUNCH) == launch
    assert own(world, LAUNCH, MAX) == {**launch, "pinned": False, "draft": "Wait"}
    assert own(world, QUIET)["last_message"] is None
    assert (own(world, EVERYONE)["type"], own(world, EVERYONE)["name"]) == ("channel", "#everyone")


def test_a_dm_is_named_after_the_other_of_the_two(world: Made) -> None:
    assert own(world, WITH_DAN)["name"] == "Dan Gone"
    assert own(world, WITH_DAN, DAN)["name"] == "Ada Byron"
    assert own(world, WITH_MAX, MAX)["name"] == "Ada Byron"
    assert ids(world, MAX, search="byron") == [WITH_MAX]
    assert ids(world, MAX, search="planck") == []


def test_who_has_left_a_chat_has_it_no_more(world: Made) -> None:
    assert own(world, LAUNCH, MAX)["people"] == 3
    assert world.as_("owner").post(f"/chats/{LAUNCH}/leave").status_code == 204
    assert LAUNCH not in ids(world)
    assert page(world)["total"] == 5
    assert own(world, LAUNCH, MAX)["people"] == 2


def test_what_has_just_happened_is_there_at_once(world: Made) -> None:
    assert ids(world)[0] == EVERYONE
    owner = world.as_("owner")
    assert owner.post(f"/chats/{QUIET}/mute").status_code == 204
    assert own(world, QUIET)["muted"] is True
    assert own(world, QUIET, EVE)["muted"] is False
    world.control("POST", f"/chats/{QUIET}/messages", json={"sender": EVE, "text": "Hello"})
    assert ids(world)[0] == ids(world, EVE)[0] == QUIET
    world.control(
        "POST", f"/chats/{EVERYONE}/messages", json={"sender": EVE, "text": "Hi", "time": "2025-06-01T12:01Z"}
    )
    assert ids(world)[:2] == [EVERYONE, QUIET]
    world.control("POST", f"/chats/{LAUNCH}/drafts", json={"user": ADA, "text": "So"})
    assert own(world, LAUNCH)["draft"] == "So"
    world.control("PATCH", f"/users/{MAX}", json={"name": "Moritz"})
    assert (own(world, WITH_MAX)["name"], ids(world, search="MORITZ")) == ("Moritz", [WITH_MAX])
    world.control("POST", "/reset")
    assert ids(world) == [EVERYONE, LAUNCH, QUIET, WITH_MAX, WITH_EVE, WITH_DAN]


def test_a_pinned_message_is_there_until_its_time_is_over(world: Made) -> None:
    body = {"id": LAUNCH_NOON, "expiry_time": 60_000}
    assert world.as_("owner").post(f"/chats/{LAUNCH}/stickymessage", json=body).status_code == 200
    assert own(world, LAUNCH)["pinned_message"] is True
    world.control("POST", "/clock/advance", json={"seconds": 60})
    assert own(world, LAUNCH)["pinned_message"] is False


def test_a_person_is_named_by_id_or_address_and_nobody_else_is_found(world: Made) -> None:
    assert page(world, "ada@office.test") == page(world)
    status, detail = told(world.call("GET", "/users/nobody/chats"))
    assert (status, "'nobody'" in detail) == (404, True)


def test_looking_is_no_call_and_changes_nothing(world: Made) -> None:
    before, document = world.control("GET", "/overview"), settled(world)
    page(world, search="e")
    assert world.control("GET", "/overview") == before
    assert settled(world) == document


# Pages


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "offset=x", "sort=name"])
def test_a_page_that_cannot_be_is_refused(world: Made, query: str) -> None:
    status, detail = told(world.call("GET", f"/users/{ADA}/chats?{query}"))
    assert (status, query.partition("=")[0] in detail) == (422, True)


def test_beyond_the_last_page_there_is_nothing_but_the_total(world: Made) -> None:
    for offset in (6, 10**30):
        assert page(world, offset=offset) == {"user": ADA, "total": 6, "chats": []}


@pytest.fixture(scope="module")
def crowded() -> Iterator[Running]:
    """A demo in which the owner has some hundred chats."""
    with running(Settings(chats=600, messages=1200)) as server:
        yield server


@pytest.mark.slow
def test_200_are_a_page_where_nobody_says_otherwise(crowded: Running) -> None:
    found = page(crowded, owner_of(crowded))
    assert (len(found["chats"]), found["total"]) == (200, len(whole(crowded)))
    assert found["total"] > 400


def owner_of(server: Running) -> str:
    """The owner's id."""
    (owner,) = (user["id"] for user in server.control("GET", "/users")["users"] if user["role"] == "owner")
    return str(owner)


def whole(server: Running) -> list[dict[str, Any]]:
    """The owner's chats as the other route has them: in full, and in the same order."""
    chats: list[dict[str, Any]] = server.control("GET", f"/chats?limit=10000&user={owner_of(server)}")["chats"]
    return chats


@pytest.fixture(scope="module")
def everything(crowded: Running) -> list[str]:
    """All chats of the owner's."""
    return [str(chat["id"]) for chat in whole(crowded)]


@examples(20)
@given(limit=st.integers(1, 1000))
def test_the_pages_put_together_are_the_whole_list_whatever_their_size(
    crowded: Running, everything: list[str], limit: int
) -> None:
    """Small ones would be hundreds: the last of them will do."""
    first = max(0, len(everything) - 10 * limit)
    owner = owner_of(crowded)
    offsets = range(first, len(everything) + limit, limit)
    assert [each for offset in offsets for each in ids(crowded, owner, limit=limit, offset=offset)] == everything[
        first:
    ]


@pytest.fixture
def simultaneous(world: Made) -> Made:
    """A world in which Olga has 30 chats, of all kinds, whose last messages are of one moment."""
    for number in range(30):
        kind = ("dm", "chat", "channel")[number % 3]
        order = {"type": kind, "name": f"No. {number}", "members": [OLGA, ADA]}
        chat = world.control("POST", "/chats", json=order)["id"]
        if number % 2:
            world.control("POST", f"/chats/{chat}/messages", json={"sender": ADA, "text": "Now"})
    return world


def test_of_chats_of_one_moment_none_is_missed_and_none_comes_twice(simultaneous: Made) -> None:
    found = [chat for offset in range(0, 30, 4) for chat in ids(simultaneous, OLGA, limit=4, offset=offset)]
    assert found == sorted(found)
    assert len({*found}) == 30


# By name

NAMES = (
    "Öffentlichkeitsarbeit",
    "öde Orte",
    "OFFEN",
    "Straße",
    "STRASSE 2",
    "İstanbul",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "100% _x\\",
    "💬 a",
)


@pytest.fixture(scope="module")
def named() -> Iterator[Running]:
    """A world of groups with such names."""
    with running(Settings(world="empty", rate_limit=False)) as server:
        members = [owner_of(server)]
        for name in (*NAMES, "a\0b", " ", ""):
            server.control("POST", "/chats", json={"type": "chat", "name": name, "members": members})
        server.control("POST", "/chats", json={"type": "channel", "name": "#Öl", "members": members})
        yield server


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ÖFF", {"Öffentlichkeitsarbeit"}),
        ("ö", {"Öffentlichkeitsarbeit", "öde Orte", "#Öl"}),
        ("off", {"OFFEN"}),
        ("strasse", {"Straße", "STRASSE 2"}),
        ("ß", {"Straße", "STRASSE 2"}),
        ("Σίσυφος", {"ΣΊΣΥΦΟΣ", "σίσυφος"}),
        ("% _", {"100% _x\\"}),
        ("💬", {"💬 a"}),
        ("nothing", set()),
    ],
)
def test_a_part_of_the_name_is_found_in_whatever_case(named: Running, search: str, found: set[str]) -> None:
    answer = page(named, owner_of(named), search=search)
    assert {chat["name"] for chat in answer["chats"]} == found
    assert answer["total"] == len(found)


def test_an_empty_search_is_none(named: Running) -> None:
    assert page(named, owner_of(named), search="") == page(named, owner_of(named))


@examples(60)
@given(st.text(st.sampled_from("öÖoOfFßsSẞςΣİi aA%_\0"), max_size=3) | st.text(max_size=2))
def test_a_search_finds_what_python_finds_by_folding_cases(named: Running, search: str) -> None:
    everything = page(named, owner_of(named))["chats"]
    expected = [chat for chat in everything if search.casefold() in chat["name"].casefold()]
    assert page(named, owner_of(named), search=search)["chats"] == expected


def test_what_is_found_comes_in_pages_too(crowded: Running) -> None:
    owner = owner_of(crowded)
    everything = page(crowded, owner, limit=1000)["chats"]
    expected = [chat["id"] for chat in everything if "AN".casefold() in chat["name"].casefold()]
    assert {chat["type"] for chat in everything if chat["id"] in expected} == {"dm", "chat", "channel"}
    assert page(crowded, owner, search="AN")["total"] == len(expected) > 20
    found = [
        each for start in range(0, len(expected), 7) for each in ids(crowded, owner, search="AN", offset=start, limit=7)
    ]
    assert found == expected


def test_a_world_of_a_person_s_own_shows_nobody_else_s(world: Made, office: Running) -> None:
    world.control("POST", "/chats", json={"type": "chat", "name": "Here", "members": [ADA]})
    assert ids(world, search="here")
    assert ids(default_of(office), search="here") == []
