"""A world's snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockcliq.client.answers import moment, read, rows
from mockcliq.client.transport import LONG_S, Control, segment


@dataclass(frozen=True)
class Snapshot:
    """A named copy of the world's data, tokens, clock, limits and faults."""

    name: str
    taken_at: datetime


class Snapshots:
    """The snapshots of the world; a reset keeps them."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self) -> Sequence[Snapshot]:
        return [_snapshot(row) for row in rows(self._control.get("/snapshots"), "snapshots")]

    def save(self, name: str) -> Snapshot:
        """Take a snapshot; replaces one of the same name."""
        return _snapshot(self._control.put(f"/snapshots/{segment(name)}", timeout_s=LONG_S))

    def restore(self, name: str) -> None:
        """Restore the world to a snapshot; the journal stays."""
        self._control.post(f"/snapshots/{segment(name)}/restore", timeout_s=LONG_S)

    def delete(self, name: str) -> None:
        self._control.delete(f"/snapshots/{segment(name)}")


def _snapshot(row: Mapping[str, Any]) -> Snapshot:
    return read(Snapshot, row, taken_at=moment(row["taken_at"]))
