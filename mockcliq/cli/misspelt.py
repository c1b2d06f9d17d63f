"""Variables that begin as ours do and mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from mockcliq.environment import FILE_SUFFIX, PREFIX, variable, variables

_OF_COMMANDS = frozenset(map(variable, ("url", "token", "run_proxy", "run_ca")))
"""What is no setting of the server: commands and the pytest plugin read the first, `mockcliq env` prints the first two,
and `mockcliq run` sets the others for the program that it runs."""
_USUAL = _OF_COMMANDS | frozenset(map(variable, ("host", "port", "control_token")))
"""Where there are no others, a command need not load the settings."""


def misspelt_variables() -> Iterator[str]:
    """A line for each variable that is none of ours."""
    strange = variables().keys() - _USUAL
    if not strange:
        return
    from mockcliq.settings import setting_list  # noqa: PLC0415 - loading takes a moment

    known = set(_OF_COMMANDS)
    for each in setting_list():
        known |= {each.variable, each.variable + FILE_SUFFIX} if each.is_secret else {each.variable}
    endings = [name.removeprefix(PREFIX) for name in sorted(known)]
    for name in sorted(strange - known):
        nearest = get_close_matches(name.removeprefix(PREFIX), endings, n=1)
        hint = f"did you mean {PREFIX}{nearest[0]}?" if nearest else "`mockcliq serve --help` has them all"
        yield f"{name} is no variable of MockCliq's and changes nothing; {hint}"
