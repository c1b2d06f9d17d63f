from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus

import pytest

import mockcliq
from tests.conftest import Running

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(documentation: Running) -> mockcliq.Client:
    return mockcliq.connect(documentation.url)


def test_it_stands_still_and_is_moved_on(world: mockcliq.Client) -> None:
    assert world.clock.freeze(NEW_YEAR).mode == "frozen"
    world.clock.advance(days=1, hours=2, minutes=3, seconds=4.5)
    assert world.clock.now() == datetime(2026, 1, 2, 2, 3, 4, 500_000, UTC)
    assert world.clock.state().mode == "frozen"


@pytest.mark.parametrize(
    "at",
    [
        NEW_YEAR,
        datetime(2026, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        "2026-01-01T00:00:00Z",
        1767225600000,
    ],
)
def test_a_moment_is_a_datetime_or_iso_8601_or_epoch_ms(world: mockcliq.Client, at: datetime | str | int) -> None:
    assert world.clock.freeze(at).now == NEW_YEAR
    assert world.clock.now().tzinfo is not None


def test_it_is_set_to_another_time_and_runs_on(world: mockcliq.Client) -> None:
    state = world.clock.set(NEW_YEAR)
    assert state.mode == "offset"
    assert NEW_YEAR <= state.now < NEW_YEAR + timedelta(minutes=1)


def test_it_is_frozen_at_the_present_and_follows_real_time_again(world: mockcliq.Client) -> None:
    world.clock.set(NEW_YEAR)
    frozen = world.clock.freeze().now
    assert NEW_YEAR <= frozen < NEW_YEAR + timedelta(minutes=1)
    assert world.clock.real().mode == "real"
    assert abs(world.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_datetime_without_a_zone_is_no_moment(world: mockcliq.Client) -> None:
    """Nobody can tell which it names, least of all a server elsewhere."""
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        world.clock.freeze(datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
    assert world.clock.state().mode == "offset"


def test_what_the_clock_cannot_do_is_refused_with_the_servers_own_words(world: mockcliq.Client) -> None:
    with pytest.raises(mockcliq.Refused, match="seconds") as refused:
        world.clock.advance(seconds=-1)
    assert refused.value.status == 422
    assert refused.value.problem["title"] == HTTPStatus(422).phrase
