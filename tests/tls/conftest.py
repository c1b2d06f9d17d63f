"""Fixtures: a server that speaks TLS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tls.trusting import Secure, secure


@pytest.fixture(scope="module")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    with secure(tmp_path_factory.mktemp("tls")) as server:
        yield server


@pytest.fixture
def server(_shared: Secure) -> Secure:
    """A server with https and a proxy, in the world of the documentation; as new."""
    _shared.server.start_over()
    _shared.server.http.delete("/_mockcliq/requests")
    return _shared
