"""A world's snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mockcliq.client.answers import read, read_all
from mockcliq.client.transport import LONG_S, Resource, segment


@dataclass(frozen=True)
class Snapshot:
    """A named copy of the world's data, tokens, clock, limits and faults."""

    name: str
    taken_at: datetime


class Snapshots(Resource):
    """The snapshots of the world; a reset keeps them."""

    def list(self) -> Sequence[Snapshot]:
        return read_all(Snapshot, self._control.call("GET", "/snapshots"), "snapshots")

    def save(self, name: str) -> Snapshot:
        """Take a snapshot; replaces one of the same name."""
        return read(Snapshot, self._control.call("PUT", f"/snapshots/{segment(name)}", timeout_s=LONG_S))

    def restore(self, name: str) -> None:
        """Restore the world to a snapshot; the journal stays."""
        self._control.call("POST", f"/snapshots/{segment(name)}/restore", timeout_s=LONG_S)

    def delete(self, name: str) -> None:
        self._control.call("DELETE", f"/snapshots/{segment(name)}")
