"""What is asked of a server: actions that change nothing there, and those that a user names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from amitypes._models.action import Action
from amitypes._models.codec import Header
from amitypes._models.codecs import free_headers
from amitypes._models.response import Response
from amitypes_codegen.errors import VerifyError

READ_ONLY: Final = (
    "Agents",
    "BridgeList",
    "BridgeTechnologyList",
    "ConfbridgeListRooms",
    "CoreSettings",
    "CoreShowChannels",
    "CoreStatus",
    "DAHDIShowChannels",
    "DAHDIShowStatus",
    "DeviceStateList",
    "ExtensionStateList",
    "FAXSessions",
    "FAXStats",
    "IAXpeerlist",
    "IAXpeers",
    "IAXregistry",
    "MeetmeList",
    "MeetmeListRooms",
    "ParkedCalls",
    "Parkinglots",
    "Ping",
    "PJSIPShowAors",
    "PJSIPShowContacts",
    "PJSIPShowEndpoints",
    "PJSIPShowRegistrationInboundContactStatuses",
    "PJSIPShowRegistrationsInbound",
    "PJSIPShowResourceLists",
    "PJSIPShowSubscriptionsInbound",
    "PJSIPShowSubscriptionsOutbound",
    "PresenceStateList",
    "PRIShowSpans",
    "QueueStatus",
    "QueueSummary",
    "SIPpeers",
    "SIPpeerstatus",
    "SIPshowregistry",
    "SKINNYdevices",
    "SKINNYlines",
    "Status",
    "VoicemailUsersList",
)
"""Actions that only read, need no parameter, and answer with no more than a server's state.

Left out, though they only read: `PJSIPShowAuths` and `PJSIPShowRegistrationsOutbound`, whose answers hold passwords,
which would cross the network; `DBGetTree` and `ShowDialPlan`, which send a whole database or dialplan, with whatever
secrets are in it; `FilterList`, `Queues`, `QueueRule` and `IAXnetstats`, whose answers are bare text, in which there is
nothing to judge. `ListCommands` is asked in any case.
"""

_NEVER: Final = frozenset({"challenge", "events", "filter", "login", "logoff", "waitevent"})
"""Actions that would end the session or change what it hears."""


class Asked(Action[Response]):
    """An action with headers of any name."""

    wire_headers: ClassVar[Mapping[str, Header]] = {"*": Header("headers", free_headers)}

    headers: Mapping[str, str] = {}


class Question(NamedTuple):
    """An action to send.

    Attributes:
        action: The action.
        chosen: Whether the user named it.
    """

    action: Asked
    chosen: bool = False

    @property
    def name(self) -> str:
        """The action's name on the wire."""
        return self.action.wire_name


def question(name: str, headers: Mapping[str, str] | None = None, *, chosen: bool = False) -> Question:
    """An action to send.

    Args:
        name: Its name on the wire.
        headers: Its headers; default: none.
        chosen: Whether the user named it; default: False.

    Returns:
        The question.
    """
    kind = type("Asked", (Asked,), {"wire_name": name, "__module__": __name__})
    return Question(kind(headers=headers or {}), chosen)


def parse(text: str) -> Question:
    """Read an action as a user writes it.

    Args:
        text: ``NAME``, or with headers ``NAME:Header=value;Header=value``.

    Returns:
        The question.

    Raises:
        VerifyError: It isn't written so, or would end the session or change what that hears.
    """
    name, _, rest = text.partition(":")
    name = name.strip()
    headers: dict[str, str] = {}
    for part in filter(None, rest.split(";")):
        header, equals, value = part.partition("=")
        if not equals or not header.strip():
            raise VerifyError("expected NAME or NAME:Header=value;Header=value", element=f"--action {name}")
        headers[header.strip()] = value
    if not name:
        raise VerifyError("expected NAME or NAME:Header=value;Header=value", element="--action")
    if name.lower() in _NEVER:
        raise VerifyError("would end the session, or change what it hears", element=f"--action {name}")
    return question(name, headers, chosen=True)
