"""Clients for tests: on this machine, logged in as the user of the fake Asterisk."""

from __future__ import annotations

from typing import Any, Final

from amitypes import TCPClient

LIMIT: Final = 5
"""Seconds; nothing here takes that long unless it hangs."""


def tcp_client(port: int, **settings: Any) -> TCPClient:
    """Make a client over TCP.

    Args:
        port: The port of the server.
        settings: Other settings, instead of the defaults.
    """
    return TCPClient("127.0.0.1", port, **{"username": "hello", "password": "world", "timeout": LIMIT, **settings})
