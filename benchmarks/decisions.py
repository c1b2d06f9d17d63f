"""The figures of docs/decisions: each compares what we do with what a stranger would expect, in one run.

`python -m benchmarks.decisions` prints them; in process, so that only ratios mean anything.
"""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from statistics import median
from time import process_time
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from sqlmodel import Field, Session, SQLModel, create_engine, select
from starlette.types import ASGIApp, Message, Scope

from mockcliq.app import create_app
from mockcliq.settings import Settings

ROUTES = 130
CALLS = 400
CHATS = 2000
CHAT = "/api/v2/chats/987000000654321"

Work = Callable[[], Awaitable[Any]]


def scope_of(method: str, path: str) -> Scope:
    """A request as a server hands it on."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"authorization", b"Bearer 1000.mockcliq.owner"), (b"host", b"mock.test")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2547),
        "state": {},
    }


async def ask(app: ASGIApp, method: str, path: str) -> int:
    """Make one request; gives the status."""
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope_of(method, path), receive, send)
    return status


async def cost_us(work: Work, calls: int = CALLS) -> float:
    """Microseconds of the processor that one call takes."""
    began = process_time()
    for _ in range(calls):
        await work()
    return (process_time() - began) / calls * 1e6


async def compare(title: str, ours: Work, theirs: Work, rounds: int, calls: int = CALLS) -> None:
    """Print what both cost, in turn, as medians."""
    for work in (ours, theirs):
        await work()
    pairs = [(await cost_us(ours, calls), await cost_us(theirs, calls)) for _ in range(rounds)]
    our, their = (median(column) for column in zip(*pairs, strict=True))
    print(f"{title:<72} {our:9.1f} us {their:9.1f} us  x{median(b / a for a, b in pairs):.1f}")


def fastapi_with(routes: int) -> FastAPI:
    """An application of so many routes, each of which answers ready-made bytes."""
    app = FastAPI(openapi_url=None)

    async def answer(item: str) -> Response:
        return Response(item.encode())

    for number in range(routes):
        app.add_api_route(f"/api/v2/things{number}/{{item}}/state", answer)
    return app


class Row(SQLModel, table=True):
    """A row of a user's list."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    created: int
    text: str


async def main(rounds: int) -> None:
    """Measure and print."""
    app = create_app(Settings(world="documentation", rate_limit=False))
    big = create_app(Settings(world="demo", chats=CHATS, rate_limit=False))
    worlds = await app.startup.worlds()
    big_world = (await big.startup.worlds()).default
    print(f"{'ours / the other':<72} {'ours':>12} {'the other':>12}  ratio")

    many = fastapi_with(ROUTES)
    await compare(
        "gateway: mute a chat / FastAPI: the hundredth of 130 routes, ready-made",
        lambda: ask(app, "POST", f"{CHAT}/mute"),
        lambda: ask(many, "GET", "/api/v2/things99/1/state"),
        rounds,
    )
    few = fastapi_with(1)
    await compare(
        "FastAPI: one route / FastAPI: the hundredth of 130 routes",
        lambda: ask(few, "GET", "/api/v2/things0/1/state"),
        lambda: ask(many, "GET", "/api/v2/things99/1/state"),
        rounds,
    )

    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine, tables=[Row.__table__])  # type: ignore[attr-defined]  # SQLModel adds it
    connection = engine.raw_connection()
    connection.cursor().executemany(
        "INSERT INTO row (name, created, text) VALUES (?, ?, ?)", [(f"n{n}", n, "text " * 8) for n in range(20)]
    )
    connection.commit()

    cursor = connection.cursor()

    async def by_sql() -> None:
        cursor.execute("SELECT id, name, created, text FROM row ORDER BY id")
        cursor.fetchall()

    async def by_objects() -> None:
        with Session(engine) as session:
            session.exec(select(Row).order_by(Row.id)).all()  # type: ignore[arg-type]  # a column

    await compare("20 rows by prepared SQL / by SQLModel objects", by_sql, by_objects, rounds)

    async def roll_back() -> None:
        big_world.reset()

    async def copy() -> None:
        big_world.store.database.copy().close()

    await compare(
        f"reset of {CHATS} chats by rollback / by a copy of the whole database", roll_back, copy, rounds, calls=20
    )
    del worlds
    await app.startup.end()
    await big.startup.end()


if __name__ == "__main__":
    parser = ArgumentParser(description="Measures what docs/decisions says.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured")
    asyncio.run(main(parser.parse_args().rounds))
