"""The clients for Asterisk 16 to 23, with one set of types for all versions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from amitypes._client.base import BaseClient
from amitypes._client.http import BaseHTTPClient
from amitypes._client.tcp import BaseTCPClient
from amitypes._generated.response_shapes import RESPONSE_SHAPES
from amitypes._models.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amitypes._generated.methods import Actions
    from amitypes._protocol.response_shape import ResponseShape

__all__ = ["Client", "HTTPClient", "TCPClient"]


class Client(BaseClient):
    """The base of both clients: for annotations of functions that accept either, and for `isinstance`.

    Example:
        ```python
        async def count_channels(client: Client) -> int:
            return len((await client.actions.core_show_channels()).items)
        ```
    """

    registry: ClassVar[Registry] = Registry("amitypes._generated")
    response_shapes: ClassVar[Mapping[str, ResponseShape]] = RESPONSE_SHAPES

    @cached_property
    def actions(self) -> Actions:
        """Every action of AMI as a typed method."""
        from amitypes._generated.methods import Actions

        return Actions(self)


class TCPClient(Client, BaseTCPClient):
    """A client over TCP, with or without TLS, for Asterisk 16 to 23. `__init__` explains its parameters.

    Example:
        ```python
        async with TCPClient("pbx", username="hello", password="world") as client:
            listing = await client.actions.core_show_channels()
            for channel in listing.items:
                print(channel.channel, channel.channel_state_desc)
        ```
    """


class HTTPClient(Client, BaseHTTPClient):
    """A client over HTTP, with or without TLS, for Asterisk 16 to 23. `__init__` explains its parameters.

    It has the same calls and the same events as `TCPClient`.
    """
