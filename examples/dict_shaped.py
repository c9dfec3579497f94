"""Place a call, list the channels, and wait for the hangup, all with mappings and AMI's own names.

AMITYPES_PASSWORD=world python dict_shaped.py --host pbx --username hello 100 200
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from amitypes import AMIError, TCPClient


async def call(client: TCPClient, username: str, password: str, caller: str, extension: str) -> None:
    hung_up = asyncio.Event()

    async def callback(event: dict[str, str | list[str]], client: TCPClient) -> None:
        print(f"Hangup: {event['Channel']}, {event['Cause-txt']}")
        hung_up.set()

    await client.register_callback("Hangup", callback)
    print(await client.connect(username=username, password=password))
    print(await client.originate(originator=caller, extension=extension))
    response, *channels, complete = await client.channels()
    print(response["Message"], *(channel["Channel"] for channel in channels), complete["ListItems"], sep="\n  ")
    async with asyncio.timeout(60):
        await hung_up.wait()
    print(await client.ami_request({"Action": "UserEvent", "UserEvent": "Done", "Caller": caller}))
    print(await client.logoff())


def main() -> None:
    parser = argparse.ArgumentParser(description="Place a call, list the channels, and wait for the hangup")
    parser.add_argument("caller", help="the extension that is called first")
    parser.add_argument("extension", help="the extension that it is connected to")
    parser.add_argument("--host", default="localhost", help="default: %(default)s")
    parser.add_argument("--port", type=int, help="default: 5038")
    parser.add_argument(
        "--username", default="hello", help="default: %(default)s; the password is in AMITYPES_PASSWORD"
    )
    options = parser.parse_args()
    client = TCPClient(options.host, options.port)
    password = os.environ.get("AMITYPES_PASSWORD", "")
    try:
        asyncio.run(call(client, options.username, password, options.caller, options.extension))
    except AMIError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
