"""The world of ``tests.club``, for the modules that ask for it by ``pytest_plugins``."""

from __future__ import annotations

import pytest

from tests.club import CLUB, NOON
from tests.conftest import Running
from tests.control.worlds import Made, make, unlimited


@pytest.fixture
def club(demo: Running) -> Made:
    """The club at its start, with its clock standing still at noon; any number of calls may be made."""
    world = unlimited(make(demo, id="club", state=CLUB))
    world.freeze(NOON)
    return world
