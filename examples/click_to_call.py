"""Ring a person's telephone and, when they answer, call a number for them.

AMITYPES_PASSWORD=world python click_to_call.py --host pbx --username hello PJSIP/alice 200
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import uuid
from datetime import timedelta

from amitypes import ActionError, AMIError, AuthenticationError, ConnectionLost, TCPClient, events


async def click(client: TCPClient, phone: str, number: str, context: str, ring: float) -> str:
    action_id = str(uuid.uuid4())
    async with client:
        # The wait begins here, before the call: the event can't slip through between the two.
        outcome = asyncio.create_task(
            client.wait_for(events.OriginateResponse, lambda event: event.action_id == action_id, timeout=ring + 5)
        )
        try:
            await client.actions.originate(
                channel=phone,
                exten=number,
                context=context,
                priority=1,
                caller_id=f"Call to {number} <{number}>",
                timeout=timedelta(seconds=ring),
                async_=True,
                action_id=action_id,
            )
            response = await outcome
        finally:
            outcome.cancel()
    return "answered" if response.response == "Success" else f"not answered, reason {response.reason}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Ring a person's telephone and, when they answer, call a number for them"
    )
    parser.add_argument("phone", help="the channel to ring, such as PJSIP/alice")
    parser.add_argument("number", help="the extension to call for them")
    parser.add_argument("--context", default="from-internal", help="the number's context; default: %(default)s")
    parser.add_argument("--ring", type=float, default=30, help="for how long, in seconds; default: %(default)s")
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
        print(asyncio.run(click(client, options.phone, options.number, options.context, options.ring)))
    except AuthenticationError as error:
        sys.exit(f"Wrong user or password? {error}")
    except ConnectionLost as error:
        sys.exit(f"Is the server there? {error}")
    except ActionError as error:
        sys.exit(f"The server refuses {error.action}: {error.response.message}")
    except (AMIError, TimeoutError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
