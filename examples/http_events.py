"""Print every event, over HTTP or HTTPS.

AMITYPES_PASSWORD=world python http_events.py --host pbx --username hello [--tls [--ca ca.pem]] [--digest]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from amitypes import AMIError, HTTPClient


async def print_events(client: HTTPClient, count: int | None) -> None:
    stream = client.events()
    async with client:
        async for event in stream:
            print(event.event, {name: value for name, value in event.raw.items() if name not in {"Event", "Privilege"}})
            for issue in event.issues:
                print(f"  not as declared: {issue.header}: {issue.problem}")
            if count is not None:
                count -= 1
                if count == 0:
                    return


def main() -> None:
    parser = argparse.ArgumentParser(description="Print every event, over HTTP or HTTPS")
    parser.add_argument("--host", default="localhost", help="default: %(default)s")
    parser.add_argument("--port", type=int, help="default: 8088, or 8089 with --tls")
    parser.add_argument("--prefix", default="", help="the prefix in http.conf; default: none")
    parser.add_argument("--tls", action="store_true", help="use HTTPS")
    parser.add_argument("--ca", help="a PEM file with the authority to trust besides the system's")
    parser.add_argument("--digest", action="store_true", help="authenticate each request instead of logging in")
    parser.add_argument("--count", type=int, help="stop after so many events; default: never")
    parser.add_argument(
        "--username", default="hello", help="default: %(default)s; the password is in AMITYPES_PASSWORD"
    )
    options = parser.parse_args()
    client = HTTPClient(
        options.host,
        options.port,
        username=options.username,
        password=os.environ.get("AMITYPES_PASSWORD", ""),
        ssl_enabled=options.tls,
        cert_ca=options.ca,
        prefix=options.prefix,
        digest=options.digest,
    )
    try:
        asyncio.run(print_events(client, options.count))
    except KeyboardInterrupt:
        print("Stopped")
    except AMIError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
