from __future__ import annotations

import asyncio
from collections import Counter

from pydantic import BaseModel

calls: dict[str, Newchannel] = {}
causes: Counter[str] = Counter()


class Newchannel(BaseModel):
    channel: str = ""
    uniqueid: str = ""


class Hangup(Newchannel):
    cause: int | None = None
    cause_txt: str = ""


class Originate(BaseModel):
    action: str = "Originate"
    channel: str
    context: str
    exten: str
    priority: int


def describe(event: Hangup) -> str:
    return f"{event.channel}: {event.cause or event.cause_txt}"


async def call(writer: asyncio.StreamWriter, number: str) -> None:
    action = Originate(channel=f"PJSIP/{number}", context="default", exten="100", priority=1)
    writer.write("".join(f"{name}: {value}\r\n" for name, value in action.model_dump().items()).encode())


async def main() -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", 5038)
    await call(writer, "6001")
    while frame := await reader.readuntil(b"\r\n\r\n"):
        headers = dict(line.split(": ", 1) for line in frame.decode().splitlines() if line)
        if headers["event"] == "newchannel":
            calls[headers["uniqueid"]] = Newchannel.model_validate(headers)
        elif headers["event"] == "hangup":
            ended = Hangup.model_validate(headers)
            causes[describe(ended)] += 1
            calls.pop(ended.uniqueid, None)


asyncio.run(main())
