"""`StreamProtocol`: reading, and when it stops."""

from __future__ import annotations

import asyncio

import pytest

from amitypes._transport.stream_protocol import StreamProtocol


@pytest.mark.parametrize("fault", [False, True])
async def test_nothing_is_read_after_an_exception_or_the_end(*, fault: bool) -> None:
    taken: list[bytes] = []

    def take(data: bytes) -> None:
        taken.append(data)
        raise RuntimeError("a bug in amitypes")

    protocol = StreamProtocol(take)
    if fault:
        protocol.buffer_updated(1)
    else:
        protocol.eof_received()
    assert protocol.ended.done()
    protocol.buffer_updated(2)
    assert [len(data) for data in taken] == [1] * fault


async def test_full_reads_in_a_row_yield_to_other_tasks() -> None:
    class Connection(asyncio.Transport):
        reads = True

        def pause_reading(self) -> None:
            self.reads = False

        def resume_reading(self) -> None:
            self.reads = True

    connection, taken = Connection(), list[int]()
    protocol = StreamProtocol(lambda data: taken.append(len(data)))
    protocol.connection_made(connection)
    full = len(protocol.get_buffer(-1))
    for size in (full - 1, full, full - 1):
        protocol.buffer_updated(size)
        assert connection.reads
    await asyncio.sleep(0)
    protocol.buffer_updated(full)
    assert connection.reads
    protocol.buffer_updated(full)
    assert not connection.reads
    await asyncio.sleep(0)
    assert connection.reads
    assert taken == [full - 1, full, full - 1, full, full]
