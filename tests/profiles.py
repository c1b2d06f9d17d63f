"""How long the generated tests go on: hypothesis profiles, chosen with ``--hypothesis-profile``.

`daily`, which is the default, takes seconds and is the same each time. `whole`, which the second lane uses, tries
five times as much, other things each time: what one run does not find, a later one does. `fuzz`, which `make fuzz`
uses, tries far more, and other things with each seed.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_DAILY = 10
_WHOLE = 50
_FUZZ = 2000

_ASKS_A_SERVER = settings(
    deadline=None,
    database=None,
    # One server takes all examples of a test.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("daily", _ASKS_A_SERVER, max_examples=_DAILY, derandomize=True)
settings.register_profile("whole", _ASKS_A_SERVER, max_examples=_WHOLE, derandomize=True)
settings.register_profile("fuzz", _ASKS_A_SERVER, max_examples=_FUZZ, print_blob=True)
settings.load_profile("daily")


def examples(percent: int) -> settings:
    """So many per cent of the profile's examples, as a test that asks a server can afford."""
    return settings(max_examples=max(1, percent * settings().max_examples // 100))
