"""Actions that a verification sends: read-only ones, and those that the user names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from amitypes._models.codecs import any_headers
from amitypes.actions import Action
from amitypes.responses import Response
from amitypes.runtime import Header
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
"""Actions that only read, need no parameter, and respond with the server's state.

These read-only actions aren't in the list: `PJSIPShowAuths` and `PJSIPShowRegistrationsOutbound`, whose responses have
passwords; `DBGetTree` and `ShowDialPlan`, whose responses are a whole database or dialplan, with the secrets in it;
`FilterList`, `Queues`, `QueueRule` and `IAXnetstats`, whose responses are plain text without types. `ListCommands` is
sent before them.
"""

_REFUSED: Final = frozenset({"challenge", "events", "filter", "login", "logoff", "waitevent"})
"""Actions that would end the session or change which events it receives."""


class ProbeAction(Action[Response]):
    """An action with headers of any name."""

    wire_headers: ClassVar[Mapping[str, Header]] = {"*": Header("headers", any_headers)}

    headers: Mapping[str, str] = {}


class Probe(NamedTuple):
    """An action to send.

    Attributes:
        action: The action.
        requested: Whether the user named it.
    """

    action: ProbeAction
    requested: bool = False

    @property
    def name(self) -> str:
        """The action's name on the wire."""
        return self.action.wire_name


def probe(name: str, headers: Mapping[str, str] | None = None, *, requested: bool = False) -> Probe:
    """Creates an action to send.

    Args:
        name: Its name on the wire.
        headers: Its headers; default: none.
        requested: Whether the user named it; default: False.

    Returns:
        The probe.
    """
    kind = type("ProbeAction", (ProbeAction,), {"wire_name": name, "__module__": __name__})
    return Probe(kind(headers=headers or {}), requested)


def parse_probe(text: str) -> Probe:
    """Parses an action of the command line.

    Args:
        text: ``NAME``, or with headers ``NAME:Header=value;Header=value``.

    Returns:
        The probe.

    Raises:
        VerifyError: If the text has another form, or the action would end the session or change its events.
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
    if name.lower() in _REFUSED:
        raise VerifyError(
            "would end the session or change which events it receives; use another action", element=f"--action {name}"
        )
    return probe(name, headers, requested=True)
