"""The server of ``tests.office``, for the modules that ask for it by ``pytest_plugins``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockcliq.settings import Settings
from tests.conftest import Running, running
from tests.office import reopen, write_office


@pytest.fixture(scope="session")
def _shared_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(Settings(world=str(write_office(tmp_path_factory.mktemp("office"))))) as server:
        yield server


@pytest.fixture
def office(_shared_office: Running) -> Running:
    """A server in the office's world, at its start, with its clock standing still at noon."""
    reopen(_shared_office)
    return _shared_office
