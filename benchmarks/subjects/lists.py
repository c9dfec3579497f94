"""A list action's answer, from bytes to typed items: `python -m benchmarks.subjects.lists ITEMS`.

Prints microseconds of CPU per item, the smallest of some repetitions.
"""

from __future__ import annotations

import json
import sys
import time

from amitypes import responses
from amitypes.client import TCPClient
from amitypes.session import Exchange, Session

REPETITIONS = 5
_READ = 64 * 1024


def main(count: int) -> None:
    """Measure."""
    print(json.dumps({"cpu": min(_once(count) for _ in range(REPETITIONS)) / count * 1e6}))


def _once(count: int) -> float:
    session = Session(TCPClient.answers, banner=False)
    exchange, _ = session.begin([("Action", "CoreShowChannels")], max_line=None)
    tag = f"ActionID: {exchange.action_id}\r\n"
    head = f"Response: Success\r\n{tag}EventList: start\r\nMessage: Channels will follow\r\n\r\n"
    end = f"Event: CoreShowChannelsComplete\r\n{tag}EventList: Complete\r\nListItems: {count}\r\n\r\n"
    stream = "".join([head, *(_item(number, tag) for number in range(count)), end]).encode()
    start = time.process_time()
    arrived: list[object] = []
    for place in range(0, len(stream), _READ):
        arrived += session.receive(stream[place : place + _READ])
    (answer,) = arrived
    assert isinstance(answer, Exchange)
    listing = responses.CoreShowChannels.collect(answer.messages, TCPClient.registry)
    spent = time.process_time() - start
    assert len(listing.items) == count
    assert not listing.issues
    return spent


def _item(number: int, tag: str) -> str:
    return (
        f"Event: CoreShowChannel\r\n{tag}Channel: PJSIP/{number % 1000}-{number:08x}\r\nChannelState: 6\r\n"
        f"ChannelStateDesc: Up\r\nCallerIDNum: {number}\r\nCallerIDName: <unknown>\r\n"
        "ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\n"
        f"Language: en\r\nAccountCode: \r\nContext: default\r\nExten: {number % 100}\r\n"
        f"Priority: 1\r\nUniqueid: 1700000000.{number}\r\nLinkedid: 1700000000.{number}\r\nApplication: Dial\r\n"
        f"ApplicationData: PJSIP/x\r\nDuration: 00:00:{number % 60:02}\r\nBridgeId: \r\n\r\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
