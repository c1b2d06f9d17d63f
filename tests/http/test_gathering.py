"""What is written together goes out together, and nothing of it is lost."""

from __future__ import annotations

import asyncio
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockcliq.http.gathering import GatheringTransport


class Recorded(asyncio.Transport):
    """A transport that keeps a list of what is done with it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.done.append(bytes(data))

    def write_eof(self) -> None:
        self.done.append("end of file")

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")


def test_head_and_body_are_one_write() -> None:
    below = Recorded()
    transport = GatheringTransport(below)

    def answer() -> None:
        transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
        assert below.done == []
        transport.write(b"{}")

    transport.write_at_once(answer)
    assert below.done == [b"HTTP/1.1 200 OK\r\n\r\n{}"]
    transport.write(b"later")
    assert below.done[1:] == [b"later"]


@pytest.mark.parametrize("how", ["close", "abort", "write_eof"])
def test_what_ends_the_connection_comes_behind_what_was_written_before(how: str) -> None:
    below = Recorded()
    transport = GatheringTransport(below)

    def answer() -> None:
        transport.write(b"said")
        getattr(transport, how)()

    transport.write_at_once(answer)
    assert below.done == [b"said", how if how != "write_eof" else "end of file"]


def test_what_was_written_before_an_error_goes_out() -> None:
    below = Recorded()
    transport = GatheringTransport(below)

    def answer() -> None:
        transport.write(b"said")
        raise RuntimeError("kiln out of clay")

    with pytest.raises(RuntimeError, match="kiln"):
        transport.write_at_once(answer)
    assert below.done == [b"said"]


@given(st.lists(st.integers(0, 200_000), max_size=8))
def test_a_long_answer_goes_out_in_parts_whole_and_in_order(sizes: list[int]) -> None:
    below = Recorded()
    transport = GatheringTransport(below)
    parts = [bytes([number]) * size for number, size in enumerate(sizes)]

    def answer() -> None:
        for part in parts:
            transport.write(part)
            kept = sum(map(len, parts[: parts.index(part) + 1])) - sum(map(len, below.done))
            assert kept <= 64 * 1024

    transport.write_at_once(answer)
    assert bytes(chain.from_iterable(each for each in below.done if isinstance(each, bytes))) == b"".join(parts)
