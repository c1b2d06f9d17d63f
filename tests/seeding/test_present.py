"""The demo world moved to the present: by whole weeks, once, when it is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.contract.document import LIST_OFFSET, Chat
from mockcliq.contract.ids import EpochMs
from mockcliq.seeding.demo import Demo
from mockcliq.seeding.present import weeks_until
from mockcliq.settings import Settings
from tests.conftest import Running, Serve, running
from tests.control.worlds import make
from tests.processes import programs
from tests.profiles import examples

WEEK_MS = 7 * 24 * 3600 * 1000
REFERENCES_OWN = {"1573641936588_345281288778", "1573708648341_375412769224"}


def times_of(chats: list[Chat]) -> list[int]:
    """Of all messages but the reference's two."""
    return [message.time for chat in chats for message in chat.messages if message.id not in REFERENCES_OWN]


@examples(60)
@given(seed=st.integers(0, 99), now=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - naive
def test_the_latest_messages_are_of_the_last_week_and_of_office_hours(seed: int, now: datetime) -> None:
    moment = EpochMs(int(now.replace(tzinfo=LIST_OFFSET).timestamp() * 1000))
    chats = list(Demo(seed, weeks=weeks_until(moment)).chats)
    times = times_of(chats)
    assert moment - WEEK_MS - 1000 < max(times) <= moment
    assert sum(time > moment - WEEK_MS for time in times) > 20
    for time in times:
        local = datetime.fromtimestamp(time / 1000, LIST_OFFSET)
        assert local.weekday() < 5
        assert timedelta(hours=9) <= timedelta(hours=local.hour, minutes=local.minute) < timedelta(hours=18)
    happened = [chat.created for chat in chats] + [chat.pin.created for chat in chats if chat.pin]
    reactions = [each for chat in chats for message in chat.messages for each in (message.reactions or {}).values()]
    happened += [EpochMs(int(entry.split(":")[0])) for entries in reactions for entry in entries]
    assert max(happened) <= moment


@given(seed=st.integers(), weeks=st.integers(-2000, 4000), chats=st.integers(1, 70))
@examples(30)
def test_a_moved_world_is_the_same_one_some_weeks_later(seed: int, weeks: int, chats: int) -> None:
    fixed, moved = list(Demo(seed, 9, chats).chats), list(Demo(seed, 9, chats, weeks=weeks).chats)
    later = WEEK_MS * weeks
    assert times_of(moved) == [time + later for time in times_of(fixed)]
    for one, other in zip(fixed, moved, strict=True):
        assert one.id == other.id
        assert [message.text for message in one.messages] == [message.text for message in other.messages]
        assert len({message.id for message in other.messages}) == len(other.messages)
        ids = {message.id for message in other.messages}
        assert {message.reply_to for message in other.messages} <= {None, *ids}
        if one.id != fixed[0].id:
            assert other.created == one.created + later
            assert (other.pin and other.pin.created) == (one.pin and one.pin.created + later)


def last_times(server: Running, **call: Any) -> list[datetime]:
    """When the last messages of the owner's list were sent."""
    rows = server.as_("owner").chats(**call)
    return [datetime.fromisoformat(row["last_message_info"]["time"]) for row in rows if "last_message_info" in row]


def now_of(server: Running) -> datetime:
    return datetime.fromisoformat(server.control("GET", "/clock")["now"])


def test_a_server_has_the_present_that_it_is_told_and_so_have_its_worlds(serve: Serve) -> None:
    server = serve(present="now", rate_limit=False)
    fixed = serve(rate_limit=False)
    newest = last_times(server)[0]
    assert timedelta(0) <= now_of(server) - newest < timedelta(days=7)
    assert last_times(fixed)[0].isoformat().startswith("2025-05-30T17:")
    lists: dict[str, dict[str, str]] = {"own": {}, "now": {"present": "now"}, "fixed": {"present": "fixed"}}
    for own, name in ((server, "own"), (server, "now"), (fixed, "now")):
        world = make(own, **lists[name])
        assert world.as_("owner").chats()[0]["last_message_info"]["time"] == newest.isoformat()
    for own, name in ((server, "fixed"), (fixed, "own"), (fixed, "fixed")):
        world = make(own, **lists[name])
        assert world.as_("owner").get("/chats").content == fixed.as_("owner").get("/chats").content
    refused = server.http.post("/_mockcliq/worlds", json={"present": "tomorrow"})
    assert (refused.status_code, "present" in refused.json()["detail"]) == (422, True)


def test_a_reset_and_a_restart_weeks_later_keep_the_present_that_a_world_was_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a file is a world, not a recipe: what people posted since belongs to it. A new file is of its own week."""
    made, later = EpochMs(1_800_000_000_000), EpochMs(1_800_000_000_000 + 5 * WEEK_MS)

    def served(file: str, at: EpochMs) -> Any:
        monkeypatch.setattr("mockcliq.app.real_time", lambda: at)
        return running(Settings(present="now", database=tmp_path / file, rate_limit=False))

    with served("one.db", made) as server:
        start = server.as_("owner").get("/chats").content
        server.as_("owner").post("/chats/987000000654321/leave")
    with served("one.db", later) as server:
        assert server.as_("owner").get("/chats").content == start
        server.control("POST", "/reset")
        assert server.as_("owner").get("/chats").content == start
        assert server.as_("owner").get("/chats/987000000654321/members").status_code == 200
        document = server.control("GET", "/state")
        server.control("PUT", "/state", json=document)
        assert server.as_("owner").get("/chats").content == start
    with served("other.db", later) as server:
        ages = [later / 1000 - time.timestamp() for time in last_times(server)]
        assert 0 <= min(ages) < 7 * 24 * 3600


def test_the_command_line_takes_it_and_says_what_there_is() -> None:
    with programs() as start:
        ended = start("serve", "--port", "0", "--present", "tomorrow").ended()
    assert ended.code == 2
    assert "present" in ended.line
