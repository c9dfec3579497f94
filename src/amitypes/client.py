"""The clients for Asterisk 16 to 23: one set of types for all of them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from amitypes._generated.answers import ANSWERS
from amitypes.base_client import BaseHTTPClient, BaseTCPClient
from amitypes.registry import Registry

if TYPE_CHECKING:
    from amitypes._generated.methods import Actions

__all__ = ["HTTPClient", "TCPClient"]

_registry = Registry("amitypes._generated")


class TCPClient(BaseTCPClient):
    """A client over TCP, with or without TLS, for Asterisk 16 to 23; `BaseTCPClient` explains its parameters.

    Example:
        ```python
        async with TCPClient("pbx", username="hello", password="world") as client:
            listing = await client.actions.core_show_channels()
            for channel in listing.items:
                print(channel.channel, channel.channel_state_desc)
        ```
    """

    registry = _registry
    answers = ANSWERS

    @cached_property
    def actions(self) -> Actions:
        """Every action of AMI as a typed method."""
        from amitypes._generated.methods import Actions

        return Actions(self)


class HTTPClient(BaseHTTPClient):
    """A client over HTTP, with or without TLS, for Asterisk 16 to 23; `BaseHTTPClient` explains its parameters.

    It has the same calls and the same events as `TCPClient`.
    """

    registry = _registry
    answers = ANSWERS

    @cached_property
    def actions(self) -> Actions:
        """Every action of AMI as a typed method."""
        from amitypes._generated.methods import Actions

        return Actions(self)
