"""The server of ``tests.depot``, for the modules that ask for it by ``pytest_plugins``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.depot import NOON, write_depot


@pytest.fixture(scope="session")
def _shared_depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Settings(world=str(write_depot(tmp_path_factory.mktemp("depot"))))) as server:
        yield server


@pytest.fixture
def depot(_shared_depot: Running) -> Running:
    """A server in the depot's world, at its start, with its clock standing still at noon."""
    _shared_depot.start_over()
    _shared_depot.control("PUT", "/clock", json={"mode": "frozen", "now": NOON})
    return _shared_depot
