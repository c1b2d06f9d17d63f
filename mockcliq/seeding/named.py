"""From a world's name, or a file's path, to what the world starts as."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mockcliq.contract.document import Blueprint, Present
from mockcliq.contract.ids import DEFAULT_WORLD, EpochMs
from mockcliq.seeding.errors import BadWorld
from mockcliq.seeding.files import load_readers, read_document, read_world_file, with_fixed_tokens
from mockcliq.seeding.present import weeks_until

WRITTEN = ("documentation", "empty")
"""The named worlds that are files of our own."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a world is made from: its name or a file's path, and for the demo its seed, sizes and present.

    ``weeks`` follow from the present when a world is made; so it is the same again after a reset or a restart.
    Of an imported world, ``document`` is the JSON of what was imported, and ``world`` the name that it goes by.
    """

    world: str
    seed: int
    users: int
    chats: int
    messages: int | None
    document: str | None = None
    present: Present = "fixed"
    weeks: int = 0

    def at(self, now: EpochMs) -> Recipe:
        """The recipe of a world that is made at that time."""
        is_moved = self.world == "demo" and self.document is None and self.present == "now"
        return replace(self, weeks=weeks_until(now) if is_moved else 0)


def blueprint(recipe: Recipe) -> Blueprint:
    """What the recipe makes, the same at each call.

    Raises:
        BadWorld: The file cannot be used, there is neither a world nor a file of that name, or the sizes cannot be.
    """
    if recipe.document is not None:
        return read_document(recipe.document)
    if recipe.world == "demo":
        from mockcliq.seeding.demo import Demo  # noqa: PLC0415 - brings Faker, which the other worlds do without

        return Demo(recipe.seed, recipe.users, recipe.chats, recipe.messages, recipe.weeks)
    if recipe.world in WRITTEN:
        return with_fixed_tokens(read_document(_own_world(recipe.world)), DEFAULT_WORLD)
    try:
        return read_world_file(Path(recipe.world))
    except FileNotFoundError:
        names = ", ".join(("demo", *WRITTEN))
        raise BadWorld(f"{recipe.world}: no such world or file; the worlds are {names}") from None


def load_for_all_worlds() -> None:
    """Load what only some worlds need."""
    from mockcliq.seeding.demo import Demo  # noqa: PLC0415 - the others do without

    _ = Demo(seed=0).users  # some Pythons load what chance needs only once it is needed

    load_readers()
    for name in WRITTEN:
        _own_world(name)


def own_world_file(name: str) -> Path:
    """A file of our own worlds: in the installed package, or in the checkout that the package is run from."""
    package = Path(__file__).parent.parent
    installed = package / "fixtures" / "worlds"
    folder = installed if installed.is_dir() else package.parent / "fixtures" / "worlds"
    return folder / f"{name}.json"


@cache
def _own_world(name: str) -> bytes:
    return own_world_file(name).read_bytes()
