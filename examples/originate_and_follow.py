"""Place a call and follow it until it ends.

AMITYPES_PASSWORD=world python originate_and_follow.py --host pbx --username hello 100 200
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import uuid

from amitypes import ActionError, AMIError, TCPClient, events


async def follow(client: TCPClient, caller: str, extension: str, context: str) -> int:
    # The ids are chosen here, to recognise the events of this call, even those that arrive before the response. A Local
    # channel has two halves, each with its own id.
    call = str(uuid.uuid4())
    halves = {call, f"{call}-other"}
    over: set[str] = set()
    answered: bool | None = None
    async with client, client.events(events.Newstate, events.OriginateResponse, events.Hangup) as call_events:
        try:
            await client.actions.originate(
                channel=f"Local/{caller}@{context}",
                exten=extension,
                context=context,
                priority=1,
                async_=True,
                channel_id=call,
                other_channel_id=f"{call}-other",
                variable={"PLACED_BY": "originate_and_follow"},
                action_id=call,
            )
        except ActionError as error:
            print(f"The server refused: {error.response.message}")
            return 1
        async for event in call_events:
            match event:
                case events.Newstate() if event.uniqueid in halves:
                    print(f"{event.channel} is {event.channel_state_desc}")
                case events.OriginateResponse() if event.action_id == call:
                    answered = event.response == "Success"
                    print(f"The caller {'answered' if answered else 'did not answer'}")
                case events.Hangup() if event.uniqueid in halves:
                    print(f"{event.channel} hung up: {event.cause_txt}")
                    over.add(event.uniqueid)
            # The channels of a failed call are hung up before the OriginateResponse arrives.
            if over == halves and answered is not None:
                return 0 if answered else 1
    return 1


def main() -> None:
    parser = argparse.ArgumentParser(description="Place a call and follow it until it ends")
    parser.add_argument("caller", help="the extension that is called first")
    parser.add_argument("extension", help="the extension that it is connected to")
    parser.add_argument("--context", default="from-internal", help="the context of both; default: %(default)s")
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
        sys.exit(asyncio.run(follow(client, options.caller, options.extension, options.context)))
    except AMIError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
