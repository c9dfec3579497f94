"""Print each queue with its members and its callers.

AMITYPES_PASSWORD=world python queue_report.py --host pbx --username hello [--queue support]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from amitypes import AMIError, TCPClient, events


async def report(client: TCPClient, queue: str | None) -> None:
    async with client:
        status = await client.actions.queue_status(queue=queue)
    for item in status.items:
        match item:
            case events.QueueParams():
                print(f"{item.queue}: {item.calls} waiting, {item.completed} answered, {item.abandoned} gave up")
            case events.QueueMember():
                print(f"  member {item.name}, {item.calls_taken} calls{', paused' if item.paused else ''}")
            case events.QueueEntry():
                print(f"  caller {item.position}: {item.caller_id_num}, for {item.wait}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Print each queue with its members and its callers")
    parser.add_argument("--queue", help="default: all of them")
    parser.add_argument("--host", default="localhost", help="default: %(default)s")
    parser.add_argument("--port", type=int, help="default: 5038")
    parser.add_argument(
        "--username", default="hello", help="default: %(default)s; the password is in AMITYPES_PASSWORD"
    )
    options = parser.parse_args()
    client = TCPClient(
        options.host, options.port, username=options.username, password=os.environ.get("AMITYPES_PASSWORD", "")
    )
    try:
        asyncio.run(report(client, options.queue))
    except AMIError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
