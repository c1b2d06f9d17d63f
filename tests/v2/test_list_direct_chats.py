"""Retrieve all direct chats: what is listed, in which order, and what narrows it down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.answers import assert_agreed, assert_refused
from tests.conftest import Cliq, Running
from tests.office import (
    ADA,
    EVE,
    EVERYONE,
    LAUNCH,
    MAX,
    QUIET,
    WITH_DAN,
    WITH_EVE,
    WITH_MAX,
    WITHOUT_ADA,
)
from tests.profiles import examples
from tests.reference import documented

pytest_plugins = ("tests.office_server",)

Row = dict[str, Any]

NEWEST_FIRST = [LAUNCH, QUIET, WITH_MAX, WITH_EVE, WITH_DAN]
"""Ada's list: last messages of 11:00 and 10:00 of May 31st and of May 30th; the silent two are as old as they are."""
WITH_MESSAGES = [LAUNCH, WITH_MAX, WITH_EVE]


def ids(rows: list[Row]) -> list[str]:
    return [row["chat_id"] for row in rows]


def row_of(chat_id: str, cliq: Cliq) -> Row:
    return next(row for row in cliq.chats() if row["chat_id"] == chat_id)


def last_message_time(row: Row) -> datetime | None:
    """When its last message was sent, as the row shows it."""
    return datetime.fromisoformat(row["last_message_info"]["time"]) if "last_message_info" in row else None


def shown_time(row: Row) -> str:
    """What a client passes on to get the page after this row."""
    return str(row["last_message_info"]["time"] if "last_message_info" in row else row["creation_time"])


def unlimited(server: Running) -> Running:
    """The server, for a story of more calls than the threshold allows."""
    server.control("PUT", "/limits", json={"threshold": 1_000_000})
    return server


# What is listed


def test_a_row_is_as_the_reference_shows_it(office: Running) -> None:
    """Ids are strings, the count is a number, times have the world's offset and no fraction."""
    assert row_of(WITH_MAX, office.as_("owner")) == {
        "name": "Max Planck",
        "creation_time": "2025-05-01T10:00:00+02:00",
        "creator_id": ADA,
        "last_modified_time": row_of(WITH_MAX, office.as_("owner"))["last_modified_time"],
        "removed": False,
        "recipients_summary": [{"user_id": MAX, "name": "Max Planck"}],
        "chat_type": "dm",
        "chat_id": WITH_MAX,
        "last_message_info": {
            "sender_id": MAX,
            "message_type": "text",
            "time": "2025-05-31T12:00:00+02:00",
            "text": "Lunch?",
            "sender_name": "Max Planck",
        },
        "pinned": False,
        "participant_count": 2,
    }


def test_every_row_has_the_keys_of_the_reference_with_their_types(demo: Running) -> None:
    """Whatever the chat; only the styles and the bot of a message come and go, and the last message itself."""
    example: Any = documented("list_direct_chats").success_example
    expected = example["chats"][0]
    for row in demo.as_("owner").chats():
        assert row.keys() | {"last_message_info"} == expected.keys()
        assert {key: type(value) for key, value in row.items()} == {key: type(expected[key]) for key in row}
        for recipient in row["recipients_summary"]:
            assert {key: type(value) for key, value in recipient.items()} == {"user_id": str, "name": str}
        message = row.get("last_message_info")
        if message is not None:
            assert message.keys() | {"styles", "bot"} == expected["last_message_info"].keys()
            assert {key: type(message[key]) for key in message} == {
                key: type(expected["last_message_info"][key]) for key in message
            }


def test_times_are_iso_8601_with_an_offset(demo: Running) -> None:
    for row in demo.as_("owner").chats():
        times = [row["creation_time"], row["last_modified_time"]]
        times += [row["last_message_info"]["time"]] if "last_message_info" in row else []
        for time in times:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", time)


def test_one_to_one_and_group_chats_are_listed_and_channels_are_not(office: Running) -> None:
    """Ada is in the channel, too."""
    assert office.as_("owner").get(f"/chats/{EVERYONE}/members").is_success
    rows = office.as_("owner").chats()
    assert {row["chat_type"] for row in rows} == {"dm", "chat"}
    assert EVERYONE not in ids(rows)


def test_only_the_caller_s_own_chats_are_listed(office: Running) -> None:
    assert set(ids(office.as_("member").chats())) == {WITH_MAX, LAUNCH, WITHOUT_ADA}
    assert office.as_("outsider").chats() == []


def test_a_one_to_one_chat_is_named_after_the_other(office: Running) -> None:
    assert row_of(WITH_MAX, office.as_("owner"))["name"] == "Max Planck"
    assert row_of(WITH_MAX, office.as_("member"))["name"] == "Ada Byron"


def test_a_group_has_the_same_name_for_all(office: Running) -> None:
    assert row_of(LAUNCH, office.as_("owner"))["name"] == row_of(LAUNCH, office.as_("eve"))["name"] == "Launch"


def test_the_recipients_are_the_other_participants(office: Running) -> None:
    recipients = row_of(LAUNCH, office.as_("owner"))["recipients_summary"]
    assert sorted(recipients, key=lambda each: str(each["user_id"])) == [
        {"user_id": MAX, "name": "Max Planck"},
        {"user_id": EVE, "name": "Eve Novak"},
    ]


def test_the_participant_count_includes_the_caller(demo: Running) -> None:
    for label in ("owner", "member"):
        for row in demo.as_(label).chats():
            others = 0 if row["chat_type"] == "bot" else len(row["recipients_summary"])
            assert row["participant_count"] == 1 + others, "a bot is none"


def test_the_last_message_is_the_newest_in_whatever_order_messages_were_written_down(office: Running) -> None:
    assert row_of(LAUNCH, office.as_("owner"))["last_message_info"] == {
        "sender_id": EVE,
        "message_type": "text",
        "time": "2025-05-31T13:00:00+02:00",
        "text": "We launch at noon",
        "sender_name": "Eve Novak",
    }


def test_a_chat_is_pinned_for_who_pinned_it_in_the_list(office: Running) -> None:
    assert [row["chat_id"] for row in office.as_("owner").chats() if row["pinned"]] == [LAUNCH]
    assert not any(row["pinned"] for row in office.as_("eve").chats())


def test_a_pinned_message_does_not_pin_its_chat(office: Running) -> None:
    """Two things that the reference both calls pinned."""
    assert office.as_("owner").post(f"/chats/{WITH_MAX}/stickymessage", json={"id": "1748685600500_7003"}).is_success
    assert row_of(WITH_MAX, office.as_("owner"))["pinned"] is False


def test_a_chat_without_messages_has_no_last_message(office: Running) -> None:
    assert "last_message_info" not in row_of(QUIET, office.as_("owner"))


# In which order, and how many


def test_the_newest_last_message_comes_first(office: Running) -> None:
    """A chat without messages stands where its creation puts it."""
    assert ids(office.as_("owner").chats()) == NEWEST_FIRST


@pytest.mark.parametrize("label", ["owner", "member"])
def test_every_list_of_the_demo_world_is_in_order_of_time(label: str, demo: Running) -> None:
    times = [datetime.fromisoformat(shown_time(row)) for row in demo.as_(label).chats()]
    assert times == sorted(times, reverse=True)


def test_a_limit_cuts_the_list_off(office: Running) -> None:
    assert ids(office.as_("owner").chats(limit=1)) == NEWEST_FIRST[:1]
    assert ids(office.as_("owner").chats(limit=3)) == NEWEST_FIRST[:3]
    assert ids(office.as_("owner").chats(limit=100)) == NEWEST_FIRST


def test_a_hundred_rows_are_the_default_and_the_most(serve: Any) -> None:
    """The owner of this demo world has more of them."""
    owner = serve(chats=250).as_("owner")
    assert len(owner.chats()) == len(owner.chats(limit=100)) == 100
    assert owner.chats() == owner.chats(limit=100)
    assert len(owner.chats(modified_before=shown_time(owner.chats()[-1]))) > 0


@pytest.mark.parametrize(
    "limit",
    ["0", "101", "-1", "", "ten", "1.0", "1e1", "1_0", "0x10", "\u0665", " ", "10,", "999999999999999999999", "null"],
)
def test_a_limit_that_is_no_integer_from_1_to_100_is_refused(limit: str, office: Running) -> None:
    assert_refused(office.as_("owner").get("/chats", params={"limit": limit}), 400)


# Times


BEFORE: Mapping[str, list[str]] = {
    # Launch's last message is of 11:00:00, Max's of 10:00:00.500, shown as 10:00:00.
    "2025-05-31T11:00:01Z": WITH_MESSAGES,
    "2025-05-31T11:00:00Z": [WITH_MAX, WITH_EVE],
    "2025-05-31T11:00:00.999Z": [WITH_MAX, WITH_EVE],
    "2025-05-31T10:00:01Z": [WITH_MAX, WITH_EVE],
    "2025-05-31T10:00:00Z": [WITH_EVE],
    "2025-05-31T10:00:00.900Z": [WITH_EVE],
    "1748685600900": [WITH_EVE],
    "1748685601000": [WITH_MAX, WITH_EVE],
}

AFTER: Mapping[str, list[str]] = {
    "2025-05-31T09:59:59Z": [LAUNCH, WITH_MAX],
    "2025-05-31T10:00:00Z": [LAUNCH],
    "2025-05-31T10:00:00.400Z": [LAUNCH],
    "2025-05-31T10:59:59.999Z": [LAUNCH],
    "2025-05-31T11:00:00Z": [],
    "1748685600400": [LAUNCH],
    "1748685599999": [LAUNCH, WITH_MAX],
}


@pytest.mark.parametrize("time", BEFORE)
def test_modified_before_is_exclusive_at_the_precision_shown(time: str, office: Running) -> None:
    """In whole seconds: a row whose shown time is passed is left out, whatever its milliseconds."""
    assert ids(office.as_("owner").chats(modified_before=time)) == BEFORE[time]


@pytest.mark.parametrize("time", AFTER)
def test_modified_after_is_exclusive_at_the_precision_shown(time: str, office: Running) -> None:
    assert ids(office.as_("owner").chats(modified_after=time)) == AFTER[time]


def test_a_chat_without_messages_passes_no_time_filter(office: Running) -> None:
    """Though it stands in the list between those that do."""
    everything = {"modified_after": "1970-01-01T00:00:00Z", "modified_before": "2100-01-01T00:00:00Z"}
    for name, time in everything.items():
        assert ids(office.as_("owner").chats(**{name: time})) == WITH_MESSAGES
    assert ids(office.as_("owner").chats(**everything)) == WITH_MESSAGES


ELEVEN = {
    "with Z": "2025-05-31T11:00:00Z",
    "with an offset": "2025-05-31T13:00:00+02:00",
    "with an offset to the west": "2025-05-31T04:00:00-07:00",
    "with an offset without a colon": "2025-05-31T13:00:00+0200",
    "with an offset of hours": "2025-05-31T13:00:00+02",
    "without an offset, which means UTC": "2025-05-31T11:00:00",
    "in the basic format": "20250531T110000Z",
    "without seconds": "2025-05-31T11:00Z",
    "with a fraction": "2025-05-31T11:00:00.000000+00:00",
    "in epoch milliseconds": "1748689200000",
}


@pytest.mark.parametrize("spelling", ELEVEN)
def test_a_moment_has_many_spellings(spelling: str, office: Running) -> None:
    """Eleven o'clock, at which Eve wrote to the launch group."""
    time = ELEVEN[spelling]
    assert ids(office.as_("owner").chats(modified_before=time)) == [WITH_MAX, WITH_EVE]
    assert ids(office.as_("owner").chats(modified_after=time)) == []


@pytest.mark.parametrize("spelling", [each for each, time in ELEVEN.items() if "+" in time])
def test_a_plus_that_arrived_as_a_space_is_mended(spelling: str, office: Running) -> None:
    """It does where a client puts the time of a row into the query without encoding it."""
    for query in (f"modified_before={ELEVEN[spelling]}", f"modified_before={ELEVEN[spelling].replace('+', '%20')}"):
        answer = office.as_("owner").get(f"/chats?{query}")
        assert_agreed(answer)
        assert ids(answer.json()["chats"]) == [WITH_MAX, WITH_EVE]


def test_a_date_alone_is_its_midnight_in_utc(office: Running) -> None:
    assert ids(office.as_("owner").chats(modified_before="2025-05-31")) == [WITH_EVE]


@pytest.mark.parametrize("parameter", ["modified_before", "modified_after"])
@pytest.mark.parametrize(
    "time",
    [
        "",
        "yesterday",
        "2025-13-01T00:00:00Z",
        "2025-02-30",
        "2025-05-31T25:00:00Z",
        "31/05/2025",
        "Sat, 31 May 2025 11:00:00 GMT",
        "2025-05-31x11:00:00Z",
        "2025-05-31T11:00:00 Europe",
        "1748689200000.5",
        "1.7e12",
        "\u0661748689200000",
        "99999999999999999999",
        "true",
    ],
)
def test_a_time_that_is_neither_iso_8601_nor_epoch_milliseconds_is_refused(
    parameter: str, time: str, office: Running
) -> None:
    assert_refused(office.as_("owner").get("/chats", params={parameter: time}), 400)


@pytest.mark.parametrize(
    ("after", "before"),
    [
        ("2025-05-31T11:00:00Z", "2025-05-31T10:00:00Z"),
        ("2025-05-31T11:00:00Z", "2025-05-31T11:00:00Z"),
        ("2025-05-31T13:00:00+02:00", "1748689200000"),
    ],
)
def test_an_end_not_after_the_beginning_is_refused(after: str, before: str, office: Running) -> None:
    query = {"modified_after": after, "modified_before": before}
    assert_refused(office.as_("owner").get("/chats", params=query), 400)


def test_two_times_leave_what_lies_between_them(office: Running) -> None:
    between = {"modified_after": "2025-05-31T09:00:00Z", "modified_before": "2025-05-31T11:00:00Z"}
    assert ids(office.as_("owner").chats(**between)) == [WITH_MAX]


# Pages


@pytest.mark.parametrize("size", [1, 2, 7, 41, 100])
@pytest.mark.parametrize("label", ["owner", "member"])
def test_paging_by_the_last_row_s_time_walks_the_whole_list(label: str, size: int, demo: Running) -> None:
    """Without loss or repetition: each page begins right after the row before it. What has no message needs no page."""
    cliq = unlimited(demo).as_(label)
    page = cliq.chats(limit=size)
    walked = list(page)
    while page:
        page = cliq.chats(limit=size, modified_before=shown_time(page[-1]))
        assert len(page) <= size
        walked += page
    whole = cliq.chats()
    assert [row for row in walked if "last_message_info" in row] == [row for row in whole if "last_message_info" in row]
    assert [row for row in walked if "last_message_info" not in row] == [
        row for row in whole[:size] if "last_message_info" not in row
    ]


@pytest.mark.hypothesis
def test_a_query_gives_what_sifting_the_whole_list_by_hand_gives(demo: Running) -> None:
    """Whatever the choice of limit, times and drafts."""
    cliq = unlimited(demo).as_("owner")
    whole, drafted = cliq.chats(), set(ids(cliq.chats(drafts="true")))
    times = sorted(time for time in map(last_message_time, whole) if time is not None)

    def sifted(after: datetime | None, before: datetime | None, *, drafts: bool) -> Iterator[Row]:
        for row in whole:
            time = last_message_time(row)
            if time is None:
                passes = after is before is None
            else:
                passes = (after is None or time > after) and (before is None or time < before)
            if passes and (row["chat_id"] in drafted or not drafts):
                yield row

    @examples(60)
    @given(
        after=st.none() | st.sampled_from(times),
        before=st.none() | st.sampled_from(times),
        limit=st.none() | st.integers(1, 100),
        drafts=st.none() | st.booleans(),
    )
    def ask(after: datetime | None, before: datetime | None, limit: int | None, drafts: bool | None) -> None:
        query = {
            "limit": limit,
            "drafts": None if drafts is None else str(drafts).lower(),
            "modified_after": None if after is None else after.isoformat(),
            "modified_before": None if before is None else before.astimezone(UTC).isoformat(),
        }
        query = {name: value for name, value in query.items() if value is not None}
        if after is not None and before is not None and after >= before:
            assert_refused(cliq.get("/chats", params=query), 400)
        else:
            assert cliq.chats(**query) == list(islice(sifted(after, before, drafts=drafts is True), limit or 100))

    ask()


# Drafts


def test_drafts_leave_the_chats_that_hold_a_draft_of_the_caller(office: Running) -> None:
    """Max's draft in the launch group is Max's alone."""
    assert ids(office.as_("owner").chats(drafts="true")) == [QUIET, WITH_EVE]
    assert ids(office.as_("member").chats(drafts="true")) == [LAUNCH]
    assert ids(office.as_("eve").chats(drafts="true")) == []


def test_no_drafts_wanted_means_the_whole_list(office: Running) -> None:
    assert ids(office.as_("owner").chats(drafts="false")) == NEWEST_FIRST


def test_drafts_go_together_with_the_other_parameters(office: Running) -> None:
    assert ids(office.as_("owner").chats(drafts="true", limit=1)) == [QUIET]
    assert ids(office.as_("owner").chats(drafts="true", modified_before="2025-06-01T00:00:00Z")) == [WITH_EVE]


@pytest.mark.parametrize("drafts", ["", "yes", "1", "0", "null", "tru", "true,false", " true"])
def test_drafts_that_are_no_boolean_are_refused(drafts: str, office: Running) -> None:
    assert_refused(office.as_("owner").get("/chats", params={"drafts": drafts}), 400)


# The rest of the query


def test_unknown_parameters_are_ignored(office: Running) -> None:
    unknown = {"page": "0", "Limit": "0", "modified": "never", "": "x", "fields": "nonsense"}
    assert ids(office.as_("owner").chats(**unknown)) == NEWEST_FIRST


def test_the_list_is_what_it_was_until_something_changes(office: Running) -> None:
    """And then shows it at once, to everyone."""
    ada, eve = office.as_("owner"), office.as_("eve")
    assert ada.chats() == ada.chats()
    assert row_of(LAUNCH, eve)["participant_count"] == 3
    assert ada.post(f"/chats/{LAUNCH}/leave").is_success
    assert ids(ada.chats()) == NEWEST_FIRST[1:]
    assert row_of(LAUNCH, eve)["participant_count"] == 2
    assert row_of(LAUNCH, eve)["recipients_summary"] == [{"user_id": MAX, "name": "Max Planck"}]
