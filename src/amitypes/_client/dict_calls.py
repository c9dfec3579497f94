"""The dict-shaped calls: mappings in, mappings out, with the wire's names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from amitypes._protocol.encoding import variable

if TYPE_CHECKING:
    from amitypes._protocol.types import WireDict

__all__ = ["DictCalls", "Request"]

_ANSWER_TIMEOUT: Final = 60.0
"""How long a server may take with an answer besides the ringing, in seconds."""

Request: TypeAlias = Mapping[str, str | Sequence[str]]
"""An action as a mapping; a list of strings is sent as repeated headers."""


class DictCalls(ABC):
    """The calls that return what the server answers as a list of mappings.

    Each raises what `ami_request` raises, and returns ``Response: Error`` as data, like it.
    """

    @abstractmethod
    async def ami_request(self, action: Request, *, reply_timeout: float | None = None) -> list[WireDict]:
        """Send any action with any headers."""

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
            priority: Where to begin in the extension; default: 1.
            run_async: Whether to answer at once, before the call is made; default: True. Else the answer is waited for
                until the originator has rung long enough.
            timeout: How long the originator may ring, in seconds; default: 15.
            caller_id: The caller id to show; default: none.
            application: A dialplan application to connect to instead of the extension.
            app_data: The application's arguments.
            account: The account code.
            early_media: Whether to connect already on early media; default: Asterisk's (False).
            codecs: The codecs to offer.
            channel_id: The unique id of the first half of the Local channel; default: Asterisk chooses it.
            other_channel_id: The unique id of the second half; Asterisk takes it together with `channel_id` only.
            variables: Channel variables to set; any text, which is escaped as Asterisk splits it.

        Returns:
            The server's answer.

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
        return await self.ami_request(action, reply_timeout=None if run_async else timeout + _ANSWER_TIMEOUT)

    async def channels(self) -> list[WireDict]:
        """List the channels.

        Returns:
            The head, one mapping for each channel, and the event that completes the list.

        Source: the AMI action ``CoreShowChannels``.
        """
        return await self.ami_request({"Action": "CoreShowChannels"})

    async def ping(self) -> list[WireDict]:
        """Ask the server for a sign of life.

        Returns:
            The server's answer.

        Source: the AMI action ``Ping``.
        """
        return await self.ami_request({"Action": "Ping"})

    async def attended_transfer(
        self, channel: str, extension: str, *, context: str = "from-internal"
    ) -> list[WireDict]:
        """Begin an attended transfer.

        Args:
            channel: The channel that transfers.
            extension: Where to.
            context: The dialplan context of the extension; default: ``from-internal``.

        Returns:
            The server's answer.

        Source: the AMI action ``Atxfer``.
        """
        return await self.ami_request({"Action": "Atxfer", "Channel": channel, "Exten": extension, "Context": context})

    async def blind_transfer(self, channel: str, extension: str, *, context: str = "from-internal") -> list[WireDict]:
        """Transfer without asking.

        Args:
            channel: The channel that transfers.
            extension: Where to.
            context: The dialplan context of the extension; default: ``from-internal``.

        Returns:
            The server's answer.

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
        """Send a channel, and perhaps a second one, elsewhere in the dialplan.

        Args:
            extension: Where to.
            channel: The channel.
            context: The dialplan context of the extension; default: ``from-internal``.
            priority: Where to begin in the extension; default: 1.
            extra_channel: A second channel.
            extra_extension: Where the second one goes; default: to the same place.
            extra_context: The context of that extension.
            extra_priority: Where to begin in that extension.

        Returns:
            The server's answer.

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
