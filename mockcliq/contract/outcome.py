"""How a test ended that had a world to itself."""

from __future__ import annotations

from typing import Literal

Outcome = Literal["passed", "failed", "error", "skipped"]

FAILURES: frozenset[Outcome] = frozenset({"failed", "error"})
"""Those that come first in reports."""
