"""The dict-shaped calls: they take and return mappings with the wire's names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._protocol.encoding import variable

if TYPE_CHECKING:
    from amitypes._protocol.types import WireDict

__all__ = ["DictCalls", "Request"]

_REPLY_TIMEOUT: Final = 60.0
"""How long to wait for the reply to an Originate without Async after the ringing, in seconds."""

Request: TypeAlias = Mapping[str, str | Sequence[str]]
"""An action as a mapping; a list of strings is sent as repeated headers."""


class DictCalls(ABC):
    """The calls that return the server's reply as a list of mappings.

    Like `ami_request`, each returns ``Response: Error`` as data, and raises what `ami_request` raises.
    """

    @abstractmethod
    async def ami_request(self, action: Request, *, reply_timeout: float | None = None) -> list[WireDict]:
        """Send any action with any headers; see `BaseClient.ami_request`."""

    async def originate(
        self,
        originator: str,
        extension: str,
        *,
        context: str = "from-internal",
        priority: int | str = 1,
        run_async: bool = True,
        timeout: float = 15,
        caller_id: str | None = None,
        application: str | None = None,
        app_data: str | None = None,
        account: str | None = None,
        early_media: bool | None = None,
        codecs: Sequence[str] | None = None,
        channel_id: str | None = None,
        other_channel_id: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> list[WireDict]:
        """Call ``Local/ORIGINATOR@CONTEXT`` and connect it to an extension, or to an application.

        Args:
            originator: The extension that is called first.
            extension: The extension that it is connected to; not used with `application`.
            context: The dialplan context of both; default: ``from-internal``.
            priority: The priority in the extension; default: 1.
            run_async: Whether the server replies at once, before the call is made; default: True. Otherwise the reply
                comes when the originator has answered, or has rung for `timeout`.
            timeout: How long the originator may ring, in seconds; default: 15.
            caller_id: The caller id to show; default: none.
            application: A dialplan application to connect to instead of the extension.
            app_data: The application's arguments.
            account: The account code.
            early_media: Whether to connect already on early media; default: Asterisk's (False).
            codecs: The codecs to offer.
            channel_id: The unique id of the first half of the Local channel; default: Asterisk makes one.
            other_channel_id: The unique id of the second half; Asterisk accepts it only together with `channel_id`.
            variables: Channel variables to set. A value may be any text: what Asterisk would split is escaped.

        Returns:
            The server's reply.

        Source: the AMI action ``Originate``.
        """
        action: dict[str, str | Sequence[str]] = {
            "Action": "Originate",
            "Channel": f"Local/{originator}@{context}",
        }
        if application is None:
            action |= {"Exten": extension, "Context": context, "Priority": str(priority)}
        else:
            action["Application"] = application
            if app_data is not None:
                action["Data"] = app_data
        action["Timeout"] = str(round(timeout * 1000))
        action["Async"] = _true_false(run_async)
        optional = {
            "CallerID": caller_id,
            "Account": account,
            "EarlyMedia": None if early_media is None else _true_false(early_media),
            "Codecs": None if codecs is None else ",".join(codecs),
            "ChannelId": channel_id,
            "OtherChannelId": other_channel_id,
        }
        action |= {name: value for name, value in optional.items() if value is not None}
        if variables:
            action["Variable"] = [variable(name, value) for name, value in variables.items()]
        return await self.ami_request(action, reply_timeout=None if run_async else timeout + _REPLY_TIMEOUT)

    async def channels(self) -> list[WireDict]:
        """List the channels.

        Returns:
            The response, one mapping for each channel, and the event that ends the list.

        Source: the AMI action ``CoreShowChannels``.
        """
        return await self.ami_request({"Action": "CoreShowChannels"})

    async def ping(self) -> list[WireDict]:
        """Ask the server for a Pong.

        Returns:
            The server's reply.

        Source: the AMI action ``Ping``.
        """
        return await self.ami_request({"Action": "Ping"})

    async def attended_transfer(
        self, channel: str, extension: str, *, context: str = "from-internal"
    ) -> list[WireDict]:
        """Start an attended transfer.

        Args:
            channel: The channel whose user transfers the call.
            extension: The extension to transfer to.
            context: The dialplan context of the extension; default: ``from-internal``.

        Returns:
            The server's reply.

        Source: the AMI action ``Atxfer``.
        """
        return await self.ami_request({"Action": "Atxfer", "Channel": channel, "Exten": extension, "Context": context})

    async def blind_transfer(self, channel: str, extension: str, *, context: str = "from-internal") -> list[WireDict]:
        """Transfer a channel without announcing it first.

        Args:
            channel: The channel whose user transfers the call.
            extension: The extension to transfer to.
            context: The dialplan context of the extension; default: ``from-internal``.

        Returns:
            The server's reply.

        Source: the AMI action ``BlindTransfer``.
        """
        return await self.ami_request(
            {"Action": "BlindTransfer", "Channel": channel, "Exten": extension, "Context": context}
        )

    async def redirect(
        self,
        extension: str,
        channel: str,
        *,
        context: str = "from-internal",
        priority: int | str = 1,
        extra_channel: str | None = None,
        extra_extension: str | None = None,
        extra_context: str | None = None,
        extra_priority: int | str | None = None,
    ) -> list[WireDict]:
        """Send a channel, and optionally a second one, to another place in the dialplan.

        Args:
            extension: The extension to send it to.
            channel: The channel.
            context: The dialplan context of the extension; default: ``from-internal``.
            priority: The priority in the extension; default: 1.
            extra_channel: A second channel; default: none.
            extra_extension: The extension of the second channel; default: the same place as the first one.
            extra_context: The context of that extension.
            extra_priority: The priority in that extension.

        Returns:
            The server's reply.

        Source: the AMI action ``Redirect``.
        """
        action = {
            "Action": "Redirect",
            "Channel": channel,
            "Exten": extension,
            "Context": context,
            "Priority": str(priority),
        }
        optional = {
            "ExtraChannel": extra_channel,
            "ExtraExten": extra_extension,
            "ExtraContext": extra_context,
            "ExtraPriority": None if extra_priority is None else str(extra_priority),
        }
        action |= {name: value for name, value in optional.items() if value is not None}
        return await self.ami_request(action)


def _true_false(value: bool) -> str:
    return "true" if value else "false"
