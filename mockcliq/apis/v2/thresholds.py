"""The threshold of operations for which the reference has none."""

from __future__ import annotations

from mockcliq.contract.operation import per_minute

ASSUMED = per_minute(20, lock_minutes=10, source="assumed")
"""The commonest pair."""
