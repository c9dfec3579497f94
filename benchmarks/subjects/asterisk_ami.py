"""asterisk-ami: dict-shaped events to a function, in its thread."""

from __future__ import annotations

import sys
import threading

from asterisk.ami import AMIClient, SimpleAction

from benchmarks.subjects.clock import Clock


def main(port: int, name: str) -> None:
    """Read the flood."""
    client = AMIClient(address="127.0.0.1", port=port)
    over = threading.Event()
    client.login(username="bench", secret="bench")

    def handle(event: object, **_: object) -> None:
        clock.handled += 1

    def end(event: object, **_: object) -> None:
        over.set()

    client.add_event_listener(handle, **({} if name == "*" else {"white_list": name}))
    client.add_event_listener(end, white_list="Shutdown")
    clock = Clock()
    client.send_action(SimpleAction("UserEvent", UserEvent="Play"))
    over.wait()
    clock.report()
    client.disconnect()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
