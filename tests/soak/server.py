"""An AMI server in a process of its own that sends numbered events at a steady rate, and answers meanwhile.

`python -m tests.soak.server RATE SECONDS` prints its port, serves one client, and sends RATE events a second for so
many SECONDS from the login on. Each event has its number, so that a client can tell what it missed.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.processes import serving

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

BANNER: Final = b"Asterisk Call Manager/11.0.0\r\n"
TICK: Final = 0.02
"""Seconds between two bursts; the rate is made of them."""
ITEMS: Final = 10
"""Channels in the list that it answers with."""
LONGEST_WAIT: Final = 30.0

_SNAPSHOT = (
    "Channel: PJSIP/alice-{number:08x}\r\nChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: {number}\r\n"
    "CallerIDName: Zoë Müller\r\nConnectedLineNum: 200\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\n"
    "AccountCode: \r\nContext: from-internal\r\nExten: 200\r\nPriority: 1\r\nUniqueid: {number}\r\n"
)
EVENTS: Final = (
    f"Event: Newchannel\r\nPrivilege: call,all\r\n{_SNAPSHOT}\r\n",
    f"Event: Newstate\r\nPrivilege: call,all\r\n{_SNAPSHOT}\r\n",
    f"Event: Newexten\r\nPrivilege: dialplan,all\r\n{_SNAPSHOT}Extension: 200\r\nApplication: Dial\r\n\r\n",
    f"Event: VarSet\r\nPrivilege: dialplan,all\r\n{_SNAPSHOT}Variable: X\r\nValue: {{number}}\r\n\r\n",
    "Event: NobodyKnowsIt\r\nPrivilege: call,all\r\nUniqueid: {number}\r\n\r\n",
    f"Event: Hangup\r\nPrivilege: call,all\r\n{_SNAPSHOT}Cause: 16\r\nCause-txt: Normal Clearing\r\n\r\n",
)
MARK: Final = "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Mark\r\nUniqueid: {number}\r\nSent: {sent}\r\n\r\n"
"""Begins each burst, with the moment when it was sent, in nanoseconds of the monotonic clock."""
LAST: Final = "Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\n"
_ITEM = f"Event: CoreShowChannel\r\nActionID: {{id}}\r\n{_SNAPSHOT}Application: Dial\r\nDuration: 00:00:01\r\n\r\n"
_LIST = (
    "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    + "".join(_ITEM.replace("{number}", str(number)).replace("{number:08x}", str(number)) for number in range(ITEMS))
    + f"Event: CoreShowChannelsComplete\r\nActionID: {{id}}\r\nEventList: Complete\r\nListItems: {ITEMS}\r\n\r\n"
)
ANSWERS: Final = {
    "challenge": "Response: Success\r\nActionID: {id}\r\nChallenge: 1\r\n\r\n",
    "login": "Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n",
    "logoff": "Response: Goodbye\r\nActionID: {id}\r\nMessage: Thanks for all the fish.\r\n\r\n",
    "coreshowchannels": _LIST,
}
_SUCCESS = "Response: Success\r\nActionID: {id}\r\nPing: Pong\r\nTimestamp: 1700000000.000000\r\n\r\n"


def running(rate: int, seconds: float) -> AbstractContextManager[int]:
    """Run the server; gives its port on 127.0.0.1."""
    return serving("tests.soak.server", rate, seconds)


def serve(rate: int, seconds: float) -> None:
    """Serve one client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LONGEST_WAIT)
        print(listener.getsockname()[1], flush=True)
        connection, _ = listener.accept()
    with connection, contextlib.suppress(ConnectionError):
        connection.settimeout(LONGEST_WAIT)
        connection.sendall(BANNER)
        _Conversation(connection).run(rate, seconds)


class _Conversation:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = b""
        self._begins: float | None = None
        self._over = False

    def run(self, rate: int, seconds: float) -> None:
        """Answer, and send events once there was a login, until the time is over and the client has logged off."""
        number, burst, ended = 0, max(1, round(rate * TICK)), False
        while not self._over:
            now = time.monotonic()
            if self._begins is None:
                self._answer(LONGEST_WAIT)
            elif now - self._begins < seconds:
                texts = [MARK.format(number=number, sent=time.monotonic_ns())]
                texts += [EVENTS[each % len(EVENTS)].format(number=each) for each in range(number + 1, number + burst)]
                self._connection.sendall("".join(texts).encode())
                number += burst
                due = self._begins + number / rate
                self._answer(0)
                while (rest := due - time.monotonic()) > 0:
                    self._answer(rest)
            else:
                if not ended:
                    self._connection.sendall(LAST.encode())
                ended = True
                self._answer(LONGEST_WAIT)

    def _answer(self, wait: float) -> None:
        """Answer what has come, waiting for it for so long at most."""
        self._connection.settimeout(max(wait, 0.0002))
        try:
            data = self._connection.recv(65536)
        except TimeoutError:
            return
        finally:
            self._connection.settimeout(LONGEST_WAIT)
        self._over = not data
        self._received += data
        while b"\r\n\r\n" in self._received:
            action, _, self._received = self._received.partition(b"\r\n\r\n")
            headers = dict(re.findall(r"(?m)^([^:\r]+): ?(.*?)\r?$", action.decode()))
            name = headers["Action"].lower()
            said = ANSWERS.get(name, _SUCCESS).replace("{id}", headers.get("ActionID", ""))
            self._connection.sendall(said.encode())
            if name == "login":
                self._begins = time.monotonic()


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
