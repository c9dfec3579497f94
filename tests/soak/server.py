"""An AMI server in its own process that sends numbered events at a steady rate, and answers actions meanwhile.

`python -m tests.soak.server RATE SECONDS` prints its port, serves one client, and sends RATE events a second for so
many SECONDS from the login on. Each event has a number, so that a client can detect lost events. From time to time
it closes the connection after an event, and continues with the next one when the client has reconnected.
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
BETWEEN_ENDS: Final = 20.0
"""Seconds from one end of the connection to the next."""

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
"""Starts each burst, with the time when it was sent, in nanoseconds of the monotonic clock."""
LAST: Final = "Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\n"
_ITEM = f"Event: CoreShowChannel\r\nActionID: {{id}}\r\n{_SNAPSHOT}Application: Dial\r\nDuration: 00:00:01\r\n\r\n"
_LIST = (
    "Response: Success\r\nActionID: {id}\r\nEventList: start\r\n\r\n"
    + "".join(_ITEM.replace("{number}", str(number)).replace("{number:08x}", str(number)) for number in range(ITEMS))
    + f"Event: CoreShowChannelsComplete\r\nActionID: {{id}}\r\nEventList: Complete\r\nListItems: {ITEMS}\r\n\r\n"
)
RESPONSES: Final = {
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
    """Serve one client, over one connection after the other."""
    load = _Load(rate, seconds)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LONGEST_WAIT)
        print(listener.getsockname()[1], flush=True)
        while not load.over:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(ConnectionError):
                _Conversation(connection, load).run()


class _Load:
    """The events, over all connections.

    Attributes:
        over: Whether all were sent.
    """

    def __init__(self, rate: int, seconds: float) -> None:
        self._rate = rate
        self._seconds = seconds
        self._burst = max(1, round(rate * TICK))
        self._number = 0
        self._began: float | None = None

    @property
    def over(self) -> bool:
        return self._began is not None and time.monotonic() - self._began >= self._seconds

    def next(self) -> tuple[bytes, float]:
        """The next burst, and when the one after it is due."""
        self._began = time.monotonic() if self._began is None else self._began
        number, self._number = self._number, self._number + self._burst
        texts = [MARK.format(number=number, sent=time.monotonic_ns())]
        texts += [EVENTS[each % len(EVENTS)].format(number=each) for each in range(number + 1, self._number)]
        return "".join(texts).encode(), self._began + self._number / self._rate


class _Conversation:
    def __init__(self, connection: socket.socket, load: _Load) -> None:
        self._connection = connection
        self._load = load
        self._received = b""
        self._logged_in = False
        self._closed = False

    def run(self) -> None:
        """Answer, send events from the login on, and end the connection when its time is over."""
        self._connection.settimeout(LONGEST_WAIT)
        self._connection.sendall(BANNER)
        while not self._logged_in and not self._closed:
            self._answer(LONGEST_WAIT)
        ends = time.monotonic() + BETWEEN_ENDS
        while not self._closed and not self._load.over and time.monotonic() < ends:
            burst, due = self._load.next()
            self._connection.sendall(burst)
            self._answer(0)
            while (rest := due - time.monotonic()) > 0 and not self._closed:
                self._answer(rest)
        if self._load.over:
            self._connection.sendall(LAST.encode())
            while not self._closed:
                self._answer(LONGEST_WAIT)
        else:
            self._connection.shutdown(socket.SHUT_WR)
            while self._connection.recv(65536):
                pass  # what is left unread would have all that is under way to the client thrown away

    def _answer(self, wait: float) -> None:
        """Answer what has come, waiting for it for so long at most."""
        self._connection.settimeout(max(wait, 0.0002))
        try:
            data = self._connection.recv(65536)
        except TimeoutError:
            return
        finally:
            self._connection.settimeout(LONGEST_WAIT)
        self._closed = not data
        self._received += data
        while b"\r\n\r\n" in self._received:
            action, _, self._received = self._received.partition(b"\r\n\r\n")
            headers = dict(re.findall(r"(?m)^([^:\r]+): ?(.*?)\r?$", action.decode()))
            name = headers["Action"].lower()
            said = RESPONSES.get(name, _SUCCESS).replace("{id}", headers.get("ActionID", ""))
            self._connection.sendall(said.encode())
            self._logged_in |= name == "login"


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
