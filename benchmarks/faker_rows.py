"""Seeding as a plain script does it: Faker asked anew for each row.

`python -m benchmarks.faker_rows CHATS DATABASE` fills a new database, a file or `:memory:`, and prints the seconds that
this took, on the clock and of the processor. The tables are MockCliq's, and a chat has on average as many people and
messages as one of its million.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from random import Random
from time import perf_counter, process_time
from typing import Any

from faker import Faker
from sqlalchemy import Connection, create_engine, insert

from mockcliq.store.models import METADATA, MODELS

_USERS = 25
_PEOPLE_IN_A_CHAT = (3, 8)
_A_SECOND_MESSAGE = 0.11
_BATCH = 2_000
_NOW = 1_748_768_400_000


def fill(connection: Connection, chats: int) -> None:
    """Write so many chats with their people and messages, a batch at a time."""
    fake = Faker()
    fake.seed_instance(1)
    random = Random(1)
    users = [
        {"id": str(number), "name": fake.name(), "email": f"{number}.{fake.email()}", "active": True, "role": None}
        for number in range(_USERS)
    ]
    connection.execute(insert(MODELS["user"]), users)
    rows = _rows(fake, random, users, chats)
    while batch := list(islice(rows, _BATCH)):
        connection.execute(insert(MODELS["chat"]), [chat for chat, _, _ in batch])
        connection.execute(insert(MODELS["participation"]), [row for _, people, _ in batch for row in people])
        connection.execute(insert(MODELS["message"]), [row for _, _, messages in batch for row in messages])


def _rows(
    fake: Faker, random: Random, users: list[dict[str, Any]], chats: int
) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]]:
    """Each chat, who is in it, and what was said."""
    for number in range(chats):
        chat_id = str(number)
        time = _NOW - 1000 * number
        people = random.sample(users, random.randint(*_PEOPLE_IN_A_CHAT))
        messages = [
            {
                "chat_id": chat_id,
                "id": f"{time - age}_{number}",
                "sender_id": sender["id"],
                "sender_name": sender["name"],
                "text": fake.sentence(),
                "time": time - age,
                "modified": time - age,
                "type": "text",
                "highlight": None,
                "bot_name": None,
                "bot_image_url": None,
            }
            for age, sender in enumerate(people[: 1 + (random.random() < _A_SECOND_MESSAGE)])
        ]
        chat = {
            "id": chat_id,
            "type": "chat",
            "name": fake.catch_phrase(),
            "creator_id": people[0]["id"],
            "created": time - 1000,
            "modified": time,
            "participant_count": len(people),
            "message_count": len(messages),
            "last_message": messages[0]["id"],
        }
        participations = [
            {
                "chat_id": chat_id,
                "user_id": user["id"],
                "joined": joined,
                "muted": False,
                "pinned": False,
                "draft": None,
                "list_order": time,
                "read": len(messages),
            }
            for joined, user in enumerate(people)
        ]
        yield chat, participations, messages


def main(chats: int, database: str) -> None:
    """Fill it, and say how long that took."""
    began, cpu_began = perf_counter(), process_time()
    engine = create_engine(f"sqlite:///{database}")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        fill(connection, chats)
    print(perf_counter() - began, process_time() - cpu_began)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
