"""The transport of a client, for tests of what no public call shows or does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amitypes._client.base import BaseClient
    from amitypes._transport.base import Transport


def transport_of(client: BaseClient) -> Transport:
    """The transport that a client uses now.

    Args:
        client: The client, which is connected.
    """
    transport = client._supervisor.transport
    assert transport is not None
    return transport
