"""A fax of one white page, from this server to itself."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

from amitypes import actions, events
from tests.asterisk.conformance.drive import Drive

LINES = 200
WIDTH = 1728


def page() -> bytes:
    """A white page as TIFF: in the Group 4 encoding each line that equals the one above is a single bit."""
    bits = "1" * LINES + "000000000001" * 2
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    short, long, rational = 3, 4, 5
    entries = [
        (256, long, WIDTH), (257, long, LINES), (258, short, 1), (259, short, 4), (262, short, 0), (266, short, 1),
        (273, long, 0), (277, short, 1), (278, long, LINES), (279, long, len(data)),
        (282, rational, (204, 1)), (283, rational, (98, 1)), (296, short, 2),
    ]  # fmt: skip
    directory_size = 2 + 12 * len(entries) + 4
    after = 8 + directory_size
    extra = b""
    packed = struct.pack("<H", len(entries))
    rationals = sum(8 for _, kind, _ in entries if kind == rational)
    for tag, kind, value in entries:
        if isinstance(value, tuple):
            packed += struct.pack("<HHII", tag, kind, 1, after + len(extra))
            extra += struct.pack("<II", *value)
        elif kind == short:
            packed += struct.pack("<HHIHH", tag, kind, 1, value, 0)
        else:
            packed += struct.pack("<HHII", tag, kind, 1, after + rationals if tag == 273 else value)
    return struct.pack("<2sHI", b"II", 42, 8) + packed + struct.pack("<I", 0) + extra + data


def put(file: Path) -> None:
    file.write_bytes(page())


async def sent(drive: Drive) -> None:
    put(drive.server.folder / "spool/tmp/page.tif")
    inside = f"/tmp/{drive.server.folder.name}/spool/tmp/page.tif"
    await drive.set_global("FAX_FILE", inside)
    status = drive.expect(events.FAXStatus, timeout=60)
    sent, received = drive.expect(events.SendFAX, timeout=60), drive.expect(events.ReceiveFAX, timeout=60)
    await drive.originate("Local/fax-receive@conformance/n", "SendFAX", inside)
    await status
    sessions = await drive.do(actions.FAXSessions())
    assert sessions.items
    for item in sessions.items:
        await drive.do(actions.FAXSession(session_number=str(item.session_number)))
    await drive.do(actions.FAXStats())
    await asyncio.gather(sent, received)


SCENARIOS = (sent,)
