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
    __doc__ = BaseTCPClient.__doc__

    registry = _registry
    answers = ANSWERS

    @cached_property
    def actions(self) -> Actions:
        """Every action of AMI as a typed method."""
        from amitypes._generated.methods import Actions

        return Actions(self)


class HTTPClient(BaseHTTPClient):
    __doc__ = BaseHTTPClient.__doc__

    registry = _registry
    answers = ANSWERS

    @cached_property
    def actions(self) -> Actions:
        """Every action of AMI as a typed method."""
        from amitypes._generated.methods import Actions

        return Actions(self)
