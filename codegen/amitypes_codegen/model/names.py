"""Converts names on the wire to names in Python.

Capital letters separate the words of a name. `WORDS` has the exceptions, such as acronyms that run into the next word.
`SPELLINGS` gives a header with several spellings in Asterisk one name in Python.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from amitypes_codegen.errors import NamingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind: TypeAlias = Literal["action", "event", "response"]

WORDS: Mapping[str, str] = {
    # Acronyms that are followed by a lower-case word or another acronym.
    "AGI": "agi",
    "AMA": "ama",
    "AMI": "ami",
    "AOC": "aoc",
    "CDR": "cdr",
    "DAHDI": "dahdi",
    "DND": "dnd",
    "DTMF": "dtmf",
    "FAX": "fax",
    "HTTP": "http",
    "IAX": "iax",
    "ID": "id",
    "IP": "ip",
    "MWI": "mwi",
    "PJSIP": "pjsip",
    "PRI": "pri",
    "SIP": "sip",
    "SKINNY": "skinny",
    # Words that their capital letters would split in the wrong place.
    "CFwd": "cfwd",
    "FAXes": "faxes",
    "Ignore183": "ignore_183",
    "MoH": "moh",
    "ReportX": "report_x",
    "Tag32": "tag_32",
}
"""Words as spelled on the wire, and their form in snake_case."""

SPELLINGS: Mapping[str, str] = {
    "accountcode": "account_code",
    "allowoverlap": "allow_overlap",
    "callerid": "caller_id",
    "callgroup": "call_group",
    "callid": "call_id",
    "channeltype": "channel_type",
    "destuniqueid": "dest_uniqueid",
    "filename": "filename",
    "forcerport": "force_rport",
    "holdtime": "hold_time",
    "ipaddress": "ip_address",
    "linkedid": "linkedid",
    "logintime": "login_time",
    "named callgroup": "named_call_group",
    "named pickupgroup": "named_pickup_group",
    "parkinglot": "parkinglot",
    "pickupgroup": "pickup_group",
    "ringinuse": "ring_in_use",
    "tenantid": "tenantid",
    "uniqueid": "uniqueid",
    "voicemailbox": "voicemail_box",
}
"""Names in lower case whose spelling on the wire varies, and their form in snake_case."""

WORD_LISTS: Mapping[str, str] = {
    # Headers whose own names are too general.
    "Alarm": "DAHDIAlarm",
    "Charge/BillingID": "ChargeBillingID",
    "Charge/Currency/Multiplier": "ChargeCurrencyMultiplier",
    "Charge/TotalType": "ChargeTotalType",
    "Charge/Type": "ChargeType",
    "ChargeType": "AOCChargeType",
    "Coding": "SpanCoding",
    "Control": "PlaybackControl",
    "Framing": "SpanFraming",
    "Level": "PRIDebugLevel",
    "Module": "CoreModule",
    "MsgType": "AOCMsgType",
    "Muted": "MeetmeMuted",
    "Options": "SpanOptions",
    "Order": "SpanOrder",
    "Protocol": "TransportProtocol",
    "PT": "RTCPPacketType",
    "Reason of AgentComplete": "AgentCompleteReason",
    "SessionType": "FAXSessionType",
    "Source": "SessionTimeoutSource",
    "Strategy": "QueueStrategy",
    "Talking": "MeetmeTalking",
    "Timers": "SessionTimers",
    "Tone": "BridgeTone",
    # Headers with more than one list of words.
    "AuthType of Login": "LoginAuthType",
    "BridgeType of BridgeTechnologyListItem": "BridgeCapability",
    "DialStatus of DialState": "DialProgress",
    "Direction of DTMFBegin": "DTMFDirection",
    "Direction of DTMFEnd": "DTMFDirection",
    "Direction of MixMonitorMute": "MixMonitorDirection",
    "Direction of MuteAudio": "MuteAudioDirection",
    "Membership of QueueMember": "ListedMembership",
    "Method of TransportDetail": "TLSMethod",
    "Operation of FAXSession": "FAXSessionOperation",
    "Operation of FAXSessionsEntry": "FAXSessionOperation",
    "Operation of FAXStatus": "FAXOperation",
    "Response of OriginateResponse": "OriginateResult",
    "Result of AGIExecEnd": "AGIResult",
    "Result of AttendedTransfer": "TransferResult",
    "Result of BlindTransfer": "TransferResult",
    "Role of MeetmeList": "MeetmeRole",
    "Service": "SecurityService",
    "Service of CCAvailable": "CCService",
    "State of DeviceStateChange": "DeviceStateName",
    "State of FAXSession": "FAXState",
    "State of FAXSessionsEntry": "FAXState",
    "State of InboundSubscriptionDetail": "SubscriptionState",
    "State of OutboundSubscriptionDetail": "SubscriptionState",
    "State of PresenceState": "PresenceState",
    "State of RegistryEntry": "RegistryState",
    "Status of Agents": "AgentStatus",
    "Status of ContactList": "ContactReachability",
    "Status of ContactStatusDetail": "ContactReachability",
    "Status of DNDState": "EnabledState",
    "Status of FAXStatus": "FAXStatus",
    "Status of Load": "LoadStatus",
    "Status of MobileStatus": "MobileStatus",
    "Status of OutboundRegistrationDetail": "OutboundRegistrationStatus",
    "Status of PJSIPMaintenanceStatus": "EnabledState",
    "Status of PresenceStateChange": "PresenceState",
    "Status of PresenceStatus": "PresenceState",
    "Status of Registry": "RegistrationStatus",
    # Headers that share a list of words.
    "AMAflags": "AMAFlags",
    "ConnectedLineMethod": "RefreshMethod",
    "DirectMediaMethod": "RefreshMethod",
    "Events": "EventMask",
    "ExtensionStates": "ExtensionStatus",
    "GranularityTimeScale": "TimeScale",
    "IncomingCallOfferPref": "CallOfferPref",
    "MCallerIDNameCharSet": "NameCharSet",
    "MConnectedIDNameCharSet": "NameCharSet",
    "OutgoingCallOfferPref": "CallOfferPref",
    "SIP-Comedia": "SIP_NAT",
    "SIP-Forcerport": "SIP_NAT",
    "StatusText": "ExtensionStatus",
    "ToFolder": "Folder",
}
"""The names of lists of words by ``Header`` or ``Header of Owner``, if they differ from the header's own name."""

_WORD = re.compile(
    "|".join(
        (
            *(rf"{word}(?![a-z])" for word in WORDS if not word.isupper()),
            *sorted((word for word in WORDS if word.isupper()), key=lambda word: (-len(word), word)),
            r"[A-Z]+(?=[A-Z][a-z])",
            r"[A-Z]?[a-z]+(?:\d+(?![a-z\d]))?",
            r"[A-Z]+(?:\d+(?![a-z\d]))?",
            r"\d+[a-z]*",
        )
    )
)
_NUMBER_PLACEHOLDERS = re.compile(r"(?:-0{6})+$")
_SEPARATORS = re.compile(r"[^0-9A-Za-z]+")

_TYPES = frozenset({"bool", "datetime", "dict", "float", "int", "list", "str", "timedelta", "words"})
_MODEL_ATTRIBUTES = frozenset(
    {
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
        "mro",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "register",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
        "wire_headers",
        "wire_name",
    }
)
_MESSAGE_ATTRIBUTES = _MODEL_ATTRIBUTES | {
    "action_id",
    "decode",
    "extra_headers",
    "accepts_any_header",
    "issues",
    "missing",
    "raw",
}
_EVENT_FIELDS = {"sequence_number", "source_file", "source_function", "source_line", "system_name", "timestamp"}
RESERVED: Mapping[Kind, frozenset[str]] = {
    "action": _MODEL_ATTRIBUTES
    | _TYPES
    | {"action_id", "actions", "correlated_by", "enabled_by", "outcome_event", "reply_timeout", "self", "to_headers"},
    "event": _MESSAGE_ATTRIBUTES
    | _TYPES
    | _EVENT_FIELDS
    | {"bridge_snapshot", "channel_snapshot", "event", "privilege"},
    "response": _MESSAGE_ATTRIBUTES
    | _TYPES
    | {"collect", "event_list", "accompanying_events", "events", "message", "output", "response"},
}
"""Names that fields can't have: attributes of the models, parameters of the methods, and types of fields."""

_RESERVED_MODULES = _TYPES | {"by_name", "cast", "deprecated", "families", "find", "lazy", "responses", "snapshots"}
"""Names that modules and methods can't have, because the generated code beside them uses them."""

BASE_HEADERS: Mapping[Kind, frozenset[str]] = {
    "action": frozenset({"actionid"}),
    "event": frozenset({"actionid", "privilege"}),
    "response": frozenset({"actionid", "eventlist", "output"}),
}
"""The headers, in lower case, that the base class of each kind declares. The first header of a message isn't one of
them: a later header with the same name is a different one."""

_RESERVED_CLASSES = frozenset(
    {
        "Acknowledgement",
        "Action",
        "DeferredAction",
        "BY_NAME",
        "BridgeSnapshot",
        "ChannelSnapshot",
        "ClassVar",
        "Event",
        "Final",
        "Header",
        "ListResponse",
        "Literal",
        "Mapping",
        "Response",
        "SecretStr",
        "Sequence",
        "TYPE_CHECKING",
        "TypeAlias",
        "UnknownEvent",
    }
)


def snake(name: str) -> str:
    """Converts a name on the wire to snake_case.

    Args:
        name: The name on the wire. Placeholders for numbers (``-000000``, ``(0)``) are removed.

    Returns:
        The name, which may be a keyword of Python; empty if the name on the wire has neither a letter nor a digit.
    """
    unnumbered = _NUMBER_PLACEHOLDERS.sub("", name.removesuffix("(0)"))
    if spelled := SPELLINGS.get(unnumbered.lower()):
        return spelled
    words = (WORDS.get(word, word.lower()) for part in _SEPARATORS.split(unnumbered) for word in _WORD.findall(part))
    return "_".join(words)


def field_name(name: str, kind: Kind) -> str:
    """Returns the name of a model's field, and of the parameter that sets it.

    Args:
        name: The header's name on the wire.
        kind: The kind of the model.

    Returns:
        The name in Python.

    Raises:
        NamingError: If the name has neither a letter nor a digit.
    """
    field = _as_identifier(snake(name), name)
    return f"{field}_" if field in RESERVED[kind] else field


def field_names(names: Iterable[str], kind: Kind, owner: str) -> dict[str, str]:
    """Returns the names of all fields of a model.

    Args:
        names: The headers' names on the wire.
        kind: The kind of the model.
        owner: The model, for the error message.

    Returns:
        The names in Python by the names on the wire, in the same order.

    Raises:
        NamingError: If two headers would have the same name.
    """
    return _distinct(((name, field_name(name, kind)) for name in names), owner)


def class_name(name: str) -> str:
    """Returns the name of a model's class: the name in AMI, changed only if Python doesn't allow it.

    Args:
        name: The name of an action or an event on the wire.

    Returns:
        The name of the class.
    """
    identifier = _as_identifier(_SEPARATORS.sub("_", name).strip("_"), name)
    capitalized = identifier[0].upper() + identifier[1:]
    return f"{capitalized}_" if capitalized in _RESERVED_CLASSES or keyword.iskeyword(capitalized) else capitalized


def module_name(name: str) -> str:
    """Returns the name of the module of an action or an event, and of the action's method.

    Args:
        name: The name on the wire.

    Returns:
        The name of the module.
    """
    module = _as_identifier(snake(name), name)
    return f"{module}_" if module in _RESERVED_MODULES else module


def module_names(names: Iterable[str], owner: str) -> dict[str, str]:
    """Returns the names of all modules of a package.

    Args:
        names: Names of actions or events on the wire.
        owner: The package, for the error message.

    Returns:
        The names of the modules by the names on the wire, in the same order.

    Raises:
        NamingError: If two models would have the same module.
    """
    return _distinct(((name, module_name(name)) for name in names), owner)


def _as_identifier(candidate: str, name: str) -> str:
    if not candidate:
        raise NamingError(f"{name!r} has no letter or digit for a name in Python")
    if candidate[0].isdigit():
        candidate = f"n{candidate}"
    return f"{candidate}_" if keyword.iskeyword(candidate) else candidate


def _distinct(pairs: Iterable[tuple[str, str]], owner: str) -> dict[str, str]:
    python_names: dict[str, str] = {}
    wire_names: dict[str, str] = {}
    for wire_name, python_name in pairs:
        other = wire_names.setdefault(python_name, wire_name)
        if other != wire_name:
            raise NamingError(f"{other!r} and {wire_name!r} would both be {python_name!r}", element=owner)
        python_names[wire_name] = python_name
    return python_names
