"""How long the generated tests go on: hypothesis profiles, chosen with ``--hypothesis-profile``.

`suite`, which is the default, is bounded and the same each time. `fuzz`, which `make fuzz` uses, tries many times as
much, and other things with each seed.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

_SUITE = 100
_TIMES_LONGER = 20

_ASKS_A_SERVER = settings(
    deadline=None,
    database=None,
    # One server takes all examples of a test.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("suite", _ASKS_A_SERVER, max_examples=_SUITE, derandomize=True)
settings.register_profile("fuzz", _ASKS_A_SERVER, max_examples=_SUITE * _TIMES_LONGER, print_blob=True)
settings.load_profile("suite")


def examples(in_suite: int) -> settings:
    """So many examples in the suite, as a test that asks a server can afford; and proportionally more by `fuzz`."""
    return settings(max_examples=in_suite * settings().max_examples // _SUITE)
