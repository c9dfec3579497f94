"""Ring a telephone and, when it is answered, call a number from it.

AMITYPES_PASSWORD=world python click_to_call.py --host pbx --username hello PJSIP/alice 200
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from amitypes import ActionError, AMIError, AuthenticationError, ConnectionLost, TCPClient, actions


async def click(client: TCPClient, phone: str, number: str, context: str, ring: float) -> str:
    originate = actions.Originate(
        channel=phone,
        exten=number,
        context=context,
        priority=1,
        caller_id=f"Call to {number} <{number}>",
        timeout=ring,
        async_=True,
    )
    async with client:
        # Returns the OriginateResponse, which arrives when the telephone was answered or not.
        outcome = await client.send_and_wait(originate, reply_timeout=ring + 5)
    return "answered" if outcome.response == "Success" else f"not answered, reason {outcome.reason}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Ring a telephone and, when it is answered, call a number from it")
    parser.add_argument("phone", help="the channel to ring, such as PJSIP/alice")
    parser.add_argument("number", help="the extension to call")
    parser.add_argument("--context", default="from-internal", help="the number's context; default: %(default)s")
    parser.add_argument("--ring", type=float, default=30, help="how long to ring, in seconds; default: %(default)s")
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
