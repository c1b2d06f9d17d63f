"""Routes of a world's snapshots."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.requests import Request

from mockcliq.contract.timestamps import iso_ms
from mockcliq.control.deps import AllWorlds, SelectedWorld
from mockcliq.control.problems import PROBLEMS, Problem
from mockcliq.control.routes import ControlRoute
from mockcliq.settings import PREFIX, Settings
from mockcliq.worlds.template import LARGEST_COPY
from mockcliq.worlds.world import Snapshot, World

router = APIRouter(prefix="/snapshots", tags=["Snapshots"], responses=PROBLEMS, route_class=ControlRoute)

Name = Annotated[str, Path(pattern="^[A-Za-z0-9_.-]{1,100}$")]


class SnapshotTaken(BaseModel):
    """A snapshot, and when it was taken, by the world's clock."""

    name: str
    taken_at: str


class SnapshotList(BaseModel):
    """The world's snapshots, the oldest first."""

    snapshots: list[SnapshotTaken]


class SnapshotDeleted(BaseModel):
    deleted: str


class SnapshotRestored(BaseModel):
    restored: str


@router.get("", summary="The snapshots")
async def list_snapshots(world: SelectedWorld) -> SnapshotList:
    """Kept in memory until the server ends; a reset keeps them."""
    return SnapshotList(snapshots=[_shown(name, each) for name, each in world.snapshots.items()])


@router.put("/{name}", summary="Take a snapshot", status_code=201)
async def take_snapshot(request: Request, worlds: AllWorlds, world: SelectedWorld, name: Name) -> SnapshotTaken:
    """Data, tokens, clock, limits, faults and profile, not the journal; one of the same name is replaced."""
    if world.store.database.size() - world.store.files.size() > LARGEST_COPY:
        raise Problem(
            409,
            f"the world is larger than the {LARGEST_COPY // 2**20} MiB that a snapshot in memory may have;"
            f" export its state",
        )
    settings: Settings = request.app.state.settings
    replaced = world.snapshots.get(name)
    used = worlds.snapshots_size - (0 if replaced is None else replaced.size)
    if used + world.store.database.size() > settings.snapshots_bytes:
        raise _no_room(settings)
    snapshot = await world.copying(world.store.database, partial(world.keep_snapshot, name))
    if worlds.snapshots_size > settings.snapshots_bytes:  # others took the room while it was copied
        if replaced is None:
            del world.snapshots[name]
        else:
            world.snapshots[name] = replaced
        raise _no_room(settings)
    return _shown(name, snapshot)


@router.get("/{name}", summary="One snapshot")
async def show_snapshot(world: SelectedWorld, name: Name) -> SnapshotTaken:
    return _shown(name, _known(world, name))


@router.delete("/{name}", summary="Delete a snapshot")
async def delete_snapshot(world: SelectedWorld, name: Name) -> SnapshotDeleted:
    """The world stays as it is."""
    _known(world, name)
    del world.snapshots[name]
    return SnapshotDeleted(deleted=name)


@router.post("/{name}/restore", summary="Go back to a snapshot")
async def restore_snapshot(world: SelectedWorld, name: Name) -> SnapshotRestored:
    """Any number of times. A clock that was set or frozen then shows the same time again; the journal goes on."""
    snapshot = _known(world, name)
    await world.copying(snapshot.data, partial(world.restore_snapshot, snapshot))
    return SnapshotRestored(restored=name)


def _no_room(settings: Settings) -> Problem:
    return Problem(
        507,
        f"the snapshots of all worlds would have more than {settings.snapshots_bytes} bytes; delete some, or let"
        f" them have more with {PREFIX}SNAPSHOTS_BYTES",
    )


def _known(world: World, name: str) -> Snapshot:
    snapshot = world.snapshots.get(name)
    if snapshot is None:
        there = ", ".join(world.snapshots) or "none"
        raise Problem(404, f"there is no snapshot {name!r}; the snapshots are: {there}")
    return snapshot


def _shown(name: str, snapshot: Snapshot) -> SnapshotTaken:
    return SnapshotTaken(name=name, taken_at=iso_ms(snapshot.taken_at))
