"""Print every call when it starts, rings, is answered and ends.

AMITYPES_PASSWORD=world python watch_calls.py --host pbx --username hello
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from amitypes import AMIError, TCPClient, events, notices


async def watch(client: TCPClient) -> None:
    # Subscribe before the client connects, so that no event is missed.
    calls = client.events(
        *(events.Newchannel, events.DialBegin, events.DialEnd, events.Hangup),
        *(notices.Disconnected, notices.Connected),
    )
    async with client:
        print(f"Watching {client.host}, Asterisk {client.asterisk_version or 'of unknown version'}")
        async for event in calls:
            match event:
                case events.Newchannel():
                    print(f"{event.channel}: new, from {event.caller_id_num} to {event.exten}")
                case events.DialBegin():
                    print(f"{event.dest_channel}: dialled")
                case events.DialEnd():
                    print(f"{event.dest_channel}: {event.dial_status}")
                case events.Hangup():
                    print(f"{event.channel}: over, {event.cause_txt} ({event.cause})")
                case notices.Disconnected():
                    print(f"Lost: {event.reason}")
                case notices.Connected(again=True):
                    print(f"Connected again; events since {event.missed_since:%H:%M:%S} UTC may be missing")


def main() -> None:
    parser = argparse.ArgumentParser(description="Print every call when it starts, rings, is answered and ends")
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
        asyncio.run(watch(client))
    except KeyboardInterrupt:
        print("Stopped")
    except AMIError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
